"""A command that a script would run: what it does, where it goes, and whether something keeps it running."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from klint.exposure.latest import Latest
from klint.records import cached_property, dataclass, field
from klint.scripts.clusters import CHOOSERS, LOCAL, chosen_cluster
from klint.scripts.commands import Command, Word, names
from klint.scripts.forwards import Questions
from klint.scripts.kubectl import HOSTS, PROGRAMS, Kubectl, PortForward, PortPair, read_port_forward, takes_value
from klint.text.document import Origin
from klint.text.source import Span

if TYPE_CHECKING:
    from klint.edits import Edit
    from klint.scripts.exposures import Exposure
    from klint.scripts.options import Flag
    from klint.scripts.proxies import ApiProxy
    from klint.scripts.tunnels import Tunnel

_TUNNELS = names("ngrok cloudflared ssh autossh lt localtunnel bore zrok pinggy inlets telebit")
INSTALLERS = names("helm helmfile kubefwd telepresence istioctl linkerd cilium argocd flux operator-sdk kn cmctl")
_STOPPERS = names("kill pkill killall")
ASKED_FOR = PROGRAMS | HOSTS | CHOOSERS | _TUNNELS | INSTALLERS | _STOPPERS | names("disown")
"""Programs that rules ask for, and those that say where the ones after them go and what becomes of them."""

_IDLE_VERBS = names(
    """api-resources api-versions auth cluster-info cordon delete describe diff drain events explain get label logs
    rollout scale taint top uncordon version wait"""
)
"""Verbs of kubectl that no rule asks about, and that change nothing for the commands behind them."""

_FILES = frozenset(("-f", "--filename", "-k", "--kustomize"))
_LOCAL_FILE = re.compile(r"(?!github\.com)[\w./][\w./@+-]*")
"""A file whose objects are in the workspace, or in none that a rule could look for: see `installers` of Scripts."""


def is_idle(argv: Iterable[str]) -> bool:
    """Whether a command, as written, is a kubectl that nobody asks about: most of the kubectls in scripts are."""
    words = iter(argv)
    if next(words, "") not in ("kubectl", "oc"):
        return False
    for word in words:
        if not word.startswith("-"):
            return word in _IDLE_VERBS or (word == "apply" and _applies_local_files(words))
        if word.partition("=")[0] in _FILES:
            return False
        if "=" not in word and takes_value("", word):
            next(words, "")
    return False


def _applies_local_files(words: Iterator[str]) -> bool:
    """Whether the words behind `apply` name files by nothing but plain paths."""
    for word in words:
        flag, equals, value = word.partition("=")
        if flag in _FILES:
            if not _LOCAL_FILE.fullmatch(value if equals else next(words, "")):
                return False
        elif word.startswith(("-f", "-k")):
            return False
    return True


_DETACHED = frozenset(("setsid", "daemonize", "start-stop-daemon", "systemd-run", "pm2", "screen", "tmux"))
"""Wrappers whose command goes on when the script is over."""

_PIPELINES = re.compile(r"GitHub|GitLab|CircleCI|Azure|Bitbucket|Jenkins|Task\Z|Pipeline|Workflow")
"""Kinds of files whose jobs take everything they started with them when they end."""

_SCHEDULED = frozenset(("schedule", "workflow_dispatch", "web", "api"))
_SERVICE_MANAGERS = {"systemd unit": "systemd", "crontab": "cron"}
_LONGEST_NAME = 40


@dataclass(frozen=True, eq=False)
class Invocation:
    """A command that a script would run. `environment` is empty when unknown; `reason` says why it is believed.

    `script` is the script that it is number `position` of; of a file with several jobs or targets, one of these.
    """

    command: Command
    environment: str
    reason: str
    kubectl: Kubectl | None = field(repr=False)
    """The command as kubectl's, if it is one."""
    script: Script = field(repr=False)
    position: int = field(repr=False)
    origin: Origin | None = field(default=None, repr=False)

    @property
    def at(self) -> Span:
        """Where it stands, in the file that a person would edit."""
        return self.place(self.kubectl.span if self.kubectl else self.command.span)

    def at_word(self, word: Word | None) -> Span:
        """Where one of its words stands; the command, where the word is made somewhere else."""
        command = self.command
        if word is None or word.source is not command.source or not command.start <= word.start <= command.end:
            return self.at
        return self.place(word.span)

    def place(self, span: Span) -> Span:
        """Where a part of it stands, in the file that a person would edit."""
        return self.origin.back(span) if self.origin else span

    def reworded(self, word: Word | None, text: str) -> Edit | None:
        """The edit that has one of its words say something else; None where that is not written as it is."""
        from klint.exposure.rewording import reworded

        return reworded(self, word, text)

    def forwarding_to(self, meant: str, pair: PortPair | None = None) -> Edit | None:
        """The edit that has a port-forward go to another object, or a pair of its ports to another port; None as above,
        and where nothing is meant."""
        forward = self.port_forward
        if forward is None or not meant:
            return None
        if pair is not None:
            return self.reworded(pair.word, f"{pair.local}:{meant}")
        return self.reworded(forward.target, str(forward.target).removesuffix(forward.name) + meant)

    def without(self, *flags: Flag | None) -> tuple[Edit, ...]:
        """The edits that leave out flags, those that there are; none if one of them is not written as it is."""
        from klint.exposure.rewording import without

        return without(self, *flags)

    @cached_property
    def port_forward(self) -> PortForward | None:
        """What it forwards, if it is `kubectl port-forward`."""
        return read_port_forward(self.kubectl) if self.kubectl else None

    @cached_property
    def proxy(self) -> ApiProxy | None:
        """The proxy to the API server that it starts, if it is `kubectl proxy`."""
        from klint.scripts.proxies import read_proxy

        return read_proxy(self.kubectl) if self.kubectl else None

    @cached_property
    def tunnel(self) -> Tunnel | None:
        """The way in from outside that it opens past every entry of the cluster, if it does."""
        from klint.scripts.tunnels import read_tunnel

        return read_tunnel(self.command)

    @cached_property
    def exposure(self) -> Exposure | None:
        """The Service or route that it makes or opens past the manifests, if it does."""
        from klint.scripts.exposures import read_exposure

        return read_exposure(self.command, self.kubectl)

    @property
    def is_in_pod(self) -> bool:
        """Whether it runs in a container of a pod."""
        return self.command.context.unit.startswith("container ")

    @property
    def namespace(self) -> str | None:
        """The namespace that kubectl looks in: empty for that of the current context, None where it is not known."""
        word = self.kubectl.namespace if self.kubectl else None
        return word.text if word is not None else self.command.context.namespace

    @property
    def selector(self) -> str:
        """The selector by which the script finds the pod that it forwards to; empty when it does not say."""
        return self.script.questions.selector_for(self.port_forward, self.position) if self.port_forward else ""

    @property
    def forwarded(self) -> str:
        """What it forwards to, as the script has it: `svc/web`, or `$POD` where that is not known."""
        word = self.port_forward.target if self.port_forward else None
        if word is None or (word.text is None and ("\n" in word.raw or len(word.raw) > _LONGEST_NAME)):
            return "a pod"
        return word.text or word.raw.strip("\"'")

    @property
    def kept_alive(self) -> str:
        """What keeps it running, or starts it again when it ends; empty when nothing does."""
        command, context = self.command, self.command.context
        if command.kept_alive:
            return command.kept_alive
        if context.kept_alive:
            return context.kept_alive
        if context.kind in _SERVICE_MANAGERS:
            return _SERVICE_MANAGERS[context.kind]
        if self.is_in_pod:
            return f"the {context.kind}"
        if context.kind == "Dockerfile" and context.unit == "the container":
            return "the container of this image"
        if _PIPELINES.search(context.kind):
            return "its schedule" if self._is_scheduled else ""
        return "" if self.is_stopped else self._detached

    @property
    def _is_scheduled(self) -> bool:
        """Whether nothing but a schedule and people start it, against a cluster that it logs in to."""
        context = self.command.context
        if "schedule" not in context.triggers or not set(context.triggers) <= _SCHEDULED:
            return False
        return bool(context.cluster) or self.script.logs_in

    @property
    def _detached(self) -> str:
        command = self.command
        detached = next((name for name in command.wrappers if name in _DETACHED), "")
        if detached or not command.in_background:
            return detached
        if "nohup" in command.wrappers:
            return "nohup"
        return "disown" if self._is_before(self.script.disowners) else ""

    @property
    def is_stopped(self) -> bool:
        """Whether its script ends it: `kill $PID` behind it, or in a trap."""
        return self.script.has_trap or self._is_before(self.script.stoppers)

    def _is_before(self, others: Latest[Command]) -> bool:
        """Whether one run of the script may come to it and then to one of these."""
        last = others.last(self.command)
        return last is not None and last.position > self.position


@dataclass(eq=False)
class Script:
    """A script: its commands, in order, each with how kubectl reads it."""

    commands: list[tuple[Command, Kubectl | None]] = field(default_factory=list)

    @cached_property
    def questions(self) -> Questions:
        """What it asks kubectl for."""
        return Questions(self.commands)

    @cached_property
    def logs_in(self) -> bool:
        """Whether it chooses a cluster that is not on this machine."""
        return any(chosen_cluster(command, kubectl) not in ("", LOCAL) for command, kubectl in self.commands)

    @cached_property
    def has_trap(self) -> bool:
        """Whether it stops what it started when it ends."""
        return any(command.program in _STOPPERS and "trap" in command.wrappers for command, _ in self.commands)

    @cached_property
    def stoppers(self) -> Latest[Command]:
        """The commands that stop others."""
        return self._ways(_STOPPERS)

    @cached_property
    def disowners(self) -> Latest[Command]:
        """The commands that leave others running."""
        return self._ways(frozenset(("disown",)))

    def _ways(self, programs: frozenset[str]) -> Latest[Command]:
        found: Latest[Command] = Latest()
        for position, (command, _) in enumerate(self.commands):
            if command.program in programs:
                found.add(position, command, command)
        return found

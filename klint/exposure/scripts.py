"""Scripts → invocations: the commands that automation would run, and which environment's cluster they would reach."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar

from klint.config.config import Exists
from klint.exposure.forwarding import Cluster
from klint.kube.index import Index, grouped
from klint.kube.workload import Workload
from klint.records import dataclass, field
from klint.scripts.clusters import CHOOSERS, LOCAL, chosen_cluster, chosen_namespace, named_clusters, named_namespace
from klint.scripts.commands import Command, Context, Word, names
from klint.scripts.forwards import Forward, Questions
from klint.scripts.hints import concerns_manifest
from klint.scripts.kubectl import HOSTS, PROGRAMS, Kubectl, PortForward, read_kubectl, read_port_forward
from klint.scripts.snippet import HOLE
from klint.text.document import Document, Origin
from klint.text.source import Source, Span
from klint.workspace.bundles import Bundle
from klint.workspace.target import Targets, environment_of_name

if TYPE_CHECKING:
    from klint.scripts.exposures import Exposure
    from klint.scripts.proxies import ApiProxy
    from klint.scripts.tunnels import Tunnel

_TUNNELS = names("ngrok cloudflared ssh autossh lt localtunnel bore zrok pinggy inlets telebit")
_INSTALLERS = names("helm helmfile kubefwd telepresence istioctl linkerd cilium argocd flux operator-sdk kn cmctl")
_STOPPERS = names("kill pkill killall")
ASKED_FOR = PROGRAMS | HOSTS | CHOOSERS | _TUNNELS | _INSTALLERS | _STOPPERS | names("disown")
"""Programs that rules ask for, and those that say where the ones after them go and what becomes of them."""

_PRODUCTION_BRANCHES = re.compile(r"(?:refs/heads/)?(?:prod(?:uction)?|live)(?:[/-].*)?\Z")
_VARIABLES = ("KUBECONFIG", "KUBE_CONTEXT", "KUBECONTEXT", "CLUSTER", "CLUSTER_NAME", "ENVIRONMENT", "ENV")
"""Variables of a job that tell where it goes."""

_DETACHED = frozenset(("setsid", "daemonize", "start-stop-daemon", "systemd-run", "pm2", "screen", "tmux"))
"""Wrappers whose command goes on when the script is over."""

_PIPELINES = re.compile(r"GitHub|GitLab|CircleCI|Azure|Bitbucket|Jenkins|Task\Z|Pipeline|Workflow")
"""Kinds of files whose jobs take everything they started with them when they end."""

_SCHEDULED = frozenset(("schedule", "workflow_dispatch", "web", "api"))
_SERVICE_MANAGERS = {"systemd unit": "systemd", "crontab": "cron"}
_LONGEST_NAME = 40
_MOST_WAYS = 100
"""What stands in more ways of a script's branches than this, counted from its end, is forgotten."""

_CONFIGURED = (".klint.yaml", "says so")
_LIVE = re.compile(r"\blive\b")
"""A word that means something else in names of targets: `live-reload`."""

_CARRIERS = frozenset(("ConfigMap", "Secret", "Task", "Pipeline", "Workflow", "WorkflowTemplate", "CronWorkflow"))


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
        is_here = word is not None and command.start <= word.start <= command.end
        return self.place(word.span) if word is not None and is_here else self.at

    def place(self, span: Span) -> Span:
        """Where a part of it stands, in the file that a person would edit."""
        return self.origin.back(span) if self.origin else span

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

        return read_exposure(self.command)

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

    def _is_before(self, others: Ways[Command]) -> bool:
        """Whether one run of the script may come to it and then to one of these."""
        last = others.last(self.command)
        return last is not None and last.position > self.position


@dataclass(frozen=True)
class Scripts:
    """The invocations of one environment, and the workspace's resources that they may name.

    `forwards` are the port-forwards that Skaffold files and Tiltfiles declare for this environment. `everywhere` are
    the invocations of all environments, `exists` what the configuration says is in the cluster.
    """

    environment: str
    invocations: tuple[Invocation, ...]
    forwards: tuple[Forward, ...]
    index: Index
    everywhere: tuple[Invocation, ...] = field(default=(), repr=False)
    exists: tuple[Exists, ...] = ()

    @cached_property
    def port_forwards(self) -> tuple[tuple[Invocation, ...], ...]:
        """The invocations of `kubectl port-forward`, those at one place together: a loop over names makes several."""
        found = (item for item in self.invocations if item.port_forward is not None)
        return tuple(map(tuple, grouped((item.at.sort_key, item) for item in found).values()))

    @cached_property
    def cluster(self) -> Cluster:
        """What the workspace tells of the cluster that they run against."""
        return Cluster(self.index, self.exists, bool(self.installers))

    @cached_property
    def installers(self) -> tuple[Invocation, ...]:
        """Commands that install what no manifest of the workspace shows, whatever the environment."""
        return tuple(item for item in self.everywhere if _installs(item))


def _installs(invocation: Invocation) -> bool:
    """Whether it brings Services or pods into a cluster that are written down nowhere here."""
    kubectl = invocation.kubectl
    if kubectl is None:
        return invocation.command.program in _INSTALLERS
    if kubectl.name in ("run", "expose", "new-app"):
        return True
    if kubectl.name not in ("apply", "create", "replace"):
        return False
    values = [str(flag.value) for flag in kubectl.options.all("-f", "--filename", "-k", "--kustomize") if flag.value]
    if not values:
        return kubectl.name == "create" and bool(kubectl.arguments)
    return any(value == "-" or "://" in value or "…" in value or value.startswith("github.com") for value in values)


def read_scripts(
    sources: Iterable[Source], bundles: Sequence[Bundle], targets: Targets, index: Index
) -> tuple[Scripts, ...]:
    """The invocations in script files and in the containers of bundles, by environment."""
    invocations: dict[str, list[Invocation]] = defaultdict(list)
    forwards: dict[str, list[Forward]] = defaultdict(list)
    for source in sources:
        for found in _in_file(source, targets):
            invocations[found.environment].append(found)
        for forward in _declared(source):
            environment = environment_of_name(forward.profile) or targets.environment_of_script(source.relative)
            forwards[environment].append(forward)
    for bundle in bundles:
        for found in _in_bundle(bundle):
            invocations[found.environment].append(found)
    everywhere = tuple(found for group in invocations.values() for found in group)
    return tuple(
        Scripts(name, tuple(invocations[name]), tuple(forwards[name]), index, everywhere, targets.exists)
        for name in sorted({*invocations, *forwards})
    )


def _in_file(source: Source, targets: Targets) -> Iterator[Invocation]:
    from klint.scripts.sources import read_commands

    configured = targets.configured_environment(source.relative)
    guess = targets.environment_of_script(source.relative)
    fallback = (guess, f"the path {source.path}") if guess else ("", "")
    yield from _invocations(read_commands(source, ASKED_FOR), configured, fallback)


def _declared(source: Source) -> Iterator[Forward]:
    from klint.scripts.sources import read_declared_forwards

    return read_declared_forwards(source)


def _in_bundle(bundle: Bundle) -> Iterator[Invocation]:
    """The commands of a bundle's containers and of scripts in its ConfigMaps."""
    from klint.scripts.sources import read_manifest_commands

    target = bundle.target
    reason = next((reason.partition(": ")[2] for reason in target.reasons if reason.startswith(target.environment)), "")
    configured = target.environment if reason == " ".join(_CONFIGURED) else ""
    fallback = (target.environment, reason) if target.environment else ("", "")
    documents = {
        id(resource.document): resource.document
        for resource in bundle.resources
        if isinstance(resource, Workload) or resource.kind in _CARRIERS
    }
    for document in documents.values():
        written = _written(document)
        if concerns_manifest(written.text):
            commands = read_manifest_commands(written, ASKED_FOR)
            yield from _invocations(commands, configured, fallback, written.origin)


def _written(document: Document) -> Document:
    """The document as a person wrote it, where a rendered one still has it."""
    return (document.origin.written if document.origin else None) or document


def _invocations(
    commands: Iterable[Command], configured: str, fallback: tuple[str, str], origin: Origin | None = None
) -> Iterator[Invocation]:
    """Each command with its environment. Jobs and targets of one file are scripts of their own."""
    scripts: dict[str, Script] = defaultdict(lambda: Script(configured, fallback))
    for command in commands:
        script = scripts[command.context.unit]
        kubectl = read_kubectl(command)
        environment, reason = script.destination(command, kubectl)
        script.commands.append((command, kubectl))
        yield Invocation(command, environment, reason, kubectl, script, len(script.commands) - 1, origin)


_Telling = tuple[str, str, str]
"""A name that may tell an environment, what it names, and how to show it."""


_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Standing(Generic[_Item]):
    """Something that stands in a script, and what it has to say."""

    position: int
    command: Command
    item: _Item


class Ways(Generic[_Item]):
    """What stands in a script, the last in each way of its branches."""

    def __init__(self) -> None:
        self._last: dict[tuple[bool, tuple[tuple[int, int], ...]], Standing[_Item]] = {}

    def add(self, position: int, command: Command, item: _Item) -> None:
        """Remember what stands behind all that was added before."""
        way = ("ssh" in command.wrappers, command.branches)
        self._last.pop(way, None)
        self._last[way] = Standing(position, command, item)

    def last(self, command: Command) -> Standing[_Item] | None:
        """The last that one run of the script may come to as well as to a command."""
        found = islice(reversed(self._last.values()), _MOST_WAYS)
        return next((standing for standing in found if _may_meet(standing.command, command)), None)


@dataclass(eq=False)
class Script:
    """A script: its commands, in order, and while it is read what they have chosen so far."""

    configured: str
    fallback: tuple[str, str]
    commands: list[tuple[Command, Kubectl | None]] = field(default_factory=list)
    clusters: Ways[str] = field(default_factory=Ways)
    namespaces: Ways[str] = field(default_factory=Ways)
    jobs: dict[int, tuple[str, str]] = field(default_factory=dict)
    """What is known of a job as a whole, by the identity of its context: it has many commands."""

    def destination(self, command: Command, kubectl: Kubectl | None) -> tuple[str, str]:
        """The environment that a command runs against, and why; both empty when nothing tells.

        What is certain goes first: the cluster that the command names, or one made on the spot. Then the
        configuration's word, then what names suggest, the nearest to the command first.
        """
        cluster, namespace = chosen_cluster(command, kubectl), chosen_namespace(command, kubectl)
        if cluster:
            self.clusters.add(len(self.commands), command, cluster)
        if namespace:
            self.namespaces.add(len(self.commands), command, namespace)
        found = _first(self._by_command(command, kubectl))
        if found:
            return found
        context = command.context
        if id(context) not in self.jobs:
            self.jobs[id(context)] = _first(_by_job(context)) or self.fallback
        return self.jobs[id(context)]

    def _by_command(self, command: Command, kubectl: Kubectl | None) -> Iterator[_Telling]:
        for name, what in named_clusters(command, kubectl):
            yield _file_name(name) if what in ("kubeconfig", "KUBECONFIG") else name, f"the {what}", name
        chosen = self.clusters.last(command)
        if command.context.local_cluster:
            yield LOCAL, command.context.local_cluster, "makes the cluster"
        if chosen and chosen.item == LOCAL:
            yield LOCAL, chosen.command.program, "makes the cluster"
        yield self.configured, *_CONFIGURED
        namespace = named_namespace(command, kubectl)
        yield namespace, "the namespace", namespace
        if chosen:
            yield chosen.item, f"`{_shortened(chosen.command)}`", "before it"
        current = self.namespaces.last(command)
        if current:
            yield current.item, f"`{_shortened(current.command)}`", "before it"
        if command.environment:
            yield from _by_variables(command.environment)

    # What is asked once the script is read

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
    def stoppers(self) -> Ways[Command]:
        """The commands that stop others."""
        return self._ways(_STOPPERS)

    @cached_property
    def disowners(self) -> Ways[Command]:
        """The commands that leave others running."""
        return self._ways(frozenset(("disown",)))

    def _ways(self, programs: frozenset[str]) -> Ways[Command]:
        found: Ways[Command] = Ways()
        for position, (command, _) in enumerate(self.commands):
            if command.program in programs:
                found.add(position, command, command)
        return found


def _by_job(context: Context) -> Iterator[_Telling]:
    yield context.cluster, "the cluster that the job logs in to,", context.cluster
    yield context.environment, "the job's environment", context.environment
    yield from _by_variables(context.variables)
    for branch in context.branches:
        if _PRODUCTION_BRANCHES.match(branch):
            yield "production", "it runs for the branch", branch
    kind, _, name = context.unit.partition(" ")
    if kind not in ("container", "file"):
        yield _LIVE.sub("", name), "the", context.unit


def _by_variables(variables: Mapping[str, str]) -> Iterator[_Telling]:
    for variable in _VARIABLES:
        value = variables.get(variable, "")
        yield _file_name(value) if variable == "KUBECONFIG" else value, "the variable", f"{variable}={value}"


def _first(telling: Iterable[_Telling]) -> tuple[str, str] | None:
    """The first of these that tells an environment, with the reason."""
    for name, what, shown in telling:
        environment = environment_of_name(name) if name else ""
        if environment:
            return environment, f"{what} {shown.replace(HOLE, '…')}"
    return None


def _file_name(path: str) -> str:
    """The last folder and name of a path: those above say whose machine it is."""
    return "/".join(path.rsplit("/", 2)[-2:])


def _may_meet(first: Command, second: Command) -> bool:
    """Whether one run of a script may come to both: they stand in no two ways of one branch, and on one machine."""
    if ("ssh" in first.wrappers) != ("ssh" in second.wrappers):
        return False
    ways = dict(first.branches)
    return all(ways.get(point, way) == way for point, way in second.branches)


def _shortened(command: Command) -> str:
    text = str(command)
    return text if len(text) <= 60 else f"{text[:59]}…"

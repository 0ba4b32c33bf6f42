"""Scripts → invocations: the commands that automation would run, and which environment's cluster they would reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from klint.config.config import Exists
from klint.exposure.environments import Environments, Surroundings
from klint.exposure.forwarding import Cluster
from klint.exposure.invocations import ASKED_FOR, INSTALLERS, Invocation, Script, is_idle
from klint.kube.index import Index, grouped
from klint.kube.workload import Workload
from klint.records import cached_property, dataclass, field
from klint.scripts.commands import Command
from klint.scripts.forwards import Forward
from klint.scripts.hints import concerns_manifest
from klint.scripts.kubectl import read_kubectl
from klint.text.document import Document, Origin
from klint.text.source import Source
from klint.workspace.bundles import Bundle
from klint.workspace.environments import environment_of_name
from klint.workspace.target import Targets

if TYPE_CHECKING:
    from klint.scripts.shell.sourced import Find

_CARRIERS = frozenset(("ConfigMap", "Secret", "Task", "Pipeline", "Workflow", "WorkflowTemplate", "CronWorkflow"))


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
        return invocation.command.program in INSTALLERS
    if kubectl.name in ("run", "expose", "new-app"):
        return True
    if kubectl.name not in ("apply", "create", "replace"):
        return False
    values = [str(flag.value) for flag in kubectl.options.all("-f", "--filename", "-k", "--kustomize") if flag.value]
    if not values:
        return kubectl.name == "create" and bool(kubectl.arguments)
    return any(value == "-" or "://" in value or "…" in value or value.startswith("github.com") for value in values)


def read_scripts(
    sources: Iterable[Source],
    bundles: Sequence[Bundle],
    targets: Targets,
    index: Index,
    find: Find | None = None,
) -> tuple[Scripts, ...]:
    """The invocations in script files and in the containers of bundles, by environment.

    `find` finds the files that scripts source.
    """
    invocations: dict[str, list[Invocation]] = defaultdict(list)
    forwards: dict[str, list[Forward]] = defaultdict(list)
    for source in sources:
        for found in _in_file(source, targets, find):
            invocations[found.environment].append(found)
        for forward in _declared(source):
            environment = environment_of_name(forward.profile) or targets.environment_of_script(source.relative)
            forwards[environment].append(forward)
    for bundle in bundles:
        for found in _in_bundle(bundle):
            invocations[found.environment].append(found)
    everywhere = tuple(found for group in invocations.values() for found in group)
    called = {_place(found) for found in everywhere if found.command.is_called}
    for name, group in invocations.items():  # a function's commands are known better where another file calls it
        invocations[name] = [found for found in group if found.command.is_called or _place(found) not in called]
    return tuple(
        Scripts(name, tuple(invocations[name]), tuple(forwards[name]), index, everywhere, targets.exists)
        for name in sorted({*invocations, *forwards})
    )


def _place(invocation: Invocation) -> tuple[str, int]:
    return invocation.command.source.path, invocation.command.start


def _in_file(source: Source, targets: Targets, find: Find | None) -> Iterator[Invocation]:
    from klint.scripts.sources import read_commands

    configured, told_by = targets.configured_environment(source.relative)
    guess = targets.environment_of_script(source.relative)
    surroundings = Surroundings(configured, told_by, guess, f"the path {source.path}" if guess else "")
    yield from _invocations(read_commands(source, ASKED_FOR, find, is_idle), surroundings)


def _declared(source: Source) -> Iterator[Forward]:
    from klint.scripts.sources import read_declared_forwards

    return read_declared_forwards(source)


def _in_bundle(bundle: Bundle) -> Iterator[Invocation]:
    """The commands of a bundle's containers and of scripts in its ConfigMaps."""
    from klint.scripts.sources import read_manifest_commands

    target = bundle.target
    if target.told_by:
        surroundings = Surroundings(target.environment, target.told_by)
    else:
        surroundings = Surroundings(guessed=target.environment, reason=target.environment_reason)
    documents = {
        id(resource.document): resource.document
        for resource in bundle.resources
        if isinstance(resource, Workload) or resource.kind in _CARRIERS
    }
    for document in documents.values():
        written = _written(document)
        if concerns_manifest(written.text):
            commands = read_manifest_commands(written, ASKED_FOR, is_idle)
            yield from _invocations(commands, surroundings, written.origin)


def _written(document: Document) -> Document:
    """The document as a person wrote it, where a rendered one still has it."""
    return (document.origin.written if document.origin else None) or document


def _invocations(
    commands: Iterable[Command], surroundings: Surroundings, origin: Origin | None = None
) -> Iterator[Invocation]:
    """Each command with its environment. Jobs and targets of one file are scripts of their own."""
    scripts: dict[str, tuple[Script, Environments]] = defaultdict(lambda: (Script(), Environments(surroundings)))
    for command in commands:
        script, environments = scripts[command.context.unit]
        kubectl, position = read_kubectl(command), len(script.commands)
        environment, reason = environments.of(position, command, kubectl)
        script.commands.append((command, kubectl))
        yield Invocation(command, environment, reason, kubectl, script, position, origin)

"""Scripts → invocations: the commands that automation would run, and which environment's cluster they would reach."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from klint.bundles import Bundle
from klint.document import Document, Source, Span
from klint.index import Index
from klint.kube.workload import Workload
from klint.shell.commands import Command, Word, names, program_name
from klint.shell.forwards import Forward, selector_of
from klint.shell.hints import concerns_manifest
from klint.shell.kubectl import HOSTS, PROGRAMS, Kubectl, PortForward, read_kubectl, read_port_forward
from klint.target import Targets, environment_of_name

_TUNNELS = names("ngrok cloudflared ssh autossh lt localtunnel bore zrok pinggy inlets telebit")
_CLUSTER_CHOOSERS = names("kubectx kubectl oc aws gcloud az doctl k3d kind minikube export")
ASKED_FOR = PROGRAMS | HOSTS | _TUNNELS | _CLUSTER_CHOOSERS | names("helm helmfile kubefwd telepresence")
"""Programs that rules ask for, and those that say which cluster the ones after them talk to."""

_PRODUCTION_BRANCHES = re.compile(r"(?:refs/heads/)?(?:prod(?:uction)?|live)(?:[/-].*)?\Z")


@dataclass(frozen=True, eq=False)
class Invocation:
    """A command that a script would run. `environment` is empty when unknown; `reason` says why it is believed.

    `script` are all commands of the same script, in order.
    """

    command: Command
    environment: str
    reason: str
    script: tuple[Command, ...]
    at: Span

    @cached_property
    def kubectl(self) -> Kubectl | None:
        """The command as kubectl's, if it is one."""
        return read_kubectl(self.command)

    @cached_property
    def port_forward(self) -> PortForward | None:
        """What it forwards, if it is `kubectl port-forward`."""
        return read_port_forward(self.kubectl) if self.kubectl else None

    @property
    def selector(self) -> str:
        """The selector by which the script finds the pod that it forwards to; empty when it does not say."""
        return selector_of(self.port_forward, self.script) if self.port_forward else ""

    @property
    def kept_alive(self) -> str:
        """What starts it again when it ends; empty when nothing does."""
        return self.command.kept_alive or self.command.context.kept_alive

    @property
    def where(self) -> str:
        """The sort of file it stands in, with the part of it: `GitHub Actions workflow, job deploy`."""
        context = self.command.context
        return f"{context.kind}, {context.unit}" if context.unit else context.kind


@dataclass(frozen=True)
class Scripts:
    """The invocations of one environment, and the workspace's resources that they may name.

    `forwards` are the port-forwards that Skaffold files and Tiltfiles declare for this environment.
    """

    environment: str
    invocations: tuple[Invocation, ...]
    forwards: tuple[Forward, ...]
    index: Index


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
            environment = environment_of_name(forward.profile) or targets.environment_of_file(source.relative)
            forwards[environment].append(forward)
    for bundle in bundles:
        for found in _in_bundle(bundle):
            invocations[found.environment].append(found)
    environments = sorted({*invocations, *forwards})
    return tuple(Scripts(name, tuple(invocations[name]), tuple(forwards[name]), index) for name in environments)


def _in_file(source: Source, targets: Targets) -> Iterator[Invocation]:
    from klint.shell.sources import read_commands

    commands = read_commands(source, ASKED_FOR)
    fallback = targets.environment_of_file(source.relative)
    for position, command in enumerate(commands):
        environment, reason = _destination(command, commands[:position]) or (fallback, f"the path {source.path}")
        yield Invocation(command, environment, reason if environment else "", commands, command.span)


def _declared(source: Source) -> Iterator[Forward]:
    from klint.shell.sources import read_declared_forwards

    return read_declared_forwards(source)


def _in_bundle(bundle: Bundle) -> Iterator[Invocation]:
    """The commands of a bundle's containers and of scripts in its ConfigMaps."""
    from klint.shell.sources import read_manifest_commands

    target = bundle.target
    reason = next((reason.partition(": ")[2] for reason in target.reasons if reason.startswith(target.environment)), "")
    documents = {
        id(resource.document): resource.document
        for resource in bundle.resources
        if isinstance(resource, Workload) or resource.kind in _CARRIERS
    }
    for document in documents.values():
        written = _written(document)
        if not concerns_manifest(written.text):
            continue
        commands = read_manifest_commands(written, ASKED_FOR)
        for position, command in enumerate(commands):
            found = _destination(command, commands[:position])
            environment, why = found or (target.environment, reason)
            at = written.origin.back(command.span) if written.origin else command.span
            yield Invocation(command, environment, why if environment else "", commands, at)


_CARRIERS = frozenset(("ConfigMap", "Secret", "Task", "Pipeline", "Workflow", "WorkflowTemplate", "CronWorkflow"))


def _written(document: Document) -> Document:
    """The document as a person wrote it, where a rendered one still has it."""
    return (document.origin.written if document.origin else None) or document


def _destination(command: Command, before: Sequence[Command]) -> tuple[str, str] | None:
    """The environment that a command itself, its script or its job says it runs against, and how; None if none does."""
    for word, what in _named_clusters(command):
        environment = environment_of_name(word)
        if environment:
            return environment, f"the {what} {word}"
    context = command.context
    if context.local_cluster:
        return "local", f"{context.local_cluster} makes the cluster"
    if environment_of_name(context.environment):
        return environment_of_name(context.environment), f"the job's environment {context.environment}"
    for variable in ("KUBECONFIG", "KUBE_CONTEXT", "KUBECONTEXT", "CLUSTER", "ENVIRONMENT", "ENV"):
        value = command.environment.get(variable) or context.variables.get(variable, "")
        if environment_of_name(value):
            return environment_of_name(value), f"the variable {variable}={value}"
    for earlier in reversed(before):
        chosen = _chosen_cluster(earlier)
        if chosen and environment_of_name(chosen):
            return environment_of_name(chosen), f"{earlier.program} {chosen} before it"
    for branch in context.branches:
        if _PRODUCTION_BRANCHES.match(branch):
            return "production", f"the branch {branch} it runs for"
    if environment_of_name(context.unit):
        return environment_of_name(context.unit), f"the {context.unit}"
    return None


def _named_clusters(command: Command) -> Iterator[tuple[str, str]]:
    """The context, configuration and namespace that a command line names."""
    kubectl = read_kubectl(command)
    if kubectl is not None:
        for word, what in (
            (kubectl.context, "context"),
            (kubectl.kubeconfig, "kubeconfig"),
            (kubectl.namespace, "namespace"),
            (kubectl.profile, "profile"),
        ):
            if word is not None:
                yield str(word), what
    elif command.program in ("helm", "helmfile"):
        for flag, what in (("--kube-context", "context"), ("--kubeconfig", "kubeconfig"), ("-n", "namespace")):
            value = _flag_value(command.argv, flag)
            if value is not None:
                yield str(value), what


def _flag_value(words: Sequence[Word], flag: str) -> Word | None:
    for position, word in enumerate(words):
        if word.value == flag and position + 1 < len(words):
            return words[position + 1]
        if word.value.startswith(flag + "="):
            return word.after(len(flag) + 1)
    return None


def _chosen_cluster(command: Command) -> str:
    """The cluster that a command makes the current one: `kubectx prod`, `aws eks update-kubeconfig --name prod`."""
    words = [word.text or "" for word in command.argv[1:]]
    program = program_name(command.argv[0])
    if program == "kubectx":
        return next((word for word in words if not word.startswith("-")), "")
    if program in PROGRAMS and words[:2] == ["config", "use-context"]:
        return words[2] if len(words) > 2 else ""
    if program in ("kind", "k3d") and "create" in words and "cluster" in words:
        return program
    if program == "minikube" and words[:1] == ["start"]:
        return program
    if (program == "aws" and "update-kubeconfig" in words) or (
        program in ("gcloud", "az", "doctl") and ("get-credentials" in words or "save" in words)
    ):
        return " ".join(word for word in words if environment_of_name(word) and not word.startswith("--"))
    return ""

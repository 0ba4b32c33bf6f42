"""Which environment's cluster a command of a script talks to, and why klint thinks so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from klint.exposure.latest import Latest
from klint.records import dataclass
from klint.scripts.clusters import LOCAL, chosen_cluster, chosen_namespace, named_clusters, named_namespace
from klint.scripts.commands import Command, Context
from klint.scripts.kubectl import Kubectl
from klint.scripts.snippet import HOLE
from klint.workspace.environments import environment_of_name

_PRODUCTION_BRANCHES = re.compile(r"(?:refs/heads/)?(?:prod(?:uction)?|live)(?:[/-].*)?\Z")
_VARIABLES = ("KUBECONFIG", "KUBE_CONTEXT", "KUBECONTEXT", "CLUSTER", "CLUSTER_NAME", "ENVIRONMENT", "ENV")
"""Variables of a job that tell where it goes."""
_LIVE = re.compile(r"\blive\b")
"""A word that means something else in names of targets: `live-reload`."""

_Telling = tuple[str, str, str]
"""A name that may tell an environment, what it names, and how to show it."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the environment of a whole file. Empty is unknown.

    `configured` is what somebody says outright, who is `told_by`; `guessed` is what is plain to see, with the reason.
    """

    configured: str = ""
    told_by: str = ""
    guessed: str = ""
    reason: str = ""


class Environments:
    """The environments of a script's commands, asked for in the order they run: some choose for those behind them."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._clusters: Latest[str] = Latest()
        self._namespaces: Latest[str] = Latest()
        self._jobs: dict[int, tuple[str, str]] = {}
        """What is known of a job as a whole, by the identity of its context: it has many commands."""

    def of(self, position: int, command: Command, kubectl: Kubectl | None) -> tuple[str, str]:
        """The environment that a command at a position runs against, and why; both empty when nothing tells.

        What is certain goes first: the cluster that the command names, or one made on the spot. Then the
        configuration's word, then what names suggest, the nearest to the command first.
        """
        cluster, namespace = chosen_cluster(command, kubectl), chosen_namespace(command, kubectl)
        if cluster:
            self._clusters.add(position, command, cluster)
        if namespace:
            self._namespaces.add(position, command, namespace)
        found = _first(self._by_command(command, kubectl))
        if found:
            return found
        context = command.context
        if id(context) not in self._jobs:
            self._jobs[id(context)] = _first(_by_job(context)) or (
                self._surroundings.guessed,
                self._surroundings.reason,
            )
        return self._jobs[id(context)]

    def _by_command(self, command: Command, kubectl: Kubectl | None) -> Iterator[_Telling]:
        for name, what in named_clusters(command, kubectl):
            yield _file_name(name) if what in ("kubeconfig", "KUBECONFIG") else name, f"the {what}", name
        chosen = self._clusters.last(command)
        if command.context.local_cluster:
            yield LOCAL, command.context.local_cluster, "makes the cluster"
        if chosen and chosen.item == LOCAL:
            yield LOCAL, chosen.command.program, "makes the cluster"
        yield self._surroundings.configured, self._surroundings.told_by, "says so"
        namespace = named_namespace(command, kubectl)
        yield namespace, "the namespace", namespace
        if chosen:
            yield chosen.item, f"`{_shortened(chosen.command)}`", "before it"
        current = self._namespaces.last(command)
        if current:
            yield current.item, f"`{_shortened(current.command)}`", "before it"
        if command.environment:
            yield from _by_variables(command.environment)


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


def _shortened(command: Command) -> str:
    text = str(command)
    return text if len(text) <= 60 else f"{text[:59]}…"

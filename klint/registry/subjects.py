"""What rules look at: the class that the first parameter of a rule's function is annotated with.

An annotation is known by the name of its class, so that a rule may import the class for type checkers alone and costs
nobody what it does not look at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args

from klint.errors import RuleError
from klint.hops import HopKind
from klint.registry.parameters import NOTHING, Parameter

if TYPE_CHECKING:
    from klint.exposure.graph import Graph

IN_GRAPH: Mapping[str, Callable[[Graph], Iterable[Any]]] = {
    "Graph": lambda graph: (graph,),
    "Resource": attrgetter("resources"),
    "Service": attrgetter("services"),
    "Workload": attrgetter("workloads"),
    "PodTemplate": attrgetter("pods"),
    "Route": attrgetter("routes"),
    "Ingress": attrgetter("ingresses"),
    "IngressClass": attrgetter("ingress_classes"),
    "Gateway": attrgetter("gateways"),
    "VirtualService": attrgetter("virtual_services"),
    "IstioGateway": attrgetter("istio_gateways"),
    "DestinationRule": attrgetter("destination_rules"),
    "ListenerSet": attrgetter("listener_sets"),
    "Middleware": attrgetter("middlewares"),
    "NetworkPolicy": attrgetter("network_policies"),
    "Namespace": attrgetter("namespaces"),
    "Break": lambda graph: graph.breaks(*HopKind),
}
"""By class, where a graph has what a rule is called for: each once, in the order of files. More is a line more."""

WHOLES = ("Workspace", "Declarations", "Scripts", "Ignores")
"""What is no part of a graph: the workspace, what is declared in it, the scripts of one environment, and the ignores
once all else has run."""


def subjects_of(parameter: Parameter, names: Mapping[str, Any]) -> tuple[str, ...]:
    """What a rule looks at: the name of one class, or of several (`Ingress | IngressClass`) that a graph has.

    Args:
        parameter: the first of the rule's function.
        names: what the names in annotations stand for; those that are missing stand for klint's own.

    Raises:
        RuleError: it does not say so.
    """
    if parameter.annotation is NOTHING:
        raise RuleError(f"the first parameter, {parameter.name}, has no annotation to say what the rule looks at")
    subjects = tuple(_name(item, names) for item in _members(parameter.annotation))
    known = (*IN_GRAPH, *WHOLES) if len(subjects) == 1 else tuple(IN_GRAPH)
    for subject in subjects:
        if subject not in known:
            raise RuleError(f"{parameter.name} is a {subject}, and rules look at {', '.join(known)}")
    return subjects


def is_graph_of(subjects: tuple[str, ...], parameter: Parameter, names: Mapping[str, Any]) -> bool:
    """Whether a rule asks with its second parameter for the graph that its subject is in.

    Raises:
        RuleError: it does, and there is none, or the subject is the graph.
    """
    if parameter.kind != "either" or _name(parameter.annotation, names) != "Graph":
        return False
    if "Graph" in subjects or not IN_GRAPH.keys() >= set(subjects):
        raise RuleError(f"a rule that looks at {' | '.join(subjects)} gets no graph beside it")
    return True


def _members(annotation: Any) -> tuple[Any, ...]:
    """Each class of a union, or the only one."""
    if isinstance(annotation, str):
        return tuple(name.strip() for name in annotation.strip("\"'").split("|"))
    return get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)


def _name(annotation: Any, names: Mapping[str, Any]) -> str:
    """The name of klint's class that an annotation means; as it is written where it means anything else."""
    text = str(annotation).strip("\"'")
    found = names.get(text, annotation) if isinstance(annotation, str) else annotation
    if isinstance(found, str):
        return text.removeprefix("klint.")
    if not isinstance(found, type):
        return text
    return found.__name__ if found.__module__.startswith("klint.") else f"{found.__module__}.{found.__qualname__}"

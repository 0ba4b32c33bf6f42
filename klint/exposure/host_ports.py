"""Which pods of a bundle ask the scheduler for one port of one node."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from klint.kube.node_choice import are_pinned_together, may_share_node, must_share_node
from klint.kube.workload import NodePort, PodTemplate
from klint.records import dataclass
from klint.text.document import Place

_ENOUGH = 20
"""That many of those who ask for a number are looked at for one that takes it from the next."""


@dataclass(frozen=True, eq=False)
class HostPortCollision:
    """A port that a pod cannot have on a node where an earlier one has it; that one may be the pod itself.

    `is_certain` says that there is no other node for it, as far as templates say. `also` are the places of further
    ports of the pod that the earlier one has, too.
    """

    pod: PodTemplate
    port: NodePort
    earlier: PodTemplate
    earlier_port: NodePort
    is_certain: bool
    also: tuple[Place, ...]


def host_port_collisions(pods: Iterable[PodTemplate]) -> Iterator[HostPortCollision]:
    """The ports that cannot all be given away, of the pods in this order: each two pods once.

    Jobs end, and what has one name and namespace is one thing written twice, of which one is deployed.

    Sources: k8s.io/kube-scheduler framework/types.go HostPortInfo; within a pod k8s.io/kubernetes
    pkg/apis/core/validation AccumulateUniqueHostPorts.
    """
    taken: dict[tuple[int, str], list[tuple[PodTemplate, NodePort]]] = defaultdict(list)
    for pod in pods:
        if pod.workload.is_job:
            continue
        found: dict[int, list[tuple[PodTemplate, NodePort, NodePort]]] = defaultdict(list)
        for port in pod.node_ports:
            earlier = _earlier(pod, port, taken[port.number, port.protocol])
            if earlier is not None:
                found[id(earlier[0])].append((*earlier, port))
            taken[port.number, port.protocol].append((pod, port))
        for (other, other_port, port), *more in found.values():
            also = tuple(another.at for _, _, another in more)
            yield HostPortCollision(pod, port, other, other_port, _is_certain(pod, other), also)


def _earlier(
    pod: PodTemplate, port: NodePort, taken: list[tuple[PodTemplate, NodePort]]
) -> tuple[PodTemplate, NodePort] | None:
    """Who has a port already: the pod itself, else the first that may be on one node with it."""
    own = taken[-1:] if taken and taken[-1][0] is pod else []
    for other, other_port in (*own, *islice(taken, _ENOUGH)):
        if port.conflicts_with(other_port) and (other is pod or _may_meet(pod, other)):
            return other, other_port
    return None


def _may_meet(pod: PodTemplate, other: PodTemplate) -> bool:
    mine, theirs = pod.workload, other.workload
    if mine is theirs or (mine.name, mine.namespace) == (theirs.name, theirs.namespace):
        return False
    return may_share_node(pod, other)


def _is_certain(pod: PodTemplate, other: PodTemplate) -> bool:
    return pod is other or must_share_node(pod, other) or must_share_node(other, pod) or are_pinned_together(pod, other)

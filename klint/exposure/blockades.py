"""Ways that lead to a pod and that its NetworkPolicies close: certainly, whoever sends on them and from wherever.

A request comes to a pod from the pods of the controller that serves its route, or from outside. On the way from outside
its address may be rewritten to that of a node, so that policies refuse it for certain only if they refuse both. What
comes to a host port is on the pod's own node already, which policies let in. Where the controller is in no manifest,
nobody knows its labels, namespace and addresses: then every peer that may mean it counts as one that does, and the
policies that let it in may be where it is, unless those here let in others.

Sources: kubernetes.io docs/concepts/services-networking/network-policies, on sources outside of the cluster;
k8s.io/api networking/v1 types.go NetworkPolicySpec: a pod's own node is always let in, which says nothing of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Literal

from klint.exposure.policies import Peer, Policies, Sender
from klint.hops import State, Way
from klint.kube.network_policy import NetworkPolicy
from klint.kube.policy_rules import PolicyPeer, PolicyPort
from klint.kube.resource import Resource
from klint.kube.selector import is_empty
from klint.kube.workload import PodTemplate
from klint.records import dataclass
from klint.text.document import Place

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.exposure.serving import Serving
    from klint.fixes import Fix

_ENOUGH = 50
"""That many ways to a pod are looked at."""


@dataclass(frozen=True, slots=True)
class Blockade:
    """A NetworkPolicy under which what is sent on some `ways` does not get in to where they end.

    `sender` is the workload of the controller that sends it; None where that is in no manifest, or nobody inside.
    Where the policy admits the sender to the ports of Services and not to those of their pods, the former are `ports`.
    """

    policy: NetworkPolicy
    sender: Resource | None
    ways: tuple[Way, ...]
    ports: tuple[PolicyPort, ...] = ()

    @property
    def at(self) -> Place:
        """The port that it admits in vain, else its rules, or where it has none what puts the pods under it."""
        if self.ports:
            return self.ports[0].at("port")
        field = "ingress" if self.policy.ingress else "podSelector"
        return self.policy.at("spec", field)

    @property
    def correction(self) -> Fix | None:
        """What admits the port of the pods in the place of the Service's, where that is one and the same for all."""
        numbers = {way.port_number for way in self.ways}
        number = numbers.pop() if len(numbers) == 1 else None
        wanted = {way.service_port.number for way in self.ways if way.service_port is not None}
        places = [port.at("port") for port in self.ports]
        is_whole = all({place.value} == wanted for place in places)
        if number is None or not places or not is_whole or any("endPort" in port.data for port in self.ports):
            return None
        from klint.fixes import Fix
        from klint.text.changes import Replace

        return Fix(f"Change port to {number}", [Replace(place, number) for place in places])


def blockades(graph: Graph) -> Iterator[Blockade]:
    """The blockades of a bundle's policies: for each policy and sender one, with all the ways that they close."""
    found: dict[tuple[int, int], list[tuple[NetworkPolicy, Resource | None, Way, PolicyPort | None]]] = {}
    for pod in graph.pods:
        policies = graph.policies(pod)
        if policies.certain and not policies.others:
            for way in islice(graph.ways_to(pod), _ENOUGH):
                sender = _refused_sender(way, policies, graph)
                if sender is not False:
                    policy = _to_blame(policies)
                    port = _mistaken_port(policy, way, policies, graph)
                    found.setdefault((id(policy), id(sender)), []).append((policy, sender, way, port))
    for refused in found.values():
        policy, sender, *_ = refused[0]
        ports = {port.path: port for *_, port in refused if port is not None}
        is_all = all(port is not None for *_, port in refused)
        yield Blockade(policy, sender, tuple(way for _, _, way, _ in refused), tuple(ports.values()) if is_all else ())


def _to_blame(policies: Policies) -> NetworkPolicy:
    """The policy that a person would mend: one for these pods that lets somebody in, before one for all."""
    return min(policies.certain, key=lambda policy: (not policy.ingress, is_empty(policy.pod_selector)))


def _refused_sender(way: Way, policies: Policies, graph: Graph) -> Resource | Literal[False] | None:
    """The workload whose requests are blocked on a way, None if nobody knows which; False where it may get through."""
    serving = _serving(way, graph)
    pods = serving.pods if serving is not None else ()
    if pods:
        is_refused = all(not sender.host_network and _is_refused(way, sender, policies) for sender in pods)
        return pods[0].workload if is_refused else False
    is_on_node = way.route is None and way.entry is not None and way.entry.pod is not None
    if is_on_node or not all(_is_refused(way, sender, policies) for sender in (Sender.OUTSIDE, Sender.NODE)):
        return False
    if way.route is not None and _may_admit_controller(way, policies, graph):
        return False
    return None


def _mistaken_port(policy: NetworkPolicy, way: Way, policies: Policies, graph: Graph) -> PolicyPort | None:
    """The port by which a policy lets in who sends on a way, were it not that of the Service instead of the pod's."""
    if way.service_port is None or way.service_port.number is None:
        return None
    number, protocol = way.service_port.number, _protocol(way)
    if all(policies.refuses_alone(policy, sender, number, protocol) for sender in _senders(way, graph)):
        return None
    ports = (port for rule in policy.ingress or () for port in rule.ports or ())
    return next((port for port in ports if port.protocol == protocol and number in port.numbers), None)


def _senders(way: Way, graph: Graph) -> Sequence[Peer]:
    """Who sends on a way, as far as it is known."""
    serving = _serving(way, graph)
    return serving.pods if serving is not None and serving.pods else (Sender.OUTSIDE, Sender.NODE)


def _serving(way: Way, graph: Graph) -> Serving | None:
    servings = graph.servings(way.route) if way.route is not None else ()
    return next((serving for serving in servings if serving.class_hop in way.hops), None)


def _is_refused(way: Way, sender: Peer, policies: Policies) -> bool:
    """Whether no policy lets a sender in to the port where a way ends, be it one of another bundle."""
    port, protocol = way.port_number, _protocol(way)
    if policies.admits(sender, port, protocol) is not State.BROKEN:
        return False
    return all(policies.refuses_alone(policy, sender, port, protocol) for policy in policies.elsewhere)


def _protocol(way: Way) -> str:
    port = way.pod_port or way.service_port
    return port.protocol if port is not None else "TCP"


def _may_admit_controller(way: Way, policies: Policies, graph: Graph) -> bool:
    """Whether a controller that is in no manifest may get in: not where nobody does but pods that are known."""
    if not _to_blame(policies).ingress:
        return True
    return not all(
        _is_known(policy, peer, graph)
        for policy in (*policies.certain, *policies.elsewhere)
        for peer in _peers(policy, way, policies.pod)
    )


def _peers(policy: NetworkPolicy, way: Way, pod: PodTemplate) -> Iterator[PolicyPeer]:
    """The peers that a policy lets in to the port where a way ends."""
    for rule in policy.ingress or ():
        if rule.admits_port(pod, way.port_number, _protocol(way)) is not False:
            yield from rule.peers or ()


def _is_known(policy: NetworkPolicy, peer: PolicyPeer, graph: Graph) -> bool:
    """Whether a peer means pods that are all known, and no controllers."""
    found = graph.selected_by_peer(policy, peer) if peer.namespace_selector is None else None
    return found is not None and found.is_whole and not any(pod.is_ingress_or_gateway for pod in found.pods)

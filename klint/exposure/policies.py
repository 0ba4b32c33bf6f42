"""What NetworkPolicies let in to a pod: from whom, to which port, and which rule decides.

Policies add up: a pod that none selects for ingress is open, and what any of those that select it admits comes in.
Sources: k8s.io/api networking/v1 types.go; kubernetes.io docs/concepts/services-networking/network-policies.md, also
for what it leaves to the network plugin: pods with hostNetwork, and addresses that are rewritten on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from klint.enums import Enum
from klint.exposure.scope import Scope
from klint.hops import State
from klint.kube.address_set import ALL_IPV4, AddressSet, public_ipv4_addresses
from klint.kube.index import Index
from klint.kube.namespace import is_open_namespace, is_same_namespace
from klint.kube.network_policy import NetworkPolicy
from klint.kube.policy_index import Subject
from klint.kube.policy_rules import PolicyPeer
from klint.kube.resource import Resource
from klint.kube.selector import KnownLabels, is_empty
from klint.kube.ternary import Ternary, all_of
from klint.kube.workload import PodTemplate
from klint.reasons import Reason, Why, why
from klint.records import cached_property, dataclass
from klint.text.document import Place
from klint.text.placeholders import is_placeholder


class Sender(Enum):
    """Who sends, where that is no pod and has no address that manifests know."""

    OUTSIDE = "anywhere outside the cluster"
    """A client on the Internet. On its way in, its address may be replaced by that of a node or load balancer."""
    NODE = "another node"
    """A node of the cluster that the pod is not on."""
    OWN_NODE = "the pod's own node"


_ENOUGH = 20
"""That many are looked at outside the bundle: they show that something may be in force, and nobody needs them all."""

_NO_LABELS = KnownLabels({}, is_open=True)

Peer = PodTemplate | AddressSet | Sender
"""Who sends. A set of addresses is admitted when all of it is, refused when none of it is."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something comes in: RESOLVED, BROKEN (refused) or UNKNOWN; why, and the policy and place that decide."""

    state: State
    why: Why
    policy: Resource | None = None
    at: Place | None = None


def _verdict(state: State, reason: Reason, policy: Resource, at: Place) -> Verdict:
    return Verdict(state, why(reason, policy), policy, at)


@dataclass(frozen=True, eq=False)
class Policies:
    """The policies that say what comes in to a pod.

    `certain` select it, `possible` may; `others` are policies of other kinds that may limit what comes in to it, and
    that klint does not evaluate. With hostNetwork there are none of the first two, and `void` are those that select it
    all the same.
    """

    pod: PodTemplate
    certain: tuple[NetworkPolicy, ...]
    possible: tuple[NetworkPolicy, ...]
    others: tuple[Resource, ...]
    _isolation: Isolation
    void: tuple[NetworkPolicy, ...] = ()

    @property
    def isolates(self) -> State:
        """Whether something limits what comes in to the pod: RESOLVED if a NetworkPolicy does, BROKEN if nothing."""
        if self.certain:
            return State.RESOLVED
        return State.UNKNOWN if self.possible or self.others or self._isolation.hidden else State.BROKEN

    def admits(self, peer: Peer, port: int | str | None = None, protocol: str = "TCP") -> State:
        """Whether a peer reaches a port of the pod. See `verdict`."""
        return self.verdict(peer, port, protocol).state

    def verdict(self, peer: Peer, port: int | str | None = None, protocol: str = "TCP") -> Verdict:
        """Whether a peer reaches a port of the pod, and what decides.

        `port` is the pod's own, after Services have translated it: a number, the name of a container port, or None
        where it is not known.
        """
        if self.others:
            return _verdict(State.UNKNOWN, Reason.OTHER_POLICY, self.others[0], self.others[0].place)
        if self.pod.host_network:
            return Verdict(
                State.RESOLVED, why(Reason.POLICIES_SPARE_HOST_NETWORK), None, self.pod.at("spec", "hostNetwork")
            )
        if peer is Sender.OWN_NODE:
            return Verdict(State.RESOLVED, why(Reason.OWN_NODE))
        question = _Question(self.pod, peer, port, protocol, self._isolation)
        found = question.verdict(self.certain)
        if found.state is State.UNKNOWN or (found.state is State.RESOLVED and self.certain):
            return found
        for policy in self.possible:
            if question.verdict((policy,)).state is not found.state:
                maybe = why(Reason.POLICY_MAY_SELECT, policy, self.pod)
                return Verdict(State.UNKNOWN, maybe, policy, policy.at("spec", "podSelector"))
        hidden = self._isolation.hidden
        return Verdict(State.UNKNOWN, why(Reason.HIDDEN_POLICIES, hidden)) if hidden else found

    @cached_property
    def elsewhere(self) -> tuple[NetworkPolicy, ...]:
        """Policies of other bundles that may be in force for the pod as well, and add to its own."""
        return tuple(self._isolation.elsewhere(self.pod))

    def refuses_alone(self, policy: NetworkPolicy, peer: Peer, port: int | str | None, protocol: str = "TCP") -> bool:
        """Whether one policy, if it selects the pod, certainly does not let a peer in."""
        question = _Question(self.pod, peer, port, protocol, self._isolation)
        return question.verdict((policy,)).state is State.BROKEN


class Isolation:
    """Which policies hold for which pods of a scope.

    Only the bundle's own policies are certain to be in force. Of those elsewhere in the workspace some may be, where
    the bundle has none for a pod; one for every pod of a namespace counts where it names that namespace.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._found: dict[tuple[object, ...], tuple[tuple[NetworkPolicy, ...], tuple[NetworkPolicy, ...]]] = {}
        self._of_pods: dict[int, Policies] = {}

    def of(self, pod: PodTemplate) -> Policies:
        """The policies for a pod."""
        if id(pod) not in self._of_pods:
            self._of_pods[id(pod)] = self._of(pod)
        return self._of_pods[id(pod)]

    def _of(self, pod: PodTemplate) -> Policies:
        others = tuple(self._others(pod))
        if pod.host_network:
            return Policies(pod, (), (), tuple(subject.policy for subject in others), self, self._policies(pod)[0])
        certain, possible = self._policies(pod)
        if _may_be_on_host(pod):
            certain, possible = (), (*certain, *possible)
        counting = (subject.policy for subject in others if not (certain and subject.is_baseline))
        return Policies(pod, certain, possible, tuple(counting), self)

    @cached_property
    def hidden(self) -> str:
        """What klint could not read and may hold policies; empty if nothing."""
        return self.scope.may_hide(("NetworkPolicy",))

    def _policies(self, pod: PodTemplate) -> tuple[tuple[NetworkPolicy, ...], tuple[NetworkPolicy, ...]]:
        """Those that certainly select a pod, and those that may."""
        labels = pod.known_labels
        key = (pod.namespace, labels.is_open, frozenset(labels.written.items()))
        if key not in self._found:
            certain: list[NetworkPolicy] = []
            possible: list[NetworkPolicy] = []
            for policy, is_certain in _isolating(self.scope.own, pod):
                (certain if is_certain else possible).append(policy)
            if not certain and not possible:
                meant = (policy for policy in self.elsewhere(pod) if _is_meant(policy, pod))
                possible.extend(islice(meant, _ENOUGH))
            self._found[key] = tuple(certain), tuple(possible)
        return self._found[key]

    def elsewhere(self, pod: PodTemplate) -> Iterator[NetworkPolicy]:
        """The policies of other bundles that isolate a pod as well, should they be in force in its cluster."""
        return filter(self._is_elsewhere, (policy for policy, _ in _isolating(self.scope.index, pod)))

    def _others(self, pod: PodTemplate) -> Iterator[Subject]:
        """What policies of other kinds have to say of a pod: those of the bundle, or if it has none some elsewhere."""
        if not self.scope.index.other_policies.subjects:
            return iter(())
        inside = self.scope.namespace_labels(pod.namespace)
        found = list(_others(self.scope.own, pod, inside))
        if not found:
            elsewhere = (item for item in _others(self.scope.index, pod, inside) if self._is_elsewhere(item.policy))
            found.extend(islice(elsewhere, _ENOUGH))
        return iter(found)

    def _is_elsewhere(self, policy: Resource) -> bool:
        """Whether a policy of another bundle may be in force in the cluster of this one."""
        return bool(self.scope.sort((policy,)).elsewhere)


def _may_be_on_host(pod: PodTemplate) -> bool:
    return is_placeholder(pod.get("spec", "hostNetwork"))


def _isolating(index: Index, pod: PodTemplate) -> Iterator[tuple[NetworkPolicy, bool]]:
    """The NetworkPolicies that isolate a pod, or may, with whether that is certain."""
    for subject, is_certain in index.policies.about(pod.namespace, pod.known_labels, _NO_LABELS):
        policy = subject.policy
        if isinstance(policy, NetworkPolicy) and policy.isolates_ingress is not False:
            yield policy, is_certain and policy.isolates_ingress is True


def _others(index: Index, pod: PodTemplate, inside: KnownLabels) -> Iterator[Subject]:
    for subject, _ in index.other_policies.about(pod.namespace, pod.known_labels, inside):
        is_on_host = pod.host_network or _may_be_on_host(pod)
        if (subject.is_for_nodes and is_on_host) or (subject.is_for_pods and not pod.host_network):
            yield subject


def _is_meant(policy: NetworkPolicy, pod: PodTemplate) -> bool:
    """Whether a policy elsewhere says enough to be about a pod: more than that it is for all in some namespace."""
    is_named = policy.namespace == pod.namespace and not is_open_namespace(policy.namespace)
    return is_named or not is_empty(policy.pod_selector)


@dataclass(frozen=True, eq=False)
class _Block:
    """An ipBlock of a rule that admits the port, or may where that is not certain."""

    policy: NetworkPolicy
    peer: PolicyPeer
    addresses: AddressSet
    is_certain: bool


@dataclass(frozen=True, eq=False)
class _Question:
    """Whether a peer reaches a port of a pod."""

    pod: PodTemplate
    peer: Peer
    port: int | str | None
    protocol: str
    isolation: Isolation

    def verdict(self, policies: Sequence[NetworkPolicy]) -> Verdict:
        """What some policies say together, if they select the pod. Without any it is open."""
        if not policies:
            return Verdict(State.RESOLVED, why(Reason.NO_POLICY, self.pod))
        blocks: list[_Block] = []
        doubt: Verdict | None = None
        for policy in policies:
            for admits, at in self._admissions(policy, blocks):
                if admits:
                    return _verdict(State.RESOLVED, Reason.RULE_ADMITS, policy, at)
                doubt = doubt or _verdict(State.UNKNOWN, Reason.RULE_NOT_KNOWN, policy, at)
        first = policies[0]
        refusal = _verdict(State.BROKEN, Reason.NO_RULE_ADMITS, first, first.at("spec", "ingress"))
        return (self._by_address(blocks) if blocks else None) or doubt or refusal

    def _admissions(self, policy: NetworkPolicy, blocks: list[_Block]) -> Iterator[tuple[Ternary, Place]]:
        """What admits the peer by itself, or may. Blocks of addresses, which add up, are put aside."""
        if policy.ingress is None:
            yield None, policy.at("spec", "ingress")
        for rule in policy.ingress or ():
            ports = rule.admits_port(self.pod, self.port, self.protocol)
            if ports is False:
                continue
            if not rule.peers:
                yield (None if rule.peers is None else ports), rule.at()
            for peer in rule.peers or ():
                if peer.addresses is not None:
                    blocks.append(_Block(policy, peer, peer.addresses, ports is True))
                    continue
                found = self._is_selected(policy, peer)
                if found is not False:
                    yield ports and found, peer.at()

    def _is_selected(self, policy: NetworkPolicy, peer: PolicyPeer) -> Ternary:
        """Whether a peer of a rule selects who sends. What a pod with hostNetwork sends may look like its node's."""
        if not peer.is_valid or peer.is_block:
            return None
        sender = self.peer
        if not isinstance(sender, PodTemplate):
            return False
        found = peer.selects(sender.known_labels, self.isolation.scope.namespace_labels(sender.namespace))
        if not peer.selects_namespaces:
            found = all_of((found, is_same_namespace(policy.namespace, sender.namespace)))
        return None if found and (sender.host_network or _may_be_on_host(sender)) else found

    def _by_address(self, blocks: Sequence[_Block]) -> Verdict | None:
        """What the blocks of addresses say together; None if they refuse."""
        certain = AddressSet.union(block.addresses for block in blocks if block.is_certain)
        every = AddressSet.union(block.addresses for block in blocks)
        if self._is_among(every) is False:
            return None
        block = next((block for block in blocks if self._is_among(block.addresses) is not False), blocks[0])
        if self._is_among(certain):
            return _verdict(State.RESOLVED, Reason.RULE_ADMITS, block.policy, block.peer.at())
        reason = Reason.SOME_ADDRESSES if self._is_among(certain) is None else Reason.RULE_NOT_KNOWN
        if self.peer is Sender.OUTSIDE and not every.overlaps(public_ipv4_addresses()):
            reason = Reason.ADDRESS_REWRITTEN
        return _verdict(State.UNKNOWN, reason, block.policy, block.peer.at())

    def _is_among(self, addresses: AddressSet) -> Ternary:
        """Whether the sender's address is one of these. Those of pods and nodes are not known, but are IPv4's."""
        if isinstance(self.peer, AddressSet):
            return addresses.covers(self.peer) or (None if addresses.overlaps(self.peer) else False)
        if not addresses:
            return False
        every = public_ipv4_addresses() if self.peer is Sender.OUTSIDE else ALL_IPV4
        return addresses.covers(every) or None

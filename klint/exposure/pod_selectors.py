"""NetworkPolicies: a podSelector → the pods that it means, whether a policy is about them or a rule admits them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from klint.exposure.candidates import Candidates
from klint.exposure.misses import Wanted, find_miss, is_declared, made_elsewhere
from klint.exposure.near import stem
from klint.exposure.pod_set import NO_PODS, PodSet
from klint.exposure.scope import Scope
from klint.exposure.selection import Selection
from klint.hops import Hop, HopKind, Near, State
from klint.kube.index import Index, grouped
from klint.kube.namespace import NAME_LABEL, is_open_namespace
from klint.kube.network_policy import NetworkPolicy
from klint.kube.policy_rules import PolicyPeer
from klint.kube.ref import Ref
from klint.kube.resource import mapping, sequence
from klint.kube.selector import is_empty, label_selector_admits, required_pairs
from klint.kube.service import Service
from klint.kube.ternary import Ternary, all_of
from klint.kube.workload import CONTROLLER_LABELS, PodTemplate
from klint.reasons import Reason, Why, why
from klint.records import cached_property, dataclass, replace
from klint.text.document import Place

_ENOUGH = 20
"""That many are looked at outside the bundle: they show that such pods exist, and nobody needs them all."""

_SWITCHES = frozenset(("true", "yes", "enabled", "allow", "allowed"))
"""Values of labels that users put on pods of their own to opt in to something."""

_SYSTEM_LABELS = frozenset(("k8s-app", "component"))
"""Labels of the cluster's own pods, which no repository has: `k8s-app: kube-dns`."""


@dataclass(frozen=True, slots=True)
class SelectedPods:
    """What a podSelector of a NetworkPolicy leads to.

    `selected` are the pods that it certainly means, those of the bundle or if it has none some elsewhere. A broken hop
    stands on the one label that does not fit, where one is to blame; what it is near to is the workload that was meant.
    """

    policy: NetworkPolicy
    hop: Hop
    selected: PodSet = NO_PODS
    find_whole: Callable[[], bool] = bool

    @property
    def is_whole(self) -> bool:
        """Whether klint knows all the pods that it may mean."""
        return self.find_whole()

    @property
    def pods(self) -> tuple[PodTemplate, ...]:
        """The pods."""
        return self.selected.pods


@dataclass(frozen=True, slots=True)
class _Question:
    """The pods that a LabelSelector means, in a namespace (empty for any) whose labels another one admits.

    `labels` are those that it requires of them, and `is_named` says whether the namespace is known by its name.
    """

    policy: NetworkPolicy
    at: Place
    selector: Any
    labels: Mapping[str, str]
    namespace: str
    inside: Any = None
    is_named: bool = True

    @property
    def key(self) -> tuple[str, str, str]:
        """The same for all that ask the same."""
        return self.namespace, repr(self.selector), repr(self.inside)

    @property
    def is_about_peer(self) -> bool:
        """Whether it is asked for a peer of a rule."""
        return self.at.path[-2:] != ("spec", "podSelector")

    def at_label(self, key: str) -> Place:
        """The place that asks for a label."""
        if key in mapping(self.selector.get("matchLabels")):
            return self.at.below("matchLabels", key)
        expressions = enumerate(map(mapping, sequence(self.selector.get("matchExpressions"))))
        asking = (
            index for index, item in expressions if key and item.get("key") == key and item.get("operator") == "In"
        )
        index = next(asking, None)
        return self.at if index is None else self.at.below("matchExpressions", index, "values")


@dataclass(frozen=True, slots=True)
class _Found:
    """Pods that are `certain` to be meant, and whether any are `possible`; `is_own` if the bundle's, all of them."""

    certain: tuple[PodTemplate, ...]
    possible: bool
    is_own: bool


class PodSelectors:
    """The podSelectors of a scope's NetworkPolicies, followed. `select` says what a Service selects."""

    def __init__(self, scope: Scope, select: Callable[[Service], Selection | None]) -> None:
        self._scope = scope
        self._select = select
        self._found: dict[tuple[str, str, str], _Found] = {}
        self._whole: dict[tuple[str, str, str], bool] = {}

    def of_policy(self, policy: NetworkPolicy) -> SelectedPods:
        """The pods that a policy is about."""
        selector, at = policy.pod_selector, policy.at("spec", "podSelector")
        return self._follow(_Question(policy, at, selector, _required(selector), policy.namespace))

    @cached_property
    def meant(self) -> frozenset[int]:
        """The workloads that policies of the bundle were meant for which select no pod, by their identity."""
        hops = (self.of_policy(policy).hop for policy in self._scope.own.of_type(NetworkPolicy))
        return frozenset(id(near.resource) for hop in hops for near in hop.near)

    def of_peer(self, policy: NetworkPolicy, peer: PolicyPeer) -> SelectedPods | None:
        """The pods that a peer of a policy's rule means; None where it means addresses or whole namespaces."""
        selector, inside = peer.pod_selector, peer.namespace_selector
        if not peer.is_valid or is_empty(selector):
            return None
        namespace = policy.namespace if inside is None else _name_of(inside)
        is_named = inside is None or bool(namespace) or is_empty(inside)
        at = peer.at("podSelector")
        return self._follow(_Question(policy, at, selector, _required(selector), namespace, inside, is_named))

    def _follow(self, question: _Question) -> SelectedPods:
        labels = tuple(question.labels.items())
        wants = Ref("", "Pod", question.namespace, labels=labels)
        hop = Hop(HopKind.SELECTION, question.policy, question.at, wants, State.UNKNOWN)
        found = self._pods(question)
        pods = found.certain
        if pods:
            selected = self._scope.pod_set(pods)
            hop = replace(hop, state=State.RESOLVED, targets=selected.workloads)
            return SelectedPods(question.policy, hop, selected, lambda: self._is_whole(question))
        if is_empty(question.selector):
            return SelectedPods(question.policy, replace(hop, state=State.RESOLVED))  # those that there will be
        reason = None if found.possible else self._doubt(question)
        if found.possible or reason:
            return SelectedPods(question.policy, replace(hop, why=reason or hop.why))
        return SelectedPods(question.policy, self._without_pods(question, hop))

    def _pods(self, question: _Question) -> _Found:
        """The pods of the bundle that are meant, or if there are none some elsewhere."""
        if question.key not in self._found:
            own = list(self._selected(self._scope.own, question))
            pods = own or list(islice(self._elsewhere(question), _ENOUGH))
            certain = tuple(pod for pod, is_certain in pods if is_certain)
            self._found[question.key] = _Found(certain, bool(pods), bool(own) and len(certain) == len(own))
        return self._found[question.key]

    def _is_whole(self, question: _Question) -> bool:
        """Whether all pods that may be meant are the bundle's, and certainly are."""
        if question.key not in self._whole:
            is_own = self._pods(question).is_own and not is_empty(question.selector)
            self._whole[question.key] = is_own and next(self._elsewhere(question), None) is None
        return self._whole[question.key]

    def _elsewhere(self, question: _Question) -> Iterator[tuple[PodTemplate, bool]]:
        for pod, is_certain in self._selected(self._scope.index, question):
            if self._scope.sort((pod,)).elsewhere:
                yield pod, is_certain

    def _selected(self, index: Index, question: _Question) -> Iterator[tuple[PodTemplate, bool]]:
        for pod, is_certain in index.selectable.selected(question.selector, question.namespace):
            is_inside: Ternary = True
            if question.inside is not None:
                is_inside = label_selector_admits(question.inside, self._scope.namespace_labels(pod.namespace))
            found = all_of((is_certain or None, is_inside))
            if found is not False:
                yield pod, found is True

    def _doubt(self, question: _Question) -> Why | None:
        """Why such pods may exist though no template has their labels, if they may."""
        labels, scope = question.labels, self._scope
        added = next((key for key in labels if key in CONTROLLER_LABELS), None)
        if added is not None:
            return why(Reason.SET_BY_CONTROLLER, added)
        if is_declared(labels, scope):
            return why(Reason.PODS_DECLARED)
        if not any(required_pairs(question.selector)):
            return why(Reason.NO_SUCH_PODS)
        if question.inside is not None and not _SYSTEM_LABELS.isdisjoint(labels):
            return why(Reason.SYSTEM_PODS)
        hidden = next(filter(None, map(scope.may_hide, _words(question.selector))), "")
        made = made_elsewhere(Wanted(question.policy, labels, question.namespace))
        return made or (why(Reason.HIDDEN_PODS, hidden) if hidden else self._alike(question))

    def _alike(self, question: _Question) -> Why | None:
        """A Service that asks for the same pods and does not get them either: what is said of it is enough."""
        for service in self._services.get(frozenset(question.labels.items()), ()):
            found = self._select(service) if service.namespace == question.namespace else None
            if found is not None and not found.pods:
                return found.hop.why or why(Reason.NO_SUCH_PODS)
        return None

    @cached_property
    def _services(self) -> Mapping[frozenset[tuple[str, str]], Sequence[Service]]:
        services = (service for service in self._scope.own.of_type(Service) if service.selector)
        return grouped((frozenset(service.selector.items()), service) for service in services)

    def _without_pods(self, question: _Question, hop: Hop) -> Hop:
        """The hop to pods that the workspace does not have: what was meant, or that nothing is near."""
        policy, scope, is_peer = question.policy, self._scope, question.is_about_peer
        name = "" if is_peer else stem(policy.name)
        selects = "" if question.inside is not None else "podSelector alone" if is_peer else "NetworkPolicy"
        wanted = Wanted(policy, question.labels, question.namespace, selects)
        miss = None
        if question.is_named and question.labels:
            miss = find_miss(wanted, self._candidates, lambda pod: stem(pod.workload.name) == name, scope)
        if miss is not None:
            at = question.at_label(miss.key)
            near = (Near(miss.pod.workload, miss.at),)
            broken = replace(hop, at=at, state=State.BROKEN, why=miss.why, near=near, certain=miss.certain)
            return replace(broken, remedy=miss.remedy(at))
        absent = replace(hop, why=_without_match(question))
        if scope.makers or scope.own.open_pods:
            return absent
        if scope.is_closed:
            return replace(absent, state=State.BROKEN, certain=True)
        is_switch = not _SWITCHES.isdisjoint(value.lower() for value in question.labels.values())
        return replace(absent, state=State.BROKEN) if self._is_seen(question) and not is_switch else absent

    @cached_property
    def _candidates(self) -> Candidates:
        return Candidates(self._scope.own, [pod for pod in self._scope.own.pods if pod.labels])

    def _is_seen(self, question: _Question) -> bool:
        """Whether the bundle has pods of the namespace, so that the others of it are likely to be here as well."""
        return (
            question.is_named
            and (question.inside is None or bool(question.namespace))
            and (question.namespace in self._namespaces)
        )

    @cached_property
    def _namespaces(self) -> frozenset[str]:
        return frozenset(pod.namespace for pod in self._scope.own.pods)


def _required(selector: Any) -> Mapping[str, str]:
    """The labels that a LabelSelector asks for with one value each."""
    return dict(pairs[0] for pairs in required_pairs(selector) if len(pairs) == 1)


def _words(selector: Any) -> Iterator[list[str]]:
    """What a pod that a LabelSelector admits has among its label values: one of these lists."""
    first, *others = required_pairs(selector)
    fixed = [pairs[0][1] for pairs in others if len(pairs) == 1]
    return ([value, *fixed] for _, value in first)


def _without_match(question: _Question) -> Why:
    """What no pod has, in the words of the selector where it asks for labels and nothing else."""
    expressions = mapping(question.selector).get("matchExpressions")
    if expressions:
        return why(Reason.NO_PODS_MATCH)
    return why(Reason.NO_PODS_LABELLED, ", ".join(f"{key}={value}" for key, value in question.labels.items()))


def _name_of(selector: Any) -> str:
    """The name of the namespace that a namespaceSelector asks for; empty where it asks for something else."""
    name = _required(selector).get(NAME_LABEL, "")
    return "" if is_open_namespace(name) else name

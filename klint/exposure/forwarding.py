"""What a port-forward is made for → the Service, workload or pods that it leads to.

Sources: k8s.io/kubectl pkg/cmd/portforward (a Service needs a selector, and the remote port is the Service's own, by
number or name; of a pod only a named port is looked up) and pkg/util/service_port.go, pod_port.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from klint.config.config import Exists
from klint.exposure.makers import is_maker
from klint.exposure.near import Names, are_similar
from klint.hops import State
from klint.kube.index import Index, grouped
from klint.kube.names import is_dns_label
from klint.kube.namespace import may_be_one_namespace
from klint.kube.resource import Resource
from klint.kube.selector import matches
from klint.kube.service import Service
from klint.kube.workload import CONTROLLER_LABELS, PodTemplate, Workload
from klint.reasons import PLAIN, Reason, Why, why
from klint.records import cached_property, dataclass
from klint.text.placeholders import is_placeholder, may_be

_FORWARDABLE = frozenset(
    (
        "Service",
        "Pod",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "Job",
        "Rollout",
    )
)
_ENOUGH = 20
"""So many things that are nearly what was meant are looked at."""

_EQUALS = re.compile(r"([\w./-]+)\s*==?\s*([\w.-]+)\Z")


@dataclass(frozen=True, slots=True)
class Destination:
    """What became of a reference: `why` it is broken, and what is `near` to what it asks for.

    `meant` is the name or port that it was most likely written for; empty where nobody knows.
    """

    state: State
    found: tuple[Resource, ...] = ()
    why: Why = PLAIN
    near: tuple[Resource, ...] = ()
    meant: str = ""

    @property
    def lacks_selector(self) -> bool:
        """Whether kubectl finds no pod behind what was found: Services whose endpoints somebody else writes."""
        return bool(self.found) and all(
            isinstance(item, Service) and not item.selector and bool(item.ports or item.external_name)
            for item in self.found
        )


UNKNOWN = Destination(State.UNKNOWN)


@dataclass(frozen=True)
class Cluster:
    """What the workspace tells of the cluster that scripts forward to.

    `has_installers` is set where scripts install charts or manifests from elsewhere, so that more is there than the
    workspace shows.
    """

    index: Index
    exists: Sequence[Exists] = ()
    has_installers: bool = False

    def find(self, kind: str, name: str, namespace: str | None) -> Destination:
        """Look for an object. The namespace is empty when it is left to the current context, None when unknown."""
        if kind not in _FORWARDABLE or not is_dns_label(name.partition(".")[0]):
            return UNKNOWN
        if kind == "Service" and any(item.has_service(namespace or "", name) for item in self.exists):
            return UNKNOWN
        namesakes = [item for item in self.index.named(name) if _kind(item) == kind]
        found = _in(namesakes, namespace)
        if found:
            return Destination(State.RESOLVED, found)
        if name in self.index.unread_words or (kind == "Pod" and self._is_ordinal(name)):
            return UNKNOWN
        if self._may_be_named(kind, name):
            return UNKNOWN
        namespaces = self._namespaces.get(kind, frozenset())
        near = self._near(kind, name, namespace) if namespaces else ()
        if near:
            meant = near[0].name if len(near) == 1 else ""
            return Destination(State.BROKEN, (), why(Reason.SIMILAR, near[0]), near, meant)
        if self._may_be_made:
            return UNKNOWN
        other_kinds = _in((item for item in self.index.named(name) if item.kind in _FORWARDABLE), namespace)
        if other_kinds:
            return Destination(State.BROKEN, (), why(Reason.SIMILAR, other_kinds[0]), other_kinds)
        if kind == "Pod" or namespace not in namespaces:
            return UNKNOWN  # pods have names that their controllers make up
        if namesakes:
            return Destination(State.BROKEN, (), why(Reason.SIMILAR, namesakes[0]), tuple(namesakes))
        return Destination(State.BROKEN, (), why(Reason.DEFINED_NOWHERE))

    def find_pods(self, selector: str, namespace: str | None) -> Destination:
        """Look for the pods of a selector that a script gives to `kubectl get pods -l`."""
        labels = _labels(selector)
        if not labels or not CONTROLLER_LABELS.isdisjoint(labels):
            return UNKNOWN
        if any(matches(labels, pod) for item in self.exists for pod in item.pods):
            return UNKNOWN
        found = self.index.pods_with(labels, namespace or "")
        if found:
            return Destination(State.RESOLVED, tuple(pod.workload for pod in found))
        if not self.index.unread_words.isdisjoint(labels.values()):
            return UNKNOWN
        near = tuple(dict.fromkeys(pod.workload for pod in self._pods_near(labels, namespace or "")))
        if near:
            return Destination(State.BROKEN, (), why(Reason.LABELS_DIFFER, near[0]), near)
        if self._may_be_made or namespace not in self._pod_namespaces:
            return UNKNOWN
        return Destination(State.BROKEN, (), why(Reason.NO_SUCH_PODS))

    def port(self, found: Sequence[Resource], namespace: str | None, remote: str) -> Destination:
        """Look for a port of what was found: any of several namesakes may be meant."""
        if is_placeholder(remote):
            return UNKNOWN
        services = [item for item in found if isinstance(item, Service)]
        if services:
            return self._service_port(services, namespace, remote)
        pods = [pod for item in found if isinstance(item, Workload) for pod in item.pods]
        if remote.isdigit() or not pods or any(port.name == remote for pod in pods for port in pod.ports):
            return UNKNOWN  # what a container listens on need not be written down
        names = ", ".join(dict.fromkeys(port.name for pod in pods for port in pod.ports if port.name))
        return Destination(State.BROKEN, (), why(Reason.PORTS_CALLED, names) if names else why(Reason.NAMES_NO_PORT))

    def _service_port(self, services: Sequence[Service], namespace: str | None, remote: str) -> Destination:
        if self.has_installers and all(service.namespace != namespace for service in services):
            return UNKNOWN  # it may be another one of that name
        if any(not service.ports or any(port.number is None for port in service.ports) for service in services):
            return UNKNOWN
        wanted = int(remote) if remote.isdigit() else remote
        if any(service.port(wanted) for service in services):
            return UNKNOWN
        service = services[0]
        by_target = [port for port in service.ports if port.target == wanted]
        likely = by_target or service.ports
        meant = str(likely[0].number) if len(likely) == len(services) == 1 else ""
        if by_target:
            return Destination(State.BROKEN, (), why(Reason.IS_TARGET_PORT, by_target[0]), meant=meant)
        return Destination(State.BROKEN, (), why(Reason.OFFERS, ", ".join(map(str, service.ports))), meant=meant)

    def _may_be_named(self, kind: str, name: str) -> bool:
        """Whether an object of that kind, whose own name is still to be filled in, may get that name."""
        unfilled = self._unfilled.get(kind, ())
        return len(unfilled) > _ENOUGH or any(may_be(other, name) for other in unfilled)

    def _near(self, kind: str, name: str, namespace: str | None) -> tuple[Resource, ...]:
        """Some of the objects of a kind with a name much like this one."""
        similar = islice(self._names[kind].like(name), _ENOUGH)
        found = _in((item for near in similar for item in self.index.named(near)[:_ENOUGH]), namespace)
        return tuple(item for item in found if _kind(item) == kind)

    def _pods_near(self, labels: Mapping[str, str], namespace: str) -> Iterator[PodTemplate]:
        """Some of the pods that have these labels but for one, whose value is nearly the same."""
        for key, value in labels.items():
            for similar in islice(self._label_values[key].like(value) if key in self._label_values else (), _ENOUGH):
                for pod in islice(self.index.pods_sharing({**labels, key: similar}), _ENOUGH):
                    if may_be_one_namespace(pod.namespace, namespace) and _is_near(labels, pod):
                        yield pod

    @cached_property
    def _label_values(self) -> Mapping[str, Names]:
        pairs = (pair for pod in self.index.pods for pair in pod.labels.items())
        return {key: Names(values) for key, values in grouped(dict.fromkeys(pairs)).items()}

    @cached_property
    def _pod_namespaces(self) -> frozenset[str]:
        return frozenset(pod.namespace for pod in self.index.pods)

    @cached_property
    def _namespaces(self) -> Mapping[str, frozenset[str]]:
        """By kind, the namespaces that objects of it are in."""
        return {kind: frozenset(item.namespace for item in items) for kind, items in self._by_kind.items()}

    @cached_property
    def _by_kind(self) -> Mapping[str, list[Resource]]:
        return grouped((_kind(item), item) for item in self.index.resources if item.kind in _FORWARDABLE and item.name)

    @cached_property
    def _unfilled(self) -> Mapping[str, list[str]]:
        """By kind, the names that are still to be filled in."""
        return {
            kind: list(dict.fromkeys(item.name for item in items if is_placeholder(item.name)))
            for kind, items in self._by_kind.items()
        }

    @cached_property
    def _names(self) -> Mapping[str, Names]:
        return {kind: Names(item.name for item in items) for kind, items in self._by_kind.items()}

    @cached_property
    def _may_be_made(self) -> bool:
        return self.has_installers or any(is_maker(resource) for resource in self.index.resources)

    def _is_ordinal(self, name: str) -> bool:
        """Whether a StatefulSet makes a pod of that name."""
        stem, _, number = name.rpartition("-")
        return number.isdigit() and any(item.kind == "StatefulSet" for item in self.index.named(stem))


def _kind(resource: Resource) -> str:
    """The kind that kubectl means by its name alone: Knative has Services, too."""
    return resource.kind if resource.kind != "Service" or isinstance(resource, Service) else ""


def _in(resources: Iterable[Resource], namespace: str | None) -> tuple[Resource, ...]:
    return tuple(item for item in resources if may_be_one_namespace(item.namespace, namespace or ""))


def _labels(selector: str) -> Mapping[str, str]:
    """The labels that a selector asks for; none where it asks for more than equality."""
    found = [_EQUALS.match(part.strip()) for part in selector.split(",")]
    return {match[1]: match[2] for match in found if match} if all(found) else {}


def _is_near(labels: Mapping[str, str], pod: PodTemplate) -> bool:
    """Whether a pod has these labels but for one, whose value is nearly the same."""
    other = [key for key, value in labels.items() if pod.labels.get(key) != value]
    return len(other) == 1 and are_similar(labels[other[0]], pod.labels.get(other[0], ""))

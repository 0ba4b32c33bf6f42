"""What the model is made of: hops, the ways they make, and where ways break. Data; reports make the sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from klint.enums import Enum
from klint.kube.ref import Ref
from klint.reasons import PLAIN, Why
from klint.records import cached_property, dataclass, replace
from klint.text.document import Place

if TYPE_CHECKING:
    from klint.exposure.entries import Entry
    from klint.fixes import Fix
    from klint.kube.resource import Resource
    from klint.kube.routes.shape import Backend, Match, Route
    from klint.kube.service import Service, ServicePort
    from klint.kube.workload import ContainerPort, PodTemplate


class State(Enum):
    """What became of a reference."""

    RESOLVED = "resolved"
    BROKEN = "broken"
    """It leads nowhere, for certain as far as the widest scope tells."""
    UNKNOWN = "unknown"
    """Its target may be in the cluster, in another bundle or made by an operator. Not the same as missing."""

    @classmethod
    def of(cls, answer: bool | None) -> State:
        """What a yes, a no, or neither of them comes to."""
        return cls.UNKNOWN if answer is None else cls.RESOLVED if answer else cls.BROKEN


class HopKind(Enum):
    """What refers to what, in the order a request meets them."""

    ENTRY = "entry"
    """What is open to the outside → itself, or the pods of a controller behind it."""
    CONTROLLER = "controller"
    """IngressClass → the controller that serves it; an OpenShift Route → its router."""
    CLASS = "class"
    """Ingress → IngressClass, or the controller that takes it without one."""
    PARENT = "parent"
    """A Gateway API route → Gateway."""
    LISTENER = "listener"
    """A Gateway API route → the listeners of its Gateway that take it."""
    DELEGATE = "delegate"
    """A route → another one that it hands part of its requests to."""
    FILTER = "filter"
    """A route, or what it sends to → an object that its requests pass, or that says how it is served."""
    BACKEND = "backend"
    """A route → Service."""
    GRANT = "grant"
    """What refers to something of another namespace → the ReferenceGrant there that permits it."""
    PORT = "port"
    """A route's backend → a port of the Service."""
    SUBSET = "subset"
    """A route's backend → the DestinationRule with the subset that it asks for."""
    SELECTION = "selection"
    """Service → the pods that its selector matches."""
    TARGET_PORT = "target port"
    """A Service port → the port of the pods that its targetPort names."""
    PARAMETERS = "parameters"
    """A Gateway or a GatewayClass → the object that has its parameters. No request takes it."""
    GOVERNING = "governing"
    """A StatefulSet → the Service in whose domain its pods have their names. No request takes it."""
    OBJECT = "object"
    """Anything else that an object names: a Secret, a ConfigMap, what an autoscaler scales. No request takes it."""


UPSTREAM = frozenset((HopKind.CONTROLLER, HopKind.CLASS, HopKind.PARENT, HopKind.LISTENER))
"""Hops whose target a request passes before it comes to what refers to it."""


@dataclass(frozen=True, slots=True)
class Near:
    """What a broken reference was most likely meant for, and the place that keeps them apart.

    It is no slip where a prefix or a suffix keeps them apart, which something adds to the one and not to the other.
    """

    resource: Resource
    at: Place
    is_slip: bool = True


@dataclass(frozen=True, slots=True)
class Hop:
    """One reference from a resource to others, and what became of it.

    `wants` is what it refers to. `why` is the reason where the state is not plain. A broken hop may know what is `near`
    to what it wants, and is `certain` when nothing but a mistake explains it. `remedy` is what mends it where that is
    no other name of an object.
    """

    kind: HopKind
    source: Resource
    at: Place
    wants: Ref
    state: State
    targets: tuple[Resource, ...] = ()
    why: Why = PLAIN
    near: tuple[Near, ...] = ()
    certain: bool = False
    remedy: Fix | None = None

    @property
    def target(self) -> Resource | None:
        """The first target; None when there is none."""
        return self.targets[0] if self.targets else None

    @property
    def is_broken(self) -> bool:
        """Whether a request ends here."""
        return self.state is State.BROKEN

    def correction(self, *again: Hop) -> Fix | None:
        """What mends it, here and where other hops want the same: its remedy, or the name of what alone is near.

        None where several things are near, where more than a slip keeps them apart, and in a list that names what is
        near already.
        """
        from klint.fixes import Fix
        from klint.text.changes import Replace

        if self.remedy is not None:
            fixes = [hop.remedy for hop in (self, *again)]
            changes = [change for fix in fixes if fix is not None for change in fix.changes]
            return replace(self.remedy, changes=tuple(dict.fromkeys(changes))) if None not in fixes else None
        wants, found = self.wants, {item.resource for item in self.near}
        if len(found) != 1 or not all(item.is_slip for item in self.near):
            return None
        (meant,) = found
        is_alike = (wants.group, wants.kind) == (meant.group, meant.kind) and meant.name not in ("", wants.name)
        is_beside = not (wants.namespace and meant.namespace) or wants.namespace == meant.namespace
        places = [hop.at for hop in (self, *again)]
        lists = (Place(place.document, place.path[:-1]).items for place in places if isinstance(place.path[-1], int))
        is_named = any(meant.name == item.value for items in lists for item in items)
        if is_named or not (is_alike and is_beside and all(place.value == wants.name for place in places)):
            return None
        return Fix(f"Change {wants.name} to {meant.name}", [Replace(place, meant.name) for place in places])


class GuardKind(Enum):
    """What a request must pass on its way."""

    TLS = "TLS"
    AUTHENTICATION = "authentication"
    ALLOW_LIST = "allow-list"
    POLICY = "NetworkPolicy"


@dataclass(frozen=True, slots=True)
class Guard:
    """Something that a request must pass, and the place that says so."""

    kind: GuardKind
    at: Place


@dataclass(frozen=True, slots=True)
class Way:
    """The chain of hops one kind of request takes: from an entry to a port of a pod, or to where it ends.

    `entry` is None where requests come from outside through something that is in no manifest (a cloud's load balancer,
    a controller that somebody else installed). `match` and `backend` are those of the route it passes, if it passes
    one. It ends at a broken hop, at an unknown one that nothing leads on from, at a Service whose endpoints no
    selector makes, or in a `pod`; `pod_port` is None where the pod does not declare the port.
    """

    hops: tuple[Hop, ...]
    entry: Entry | None = None
    match: Match | None = None
    backend: Backend | None = None
    service: Service | None = None
    service_port: ServicePort | None = None
    pod: PodTemplate | None = None
    pod_port: ContainerPort | None = None
    guards: frozenset[Guard] = frozenset()

    @property
    def route(self) -> Route | None:
        """The route that it passes."""
        return self.match.route if self.match else None

    @property
    def state(self) -> State:
        """Broken if any of its hops is, else unknown if any of them is, else resolved."""
        states = {hop.state for hop in self.hops}
        return next((state for state in (State.BROKEN, State.UNKNOWN) if state in states), State.RESOLVED)

    @property
    def port_number(self) -> int | None:
        """The number of the pod's port where it ends; None where that is not known."""
        if self.pod_port is not None:
            return self.pod_port.number
        target = self.service_port.target if self.service_port else None
        return target if self.pod is not None and isinstance(target, int) else None

    def is_guarded_by(self, kind: GuardKind) -> bool:
        """Whether it passes a guard of this kind."""
        return any(guard.kind is kind for guard in self.guards)


@dataclass(frozen=True, eq=False)
class Break:
    """A hop at which ways end: one root cause.

    `also` are further hops of the same source that ask for the same thing in vain, or, for an entry that is missing,
    nothing: the routes that wait behind it are in its ways.
    """

    hop: Hop
    also: tuple[Hop, ...]
    find_ways: Callable[[], tuple[Way, ...]]

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """All the ways that wait behind it."""
        return self.find_ways()

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The routes of these ways, each once."""
        found = {id(way.route): way.route for way in self.ways if way.route is not None}
        return tuple(found.values())

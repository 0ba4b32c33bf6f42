"""Gateway API: a route's parents, the listeners of theirs that take it, and why others do not.

Sources: sigs.k8s.io/gateway-api apis/v1 gateway_types.go (Listener, AllowedRoutes, AllowedListeners), shared_types.go
(ParentReference), listenerset_types.go. A route that names a Gateway has the Gateway's own listeners for parents, one
that names a ListenerSet those of the set.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from klint.exposure.named import absent_object
from klint.exposure.near import only_similar
from klint.exposure.samples import sample_of
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, Near, State
from klint.kube.classes import ROUTE_KINDS, Gateway, Listener, ListenerOwner, ListenerSet
from klint.kube.index import grouped
from klint.kube.listeners import conflicts_of
from klint.kube.names import is_hostname
from klint.kube.namespace import may_be_one_namespace
from klint.kube.ref import Ref
from klint.kube.resource import Resource, sequence
from klint.kube.routes.shape import Attachment, Route
from klint.kube.selector import label_selector_admits
from klint.kube.validation.remedies import add, write
from klint.reasons import PLAIN, Reason, Why, why
from klint.records import cached_property, dataclass, replace
from klint.text.document import Path, Place
from klint.text.placeholders import is_placeholder, is_placeholder_for_word
from klint.text.words import abridged

if TYPE_CHECKING:
    from klint.fixes import Fix

_FEW = 3
"""That many hosts are named in a message."""

OwnerType = TypeVar("OwnerType", bound=ListenerOwner)


@dataclass(frozen=True)
class Attached:
    """What became of a route's wish to be attached to a Gateway.

    `parent_hop` leads to `owner`, the Gateway or ListenerSet. `set_hop` leads from a ListenerSet to its Gateway.
    `class_hop` leads from the Gateway to its GatewayClass where that is broken, and ends every way; else it is None.
    `listener_hop` leads to the listeners: broken when none of them takes the route, None where nothing is known of
    them. `listeners` are those that take it, or may; `refusing` those that the reason why none does is about.
    """

    route: Route
    attachment: Attachment
    parent_hop: Hop
    set_hop: Hop | None = None
    listener_hop: Hop | None = None
    owner: ListenerOwner | None = None
    gateway: Gateway | None = None
    listeners: tuple[Listener, ...] = ()
    refusing: tuple[Listener, ...] = ()
    class_hop: Hop | None = None

    @cached_property
    def listeners_by_port(self) -> Mapping[Place, Sequence[Listener]]:
        """Those that take the route by the place of their port, which is that of an entry."""
        return grouped((listener.at("port"), listener) for listener in self.listeners)

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The hops from the Gateway's listeners to the route."""
        found = (self.set_hop, self.parent_hop, self.listener_hop)
        return tuple(hop for hop in found if hop is not None)

    @property
    def is_broken(self) -> bool:
        """Whether no request comes this way."""
        return self.class_hop is not None or any(hop.is_broken for hop in self.hops)

    @property
    def refusal(self) -> Hop | None:
        """Where it ends by what stands in the route and its parent; None where it does not.

        What is wrong with the parent itself, whatever routes name it, is none: listeners that conflict with each other,
        a ListenerSet without a Gateway.
        """
        for hop in (self.parent_hop, self.listener_hop):
            if hop is not None and hop.is_broken and hop.why.reason is not Reason.LISTENERS_CONFLICT:
                return hop
        return None


def attach(route: Route, attachment: Attachment, scope: Scope) -> Attached:
    """Follow one of a route's parents; a mesh is none."""
    ref = attachment.ref
    hop = Hop(HopKind.PARENT, route, attachment.at, ref, State.UNKNOWN, (), why(Reason.NOT_IN_WORKSPACE))
    if ref.kind == "Gateway":
        hop = to_gateway(hop, scope)
    else:
        sets = tuple(scope.sort(scope.index.listener_sets_named(ref.namespace, ref.name)).nearest)
        found_sets = replace(hop, state=State.RESOLVED, targets=_best(ref, sets), why=PLAIN)
        hop = found_sets if sets else absent_object(hop, scope)
    if hop.state is not State.RESOLVED:
        return Attached(route, attachment, hop)
    owners = [item for item in hop.targets if isinstance(item, ListenerOwner)]
    found = [_at_owner(route, attachment, hop, owner, scope) for owner in owners] or [Attached(route, attachment, hop)]
    return next((item for item in found if not item.is_broken), found[0])


def _at_owner(route: Route, attachment: Attachment, hop: Hop, owner: ListenerOwner, scope: Scope) -> Attached:
    set_hop = join(owner, scope) if isinstance(owner, ListenerSet) else None
    gateway = set_hop.target if set_hop is not None else owner
    reached = _at_listeners(route, attachment, owner, scope)
    gateway = gateway if isinstance(gateway, Gateway) else None
    return Attached(route, attachment, hop, set_hop, reached.hop, owner, gateway, reached.taking, reached.refusing)


@dataclass(frozen=True, slots=True)
class _Reached:
    """The hop to the listeners of a parent, None where nothing is known of them, and what they make of the route."""

    hop: Hop | None = None
    taking: tuple[Listener, ...] = ()
    refusing: tuple[Listener, ...] = ()


def to_gateway(hop: Hop, scope: Scope) -> Hop:
    """A hop to the Gateway that it wants: broken where the bundle shows which one was meant, or its world is closed.

    It is broken as well, though not certainly, where the bundle has other Gateways in that namespace and the Namespace
    itself, or names no namespace for them; not in a folder of samples, of which each may go with Gateways of its own.

    Args:
        hop: to the Gateway; its state is not read.
        scope: how far to look.
    """
    name, namespace = hop.wants.name, hop.wants.namespace
    found = scope.sort(scope.index.gateways_named(namespace, name)).nearest
    if found:
        return replace(hop, state=State.RESOLVED, targets=_best(hop.wants, found), why=PLAIN)
    if any(exists.has_gateway(namespace, name) for exists in scope.target.exists):
        return replace(hop, state=State.RESOLVED, why=why(Reason.DECLARED))
    if not name or is_placeholder(name) or is_placeholder(namespace):
        return replace(hop, state=State.UNKNOWN, why=why(Reason.FILLED_IN_LATER, name))
    hidden = scope.may_hide([name])
    if hidden:
        return replace(hop, state=State.UNKNOWN, why=why(Reason.HIDDEN_DEFINITION, hidden))

    def missing(reason: Why, *near: Gateway, is_slip: bool = True, remedy: Fix | None = None) -> Hop:
        meant = tuple(Near(item, item.place, is_slip) for item in near)
        return replace(hop, state=State.BROKEN, targets=near, why=reason, near=meant, certain=True, remedy=remedy)

    others = scope.own.gateways_called(name)
    if others:
        places = ", ".join(sorted({item.namespace for item in others}))
        return missing(why(Reason.IN_OTHER_NAMESPACE, places), *others, remedy=_say_namespace(hop.at, others))
    stayed = _left_behind(hop, scope)
    if stayed:
        return missing(why(Reason.SIMILAR, stayed[0]), *stayed, is_slip=False)
    if scope.index.gateways_called(name):
        return replace(hop, state=State.UNKNOWN, why=why(Reason.IN_OTHER_BUNDLE))
    similar = [item for like in scope.gateway_names.like(name) for item in scope.own.gateways_named(namespace, like)]
    if similar:
        return missing(why(Reason.SIMILAR, similar[0]), *similar)
    if scope.is_closed:
        return missing(why(Reason.UNDEFINED))
    if namespace in scope.gateway_namespaces and not sample_of(hop.source):
        return replace(hop, state=State.BROKEN, why=why(Reason.UNDEFINED))
    return replace(hop, state=State.UNKNOWN, why=why(Reason.NOT_IN_WORKSPACE))


def _left_behind(hop: Hop, scope: Scope) -> Sequence[Gateway]:
    """The Gateway that has the wanted name with the start or the end of the name of what asks for it.

    So Kustomize's namePrefix and nameSuffix leave a parentRef behind, which they do not know.
    """
    wanted, words = hop.wants, hop.source.name.split("-")
    for count in range(1, len(words)):
        for name in (f"{'-'.join(words[:count])}-{wanted.name}", f"{wanted.name}-{'-'.join(words[count:])}"):
            found = scope.own.gateways_named(wanted.namespace, name)
            if found:
                return found
    return ()


def _say_namespace(at: Place, gateways: Sequence[Gateway]) -> Fix | None:
    """What names the namespace of the one Gateway that there is, where a reference leaves it to its own."""
    reference = Place(at.document, at.path[:-1])
    is_said = not isinstance(reference.value, dict) or "namespace" in reference.value
    is_plain = len(gateways) == 1 and bool(gateways[0].namespace) and not is_said
    return add(reference, "namespace", gateways[0].namespace) if is_plain else None


def _best(ref: Ref, found: tuple[OwnerType, ...]) -> tuple[OwnerType, ...]:
    """Those in exactly the wanted namespace, if any are."""
    return tuple(item for item in found if item.namespace == ref.namespace) or found


def join(item: ListenerSet, scope: Scope) -> Hop:
    """From a ListenerSet to its Gateway: broken when the Gateway is missing, or does not allow it.

    A Gateway allows no ListenerSets unless `spec.allowedListeners` says so (gateway_types.go ListenerNamespaces).
    """
    at = item.at("spec", "parentRef", "name")
    hop = to_gateway(Hop(HopKind.PARENT, item, at, item.parent, State.UNKNOWN), scope)
    gateway = hop.target
    if hop.state is not State.RESOLVED or not isinstance(gateway, Gateway):
        return hop
    state = admits_namespace(gateway.allowed_listener_namespaces, gateway, item, scope)
    if state is State.BROKEN:
        reason = why(Reason.SET_NOT_ALLOWED, _namespace(gateway.allowed_listener_namespaces, item))
        return replace(hop, state=state, why=reason, certain=True)
    return hop if state is State.RESOLVED else replace(hop, state=state, why=why(Reason.NAMESPACE_OPEN))


def attached_sets(gateway: Gateway, scope: Scope) -> Iterator[ListenerSet]:
    """The ListenerSets that are attached to a Gateway, in the order of their files: the bundle's, or some elsewhere."""
    for item in scope.listener_sets_of(gateway):
        hop = join(item, scope)
        if hop.state is State.RESOLVED and hop.target is gateway:
            yield item


def may_have_routes(gateway: Gateway, scope: Scope) -> bool:
    """Whether any route of the workspace wants to be attached to a Gateway, or one from elsewhere may.

    Routes come from elsewhere where listeners take those of other namespaces, or ListenerSets are allowed; and to what
    is no Gateway for requests from outside, as a mesh's waypoint with its own protocol (HBONE) is none.
    """
    if not gateway.listeners or gateway.allowed_listener_namespaces.get("from") != "None":
        return True
    if any(
        item.allowed_namespaces.get("from", "Same") not in ("Same", "None") or item.protocol not in ROUTE_KINDS
        for item in gateway.listeners
    ):
        return True
    named = scope.index.routes_of_gateways
    return (
        gateway.name in named
        or is_placeholder(gateway.name)
        or any(map(is_placeholder, named))
        or bool(scope.may_hide([gateway.name]))
    )


def _namespace(allowed: Mapping[str, Any], item: Resource) -> str:
    return "any namespace" if allowed.get("from") == "None" else f"namespace {item.namespace}"


def _at_listeners(route: Route, attachment: Attachment, owner: ListenerOwner, scope: Scope) -> _Reached:
    """The listeners that certainly take the route; where none does, what is known of why."""
    if not owner.listeners or len(owner.listeners) < len(sequence(owner.get("spec", "listeners"))):
        return _Reached()
    section, port = attachment.section or None, attachment.port
    taking = [
        item
        for item in _open_listeners(owner, route, scope)
        if _is(item.name, section) is _is(item.port, port) is _shares_host(item, route) is State.RESOLVED
    ]
    if taking:
        return _reach(route, attachment, owner, State.RESOLVED, PLAIN, attachment.at, taking)
    return _in_doubt(route, attachment, owner, scope)


def _open_listeners(owner: ListenerOwner, route: Route, scope: Scope) -> Sequence[Listener]:
    """The listeners that certainly take such routes of such a namespace: thousands of routes have one Gateway."""
    return scope.own.kept(
        ("open listeners", owner, route.group, route.kind, route.namespace),
        lambda: [
            item
            for item in owner.listeners
            if item.path not in _conflicts(owner, scope)
            and _takes_kind(item, route)
            is admits_namespace(item.allowed_namespaces, owner, route, scope)
            is State.RESOLVED
        ],
    )


def _conflicts(owner: ListenerOwner, scope: Scope) -> Collection[Path]:
    return scope.index.kept(("conflicts", owner), lambda: conflicts_of(owner))


def _in_doubt(route: Route, attachment: Attachment, owner: ListenerOwner, scope: Scope) -> _Reached:
    """Each condition leaves some listeners; the first that leaves none is why the route is not accepted."""
    section, port = attachment.section, attachment.port
    parent = attachment.at.path[:-1]
    conflicts = _conflicts(owner, scope)

    def at(*path: str | int) -> Place:
        return Place(attachment.at.document, (*parent, *path))

    on = at("sectionName") if section else at("port") if port is not None else attachment.at
    hosts_at = route.at("spec", "hostnames", 0)
    conditions: tuple[tuple[Callable[[Listener], State], Callable[[Sequence[Listener]], Why], Place], ...] = (
        (
            lambda item: _is(item.name, section or None),
            lambda _: why(Reason.NO_SUCH_SECTION, section),
            at("sectionName"),
        ),
        (lambda item: _is(item.port, port), lambda _: why(Reason.NO_SUCH_PORT, port), at("port")),
        (
            lambda item: _takes_kind(item, route),
            lambda left: why(Reason.KIND_NOT_ALLOWED, _do(left, owner), f"{route.kind}s"),
            on,
        ),
        (
            lambda item: admits_namespace(item.allowed_namespaces, owner, route, scope),
            lambda left: why(
                Reason.NAMESPACE_NOT_ALLOWED, _do(left, owner), _namespace(left[0].allowed_namespaces, route)
            ),
            on,
        ),
        (lambda item: _shares_host(item, route), lambda left: _hosts_refused(left, owner, route), hosts_at),
        (
            lambda item: State.of(item.path not in conflicts),
            lambda left: why(Reason.LISTENERS_CONFLICT, "they are" if len(left) > 1 else "it is"),
            on,
        ),
    )

    reach = partial(_reach, route, attachment, owner)
    is_meant = scope.is_own(owner) or owner.namespace == attachment.ref.namespace != ""
    left = owner.listeners
    for admits, refusal, place in conditions:
        before, left = left, tuple(item for item in left if admits(item) is not State.BROKEN)
        if not left:
            if not is_meant:
                return reach(State.UNKNOWN, why(Reason.OTHER_SERVICE_MEANT, owner), attachment.at)
            return reach(State.BROKEN, refusal(before), place, (), before)
    return reach(State.UNKNOWN, why(Reason.NAMESPACE_OPEN), attachment.at, left)


def _reach(
    route: Route,
    attachment: Attachment,
    owner: ListenerOwner,
    state: State,
    reason: Why,
    place: Place,
    taking: Sequence[Listener] = (),
    refusing: Sequence[Listener] = (),
) -> _Reached:
    asked = attachment.section or attachment.port
    wants = Ref(owner.group, owner.kind, attachment.ref.namespace, owner.name, asked)
    is_slip = reason.reason is Reason.NO_SUCH_SECTION
    remedy = _meant_section(attachment.section, owner, place) if is_slip else None
    is_broken = state is State.BROKEN
    hop = Hop(HopKind.LISTENER, route, place, wants, state, (owner,), reason, certain=is_broken, remedy=remedy)
    return _Reached(hop, tuple(taking), tuple(refusing))


def _meant_section(section: str, owner: ListenerOwner, at: Place) -> Fix | None:
    meant = only_similar(section, (listener.name for listener in owner.listeners))
    return write(at, meant) if meant else None


def _do(left: Sequence[Listener], owner: ListenerOwner) -> str:
    """`its listener web does`, or `its listeners do`."""
    return f"its listener {left[0].name} does" if len(left) == 1 and len(owner.listeners) > 1 else _all(owner)


def _all(owner: ListenerOwner) -> str:
    return "its listeners do" if len(owner.listeners) > 1 else f"its listener {owner.listeners[0].name} does"


def _hosts_refused(left: Sequence[Listener], owner: ListenerOwner, route: Route) -> Why:
    wanted, served = (abridged(list(dict.fromkeys(hosts)), _FEW) for hosts in (route.hosts, (x.hostname for x in left)))
    return why(Reason.HOST_NOT_ALLOWED, _do(left, owner), wanted, served)


def _is(value: str | int | None, wanted: str | int | None) -> State:
    if wanted is None or value == wanted:
        return State.RESOLVED
    return State.UNKNOWN if value is None or is_placeholder(value) or is_placeholder(wanted) else State.BROKEN


def _takes_kind(listener: Listener, route: Route) -> State:
    if is_placeholder_for_word(listener.protocol):
        return State.UNKNOWN
    taken = listener.route_kinds
    return State.RESOLVED if taken is None or (route.group, route.kind) in taken else State.BROKEN


def admits_namespace(allowed: Mapping[str, Any], owner: Resource, item: Resource, scope: Scope) -> State:
    """Whether an owner that allows some namespaces takes an object; a namespace left open the deployment decides.

    Args:
        allowed: `namespaces` of allowedRoutes or of allowedListeners: `from` (Same unless given) and `selector`.
        owner: what they are written in.
        item: a route or a ListenerSet.
        scope: where labels of namespaces are looked for.
    """
    source = allowed.get("from", "Same")
    if source == "Same":
        if item.namespace == owner.namespace:
            return State.RESOLVED
        return State.UNKNOWN if may_be_one_namespace(item.namespace, owner.namespace) else State.BROKEN
    if source != "Selector":
        return State.RESOLVED if source == "All" else State.BROKEN if source == "None" else State.UNKNOWN
    return State.of(label_selector_admits(allowed.get("selector"), scope.namespace_labels(item.namespace)))


def _shares_host(listener: Listener, route: Route) -> State:
    """Whether any host of the route is one of the listener's; without hosts it takes the listener's."""
    if not listener.hostname or not route.hosts or listener.protocol in ("TCP", "UDP"):
        return State.RESOLVED
    if any(map(is_placeholder, (listener.hostname, *route.hosts))):
        return State.UNKNOWN
    if any(hosts_meet(listener.hostname, host) for host in route.hosts):
        return State.RESOLVED
    is_readable = all(is_hostname(host.lower()) for host in (listener.hostname, *route.hosts))
    return State.BROKEN if is_readable else State.UNKNOWN


def hosts_meet(first: str, second: str) -> bool:
    """Whether some host is meant by both. `*.` stands for one label or more, as the Gateway API has it."""
    one, other = first.lower(), second.lower()
    if one == other:
        return True
    if one.startswith("*.") and other.endswith(one[1:]):
        return True
    return other.startswith("*.") and one.endswith(other[1:])

"""Gateway API: a route's parents, the listeners of theirs that take it, and why others do not.

Source: sigs.k8s.io/gateway-api apis/v1 gateway_types.go (Listener, AllowedRoutes), shared_types.go (ParentReference).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, State
from klint.kube.classes import Gateway, Listener
from klint.kube.namespace import may_be_one_namespace
from klint.kube.ref import Ref
from klint.kube.resource import Resource
from klint.kube.routes.shape import Attachment, AttachmentKind, Route
from klint.kube.selector import label_selector_admits
from klint.reasons import PLAIN, Reason, Why, why
from klint.records import dataclass
from klint.text.placeholders import is_placeholder, is_placeholder_for_word


@dataclass(frozen=True, slots=True)
class Attached:
    """What became of a route's wish to be attached to a Gateway.

    `parent_hop` leads to the Gateway or ListenerSet. `listener_hop` leads to the listeners: broken when none of them
    takes the route, None where nothing is known of them. `listeners` are those that take it, or may.
    """

    route: Route
    attachment: Attachment
    parent_hop: Hop
    listener_hop: Hop | None = None
    gateway: Gateway | None = None
    listeners: tuple[Listener, ...] = ()

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The hops from outside to the route."""
        return (self.parent_hop,) if self.listener_hop is None else (self.parent_hop, self.listener_hop)


def attach(route: Route, attachment: Attachment, scope: Scope) -> Attached:
    """Follow one of a route's parents; a mesh is none."""
    ref = attachment.ref
    found: Sequence[Resource] = ()
    if ref.kind == "Gateway":
        found = scope.sort(scope.index.gateways_named(ref.namespace, ref.name)).nearest
    elif attachment.kind is AttachmentKind.GATEWAY:
        named = scope.sort(item for item in scope.index.named(ref.name) if item.kind == ref.kind)
        found = [item for item in named.nearest if may_be_one_namespace(item.namespace, ref.namespace)]
    state, reason = _parent_state(found, ref, scope)
    hop = Hop(HopKind.PARENT, route, attachment.at, ref, state, tuple(found), reason)
    gateway = next((item for item in found if isinstance(item, Gateway)), None)
    if gateway is None or not gateway.listeners:
        return Attached(route, attachment, hop, None, gateway)
    return _at_listeners(Attached(route, attachment, hop, None, gateway), gateway, scope)


def _parent_state(found: Sequence[Resource], ref: Ref, scope: Scope) -> tuple[State, Why]:
    if found:
        return State.RESOLVED, PLAIN
    if any(exists.has_gateway(ref.namespace, ref.name) for exists in scope.target.exists):
        return State.RESOLVED, why(Reason.DECLARED)
    return State.UNKNOWN, why(Reason.NOT_IN_WORKSPACE)


def _at_listeners(attached: Attached, gateway: Gateway, scope: Scope) -> Attached:
    """Each condition leaves some listeners; the first that leaves none is why the route is not accepted."""
    route, attachment = attached.route, attached.attachment
    section, port = attachment.section, attachment.port
    hosts = ", ".join(dict.fromkeys(listener.hostname for listener in gateway.listeners))
    conditions: tuple[tuple[Callable[[Listener], State], Why], ...] = (
        (lambda item: _is(item.name, section or None), why(Reason.NO_SUCH_SECTION, section)),
        (lambda item: _is(item.port, port), why(Reason.NO_SUCH_PORT, port)),
        (lambda item: _takes_kind(item, route), why(Reason.KIND_NOT_ALLOWED, route.kind)),
        (lambda item: _takes_namespace(item, gateway, route, scope), why(Reason.NAMESPACE_NOT_ALLOWED)),
        (lambda item: _shares_host(item, route), why(Reason.HOST_NOT_ALLOWED, hosts)),
    )

    def at(state: State, reason: Why, listeners: Sequence[Listener] = ()) -> Attached:
        wants = Ref(gateway.group, gateway.kind, attachment.ref.namespace, gateway.name, section or port)
        hop = Hop(
            HopKind.LISTENER, route, attachment.at, wants, state, (gateway,), reason, certain=state is State.BROKEN
        )
        return Attached(route, attachment, attached.parent_hop, hop, gateway, tuple(listeners))

    left: list[tuple[Listener, State]] = [(listener, State.RESOLVED) for listener in gateway.listeners]
    for admits, refusal in conditions:
        left = list(_left(left, admits))
        if not left:
            return at(State.BROKEN, refusal)
    taking = [listener for listener, state in left if state is State.RESOLVED]
    if taking:
        return at(State.RESOLVED, PLAIN, taking)
    return at(State.UNKNOWN, why(Reason.NAMESPACE_OPEN), [listener for listener, _ in left])


def _left(
    listeners: Sequence[tuple[Listener, State]], admits: Callable[[Listener], State]
) -> Iterator[tuple[Listener, State]]:
    for listener, before in listeners:
        state = admits(listener)
        if state is not State.BROKEN:
            yield listener, State.UNKNOWN if State.UNKNOWN in (before, state) else State.RESOLVED


def _is(value: str | int | None, wanted: str | int | None) -> State:
    if wanted is None or value == wanted:
        return State.RESOLVED
    return State.UNKNOWN if value is None or is_placeholder(value) or is_placeholder(wanted) else State.BROKEN


def _takes_kind(listener: Listener, route: Route) -> State:
    if is_placeholder_for_word(listener.protocol):
        return State.UNKNOWN
    taken = listener.route_kinds
    return State.RESOLVED if taken is None or (route.group, route.kind) in taken else State.BROKEN


def _takes_namespace(listener: Listener, gateway: Gateway, route: Route, scope: Scope) -> State:
    """`allowedRoutes.namespaces`; where a namespace is left open the deployment decides."""
    allowed = listener.allowed_namespaces
    source = allowed.get("from", "Same")
    if source == "Same":
        if route.namespace == gateway.namespace:
            return State.RESOLVED
        return State.UNKNOWN if may_be_one_namespace(route.namespace, gateway.namespace) else State.BROKEN
    if source != "Selector":
        return State.RESOLVED if source == "All" else State.BROKEN if source == "None" else State.UNKNOWN
    return State.of(label_selector_admits(allowed.get("selector"), scope.namespace_labels(route.namespace)))


def _shares_host(listener: Listener, route: Route) -> State:
    """Whether any host of the route is one of the listener's; without hosts it takes the listener's."""
    if not listener.hostname or not route.hosts or listener.protocol in ("TCP", "UDP"):
        return State.RESOLVED
    if any(map(is_placeholder, (listener.hostname, *route.hosts))):
        return State.UNKNOWN
    return State.RESOLVED if any(hosts_meet(listener.hostname, host) for host in route.hosts) else State.BROKEN


def hosts_meet(first: str, second: str) -> bool:
    """Whether some host is meant by both. `*.` stands for one label or more, as the Gateway API has it."""
    one, other = first.lower(), second.lower()
    if one == other:
        return True
    if one.startswith("*.") and other.endswith(one[1:]):
        return True
    return other.startswith("*.") and one.endswith(other[1:])

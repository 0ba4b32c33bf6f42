"""VirtualServer, VirtualServerRoute and TransportServer of NGINX's own controller.

A VirtualServer hands the requests for a path on to a VirtualServerRoute, whose paths are whole: they begin with that
path. Sources: docs.nginx.com nginx-ingress-controller configuration/virtualserver-and-virtualserverroute-resources,
transportserver-resource, policy-resource.
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.classes import controller_ref
from klint.kube.ref import Ref
from klint.kube.resource import View, integer, mapping, sequence, string
from klint.kube.routes.shape import (
    ANY_PATH,
    Attachment,
    AttachmentKind,
    Backend,
    Delegate,
    Ending,
    Filter,
    Match,
    PathKind,
    PathMatch,
    Route,
    Tls,
    TlsMode,
    Undefined,
    taken_by,
    undefined,
)
from klint.records import cached_property, dataclass
from klint.text.document import Place

_NGINX = "NGINX Ingress Controller"
_PASSTHROUGH = "tls-passthrough"
"""The listener of a TransportServer that is there without a GlobalConfiguration."""


@dataclass(frozen=True, eq=False)
class _Nginx(Route):
    """What the kinds have in common: a host, upstreams by name, and actions that name them."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """spec.host."""
        host = string(self.get("spec", "host"))
        return (host,) if host else ()

    def _passed(self, owner: View) -> Iterator[Backend]:
        """The upstreams that an action sends to, or several of them by their weights."""
        yield from self._to(owner.child(View, "action"), None)
        for split in owner.children(View, "splits"):
            yield from self._to(split.child(View, "action"), integer(split.data.get("weight")))

    def _to(self, action: View, weight: int | None) -> Iterator[Backend]:
        upstream = self._upstreams.get(_upstream(action)[0])
        name = string(upstream.data.get("service")) if upstream is not None else ""
        if upstream is not None and name:
            port = integer(upstream.data.get("port"))
            yield Backend(self, name, self.namespace, port, upstream.at("service"), upstream.at("port"), weight=weight)

    @cached_property
    def _upstreams(self) -> dict[str, View]:
        return {string(view.data.get("name")): view for view in self.children(View, "spec", "upstreams")}

    @cached_property
    def undefined(self) -> tuple[Undefined, ...]:
        """The upstreams that its actions name and that it does not define: then the controller rejects all of it.

        Source: nginx/kubernetes-ingress pkg/apis/configuration/validation virtualserver.go
        validateReferencedUpstream.
        """
        if not isinstance(self.get("spec", "upstreams") or [], list):
            return ()
        return tuple(undefined("upstream", map(_upstream, self._actions), self._upstreams))

    @cached_property
    def _actions(self) -> tuple[View, ...]:
        """All of its actions: those of its routes and of itself, of their matches and of the splits of any of them."""
        spec = self.child(View, "spec")
        owners = (spec, *spec.children(View, "routes"), *spec.children(View, "subroutes"))
        owners = (*owners, *(item for owner in owners for item in owner.children(View, "matches")))
        splits = (item for owner in owners for item in owner.children(View, "splits"))
        return tuple(owner.child(View, "action") for owner in (*owners, *splits))

    def _filters(self, owner: View) -> Iterator[Filter]:
        for view in owner.children(View, "policies"):
            name = string(view.data.get("name"))
            if name:
                namespace = string(view.data.get("namespace")) or self.namespace
                yield Filter("", view.at("name"), Ref(self.group, "Policy", namespace, name))

    def _matches(self, routes: tuple[View, ...]) -> Iterator[Match]:
        """Those of each route: its `matches` are tried first, and their conditions are asked of requests."""
        everywhere = tuple(self._filters(self.child(View, "spec")))
        for route in routes:
            path = _path(string(route.data.get("path")))
            filters = (*everywhere, *self._filters(route))
            for item in route.children(View, "matches"):
                conditions = tuple(_conditions(item))
                yield self._match(item, path, route.at("path"), filters, conditions)
            yield self._match(route, path, route.at("path"), filters)

    def _match(
        self,
        owner: View,
        path: PathMatch,
        at: Place,
        filters: tuple[Filter, ...],
        conditions: tuple[tuple[str, str], ...] = (),
    ) -> Match:
        backends = tuple(self._passed(owner))
        ends_in = None if backends else _ending(owner)
        return Match(self, self.hosts, path, backends, at, conditions, None, ends_in, filters=filters)


def _upstream(action: View) -> tuple[str, Place]:
    """The upstream that an action names, and where; empty where it names none."""
    if string(action.data.get("pass")):
        return string(action.data.get("pass")), action.at("pass")
    return string(action.get("proxy", "upstream")), action.at("proxy", "upstream")


def _path(text: str) -> PathMatch:
    """`/tea` is a prefix of characters, `=/tea` exact, `~ pattern` and `~* pattern` are regular expressions; `^~ /tea`
    is a prefix for which no regular expression is tried."""
    text = text.removeprefix("^~").lstrip()
    if text.startswith("="):
        return PathMatch(PathKind.EXACT, text[1:].strip())
    if text.startswith("~"):
        return PathMatch(PathKind.REGEX, text)
    return PathMatch(PathKind.STRING, text) if text not in ("", "/") else ANY_PATH


def _conditions(item: View) -> Iterator[tuple[str, str]]:
    for condition in map(mapping, sequence(item.data.get("conditions"))):
        for kind in ("header", "cookie", "argument", "variable"):
            if kind in condition:
                yield kind, f"{condition[kind]}={condition.get('value', '')}"


def _ending(owner: View) -> Ending | None:
    if "route" in owner.data or "routeSelector" in owner.data:
        return Ending.DELEGATE
    action = mapping(owner.data.get("action"))
    return Ending.REDIRECT if "redirect" in action else Ending.RESPONSE if "return" in action else None


@dataclass(frozen=True, eq=False)
class VirtualServer(_Nginx):
    """A VirtualServer."""

    def host_at(self, host: str) -> Place:
        """spec.host, its only host."""
        return self.at("spec", "host") if host else self.place

    @cached_property
    def _routes(self) -> tuple[View, ...]:
        return self.children(View, "spec", "routes")

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """NGINX's own controller."""
        return taken_by(_NGINX, self.at("spec", "host"))

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Those of its routes."""
        return tuple(self._matches(self._routes))

    @cached_property
    def delegates(self) -> tuple[Delegate, ...]:
        """The VirtualServerRoutes that its routes name: `namespace/name`, or a name in its own namespace."""
        return tuple(self._delegates())

    def _delegates(self) -> Iterator[Delegate]:
        everywhere = tuple(self._filters(self.child(View, "spec")))
        for route in self._routes:
            namespace, _, name = string(route.data.get("route")).rpartition("/")
            if name:
                ref = Ref(self.group, "VirtualServerRoute", namespace or self.namespace, name)
                path = _path(string(route.data.get("path")))
                yield Delegate(ref, path, route.at("route"), self.hosts, (), (*everywhere, *self._filters(route)))

    @cached_property
    def tls(self) -> tuple[Tls, ...]:
        """spec.tls, if it names a Secret or leaves that to the controller's default."""
        view = self.child(View, "spec", "tls")
        if not isinstance(self.get("spec", "tls"), dict):
            return ()
        secret = string(view.data.get("secret"))
        return (Tls(self.hosts, TlsMode.TERMINATE, secret, view.at("secret") if secret else view.at()),)


@dataclass(frozen=True, eq=False)
class VirtualServerRoute(_Nginx):
    """A VirtualServerRoute: it takes what a VirtualServer of its host hands on to it."""

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Those of its subroutes."""
        return tuple(self._matches(self.children(View, "spec", "subroutes")))


@dataclass(frozen=True, eq=False)
class TransportServer(_Nginx):
    """A TransportServer: a TCP or UDP listener of the controller, or TLS that is passed through."""

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """A listener of the GlobalConfiguration."""
        name = string(self.get("spec", "listener", "name"))
        at = self.at("spec", "listener", "name")
        return (Attachment(AttachmentKind.ENTRYPOINT, controller_ref(_NGINX), at, name),)

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Every connection to its listener, or those for its host."""
        spec = self.child(View, "spec")
        backends = tuple(self._passed(spec))
        return (Match(self, self.hosts, None, backends, spec.at("action", "pass")),)

    @cached_property
    def tls(self) -> tuple[Tls, ...]:
        """Passed through at the listener for that, else what spec.tls says."""
        if string(self.get("spec", "listener", "name")) == _PASSTHROUGH:
            return (Tls(self.hosts, TlsMode.PASSTHROUGH, "", self.at("spec", "listener", "name")),)
        secret = string(self.get("spec", "tls", "secret"))
        return (Tls(self.hosts, TlsMode.TERMINATE, secret, self.at("spec", "tls", "secret")),) if secret else ()

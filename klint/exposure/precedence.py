"""Which requests routes claim, and of which router: what is compared when two routes compete.

A claim is one match for one host at one router. A router is what chooses among its claims: the controller of a class,
one of its load balancers where it makes several, or a listener of a Gateway.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, cast

from klint.exposure.samples import sample_of
from klint.kube.classes import CONTROLLER, IngressClass
from klint.kube.precedence import (
    BOTH_SIDES,
    NEEDS_HOST,
    conditions_by_annotation,
    conditions_of_backend,
    instances_of,
    load_balancer,
)
from klint.kube.precedence import ISTIO as ISTIO_NAME
from klint.kube.ref import Ref
from klint.kube.routes.shape import AttachmentKind, Delegate, Ending, Match, PathKind, Route
from klint.records import dataclass
from klint.regex import regex
from klint.text.placeholders import is_placeholder, is_template

if TYPE_CHECKING:
    from klint.exposure.attachment import Attached
    from klint.exposure.delegation import Delegation
    from klint.exposure.layers.routing import Routing
    from klint.exposure.serving import Serving
    from klint.kube.routes.istio import VirtualService


@dataclass(frozen=True, slots=True)
class Router:
    """What chooses one of several matches for a request.

    `controller` is its name in the table of controllers; empty where it is not known. `name` is a class, or a Gateway
    with a section; `part` tells apart what serves under one name: load balancers, or listeners; and `instance` which of
    several installations of the controller.
    """

    kind: AttachmentKind
    controller: str
    name: str
    part: str | int | None = None
    instance: str = ""

    @property
    def is_open(self) -> bool:
        """Whether requests may come to it from outside: the sidecars of a mesh have those from inside alone."""
        return self.kind is not AttachmentKind.MESH

    @property
    def is_shared(self) -> bool:
        """Whether other routes may come to it, too: it is none that a controller makes for one route."""
        return not isinstance(self.part, int)

    def __str__(self) -> str:
        if self.kind is not AttachmentKind.CLASS:
            return self.name
        name = f"class {self.name}" if self.name else self.controller or "the default class"
        is_group = self.name and isinstance(self.part, str)
        return f"load balancer {self.part} of {name}" if is_group else name


@dataclass(frozen=True, slots=True)
class Claim:
    """A match for one host of a router; the empty host is any. `conditions` are all that it asks of a request.

    Where other routes hand the requests on to its route, `match` asks what they do as well, `root` is the first of
    them, and `through` has all of them. `written` is the match as its route has it.
    """

    match: Match
    router: Router
    host: str
    path: str
    conditions: frozenset[tuple[str, str]]
    written: Match
    root: Route
    through: tuple[Route, ...] = ()

    @property
    def route(self) -> Route:
        """Whose match it is."""
        return self.match.route

    @property
    def kind(self) -> PathKind | None:
        """How the path is compared; None where requests have none."""
        return self.match.path.kind if self.match.path is not None else None

    def __str__(self) -> str:
        return requests_of(self.match, self.host, self.path)


def requests_of(match: Match, host: str, path: str) -> str:
    """The requests of a match for a host, in words."""
    space = " " if path and not path.startswith("/") else ""
    requests = f"{host}{space}{path}" if host else f"{path} on every host"
    asked = " and ".join(f"{kind} {text}" for kind, text in match.conditions)
    return f"{requests} with {asked}" if asked else requests


def claims(graph: Routing, *, with_fallbacks: bool = False) -> Iterator[Claim]:
    """What the bundle's routes claim, in the order of their files; nothing that is still to be filled in.

    What takes the leftovers of a host, as a default backend does, claims nothing but `with_fallbacks`. A route of a
    Helm hook is gone before others come. Claims of one router share it: they are told apart by its identity, for there
    may be many.
    """
    known: dict[Router, Router] = {}
    roots: dict[int, _Routers] = {}
    repeated = _Repeated(graph)

    def routers_of(route: Route) -> _Routers:
        found = ((known.setdefault(router, router), host) for router, host in _routers(route, graph))
        once = {(id(router), host): (router, host) for router, host in found}  # two parents may mean one listener
        return tuple(once.values())

    for route in graph.routes:
        if route.is_hook:
            continue
        if route.attachments:
            yield from _of_route(route, routers_of(route), (), with_fallbacks)
        elif route.kind in _DECIDE:
            from klint.exposure.delegation import chains_to  # few workspaces have such kinds

            for chain in chains_to(route, graph):
                root = chain[0].route
                if not root.attachments or root.is_hook or any(map(repeated.has, chain)):
                    continue
                if id(root) not in roots:
                    roots[id(root)] = routers_of(root)
                yield from _of_route(route, roots[id(root)], chain, with_fallbacks)


_Routers = tuple[tuple[Router, str], ...]

_DECIDE = frozenset(("HTTPProxy", "VirtualServerRoute", "VirtualService"))
"""Kinds of which a route decides by paths of its own about what others hand on to it; the rest share it out."""


class _Repeated:
    """The steps by which a route hands on requests that it has handed to another one before: then none are left.

    Sources: projectcontour/contour internal/dag/httpproxy_processor.go (DuplicateMatchConditions); istio
    pilot/pkg/model/virtualservice.go mergeVirtualServicesIfNeeded, which keeps the order.
    """

    def __init__(self, graph: Routing) -> None:
        self._graph = graph
        self._first: dict[int, dict[Hashable, Ref]] = {}

    def has(self, step: Delegation) -> bool:
        """Whether it is one of them."""
        first = self._first.get(id(step.route))
        if first is None:
            first = self._first[id(step.route)] = {}
            for item in self._graph.delegations(step.route):
                first.setdefault(_asked(item.delegate), item.delegate.ref)
        return first[_asked(step.delegate)] != step.delegate.ref


def _asked(delegate: Delegate) -> Hashable:
    return delegate.hosts, delegate.path, frozenset(delegate.conditions)


def _of_route(route: Route, routers: _Routers, chain: Sequence[Delegation], with_fallbacks: bool) -> Iterator[Claim]:
    """What a route claims of the routers that it is handed to, or that the first of a chain of others is."""
    if not routers:
        return
    through = tuple(item.route for item in chain)
    root = through[0] if through else route
    by_annotation = conditions_by_annotation(route) if route.annotations else frozenset()
    for written, match in _handed_on(route, chain):
        if match.is_fallback and not with_fallbacks:
            continue
        if match.path is not None and is_placeholder(match.path.text):
            continue
        conditions = by_annotation.union(match.conditions)
        if route.annotations:
            names = (backend.service for backend in match.backends)
            conditions = conditions.union(item for name in names for item in conditions_of_backend(route, name))
        if any(is_template(text) for _, text in conditions):
            continue
        for router, hostname in routers:
            if not match.backends and match.ends_in is None and router.kind is AttachmentKind.CLASS:
                continue  # an action, or a resource of the controller's own: nobody knows what it takes
            path = _path(match, router)
            for host in _hosts(match, root, hostname):
                if not is_placeholder(host) and (host or router.controller not in NEEDS_HOST):
                    yield Claim(match, router, host, path, conditions, written, root, through)


def _handed_on(route: Route, chain: Sequence[Delegation]) -> Iterator[tuple[Match, Match]]:
    """A route's matches, each with what the routes before it ask as well; none that these hand nothing on to."""
    if not chain:
        yield from ((written, written) for written in route.matches)
        return
    from klint.exposure.delegation import handed_on  # few workspaces have such kinds

    delegates = [item.delegate for item in chain]
    for written in route.matches:
        match = handed_on(written, delegates)
        if match is not None:
            yield written, match


def _path(match: Match, router: Router) -> str:
    """A path as it is compared: the Gateway API ignores a slash at the end of a prefix (HTTPPathMatch)."""
    if match.path is None:
        return ""
    text = match.path.text or "/"
    if router.kind is AttachmentKind.GATEWAY and match.path.kind is PathKind.SEGMENT:
        return text.rstrip("/") or "/"
    return text


def _hosts(match: Match, root: Route, hostname: str) -> Iterator[str]:
    """The hosts of a match that a router with this host name takes, in the words of the route that it is handed to."""
    name = root.full_host if root.namespace else str  # of no namespace all short names are alike
    hosts = [name(host).lower() for host in match.hosts] or [""]
    if match.route.kind != "Ingress":  # which must not have it: networking/validation ValidateIngressSpec
        hosts = ["" if host == "*" else host for host in hosts]
    if not hostname:
        yield from dict.fromkeys(hosts)
        return
    from klint.exposure.attachment import hosts_meet

    for host in dict.fromkeys(hosts):
        if not host:
            yield hostname
        elif hosts_meet(hostname, host):
            yield max(hostname, host, key=_narrowness)


def _narrowness(host: str) -> tuple[bool, int]:
    """A host is narrower than each wildcard that has it, and of two wildcards the longer one is."""
    return not host.startswith("*"), len(host)


# Routers


def _routers(route: Route, graph: Routing) -> Iterator[tuple[Router, str]]:
    """The routers that a route is handed to, each with its host name; empty for any."""
    for serving in graph.servings(route):
        for router in _of_class(route, serving):
            yield router, ""
    if route.kind == "VirtualService":
        yield from _of_istio(cast("VirtualService", route), graph)
        return
    for attached in graph.attachments(route):
        if attached.attachment.kind is AttachmentKind.GATEWAY:
            yield from _of_gateway(attached)


def _of_class(route: Route, serving: Serving) -> Iterator[Router]:
    controller = serving.controller.name if serving.controller else ""
    if serving.class_hop.wants.kind == CONTROLLER:
        for instance in instances_of(route):
            yield Router(AttachmentKind.CLASS, controller, "", serving.section, instance)
        return
    wanted = serving.class_hop.wants.name
    if is_placeholder(wanted):
        return
    classes = (item.name for item in serving.class_hop.targets if isinstance(item, IngressClass))
    name = wanted or next(classes, "")
    yield Router(AttachmentKind.CLASS, controller, name, load_balancer(controller, route))


def _of_istio(route: VirtualService, graph: Routing) -> Iterator[tuple[Router, str]]:
    """The Gateways that a VirtualService names and that take it, and the mesh, as far as both see the same of it."""
    for binding in graph.bindings(route):
        name = binding.attachment.ref
        if not binding.is_broken and not is_placeholder(name.name):
            where = f"{name.namespace}/" if name.namespace else ""
            yield Router(AttachmentKind.GATEWAY, ISTIO_NAME, f"Gateway {where}{name.name}"), ""
    if any(item.kind is AttachmentKind.MESH for item in route.attachments):
        yield Router(AttachmentKind.MESH, ISTIO_NAME, "the mesh", ", ".join(sorted(route.exported_to)) or None), ""


def _of_gateway(attached: Attached) -> Iterator[tuple[Router, str]]:
    """The listeners that take it, or may; of a Gateway that is not here those it names."""
    attachment, ref = attached.attachment, attached.attachment.ref
    name = f"{ref.kind} {ref.namespace}/{ref.name}" if ref.namespace else f"{ref.kind} {ref.name}"
    controller = BOTH_SIDES.get(attached.gateway.class_name, "") if attached.gateway is not None else ""
    for listener in attached.listeners:
        if not is_placeholder(listener.hostname):
            yield Router(AttachmentKind.GATEWAY, controller, name, listener.name), listener.hostname.lower()
    hops_broken = any(hop.is_broken for hop in attached.hops)
    if attached.gateway is None and not hops_broken and not is_placeholder(ref.name):
        yield Router(AttachmentKind.GATEWAY, "", name, f"{attachment.section}:{attachment.port or ''}"), ""


_ANY_HOST = regex(r"\^?(?:\{\w+:)?\.[*+]\}?\$?")
"""Expressions that every host matches, in v2 with a name: `.+`, `{host:.*}`."""


def _asks_for_hosts(claim: Claim) -> bool:
    """Whether it takes only hosts that match an expression (doc.traefik.io routing rules: HostRegexp), or may: a rule
    that cannot be read asks for anything."""
    return any(
        kind == "rule" or (kind == "hostregexp" and not _ANY_HOST.fullmatch(text)) for kind, text in claim.conditions
    )


@dataclass(frozen=True, slots=True)
class CatchAll:
    """A route that takes requests for every host of a router; where it takes all, `beside` is one with a host there."""

    route: Route
    router: Router
    beside: Route | None


def catch_alls(claims: Sequence[Claim]) -> Iterator[CatchAll]:
    """The routes that ask for no host at a router that others share: each route once.

    What only redirects is meant to take everything.
    """
    hosted: dict[Hashable, list[Route]] = defaultdict(list)
    for claim in claims:
        if claim.host and claim.router.name:
            routes = hosted[id(claim.router), sample_of(claim.route)]
            if len(routes) < _FEW and (not routes or routes[0] is not claim.root):
                routes.append(claim.root)
    found: dict[int, CatchAll] = {}
    for claim in claims:
        if claim.host or claim.through or claim.kind is None or claim.match.ends_in is Ending.REDIRECT:
            continue  # what others hand on is theirs
        if not (claim.router.is_shared and claim.router.is_open) or _asks_for_hosts(claim):
            continue
        others = hosted[id(claim.router), sample_of(claim.route)] if claim.path == "/" else ()
        beside = next((route for route in others if route is not claim.route), None)
        if id(claim.route) not in found or (beside and found[id(claim.route)].beside is None):
            found[id(claim.route)] = CatchAll(claim.route, claim.router, beside)
    return iter(found.values())


_FEW = 2
"""That many are enough to find one that is another."""

"""Which route takes a request: of all that claim its host, the one that their router tries first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from klint.enums import Enum
from klint.exposure.precedence import Claim, Router, claims
from klint.exposure.shadows import Extent, rank_of_path, tried
from klint.hops import State
from klint.kube.precedence import ORDERS, Order, asks_for_regex, group_order, rank_of
from klint.kube.routes.shape import AttachmentKind, PathKind
from klint.records import dataclass, replace

if TYPE_CHECKING:
    from klint.exposure.layers.routing import Routing


@dataclass(frozen=True, slots=True)
class Request:
    """A request from outside: its host in lower case, its path, and the port it is sent to; None for any."""

    host: str
    path: str = "/"
    port: int | None = None


class Edge(Enum):
    """Why a router tries one match before another."""

    HOST = "its host is more exact"
    EXACT = "its path is exact"
    KIND = "its path is of the kind that is tried first"
    LENGTH = "its path is longer"
    CONDITIONS = "it asks for more"
    RANK = "its rank is higher"
    LISTED = "it is listed before"
    FALLBACK = "a default backend takes what is left"
    NONE = "nothing tells which of the two is tried first"


@dataclass(frozen=True, slots=True)
class Taker:
    """A claim to a request. RESOLVED takes it, UNKNOWN may: it asks for more than host and path, or by an expression.

    `edge` is why what takes the request is tried before it; None for what is tried first itself.
    """

    claim: Claim
    state: State
    edge: Edge | None = None

    @property
    def is_certain(self) -> bool:
        """Whether it surely takes the request, if it gets it."""
        return self.state is State.RESOLVED


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a request at a router.

    `winner` takes it, None where nothing surely does. `before` may take it before that, in the order in which they are
    tried; `behind` would take it, were the others not there.
    """

    router: Router
    winner: Taker | None
    before: tuple[Taker, ...]
    behind: tuple[Taker, ...]


def decisions(request: Request, graph: Routing) -> Iterator[Decision]:
    """What becomes of a request at each router that has something for it, in the order of the routes' files."""
    by_router: dict[Router, list[Claim]] = defaultdict(list)
    for claim in claims(graph, with_fallbacks=True):
        if claim.router.is_open and _has_host(claim, request.host):
            by_router[claim.router].append(claim)
    for router, found in by_router.items():
        takers = _takers(found, request)
        if takers:
            yield _decided(router, takers)


def _decided(router: Router, takers: Sequence[tuple[_Rank, Taker]]) -> Decision:
    at = next((index for index, (_, taker) in enumerate(takers) if taker.is_certain), len(takers))
    before = tuple(taker for _, taker in takers[:at])
    if at == len(takers):
        return Decision(router, None, before, ())
    first, winner = takers[at]
    behind = tuple(replace(taker, edge=_edge(first, rank)) for rank, taker in takers[at + 1 :])
    return Decision(router, winner, before, behind)


def _takers(found: Sequence[Claim], request: Request) -> list[tuple[_Rank, Taker]]:
    """The claims that a request may be for, in the order in which they are tried, with what that goes by."""
    with_regex = {claim.host for claim in found if asks_for_regex(claim.route, claim.path)}
    has_ranks = all(rank_of(claim.match) is not None for claim in found)
    takers = []
    for claim in found:
        is_regex = claim.host in with_regex
        state = _state(claim, request.path, with_regex=is_regex)
        if state is not State.BROKEN:
            takers.append((_rank(claim, with_regex=is_regex, has_ranks=has_ranks), Taker(claim, state)))
    return sorted(takers, key=lambda item: [value for _, value in item[0]])


def _has_host(claim: Claim, host: str) -> bool:
    """Whether a claim is for a host: a wildcard of the Ingress stands for one label, others' for one or more.

    Sources: networking.k8s.io/v1 IngressRule.host; Gateway API HTTPRouteSpec.hostnames.
    """
    if claim.host in ("", host):
        return True
    label, dot, rest = host.partition(".")
    if not claim.host.startswith("*.") or not (label and dot):
        return False
    suffix = claim.host[1:]
    is_one_label = claim.router.kind is AttachmentKind.CLASS
    return f".{rest}" == suffix if is_one_label else host.endswith(suffix)


def _state(claim: Claim, path: str, *, with_regex: bool) -> State:
    """Whether it takes a path: RESOLVED, UNKNOWN where it may, else BROKEN."""
    item = tried(claim, with_regex=with_regex)
    if item.takes is not None and _has_path(item.takes, path):
        return State.UNKNOWN if claim.conditions else State.RESOLVED
    return State.UNKNOWN if item.takes is None and _has_path(item.wants, path) else State.BROKEN


def _has_path(extent: Extent, path: str) -> bool:
    if extent.kind is PathKind.EXACT:
        return path == extent.text
    if extent.kind is PathKind.STRING:
        return path.startswith(extent.text)
    return path == extent.text or path.startswith(f"{extent.text}/")


_Rank = tuple[tuple[Edge, object], ...]


def _rank(claim: Claim, *, with_regex: bool, has_ranks: bool) -> _Rank:
    """What a router compares two claims by, the most important first; less is tried first.

    The orders are those by which `klint.exposure.shadows` tells what gets no requests. With most controllers the most
    exact host decides alone; an ALB and Traefik try what has a wildcard first, if it is listed or ranks so.

    Args:
        claim: of a request that it may take.
        with_regex: whether ingress-nginx takes the paths of its host for expressions.
        has_ranks: whether the ranks of all claims are known, where the router goes by them.
    """
    order, route, kind = ORDERS.get(claim.router.controller), claim.route, claim.kind
    host, fallback = (Edge.HOST, _host_rank(claim.host)), (Edge.FALLBACK, claim.match.is_fallback)
    exact, longest = (Edge.EXACT, kind is not PathKind.EXACT), (Edge.LENGTH, -len(claim.path))
    conditions = (Edge.CONDITIONS, -len(claim.conditions))
    if route.takes_first:
        return host, fallback, (Edge.LISTED, (route.namespace, route.name, _position(claim)))
    if order is Order.LISTED:
        rule, of_kind, of_length = rank_of_path(claim.match)
        place = (Edge.LISTED, (group_order(route) or 0, route.namespace, route.name, rule))
        last = (Edge.LISTED, _position(claim))
        return fallback, place, exact, (Edge.KIND, of_kind), (Edge.LENGTH, of_length), last
    if order is Order.PATTERN:
        is_regex = kind is PathKind.REGEX
        listed = (Edge.LISTED, (bool(claim.through), _position(claim)))
        return host, fallback, exact, (Edge.KIND, not is_regex), listed if is_regex else longest, conditions
    if order is Order.LENGTH and with_regex:
        return host, fallback, longest, conditions
    if order is Order.RANK and has_ranks:
        return fallback, (Edge.RANK, -(rank_of(claim.match) or 0)), host, exact, longest, conditions
    return host, fallback, exact, longest, conditions


def _position(claim: Claim) -> int:
    return next((index for index, match in enumerate(claim.route.matches) if match is claim.written), 0)


def _host_rank(host: str) -> tuple[bool, bool, int]:
    """An exact host before a wildcard, a longer wildcard before a shorter one, and any host last."""
    return not host, host.startswith("*"), -len(host)


def _edge(first: _Rank, second: _Rank) -> Edge:
    pairs: Iterable[tuple[tuple[Edge, object], tuple[Edge, object]]] = zip(first, second, strict=False)
    return next((one[0] for one, other in pairs if one != other), Edge.NONE)

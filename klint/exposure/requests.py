"""Which route takes a request: of all that claim its host, the one that their router tries first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import TYPE_CHECKING

from klint.exposure.precedence import Claim, Router, claims
from klint.exposure.shadows import Extent, tried
from klint.hops import State
from klint.kube.precedence import ORDERS, Order, asks_for_regex, group_order, rank_of
from klint.kube.routes.shape import AttachmentKind, PathKind
from klint.records import dataclass

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
        takers = list(_takers(found, request))
        if takers:
            yield _decided(router, takers)


def _decided(router: Router, takers: Sequence[Taker]) -> Decision:
    winner = next((taker for taker in takers if taker.is_certain), None)
    at = takers.index(winner) if winner else len(takers)
    ranks = [_rank(taker.claim) for taker in takers]
    behind = tuple(
        Taker(taker.claim, taker.state, _edge(ranks[at], rank))
        for taker, rank in zip(takers[at + 1 :], ranks[at + 1 :], strict=True)
    )
    return Decision(router, winner, tuple(takers[:at]), behind)


def _takers(found: Sequence[Claim], request: Request) -> Iterator[Taker]:
    """The claims that a request may be for, in the order in which they are tried.

    The server of a host decides alone: what has a wildcard for it has no part in what an exact host takes.
    """
    hosts = sorted({claim.host for claim in found}, key=_host_rank)
    for host in hosts:
        of_host = [claim for claim in found if claim.host == host]
        with_regex = any(asks_for_regex(claim.route, claim.path) for claim in of_host)
        states = [(claim, _state(claim, request.path, with_regex=with_regex)) for claim in of_host]
        taking = [Taker(claim, state) for claim, state in states if state is not State.BROKEN]
        yield from sorted(taking, key=lambda taker: [value for _, value in _rank(taker.claim)])


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


def _rank(claim: Claim) -> _Rank:
    """What a router compares two claims by, the most important first; less is tried first."""
    order, kind = ORDERS.get(claim.router.controller), claim.kind
    is_exact, length = kind is PathKind.EXACT, len(claim.path)
    found: list[tuple[Edge, object]] = [
        (Edge.HOST, _host_rank(claim.host)),
        (Edge.FALLBACK, claim.match.is_fallback),
    ]
    if claim.route.takes_first:
        position = next((n for n, match in enumerate(claim.route.matches) if match is claim.written), 0)
        return (*found, (Edge.LISTED, (claim.route.namespace, claim.route.name, position)))
    if order is Order.LISTED:
        rule = next((step for step in claim.match.at.path if isinstance(step, int)), 0)
        group = (group_order(claim.route) or 0, claim.route.namespace, claim.route.name, rule)
        found.append((Edge.LISTED, group))
    if order is Order.RANK:
        found.append((Edge.RANK, -(rank_of(claim.match) or 0)))
    if order is Order.PATTERN:
        found.append((Edge.EXACT, not is_exact))
        found.append((Edge.KIND, kind is not PathKind.REGEX))
    elif not (order is Order.LENGTH and kind is PathKind.REGEX):
        found.append((Edge.EXACT, not is_exact))
    return (*found, (Edge.LENGTH, -length), (Edge.CONDITIONS, -len(claim.conditions)))


def _host_rank(host: str) -> tuple[bool, bool, int]:
    """An exact host before a wildcard, a longer wildcard before a shorter one, and any host last."""
    return not host, host.startswith("*"), -len(host)


def _edge(first: _Rank, second: _Rank) -> Edge:
    pairs: Iterable[tuple[tuple[Edge, object], tuple[Edge, object]]] = zip(first, second, strict=False)
    return next((one[0] for one, other in pairs if one != other), Edge.NONE)

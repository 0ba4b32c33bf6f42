"""Claims that compete: for the same requests of the same router, or for a host that only one object can have."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING

from klint.enums import Enum
from klint.exposure.precedence import Claim
from klint.exposure.samples import sample_of
from klint.kube.classes import GATEWAY_API
from klint.kube.namespace import may_be_one_namespace
from klint.kube.precedence import (
    BESIDE_INGRESSES,
    LAST_OF_ROUTE,
    MERGEABLE,
    NOBODY_HAS_HOST,
    OLDEST_HAS_HOST,
    OLDEST_WINS,
    ONE_NAMESPACE,
    ORDERS,
    REFUSES_SECOND,
    UNORDERED,
    Order,
)
from klint.kube.resource import sequence
from klint.kube.routes.ingress import Ingress
from klint.kube.routes.shape import AttachmentKind, Ending, Match, PathKind, Route
from klint.records import dataclass

if TYPE_CHECKING:
    from klint.fixes import Fix


class Rivalry(Enum):
    """Why a router has no use for a claim beside an earlier one."""

    EQUAL = "equal"
    """It takes the same requests."""
    REFUSED = "refused"
    """The controller's webhook refuses an object with a host and path that another one has."""
    HOST = "host"
    """The controller gives a host to one object."""
    NAMESPACE = "namespace"
    """The router gives a host to one namespace (openshift/router, HostAlreadyClaimed)."""
    ELSEWHERE = "elsewhere"
    """An Ingress and a route of a Gateway take the same requests, at controllers of their own: names lead to one."""
    KIND = "kind"
    """A listener takes HTTPRoutes or GRPCRoutes for a host, not both (Gateway API, GRPCRoute.spec.hostnames)."""


class Winner(Enum):
    """Which of two claims gets the requests."""

    FIRST = "the first"
    LAST = "the last"
    ONE = "one of them"
    OLDER = "the older one"
    FIRST_OF_GROUP = "the first in the order of their group"
    NOBODY = "neither"
    UNDEFINED = "undefined"


_OF_HOST = frozenset((Rivalry.HOST, Rivalry.NAMESPACE, Rivalry.KIND))


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A claim that competes with an earlier one: only one of the two gets requests."""

    claim: Claim
    earlier: Claim
    rivalry: Rivalry

    @property
    def routes(self) -> tuple[Route, Route]:
        """The two that compete, the later one first: for a host those that have it, whoever decides for them."""
        if self.rivalry in _OF_HOST:
            return self.claim.root, self.earlier.root
        return self.claim.route, self.earlier.route

    @property
    def winner(self) -> Winner:
        """Which of the two gets the requests. Where both are one object's, their order decides."""
        router = self.claim.router
        if self.claim.route is self.earlier.route:
            return _winner_of_route(router.controller)
        if self.claim.root is self.earlier.root:
            return Winner.ONE
        if self.rivalry is Rivalry.HOST and self.claim.route.kind in NOBODY_HAS_HOST:
            return Winner.NOBODY
        if ORDERS.get(router.controller) is Order.LISTED:
            return Winner.FIRST_OF_GROUP
        is_gateway_api = self.claim.route.group == self.earlier.route.group == GATEWAY_API
        return Winner.OLDER if is_gateway_api or router.controller in OLDEST_WINS else Winner.UNDEFINED

    @property
    def is_harmless(self) -> bool:
        """Whether both send requests to the same backends."""
        mine, other = _backends(self.claim.match), _backends(self.earlier.match)
        return bool(mine) and mine == other

    @property
    def fix(self) -> Fix | None:
        """What takes out a path that an Ingress has twice, with the same backend: it is as well without."""
        route, path = self.claim.route, self.claim.match.at.path
        if not (isinstance(route, Ingress) and route is self.earlier.route and self.is_harmless and len(path) >= _PATH):
            return None
        from klint.fixes import Fix, Safety
        from klint.text.changes import Remove

        is_only = len(sequence(route.get(*path[: _PATH - 1]))) == 1
        at = route.at(*path[: _RULE if is_only else _PATH])
        return Fix("Drop it", [Remove(at)], Safety.SAFE)


_RULE = len(("spec", "rules", 0))
_PATH = len(("spec", "rules", 0, "http", "paths", 0))


def _winner_of_route(controller: str) -> Winner:
    if controller in UNORDERED:
        return Winner.ONE
    return Winner.LAST if controller in LAST_OF_ROUTE else Winner.FIRST


def _backends(match: Match) -> frozenset[tuple[object, ...]]:
    return frozenset((item.namespace, item.service, item.port, item.weight, item.role) for item in match.backends)


def duplicates(claims: Sequence[Claim]) -> Iterator[Duplicate]:
    """The claims that compete with an earlier one: each match once, each host that one object has once.

    Samples in different files are alternatives, which do not meet.
    """
    first: dict[Hashable, Claim] = {}
    elsewhere: dict[Hashable, Claim] = {}
    beside: dict[Hashable, Claim] = {}
    has_both_sides = len({claim.router.kind for claim in claims}.intersection(_SIDES)) > 1
    found: set[Hashable] = set()
    for claim in claims:
        duplicate = _at_router(claim, first)
        if duplicate is None and claim.router.controller in BESIDE_INGRESSES:
            duplicate = _beside(claim, beside)
        if duplicate is None and has_both_sides:
            duplicate = _elsewhere(claim, elsewhere)
        if duplicate is None:
            continue
        once = _told_once(duplicate)
        if once not in found and id(claim.written) not in found:
            yield duplicate
        found.update((once, id(claim.written)))


def _told_once(duplicate: Duplicate) -> Hashable:
    """What of several duplicates with one cause are alike in."""
    claim, rivalry = duplicate.claim, duplicate.rivalry
    if rivalry in (Rivalry.EQUAL, Rivalry.REFUSED):
        return id(claim.written)
    if rivalry is Rivalry.ELSEWHERE:
        return id(claim.route), id(duplicate.earlier.route)
    return id(claim.root), claim.host


def _at_router(claim: Claim, first: dict[Hashable, Claim]) -> Duplicate | None:
    found, sample = None, sample_of(claim.route)
    for rivalry, key in _rivalries(claim):
        whole = id(claim.router), sample, claim.host, rivalry.value, key
        earlier = first.setdefault(whole, claim)
        if _hands_on(earlier, claim):
            first[whole] = earlier = claim  # others compete with what decides
        if found is None and earlier is not claim and _compete(claim, earlier, rivalry):
            found = Duplicate(claim, earlier, rivalry)
    return found


_SIDES = (AttachmentKind.CLASS, AttachmentKind.GATEWAY)


def _elsewhere(claim: Claim, first: dict[Hashable, Claim]) -> Duplicate | None:
    """An Ingress and a route of a Gateway, as during a migration. One proxy may serve both."""
    if not claim.host or claim.kind is None or claim.router.kind not in _SIDES:
        return None
    key = sample_of(claim.route), claim.host, claim.kind, claim.path.rstrip("/"), claim.conditions
    first.setdefault((claim.router.kind, key), claim)
    other = first.get((next(side for side in _SIDES if side is not claim.router.kind), key))
    if other is None:
        return None
    is_one_proxy = bool(claim.router.controller) and claim.router.controller == other.router.controller
    return Duplicate(claim, other, Rivalry.EQUAL if is_one_proxy else Rivalry.ELSEWHERE)


def _beside(claim: Claim, first: dict[Hashable, Claim]) -> Duplicate | None:
    """An Ingress and a route of a kind that their controller has to itself: one proxy serves both, at the entry points
    with TLS or at those without. What has a priority says itself which comes first."""
    own, route = BESIDE_INGRESSES[claim.router.controller], claim.route
    is_prefix = claim.kind in (PathKind.SEGMENT, PathKind.STRING)
    if not claim.host or claim.match.priority or claim.router.instance or route.kind not in ("Ingress", own):
        return None
    if not is_prefix and claim.kind is not PathKind.EXACT:
        return None
    path = claim.path.rstrip("/") if is_prefix else claim.path
    key = sample_of(route), claim.router.controller, claim.host, is_prefix, path, claim.conditions, bool(route.tls)
    first.setdefault((route.kind, key), claim)
    other = first.get((own if route.kind == "Ingress" else "Ingress", key))
    return Duplicate(claim, other, Rivalry.EQUAL) if other is not None else None


def _rivalries(claim: Claim) -> Iterator[tuple[Rivalry, Hashable]]:
    """What a claim competes for, beside its host; the root cause first.

    Equal matches with different ranks do not compete: their routes say which of them comes first.
    """
    controller, route, host, rank = claim.router.controller, claim.route, claim.host, claim.match.priority or 0
    if claim.kind is None:
        yield Rivalry.EQUAL, (route.kind, claim.conditions, rank)
        return
    if controller in REFUSES_SECOND and route.kind == "Ingress":
        yield Rivalry.REFUSED, (claim.path, claim.conditions)
    if host and controller in OLDEST_HAS_HOST and MERGEABLE not in route.annotations:
        yield Rivalry.HOST, ()
    if host and route.kind in NOBODY_HAS_HOST:
        yield Rivalry.HOST, route.kind
    if host and claim.router.kind is AttachmentKind.MESH:
        yield Rivalry.HOST, ()
    if host and controller in ONE_NAMESPACE:
        yield Rivalry.NAMESPACE, ()
    if claim.router.kind is AttachmentKind.GATEWAY and route.group == GATEWAY_API:
        yield Rivalry.KIND, ()
    yield Rivalry.EQUAL, (claim.kind.value, claim.path, claim.conditions, rank)


def _hands_on(claim: Claim, other: Claim) -> bool:
    """Whether a claim's route leaves its requests to the other's."""
    return claim.match.ends_in is Ending.DELEGATE and any(claim.route is item for item in other.through)


def _compete(claim: Claim, earlier: Claim, rivalry: Rivalry) -> bool:
    """Whether both may be there at once, and one keeps the other out. One object written twice is there once."""
    is_host = rivalry in _OF_HOST
    route, other = (claim.root, earlier.root) if is_host else (claim.route, earlier.route)
    if route is other:
        return rivalry is Rivalry.EQUAL and claim.written is not earlier.written
    if _hands_on(claim, earlier):
        return False
    if route.kind == other.kind and route.name == other.name and may_be_one_namespace(route.namespace, other.namespace):
        return False
    if rivalry is Rivalry.NAMESPACE:
        return not may_be_one_namespace(route.namespace, other.namespace)
    return rivalry is not Rivalry.KIND or route.kind != other.kind

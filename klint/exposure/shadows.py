"""Matches that no request comes to, since another one that is tried first takes all of theirs.

Where the most specific match wins there are none. They need a controller that tries matches in an order of its own.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import combinations, groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from klint.exposure.delegation import Delegation, handed_on
from klint.exposure.precedence import Claim, requests_of
from klint.exposure.samples import sample_of
from klint.kube.namespace import is_open_namespace
from klint.kube.precedence import ORDERS, Order, asks_for_regex, group_order, rank_of
from klint.kube.routes.shape import Ending, Match, PathKind, PathMatch, Route
from klint.records import dataclass, replace
from klint.text.document import Place
from klint.text.placeholders import is_placeholder, is_template

if TYPE_CHECKING:
    from klint.exposure.layers.routing import Routing

_FEW = 4
"""Of more conditions than this not every combination is looked at."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Paths: one, or all that start with a text, or with its segments. The segments of `/` are everything."""

    kind: PathKind
    text: str

    def within(self, lengths: Iterable[int]) -> Iterator[Extent]:
        """The extents with a text of these lengths that have all of its paths."""
        for length in lengths:
            start, rest = self.text[:length], self.text[length:]
            if len(start) == length:
                yield Extent(PathKind.STRING, start)
                if rest.startswith("/") or (not rest and self.kind is not PathKind.STRING):
                    yield Extent(PathKind.SEGMENT, start)


def _segments(text: str) -> Extent:
    return Extent(PathKind.SEGMENT, text.rstrip("/"))


@dataclass(frozen=True, slots=True)
class Tried:
    """A match as its controller tries it.

    `wants` has every path that it may take, `takes` those that it surely does; None for none. `through` is the match
    of another route that hands the requests on to it.
    """

    match: Match
    host: str
    conditions: frozenset[tuple[str, str]]
    wants: Extent
    takes: Extent | None
    through: Match | None = None


@dataclass(frozen=True, slots=True)
class Shadow:
    """A match that no request comes to: `by` takes them all, for it comes first in the controller's order."""

    match: Match
    host: str
    by: Match
    by_host: str
    order: Order

    @property
    def requests(self) -> str:
        """What it would take, in words."""
        return _words(self.match, self.host)

    @property
    def by_requests(self) -> str:
        """What the other one takes, in words."""
        return _words(self.by, self.by_host)


def _words(match: Match, host: str) -> str:
    path = match.path.text or "/" if match.path is not None else ""
    return requests_of(match, host or next(iter(match.hosts), ""), path)


def shadows(graph: Routing) -> Iterator[Shadow]:
    """The matches that another one of their route, or of their router, takes all requests from: each once."""
    told: set[Hashable] = set()
    for route in graph.routes:
        for shadow in _in_order(_listed(route, graph), Order.LISTED) if route.takes_first else ():
            if _rule(shadow.match) not in told:
                told.add(_rule(shadow.match))
                yield shadow
    by_router: dict[Hashable, list[Claim]] = defaultdict(list)
    for claim in graph.claims:
        order = ORDERS.get(claim.router.controller)
        if order is not None and claim.kind is not None and not claim.route.takes_first:
            host = claim.host if order in (Order.LENGTH, Order.PATTERN) else None
            by_router["" if order is Order.RANK else (id(claim.router), sample_of(claim.route), host)].append(claim)
    for found in by_router.values():
        yield from _IN_ORDER[ORDERS[found[0].router.controller]](found)


class _Taken:
    """What earlier matches take all of."""

    def __init__(self) -> None:
        self._first: dict[Hashable, Tried] = {}
        self._lengths: set[int] = set()

    def add(self, item: Tried) -> None:
        """Remember a match, if it surely takes anything."""
        if item.takes is not None:
            self._first.setdefault((item.host, item.conditions, item.takes), item)
            self._lengths.add(len(item.takes.text))

    def before(self, item: Tried) -> Tried | None:
        """What takes all requests of a match, and does something else with them.

        What asks for exactly the same is a duplicate, of which others speak.
        """
        for extent in item.wants.within(sorted(self._lengths)):
            for conditions in _fewer(item.conditions):
                for host in _wider(item.host):
                    by = self._first.get((host, conditions, extent))
                    if by is not None and not _is_alike(item.match, by.match) and not _is_same(item, by):
                        return by
        return None


def _in_order(tried: Iterable[Tried], order: Order) -> Iterator[Shadow]:
    """What comes after something that takes all of it."""
    taken = _Taken()
    found: dict[int, Match] = {}  # with the matches, so that no other one gets their identity
    for item in tried:
        by = taken.before(item) if found.keys().isdisjoint((id(item.match), id(item.through))) else None
        if by is not None:
            found[id(item.match)] = item.match
            yield Shadow(item.match, item.host, by.match, by.host, order)
        taken.add(item)


def _is_same(item: Tried, by: Tried) -> bool:
    return (item.host, item.conditions, item.match.path) == (by.host, by.conditions, by.match.path)


def _fewer(conditions: frozenset[tuple[str, str]]) -> Iterator[frozenset[tuple[str, str]]]:
    """What asks for no more than some conditions."""
    yield frozenset()
    if len(conditions) <= _FEW:
        for count in range(1, len(conditions)):
            yield from map(frozenset, combinations(sorted(conditions), count))
    if conditions:
        yield conditions


def _wider(host: str) -> Iterator[str]:
    """The hosts that have all names of one: itself, wildcards, any."""
    yield host
    rest = host.removeprefix("*.")
    while "." in rest:
        rest = rest.partition(".")[2]
        yield f"*.{rest}"
    if host:
        yield ""


def _is_alike(match: Match, by: Match) -> bool:
    """Whether both do the same with a request: then nobody notices which one has it."""
    if match.backends is by.backends:
        return True
    one, other = ({(item.namespace, item.service, item.port) for item in each.backends} for each in (match, by))
    return bool(one) and one == other


# The order of a route


def _listed(route: Route, graph: Routing) -> Iterator[Tried]:
    for match, through in _with_delegated(route, graph):
        path, conditions = match.path, frozenset(match.conditions)
        if path is not None and not is_placeholder(path.text) and not any(is_template(text) for _, text in conditions):
            item = _tried(match, "", path, conditions)
            yield replace(item, takes=None if match.ends_in is Ending.DELEGATE else item.takes, through=through)


def _with_delegated(route: Route, graph: Routing) -> Iterator[tuple[Match, Match | None]]:
    """Its matches, and after one that hands requests on those of the other route: what these leave goes further.

    Source: istio pilot/pkg/model/virtualservice.go mergeHTTPRoutes.
    """
    steps: dict[Hashable, Delegation] = {}
    for step in graph.delegations(route):
        steps[_step(step.delegate.at, step.delegate.path, step.delegate.conditions)] = step
    for match in route.matches:
        yield match, None
        handed = steps.get(_step(match.at, match.path, match.conditions)) if match.ends_in is Ending.DELEGATE else None
        if handed is None or handed.hop.is_broken:
            continue
        for other in handed.hop.targets:
            for written in other.matches if isinstance(other, Route) else ():
                item = handed_on(written, [handed.delegate])
                if item is not None:
                    yield item, match


def _step(at: Place, path: PathMatch | None, conditions: tuple[tuple[str, str], ...]) -> Hashable:
    return at.path[:_RULE], path, conditions


_RULE = len(("spec", "http", 0))


def _tried(match: Match, host: str, path: PathMatch, conditions: frozenset[tuple[str, str]]) -> Tried:
    if path.kind is PathKind.SEGMENT:
        wants = _segments(path.text)
    elif path.kind in (PathKind.STRING, PathKind.EXACT):
        wants = Extent(path.kind, path.text)
    else:
        wants = Extent(PathKind.STRING, "/")
    is_known = path.kind in (PathKind.SEGMENT, PathKind.STRING, PathKind.EXACT)
    takes_all = path.kind is PathKind.STRING and path.text == "/"
    return Tried(match, host, conditions, wants, _segments("") if takes_all else wants if is_known else None)


# The order of ranks


def _by_rank(claims: Sequence[Claim]) -> Iterator[Shadow]:
    """Matches with TLS and without are kept apart, as an entry point does. Those of one rank say nothing of each other:
    which comes first is not known, or is the most specific one.

    A rule is told of where something comes before all of it: all its alternatives and hosts, at every router.
    """
    routers: dict[Hashable, list[tuple[int, Tried]]] = defaultdict(list)
    rules: dict[Hashable, int] = defaultdict(int)
    for claim in claims:
        rank, path = rank_of(claim.match), claim.match.path
        if rank is not None and path is not None:
            key = id(claim.router), sample_of(claim.route), bool(claim.route.tls)
            routers[key].append((-rank, _tried(claim.match, claim.host, path, claim.conditions)))
            rules[_rule(claim.match)] += 1
    found: dict[Hashable, list[Shadow]] = defaultdict(list)
    for ranked in routers.values():
        for shadow in _below(ranked):
            found[_rule(shadow.match)].append(shadow)
    for rule, several in found.items():
        if len(several) == rules[rule]:
            yield several[0]


def _rule(match: Match) -> Hashable:
    return id(match.route), match.at.path


def _below(ranked: list[tuple[int, Tried]]) -> Iterator[Shadow]:
    """What something of a higher rank takes all of."""
    taken = _Taken()
    for _, group in groupby(sorted(ranked, key=itemgetter(0)), key=itemgetter(0)):
        items = [item for _, item in group]
        for item in items:
            by = taken.before(item)
            if by is not None:
                yield Shadow(item.match, item.host, by.match, by.host, Order.RANK)
        for item in items:
            if item.match.backends:  # what sends nowhere redirects, and is meant to take everything
                taken.add(item)


# The order of a load balancer (kubernetes-sigs/aws-load-balancer-controller pkg/ingress/model_build_listener_rules.go)


def _by_position(claims: Sequence[Claim]) -> Iterator[Shadow]:
    """Ingresses by `group.order`, then by namespace and name; rules as listed; the paths of a rule by their type."""
    ranked: dict[tuple[int, str, str], list[Tried]] = {}
    orders: dict[int, list[str]] = defaultdict(list)
    for claim in claims:
        order = group_order(claim.route)
        if order is None:
            return  # to be filled in, or refused
        key = (order, claim.route.namespace, claim.route.name)
        if key not in ranked:
            orders[order].append(claim.route.namespace)
        ranked.setdefault(key, []).append(_globbed(claim))
    for namespaces in orders.values():
        if len(set(namespaces)) > 1 and any(map(is_open_namespace, namespaces)):
            return
    found = (item for key in sorted(ranked) for item in sorted(ranked[key], key=lambda item: rank_of_path(item.match)))
    yield from _in_order(found, Order.LISTED)


def _globbed(claim: Claim) -> Tried:
    """A path of an ALB: `*` and `?` are wildcards where the type leaves it to the implementation."""
    path, kind = claim.path, claim.kind
    start = re.split(r"[*?]", path, maxsplit=1)[0]
    takes: Extent | None
    if kind is PathKind.SEGMENT:
        wants = takes = _segments(path)
    elif kind is PathKind.EXACT or start == path:
        wants = takes = Extent(PathKind.EXACT, path)
    else:
        wants = Extent(PathKind.STRING, start)
        takes = wants if path == f"{start}*" else None
    if takes == Extent(PathKind.STRING, "/"):
        takes = _segments("")
    return Tried(claim.match, claim.host, claim.conditions, wants, takes)


_TYPES = {PathKind.EXACT: 0, PathKind.SEGMENT: 1}


def rank_of_path(match: Match) -> tuple[int, int, int]:
    """What an ALB sorts the paths of an Ingress by: their rule, their type, and of prefixes the length."""
    path = match.path
    kind = _TYPES.get(path.kind, 2) if path is not None else 2
    length = -len(path.text) if path is not None and path.kind is PathKind.SEGMENT else 0
    rule = next((step for step in match.at.path if isinstance(step, int)), 0)
    return (rule, kind, length)


# The order of regular expressions (kubernetes.github.io/ingress-nginx/user-guide/ingress-path-matching)


_LITERAL = r"[\w~/%.-]*?"
_TAKES = re.compile(rf"(?P<start>{_LITERAL})(?P<slash>/\?|\(/\|\$\))?(\(\))?(?P<rest>\(\.\*\)|\.\*)?(?P<end>\$)?")
_NO_LITERAL = re.compile(r"[.\\\[\](){}*+?|^$]")


def _by_length(claims: Sequence[Claim]) -> Iterator[Shadow]:
    """The paths of one host, if any Ingress of it makes them regular expressions: the longest is tried first.

    Letters do not count, and an expression need not reach the end of a path. A prefix of an
    Ingress that asks for none gets a slash (internal/ingress/controller/location.go).
    """
    if not any(asks_for_regex(claim.route, claim.path) for claim in claims):
        return
    taken = _Taken()
    waiting: deque[Tried] = deque()
    for claim in sorted(claims, key=lambda claim: -len(claim.path)):
        may_get_slash = claim.kind is PathKind.SEGMENT and not asks_for_regex(claim.route, claim.path)
        while waiting and _length(waiting[0]) > len(claim.path) + may_get_slash:
            taken.add(waiting.popleft())
        item = _expression(claim)
        by = taken.before(item)
        if by is not None:
            yield Shadow(claim.match, claim.host, by.match, by.host, Order.LENGTH)
        waiting.append(item)


def _length(item: Tried) -> int:
    return len(item.match.path.text) if item.match.path is not None else 0


def _expression(claim: Claim) -> Tried:
    path = claim.path.lower()
    end = _NO_LITERAL.search(path)
    start = path if end is None else path[: end.start()]
    if end is not None and end.group() in "*?{":
        start = start[:-1]
    wants = Extent(PathKind.STRING, "/" if "|" in re.sub(r"\([^()]*\)", "", path) else start)
    return Tried(claim.match, claim.host, claim.conditions, wants, _surely_taken(path))


def _surely_taken(path: str) -> Extent | None:
    """What an expression takes all of, where it is of the usual forms: `/a`, `/a/(.*)`, `/a/?(.*)`, `/a(/|$)(.*)`."""
    found = _TAKES.fullmatch(path)
    if found is None or (found["end"] and not found["rest"]):
        return None
    return _segments(found["start"]) if found["slash"] == "(/|$)" else Extent(PathKind.STRING, found["start"])


# The order of locations of NGINX (nginx.org/en/docs/http/ngx_http_core_module.html#location)


_VIRTUAL_SERVERS = frozenset(("VirtualServer", "VirtualServerRoute"))


def _by_pattern(claims: Sequence[Claim]) -> Iterator[Shadow]:
    """The paths of one VirtualServer: its own come before those of its VirtualServerRoutes, whose order is not known.

    A path takes all of its requests whatever else its `matches` ask for.
    """
    plain = [claim for claim in claims if claim.route.kind in _VIRTUAL_SERVERS and not claim.conditions]
    if all(claim.kind is not PathKind.REGEX for claim in plain):
        return
    plain.sort(key=_rank_of_location)
    taken = _Taken()
    lost: tuple[str, ...] = ()
    for claim in plain:
        item, hands_on = _location(claim), claim.match.ends_in is Ending.DELEGATE
        if item is None or (claim.through and claim.path.startswith(lost)):
            continue
        by = taken.before(item)
        if by is not None and (claim.kind is not PathKind.REGEX or by.match.route in (claim.route, claim.root)):
            yield Shadow(claim.match, claim.host, by.match, by.host, Order.PATTERN)
            lost = (*lost, claim.path) if hands_on else lost
        elif claim.kind is PathKind.REGEX and not hands_on:
            taken.add(item)


def _rank_of_location(claim: Claim) -> tuple[bool, bool]:
    return claim.kind is not PathKind.REGEX, bool(claim.through)


def _location(claim: Claim) -> Tried | None:
    """A path of a VirtualServer; None for one that regular expressions do not come before, or that nobody can tell.

    An expression need not begin where the path does. For what has the prefix `^~ /tea` none is tried.
    """
    path = claim.match.path
    if path is None or path.kind is PathKind.EXACT or str(claim.written.at.value).startswith("^~"):
        return None
    if path.kind is not PathKind.REGEX:
        return _tried(claim.match, claim.host, path, claim.conditions)
    text = path.text.lstrip("~*").strip()
    rest = text.removeprefix("^")
    end = _NO_LITERAL.search(rest)
    start = rest if end is None else rest[: end.start() - (end.group() in "*?{")]
    is_open = rest == text or path.text.startswith("~*") or "|" in rest
    wants, takes = Extent(PathKind.STRING, "/" if is_open else start), _surely_taken(rest)
    everything = takes is not None and takes.text in ("", "/")
    return Tried(claim.match, claim.host, claim.conditions, wants, _segments("") if everything else takes)


def tried(claim: Claim, *, with_regex: bool) -> Tried:
    """A claim as its controller tries it: `with_regex` if ingress-nginx takes the paths of its host for expressions."""
    path, order = claim.match.path, ORDERS.get(claim.router.controller)
    if path is None or claim.match.is_fallback:
        return Tried(claim.match, claim.host, claim.conditions, _segments(""), _segments(""))
    if order is Order.LISTED:
        return _globbed(claim)
    if order is Order.LENGTH and with_regex:
        return _expression(claim)
    if order is Order.PATTERN and path.kind is PathKind.REGEX:
        return _location(claim) or _tried(claim.match, claim.host, path, claim.conditions)
    if path.kind is PathKind.IMPLEMENTATION and not _NO_LITERAL.search(path.text):
        wants = Extent(PathKind.STRING, path.text or "/")
        is_known = order is Order.LENGTH or wants.text == "/"
        return Tried(claim.match, claim.host, claim.conditions, wants, wants if is_known else None)
    return _tried(claim.match, claim.host, path, claim.conditions)


_IN_ORDER = {
    Order.LENGTH: _by_length,
    Order.LISTED: _by_position,
    Order.PATTERN: _by_pattern,
    Order.RANK: _by_rank,
}

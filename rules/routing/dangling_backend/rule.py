"""A route to a Service that does not exist, or to another route or an upstream that does not."""

from collections.abc import Iterator

from klint import Finding, Graph, Hop, Reason, Related, Role, Route, Severity, State, Undefined, abridged, rule

_ISTIO = "networking.istio.io"
"""Its delegates are `dangling-mesh-route`."""

_ROLES = {Role.SHARE: "a backend", Role.DEFAULT: "the default backend", Role.MIRROR: "a mirror"}
_FEW = 4
"""That many names are listed in a message."""

_PREDICATES = (
    *(Reason.NO_SERVICE, Reason.NO_SUCH_GROUP, Reason.NAMED_LIKE_HOST, Reason.IN_A_CIRCLE),
    *(Reason.OTHER_HOST, Reason.OTHER_PATH, Reason.CROSS_NAMESPACE, Reason.IS_ROOT),
)


@rule(severity="error")
def dangling_backend(route: Route, graph: Graph) -> Iterator[Finding]:
    broken: dict[object, list[tuple[Hop, str, tuple[Hop, ...]]]] = {}
    for link in graph.links(route):
        if link.hop.state is State.BROKEN:
            what = f"{link.hop.wants}, {_ROLES[link.backend.role]} of {route},"
            broken.setdefault(link.hop.wants, []).append((link.hop, what, graph.path_through(link)))
    for found in graph.delegations(route):
        if found.hop.state is State.BROKEN and route.group != _ISTIO:
            what = f"{found.hop.wants}, to which {route} sends requests,"
            broken.setdefault(found.hop.wants, []).append((found.hop, what, (found.hop,)))
    yield from _undefined(graph.undefined(route), route)
    for (hop, what, path), *again in broken.values():
        verdict = "does not exist" if hop.certain else "is not defined in the workspace"
        verdict = str(hop.why).removeprefix("it ") if hop.why.reason in _PREDICATES else verdict
        why = f": {hop.why}" if hop.near else ""
        yield Finding(
            f"{what} {verdict}{why}",
            at=hop.at,
            related=(
                *(Related(f"{near.resource} is here", near.at) for near in hop.near[:3]),
                *(Related("also here", other.at) for other, _, _ in again),
            ),
            path=path,
            severity=None if hop.certain else Severity.WARNING,
            fix=hop.correction(*(other for other, _, _ in again)),
        )


def _undefined(found: Iterator[Undefined], route: Route) -> Iterator[Finding]:
    """What a route should define itself."""
    by_name: dict[str, list[Undefined]] = {}
    for item in found:
        by_name.setdefault(item.name, []).append(item)
    for name, (first, *again) in by_name.items():
        has = abridged(first.defined, _FEW) or "none"
        yield Finding(
            f"{route} sends requests to {first.kind} {name}, which it does not define: it has {has}",
            at=first.at,
            related=tuple(Related("also here", other.at) for other in again),
            fix=first.fix if not again else None,
        )

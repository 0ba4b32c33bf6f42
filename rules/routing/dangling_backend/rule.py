"""A route to a Service that does not exist."""

from collections.abc import Iterator

from klint import BackendLink, Finding, Graph, Related, Role, Route, Severity, State, rule

_ROLES = {Role.SHARE: "a backend", Role.DEFAULT: "the default backend", Role.MIRROR: "a mirror"}


@rule(severity="error")
def dangling_backend(route: Route, graph: Graph) -> Iterator[Finding]:
    broken: dict[tuple[str, str], list[BackendLink]] = {}
    for link in graph.links(route):
        if link.hop.state is State.BROKEN:
            broken.setdefault((link.backend.namespace, link.backend.service), []).append(link)
    for first, *again in broken.values():
        what = "does not exist" if first.hop.certain else "is not defined in the workspace"
        why = f": {first.hop.why}" if first.hop.near else ""
        yield Finding(
            f"Service {first.backend.service}, {_ROLES[first.backend.role]} of {route}, {what}{why}",
            at=first.hop.at,
            related=(
                *(Related(f"{near.resource} is here", near.at) for near in first.hop.near[:3]),
                *(Related("also here", link.hop.at) for link in again),
            ),
            path=graph.path_through(first),
            severity=None if first.hop.certain else Severity.WARNING,
        )

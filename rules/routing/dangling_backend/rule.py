"""A route that sends to a Service which does not exist."""

from collections.abc import Iterator

from klint import BackendLink, Finding, Graph, Related, Route, Severity, State, rule

_ROLES = {"backend": "a backend", "default backend": "the default backend", "mirror": "a mirror"}


@rule(severity="error")
def dangling_backend(route: Route, graph: Graph) -> Iterator[Finding]:
    broken: dict[tuple[str, str], list[BackendLink]] = {}
    for link in graph.links(route):
        if link.hop.state is State.BROKEN:
            broken.setdefault((link.backend.namespace, link.backend.service), []).append(link)
    for first, *again in broken.values():
        what = "does not exist" if first.certain else "is defined nowhere in the workspace"
        why = f": {first.hop.why}" if first.near else ""
        yield Finding(
            f"Service {first.backend.service}, {_ROLES[first.backend.role]} of {route}, {what}{why}",
            at=first.hop.at,
            related=(
                *(Related(f"{service} is here", service.place) for service in first.near[:3]),
                *(Related("also here", link.hop.at) for link in again),
            ),
            path=graph.path_through(first),
            severity=None if first.certain else Severity.WARNING,
        )

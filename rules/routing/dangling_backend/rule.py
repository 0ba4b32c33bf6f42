"""A route that sends to a Service which does not exist."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Severity, State, rule

_ROLES = {"backend": "a backend", "default backend": "the default backend", "mirror": "a mirror"}


@rule(severity="error")
def dangling_backend(graph: Graph) -> Iterator[Finding]:
    for route in graph.routes:
        broken = [link for link in graph.links(route) if link.hop.state is State.BROKEN]
        for first in {link.backend.service: link for link in reversed(broken)}.values():
            name, role = first.backend.service, _ROLES[first.backend.role]
            what = "does not exist" if first.certain else "is defined nowhere in the workspace"
            why = f": {first.hop.why}" if first.near else ""
            again = (link for link in broken if link.backend.service == name and link is not first)
            yield Finding(
                f"Service {name}, {role} of {route}, {what}{why}",
                at=first.hop.at,
                related=(
                    *(Related("it may be meant for this", service.place) for service in first.near[:3]),
                    *(Related("also here", link.hop.at) for link in again),
                ),
                path=graph.path_through(first),
                severity=None if first.certain else Severity.WARNING,
            )

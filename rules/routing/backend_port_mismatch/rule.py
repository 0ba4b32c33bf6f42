"""A route that asks a Service for a port which it does not have."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Severity, State, rule
from klint.exposure.backends import BackendLink
from klint.kube.ports import port_name_errors
from klint.kube.routes import Ingress


@rule(severity="error")
def backend_port_mismatch(graph: Graph) -> Iterator[Finding]:
    for route in graph.routes:
        broken: dict[tuple[str, int | str | None], list[BackendLink]] = {}
        for link in filter(_is_broken, graph.links(route)):
            broken.setdefault((link.backend.service, link.backend.port), []).append(link)
        for first, *again in broken.values():
            works = first.by_target is not None and _is_ingress_nginx(graph, first)
            if first.service is not None:
                yield Finding(
                    _message(first),
                    at=first.backend.port_at,
                    related=(
                        Related(f"the ports of {first.service}", first.service.at("spec", "ports")),
                        *(Related("also here", link.backend.port_at) for link in again),
                    ),
                    path=graph.path_through(first),
                    severity=Severity.WARNING if works else None,
                )


def _is_broken(link: BackendLink) -> bool:
    """A name that no port in an Ingress can have is `invalid-ingress`, whether or not the Service has it."""
    wanted = link.backend.port
    if link.port_hop is None or link.port_hop.state is not State.BROKEN:
        return False
    return not (isinstance(link.backend.route, Ingress) and isinstance(wanted, str) and port_name_errors(wanted))


def _message(link: BackendLink) -> str:
    wanted, route, service = link.backend.port, link.backend.route, link.service
    port = f"port {wanted}" if isinstance(wanted, int) else f'a port named "{wanted}"'
    if link.by_target is not None:
        target = f"the targetPort of its port {link.by_target}"
        return f"{route} asks {service} for {port}, {target}: ingress-nginx takes that, no other controller does"
    return f"{route} asks {service} for {port}, but {link.port_hop.why if link.port_hop else ''}"


def _is_ingress_nginx(graph: Graph, link: BackendLink) -> bool:
    route = link.backend.route
    if not isinstance(route, Ingress):
        return False
    serving = graph.serving(route)
    controller = serving.controller if serving.class_hop.state is State.RESOLVED else None
    return controller is not None and controller.name == "ingress-nginx"

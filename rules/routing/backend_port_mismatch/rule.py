"""A route that asks a Service for a port which it does not have."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Severity, State, rule
from klint.exposure.backends import BackendLink
from klint.kube.routes import Ingress


@rule(severity="error")
def backend_port_mismatch(graph: Graph) -> Iterator[Finding]:
    for route in graph.routes:
        broken = [link for link in graph.links(route) if link.port_hop and link.port_hop.state is State.BROKEN]
        for first in {(link.backend.service, link.backend.port): link for link in reversed(broken)}.values():
            if first.port_hop is None or first.service is None:
                continue
            again = (link for link in broken if link is not first and _asked(link) == _asked(first))
            works = first.by_target is not None and _is_ingress_nginx(graph, first)
            yield Finding(
                _message(first),
                at=first.port_hop.at,
                related=(
                    Related(f"the ports of {first.service}", first.service.at("spec", "ports")),
                    *(Related("also here", link.port_hop.at) for link in again if link.port_hop),
                ),
                path=graph.path_through(first),
                severity=Severity.WARNING if works else None,
            )


def _asked(link: BackendLink) -> tuple[str, int | str | None]:
    return link.backend.service, link.backend.port


def _message(link: BackendLink) -> str:
    wanted, route, service = link.backend.port, link.backend.route, link.service
    port = f"port {wanted}" if isinstance(wanted, int) else f'a port named "{wanted}"'
    why = link.port_hop.why if link.port_hop else ""
    if link.port is not None:
        return f"{route} asks {service} for {port}, a name that the API server refuses in an Ingress: {why}"
    if link.by_target is not None:
        target = f"the targetPort of its port {link.by_target}"
        return f"{route} asks {service} for {port}, {target}: ingress-nginx takes that, no other controller does"
    return f"{route} asks {service} for {port}, but {why}"


def _is_ingress_nginx(graph: Graph, link: BackendLink) -> bool:
    route = link.backend.route
    if not isinstance(route, Ingress):
        return False
    serving = graph.serving(route)
    known = serving.class_hop.state is State.RESOLVED and serving.controller is not None
    return known and serving.controller is not None and serving.controller.name == "ingress-nginx"

"""A route to a port that its Service does not have."""

from collections.abc import Iterator

from klint import BackendLink, Finding, Graph, PortMeaning, Related, Route, Severity, State, rule


@rule(severity="error")
def backend_port_mismatch(route: Route, graph: Graph) -> Iterator[Finding]:
    broken: dict[object, list[BackendLink]] = {}
    for link in graph.links(route):
        is_broken = link.port_hop is not None and link.port_hop.state is State.BROKEN
        if link.backend.lacks_port or (is_broken and not _is_refused(link, graph)):
            is_shared = link.backend.port_meaning is PortMeaning.ENDPOINT  # one place, whatever the Services
            key = link.backend.port_at if is_shared else (link.backend.service, link.backend.port)
            broken.setdefault(key, []).append(link)
    for first, *again in broken.values():
        works = first.by_target is not None and _is_ingress_nginx(route, graph)
        if first.service is not None:
            yield Finding(
                _message(first),
                at=first.backend.port_at,
                related=(
                    Related(f"the ports of {first.service}", first.service.at("spec", "ports")),
                    *(Related("also here", link.backend.port_at) for link in again if link.service is first.service),
                ),
                path=graph.path_through(first),
                severity=Severity.WARNING if works or not _is_certain(first) else None,
                fix=graph.port_correction([first, *again], works=works),
            )


def _is_certain(link: BackendLink) -> bool:
    return link.port_hop is None or link.port_hop.certain


def _is_refused(link: BackendLink, graph: Graph) -> bool:
    """A name that no port can have is `invalid-ingress`, whether or not the Service has it."""
    backend = link.backend
    return isinstance(backend.port, str) and backend.port_at in {item.at for item in graph.problems(backend.route)}


def _message(link: BackendLink) -> str:
    wanted, route, service = link.backend.port, link.backend.route, link.service
    if wanted is None:
        return f"{route} asks {service} for no port, and a backend needs one"
    port = f"port {wanted}" if isinstance(wanted, int) else f'a port named "{wanted}"'
    if link.by_target is not None:
        target = f"the targetPort of its port {link.by_target}"
        return f"{route} asks {service} for {port}, {target}: ingress-nginx takes that, no other controller does"
    return f"{route} asks {service} for {port}, but {link.port_hop.why if link.port_hop else ''}"


def _is_ingress_nginx(route: Route, graph: Graph) -> bool:
    return any(
        serving.controller is not None
        and serving.controller.name == "ingress-nginx"
        and serving.class_hop.state is State.RESOLVED
        for serving in graph.servings(route)
    )

"""A Service port whose named targetPort matches no container port."""

from collections.abc import Iterator

from klint import Finding, Graph, Place, PodTemplate, Related, Service, Severity, State, rule


@rule(severity="error")
def target_port_unresolved(service: Service, graph: Graph) -> Iterator[Finding]:
    for target in graph.target_ports_of(service):
        if target.hop.state is State.BROKEN:
            lacking = target.lacking[0]
            where = " in some of its pods" if target.offering else ""
            yield Finding(
                f"targetPort {target.port.target} of {service} matches no container port{where}: {target.hop.why}",
                at=target.hop.at,
                related=(Related(f"the ports of {lacking}", _ports(lacking)),),
                path=(target.hop,),
                severity=Severity.WARNING if target.offering or service.is_headless else None,
            )


def _ports(pod: PodTemplate) -> Place:
    declaring = next((container for container in pod.containers if container.ports), pod.containers[0])
    return declaring.at("ports")

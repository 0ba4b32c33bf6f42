"""A Service port whose named `targetPort` matches no container port."""

from collections.abc import Iterator

from klint import Finding, Graph, Place, PodTemplate, Related, Service, Severity, State, rule


@rule(severity="error")
def target_port_unresolved(service: Service, graph: Graph) -> Iterator[Finding]:
    for target in graph.target_ports_of(service):
        if target.hop.state is State.BROKEN:
            lacking, wanted = target.lacking[0], target.port.target
            some_offer_it = f"{service} also selects {lacking}, which has no port named {wanted}: {target.hop.why}"
            none_offers_it = f"targetPort {wanted} of {service} matches no container port: {target.hop.why}"
            yield Finding(
                some_offer_it if target.offering else none_offers_it,
                at=target.hop.at,
                fix=target.correction,
                related=(Related(f"the ports of {lacking}", _ports(lacking)),),
                path=(target.hop,),
                severity=Severity.WARNING if target.offering or service.is_headless else None,
            )


def _ports(pod: PodTemplate) -> Place:
    declaring = next((container for container in pod.containers if container.ports), pod.containers[0])
    return declaring.at("ports")

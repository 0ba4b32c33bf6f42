"""A NodePort Service that exposes an application in production."""

from collections.abc import Iterator

from klint import Finding, Fix, Graph, Service, State, joined, rule

_POD_NAME = "statefulset.kubernetes.io/pod-name"
"""Selects one pod, which clients know by its own address: the broker of a Kafka cluster and the like."""


@rule(
    severity={"production": "warning", "development": None, "local": None},
    otherwise="note",
    explained_by=("public", "internal"),
    follows=("load-balanced-backend",),
)
def node_port_in_production(service: Service, graph: Graph) -> Iterator[Finding]:
    if service.type != "NodePort" or service.is_hook or graph.target.is_on_bare_metal:
        return
    selection = graph.selection(service)
    if selection is None or selection.hop.is_broken or _POD_NAME in service.selector:
        return
    is_known = selection.hop.state is State.RESOLVED
    if graph.is_system_component(service) or not (is_known or graph.target.is_production):
        return
    if graph.opens_servers_alone(service):
        return  # databases and the like, of which sensitive-port-exposed says more
    if not graph.fronts_controller(service) and not graph.feeds_load_balancer(service):
        pods = selection.hop.target if is_known else None
        is_routed = bool(graph.links_to(service))  # requests have another way in
        yield Finding(
            f"{_node_ports(service)} {pods or 'its pods'} on every node, bypassing load balancers and Ingress",
            at=service.at("spec", "type"),
            fix=Fix("Make it ClusterIP", service.made_cluster_ip()) if is_routed else None,
        )


def _node_ports(service: Service) -> str:
    numbers = list(dict.fromkeys(str(port.node_port) for port in service.ports if port.node_port))
    if len(numbers) > 1:
        return f"NodePorts {joined(numbers)} of {service} expose"
    return f"{f'NodePort {numbers[0]}' if numbers else 'A NodePort'} of {service} exposes"

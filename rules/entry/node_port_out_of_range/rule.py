"""A nodePort that the cluster will refuse because it lies outside its range."""

from collections.abc import Iterator

from klint import Finding, Graph, Service, rule


@rule(severity="error")
def node_port_out_of_range(service: Service, graph: Graph) -> Iterator[Finding]:
    if service.type not in ("NodePort", "LoadBalancer"):
        return
    node_ports = graph.target.node_ports
    places = [(port.node_port, "nodePort", port.at("nodePort")) for port in service.ports]
    places.append((service.health_check_node_port, "healthCheckNodePort", service.at("spec", "healthCheckNodePort")))
    for number, field, place in places:
        if number and number not in node_ports:
            yield Finding(f"{field} {number} of {service} lies outside {node_ports}, {node_ports.origin}", at=place)

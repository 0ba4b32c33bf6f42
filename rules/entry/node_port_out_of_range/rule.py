"""A `nodePort` or `healthCheckNodePort` outside the cluster's node port range, which the API server refuses."""

from collections.abc import Iterator

from klint import Finding, Fix, Graph, Related, Remove, Safety, Service, rule


@rule(severity="error")
def node_port_out_of_range(service: Service, graph: Graph) -> Iterator[Finding]:
    if service.type not in ("NodePort", "LoadBalancer"):
        return
    node_ports = graph.target.node_ports
    places = [(port.node_port, "nodePort", port.at("nodePort")) for port in service.ports]
    places.append((service.health_check_node_port, "healthCheckNodePort", service.at("spec", "healthCheckNodePort")))
    related = tuple(Related("the range is set here", at) for at in node_ports.places)
    for number, field, place in places:
        if number and number not in node_ports:
            message = f"{field} {number} of {service} is outside {node_ports}, {node_ports.origin}"
            # Where the range is only the usual one, the cluster may have another, in which the port works.
            safety = Safety.SAFE if related else Safety.UNSAFE
            fix = Fix(f"Drop the {field}, so that the cluster chooses one", [Remove(place)], safety)
            yield Finding(message, at=place, related=related, fix=fix)

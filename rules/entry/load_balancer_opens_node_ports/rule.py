"""Node ports of a Service whose load balancer does not use them."""

from collections.abc import Iterator

from klint import Finding, Fix, Graph, Service, rule

SWITCH = "allocateLoadBalancerNodePorts"


@rule(severity={"local": None}, otherwise="note")
def load_balancer_opens_node_ports(service: Service, graph: Graph) -> Iterator[Finding]:
    if service.type != "LoadBalancer" or service.get("spec", SWITCH) not in (None, True):
        return
    if not service.ports or any(port.get("nodePort") for port in service.ports):
        return
    if graph.needs_node_ports(service) is False:
        names = " and ".join(balancer.name for balancer in graph.load_balancers(service))
        yield Finding(
            f"{service} allocates node ports, which {names} does not use",
            at=service.at("spec", "type"),
            fix=Fix(f"Set {SWITCH} to false", [service.setting(False, "spec", SWITCH)]),
        )

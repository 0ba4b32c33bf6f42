"""A Service port whose numeric targetPort none of its pods declares, though they declare others."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Service, rule


@rule(severity="note")
def target_port_undeclared(service: Service, graph: Graph) -> Iterator[Finding]:
    for found in graph.undeclared_target_ports(service):
        field = "targetPort" if "targetPort" in found.port.data else "port"
        declared = ", ".join(dict.fromkeys(str(port.number) for port in found.pod.ports[:10]))
        yield Finding(
            f"{service} sends to port {found.number} of its pods, which none of them declares: "
            f"{found.pod} declares {declared}",
            at=found.port.at(field),
            related=(Related(f"the ports of {found.pod}", found.pod.ports[0].at()),),
        )

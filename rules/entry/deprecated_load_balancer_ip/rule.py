"""A Service that asks for its load balancer's address with `loadBalancerIP`, which is deprecated."""

from collections.abc import Iterator

from klint import Finding, Fix, Graph, Remove, Service, rule


@rule(severity="note", marks="deprecated")
def deprecated_load_balancer_ip(service: Service, graph: Graph) -> Iterator[Finding]:
    address, at = service.get("spec", "loadBalancerIP"), service.at("spec", "loadBalancerIP")
    if service.type != "LoadBalancer" or not address:
        return
    fix, annotation = None, graph.address_annotation(service)
    if annotation and annotation not in service.annotations:
        move = [Remove(at), service.setting(address, "metadata", "annotations", annotation)]
        fix = Fix(f"Move it to the annotation {annotation}", move)
    yield Finding(
        f"loadBalancerIP of {service} is deprecated since Kubernetes 1.24: "
        "providers differ in what they make of it, and some ignore it",
        at=at,
        fix=fix,
    )

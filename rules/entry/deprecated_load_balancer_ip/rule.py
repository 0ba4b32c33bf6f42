"""A Service that asks for its load balancer's address with `loadBalancerIP`, which is deprecated."""

from collections.abc import Iterator

from klint import Finding, Service, rule


@rule(severity="note")
def deprecated_load_balancer_ip(service: Service) -> Iterator[Finding]:
    if service.type == "LoadBalancer" and service.get("spec", "loadBalancerIP"):
        yield Finding(
            f"loadBalancerIP of {service} is deprecated since Kubernetes 1.24: "
            "providers differ in what they make of it, and some ignore it",
            at=service.at("spec", "loadBalancerIP"),
        )

"""A Service that claims IP addresses of its own choice with `externalIPs`."""

from collections.abc import Iterator

from klint import Finding, Service, rule


@rule(severity="warning")
def external_ips(service: Service) -> Iterator[Finding]:
    if service.external_ips and service.type != "ExternalName" and not service.is_headless:
        yield Finding(
            f"{service} claims {', '.join(service.external_ips)} with externalIPs: nothing checks that the address is "
            "its own, and the field is deprecated since Kubernetes 1.36",
            at=service.at("spec", "externalIPs"),
        )

"""An ExternalName Service that leads to an address, a loopback or a metadata server, or that a controller refuses."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Service, Severity, rule


@rule(severity="warning")
def external_name_pitfall(service: Service, graph: Graph) -> Iterator[Finding]:
    alias = graph.alias(service)
    if alias is None:
        return
    at = service.at("spec", "externalName")
    if alias.fault:
        yield Finding(f"externalName {service.external_name} of {service} {alias.fault}", at=at)
    refusals = sorted(alias.refusals, key=lambda refusal: not refusal.certain)
    if refusals:
        first = refusals[0]
        setting = first.controller.external_name_setting
        yield Finding(
            f"{first.controller.name}, which serves {first.link.backend.route}, does not send to {service} of type "
            f"ExternalName{f' unless {setting} is set' if setting else ''}",
            at=at,
            related=tuple(Related(f"a backend of {item.link.backend.route}", item.link.hop.at) for item in refusals),
            path=graph.path_through(first.link),
            severity=None if first.certain else Severity.NOTE,
        )

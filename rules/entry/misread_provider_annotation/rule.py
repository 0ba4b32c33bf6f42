"""An annotation that a load balancer refuses, reads as the opposite, or does not read at all."""

from collections.abc import Iterator, Mapping

from klint import Finding, Fix, Graph, Ingress, Misuse, Service, Severity, rule

TOLD: Mapping[Misuse, str] = {
    Misuse.REFUSED: '{resource} has {key}: "{value}", which {names} does not accept',
    Misuse.READ_OTHERWISE: '{resource} has {key}: "{value}", which looks {looks}, but {names} reads it as {reach}',
    Misuse.NOT_READ: '{resource} has {key}: "{value}", which looks internal, '
    "but {names} ignores it: the load balancer is public",
    Misuse.FOREIGN: "{resource} is annotated with {key}, which is for {names}, but goes to {platform}",
}


@rule(severity="warning")
def misread_provider_annotation(resource: Service | Ingress, graph: Graph) -> Iterator[Finding]:
    for found in graph.misreadings(resource):
        told = TOLD[found.misuse].format(
            resource=resource,
            key=found.key.removeprefix("service.beta.kubernetes.io/"),
            value=found.value,
            names=" and ".join(balancer.name for balancer in found.balancers),
            looks=found.looks,
            reach=found.reach.value if found.reach else "",
            platform=graph.target.platform,
        )
        is_refused = found.misuse is Misuse.REFUSED and found.is_certain
        fix = None
        if found.remedy is not None:
            key, value = found.remedy
            fix = Fix(f'Set {key} to "{value}"', [resource.setting(value, "metadata", "annotations", key)])
        yield Finding(told, at=found.at, severity=Severity.ERROR if found.opens or is_refused else None, fix=fix)

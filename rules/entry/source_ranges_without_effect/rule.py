"""Source ranges that do not limit who connects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint import Finding, Fix, Reason, Related, is_placeholder, rule

if TYPE_CHECKING:
    from klint import Graph, Service


@rule(severity="warning")
def source_ranges_without_effect(service: Service, graph: Graph) -> Iterator[Finding]:
    if service.type != "LoadBalancer" or not service.sources:
        return
    ranges, balancers = service.sources, graph.load_balancers(service)
    if balancers and all(balancer.ignores_ranges for balancer in balancers):
        if not all(item.is_everybody for item in ranges):
            names = " and ".join(balancer.name for balancer in balancers)
            yield Finding(f"The source ranges of {service} have no effect: {names} ignores them", at=ranges[0].within)
        return
    yield from _overruled(service)
    yield from _void(service, graph)
    if balancers and graph.allow_list(service) is not None and not graph.target.is_local_cluster:
        yield from _gone_around(service, graph)


def _overruled(service: Service) -> Iterator[Finding]:
    """The annotation beside the field, which is not read then."""
    wanted, given = ({item.text for item in ranges} for ranges in (service.annotated_sources, service.sources))
    if wanted and wanted != given and not any(map(is_placeholder, (*wanted, *given))):
        yield Finding(
            f"The annotation for source ranges of {service} is ignored: loadBalancerSourceRanges takes precedence",
            at=(annotation := service.annotated_sources[0].at),
            related=(Related("the field", service.sources[0].within),),
            fix=Fix("Drop the annotation", [service.without_annotation(str(annotation.path[-1]))]),
        )


def _void(service: Service, graph: Graph) -> Iterator[Finding]:
    """Every address among some; where that opens the Service to the world, load-balancer-open-to-world says so."""
    audience = graph.audience(graph.entries_of(service)[0]) if service.ports else None
    if audience is None or audience.is_world or audience.why.reason is Reason.LOAD_BALANCER_NOT_KNOWN:
        return
    for everybody in (item for item in service.sources if item.is_everybody):
        others = [item.text for item in service.sources if item.is_ipv6 == everybody.is_ipv6 and not item.is_everybody]
        if others and not any(map(is_placeholder, others)):
            yield Finding(f"{everybody.text} among the source ranges of {service} lets in everybody", at=everybody.at)


def _gone_around(service: Service, graph: Graph) -> Iterator[Finding]:
    """Node ports that somebody chose: kube-proxy applies source ranges to the load balancer's address alone."""
    ways = (way for entry in graph.entries_of(service) for way in graph.ways_from(entry))
    chosen = [port for port in service.ports if port.node_port]
    if chosen and not service.is_from_cluster and any(way.pod is None or graph.is_open(way) for way in ways):
        first, *others = chosen
        yield Finding(
            f"nodePort {first.node_port} of {service} bypasses its source ranges, which limit only the load balancer",
            at=first.at("nodePort"),
            related=tuple(Related("so does this one", port.at("nodePort")) for port in others),
        )

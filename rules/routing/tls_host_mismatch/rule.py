"""A host that only the rules of an Ingress have, or only its certificates."""

from collections.abc import Iterator

from klint import Finding, Graph, Ingress, Related, abridged, rule


@rule(severity="warning")
def tls_host_mismatch(ingress: Ingress, graph: Graph) -> Iterator[Finding]:
    for found in graph.host_mismatches(ingress):
        others = abridged([host for host, _ in found.others], 3)
        message = (
            f"{ingress} has no TLS for {found.host}: its tls is for {others}"
            if found.is_served
            else f"{ingress} has TLS for {found.host}, which none of its rules serves: they are for {others}"
        )
        related = tuple(Related(f"{host} is here", at) for host, at in found.others[:3])
        yield Finding(message, at=found.at, related=related, fix=found.fix)

"""A Service without a selector, for which nothing in the workspace writes endpoints."""

from collections.abc import Iterator

from klint import Finding, Graph, Service, rule


@rule(severity="note")
def service_without_endpoints(service: Service, graph: Graph) -> Iterator[Finding]:
    hop = graph.endpoints(service)
    # What a StatefulSet's pods miss by it is said there: statefulset-without-service.
    if hop is not None and hop.is_broken and not graph.governed_by(service):
        yield Finding(f"{service} leads nowhere: {hop.why}", at=hop.at, path=(hop,))

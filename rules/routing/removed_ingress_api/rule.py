"""An Ingress or Gateway API object of a version that clusters no longer serve."""

from collections.abc import Iterator

from klint import Finding, Graph, Resource, Severity, rule


@rule(severity="error")
def removed_ingress_api(resource: Resource, graph: Graph) -> Iterator[Finding]:
    removal = graph.removal(resource)
    if removal is None:
        return
    version, at = f"{resource.group}/{resource.version}", resource.at("apiVersion")
    if removal.is_experimental:
        message = f"{resource} is {version}, which needs the Experimental channel of {removal.by}"
        replacement = f"use {removal.replacement}, which the Standard channel has since {removal.since}"
        yield Finding(f"{message}: {replacement}", at=at, severity=Severity.NOTE)
    else:
        message = f"{resource} is {version}, which {removal.by} stopped serving in {removal.since}"
        yield Finding(f"{message}: {removal.replacement} replaces it", at=at)

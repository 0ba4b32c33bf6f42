"""An Ingress or Gateway API object of a version that clusters no longer serve."""

from collections.abc import Iterator

from klint import Finding, Fix, Graph, Resource, Safety, Severity, rule


@rule(severity="error", marks="deprecated")
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
        # Every cluster of today has Ingress v1. Which versions of the Gateway API one has is its own affair.
        safety = Safety.SAFE if removal.by == "Kubernetes" else Safety.UNSAFE
        changes = graph.upgrade(resource)
        fix = Fix(f"Make it {removal.replacement}", changes, safety) if changes else None
        yield Finding(f"{message}: {removal.replacement} replaces it", at=at, fix=fix)

"""An ingress-nginx with known vulnerabilities, or one that nobody fixes any more."""

from collections.abc import Iterator

from klint import Finding, Graph, Severity, rule


@rule(severity="error")
def vulnerable_ingress_nginx(graph: Graph) -> Iterator[Finding]:
    for found in graph.installed_nginx:
        known = found.image.vulnerabilities
        if not known:
            told = f"{found.image} of {found.owner} is retired: since March 2026 nobody fixes what is found in it"
            yield Finding(told, at=found.at, severity=Severity.WARNING, about=found.resource)
            continue
        first, more = known[0], f" and {len(known) - 1} more" if known[1:] else ""
        told = f"{found.image} of {found.owner} has {first.cve}{more}: {first.what}"
        yield Finding(told, at=found.at, about=found.resource)

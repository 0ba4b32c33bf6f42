"""An Ingress that writes nginx configuration into its controller, or has an annotation too risky for it."""

from collections.abc import Iterator

from klint import Finding, Graph, Ingress, Related, Severity, rule


@rule(severity="error")
def snippet_annotation(ingress: Ingress, graph: Graph) -> Iterator[Finding]:
    for found in graph.snippets(ingress):
        setting = found.setting
        said = f"{setting.name} is {setting.value}{'' if setting.at else ' by default'}" if setting else ""
        if found.is_allowed is False:
            told = f"{ingress} has {found.name}, which its controller does not take: {said}"
        elif found.is_allowed:
            told = f"{ingress} writes nginx configuration into its controller by {found.name}: {said}"
        else:
            told = f"{ingress} writes nginx configuration by {found.name}, if its controller allows snippets"
        yield Finding(
            told,
            at=found.at,
            related=(Related("the setting", setting.at),) if setting and setting.at else (),
            severity=Severity.WARNING if found.is_allowed is False else None,
        )

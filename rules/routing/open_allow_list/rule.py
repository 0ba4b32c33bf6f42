"""An allow-list that allows everyone, or that is not a list of addresses."""

from collections.abc import Iterator

from klint import Finding, Graph, Resource, abridged, rule


@rule(severity="warning", explained_by=("public",))
def open_allow_list(resource: Resource, graph: Graph) -> Iterator[Finding]:
    for found in graph.allow_lists(resource):
        if found.everybody:
            are = "are" if found.everybody[1:] else "is"
            told = f"{resource} lets in everybody: {abridged(found.everybody, 3)} {are} in its {found.name}"
            yield Finding(told, at=found.at)
        elif found.is_refused:
            told = f'{resource} lets in nobody: {found.name} "{found.value}" is not a list of addresses'
            yield Finding(told, at=found.at, fix=found.fix)

"""An annotation for another controller than the one that serves the route: it does nothing."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Route, joined, rule


@rule(severity="warning", marks="unnecessary")
def foreign_annotation(route: Route, graph: Graph) -> Iterator[Finding]:
    for found in graph.ignored_annotations(route):
        first, *others = found.keys
        names = joined([controller.name for controller in found.controllers], "or")
        more = f" and {len(others)} more" if others else ""
        annotations = "annotations" if others else "an annotation"
        yield Finding(
            f"{route} is for {names}, which ignores {first}{more}: {annotations} of {found.reader}",
            at=route.at("metadata", "annotations", first),
            related=tuple(Related("also here", route.at("metadata", "annotations", key)) for key in others),
        )

"""A chart or kustomization that is linted without something it asks for, because klint was not given it."""

from collections.abc import Iterator

from klint import Finding, Related, Workspace, rule


@rule(severity="note")
def incomplete_rendering(workspace: Workspace) -> Iterator[Finding]:
    for problem in workspace.causes("incomplete-rendering"):
        related = tuple(Related(message, span) for message, span in problem.related)
        yield Finding(problem.message, at=problem.span, related=related)

"""A chart or kustomization that does not render, so that nothing it deploys could be linted."""

from collections.abc import Iterator

from klint import Finding, Related, Workspace, rule


@rule(severity="error")
def unrendered(workspace: Workspace) -> Iterator[Finding]:
    for problem in workspace.causes("unrendered"):
        related = tuple(Related(message, span) for message, span in problem.related)
        yield Finding(problem.message, at=problem.span, related=related)

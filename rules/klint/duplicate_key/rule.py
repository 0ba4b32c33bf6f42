"""A key that is set twice in one mapping, so that the first value is lost."""

from collections.abc import Iterator

from klint import Finding, Related, Workspace, rule


@rule(severity="warning")
def duplicate_key(workspace: Workspace) -> Iterator[Finding]:
    for problem in workspace.problems("duplicate-key"):
        related = tuple(Related(message, span) for message, span in problem.related)
        yield Finding(problem.sentence, at=problem.span, related=related)

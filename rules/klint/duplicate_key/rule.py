"""A key that is set twice in one mapping, so that the first value is lost."""

from collections.abc import Iterator

from klint import Finding, Fix, Related, Safety, Workspace, rule


@rule(severity="warning")
def duplicate_key(workspace: Workspace) -> Iterator[Finding]:
    for problem in workspace.problems("duplicate-key"):
        related = tuple(Related(message, span) for message, span in problem.related)
        lost = workspace.lost(problem)
        safety = Safety.SAFE if lost and lost.is_same else Safety.UNSAFE
        fix = Fix("Drop the one that does not count", [lost.edit], safety) if lost else None
        yield Finding(problem.sentence, at=problem.span, related=related, fix=fix)

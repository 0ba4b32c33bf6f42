"""A document that klint cannot look into: a template, or one past the bounds on size and nesting."""

from collections.abc import Iterator

from klint import Finding, Related, Severity, Workspace, rule


@rule(severity="warning")
def not_analysed(workspace: Workspace) -> Iterator[Finding]:
    for problem in workspace.problems("not-analysed"):
        related = tuple(Related(message, span) for message, span in problem.related)
        severity = Severity.NOTE if problem.is_harmless else None
        yield Finding(problem.message, at=problem.span, related=related, severity=severity)

"""A document that klint cannot look into: a template, or one past the bounds on size and nesting."""

from collections.abc import Iterator

from klint import Finding, Severity, Workspace, rule


@rule(severity="warning")
def not_analysed(workspace: Workspace) -> Iterator[Finding]:
    for document in workspace.documents:
        for problem in document.problems:
            if problem.rule == "not-analysed":
                severity = Severity.NOTE if problem.is_template else None
                yield Finding(problem.message, at=problem.span, severity=severity)

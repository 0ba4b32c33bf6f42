"""A document that is not valid YAML."""

from collections.abc import Iterator

from klint import Finding, Workspace, rule


@rule(severity="error")
def syntax_error(workspace: Workspace) -> Iterator[Finding]:
    for problem in workspace.problems("syntax-error"):
        yield Finding(problem.message, at=problem.span)

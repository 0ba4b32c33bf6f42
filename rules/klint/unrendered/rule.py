"""A chart or kustomization with a mistake that keeps it from being rendered, and what it deploys from being linted."""

from collections import defaultdict
from collections.abc import Iterator

from klint import Finding, Related, Workspace, rule

_MANY = 3


@rule(severity="error")
def unrendered(workspace: Workspace) -> Iterator[Finding]:
    met = defaultdict(list)
    for problem in workspace.problems("unrendered"):
        met[problem.span.sort_key, problem.message].append(problem)
    for (_, message), problems in met.items():
        names = list(dict.fromkeys(problem.met_by for problem in problems if problem.met_by))
        others = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
        related = tuple(Related(text, span) for text, span in problems[0].related)
        yield Finding(
            f"{message} (met by {', '.join(names[:_MANY])}{others})" if names else message,
            at=problems[0].span,
            related=related,
        )

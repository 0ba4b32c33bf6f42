"""A route that the API server or its controller refuses, or that nothing can serve as written."""

from collections.abc import Iterator

from klint import Effect, Finding, Graph, Route, Severity, rule

_GROUPS = ("gateway.networking.k8s.io", "route.openshift.io", "projectcontour.io", "k8s.nginx.org")
"""Ingresses are `invalid-ingress`."""

_SEVERITIES = {Effect.DOUBTFUL: Severity.WARNING, Effect.IGNORED: Severity.NOTE}


@rule(severity="error")
def invalid_route(route: Route, graph: Graph) -> Iterator[Finding]:
    if route.group in _GROUPS:
        for problem in graph.problems(route):
            severity = _SEVERITIES.get(problem.effect)
            yield Finding(problem.message, at=problem.at, severity=severity, fix=problem.fix)

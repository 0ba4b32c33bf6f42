"""A route of the Gateway API that the API server refuses, or that no Gateway can serve as it is written."""

from collections.abc import Iterator

from klint import Effect, Finding, Graph, Route, Severity, rule

_GATEWAY_API = "gateway.networking.k8s.io"
"""Ingresses are `invalid-ingress`."""

_SEVERITIES = {Effect.DOUBTFUL: Severity.WARNING, Effect.IGNORED: Severity.NOTE}


@rule(severity="error")
def invalid_route(route: Route, graph: Graph) -> Iterator[Finding]:
    if route.group == _GATEWAY_API:
        for problem in graph.problems(route):
            severity = _SEVERITIES.get(problem.effect)
            yield Finding(problem.message, at=problem.at, severity=severity, fix=problem.fix)

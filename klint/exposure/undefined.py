"""What a route sends to, should define itself and does not, less what a controller writes into it when it is deployed.

Source: argoproj.github.io/argo-rollouts features/traffic-management/alb: a Rollout that names an Ingress in
`trafficRouting.alb.ingress` or `ingresses` writes the annotation with the action for its root Service.
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.exposure.near import only_similar
from klint.exposure.scope import Scope
from klint.kube.index import Index
from klint.kube.resource import mapping, sequence, texts
from klint.kube.routes.shape import Route, Undefined
from klint.kube.validation.remedies import write
from klint.records import replace


def undefined(route: Route, scope: Scope) -> Iterator[Undefined]:
    """The names that a route does not define, those apart that a Rollout of the workspace will write."""
    for item in route.undefined:
        if item.kind != "action" or route.name not in _written_by_rollouts(scope.index):
            meant = only_similar(item.name, item.defined)
            yield replace(item, fix=write(item.at, meant)) if meant else item


def _written_by_rollouts(index: Index) -> frozenset[str]:
    """The names of the Ingresses that Rollouts write actions into; a file of the workspace may have either."""
    return index.kept("Ingresses of Rollouts", lambda: frozenset(_ingresses(index)))


def _ingresses(index: Index) -> Iterator[str]:
    for rollout in index.of_kind("argoproj.io", "Rollout"):
        alb = mapping(rollout.get("spec", "strategy", "canary", "trafficRouting", "alb"))
        yield from texts([alb.get("ingress"), *sequence(alb.get("ingresses"))])

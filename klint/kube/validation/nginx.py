"""What NGINX Ingress Controller refuses in the splits of a VirtualServer or VirtualServerRoute: it rejects all of it.

Sources: nginx/kubernetes-ingress pkg/apis/configuration/validation/virtualserver.go validateSplits; docs.nginx.com
nginx-ingress-controller configuration/virtualserver-and-virtualserverroute-resources, Split.
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.resource import Resource, View, string
from klint.kube.validation.problem import FieldProblem, is_patch

_ALL = 100


def split_problems(route: Resource) -> Iterator[FieldProblem]:
    """What is wrong with the splits of its routes and of their matches; nothing for a patch, or a kind without any."""
    if is_patch(route):
        return
    for field in ("routes", "subroutes"):
        for item in route.children(View, "spec", field):
            what = f"{string(item.data.get('path')) or 'a route'} of {route}"
            for owner in (item, *item.children(View, "matches")):
                yield from _of_splits(owner, what)


def _of_splits(owner: View, what: str) -> Iterator[FieldProblem]:
    splits = owner.children(View, "splits")
    if len(splits) == 1:
        yield FieldProblem(owner.at("splits"), f"The requests of {what} are split into one part, and need two")
        return
    weights = [split.data.get("weight", 0) for split in splits]
    numbers = [weight for weight in weights if isinstance(weight, int) and not isinstance(weight, bool)]
    if splits and len(numbers) == len(weights) and sum(numbers) != _ALL:
        message = f"The weights of the splits of {what} add up to {sum(numbers)}, and have to make {_ALL}"
        yield FieldProblem(owner.at("splits"), message)

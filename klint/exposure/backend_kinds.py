"""Backends of the Gateway API that are of a kind which nothing is known to take.

Source: sigs.k8s.io/gateway-api apis/v1 shared_types.go, RouteConditionReason InvalidKind: a reference to an unknown or
unsupported group or kind is not resolved.
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.exposure.scope import Scope
from klint.kube.backend_kinds import BACKEND_GROUPS
from klint.kube.resource import Resource, View, string
from klint.kube.service_imports import is_import
from klint.kube.validation.problem import Effect, FieldProblem
from klint.text.placeholders import is_placeholder

_DEFINITION = "CustomResourceDefinition"


def backend_kind_problems(route: Resource, scope: Scope) -> Iterator[FieldProblem]:
    """The backends of groups that klint does not know and the workspace has nothing of.

    Groups without a dot are those of Kubernetes: the backends that they cannot be are told of with the others.
    """
    for rule in route.children(View, "spec", "rules"):
        for backend in rule.children(View, "backendRefs"):
            group, kind = string(backend.data.get("group")), string(backend.data.get("kind"))
            if "." not in group or not kind or is_placeholder(group) or is_placeholder(kind):
                continue
            if group not in BACKEND_GROUPS and not is_import(group, kind) and group not in _groups(scope):
                name = backend.data.get("name")
                message = f"{route} sends to {kind} {name} of {group}, which no known implementation sends to"
                yield FieldProblem(backend.at("kind"), message, Effect.IGNORED)


def _groups(scope: Scope) -> frozenset[str]:
    """The groups of the workspace's objects, and those of its CustomResourceDefinitions."""
    return scope.index.kept(
        "groups",
        lambda: frozenset(
            group
            for item in scope.index.resources
            for group in (item.group, string(item.get("spec", "group")) if item.kind == _DEFINITION else "")
        ),
    )

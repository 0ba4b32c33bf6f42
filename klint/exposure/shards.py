"""Controllers that take only some of the routes, by the labels of these or of their namespaces.

Sources: openshift/api operator/v1/types_ingress.go namespaceSelector and routeSelector: what is not set filters
nothing; docs.openshift.com networking/ingress-sharding: none, one or several IngressControllers take a Route;
doc.traefik.io reference/install-configuration/providers kubernetes-crd and kubernetes-ingress, labelSelector.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from klint.exposure.controller_flags import controller_flags
from klint.exposure.scope import Scope
from klint.exposure.serving import Serving
from klint.hops import Near, State
from klint.kube.classes import ROUTER
from klint.kube.controllers import IngressController
from klint.kube.ref import Ref
from klint.kube.resource import mapping, sequence, string
from klint.kube.routes.shape import Route
from klint.kube.selector import KnownLabels, label_selector_admits
from klint.kube.ternary import all_of
from klint.reasons import Reason, why
from klint.records import dataclass, replace
from klint.text.placeholders import is_placeholder

_PAIR = re.compile(r"([\w./-]+)\s*==?\s*([\w.-]*)")
"""A requirement of a selector written as text that klint reads; others, as `a in (b, c)`, it leaves open."""


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of the routers: the LabelSelectors of the routes and of the namespaces that it takes.

    `near` is the object that says so, where it is one of its own.
    """

    name: str
    routes: Any = None
    namespaces: Any = None
    near: Near | None = None

    def refuses(self, route: Route, scope: Scope) -> bool:
        """Whether it certainly does not take a route."""
        labels = KnownLabels.of(route.get("metadata", "labels"))
        answers = (
            label_selector_admits(selector, known)
            for selector, known in ((self.routes, labels), (self.namespaces, scope.namespace_labels(route.namespace)))
            if selector is not None
        )
        return all_of(answers) is False

    def __str__(self) -> str:
        parts = [f"labelled {_text(self.routes)}"] if self.routes is not None else []
        parts += [f"in namespaces labelled {_text(self.namespaces)}"] if self.namespaces is not None else []
        return f"{self.name} takes only those {' '.join(parts)}"


def admitted(serving: Serving, scope: Scope) -> Serving:
    """How a route is served that every shard may refuse: broken where all of them do."""
    route, hop = serving.route, serving.class_hop
    if serving.controller is None or hop.state is not State.RESOLVED:
        return serving
    shards = _shards(route, serving.controller, scope)
    if not shards or not all(shard.refuses(route, scope) for shard in shards):
        return serving
    first, *others = shards
    reason = why(Reason.SAID, f"{first}, and {len(others)} more others" if others else str(first))
    at = route.at("metadata", "labels") if route.labels else route.place
    wants, near = Ref("", hop.wants.kind), tuple(shard.near for shard in shards if shard.near is not None)
    broken = replace(hop, at=at, wants=wants, targets=(), state=State.BROKEN, why=reason, near=near)
    return replace(serving, class_hop=broken, entry_hop=None, entry_point=None)


def _shards(route: Route, controller: IngressController, scope: Scope) -> Sequence[Shard]:
    """All that may take the routes of a kind, if that is known: none where one takes every route."""
    key = ("shards", controller.name, route.kind == "Ingress")
    if route.attachments and route.attachments[0].ref == ROUTER:
        return scope.own.kept(key, lambda: _routers(scope))
    if controller.name == "Traefik":
        provider = "kubernetesingress" if route.kind == "Ingress" else "kubernetescrd"
        return scope.own.kept(key, lambda: _proxies(controller, f"providers.{provider}.labelselector", scope))
    return ()


def _routers(scope: Scope) -> Sequence[Shard]:
    """The IngressControllers, where the workspace has the one that every cluster has."""
    found = scope.sort(scope.index.of_kind(ROUTER.group, ROUTER.kind)).nearest
    names = [item.name for item in found]
    if ROUTER.name not in names or any(map(is_placeholder, names)):
        return ()
    shards = [
        Shard(
            f"{item.kind} {item.name}",
            item.get("spec", "routeSelector"),
            item.get("spec", "namespaceSelector"),
            Near(item, item.at("spec", "routeSelector" if item.get("spec", "routeSelector") else "namespaceSelector")),
        )
        for item in sorted(found, key=lambda item: item.name != ROUTER.name)
    ]
    return shards if all(shard.routes is not None or shard.namespaces is not None for shard in shards) else ()


def _proxies(controller: IngressController, flag: str, scope: Scope) -> Sequence[Shard]:
    """What the pods of a controller are told by a flag, where all are told and klint can read it."""
    told = [pod.get(flag) for pod in controller_flags(controller, scope).pods]
    selectors = [_read(found.value) if found is not None else None for found in told]
    return [Shard(controller.name, item) for item in selectors if item is not None] if all(selectors) else ()


def _read(text: str) -> Any:
    """A selector written as text, as a LabelSelector; None where it asks for more than values."""
    pairs = [_PAIR.fullmatch(part.strip()) for part in text.split(",")]
    found = {pair[1]: pair[2] for pair in pairs if pair is not None}
    return {"matchLabels": found} if len(found) == len(pairs) else None


def _text(selector: Any) -> str:
    """A LabelSelector as kubectl would be told it."""
    parts = [f"{key}={value}" for key, value in mapping(mapping(selector).get("matchLabels")).items()]
    for item in map(mapping, sequence(mapping(selector).get("matchExpressions"))):
        key, operator = string(item.get("key")), string(item.get("operator"))
        values = ", ".join(map(str, sequence(item.get("values"))))
        forms = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": key}
        parts.append(forms.get(operator, f"!{key}"))
    return ",".join(parts)

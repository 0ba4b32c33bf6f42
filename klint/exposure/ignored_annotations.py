"""Annotations of a route for another controller than the one that serves it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.exposure.scope import Scope
from klint.exposure.serving import Serving
from klint.hops import State
from klint.kube.annotations import ANNOTATION_PREFIXES, controllers_called, prefix_of, reader_of
from klint.kube.classes import IngressClass
from klint.kube.controllers import IngressController
from klint.kube.routes.shape import Route
from klint.records import dataclass

if TYPE_CHECKING:
    from klint.exposure.graph import Graph

_NO_OWN_NAME = frozenset(("", "public"))
"""Names of classes that say nothing of the controller."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Annotations of one controller's, `reader`, that those which may serve the route do not read."""

    keys: tuple[str, ...]
    reader: str
    controllers: tuple[IngressController, ...]


def ignored_annotations(route: Route, graph: Graph, scope: Scope) -> Iterator[Ignored]:
    """Those of a route, by prefix. What the right controller is told in its own words as well is left out."""
    found: dict[str, list[str]] = {}
    for key in route.annotations:
        prefix = prefix_of(key)
        if prefix:
            found.setdefault(prefix, []).append(key)
    controllers = _controllers(route, graph, scope) if found else ()
    if not controllers or any(item.name not in ANNOTATION_PREFIXES for item in controllers):
        return
    read = {prefix for item in controllers for prefix in ANNOTATION_PREFIXES[item.name]}
    said = {key.partition("/")[2] for prefix in read for key in found.get(prefix, ())}
    for prefix, keys in found.items():
        others = tuple(key for key in keys if key.partition("/")[2] not in said)
        if prefix not in read and others and not any(_may_read(item, prefix, graph) for item in controllers):
            yield Ignored(others, reader_of(prefix), controllers)


def _controllers(route: Route, graph: Graph, scope: Scope) -> tuple[IngressController, ...]:
    """What may serve a route: one where its class or router says so, several where the class's name does; else none."""
    servings = graph.servings(route)
    if len(servings) != 1 or servings[0].class_hop.state is State.BROKEN:
        return ()
    serving = servings[0]
    if serving.controller is None or (len(scope.controllers) > 1 and not _is_named(serving)):
        return ()
    if serving.class_hop.state is State.RESOLVED and serving.class_hop.targets:
        return (serving.controller,)
    name = serving.class_hop.wants.name
    called = () if name in _NO_OWN_NAME else controllers_called(name)
    if called:
        return called
    return (serving.controller,) if serving.class_hop.state is State.RESOLVED else ()


def _is_named(serving: Serving) -> bool:
    """Whether the route asks for a class."""
    return bool(serving.class_hop.wants.name) or any(
        isinstance(item, IngressClass) for item in serving.class_hop.targets
    )


def _may_read(controller: IngressController, prefix: str, graph: Graph) -> bool:
    """Whether a controller is told to read other annotations than its own.

    Sources: ingress-nginx cli-arguments `--annotations-prefix`; doc.traefik.io providers kubernetesIngressNGINX, which
    reads those of ingress-nginx.
    """
    flags = graph.controller_flags(controller)
    if controller.name == "Traefik" and prefix == "nginx.ingress.kubernetes.io/":
        return any(True for _ in flags.named("providers.kubernetesingressnginx"))
    return flags.get("annotations-prefix") is not None

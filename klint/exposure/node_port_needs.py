"""Backends without node ports, of routes whose cloud's load balancer sends to node ports.

Sources: kubernetes-sigs/aws-load-balancer-controller pkg/ingress/model_build_target_group.go buildTargetGroupTargetType
(the annotation of the Service or the Ingress, else `--default-target-type`, which is `instance`) and pkg/backend
endpoint_resolver.go (a Service must be NodePort or LoadBalancer then); kubernetes/ingress-gce pkg/controller/translator
maybeEnableNEG (so it must without `"ingress": true` in the annotation, which VPC-native GKE adds where there is none).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.exposure.backends import BackendLink
from klint.exposure.scope import Scope
from klint.exposure.serving import Serving
from klint.hops import State
from klint.kube.classes import IngressClass
from klint.kube.controllers import ON_NODES
from klint.kube.resource import string
from klint.kube.routes.shape import Route
from klint.kube.service import Service
from klint.records import dataclass
from klint.text.document import Place
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.exposure.graph import Graph

_AWS = "AWS Load Balancer Controller"
_BY_TARGET_TYPE = (_AWS, "EKS Auto Mode")


@dataclass(frozen=True, slots=True)
class NodePortNeed:
    """A backend whose Service has no node ports, though `controller` sends to these.

    `at` is what tells it to; None where that is its default, so that a setting klint does not see may change it.
    """

    link: BackendLink
    service: Service
    controller: str
    at: Place | None
    also: tuple[BackendLink, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether something says that it sends to node ports."""
        return self.at is not None


def node_port_needs(route: Route, graph: Graph, scope: Scope) -> Iterator[NodePortNeed]:
    """Those of a route, one for each Service."""
    serving = next((item for item in graph.servings(route) if _sends_to_nodes(item)), None)
    is_bound = route.kind == "TargetGroupBinding" and route.get("spec", "targetType") == "instance"
    if serving is None and not is_bound:
        return
    name = serving.controller.name if serving is not None and serving.controller is not None else _AWS
    found: dict[int, list[BackendLink]] = {}
    for link in graph.links(route):
        service = link.service
        if service is not None and service.type == "ClusterIP" and not service.is_hook:
            found.setdefault(id(service), []).append(link)
    for first, *also in found.values():
        if first.service is not None:
            bound = True, route.at("spec", "targetType")
            needs, at = bound if serving is None else _decided(serving, first.service, graph, scope)
            if needs:
                yield NodePortNeed(first, first.service, name, at, tuple(also))


def _sends_to_nodes(serving: Serving) -> bool:
    controller = serving.controller
    return controller is not None and controller.name in ON_NODES and serving.class_hop.state is not State.BROKEN


def _decided(serving: Serving, service: Service, graph: Graph, scope: Scope) -> tuple[bool, Place | None]:
    """Whether the load balancer sends to node ports of a Service, and what says so."""
    controller = serving.controller.name if serving.controller is not None else ""
    if controller not in _BY_TARGET_TYPE:
        return _without_group(service)
    annotation = ON_NODES[controller][0]
    said = [item for item in (service, serving.route) if annotation in item.annotations][:1]
    told = [(item.annotations[annotation], item.at("metadata", "annotations", annotation)) for item in said]
    told += _of_class(serving, scope)
    if not told and serving.controller is not None:
        flags = graph.controller_flags(serving.controller)
        flag = flags.get("default-target-type")
        if flag is not None:
            told = [(flag.value, flag.at)]
    if told:
        is_alike = all(value == "instance" for value, _ in told)
        return is_alike, told[0][1]
    return controller == _AWS, None


def _of_class(serving: Serving, scope: Scope) -> list[tuple[str, Place]]:
    """The target type that the parameters of an IngressClass give every Ingress of it."""
    for item in serving.class_hop.targets:
        if isinstance(item, IngressClass):
            name = string(item.get("spec", "parameters", "name"))
            params = [found for found in scope.index.named(name) if found.kind == "IngressClassParams"]
            if name and not params:
                return [("", item.at("spec", "parameters", "name"))]  # they may say so elsewhere
            given = [found for found in params if found.get("spec", "targetType") is not None]
            return [(string(found.get("spec", "targetType")), found.at("spec", "targetType")) for found in given]
    return []


def _without_group(service: Service) -> tuple[bool, Place | None]:
    """Whether a Service's annotation keeps GKE from making a network endpoint group for an Ingress."""
    key = ON_NODES["GKE Ingress"][0]
    value = service.annotations.get(key, "")
    if is_placeholder(value):
        return False, None
    import json

    try:
        said = json.loads(value or "null")
    except ValueError:
        return False, None
    is_off = isinstance(said, dict) and said.get("ingress") is False
    return is_off, service.at("metadata", "annotations", key) if is_off else None

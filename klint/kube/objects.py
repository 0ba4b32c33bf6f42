"""Documents → typed resources: lists flattened, each object seen by API group and kind, never by kind alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from klint.kube.autoscaler import Autoscaler
from klint.kube.classes import GATEWAY_API, Gateway, GatewayClass, IngressClass, ListenerSet, ReferenceGrant
from klint.kube.istio import ISTIO, DestinationRule, IstioGateway, ServiceEntry
from klint.kube.middlewares import Middleware
from klint.kube.namespace import Namespace
from klint.kube.network_policy import NetworkPolicy
from klint.kube.resource import Resource, api_group
from klint.kube.routes import ROUTES, TRAEFIK_GROUPS, route_class
from klint.kube.service import Endpoints, Service
from klint.kube.template import is_template, templated_objects
from klint.kube.workload import POD_TEMPLATES, Workload
from klint.text.document import Document, Path

VIEWS: Mapping[tuple[str, str], type[Resource]] = {
    ("", "Service"): Service,
    ("", "Endpoints"): Endpoints,
    ("discovery.k8s.io", "EndpointSlice"): Endpoints,
    ("", "Namespace"): Namespace,
    ("networking.k8s.io", "IngressClass"): IngressClass,
    ("networking.k8s.io", "NetworkPolicy"): NetworkPolicy,
    ("extensions", "NetworkPolicy"): NetworkPolicy,
    (GATEWAY_API, "Gateway"): Gateway,
    (ISTIO, "Gateway"): IstioGateway,
    (ISTIO, "DestinationRule"): DestinationRule,
    (ISTIO, "ServiceEntry"): ServiceEntry,
    (GATEWAY_API, "GatewayClass"): GatewayClass,
    (GATEWAY_API, "ReferenceGrant"): ReferenceGrant,
    (GATEWAY_API, "ListenerSet"): ListenerSet,
    ("gateway.networking.x-k8s.io", "XListenerSet"): ListenerSet,
    **{(group, kind): Middleware for group in TRAEFIK_GROUPS for kind in ("Middleware", "MiddlewareTCP")},
    ("autoscaling", "HorizontalPodAutoscaler"): Autoscaler,
    ("keda.sh", "ScaledObject"): Autoscaler,
}
"""The class of each kind that has more to say than any other object, routes and workloads apart."""

WorkloadKinds = Mapping[tuple[str, str], tuple[str, ...]]
"""More kinds with pod templates, as the configuration declares them: (group, kind) → paths."""


def read_resources(document: Document, workloads: WorkloadKinds, within: Path = ()) -> Iterator[Resource]:
    """The objects of a document, or of what is at a path within it; none if that is no Kubernetes manifest."""
    value: Any = document.data
    for step in within:
        value = value[step]
    for path, data in _objects(value, within):
        key = (api_group(data), str(data["kind"]))
        template_paths = workloads.get(key) or POD_TEMPLATES.get(key)
        if template_paths is not None:
            yield Workload(document, path, data, template_paths)
        elif key in ROUTES:
            yield route_class(*key)(document, path, data)
        else:
            yield VIEWS.get(key, Resource)(document, path, data)


def has_view(group: str, kind: str) -> bool:
    """Whether klint knows what objects of a kind say, rather than taking them for any other."""
    return any((group, kind) in known for known in (VIEWS, ROUTES, POD_TEMPLATES))


def is_object(data: Any) -> bool:
    """Whether this is shaped like a Kubernetes object."""
    return isinstance(data, dict) and isinstance(data.get("kind"), str) and isinstance(data.get("apiVersion"), str)


def _objects(data: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The object; the items of a List (`v1 List`, `ServiceList`), of which a typed one's may omit their kind; the
    objects of a Template.
    """
    if not is_object(data):
        return
    if is_template(data):
        for steps, item in templated_objects(data):
            yield from _objects(item, (*path, *steps))
        return
    items = data.get("items")
    if not (data["kind"].endswith("List") and isinstance(items, list)):
        yield path, data
        return
    inherited = {"apiVersion": data["apiVersion"], "kind": data["kind"].removesuffix("List")}
    for index, item in enumerate(items):
        if isinstance(item, dict):
            whole = {**inherited, **item} if inherited["kind"] else item
            yield from _objects(whole, (*path, "items", index))

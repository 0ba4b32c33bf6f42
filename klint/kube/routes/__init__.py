"""Routes: what sends HTTP (or TCP, or UDP) from a controller to Services, each kind adapted to one shape.

A new kind of route is a module with a subclass of `Route`, and a line in `ROUTES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from klint.kube.classes import GATEWAY_API
from klint.kube.istio import ISTIO

if TYPE_CHECKING:
    from klint.kube.routes.shape import Route

TRAEFIK_GROUPS = ("traefik.io", "traefik.containo.us")
"""The API groups of Traefik's own kinds: from 2.10 on the first one, in v2 the second one as well."""

ROUTES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("networking.k8s.io", "Ingress"): ("ingress", "Ingress"),
    ("extensions", "Ingress"): ("ingress", "Ingress"),
    (GATEWAY_API, "HTTPRoute"): ("gateway_api", "GatewayRoute"),
    (GATEWAY_API, "GRPCRoute"): ("gateway_api", "GatewayRoute"),
    (GATEWAY_API, "TLSRoute"): ("gateway_api", "GatewayRoute"),
    (GATEWAY_API, "TCPRoute"): ("gateway_api", "GatewayRoute"),
    (GATEWAY_API, "UDPRoute"): ("gateway_api", "GatewayRoute"),
    ("route.openshift.io", "Route"): ("openshift", "OpenShiftRoute"),
    (ISTIO, "VirtualService"): ("istio", "VirtualService"),
    **{
        (group, kind): ("traefik", "IngressRoute")
        for group in TRAEFIK_GROUPS
        for kind in ("IngressRoute", "IngressRouteTCP", "IngressRouteUDP")
    },
    **{(group, "TraefikService"): ("traefik", "TraefikService") for group in TRAEFIK_GROUPS},
    ("projectcontour.io", "HTTPProxy"): ("contour", "HttpProxy"),
    ("k8s.nginx.org", "VirtualServer"): ("nginx", "VirtualServer"),
    ("k8s.nginx.org", "VirtualServerRoute"): ("nginx", "VirtualServerRoute"),
    ("k8s.nginx.org", "TransportServer"): ("nginx", "TransportServer"),
    ("zalando.org", "RouteGroup"): ("skipper", "RouteGroup"),
    ("configuration.konghq.com", "TCPIngress"): ("kong", "StreamIngress"),
    ("configuration.konghq.com", "UDPIngress"): ("kong", "StreamIngress"),
    ("incubator.ingress-controller.konghq.com", "KongServiceFacade"): ("kong", "KongServiceFacade"),
    ("networking.gke.io", "MultiClusterIngress"): ("gke", "MultiClusterIngress"),
    ("networking.gke.io", "MultiClusterService"): ("gke", "MultiClusterService"),
    ("apisix.apache.org", "ApisixRoute"): ("apisix", "ApisixRoute"),
    ("elbv2.k8s.aws", "TargetGroupBinding"): ("aws", "TargetGroupBinding"),
    ("eks.amazonaws.com", "TargetGroupBinding"): ("aws", "TargetGroupBinding"),
    ("serving.knative.dev", "DomainMapping"): ("knative", "DomainMapping"),
    ("serving.knative.dev", "Route"): ("knative", "KnativeRoute"),
    **{
        (group, kind): ("emissary", view)
        for group in ("getambassador.io", "x.getambassador.io")
        for kind, view in (
            ("Mapping", "EmissaryMapping"),
            ("AmbassadorMapping", "EmissaryMapping"),
            ("TCPMapping", "TcpMapping"),
            ("AmbassadorTCPMapping", "TcpMapping"),
        )
    },
}
"""Every kind of route klint follows, and the module and class that adapt it, loaded when such a route is met."""


@cache
def route_class(group: str, kind: str) -> type[Route]:
    """The class of a kind of route."""
    module, name = ROUTES[group, kind]
    found: type[Route] = getattr(import_module(f"klint.kube.routes.{module}"), name)
    return found

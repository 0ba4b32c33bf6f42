"""Routes: what sends HTTP (or TCP, or UDP) from a controller to Services, each kind adapted to one shape.

A new kind of route is a module with a subclass of `Route`, and a line in `ROUTES`.
"""

from __future__ import annotations

from collections.abc import Mapping

from klint.kube.classes import GATEWAY_API
from klint.kube.routes.gateway_api import GatewayRoute
from klint.kube.routes.ingress import Ingress
from klint.kube.routes.openshift import OpenShiftRoute
from klint.kube.routes.shape import Route

ROUTES: Mapping[tuple[str, str], type[Route]] = {
    ("networking.k8s.io", "Ingress"): Ingress,
    ("extensions", "Ingress"): Ingress,
    (GATEWAY_API, "HTTPRoute"): GatewayRoute,
    (GATEWAY_API, "GRPCRoute"): GatewayRoute,
    (GATEWAY_API, "TLSRoute"): GatewayRoute,
    (GATEWAY_API, "TCPRoute"): GatewayRoute,
    (GATEWAY_API, "UDPRoute"): GatewayRoute,
    ("route.openshift.io", "Route"): OpenShiftRoute,
}
"""Every kind of route klint follows."""

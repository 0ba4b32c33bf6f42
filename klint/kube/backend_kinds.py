"""Groups with kinds that implementations of the Gateway API take for backends, besides Services and ServiceImports."""

from __future__ import annotations

from collections.abc import Mapping

BACKEND_GROUPS: Mapping[str, str] = {
    "agentgateway.dev": "agentgateway.dev/docs/kubernetes: AgentgatewayBackend",
    "aigateway.envoyproxy.io": "aigateway.envoyproxy.io/docs/api: AIServiceBackend",
    "delegation.kgateway.dev": "kgateway.dev/docs/main/traffic-management/route-delegation: label",
    "gateway.envoyproxy.io": "gateway.envoyproxy.io/docs/tasks/traffic/backend: Backend",
    "gateway.kgateway.dev": "kgateway.dev/docs/main/traffic-management/destination-types/backends: Backend",
    "gateway.networking.x-k8s.io": "kubernetes-sigs/gateway-api apisx/v1alpha1: XBackend",
    "gloo.solo.io": "docs.solo.io/gateway: Upstream",
    "inference.networking.k8s.io": "gateway-api-inference-extension.sigs.k8s.io/api-types/inferencepool",
    "inference.networking.x-k8s.io": "gateway-api-inference-extension.sigs.k8s.io/api-types/inferencepool",
    "kuma.io": "kumahq/kuma issue 17985 and its MADR: MeshService",
    "networking.istio.io": "istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api: Hostname, ServiceEntry",
    "stunner.l7mp.io": "l7mp/stunner docs/GATEWAY.md: StaticService",
    "traefik.io": "doc.traefik.io/traefik/reference/routing-configuration/kubernetes/gateway-api: TraefikService",
}
"""Each group, and where its kinds are described. Any other may have some, too."""

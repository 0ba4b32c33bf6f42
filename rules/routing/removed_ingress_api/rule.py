"""An Ingress or Gateway API object of a version that clusters no longer serve."""

from collections.abc import Iterator, Mapping

from klint import Finding, Graph, Resource, Severity, rule

LAST_BETA = (1, 21)
"""The last Kubernetes that serves Ingress and IngressClass as v1beta1."""

BETA = frozenset(
    (
        ("extensions/v1beta1", "Ingress"),
        ("networking.k8s.io/v1beta1", "Ingress"),
        ("networking.k8s.io/v1beta1", "IngressClass"),
    )
)
"""What Kubernetes itself served up to 1.21."""

_V1 = "gateway.networking.k8s.io/v1"
_ALPHA2 = "gateway.networking.k8s.io/v1alpha2"
_ALPHA3 = "gateway.networking.k8s.io/v1alpha3"
_OLD_GROUP = ("GatewayClass", "Gateway", "HTTPRoute", "TLSRoute", "TCPRoute", "UDPRoute")
GONE: Mapping[tuple[str, str], tuple[str, str]] = {
    **{("networking.x-k8s.io/v1alpha1", kind): ("0.5", _V1) for kind in _OLD_GROUP},
    (_ALPHA2, "ReferencePolicy"): ("0.6", f"ReferenceGrant of {_V1}"),
    **{(_ALPHA2, kind): ("0.8", _V1) for kind in ("GatewayClass", "Gateway", "HTTPRoute")},
    (_ALPHA2, "GRPCRoute"): ("1.2", _V1),
    (_ALPHA2, "ReferenceGrant"): ("1.2", _V1),
    ("gateway.networking.x-k8s.io/v1alpha1", "XListenerSet"): ("1.5", f"ListenerSet of {_V1}"),
}
"""The release of the Gateway API that stopped serving a version in both of its channels, and what replaces it.

Sources: the changelogs of kubernetes-sigs/gateway-api, 0.x to 1.5.
"""

EXPERIMENTAL: Mapping[tuple[str, str], str] = {
    (_ALPHA2, "TLSRoute"): "1.5",
    (_ALPHA3, "TLSRoute"): "1.5",
    (_ALPHA2, "TCPRoute"): "1.6",
    (_ALPHA2, "UDPRoute"): "1.6",
}
"""What the Standard channel never served, and the release that brought v1 to it.

Sources: config/crd/standard and the changelogs of kubernetes-sigs/gateway-api, 1.5 and 1.6.
"""


@rule(severity="error")
def removed_ingress_api(resource: Resource, graph: Graph) -> Iterator[Finding]:
    version, kubernetes = f"{resource.group}/{resource.version}", graph.target.kubernetes
    key, at = (version, resource.kind), resource.at("apiVersion")
    if key in BETA and (kubernetes is None or kubernetes > LAST_BETA):
        message = f"{resource} is {version}, which Kubernetes stopped serving in 1.22"
        yield Finding(f"{message}: networking.k8s.io/v1 replaces it", at=at)
    elif key in GONE and not graph.is_served(resource):
        since, replacement = GONE[key]
        message = f"{resource} is {version}, which the Gateway API stopped serving in {since}"
        yield Finding(f"{message}: {replacement} replaces it", at=at)
    elif key in EXPERIMENTAL and not graph.is_served(resource):
        message = f"{resource} is {version}, which needs the Experimental channel of the Gateway API"
        replacement = f"use v1, which the Standard channel has since {EXPERIMENTAL[key]}"
        yield Finding(f"{message}: {replacement}", at=at, severity=Severity.WARNING)

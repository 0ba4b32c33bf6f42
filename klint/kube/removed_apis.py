"""Versions of the Ingress API and of the Gateway API that clusters no longer serve, as tables."""

from __future__ import annotations

from collections.abc import Mapping

from klint.records import dataclass


@dataclass(frozen=True, slots=True)
class Removal:
    """That a version of a kind is no longer served.

    `by` is whose version it is and `since` the release that stopped serving it, or, where `is_experimental`, the one
    that brought `replacement` to the Standard channel: the version itself is in the Experimental channel alone.
    """

    by: str
    since: str
    replacement: str
    is_experimental: bool = False


LAST_BETA = (1, 21)
"""The last Kubernetes that serves Ingress and IngressClass as v1beta1."""

_KUBERNETES = Removal("Kubernetes", "1.22", "networking.k8s.io/v1")
_BETA: Mapping[tuple[str, str], Removal] = {
    ("extensions/v1beta1", "Ingress"): _KUBERNETES,
    ("networking.k8s.io/v1beta1", "Ingress"): _KUBERNETES,
    ("networking.k8s.io/v1beta1", "IngressClass"): _KUBERNETES,
}
"""What Kubernetes itself served up to 1.21."""

_V1 = "gateway.networking.k8s.io/v1"
_ALPHA2 = "gateway.networking.k8s.io/v1alpha2"
_ALPHA3 = "gateway.networking.k8s.io/v1alpha3"
_OLD_GROUP = ("GatewayClass", "Gateway", "HTTPRoute", "TLSRoute", "TCPRoute", "UDPRoute")


def _gone(since: str, replacement: str = _V1) -> Removal:
    return Removal("the Gateway API", since, replacement)


def _experimental(since: str) -> Removal:
    return Removal("the Gateway API", since, "v1", is_experimental=True)


_BY_DEFINITION: Mapping[tuple[str, str], Removal] = {
    **{("networking.x-k8s.io/v1alpha1", kind): _gone("0.5") for kind in _OLD_GROUP},
    (_ALPHA2, "ReferencePolicy"): _gone("0.6", f"ReferenceGrant of {_V1}"),
    **{(_ALPHA2, kind): _gone("0.8") for kind in ("GatewayClass", "Gateway", "HTTPRoute")},
    (_ALPHA2, "BackendTLSPolicy"): _gone("1.1"),
    (_ALPHA2, "GRPCRoute"): _gone("1.2"),
    (_ALPHA2, "ReferenceGrant"): _gone("1.2"),
    ("gateway.networking.x-k8s.io/v1alpha1", "XListenerSet"): _gone("1.5", f"ListenerSet of {_V1}"),
    (_ALPHA3, "BackendTLSPolicy"): _experimental("1.4"),
    (_ALPHA2, "TLSRoute"): _experimental("1.5"),
    (_ALPHA3, "TLSRoute"): _experimental("1.5"),
    (_ALPHA2, "TCPRoute"): _experimental("1.6"),
    (_ALPHA2, "UDPRoute"): _experimental("1.6"),
}
"""What the Gateway API stopped serving in both of its channels, or never served in the Standard one.

Sources: config/crd/standard and the changelogs of kubernetes-sigs/gateway-api, 0.x to 1.6.
"""


def removal_by_kubernetes(version: str, kind: str, kubernetes: tuple[int, int] | None) -> Removal | None:
    """Whether a Kubernetes of this version, or where None any of today, refuses a kind of `group/version`."""
    return None if kubernetes is not None and kubernetes <= LAST_BETA else _BETA.get((version, kind))


def removal_by_definition(version: str, kind: str) -> Removal | None:
    """Whether the CustomResourceDefinitions of today refuse a kind of `group/version`; older ones may take it."""
    return _BY_DEFINITION.get((version, kind))

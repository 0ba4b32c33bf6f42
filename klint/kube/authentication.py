"""Annotations that leave it to those who come whether they say who they are.

Sources: kubernetes/ingress-nginx docs/user-guide/nginx-configuration/annotations.md, Client Certificate Authentication
(`off` asks for no certificate, and with `optional` and `optional_no_ca` a request without one does not fail);
haproxy-ingress.github.io docs/configuration/keys, Auth TLS; kubernetes-sigs/aws-load-balancer-controller
docs/guide/ingress/annotations.md, auth-on-unauthenticated-request.
"""

from __future__ import annotations

from collections.abc import Mapping

_CERTIFICATES, _REFUSES_NOBODY = "auth-tls-secret", ("off", "optional", "optional_no_ca")
_PREFIXES = ("nginx.ingress.kubernetes.io", "haproxy-ingress.github.io", "ingress.kubernetes.io")

_WAIVERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    **{f"{prefix}/{_CERTIFICATES}": (f"{prefix}/auth-tls-verify-client", _REFUSES_NOBODY) for prefix in _PREFIXES},
    "alb.ingress.kubernetes.io/auth-type": ("alb.ingress.kubernetes.io/auth-on-unauthenticated-request", ("allow",)),
}
"""By the annotation that asks for authentication, the one beside it that waives it, and the values that do."""


def is_waived(asking: str, annotations: Mapping[str, str]) -> bool:
    """Whether requests without any authentication pass all the same, though an annotation asks for it."""
    name, values = _WAIVERS.get(asking, ("", ()))
    return annotations.get(name, "").strip() in values

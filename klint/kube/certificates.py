"""Annotations that give a route TLS, or say that HTTPS is asked for: which, what they mean, and who reads them."""

from __future__ import annotations

from collections.abc import Mapping

from klint.kube.routes.shape import TlsMode
from klint.records import dataclass

_ALB = ("AWS Load Balancer Controller", "EKS Auto Mode")
_GKE = ("GKE Ingress",)
_NGINX = ("ingress-nginx", "MicroK8s ingress", "AKS application routing")
_TRAEFIK = ("Traefik",)
_TRUE, _FALSE = ("true",), ("false",)


@dataclass(frozen=True, slots=True)
class TlsAnnotation:
    """An annotation of a route that `controllers` read of its TLS. Its `values` mean it, or any of none listed."""

    name: str
    controllers: tuple[str, ...]
    values: tuple[str, ...] = ()
    mode: TlsMode = TlsMode.TERMINATE

    def is_on(self, annotations: Mapping[str, str], controller: str) -> bool:
        """Whether a route has it, and is not served by a controller that does not read it; `""` for an unknown one."""
        value = annotations.get(self.name, "").strip()
        is_read = not controller or controller in self.controllers
        return bool(value) and is_read and (value in self.values or not self.values)


TLS_ANNOTATIONS: tuple[TlsAnnotation, ...] = (
    # kubernetes-sigs/aws-load-balancer-controller docs/guide/ingress/annotations.md: its listener is HTTPS then
    TlsAnnotation("alb.ingress.kubernetes.io/certificate-arn", _ALB),
    # the same, pkg/ingress: certificates that the controller makes; docs.aws.amazon.com eks: not those of Auto Mode
    TlsAnnotation("alb.ingress.kubernetes.io/create-acm-cert", _ALB[:1], _TRUE),
    # cloud.google.com kubernetes-engine/docs/how-to/managed-certs; kubernetes/ingress-gce pkg/annotations/ingress.go
    # PreSharedCertKey
    TlsAnnotation("networking.gke.io/managed-certificates", _GKE),
    TlsAnnotation("ingress.gcp.kubernetes.io/pre-shared-cert", _GKE),
    # Azure/application-gateway-kubernetes-ingress docs/annotations.md: an HTTPS listener, unless spec.tls makes one
    TlsAnnotation("appgw.ingress.kubernetes.io/appgw-ssl-certificate", ("Application Gateway Ingress Controller",)),
    # learn.microsoft.com azure/aks/app-routing-dns-ssl; Azure/aks-app-routing-operator pkg/controller/keyvault
    TlsAnnotation("kubernetes.azure.com/tls-cert-keyvault-uri", ("AKS application routing",)),
    # doc.traefik.io reference/routing-configuration/kubernetes/ingress
    TlsAnnotation("traefik.ingress.kubernetes.io/router.tls", _TRAEFIK, _TRUE),
    TlsAnnotation("traefik.ingress.kubernetes.io/router.tls.certresolver", _TRAEFIK),
    TlsAnnotation("traefik.ingress.kubernetes.io/router.tls.options", _TRAEFIK),
    # ingress-nginx docs/user-guide/tls.md SSL Passthrough
    TlsAnnotation("nginx.ingress.kubernetes.io/ssl-passthrough", _NGINX, _TRUE, TlsMode.PASSTHROUGH),
    # haproxy.com documentation kubernetes-ingress ssl-passthrough; haproxy-ingress.github.io docs/configuration/keys
    TlsAnnotation("haproxy.org/ssl-passthrough", ("HAProxy Kubernetes Ingress",), _TRUE, TlsMode.PASSTHROUGH),
    TlsAnnotation("haproxy-ingress.github.io/ssl-passthrough", ("HAProxy Ingress",), _TRUE, TlsMode.PASSTHROUGH),
    # docs.okd.io networking/ingress_load_balancing/routes: creating a route through an Ingress object
    TlsAnnotation("route.openshift.io/termination", ("OpenShift router",), ("passthrough",), TlsMode.PASSTHROUGH),
)

LISTEN_PORTS = "alb.ingress.kubernetes.io/listen-ports"
"""The ports of an ALB, as JSON: `[{"HTTP": 80}, {"HTTPS": 443}]`. With HTTPS among them the controller finds
certificates by host (docs/guide/ingress/cert_discovery.md); else it is 443 with `certificate-arn`, and 80 without."""

ALWAYS_TLS: Mapping[str, str] = {
    "Tailscale": "Tailscale serves Ingresses over HTTPS only",
    "ngrok": "ngrok terminates TLS",
    "Cloudflare Tunnel": "Cloudflare terminates TLS",
}
"""Controllers whose provider terminates TLS for every host.

Sources: tailscale.com docs/kubernetes-operator/reference/limitations (Ingresses support TLS alone); ngrok.com docs/k8s;
developers.cloudflare.com cloudflare-one/networks tunnels.
"""

DEFAULT_CERTIFICATE: Mapping[str, tuple[str, ...]] = {
    "ingress-nginx": ("default-ssl-certificate",),
    "AKS application routing": ("default-ssl-certificate",),
    "MicroK8s ingress": ("default-ssl-certificate",),
    "HAProxy Kubernetes Ingress": ("default-ssl-certificate", "ssl-certificate"),
    "HAProxy Ingress": ("default-ssl-certificate",),
}
"""The flags of which each gives a controller a certificate for hosts that have none.

Sources: ingress-nginx docs/user-guide/tls.md; haproxytech/kubernetes-ingress documentation/annotations.md, Secrets;
haproxy-ingress.github.io docs/configuration/command-line.
"""

ASKS_FOR_HTTPS: Mapping[str, tuple[str, ...]] = {
    "nginx.ingress.kubernetes.io/force-ssl-redirect": _TRUE,
    "ingress.kubernetes.io/force-ssl-redirect": _TRUE,
    "nginx.org/redirect-to-https": _TRUE,
    "nginx.org/ssl-redirect": _TRUE,
    "ingress.kubernetes.io/ssl-redirect": _TRUE,
    "haproxy.org/ssl-redirect": _TRUE,
    "haproxy-ingress.github.io/ssl-redirect": _TRUE,
    "appgw.ingress.kubernetes.io/ssl-redirect": _TRUE,
    "alb.ingress.kubernetes.io/ssl-redirect": (),
    "kubernetes.io/ingress.allow-http": ("false",),
    "konghq.com/https-redirect-status-code": (),
    "konghq.com/protocols": ("https", "grpcs", "https,grpcs"),
    "networking.gke.io/v1beta1.FrontendConfig": (),
    "route.openshift.io/termination": (),
    "external-dns.alpha.kubernetes.io/cloudflare-proxied": _TRUE,
}
"""Annotations that send plain HTTP on to HTTPS, or put a proxy in front that has it; the values that do, if not all.

Whoever writes them has TLS end somewhere, before the controller if not there. Sources: ingress-nginx docs/user-guide/
tls.md (force-ssl-redirect is for TLS that is ended outside the cluster) and those of each controller; external-dns
docs/tutorials/cloudflare.md.
"""

ALLOWS_PLAIN: tuple[TlsAnnotation, ...] = (
    # ingress-nginx docs/user-guide/tls.md, Server-side HTTPS enforcement through redirect
    TlsAnnotation("nginx.ingress.kubernetes.io/ssl-redirect", _NGINX, _FALSE),
    # haproxy.com documentation kubernetes-ingress ssl-redirect; haproxy-ingress.github.io docs/configuration/keys
    TlsAnnotation("haproxy.org/ssl-redirect", ("HAProxy Kubernetes Ingress",), _FALSE),
    TlsAnnotation("haproxy-ingress.github.io/ssl-redirect", ("HAProxy Ingress",), _FALSE),
    # docs.nginx.com nginx-ingress-controller configuration/ingress-resources/advanced-configuration-with-annotations,
    # and the name of earlier releases (install/migrate-ingress-nginx); haproxy-ingress' older prefix
    TlsAnnotation("nginx.org/ssl-redirect", ("NGINX Ingress Controller",), _FALSE),
    TlsAnnotation("ingress.kubernetes.io/ssl-redirect", ("NGINX Ingress Controller", "HAProxy Ingress"), _FALSE),
    # kubernetes/ingress-gce pkg/annotations/ingress.go AllowHTTP
    TlsAnnotation("kubernetes.io/ingress.allow-http", _GKE, _TRUE),
    # Azure/application-gateway-kubernetes-ingress docs/annotations.md
    TlsAnnotation("appgw.ingress.kubernetes.io/ssl-redirect", ("Application Gateway Ingress Controller",), _FALSE),
)
"""Annotations that have a controller answer plain HTTP for hosts that have TLS."""

_SHIM = ("cert-manager.io/issuer", "cert-manager.io/cluster-issuer", "kubernetes.io/tls-acme")


def issuer_annotation(annotations: Mapping[str, str]) -> str:
    """The annotation that has cert-manager issue what spec.tls asks for, and nothing without it; empty where none does.

    Source: cert-manager.io docs/usage/ingress.
    """
    return next((name for name in _SHIM if annotations.get(name) not in (None, "", "false")), "")

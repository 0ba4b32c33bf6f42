"""Which of several matches of one host a controller prefers, as a table; and what keeps two objects apart.

What is not in a table is what all agree on: an exact path before a prefix, a longer prefix before a shorter one
(networking.k8s.io/v1 HTTPIngressPath; Gateway API HTTPRouteRule.matches), and of two that are equal only one.
"""

from __future__ import annotations

from collections.abc import Mapping

from klint.kube.resource import Resource

OLDEST_HAS_HOST = frozenset(("NGINX Ingress Controller",))
"""Controllers for which an object has its hosts to itself: the oldest, whatever the paths of the others.

Source: docs.nginx.com nginx-ingress-controller configuration/host-and-listener-collisions. Masters and minions of
`nginx.org/mergeable-ingress-type` are merged.
"""

NEEDS_HOST = frozenset(("OpenShift router",))
"""Controllers that serve nothing without a host: a Route without one gets one of its own (route.openshift.io/v1)."""

ONE_NAMESPACE = frozenset(("OpenShift router",))
"""Controllers for which a host belongs to one namespace: that of the oldest route, unless `namespaceOwnership` is
InterNamespaceAllowed (operator.openshift.io/v1 RouteAdmissionPolicy)."""

MERGEABLE = "nginx.org/mergeable-ingress-type"

REFUSES_SECOND = frozenset(("ingress-nginx", "AKS application routing"))
"""Controllers whose admission webhook refuses an Ingress with a host and path that another one has.

Source: kubernetes/ingress-nginx internal/ingress/controller/controller.go checkOverlap. It compares neither the type of
the path nor the backend, and lets one canary pass beside what it is the canary of.
"""


_OWN: Mapping[str, str] = {
    "AWS Load Balancer Controller": "alb.ingress.kubernetes.io/group.name",
    "EKS Auto Mode": "alb.ingress.kubernetes.io/group.name",
    "GKE Ingress": "",
    "Cilium": "ingress.cilium.io/loadbalancer-mode",
    "Tailscale": "",
    "Application Gateway for Containers": "alb.networking.azure.io/alb-frontend",
}
"""Controllers that make a load balancer for each Ingress, and the annotation by which several share one.

Sources: kubernetes-sigs/aws-load-balancer-controller docs/guide/ingress/annotations.md (IngressGroup: without
group.name an Ingress is one of its own); kubernetes/ingress-gce README; docs.cilium.io network/servicemesh/ingress
(`dedicated` or `shared`; the installation says which is the default); tailscale.com kb/1439; learn.microsoft.com
application-gateway/for-containers.
"""

_DEDICATED = "dedicated"


def load_balancer(controller: str, route: Resource) -> str | int | None:
    """Which of a controller's load balancers serves a route: those with the same answer share one.

    None for a controller that has one for all routes of a class.
    """
    if controller not in _OWN:
        return None
    group = route.annotations.get(_OWN[controller], "") if _OWN[controller] else ""
    return group if group and group != _DEDICATED else id(route)


_CONDITIONS = (
    # kubernetes/ingress-nginx docs/user-guide/nginx-configuration/annotations.md, Canary
    "nginx.ingress.kubernetes.io/canary",
    # kubernetes-sigs/aws-load-balancer-controller docs/guide/ingress/annotations.md
    "alb.ingress.kubernetes.io/conditions.",
    "alb.ingress.kubernetes.io/listen-ports",
    # doc.traefik.io routing/providers/kubernetes-ingress
    "traefik.ingress.kubernetes.io/router.entrypoints",
    "traefik.ingress.kubernetes.io/router.pathmatcher",
    "traefik.ingress.kubernetes.io/router.priority",
    "traefik.ingress.kubernetes.io/rule-type",
    # haproxytech/kubernetes-ingress documentation/annotations.md
    "haproxy.org/route-acl",
    # haproxy-ingress.github.io/docs/configuration/keys (Match, Blue-green)
    "haproxy-ingress.github.io/http-header-match",
    "haproxy-ingress.github.io/path-type",
    "haproxy-ingress.github.io/http-port",
    "haproxy-ingress.github.io/https-port",
    # docs.konghq.com kubernetes-ingress-controller reference/annotations
    "konghq.com/headers.",
    "konghq.com/methods",
    "konghq.com/protocols",
    "konghq.com/snis",
    "konghq.com/regex-priority",
    # opensource.zalando.com/skipper kubernetes/ingress-usage
    "zalando.org/skipper-predicate",
    "zalando.org/skipper-routes",
    # learn.microsoft.com application-gateway/ingress-controller-annotations
    "appgw.ingress.kubernetes.io/override-frontend-port",
    "appgw.ingress.kubernetes.io/use-private-ip",
    "appgw.ingress.kubernetes.io/rule-priority",
    # cloud.google.com/kubernetes-engine/docs/how-to/internal-load-balance-ingress; static addresses
    "kubernetes.io/ingress.global-static-ip-name",
    # docs.nginx.com nginx-ingress-controller: listeners of VirtualServers, regular expressions of Ingresses
    "nginx.org/path-regex",
)
"""Starts of the annotations by which a route takes only some of the requests for its hosts and paths, or ranks them."""

_CANARY = "nginx.ingress.kubernetes.io/canary"


def conditions_by_annotation(route: Resource) -> frozenset[tuple[str, str]]:
    """What the annotations of a route ask of every request beside host and path.

    A canary is one kind of route: what share it gets (`canary-weight`, `canary-by-header`) does not tell two apart.
    """
    return frozenset(
        (key, value)
        for key, value in route.annotations.items()
        if key.startswith(_CONDITIONS) and not key.startswith(f"{_CANARY}-") and (key != _CANARY or value == "true")
    )

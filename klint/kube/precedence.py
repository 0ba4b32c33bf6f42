"""Which of several matches of one host a controller prefers, as a table; and what keeps two objects apart.

What is not in a table is what all agree on: an exact path before a prefix, a longer prefix before a shorter one
(networking.k8s.io/v1 HTTPIngressPath; Gateway API HTTPRouteRule.matches), and of two that are equal only one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from klint.enums import Enum
from klint.kube.resource import Resource, string, texts
from klint.kube.routes.shape import Match
from klint.text.placeholders import is_placeholder

OLDEST_HAS_HOST = frozenset(("NGINX Ingress Controller",))
"""Controllers for which an object has its hosts to itself: the oldest, whatever the paths of the others.

Source: docs.nginx.com nginx-ingress-controller configuration/host-and-listener-collisions. Masters and minions of
`nginx.org/mergeable-ingress-type` are merged.
"""

OLDEST_WINS = frozenset(("ingress-nginx", "AKS application routing", "NGINX Ingress Controller", "OpenShift router"))
"""Controllers that give the requests of two equal matches to the older object.

Sources: kubernetes/ingress-nginx internal/ingress/controller/store/store.go ListIngresses; docs.nginx.com (see
above); docs.redhat.com openshift route-hostnames.
"""

BOTH_SIDES: Mapping[str, str] = {"traefik": "Traefik", "kong": "Kong"}
"""Controllers whose proxy serves Ingresses and Gateways alike, by the class that its Gateways usually have.

Sources: doc.traefik.io providers/kubernetes-gateway (a listener is an entry point); developer.konghq.com
kubernetes-ingress-controller/gateway-api. Others make a proxy for each Gateway.
"""

BESIDE_INGRESSES: Mapping[str, str] = {"Traefik": "IngressRoute"}
"""Controllers whose one proxy serves Ingresses and routes of a kind of their own alike, and that kind: the rules of
both are one list, sorted by priority (doc.traefik.io providers/kubernetes-ingress, routing rules and priority)."""

NEEDS_HOST = frozenset(("OpenShift router", "Emissary", "Contour"))
"""Controllers that serve nothing without a host: a Route without one gets one of its own (route.openshift.io/v1),
and a Mapping without one takes the hosts that there are Host objects for (emissary-ingress.dev docs using/mappings),
and a virtual host without a name is refused (projectcontour/contour internal/dag/httpproxy_processor.go
FQDNNotSpecified)."""

ONE_NAMESPACE = frozenset(("OpenShift router",))
"""Controllers for which a host belongs to one namespace: that of the oldest route, unless `namespaceOwnership` is
InterNamespaceAllowed (operator.openshift.io/v1 RouteAdmissionPolicy)."""

ISTIO = "Istio"
"""Its Gateways merge the VirtualServices of one host, in no defined order; the mesh takes one of them alone.

Source: istio.io docs/reference/config/analysis IST0109, docs/ops/best-practices/traffic-management.
"""

NOBODY_HAS_HOST = frozenset(("HTTPProxy",))
"""Kinds of which two objects with one host are both refused.

Source: projectcontour/contour internal/dag/httpproxy_processor.go validHTTPProxies (DuplicateVhost).
"""

LAST_OF_ROUTE = frozenset(("Contour",))
"""Controllers for which the last of two equal matches of one route gets the requests, rather than the first.

Source: projectcontour/contour internal/dag/dag.go VirtualHost.AddRoute.
"""

UNORDERED = frozenset(("Traefik",))
"""Controllers for which the order of the matches of one route says nothing: the longest rule comes first, and of two
that are the same the last one takes the other's place.

Source: traefik/traefik pkg/provider/kubernetes/crd/kubernetes_http.go; doc.traefik.io routing rules and priority.
"""

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
(`dedicated` or `shared`; the installation says which is the default); tailscale.com docs/kubernetes-operator/ingress
(a MagicDNS name for each Ingress); learn.microsoft.com application-gateway/for-containers (alb-frontend).
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


_INSTANCES = (
    # doc.traefik.io providers/kubernetes-crd (ingressClass); docs.konghq.com; projectcontour.io/docs config/ingress
    "kubernetes.io/ingress.class",
    "projectcontour.io/ingress.class",
    # opensource.zalando.com/skipper kubernetes/routegroups
    "zalando.org/routegroup.class",
)


_EMISSARY = ("getambassador.io", "x.getambassador.io")


def instances_of(route: Resource) -> tuple[str, ...]:
    """Which of several installations of a controller serve a route of a kind of its own; one that is empty where it
    does not say.

    HTTPProxies, VirtualServers and ApisixRoutes have the class in `spec.ingressClassName`. Mappings have a list of
    AMBASSADOR_IDs, of which `default` is the one where there is none (emissary-ingress/emissary pkg/api
    getambassador.io/v3alpha1 common.go, AmbassadorID; a text alone in v2).
    """
    if route.group in _EMISSARY:
        ids = route.get("spec", "ambassador_id")
        return tuple("" if name == "default" else name for name in texts([ids] if isinstance(ids, str) else ids)) or (
            "",
        )
    named = (route.annotations.get(key, "") for key in _INSTANCES)
    return (next(filter(None, named), "") or string(route.get("spec", "ingressClassName")),)


_CONDITIONS = (
    # kubernetes/ingress-nginx docs/user-guide/nginx-configuration/annotations.md, Canary
    "nginx.ingress.kubernetes.io/canary",
    # kubernetes-sigs/aws-load-balancer-controller docs/guide/ingress/annotations.md
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


_OF_BACKEND = "alb.ingress.kubernetes.io/conditions."


def conditions_by_annotation(route: Resource) -> frozenset[tuple[str, str]]:
    """What the annotations of a route ask of every request beside host and path.

    A canary is one kind of route: what share it gets (`canary-weight`, `canary-by-header`) does not tell two apart.
    """
    return frozenset(
        (key, value)
        for key, value in route.annotations.items()
        if key.startswith(_CONDITIONS) and not key.startswith(f"{_CANARY}-") and (key != _CANARY or value == "true")
    )


def conditions_of_backend(route: Resource, name: str) -> Iterator[tuple[str, str]]:
    """What the annotations of an Ingress ask of requests for one backend, which may be no Service."""
    value = route.annotations.get(f"{_OF_BACKEND}{name}")
    if value:
        yield _OF_BACKEND, value


class Order(Enum):
    """The order in which a controller tries matches, where it is not from the most specific to the least."""

    LISTED = "as listed"
    LENGTH = "by length"
    """Regular expressions, the longest text first."""
    RANK = "by rank"
    """By a rank that the route gives a match, or that its rule's length does; the highest first."""
    PATTERN = "by pattern"
    """Exact paths, then regular expressions as listed, then prefixes, the longest first."""


ORDERS: Mapping[str, Order] = {
    "AWS Load Balancer Controller": Order.LISTED,
    "EKS Auto Mode": Order.LISTED,
    "ingress-nginx": Order.LENGTH,
    "AKS application routing": Order.LENGTH,
    "Traefik": Order.RANK,
    "Emissary": Order.RANK,
    "NGINX Ingress Controller": Order.PATTERN,
}
"""Sources: kubernetes-sigs.github.io/aws-load-balancer-controller guide/ingress/spec and annotations (group.order);
kubernetes.github.io/ingress-nginx/user-guide/ingress-path-matching (Path Priority);
nginx.org/en/docs/http/ngx_http_core_module.html#location, which the paths of VirtualServers become (docs.nginx.com
nginx-ingress-controller configuration/virtualserver-and-virtualserverroute-resources, path);
see `rank_of` for the others."""

_TRAEFIK_ROUTES = frozenset(("IngressRoute",))


def rank_of(match: Match) -> int | None:
    """The rank by which a controller sorts a match, the highest first; None where that is not known.

    Traefik takes the priority of a router or, where it has none, the length of its rule (doc.traefik.io routing/routers
    Priority: 0 is none). Emissary takes the precedence of a Mapping, 0 unless given, before anything else
    (emissary-ingress.dev docs using/mappings, Mapping evaluation order).
    """
    route = match.route
    if route.kind in _TRAEFIK_ROUTES:
        rule = route.get(*match.at.path[len(route.path) :])
        return match.priority or (len(rule) if isinstance(rule, str) and not is_placeholder(rule) else None)
    return (match.priority or 0) if route.group in _EMISSARY else None


_GROUP_ORDER = "alb.ingress.kubernetes.io/group.order"
_USE_REGEX = "nginx.ingress.kubernetes.io/use-regex"
_REWRITE = "nginx.ingress.kubernetes.io/rewrite-target"


def group_order(route: Resource) -> int | None:
    """The rank of an Ingress in its group: 0 unless given, the lowest first; None where it is no number."""
    try:
        return int(route.annotations.get(_GROUP_ORDER, "0"))
    except ValueError:
        return None


def asks_for_regex(route: Resource, path: str) -> bool:
    """Whether an Ingress has ingress-nginx take all paths of its hosts for regular expressions.

    Source: kubernetes/ingress-nginx internal/ingress/controller/template/template.go enforceRegexModifier.
    """
    annotations = route.annotations
    return annotations.get(_USE_REGEX) == "true" or annotations.get(_REWRITE, "") not in ("", path)

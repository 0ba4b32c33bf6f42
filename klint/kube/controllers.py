"""Ingress controllers as a table: how each is recognised, which classes it usually serves, where its entry is.

Sources: each controller's own documentation and code, read in 2026: kubernetes/ingress-nginx, traefik/traefik and its
chart, haproxytech and jcmoraisjr, projectcontour/contour internal/ingressclass, Kong, nginx/kubernetes-ingress,
kubernetes-sigs/aws-load-balancer-controller docs/guide/ingress, kubernetes/ingress-gce pkg/utils/utils.go, Azure AGIC,
Azure app routing, Istio, Cilium, Emissary, zalando/skipper, apache/apisix-ingress-controller, OpenShift.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import lru_cache

from klint.records import dataclass


@dataclass(frozen=True, slots=True)
class IngressController:
    """A controller of Ingresses.

    `controller` is the start of IngressClass.spec.controller; `classes` the class names it usually has; `images`
    parts of the image names it runs from. `serves_classless` says whether it takes Ingresses without a class when
    nothing tells it to. `has_own_entry` is true when the entry is no pod of the cluster: a cloud's load balancer, or
    a router the platform runs. `watch_classless_flag` makes it take Ingresses without a class. `allow_lists` and
    `authentication` are the annotations of a route by which it lets in only some. `refuses_external_names` says whether
    it sends to no Service of type ExternalName, unless `external_name_setting` is on.
    """

    name: str
    controller: str
    classes: tuple[str, ...]
    images: tuple[str, ...] = ()
    serves_classless: bool = False
    has_own_entry: bool = False
    watch_classless_flag: str = ""
    proxy_images: tuple[str, ...] = ()
    allow_lists: tuple[str, ...] = ()
    authentication: tuple[str, ...] = ()
    refuses_external_names: bool = False
    external_name_setting: str = ""


# ingress-nginx docs/user-guide/nginx-configuration/annotations.md; the second name is an alias since 1.9.
_NGINX_ALLOW_LISTS = (
    "nginx.ingress.kubernetes.io/whitelist-source-range",
    "nginx.ingress.kubernetes.io/allowlist-source-range",
)
_NGINX_AUTHENTICATION = (
    "nginx.ingress.kubernetes.io/auth-url",
    "nginx.ingress.kubernetes.io/auth-secret",
    "nginx.ingress.kubernetes.io/auth-tls-secret",
)

_HAPROXY_INGRESS = ("haproxy-ingress.github.io", "ingress.kubernetes.io")
"""haproxy-ingress.github.io docs/configuration/command-line, `--annotations-prefix`: the older one still counts."""

INGRESS_CONTROLLERS: tuple[IngressController, ...] = (
    IngressController(
        "ingress-nginx",
        "k8s.io/ingress-nginx",
        ("nginx",),
        ("ingress-nginx/controller", "nginx-ingress-controller", "ingress-nginx-controller"),
        watch_classless_flag="--watch-ingress-without-class",
        allow_lists=_NGINX_ALLOW_LISTS,
        authentication=_NGINX_AUTHENTICATION,
    ),
    IngressController(
        "Traefik",
        "traefik.io/ingress-controller",
        ("traefik",),
        ("traefik",),
        serves_classless=True,
        # traefik/traefik pkg/provider/kubernetes/ingress/kubernetes.go AllowExternalNameServices
        refuses_external_names=True,
        external_name_setting="allowExternalNameServices",
    ),
    IngressController(
        "HAProxy Kubernetes Ingress",
        "haproxy.org/ingress-controller",
        ("haproxy",),
        ("haproxytech/kubernetes-ingress",),
        watch_classless_flag="--empty-ingress-class",
        # haproxytech/kubernetes-ingress documentation/annotations.md: two prefixes, which mean the same; `auth-secret`
        # needs an `auth-type`, and `client-ca` is read from the ConfigMap alone
        allow_lists=tuple(f"haproxy.{end}/{name}" for end in ("org", "com") for name in ("allow-list", "whitelist")),
        authentication=("haproxy.org/auth-type", "haproxy.com/auth-type"),
    ),
    IngressController(
        "HAProxy Ingress",
        "haproxy-ingress.github.io/controller",
        ("haproxy",),
        ("jcmoraisjr/haproxy-ingress",),
        watch_classless_flag="--watch-ingress-without-class",
        # haproxy-ingress.github.io docs/configuration/keys
        allow_lists=tuple(
            f"{prefix}/{name}"
            for prefix in _HAPROXY_INGRESS
            for name in ("allowlist-source-range", "whitelist-source-range")
        ),
        authentication=tuple(
            f"{prefix}/{name}"
            for prefix in _HAPROXY_INGRESS
            for name in ("auth-secret", "auth-url", "auth-tls-secret", "oauth")
        ),
    ),
    IngressController(
        "Contour",
        "projectcontour.io/",
        ("contour",),
        ("projectcontour/contour",),
        serves_classless=True,
        proxy_images=("envoyproxy/envoy",),
        # projectcontour.io/docs config/external-service-routing
        refuses_external_names=True,
        external_name_setting="enableExternalNameService",
    ),
    IngressController(
        "Kong",
        "ingress-controllers.konghq.com/kong",
        ("kong",),
        ("kong/kubernetes-ingress-controller",),
        proxy_images=("kong", "kong/kong-gateway"),
    ),
    IngressController(
        "NGINX Ingress Controller",
        "nginx.org/ingress-controller",
        ("nginx",),
        ("nginx/nginx-ingress", "nginx-ingress", "nginx-plus-ingress"),
        authentication=("nginx.org/basic-auth-secret", "nginx.com/jwt-key"),
    ),
    IngressController(
        "AWS Load Balancer Controller",
        "ingress.k8s.aws/alb",
        ("alb",),
        ("aws-load-balancer-controller", "aws-alb-ingress-controller"),
        has_own_entry=True,
        allow_lists=("alb.ingress.kubernetes.io/inbound-cidrs",),
        authentication=("alb.ingress.kubernetes.io/auth-type",),
    ),
    IngressController(
        "EKS Auto Mode",
        "eks.amazonaws.com/alb",
        ("alb",),
        has_own_entry=True,
        allow_lists=("alb.ingress.kubernetes.io/inbound-cidrs",),
        authentication=("alb.ingress.kubernetes.io/auth-type",),
    ),
    IngressController(
        "GKE Ingress",
        "",
        ("gce", "gce-internal", "gce-regional-external", "gce-multi-cluster"),
        ("ingress-gce-glbc",),
        serves_classless=True,
        has_own_entry=True,
        refuses_external_names=True,  # kubernetes/ingress-gce#1169
    ),
    IngressController(
        "Application Gateway Ingress Controller",
        "azure/application-gateway",
        ("azure-application-gateway", "azure/application-gateway"),
        ("ingress-azure", "application-gateway/kubernetes-ingress"),
        has_own_entry=True,
    ),
    IngressController(
        "AKS application routing",
        "webapprouting.kubernetes.azure.com/nginx",
        ("webapprouting.kubernetes.azure.com", "addon-http-application-routing"),
        has_own_entry=True,
        allow_lists=_NGINX_ALLOW_LISTS,
        authentication=_NGINX_AUTHENTICATION,
    ),
    IngressController(
        "Application Gateway for Containers",
        "alb.networking.azure.io/alb-controller",
        ("azure-alb-external",),
        has_own_entry=True,
    ),
    IngressController(
        "Istio", "istio.io/ingress-controller", ("istio",), ("istio/pilot",), proxy_images=("istio/proxyv2",)
    ),
    IngressController("Cilium", "cilium.io/ingress-controller", ("cilium",), has_own_entry=True),
    IngressController(
        "Emissary", "getambassador.io/ingress-controller", ("ambassador",), ("emissary-ingress/emissary", "emissary")
    ),
    IngressController("Skipper", "", ("skipper",), ("teapot/skipper", "zalando/skipper"), serves_classless=True),
    IngressController(
        "APISIX",
        "apisix.apache.org/apisix-ingress-controller",
        ("apisix",),
        ("apisix-ingress-controller",),
        proxy_images=("apache/apisix",),
    ),
    IngressController(
        "OpenShift router",
        "openshift.io/ingress-to-route",
        ("openshift-default",),
        serves_classless=True,
        has_own_entry=True,
        allow_lists=("haproxy.router.openshift.io/ip_whitelist", "haproxy.router.openshift.io/ip_allowlist"),
    ),
    IngressController(
        "MicroK8s ingress",
        "k8s.io/ingress-nginx",
        ("public",),
        has_own_entry=True,
        allow_lists=_NGINX_ALLOW_LISTS,
        authentication=_NGINX_AUTHENTICATION,
    ),
    IngressController(
        "Tailscale", "tailscale.com/ts-ingress", ("tailscale",), ("tailscale/k8s-operator",), has_own_entry=True
    ),
    IngressController(
        "ngrok", "k8s.ngrok.com/ingress-controller", ("ngrok",), ("ngrok/ngrok-operator",), has_own_entry=True
    ),
    IngressController(
        "Cloudflare Tunnel",
        "strrl.dev/cloudflare-tunnel-ingress-controller",
        ("cloudflare-tunnel",),
        ("cloudflare-tunnel-ingress-controller",),
        has_own_entry=True,
    ),
)

CLOUD_ENTRIES: Mapping[str, str] = {
    "AWS Load Balancer Controller": "eks",
    "EKS Auto Mode": "eks",
    "GKE Ingress": "gke",
    "Application Gateway Ingress Controller": "aks",
    "AKS application routing": "aks",
    "Application Gateway for Containers": "aks",
    "OpenShift router": "openshift",
    "MicroK8s ingress": "microk8s",
}
"""Controllers that exist on one platform only."""

SHARDED = frozenset(("OpenShift router", "Traefik"))
"""Controllers that may be told to take only routes with some labels; what says so is in klint/exposure/shards.py."""


def image_repository(image: str) -> str:
    """An image's name without registry, tag and digest: `registry.k8s.io/ingress-nginx/controller:v1` → the middle."""
    name = image.split("@", maxsplit=1)[0]
    head, _, last = name.rpartition("/")
    name = f"{head}/{last.split(':')[0]}" if head else last.split(":")[0]
    first, _, rest = name.partition("/")
    return rest if rest and ("." in first or ":" in first or first == "localhost") else name


@lru_cache(maxsize=4096)
def image_names(image: str) -> tuple[str, ...]:
    """What an image may be called: its repository, and what is left of it after each slash."""
    parts = image_repository(image).removeprefix("library/").split("/")
    return tuple("/".join(parts[start:]) for start in range(len(parts)))


def image_is(image: str, names: Container[str]) -> bool:
    """Whether an image is one of these: the whole repository name, or its end after a slash."""
    return any(name in names for name in image_names(image))


_BY_IMAGE: Mapping[str, IngressController] = {
    image: controller for controller in reversed(INGRESS_CONTROLLERS) for image in controller.images
}


def controller_called(name: str) -> IngressController:
    """The controller with a name of the table; KeyError for another name."""
    return _BY_NAME[name]


_BY_NAME = {controller.name: controller for controller in INGRESS_CONTROLLERS}


def controller_of_image(image: str) -> IngressController | None:
    """The controller that runs from this image."""
    return next((_BY_IMAGE[name] for name in image_names(image) if name in _BY_IMAGE), None)


def controller_of_class(controller: str) -> IngressController | None:
    """The controller that an IngressClass names in spec.controller."""
    return next(
        (item for item in INGRESS_CONTROLLERS if item.controller and controller.startswith(item.controller)), None
    )


_POD_NAMES = frozenset((
    *("ingress-nginx", "nginx-ingress", "traefik", "traefik-ingress-lb", "kubernetes-ingress", "haproxy-ingress"),
    *("ingress-kong", "kong", "emissary-ingress", "ambassador", "skipper-ingress", "apisix", "contour"),
    *("ingressgateway", "istio-ingressgateway", "gateway-proxy", "nginx-gateway", "nginx-gateway-fabric"),
))  # fmt: skip
"""Values of the labels that the controllers' own manifests and charts give the pods that take their requests.

Sources: their deploy folders and charts; istio manifests/charts/gateway; projectcontour/contour examples/contour;
solo-io/gloo install/helm; getambassador.io migration guide; zalando/skipper docs/kubernetes/ingress-controller.
"""

_GATEWAY_LABELS = ("gateway.networking.k8s.io/", "gateway.envoyproxy.io/")
"""Starts of the label keys that those who make a Gateway's pods give them (GEP-1762; Envoy Gateway)."""


def selects_ingress_or_gateway(selector: Mapping[str, str]) -> bool:
    """Whether labels are those that an ingress controller's or a gateway's pods have."""
    return any(key.startswith(_GATEWAY_LABELS) or value in _POD_NAMES for key, value in selector.items())


ON_NODES: Mapping[str, tuple[str, str]] = {
    "AWS Load Balancer Controller": ("alb.ingress.kubernetes.io/target-type", "ip"),
    "EKS Auto Mode": ("alb.ingress.kubernetes.io/target-type", "ip"),
    "GKE Ingress": ("cloud.google.com/neg", '"ingress":true'),
}
"""Controllers whose load balancers send to node ports, and the annotation with what it has where they send to pods.

Sources: kubernetes-sigs/aws-load-balancer-controller docs/guide/ingress/annotations.md target-type: `instance` is the
default, and an annotation of the Service comes before one of the Ingress; kubernetes/ingress-gce
pkg/controller/translator maybeEnableNEG.
"""

_ON_NODES_MARKS = ("alb.ingress.kubernetes.io/", "cloud.google.com/backend-config", "cloud.google.com/app-protocols",
                   "beta.cloud.google.com/backend-config", "service.alpha.kubernetes.io/app-protocols")  # fmt: skip
"""Starts of the annotations of a Service by which it is told what such a load balancer is to make of it."""


def is_marked_for_node_ports(annotations: Mapping[str, str]) -> bool:
    """Whether a Service is annotated for a load balancer that sends to node ports, and not told to send to pods."""
    return any(key.startswith(_ON_NODES_MARKS) for key in annotations) and not any(
        sends_to_pods(controller, annotations) for controller in ON_NODES
    )


def sends_to_pods(controller: str, *annotations: Mapping[str, str]) -> bool:
    """Whether the first of these annotations that decides tells a controller's load balancer to send to pods."""
    key, wanted = ON_NODES[controller]
    value = next((found[key] for found in annotations if key in found), "")
    return wanted in value.replace(" ", "")


def is_ingress_or_gateway_image(image: str) -> bool:
    """Whether an image is an ingress controller, a gateway or the proxy of one: meant to be an entry."""
    return controller_of_image(image) is not None or image_is(image, _PROXY_IMAGES)


_PROXY_IMAGES = frozenset((
    *(image for controller in INGRESS_CONTROLLERS for image in controller.proxy_images),
    *("haproxy", "caddy/ingress", "pomerium/ingress-controller", "voyagermesh/haproxy", "gloo-envoy-wrapper"),
    *("nginx-gateway-fabric/nginx", "nginx-gateway", "envoyproxy/gateway", "kgateway-dev/envoy-wrapper"),
))  # fmt: skip

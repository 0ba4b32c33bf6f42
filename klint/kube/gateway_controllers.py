"""Controllers of the Gateway API as a table: how each is named, which classes come with it, and where it exists."""

from __future__ import annotations

from klint.records import dataclass


@dataclass(frozen=True, slots=True)
class GatewayController:
    """A controller of Gateways.

    `controller` is what GatewayClass.spec.controllerName has; `classes` are the GatewayClasses that it, its chart or
    its platform makes, or that its documentation has everybody make. `platform` is set where there is but one that has
    it. Where `has_own_entry` a cloud's load balancer takes the requests; else a Service, of type LoadBalancer unless
    the Gateway or its class says otherwise.
    """

    name: str
    controller: str
    source: str
    classes: tuple[str, ...] = ()
    platform: str = ""
    has_own_entry: bool = False


GATEWAY_CONTROLLERS: tuple[GatewayController, ...] = (
    GatewayController(
        "Envoy Gateway",
        "gateway.envoyproxy.io/gatewayclass-controller",
        "envoyproxy/gateway: api/v1alpha1 GatewayControllerName, kubernetes_helpers.go DefaultKubernetesServiceType",
        ("eg", "envoy", "envoy-gateway"),
    ),
    GatewayController(
        "Istio",
        "istio.io/gateway-controller",
        "istio.io/docs/tasks/traffic-management/ingress/gateway-api: istiod makes the classes",
        ("istio", "istio-remote", "istio-waypoint"),
    ),
    GatewayController(
        "Cilium",
        "io.cilium/gateway-controller",
        "docs.cilium.io network/servicemesh/gateway-api: the chart makes the class",
        ("cilium",),
    ),
    GatewayController(
        "Contour",
        "projectcontour.io/gateway-controller",
        "projectcontour.io/docs/main/guides/gateway-api",
        ("contour",),
    ),
    GatewayController(
        "Traefik",
        "traefik.io/gateway-controller",
        "traefik/traefik-helm-chart gatewayClass: the chart makes the class",
        ("traefik",),
    ),
    GatewayController(
        "Kong",
        "konghq.com/kic-gateway-controller",
        "docs.konghq.com kubernetes-ingress-controller: Gateway API",
        ("kong",),
    ),
    GatewayController(
        "NGINX Gateway Fabric",
        "gateway.nginx.org/nginx-gateway-controller",
        "nginx/nginx-gateway-fabric charts: the chart makes the class",
        ("nginx",),
    ),
    GatewayController(
        "kgateway",
        "kgateway.dev/kgateway",
        "kgateway.dev/docs: the controller makes the classes",
        ("kgateway", "kgateway-waypoint"),
    ),
    GatewayController(
        "AWS Load Balancer Controller (ALB)",
        "gateway.k8s.aws/alb",
        "kubernetes-sigs/aws-load-balancer-controller docs/guide/gateway",
        platform="eks",
        has_own_entry=True,
    ),
    GatewayController(
        "AWS Load Balancer Controller (NLB)",
        "gateway.k8s.aws/nlb",
        "kubernetes-sigs/aws-load-balancer-controller docs/guide/gateway",
        platform="eks",
        has_own_entry=True,
    ),
    GatewayController(
        "AWS Gateway API Controller",
        "application-networking.k8s.aws/gateway-api-controller",
        "aws/aws-application-networking-k8s docs: a service network of VPC Lattice",
        ("amazon-vpc-lattice",),
        platform="eks",
        has_own_entry=True,
    ),
    GatewayController(
        "GKE Gateway",
        "networking.gke.io/gateway",
        "cloud.google.com kubernetes-engine/docs/how-to/gatewayclass-capabilities: GKE makes the classes",
        (
            "gke-l7-global-external-managed",
            "gke-l7-global-external-managed-mc",
            "gke-l7-regional-external-managed",
            "gke-l7-regional-external-managed-mc",
            "gke-l7-cross-regional-internal-managed-mc",
            "gke-l7-rilb",
            "gke-l7-rilb-mc",
            "gke-l7-gxlb",
            "gke-l7-gxlb-mc",
        ),
        platform="gke",
        has_own_entry=True,
    ),
    GatewayController(
        "Application Gateway for Containers",
        "alb.networking.azure.io/alb-controller",
        "learn.microsoft.com azure/application-gateway/for-containers: the controller makes the class",
        ("azure-alb-external",),
        platform="aks",
        has_own_entry=True,
    ),
    GatewayController(
        "OpenShift",
        "openshift.io/gateway-controller/v1",
        "docs.redhat.com OpenShift 4.19, Gateway API with OpenShift Container Platform networking",
        ("openshift-default",),
        platform="openshift",
    ),
)

_BY_CONTROLLER = {item.controller: item for item in GATEWAY_CONTROLLERS}
_BY_CLASS = {name: item for item in GATEWAY_CONTROLLERS for name in item.classes}


def gateway_controller(name: str) -> GatewayController | None:
    """The controller that a GatewayClass names."""
    return _BY_CONTROLLER.get(name)


def usual_gateway_controller(gateway_class: str) -> GatewayController | None:
    """The controller that a GatewayClass of this name comes with."""
    return _BY_CLASS.get(gateway_class)

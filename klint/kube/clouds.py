"""Load balancers: what each implementation makes of a Service of type LoadBalancer, as a table of data.

Whether a load balancer is public is for its implementation to say: by a default of its own, by loadBalancerClass, and
by annotations of which each honours exact values. A row has its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from klint.enums import Enum
from klint.records import dataclass, field


class Reach(Enum):
    """What a load balancer is made for."""

    PUBLIC = "public"
    INTERNAL = "internal"


class Ranges(Enum):
    """What an implementation makes of loadBalancerSourceRanges."""

    HONOURED = "honoured"
    IGNORED = "ignored"
    DEPENDS = "depends"
    """On the version, on a mode, or on something else that no manifest says."""


@dataclass(frozen=True, slots=True)
class Switch:
    """An annotation that says whether a load balancer is public, and what its exact values mean.

    Of several `keys` the first that is there counts. `otherwise` is what any other value means; None where the
    implementation refuses it, or with `passes_over` does as if it were not there.
    """

    keys: tuple[str, ...]
    internal: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    otherwise: Reach | None = None
    folds_case: bool = False
    passes_over: bool = False

    def reach(self, value: str) -> Reach | None:
        """What a value means; None where it is refused or passed over."""
        wanted = value.lower() if self.folds_case else value
        if wanted in self.internal:
            return Reach.INTERNAL
        return Reach.PUBLIC if wanted in self.public else self.otherwise


@dataclass(frozen=True, slots=True)
class Termination:
    """How annotations have a load balancer terminate TLS.

    Any of `certificates` names a certificate. `ports` list the ports that it is for, by number or name; where
    certificates are listed with them they come after a colon. `otherwise` are the ports where none are listed; None for
    all. `everywhere` are values of annotations that leave no port without TLS, or send those on to one with it.
    """

    certificates: tuple[str, ...]
    ports: tuple[str, ...] = ()
    otherwise: tuple[int, ...] | None = None
    everywhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def on(self, annotations: Mapping[str, str], number: int | None, name: str) -> str:
        """The annotation that has TLS terminated on a port; empty where none has."""
        for key, values in self.everywhere.items():
            if annotations.get(key) in values:
                return key
        certificate = next((key for key in self.certificates if annotations.get(key) not in (None, "", "false")), "")
        if not certificate:
            return ""
        listed = {port for key in self.ports for port in _ports(annotations.get(key, ""), key in self.certificates)}
        if not listed:
            return certificate if self.otherwise is None or number in self.otherwise else ""
        return certificate if listed & {"*", str(number), name or "*"} else ""


def _ports(text: str, with_certificates: bool) -> Iterator[str]:
    """The ports of `443,8443`, or of `443,8443:certificate;444:other` with certificates."""
    for part in text.split(";"):
        ports, colon, _ = part.partition(":")
        if colon or not with_certificates:
            yield from (port.strip() for port in ports.split(",") if port.strip())


TRUE = ("1", "t", "T", "TRUE", "true", "True")
FALSE = ("0", "f", "F", "FALSE", "false", "False")
"""What Go's strconv.ParseBool reads; it refuses anything else."""


@dataclass(frozen=True, eq=False)
class LoadBalancer:
    """An implementation of Services of type LoadBalancer.

    `platforms` are those on which it takes a Service that asks for none in particular. `default` is what it makes
    unless told otherwise; None where that depends on its addresses, which are those of the nodes where it `is_on_nodes`
    and else come from pools. `classes` are values of loadBalancerClass, and what each fixes. `claims` are values of
    annotations that ask for it, `marks` starts of annotations that it alone reads, `addresses` annotations that ask for
    addresses. `ranges` says what it makes of source ranges, `ranges_depend_on` which annotations leave that open.
    `allow_lists` are annotations that let in more, `limits` those that name something which lets in who knows whom.
    Objects with one value of the annotation `groups` share a load balancer, so that any of them may speak for all.
    `controller` is the name of the ingress controller that it is part of. `needs_node_ports` is None where a setting
    of the cluster decides. `tls` is how it terminates TLS, if it does.
    """

    name: str
    source: str
    default: Reach | None
    platforms: tuple[str, ...] = ()
    classes: Mapping[str, Reach | None] = field(default_factory=dict)
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    marks: tuple[str, ...] = ()
    switches: tuple[Switch, ...] = ()
    addresses: tuple[str, ...] = ()
    is_on_nodes: bool = False
    ranges: Ranges = Ranges.HONOURED
    ranges_depend_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    allow_lists: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    groups: str = ""
    controller: str = ""
    needs_node_ports: bool | None = True
    sends_to_pods: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tls: Termination | None = None

    @property
    def ignores_ranges(self) -> bool:
        """Whether it lets in everybody, whatever the source ranges say."""
        return self.ranges is Ranges.IGNORED

    @property
    def is_of_cloud(self) -> bool:
        """Whether it is one cloud's, and there alone: those that run anywhere have no annotation for internal."""
        return self.default is not None and bool(self.switches)

    def takes_node_ports(self, annotations: Mapping[str, str]) -> bool | None:
        """Whether it sends to the node ports of a Service with these annotations; None where nobody knows."""
        if any(annotations.get(key) in values for key, values in self.sends_to_pods.items()):
            return False
        return self.needs_node_ports


_AWS = "service.beta.kubernetes.io/aws-load-balancer-"
_AWS_SCHEMES = (
    Switch((f"{_AWS}scheme",), internal=("internal",), public=("internet-facing",)),
    Switch((f"{_AWS}internal",), internal=TRUE, public=FALSE),
)
_AWS_TO_PODS = {f"{_AWS}nlb-target-type": ("ip",), f"{_AWS}type": ("nlb-ip",)}
_AWS_GROUPS = (f"{_AWS}security-groups", f"{_AWS}security-group-prefix-lists")
_AWS_TLS = Termination((f"{_AWS}ssl-cert",), (f"{_AWS}ssl-ports",))
_DIGITALOCEAN = "service.beta.kubernetes.io/do-loadbalancer-"
_OCI_NETWORK = "oci-network-load-balancer.oraclecloud.com/"

LOAD_BALANCERS: tuple[LoadBalancer, ...] = (
    LoadBalancer(
        "AWS Load Balancer Controller",
        "kubernetes-sigs/aws-load-balancer-controller docs/guide/service/annotations.md; pkg/service/model_build_load_"
        "balancer.go buildLoadBalancerScheme",
        Reach.INTERNAL,
        platforms=("eks",),
        classes={"service.k8s.aws/nlb": None},
        claims={f"{_AWS}type": ("external", "nlb-ip")},
        marks=(_AWS,),
        switches=_AWS_SCHEMES,
        ranges_depend_on=_AWS_TO_PODS,
        sends_to_pods=_AWS_TO_PODS,
        limits=_AWS_GROUPS,
        controller="AWS Load Balancer Controller",
        needs_node_ports=None,
        tls=_AWS_TLS,
    ),
    LoadBalancer(
        "the AWS cloud provider",
        "kubernetes/cloud-provider-aws pkg/providers/v1/aws.go EnsureLoadBalancer: any value but false and none at all",
        Reach.PUBLIC,
        platforms=("eks",),
        marks=(_AWS,),
        switches=(Switch((f"{_AWS}internal",), public=("false", ""), otherwise=Reach.INTERNAL),),
        limits=(f"{_AWS}security-groups",),
        tls=_AWS_TLS,
    ),
    LoadBalancer(
        "EKS Auto Mode",
        "docs.aws.amazon.com eks/latest/userguide auto-configure-nlb.html",
        Reach.INTERNAL,
        classes={"eks.amazonaws.com/nlb": None},
        switches=_AWS_SCHEMES,
        limits=_AWS_GROUPS,
        needs_node_ports=None,
        tls=_AWS_TLS,
    ),
    LoadBalancer(
        "GKE",
        "kubernetes/cloud-provider-gcp providers/gce/gce_annotations.go GetLoadBalancerAnnotationType; "
        "kubernetes/ingress-gce pkg/l4/annotations",
        Reach.PUBLIC,
        platforms=("gke",),
        classes={
            "networking.gke.io/l4-regional-internal": Reach.INTERNAL,
            "networking.gke.io/l4-regional-internal-legacy": Reach.INTERNAL,
            "networking.gke.io/l4-regional-external": Reach.PUBLIC,
            "networking.gke.io/l4-regional-external-legacy": Reach.PUBLIC,
        },
        marks=("networking.gke.io/", "cloud.google.com/"),
        switches=(
            Switch(
                ("networking.gke.io/load-balancer-type", "cloud.google.com/load-balancer-type"),
                internal=("Internal", "internal"),
                otherwise=Reach.PUBLIC,
            ),
        ),
    ),
    LoadBalancer(
        "AKS",
        "kubernetes-sigs/cloud-provider-azure pkg/provider/azure_loadbalancer.go requiresInternalLoadBalancer, "
        "pkg/consts TrueAnnotationValue; pkg/provider/loadbalancer/accesscontrol.go",
        Reach.PUBLIC,
        platforms=("aks",),
        marks=("service.beta.kubernetes.io/azure-",),
        switches=(
            Switch(
                ("service.beta.kubernetes.io/azure-load-balancer-internal",),
                internal=("true",),
                otherwise=Reach.PUBLIC,
            ),
        ),
        allow_lists=("service.beta.kubernetes.io/azure-allowed-ip-ranges",),
        limits=("service.beta.kubernetes.io/azure-allowed-service-tags",),
    ),
    LoadBalancer(
        "DigitalOcean",
        "digitalocean/digitalocean-cloud-controller-manager cloud-controller-manager/do/loadbalancers.go getNetwork; "
        "docs/controllers/services/annotations.md",
        Reach.PUBLIC,
        platforms=("digitalocean",),
        marks=("service.beta.kubernetes.io/do-loadbalancer-",),
        switches=(
            Switch(
                ("service.beta.kubernetes.io/do-loadbalancer-network",),
                internal=("INTERNAL",),
                public=("EXTERNAL", ""),
            ),
        ),
        limits=("service.beta.kubernetes.io/do-loadbalancer-allow-rules",),
        tls=Termination(
            (f"{_DIGITALOCEAN}certificate-id", f"{_DIGITALOCEAN}tls-passthrough"),
            (f"{_DIGITALOCEAN}tls-ports", f"{_DIGITALOCEAN}http2-ports"),
            (443,),
            {
                f"{_DIGITALOCEAN}protocol": ("https", "http2"),
                f"{_DIGITALOCEAN}redirect-http-to-https": ("true",),
            },
        ),
    ),
    LoadBalancer(
        "Hetzner Cloud",
        "hetznercloud/hcloud-cloud-controller-manager internal/annotation/load_balancer.go; no source ranges in it",
        Reach.PUBLIC,
        platforms=("hetzner",),
        marks=("load-balancer.hetzner.cloud/",),
        switches=(Switch(("load-balancer.hetzner.cloud/disable-public-network",), internal=TRUE, public=FALSE),),
        ranges=Ranges.IGNORED,
        tls=Termination((), everywhere={"load-balancer.hetzner.cloud/protocol": ("https",)}),
    ),
    LoadBalancer(
        "Scaleway",
        "scaleway/scaleway-cloud-controller-manager scaleway/loadbalancers_annotations.go svcPrivate; "
        "docs/loadbalancer-annotations.md",
        Reach.PUBLIC,
        platforms=("scaleway",),
        marks=("service.beta.kubernetes.io/scw-loadbalancer-",),
        switches=(Switch(("service.beta.kubernetes.io/scw-loadbalancer-private",), internal=TRUE, public=FALSE),),
        tls=Termination(
            ("service.beta.kubernetes.io/scw-loadbalancer-certificate-ids",),
            ("service.beta.kubernetes.io/scw-loadbalancer-certificate-ids",),
        ),
    ),
    LoadBalancer(
        "OCI",
        "oracle/oci-cloud-controller-manager pkg/cloudprovider/providers/oci/load_balancer_spec.go isInternalLB",
        Reach.PUBLIC,
        platforms=("oke",),
        claims={"oci.oraclecloud.com/load-balancer-type": ("lb",)},
        marks=("service.beta.kubernetes.io/oci-load-balancer-", "oci.oraclecloud.com/"),
        switches=(Switch(("service.beta.kubernetes.io/oci-load-balancer-internal",), internal=TRUE, public=FALSE),),
        ranges_depend_on={"service.beta.kubernetes.io/oci-load-balancer-security-list-management-mode": ("None",)},
        tls=Termination(
            ("service.beta.kubernetes.io/oci-load-balancer-tls-secret",),
            ("service.beta.kubernetes.io/oci-load-balancer-ssl-ports",),
            (),
        ),
    ),
    LoadBalancer(
        "OCI's network load balancer",
        "oracle/oci-cloud-controller-manager pkg/cloudprovider/providers/oci/load_balancer_spec.go isInternalLB; its "
        "security lists are not managed by default",
        Reach.PUBLIC,
        claims={"oci.oraclecloud.com/load-balancer-type": ("nlb",)},
        switches=(Switch((f"{_OCI_NETWORK}internal",), internal=TRUE, public=FALSE),),
        ranges=Ranges.DEPENDS,
    ),
    LoadBalancer(
        "IBM Cloud",
        "cloud.ibm.com docs/containers loadbalancer and setup_vpc_nlb; IBM-Cloud/cloud-provider-vpc-controller "
        "pkg/vpcctl isServicePublic",
        Reach.PUBLIC,
        marks=("service.kubernetes.io/ibm-load-balancer-cloud-provider-",),
        switches=(
            Switch(
                ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type",),
                internal=("private",),
                public=("public",),
            ),
        ),
        ranges=Ranges.DEPENDS,
    ),
    LoadBalancer(
        "Alibaba Cloud",
        "kubernetes/cloud-provider-alibaba-cloud pkg/model/nlb GetAddressType; docs/usage.md annotations",
        Reach.PUBLIC,
        marks=(
            "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-",
            "service.beta.kubernetes.io/alicloud-loadbalancer-",
        ),
        switches=(
            Switch(
                (
                    "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type",
                    "service.beta.kubernetes.io/alicloud-loadbalancer-address-type",
                ),
                internal=("intranet",),
                public=("internet",),
                folds_case=True,
            ),
        ),
        ranges=Ranges.DEPENDS,
        limits=("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-acl-id",),
        tls=Termination(
            (
                "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-cert-id",
                "service.beta.kubernetes.io/alicloud-loadbalancer-cert-id",
            )
        ),
    ),
    LoadBalancer(
        "OpenStack",
        "kubernetes/cloud-provider-openstack pkg/openstack/loadbalancer.go getBoolFromServiceAnnotation: anything but "
        "true and false is as if it were not there; docs/openstack-cloud-controller-manager",
        Reach.PUBLIC,
        platforms=("openstack", "ovh"),
        marks=(
            "service.beta.kubernetes.io/openstack-",
            "loadbalancer.openstack.org/",
            "loadbalancer.ovhcloud.com/",
        ),
        switches=(
            Switch(
                ("service.beta.kubernetes.io/openstack-internal-load-balancer",),
                internal=("true",),
                otherwise=Reach.PUBLIC,
            ),
        ),
        tls=Termination(("loadbalancer.openstack.org/default-tls-container-ref",)),
    ),
    LoadBalancer(
        "MetalLB",
        "metallb.io usage and configuration; metallb/metallb api/v1beta1 IPAddressPool. kube-proxy honours the ranges. "
        "It has no use for node ports: metallb/metallb issue 328",
        None,
        marks=("metallb.io/", "metallb.universe.tf/"),
        addresses=("metallb.io/loadBalancerIPs", "metallb.universe.tf/loadBalancerIPs"),
        needs_node_ports=False,
    ),
    LoadBalancer(
        "Cilium",
        "docs.cilium.io network/lb-ipam, network/bgp-control-plane, network/l2-announcements, network/node-ipam",
        None,
        classes={"io.cilium/bgp-control-plane": None, "io.cilium/l2-announcer": None, "io.cilium/node": None},
        marks=("lbipam.cilium.io/", "io.cilium/lb-ipam"),
        addresses=("lbipam.cilium.io/ips", "io.cilium/lb-ipam-ips"),
        needs_node_ports=False,
    ),
    LoadBalancer(
        "kube-vip",
        "kube-vip.io docs/usage/kubernetes-services and cloud-provider; forwardUPNP has the router let in the "
        "Internet: kube-vip/kube-vip pkg/services isUPNPEnabled",
        None,
        classes={"kube-vip.io/kube-vip-class": None},
        marks=("kube-vip.io/",),
        switches=(Switch(("kube-vip.io/forwardUPNP",), public=("true",), passes_over=True),),
        addresses=("kube-vip.io/loadbalancerIPs",),
        needs_node_ports=False,
    ),
    LoadBalancer(
        "ServiceLB",
        "docs.k3s.io networking/networking-services: it listens on every node",
        None,
        platforms=("k3s",),
        marks=("svccontroller.k3s.cattle.io/",),
        is_on_nodes=True,
    ),
    LoadBalancer(
        "Tailscale",
        "tailscale.com kb/1439 kubernetes-operator-cluster-ingress: for the tailnet; only an Ingress can be funnelled",
        Reach.INTERNAL,
        classes={"tailscale": Reach.INTERNAL},
        marks=("tailscale.com/",),
        ranges=Ranges.IGNORED,
        needs_node_ports=False,
    ),
    LoadBalancer(
        "ngrok",
        "ngrok.com docs/k8s/load-balancer: an endpoint on the Internet for each Service",
        Reach.PUBLIC,
        classes={"ngrok": Reach.PUBLIC},
        ranges=Ranges.IGNORED,
        needs_node_ports=False,
    ),
)
"""Rows in the order in which they are named."""

_ALB = "alb.ingress.kubernetes.io/"
_ALB_SWITCHES = (Switch((f"{_ALB}scheme",), internal=("internal",), public=("internet-facing",)),)
_ALB_LIMITS = (f"{_ALB}security-groups", f"{_ALB}security-group-prefix-lists")

INGRESS_LOAD_BALANCERS: Mapping[str, LoadBalancer] = {
    "AWS Load Balancer Controller": LoadBalancer(
        "AWS Load Balancer Controller",
        "kubernetes-sigs/aws-load-balancer-controller docs/guide/ingress/annotations.md",
        Reach.INTERNAL,
        switches=_ALB_SWITCHES,
        allow_lists=(f"{_ALB}inbound-cidrs",),
        limits=_ALB_LIMITS,
        groups=f"{_ALB}group.name",
    ),
    "EKS Auto Mode": LoadBalancer(
        "EKS Auto Mode",
        "docs.aws.amazon.com eks/latest/userguide auto-configure-alb.html",
        Reach.INTERNAL,
        switches=_ALB_SWITCHES,
        allow_lists=(f"{_ALB}inbound-cidrs",),
        limits=_ALB_LIMITS,
        groups=f"{_ALB}group.name",
    ),
    "GKE Ingress": LoadBalancer(
        "GKE Ingress",
        "kubernetes/ingress-gce pkg/annotations/ingress.go GceL7ILBIngressClass",
        Reach.PUBLIC,
        switches=(Switch(("kubernetes.io/ingress.class",), internal=("gce-internal",), otherwise=Reach.PUBLIC),),
    ),
    "Application Gateway Ingress Controller": LoadBalancer(
        "Application Gateway Ingress Controller",
        "Azure/application-gateway-kubernetes-ingress docs/annotations.md use-private-ip; pkg/appgw takes the error of "
        "UsePrivateIP for false",
        Reach.PUBLIC,
        switches=(
            Switch(
                ("appgw.ingress.kubernetes.io/use-private-ip",), internal=TRUE, public=FALSE, otherwise=Reach.PUBLIC
            ),
        ),
    ),
    "Tailscale": LoadBalancer(
        "Tailscale",
        "tailscale.com kb/1439 kubernetes-operator-cluster-ingress: a Funnel opens it to the Internet",
        Reach.INTERNAL,
        switches=(Switch(("tailscale.com/funnel",), public=("true",), otherwise=Reach.INTERNAL),),
    ),
    "ngrok": LoadBalancer("ngrok", "ngrok.com docs/k8s: an endpoint on the Internet for each host", Reach.PUBLIC),
    "Cloudflare Tunnel": LoadBalancer(
        "Cloudflare Tunnel",
        "STRRL/cloudflare-tunnel-ingress-controller README: each host gets a public DNS record",
        Reach.PUBLIC,
    ),
}
"""Load balancers that serve Ingresses and are no Service of the cluster, by the name of their ingress controller."""

GATEWAY_CLASSES: Mapping[str, Reach] = {
    "gke-l7-gxlb": Reach.PUBLIC,
    "gke-l7-gxlb-mc": Reach.PUBLIC,
    "gke-l7-global-external-managed": Reach.PUBLIC,
    "gke-l7-global-external-managed-mc": Reach.PUBLIC,
    "gke-l7-regional-external-managed": Reach.PUBLIC,
    "gke-l7-regional-external-managed-mc": Reach.PUBLIC,
    "gke-l7-rilb": Reach.INTERNAL,
    "gke-l7-rilb-mc": Reach.INTERNAL,
    "gke-l7-cross-regional-internal-managed-mc": Reach.INTERNAL,
    "azure-alb-external": Reach.PUBLIC,
}
"""GatewayClasses that say it in their name. Sources: cloud.google.com kubernetes-engine/docs/concepts/gateway-api
GatewayClass capabilities; learn.microsoft.com azure/application-gateway/for-containers."""

TERMINATIONS = tuple({id(balancer.tls): balancer.tls for balancer in LOAD_BALANCERS if balancer.tls}.values())
"""How load balancers terminate TLS, each way once: every implementation has annotations of its own."""

_BY_CLASS = {name: balancer for balancer in LOAD_BALANCERS for name in balancer.classes}


def load_balancer_of_class(name: str) -> LoadBalancer | None:
    """The implementation that takes Services with this loadBalancerClass; all others leave them alone."""
    return _BY_CLASS.get(name)


def load_balancers_claimed_by(annotations: Mapping[str, str]) -> tuple[LoadBalancer, ...]:
    """Those that annotations ask for."""
    return tuple(
        balancer
        for balancer in LOAD_BALANCERS
        if any(annotations.get(key) in values for key, values in balancer.claims.items())
    )


def load_balancers_of_platform(platform: str) -> tuple[LoadBalancer, ...]:
    """Those that may take a Service which asks for none in particular."""
    return tuple(balancer for balancer in LOAD_BALANCERS if platform and platform in balancer.platforms)


def load_balancers_marked_by(annotations: Iterable[str]) -> tuple[LoadBalancer, ...]:
    """Those that alone read one of these annotations."""
    keys = tuple(annotations)
    return tuple(
        balancer
        for balancer in LOAD_BALANCERS
        if balancer.marks and any(key.startswith(balancer.marks) for key in keys)
    )

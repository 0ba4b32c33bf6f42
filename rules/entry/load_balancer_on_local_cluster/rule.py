"""A Service of type LoadBalancer for a local cluster that provides no load balancers."""

import re
from collections.abc import Iterator, Mapping

from klint import Finding, Graph, Related, Service, Severity, rule

SERVED_BY: Mapping[str, str] = {"kind": "cloud-provider-kind", "minikube": "minikube tunnel"}
"""Local platforms without load balancers of their own, and what provides them beside the cluster.

The others serve them: k3d and Rancher Desktop by k3s' ServiceLB unless it is disabled, Docker Desktop on the machine's
own address.
"""


@rule(severity="warning")
def load_balancer_on_local_cluster(service: Service, graph: Graph) -> Iterator[Finding]:
    platform, disabled = graph.target.platform, graph.target.disabled_service_lb
    if (platform not in SERVED_BY and disabled is None) or not _needs_load_balancer(service, graph):
        return
    if graph.is_mentioned_beside(service, _provider()):
        return
    if disabled is None:
        served_by = f"{SERVED_BY[platform]} or the like"
        why = f"{platform} provides none: its address stays pending unless {served_by} runs beside the cluster"
    else:
        why = f"ServiceLB of the {platform} cluster is disabled: its address stays pending"
    yield Finding(
        f"{service} is type LoadBalancer, but {why}",
        at=service.at("spec", "type"),
        related=(Related("ServiceLB is disabled here", disabled),) if disabled is not None else (),
        severity=Severity.NOTE if platform == "minikube" else None,
    )


def _provider() -> re.Pattern[str]:
    """What hands out load balancers: a word in its images, charts, API groups and annotations of Services."""
    return re.compile(r"metallb|kube-vip|cloud-provider-kind|openelb|purelb|loxilb|CiliumLoadBalancerIPPool|lbipam")


def _needs_load_balancer(service: Service, graph: Graph) -> bool:
    """Whether traffic has no other way in than a load balancer that any provider may serve."""
    if service.type != "LoadBalancer" or service.load_balancer_class:
        return False
    if service.get("status", "loadBalancer", "ingress") or any(port.node_port for port in service.ports):
        return False
    selection = graph.selection(service)
    return selection is None or not any(pod.is_open_on_node for pod in selection.pods)

"""A load balancer for a cluster on a developer's machine where nothing would hand one out."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from klint import Document, Finding, Graph, Severity, rule
from klint.exposure.entries import entries_of_pod
from klint.kube.service import Service

SERVED_BY: Mapping[str, str] = {"kind": "cloud-provider-kind", "minikube": "minikube tunnel"}
"""Local platforms without load balancers of their own, and what provides them beside the cluster.

The others serve them: k3d and Rancher Desktop by k3s' ServiceLB, Docker Desktop on the machine's own address.
"""

_PROVIDER = re.compile(r"metallb|kube-vip|cloud-provider-kind|openelb|purelb|loxilb|CiliumLoadBalancerIPPool|lbipam")
"""What hands out load balancers: a word in its images, charts, API groups and the annotations that Services give it."""

_SAMPLES = re.compile(r"(?:samples?|examples?|demos?|docs?|snippets?|tutorials?|tests?|testdata)\Z", re.IGNORECASE)
"""How the names of folders end whose manifests are deployed with nothing outside them."""


@rule(severity="warning")
def load_balancer_on_local_cluster(graph: Graph) -> Iterator[Finding]:
    platform = graph.target.platform
    if platform not in SERVED_BY:
        return
    waiting = [service for service in graph.services if _needs_load_balancer(service, graph)]
    providers = graph.mentioning(_PROVIDER) if waiting else ()
    for service in waiting:
        if not any(_meet(provider, service.document) for provider in providers):
            yield Finding(
                f"{service} waits for a load balancer that {platform} does not have: "
                f"its address stays pending unless {SERVED_BY[platform]} or the like runs beside the cluster",
                at=service.at("spec", "type"),
                severity=Severity.NOTE if platform == "minikube" else None,
            )


def _needs_load_balancer(service: Service, graph: Graph) -> bool:
    """Whether traffic has no other way in than a load balancer that any provider may serve."""
    if service.type != "LoadBalancer" or service.load_balancer_class:
        return False
    if service.get("status", "loadBalancer", "ingress") or any(port.node_port for port in service.ports):
        return False
    selection = graph.selection(service)
    return selection is None or not any(next(entries_of_pod(pod), None) for pod in selection.pods)


def _meet(provider: Document, document: Document) -> bool:
    """Whether both may be in one cluster. What a folder of samples holds is not deployed with what is outside it."""
    folders = PurePosixPath(provider.source.relative).parent.parts
    depth = next((index for index, name in enumerate(folders, 1) if _SAMPLES.search(name)), 0)
    return folders[:depth] == PurePosixPath(document.source.relative).parent.parts[:depth]

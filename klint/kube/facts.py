"""What `kubectl get` prints of a cluster → the facts that klint reads: names, and what other objects refer to.

What a fact says is what references ask for, and nothing that changes by itself: no data of Secrets and ConfigMaps, no
environment or arguments of containers, no status, nothing that the API server fills in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from klint.kube.classes import DEFAULT_CLASS_ANNOTATION, GATEWAY_API
from klint.kube.clouds import LOAD_BALANCERS
from klint.kube.other_policies import is_other_policy
from klint.kube.resource import Resource, mapping, sequence, string
from klint.records import dataclass

Shape = Any
"""What is kept of a value: `...` all of it; a function what that makes of it; a mapping these keys; a list of one shape
its items by that. Of an object the API version, kind, namespace and name are always kept."""


def _unless(*usual: Any) -> Callable[[Any], Any]:
    """Keeps a value that is none of these, which the API server fills in."""
    return lambda value: None if value in usual else value


def _only(*wanted: Any) -> Callable[[Any], Any]:
    """Keeps a value that is one of these."""
    return lambda value: value if value in wanted else None


_MARKS = ("networking.istio.io/service-type", *(mark for item in LOAD_BALANCERS for mark in item.marks))


def _of_load_balancers(annotations: Any) -> Any:
    return {key: value for key, value in mapping(annotations).items() if str(key).startswith(_MARKS)}


_POD_LABELS = re.compile(r"pod-template-hash|controller-revision-hash|pod-template-generation|.*/pod-index")


def _labels_of_pods(labels: Any) -> Any:
    return {key: value for key, value in mapping(labels).items() if not _POD_LABELS.match(str(key))}


_PORTS = [{"name": ..., "containerPort": ..., "protocol": _unless("TCP")}]
_POD: Shape = {
    "metadata": {"labels": _labels_of_pods},
    "spec": {"containers": [{"name": ..., "ports": _PORTS}]},
}
_WORKLOAD: Shape = {"spec": {"replicas": _only(0), "template": _POD}}
_SPEC: Shape = {"spec": ...}

_SHAPES: Mapping[tuple[str, str], Shape] = {
    ("", "Namespace"): {"metadata": {"labels": ...}},
    ("networking.k8s.io", "IngressClass"): {"metadata": {"annotations": {DEFAULT_CLASS_ANNOTATION: ...}}, "spec": ...},
    (GATEWAY_API, "GatewayClass"): {"spec": {"controllerName": ...}},
    (GATEWAY_API, "Gateway"): {"metadata": {"annotations": _of_load_balancers}, "spec": ...},
    (GATEWAY_API, "ReferenceGrant"): _SPEC,
    ("", "Service"): {
        "spec": {
            "type": _unless("ClusterIP"),
            "clusterIP": _only("None"),
            "externalName": ...,
            "selector": ...,
            "ports": [
                {
                    "name": ...,
                    "port": ...,
                    "protocol": _unless("TCP"),
                    "targetPort": ...,
                    "appProtocol": ...,
                }
            ],
        }
    },
    ("", "Pod"): _POD,
    ("apps", "Deployment"): _WORKLOAD,
    ("apps", "StatefulSet"): _WORKLOAD,
    ("apps", "DaemonSet"): _WORKLOAD,
    ("apps", "ReplicaSet"): _WORKLOAD,
    ("networking.k8s.io", "NetworkPolicy"): _SPEC,
    ("", "Secret"): {},
    ("apiextensions.k8s.io", "CustomResourceDefinition"): {
        "spec": {"group": ..., "names": {"kind": ...}, "versions": [{"name": ..., "served": ...}]}
    },
}
"""By group and kind, in the order that facts are printed."""

_MADE = frozenset(("Pod", "ReplicaSet"))
"""Kinds whose objects others make, as a rule: those are in the facts."""

_SECRETS_OF_TOOLS = ("helm.sh/release.v1", "kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token")
"""Types of Secrets that no manifest refers to."""

_PLATFORMS: tuple[tuple[str, str, str], ...] = (
    ("openshift", "label", "node.openshift.io/os_id"),  # openshift/machine-config-operator, the kubelet's --node-labels
    ("eks", "label", "eks.amazonaws.com/"),  # EKS user guide, managed node groups
    ("gke", "label", "cloud.google.com/gke-"),  # juju caas/kubernetes/provider, by which it tells clouds
    ("aks", "label", "kubernetes.azure.com/"),  # likewise
    ("kind", "provider", "kind://"),  # kind's kubelets, --provider-id
)
"""What tells a platform by its nodes: starts of a label, or of spec.providerID."""


@dataclass(frozen=True)
class Facts:
    """What is in a cluster. `left_out` counts what is not kept, by the words for it."""

    objects: tuple[Mapping[str, Any], ...]
    kubernetes: str = ""
    platform: str = ""
    left_out: Mapping[str, int] | None = None


def facts_of(resources: Iterable[Resource], version: Mapping[str, Any] | None = None) -> Facts:
    """The facts of a cluster's objects, in an order that does not depend on theirs.

    Args:
        resources: what the cluster has.
        version: what `kubectl version -o yaml` prints.
    """
    kept: dict[tuple[int, str, str, str, str], Mapping[str, Any]] = {}
    left_out: Counter[str] = Counter()
    platforms: set[str] = set()
    order = {key: index for index, key in enumerate(_SHAPES)}
    for resource in resources:
        group, kind, namespace, name = resource.identity
        if (group, kind) == ("", "Node"):
            platforms.update(_platforms_of(resource))
            continue
        reason = _why_left_out(resource)
        if reason:
            left_out[reason] += 1
            continue
        shape = _SHAPES.get((group, kind), _SPEC)
        kept[order.get((group, kind), len(order)), group, kind, namespace, name] = _kept(resource, shape)
    return Facts(
        tuple(kept[key] for key in sorted(kept)),
        _minor(version or {}),
        next(iter(platforms)) if len(platforms) == 1 else "",
        dict(sorted(left_out.items())),
    )


def _why_left_out(resource: Resource) -> str:
    """The words for what is not kept; empty for what is."""
    metadata = mapping(resource.get("metadata"))
    if not resource.name:
        return "objects without a name"
    if (resource.group, resource.kind) not in _SHAPES and not is_other_policy(resource):
        return f"{resource.kind}, to which no reference leads that klint follows"
    if metadata.get("deletionTimestamp"):
        return "objects that are being deleted"
    if resource.kind in _MADE and sequence(metadata.get("ownerReferences")):
        return f"{resource.kind} that another object made"
    if resource.kind == "Secret" and resource.get("type") in _SECRETS_OF_TOOLS:
        return f"Secret of type {resource.get('type')}"
    return ""


def _kept(resource: Resource, shape: Shape) -> Mapping[str, Any]:
    found = mapping(_picked(resource.data, shape))
    identity = {"name": resource.name, "namespace": resource.namespace}
    metadata = {**{key: value for key, value in identity.items() if value}, **mapping(found.get("metadata"))}
    whole = {"apiVersion": resource.data["apiVersion"], "kind": resource.kind, "metadata": metadata}
    return {**whole, "spec": found["spec"]} if "spec" in found else whole


def _picked(value: Any, shape: Shape) -> Any:
    """What a shape keeps of a value; None, or nothing in a collection, where that is nothing."""
    if shape is ...:
        return value
    if callable(shape):
        return shape(value)
    if isinstance(shape, list):
        return [found for item in sequence(value) if (found := _picked(item, shape[0])) not in (None, {}, [])]
    picked = {key: _picked(mapping(value)[key], below) for key, below in shape.items() if key in mapping(value)}
    return {key: found for key, found in picked.items() if found not in (None, {}, [])}


def _platforms_of(node: Resource) -> Iterator[str]:
    provider = string(node.get("spec", "providerID"))
    for platform, where, start in _PLATFORMS:
        texts: Iterable[str] = node.labels if where == "label" else (provider,)
        if any(text.startswith(start) for text in texts):
            yield platform
            return


def _minor(version: Mapping[str, Any]) -> str:
    """`1.34` of what the server says: clouds add to its version, as in `v1.34.1-eks-3025e55`."""
    found = re.match(r"v?(\d+\.\d+)", string(mapping(version.get("serverVersion")).get("gitVersion")))
    return found[1] if found else ""

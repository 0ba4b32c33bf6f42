"""What makes a node part of the cluster, or looks after it, and may take the node's ports for that."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from klint.kube.controllers import image_is
from klint.kube.resource import mapping, sequence, string
from klint.kube.workload import Container, PodTemplate

SYSTEM_NAMESPACES = ("kube-*", "openshift-*", "*-system")
"""Patterns of the namespaces that are kept for the cluster's own components and for operators."""

_CRITICAL = ("system-node-critical", "system-cluster-critical")
"""Priority classes that every cluster has (k8s.io/kubernetes pkg/apis/scheduling SystemPriorityClasses)."""

_CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
"""Labels of the nodes that run the control plane (kubernetes.io reference/labels-annotations-taints)."""

_NODE_CAPABILITIES = frozenset(("ALL", "BPF", "NET_ADMIN", "NET_RAW", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE"))
"""Capabilities to set up a node's network or to look into its processes (man 7 capabilities)."""

_IMAGES = frozenset(
    ("csi-attacher", "csi-node-driver-registrar", "csi-provisioner", "csi-resizer", "csi-snapshotter", "kube-vip")
)
"""Images that only run beside a driver of a node's storage (kubernetes-csi.github.io docs/sidecar-containers), or that
announce a node's addresses (kube-vip.io)."""


def is_system_namespace(namespace: str, patterns: Iterable[str]) -> bool:
    """Whether a namespace is kept for system components, by these patterns of `fnmatch`."""
    return any(fnmatchcase(namespace, pattern) for pattern in patterns)


def is_system_component(pod: PodTemplate, namespaces: Iterable[str]) -> bool:
    """Whether a pod is part of what runs the cluster and its nodes, rather than an application.

    It is in a namespace that is kept for such, has a priority that is, is made for the control plane's nodes, drives
    storage, or is a DaemonSet's that is an agent of its node. A DaemonSet is taken for an application only where it
    takes a port that browsers use and does not look into its node. Ingress controllers are no such component: see
    `Container.is_ingress_or_gateway`.
    """
    spec = mapping(pod.get("spec"))
    return (
        is_system_namespace(pod.namespace, namespaces)
        or spec.get("priorityClassName") in _CRITICAL
        or pod.labels.get("tier") == "control-plane"
        or any(key in pod.node_selector for key in _CONTROL_PLANE)
        or any(map(_tolerates_everything, map(mapping, sequence(spec.get("tolerations")))))
        or any(image_is(container.image, _IMAGES) for container in pod.containers)
        or (pod.workload.is_daemon_set and _is_agent(pod))
    )


def _tolerates_everything(toleration: object) -> bool:
    """Whether a toleration is one of every taint: for what must run on nodes that run nothing else."""
    found = mapping(toleration)
    return found.get("operator") == "Exists" and not found.get("key")


def _is_agent(pod: PodTemplate) -> bool:
    containers = (*pod.containers, *pod.sidecars)
    return pod.sees_node or any(map(_controls_node, containers)) or not any(port.is_for_browsers for port in pod.ports)


def _controls_node(container: Container) -> bool:
    context = mapping(container.data.get("securityContext"))
    added = map(string, sequence(mapping(context.get("capabilities")).get("add")))
    if mapping(context.get("windowsOptions")).get("hostProcess") is True:
        return True
    return context.get("privileged") is True or any(name.removeprefix("CAP_") in _NODE_CAPABILITIES for name in added)

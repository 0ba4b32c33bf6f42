"""Facts about clusters that a repository itself holds: kubeadm, kind, k3s, k0s, kOps and OpenShift files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from klint.kube.ports import NodePortRange
from klint.kube.resource import api_group, mapping, sequence, string
from klint.text import yaml
from klint.text.document import Document

FLAG = "service-node-port-range"


_PLATFORMS = {
    "kind.x-k8s.io": "kind",
    "k3d.io": "k3d",
    "eksctl.io": "eks",
    "k0s.k0sproject.io": "k0s",
}
"""API groups of the files that clusters are made from. Nobody applies such a file to a cluster."""

_CLUSTER_GROUPS = frozenset((*_PLATFORMS, "kubeadm.k8s.io", "kubelet.config.k8s.io"))


def platform_of_cluster_file(data: Any) -> str:
    """The platform of the cluster that a file describes; empty if it describes none."""
    return _PLATFORMS.get(api_group(mapping(data)), "")


def is_cluster_file(data: Any) -> bool:
    """Whether a document describes a cluster rather than something in one."""
    return is_cluster_settings(data) or api_group(mapping(data)) in _CLUSTER_GROUPS


def is_cluster_settings(data: Any) -> bool:
    """Whether this is a k3s or RKE2 config.yaml: a bare mapping of the server's flags."""
    return isinstance(data, dict) and "apiVersion" not in data and (FLAG in data or "kube-apiserver-arg" in data)


def node_port_ranges(document: Document) -> Iterator[NodePortRange]:
    """The node port ranges that a cluster's own file sets.

    Sources: kubeadm v1beta3 (a map) and v1beta4 (a list of name and value); kind's kubeadmConfigPatches, per cluster
    and per node; k3s and RKE2 config.yaml; k0s.yaml spec.api; kOps kubeAPIServer; OpenShift's Network.
    """
    origin = document.source.path
    for text in _range_texts(document.data):
        found = NodePortRange.parse(text, origin)
        if found is not None:
            yield found


def _range_texts(data: Any) -> Iterator[str]:
    data = mapping(data)
    group, kind = api_group(data), data.get("kind")
    if (group, kind) == ("", "List"):
        for item in sequence(data.get("items")):
            yield from _range_texts(item)
    elif is_cluster_settings(data):
        yield string(data.get(FLAG))
        yield from _from_arguments(data.get("kube-apiserver-arg"))
    elif group == "kubeadm.k8s.io":
        yield from _from_arguments(mapping(data.get("apiServer")).get("extraArgs"))
    elif group == "kind.x-k8s.io":
        holders = [data, *(mapping(node) for node in sequence(data.get("nodes")))]
        for patch in (text for holder in holders for text in sequence(holder.get("kubeadmConfigPatches"))):
            yield from _from_patch(patch)
    elif group == "k0s.k0sproject.io":
        api = mapping(mapping(data.get("spec")).get("api"))
        yield from _from_arguments(api.get("extraArgs"))
    elif group == "kops.k8s.io":
        yield string(mapping(mapping(data.get("spec")).get("kubeAPIServer")).get("serviceNodePortRange"))
    elif group == "config.openshift.io" and kind == "Network":
        yield string(mapping(data.get("spec")).get("serviceNodePortRange"))


def _from_arguments(arguments: Any) -> Iterator[str]:
    """A map of flags, a list of name and value, or a list of `flag=value`."""
    if isinstance(arguments, dict):
        yield string(arguments.get(FLAG))
    elif isinstance(arguments, str):
        yield from _from_arguments([arguments])
    for item in sequence(arguments):
        if isinstance(item, dict) and item.get("name") == FLAG:
            yield string(item.get("value"))
        elif isinstance(item, str) and item.lstrip("-").startswith(FLAG + "="):
            yield item.partition("=")[2]


def _from_patch(patch: Any) -> Iterator[str]:
    """A kubeadm document inside a kind configuration; a merge patch may leave out its version and even its kind."""
    try:
        data, _ = yaml.load(string(patch))
    except yaml.YamlError:
        return
    yield from _from_arguments(mapping(mapping(data).get("apiServer")).get("extraArgs"))

"""Facts about clusters that a repository itself holds: kubeadm, kind, k3s, k0s, kOps and OpenShift files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from klint.kube.ports import NodePortRange
from klint.kube.resource import api_group, integer, mapping, sequence, string
from klint.records import cached_property, dataclass
from klint.text.document import Document, Place
from klint.text.placeholders import is_placeholder, is_placeholder_for_word

if TYPE_CHECKING:
    from klint.text.changes import Insert

FLAG = "service-node-port-range"


_PLATFORMS = {
    "kind.x-k8s.io": "kind",
    "k3d.io": "k3d",
    "eksctl.io": "eks",
    "k0s.k0sproject.io": "k0s",
    "k0sctl.k0sproject.io": "k0s",
}
"""API groups of the files that clusters are made from. Nobody applies such a file to a cluster."""

_CLUSTER_GROUPS = frozenset((*_PLATFORMS, "kubeadm.k8s.io", "kubelet.config.k8s.io"))


_TELLING = frozenset((*_CLUSTER_GROUPS, "kops.k8s.io", "config.openshift.io"))


def may_tell_of_cluster(data: Any) -> bool:
    """Whether a document is of a kind that may say something of a cluster: hardly any is."""
    return isinstance(data, dict) and (
        api_group(data) in _TELLING or data.get("kind") == "List" or is_cluster_settings(data)
    )


def platform_of_cluster_file(data: Any) -> str:
    """The platform of the cluster that a file describes; empty if it describes none."""
    return _PLATFORMS.get(api_group(mapping(data)), "")


@dataclass(frozen=True)
class KindCluster:
    """A cluster that a kind configuration describes: which ports of its nodes are ports of the machine, too.

    `is_open` says that some are still to be filled in. `at` is where they are written, or would be.

    Source: kubernetes-sigs/kind site/content/docs/user/configuration.md extraPortMappings.
    """

    mapped: frozenset[tuple[int, str]]
    is_open: bool
    at: Place

    @property
    def file(self) -> str:
        """The path of the configuration."""
        return self.at.document.source.path

    def maps(self, number: int, protocol: str) -> bool:
        """Whether a port of a node is, or may be once all is filled in, one of the machine."""
        return self.is_open or (number, protocol) in self.mapped

    def mapping_to(self, number: int, protocol: str) -> Insert | None:
        """The change that maps the machine's port of a number to that of the nodes; None where it is mapped to another
        one, or where the nodes are still to be filled in."""
        from klint.text.changes import Insert

        if self.is_open or number in self._taken:
            return None
        item = {"containerPort": number, "hostPort": number, **({"protocol": protocol} if protocol != "TCP" else {})}
        if self._lists:
            return Insert(self._lists[0], len(self._lists[0].value), item)
        if self._nodes:
            return Insert(self._nodes[0], "extraPortMappings", [item])
        return Insert(Place(self.at.document, ()), "nodes", [{"role": "control-plane", "extraPortMappings": [item]}])

    @cached_property
    def _nodes(self) -> tuple[Place, ...]:
        return Place(self.at.document, ("nodes",)).items

    @cached_property
    def _lists(self) -> tuple[Place, ...]:
        lists = (node.below("extraPortMappings") for node in self._nodes)
        return tuple(place for place in lists if isinstance(place.value, list))

    @cached_property
    def _taken(self) -> frozenset[int | None]:
        """The ports of the machine that are mapped already."""
        return frozenset(integer(mapping(item).get("hostPort")) for place in self._lists for item in place.value)


def kind_cluster(document: Document) -> KindCluster | None:
    """The cluster that a document describes for kind; None if it describes none."""
    file = Place(document, ())
    data = mapping(file.value)
    if api_group(data) != "kind.x-k8s.io" or data.get("kind") != "Cluster":
        return None
    lists = [node.below("extraPortMappings") for node in file.below("nodes").items]
    mapped, is_open = set(), any(is_placeholder(place.value) for place in (file.below("nodes"), *lists))
    for item in (mapping(item) for place in lists for item in sequence(place.value)):
        number, protocol = integer(item.get("containerPort")), string(item.get("protocol")) or "TCP"
        if number is None or is_placeholder_for_word(protocol):
            is_open = True
        else:
            mapped.add((number, protocol))
    at = next((place for place in lists if place.items), file.below("nodes") if "nodes" in data else file.below("kind"))
    return KindCluster(frozenset(mapped), is_open, at)


def is_cluster_file(data: Any) -> bool:
    """Whether a document describes a cluster rather than something in one."""
    return is_cluster_settings(data) or api_group(mapping(data)) in _CLUSTER_GROUPS


def is_cluster_settings(data: Any) -> bool:
    """Whether this is a k3s or RKE2 config.yaml: a bare mapping of the server's flags."""
    return isinstance(data, dict) and "apiVersion" not in data and (FLAG in data or "kube-apiserver-arg" in data)


def node_port_ranges(document: Document) -> Iterator[NodePortRange]:
    """The node port ranges that a cluster's own file sets.

    Sources: kubeadm v1beta3 (a map) and v1beta4 (a list of name and value); kind's kubeadmConfigPatches, per cluster
    and per node; k3s and RKE2 config.yaml; k3d's arguments for k3s; k0s.yaml spec.api, in a file of k0sctl too; kOps
    kubeAPIServer; OpenShift's Network.
    """
    for place, text in _ranges(Place(document, ())):
        found = NodePortRange.parse(text, document.source.path, (place,))
        if found is not None:
            yield found


def _ranges(file: Place) -> Iterator[tuple[Place, str]]:
    """Where a range is written, and the range as it is written there."""
    data = mapping(file.value)
    group, kind = api_group(data), data.get("kind")
    if (group, kind) == ("", "List"):
        for item in file.below("items").items:
            yield from _ranges(item)
    elif is_cluster_settings(data):
        yield from _text(file.below(FLAG))
        yield from _from_arguments(file.below("kube-apiserver-arg"))
    elif group == "kubeadm.k8s.io":
        yield from _from_kubeadm(file)
    elif group == "kind.x-k8s.io":
        from klint.text.embedded import embedded_documents

        for holder in (file, *file.below("nodes").items):
            for patch in holder.below("kubeadmConfigPatches").items:
                # A merge patch may leave out its version and even its kind.
                for document in embedded_documents(patch, string(patch.value)):
                    yield from _from_kubeadm(Place(document, ()))
    elif group == "k3d.io":
        yield from _from_k3s(file)
    elif group in ("k0s.k0sproject.io", "k0sctl.k0sproject.io"):
        steps = ("spec", "k0s", "config") if group.startswith("k0sctl.") else ()
        for field in ("extraArgs", "rawArgs"):
            yield from _from_arguments(file.below(*steps, "spec", "api", field))
    elif group == "kops.k8s.io":
        yield from _text(file.below("spec", "kubeAPIServer", "serviceNodePortRange"))
    elif group == "config.openshift.io" and kind == "Network":
        yield from _text(file.below("spec", "serviceNodePortRange"))


def _from_kubeadm(file: Place) -> Iterator[tuple[Place, str]]:
    return _from_arguments(file.below("apiServer", "extraArgs"))


def disabled_service_lb(document: Document) -> Place | None:
    """The argument by which a k3d cluster goes without ServiceLB, k3s' load balancer; None where it has it.

    Source: docs.k3s.io networking/networking-services, Disabling ServiceLB; --no-deploy is its older name.
    """
    for place in _k3s_arguments(Place(document, ())):
        name, _, value = string(place.value).partition("=")
        if name in ("--disable", "--no-deploy") and "servicelb" in map(str.strip, value.split(",")):
            return place
    return None


def _k3s_arguments(file: Place) -> Iterator[Place]:
    """What k3d hands on to the server of k3s: lists of texts, or of `arg` and the nodes that it is for.

    Source: k3d-io/k3d pkg/config/v1alpha2 and later, types.go.
    """
    options = file.below("options", "k3s")
    yield from options.below("extraServerArgs").items
    yield from (item.below("arg") for item in options.below("extraArgs").items)


def _from_k3s(file: Place) -> Iterator[tuple[Place, str]]:
    for place in _k3s_arguments(file):
        text = string(place.value).lstrip("-").removeprefix("kube-apiserver-arg=").lstrip("-")
        name, _, value = text.partition("=")
        if name == FLAG:
            yield place, value


def _from_arguments(arguments: Place) -> Iterator[tuple[Place, str]]:
    """A map of flags, a list of name and value, or a list of `flag=value`."""
    if isinstance(arguments.value, dict):
        yield from _text(arguments.below(FLAG))
        return
    for item in arguments.items or (arguments,):
        name, _, value = string(item.value).lstrip("-").partition("=")
        if name == FLAG:
            yield item, value
        elif item.below("name").value == FLAG:
            yield from _text(item.below("value"))


def _text(place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(place.value, str):
        yield place, place.value

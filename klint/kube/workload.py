"""Workloads: everything that makes pods, by API group and kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from klint.kube.controllers import image_is, is_ingress_or_gateway_image
from klint.kube.ports import port_name_errors
from klint.kube.resource import Resource, View, integer, mapping, sequence, string, strings
from klint.kube.selector import KnownLabels, label_selector_matches
from klint.records import cached_property, dataclass
from klint.text.document import Document, Path, Place
from klint.text.placeholders import is_placeholder, is_placeholder_for_word, may_be
from klint.text.yaml import key_text

POD_TEMPLATES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): (".",),
    ("", "ReplicationController"): ("spec.template",),
    ("apps", "Deployment"): ("spec.template",),
    ("apps", "ReplicaSet"): ("spec.template",),
    ("apps", "StatefulSet"): ("spec.template",),
    ("apps", "DaemonSet"): ("spec.template",),
    ("extensions", "Deployment"): ("spec.template",),
    ("extensions", "ReplicaSet"): ("spec.template",),
    ("extensions", "DaemonSet"): ("spec.template",),
    ("batch", "Job"): ("spec.template",),
    ("batch", "CronJob"): ("spec.jobTemplate.spec.template",),
    ("argoproj.io", "Rollout"): ("spec.template",),
    ("apps.openshift.io", "DeploymentConfig"): ("spec.template",),
    ("serving.knative.dev", "Service"): ("spec.template",),
    ("serving.knative.dev", "Configuration"): ("spec.template",),
    ("keda.sh", "ScaledJob"): ("spec.jobTargetRef.template",),
    ("batch.volcano.sh", "Job"): ("spec.tasks.*.template",),
    ("kubeflow.org", "PyTorchJob"): ("spec.pytorchReplicaSpecs.*.template",),
    ("kubeflow.org", "TFJob"): ("spec.tfReplicaSpecs.*.template",),
    ("kubeflow.org", "MPIJob"): ("spec.mpiReplicaSpecs.*.template",),
    ("kubeflow.org", "XGBoostJob"): ("spec.xgbReplicaSpecs.*.template",),
    ("kubeflow.org", "PaddleJob"): ("spec.paddleReplicaSpecs.*.template",),
    ("jobset.x-k8s.io", "JobSet"): ("spec.replicatedJobs.*.template.spec.template",),
    ("leaderworkerset.x-k8s.io", "LeaderWorkerSet"): (
        "spec.leaderWorkerTemplate.leaderTemplate",
        "spec.leaderWorkerTemplate.workerTemplate",
    ),
    ("ray.io", "RayCluster"): ("spec.headGroupSpec.template", "spec.workerGroupSpecs.*.template"),
    ("ray.io", "RayService"): (
        "spec.rayClusterConfig.headGroupSpec.template",
        "spec.rayClusterConfig.workerGroupSpecs.*.template",
    ),
    ("ray.io", "RayJob"): (
        "spec.rayClusterSpec.headGroupSpec.template",
        "spec.rayClusterSpec.workerGroupSpecs.*.template",
    ),
    ("apps.kruise.io", "CloneSet"): ("spec.template",),
    ("apps.kruise.io", "StatefulSet"): ("spec.template",),
    ("apps.kruise.io", "DaemonSet"): ("spec.template",),
}
"""Where each kind keeps its pod templates; `*` is each item, `.` the object itself. PodTemplate makes no pod.

Sources: the kinds' own API types; for apps.kruise.io, ray.io, jobset, leaderworkerset and kubeflow.org their CRDs.
"""

PROBES = ("readinessProbe", "livenessProbe", "startupProbe")
"""The fields of a container by which the kubelet asks whether it is well (k8s.io/api core/v1 Container)."""

_EVERY_ADDRESS = "0.0.0.0"
_LOOPBACK = ("127.", "::1", "localhost")
"""How addresses begin that only their own machine reaches."""

_WEB_PORTS = (80, 443, 8080, 8443)

_SIDECARS = frozenset(("istio/proxyv2",))
"""Images of gateways that are injected into applications' pods as well (istio.io setup/additional-setup/gateway)."""

_ISTIO_TEMPLATES = "inject.istio.io/templates"
"""What a pod asks Istio to make of it: `gateway` for one whose image is `auto` till then (istio charts/gateway)."""

_ONE_AT_A_TIME = frozenset(("Job", "CronJob", "ScaledJob", "JobSet", "RayJob"))
_SCALED = frozenset(("Deployment", "ReplicaSet", "StatefulSet", "ReplicationController", "Rollout", "DeploymentConfig"))

CONTROLLER_LABELS = frozenset(
    (
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/job-name",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-completion-index",
        "job-name",
        "controller-uid",
        "pod-template-hash",
        "controller-revision-hash",
        "rollouts-pod-template-hash",
        "deploymentconfig",
        "deployment",
        "gateway.networking.k8s.io/gateway-name",
        "service.istio.io/canonical-name",
        "service.istio.io/canonical-revision",
    )
)
"""Labels that controllers add to the pods they make, so that no template has them (k8s.io/api apps/v1, batch/v1;
argo-rollouts; OpenShift's deployer; Istio)."""


@dataclass(frozen=True, eq=False)
class ContainerPort(View):
    """A port in a container's list. The list is informational, save for names and host ports."""

    @property
    def number(self) -> int | None:
        """containerPort."""
        return integer(self.data.get("containerPort"))

    @property
    def name(self) -> str:
        """The name that a targetPort may use."""
        return string(self.data.get("name"))

    @property
    def protocol(self) -> str:
        """TCP unless given."""
        return string(self.data.get("protocol")) or "TCP"

    @property
    def host_port(self) -> int | None:
        """hostPort; None when absent or 0, which asks for none."""
        return integer(self.data.get("hostPort")) or None

    @property
    def host_ip(self) -> str:
        """hostIP; `0.0.0.0`, every address of the node, unless given."""
        return string(self.data.get("hostIP")) or _EVERY_ADDRESS

    @property
    def is_loopback(self) -> bool:
        """Whether its host port is open to its own node alone."""
        return self.host_ip.startswith(_LOOPBACK)

    @property
    def is_for_browsers(self) -> bool:
        """Whether the number that it has on its node, or else its own, is one that browsers and proxies use."""
        return (self.host_port or self.number) in _WEB_PORTS and not self.is_loopback

    @property
    def name_problem(self) -> str:
        """Why the API server refuses its name, as a clause; empty where it does not, or the name is to be filled in.

        Source: k8s.io/kubernetes pkg/apis/core/validation validateContainerPorts.
        """
        name = self.data.get("name")
        if name is None or name == "" or is_placeholder_for_word(name):
            return ""
        return port_name_errors(name) if isinstance(name, str) else "it is not a string"

    @property
    def name_meant(self) -> str:
        """The name that one which is refused is plainly a spelling of, as `http-web` of `HTTP_web`; else empty."""
        name = self.name.lower().replace("_", "-").replace(".", "-").replace(" ", "-")
        return name if self.name_problem and name and not port_name_errors(name) else ""


@dataclass(frozen=True, slots=True)
class NodePort:
    """A port of its node that a pod asks the scheduler for, and what asks."""

    number: int
    protocol: str
    ip: str
    at: Place

    @property
    def field(self) -> str:
        """The name of the field that asks: hostPort, or with hostNetwork containerPort."""
        return str(self.at.path[-1])

    def __str__(self) -> str:
        protocol = "" if self.protocol == "TCP" else f"/{self.protocol}"
        address = "" if self.ip in (_EVERY_ADDRESS, "::") else f" on {self.ip}"
        return f"{self.number}{protocol}{address}"

    def conflicts_with(self, other: NodePort) -> bool:
        """Whether no node can give both away: every address includes each one.

        Source: k8s.io/kube-scheduler framework/types.go HostPortInfo.CheckConflict.
        """
        return (self.number, self.protocol) == (other.number, other.protocol) and (
            self.ip == other.ip or _EVERY_ADDRESS in (self.ip, other.ip)
        )


@dataclass(frozen=True, eq=False)
class Container(View):
    """A container of a pod template."""

    @property
    def name(self) -> str:
        """The container's name."""
        return string(self.data.get("name"))

    @cached_property
    def image(self) -> str:
        """The image with its tag."""
        return string(self.data.get("image"))

    @cached_property
    def ports(self) -> tuple[ContainerPort, ...]:
        """The declared ports."""
        return self.children(ContainerPort, "ports")

    @property
    def arguments(self) -> tuple[str, ...]:
        """command and args, as far as they are strings."""
        words = (self.data.get("command"), self.data.get("args"))
        return tuple(word for part in words if isinstance(part, list) for word in part if isinstance(word, str))

    @property
    def is_ingress_or_gateway(self) -> bool:
        """Whether its image is that of an ingress controller or of a gateway's proxy."""
        return is_ingress_or_gateway_image(self.image)


@dataclass(frozen=True, eq=False)
class PodTemplate(View):
    """What a workload's pods look like: the mapping with `metadata` and `spec`."""

    workload: Workload

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """The labels Services and NetworkPolicies match."""
        return strings(self.get("metadata", "labels"))

    @cached_property
    def annotations(self) -> Mapping[str, str]:
        """The template's annotations."""
        return strings(self.get("metadata", "annotations"))

    @cached_property
    def known_labels(self) -> KnownLabels:
        """The labels that are written, and what may come to them when the pods are made."""
        return KnownLabels.of(self.get("metadata", "labels"), CONTROLLER_LABELS)

    @property
    def has_open_labels(self) -> bool:
        """Whether any of its labels, or their keys, is still to be filled in."""
        labels = self.get("metadata", "labels")
        return is_placeholder(labels) or any(map(is_placeholder, chain(*self.labels.items())))

    def may_carry(self, selector: Mapping[str, str]) -> bool:
        """Whether the labels have every pair of a selector, or may have once they are filled in."""
        labels = self.get("metadata", "labels")
        if is_placeholder(labels) or any(map(is_placeholder, mapping(labels))):
            return True
        return all(key in self.labels and may_be(self.labels[key], value) for key, value in selector.items())

    def may_offer(self, name: str, protocol: str) -> bool:
        """Whether a container declares a port of this name, or may once its ports are filled in."""
        if self.has_ports_to_fill_in:
            return True
        if is_placeholder(name):
            found = {protocol for protocols in self._protocols.values() for protocol in protocols}
        else:
            found = {*self._protocols.get(name, ()), *self._protocols_to_name}
        return protocol in found or any(map(is_placeholder_for_word, found))

    @cached_property
    def has_ports_to_fill_in(self) -> bool:
        """Whether a list of ports, or a port of it, is still to be filled in."""
        lists = (container.data.get("ports") for container in (*self.containers, *self.sidecars))
        return any(is_placeholder(ports) or any(map(is_placeholder, sequence(ports))) for ports in lists)

    @cached_property
    def _protocols_to_name(self) -> frozenset[str]:
        """The protocols of ports whose names are to be filled in."""
        return frozenset(port.protocol for port in self.ports if is_placeholder(port.name))

    @property
    def namespace(self) -> str:
        """The workload's namespace: pods live where their workload does."""
        return self.workload.namespace

    @cached_property
    def host_network(self) -> bool:
        """Whether the pod shares the node's network, so that every port it opens is the node's."""
        return mapping(self.data.get("spec")).get("hostNetwork") is True

    @property
    def host_aliases(self) -> frozenset[str]:
        """The names that its own hosts file has an address for."""
        aliases = map(mapping, sequence(self.get("spec", "hostAliases")))
        return frozenset(string(name) for alias in aliases for name in sequence(alias.get("hostnames")))

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """spec.containers."""
        return self.children(Container, "spec", "containers")

    @cached_property
    def init_containers(self) -> tuple[Container, ...]:
        """spec.initContainers, sidecars among them."""
        return self.children(Container, "spec", "initContainers")

    @cached_property
    def sidecars(self) -> tuple[Container, ...]:
        """Init containers that keep running (restartPolicy Always). Ordinary ones never serve traffic."""
        return tuple(item for item in self.init_containers if item.data.get("restartPolicy") == "Always")

    @cached_property
    def ports(self) -> tuple[ContainerPort, ...]:
        """The ports declared by containers, then sidecars: the order in which a named port is looked up."""
        return tuple(port for container in (*self.containers, *self.sidecars) for port in container.ports)

    @cached_property
    def node_ports(self) -> tuple[NodePort, ...]:
        """The ports of its node that the pod asks the scheduler for; with hostNetwork every declared one.

        A loopback address counts, an ordinary init container does not.

        Sources: k8s.io/kubernetes pkg/scheduler/util/utils.go GetHostPorts; pkg/apis/core/v1/defaults.go
        defaultHostNetworkPorts.
        """
        found = []
        for port in self.ports:
            if port.host_port:
                found.append(NodePort(port.host_port, port.protocol, port.host_ip, port.at("hostPort")))
            elif self.host_network and port.number:
                found.append(NodePort(port.number, port.protocol, port.host_ip, port.at("containerPort")))
        return tuple(found)

    def named_port(self, name: str, protocol: str) -> ContainerPort | None:
        """The port a named targetPort finds in this pod: by name and protocol, the first one wins.

        Source: k8s.io/endpointslice utils.go FindPort.
        """
        return self._named_ports.get((name, protocol))

    def protocols_of(self, name: str) -> Sequence[str]:
        """The protocols of the ports that have a name."""
        return self._protocols.get(name, ())

    @cached_property
    def _protocols(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, dict[str, None]] = {}
        for port in self.ports:
            if port.name:
                found.setdefault(port.name, {})[port.protocol] = None
        return {name: tuple(protocols) for name, protocols in found.items()}

    @cached_property
    def _named_ports(self) -> Mapping[tuple[str, str], ContainerPort]:
        return {(port.name, port.protocol): port for port in reversed(self.ports) if port.name}

    @cached_property
    def is_ingress_or_gateway(self) -> bool:
        """Whether it runs an ingress controller or a gateway; an Istio proxy beside others is their sidecar."""
        if "gateway" in self.annotations.get(_ISTIO_TEMPLATES, "").split(","):
            return True
        return any(
            container.is_ingress_or_gateway and (len(self.containers) == 1 or not image_is(container.image, _SIDECARS))
            for container in self.containers
        )

    @property
    def ends(self) -> bool:
        """Whether the pod ends by itself: that of a Job, or a Pod that is not started again."""
        policy = self.get("spec", "restartPolicy")
        return self.workload.is_job or (self.workload.kind == "Pod" and policy in ("Never", "OnFailure"))

    @property
    def is_open_on_node(self) -> bool:
        """Whether it is reached at its node's own address: it has the node's network, or a host port for others."""
        return self.host_network or any(port.host_port and not port.is_loopback for port in self.ports)

    @property
    def is_pinned(self) -> bool:
        """Whether it runs on one node only."""
        return bool(self.get("spec", "nodeName")) or "kubernetes.io/hostname" in self.node_selector

    @property
    def keeps_apart(self) -> bool:
        """Whether an anti-affinity that must hold keeps its pods on different nodes."""
        terms = self.get("spec", "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
        return any(label_selector_matches(mapping(term).get("labelSelector"), self.labels) for term in sequence(terms))

    @property
    def sees_node(self) -> bool:
        """Whether it sees its node's files or processes."""
        volumes = sequence(self.get("spec", "volumes"))
        return self.get("spec", "hostPID") is True or any("hostPath" in mapping(volume) for volume in volumes)

    @property
    def node_selector(self) -> Mapping[str, str]:
        """spec.nodeSelector."""
        return strings(self.get("spec", "nodeSelector"))

    def __str__(self) -> str:
        return str(self.workload)


@dataclass(frozen=True, eq=False)
class Workload(Resource):
    """An object that makes pods. `template_paths` says where its templates stand."""

    template_paths: tuple[str, ...] = (".",)

    layer = "workload"

    @classmethod
    def of(cls, document: Document, path: Path = (), template_paths: tuple[str, ...] = ()) -> Workload:
        """A view on the workload at a path of a document."""
        resource = Resource.of(document, path)
        paths = template_paths or POD_TEMPLATES.get((resource.group, resource.kind), ())
        return cls(document, path, resource.data, paths)

    @cached_property
    def pods(self) -> tuple[PodTemplate, ...]:
        """The pod templates; empty when the workload borrows another's (an Argo Rollout with workloadRef)."""
        return tuple(
            PodTemplate(self.document, self.path + steps, data, self)
            for path in self.template_paths
            for steps, data in _walk(self.data, path)
        )

    @property
    def selector(self) -> Mapping[str, str]:
        """The labels by which it knows its pods. They keep these as long as they are its pods."""
        selector = mapping(self.get("spec", "selector"))
        return strings(selector.get("matchLabels", selector))

    @property
    def controllers(self) -> tuple[tuple[str, str], ...]:
        """Kind and name of what made it, as the cluster writes into `ownerReferences`."""
        if "ownerReferences" not in mapping(self.data.get("metadata")):
            return ()
        owners = map(mapping, sequence(self.get("metadata", "ownerReferences")))
        return tuple(
            (string(owner.get("kind")), string(owner.get("name")))
            for owner in owners
            if owner.get("controller") is True
        )

    @property
    def borrowed(self) -> tuple[str, str] | None:
        """Kind and name of the workload whose pod template an Argo Rollout takes; None when it has its own."""
        reference = mapping(self.get("spec", "workloadRef")) if self.kind == "Rollout" else {}
        name = string(reference.get("name"))
        return (string(reference.get("kind")), name) if name else None

    @property
    def governing_service(self) -> str:
        """serviceName of a StatefulSet: in whose domain its pods have their names; empty for other kinds.

        It may be absent (kubernetes/kubernetes#130233): the pods have no such names then.
        """
        return string(self.get("spec", "serviceName")) if self.kind == "StatefulSet" else ""

    @property
    def is_job(self) -> bool:
        """Whether its pods end by themselves."""
        return self.kind in _ONE_AT_A_TIME or self.group == "kubeflow.org"

    @property
    def is_daemon_set(self) -> bool:
        """Whether it runs one pod a node."""
        return self.kind == "DaemonSet"

    @cached_property
    def replicas(self) -> int | None:
        """How many pods it asks for; None where the kind does not say (a DaemonSet, a Job, a custom kind)."""
        if self.kind == "Pod":
            return 1
        if self.kind not in _SCALED:
            return None
        replicas = self.get("spec", "replicas")
        return 1 if replicas is None else integer(replicas)


def _walk(data: Mapping[str, Any], path: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The mappings a dotted path leads to, with their paths."""
    found: list[tuple[Path, Any]] = [((), data)]
    for step in path.split("."):
        if not step:
            continue
        deeper: list[tuple[Path, Any]] = []
        for steps, value in found:
            if step == "*" and isinstance(value, list):
                deeper.extend(((*steps, index), item) for index, item in enumerate(value))
            elif step == "*":
                deeper.extend(((*steps, key_text(key)), item) for key, item in mapping(value).items())
            elif isinstance(value, dict) and step in value:
                deeper.append(((*steps, step), value[step]))
        found = deeper
    return ((steps, value) for steps, value in found if isinstance(value, dict))

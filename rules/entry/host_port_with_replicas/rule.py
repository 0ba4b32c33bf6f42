"""More pods than nodes may hold, because each wants the same port of its node.

Sources: k8s.io/kubernetes pkg/scheduler/util/utils.go GetHostPorts (the ports of containers and sidecars; with
hostNetwork every declared one) and pkg/controller/deployment/util ResolveFenceposts (percentages to pods).
"""

from collections.abc import Iterator
from typing import Any

from klint import Finding, Graph, Place, Related, Severity, rule
from klint.kube.resource import integer, mapping, sequence
from klint.kube.selector import label_selector_matches
from klint.kube.workload import PodTemplate, Workload


@rule(severity="warning")
def host_port_with_replicas(graph: Graph) -> Iterator[Finding]:
    for pod in graph.pods:
        ports = _node_ports(pod)
        if not ports:
            continue
        wanted = _listed(list(ports))
        workload, at = pod.workload, next(iter(ports.values()))
        replicas = graph.replicas(workload)
        if workload.is_daemon_set and _surges(workload):
            yield Finding(
                f"A rolling update of {workload} gets stuck: "
                f"maxSurge starts the new pod beside the old one, which keeps {wanted} of the node",
                at=at,
                related=(Related("the surge", workload.at("spec", "updateStrategy", "rollingUpdate", "maxSurge")),),
            )
        elif replicas and replicas > 1:
            spare = ", and a rolling update needs one node more" if _needs_spare_node(workload) else ""
            yield Finding(
                f"Each of the {replicas} pods of {workload} wants {wanted} of its node: "
                f"where nodes are fewer, the rest stay Pending{spare}",
                at=at,
                related=(_origin(replicas, workload, graph),),
                severity=Severity.NOTE if _keeps_apart(pod) else None,
            )
        elif replicas and _needs_spare_node(workload):
            yield Finding(
                f"A rolling update of {workload} needs a second node: "
                f"the old pod keeps {wanted} until the new one is ready",
                at=at,
                related=(_strategy(workload),),
                severity=None if graph.target.is_local_cluster or _is_pinned(pod) else Severity.NOTE,
            )


def _node_ports(pod: PodTemplate) -> dict[int, Place]:
    """The ports of its node that a pod asks the scheduler for, a loopback address or not, and what asks."""
    ports: dict[int, Place] = {}
    for port in pod.ports:
        if port.host_port:
            ports.setdefault(port.host_port, port.at("hostPort"))
        elif pod.host_network and port.number:
            ports.setdefault(port.number, port.at("containerPort"))
    return ports


def _surges(workload: Workload) -> bool:
    """Whether a DaemonSet starts new pods before it stops the old ones. By default it does not."""
    strategy = mapping(workload.get("spec", "updateStrategy"))
    surge = mapping(strategy.get("rollingUpdate")).get("maxSurge", 0)
    return strategy.get("type", "RollingUpdate") == "RollingUpdate" and bool(_pods(surge, 100, round_up=True))


def _needs_spare_node(workload: Workload) -> bool:
    """Whether a Deployment replaces no pod before a new one is ready: so with up to three pods, unless told otherwise.

    StatefulSets stop the old pod first; other kinds have strategies of their own.
    """
    strategy = mapping(workload.get("spec", "strategy"))
    if workload.kind != "Deployment" or strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return False
    limits = mapping(strategy.get("rollingUpdate"))
    replicas = workload.replicas or 1
    surge = _pods(limits.get("maxSurge", "25%"), replicas, round_up=True)
    return surge != 0 and _pods(limits.get("maxUnavailable", "25%"), replicas, round_up=False) == 0


def _pods(value: Any, replicas: int, *, round_up: bool) -> int | None:
    """A number of pods, or a percentage of them; None for anything else."""
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdigit():
        whole, rest = divmod(int(value[:-1]) * replicas, 100)
        return whole + 1 if rest and round_up else whole
    return integer(value)


def _keeps_apart(pod: PodTemplate) -> bool:
    """Whether the pods may not share a node anyway: somebody has thought of it."""
    terms = pod.get("spec", "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    return any(label_selector_matches(mapping(term).get("labelSelector"), pod.labels) for term in sequence(terms))


def _is_pinned(pod: PodTemplate) -> bool:
    """Whether the pod runs on one node only."""
    return bool(pod.get("spec", "nodeName")) or "kubernetes.io/hostname" in pod.node_selector


def _strategy(workload: Workload) -> Related:
    is_given = workload.get("spec", "strategy") is not None
    what = "the strategy" if is_given else "by default maxUnavailable is 25%, and of one pod that is none"
    return Related(what, workload.at("spec", "strategy"))


def _origin(replicas: int, workload: Workload, graph: Graph) -> Related:
    """What asks for so many pods: the workload or its autoscaler."""
    for item in graph.autoscalers(workload):
        if item.max_replicas == replicas:
            field = "maxReplicaCount" if item.kind == "ScaledObject" else "maxReplicas"
            return Related(f"{item} goes up to {replicas}", item.at("spec", field))
    return Related(f"{replicas} replicas", workload.at("spec", "replicas"))


def _listed(ports: list[int]) -> str:
    """`port 80`, `ports 80 and 443`, `ports 80, 443 and 8443`."""
    *most, last = map(str, ports)
    return f"ports {', '.join(most)} and {last}" if most else f"port {last}"

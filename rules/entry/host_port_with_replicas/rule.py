"""More pods than nodes may hold, because each wants the same port of its node."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Severity, rule
from klint.exposure.scale import Scale
from klint.kube.resource import mapping, sequence
from klint.kube.selector import label_selector_matches
from klint.kube.workload import PodTemplate, Workload


@rule(severity="warning")
def host_port_with_replicas(graph: Graph) -> Iterator[Finding]:
    for pod in graph.pods:
        if not pod.node_ports:
            continue
        workload, at = pod.workload, pod.node_ports[0].at
        wanted = _listed(list(dict.fromkeys(port.number for port in pod.node_ports)))
        scale = graph.scale(workload)
        if workload.is_daemon_set and scale.surge:
            yield Finding(
                f"A rolling update of {workload} gets stuck: "
                f"maxSurge starts the new pod beside the old one, which keeps {wanted} of the node",
                at=at,
                related=(Related("the surge", workload.at("spec", "updateStrategy", "rollingUpdate", "maxSurge")),),
            )
        elif scale.pods and scale.pods > 1:
            spare = ", and a rolling update needs one node more" if scale.doubles_up else ""
            yield Finding(
                f"Each of the {scale.pods} pods of {workload} wants {wanted} of its node: "
                f"where nodes are fewer, the rest stay Pending{spare}",
                at=at,
                related=(_origin(scale),),
                severity=Severity.NOTE if _keeps_apart(pod) else None,
            )
        elif scale.pods and scale.doubles_up:
            yield Finding(
                f"A rolling update of {workload} needs a second node: "
                f"the old pod keeps {wanted} until the new one is ready",
                at=at,
                related=(_strategy(workload),),
                severity=None if graph.target.is_local_cluster or _is_pinned(pod) else Severity.NOTE,
            )


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


def _origin(scale: Scale) -> Related:
    """What asks for so many pods: the workload or its autoscaler."""
    if scale.autoscaler is not None:
        return Related(f"{scale.autoscaler} goes up to {scale.pods}", scale.at)
    return Related(f"{scale.pods} replicas", scale.at)


def _listed(ports: list[int]) -> str:
    """`port 80`, `ports 80 and 443`, `ports 80, 443 and 8443`."""
    *most, last = map(str, ports)
    return f"ports {', '.join(most)} and {last}" if most else f"port {last}"

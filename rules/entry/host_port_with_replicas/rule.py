"""More pods than there may be nodes for, because each needs the same port of its node."""

from collections.abc import Iterator

from klint import Finding, Fix, Graph, PodTemplate, Related, Remove, Scale, Severity, Workload, joined, rule


@rule(severity="warning", follows=("host-port-in-production",))
def host_port_with_replicas(pod: PodTemplate, graph: Graph) -> Iterator[Finding]:
    if not pod.node_ports:
        return
    workload, at, wanted = pod.workload, pod.node_ports[0].at, _wanted(pod)
    scale = graph.scale(workload)
    if workload.is_daemon_set:
        if scale.surge:
            limits = ("spec", "updateStrategy", "rollingUpdate")
            surge, unavailable = workload.at(*limits, "maxSurge"), (*limits, "maxUnavailable")
            changes = [Remove(surge), workload.setting(surge.value, *unavailable)]
            yield Finding(
                f"A rolling update of {workload} gets stuck: "
                f"maxSurge starts the new pod beside the old one, which keeps {wanted} of the node",
                at=at,
                related=(Related("the surge", surge),),
                fix=Fix(f"Stop old pods first: make it maxUnavailable {surge.value}", changes),
            )
    elif scale.pods and scale.pods > 1:
        spare = f", {scale.pods + 1} during a rolling update" if scale.doubles_up else ""
        yield Finding(
            f"{scale.pods} replicas of {workload} need {scale.pods} nodes{spare}: each uses {wanted} of its node",
            at=at,
            related=(_what_says_so(scale),),
            severity=Severity.NOTE if pod.keeps_apart else None,
        )
    elif scale.pods and scale.doubles_up:
        yield Finding(
            f"A rolling update of {workload} needs a second node: "
            f"the old pod keeps {wanted} until the new one is ready",
            at=at,
            related=(_strategy(workload),),
            severity=None if graph.target.is_local_cluster or pod.is_pinned else Severity.NOTE,
        )


def _wanted(pod: PodTemplate) -> str:
    """`port 80`, `ports 80 and 443`, `ports 80, 443 and 8443`."""
    numbers = list(dict.fromkeys(str(port.number) for port in pod.node_ports))
    return f"{'ports' if len(numbers) > 1 else 'port'} {joined(numbers)}"


def _what_says_so(scale: Scale) -> Related:
    if scale.autoscaler is not None:
        return Related(f"{scale.autoscaler} goes up to {scale.pods}", scale.at)
    return Related(f"{scale.pods} replicas", scale.at)


def _strategy(workload: Workload) -> Related:
    is_given = workload.get("spec", "strategy") is not None
    what = "the strategy" if is_given else "by default maxUnavailable is 25%, and of one pod that is none"
    return Related(what, workload.at("spec", "strategy"))

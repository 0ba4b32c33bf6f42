"""A workload that is exposed outside the cluster, and that no NetworkPolicy closes to other clients."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING

from klint import Finding, State, Who, rule

if TYPE_CHECKING:
    from klint import Graph, PodTemplate, Way, Workload

_ENOUGH = 20
"""That many ways are looked at."""


@rule(severity={"production": "warning", "local": None}, otherwise="note")
def exposed_without_policy(
    workload: Workload, graph: Graph, *, allow_namespaces: tuple[str, ...] = ("kube-*", "openshift-*", "*-system")
) -> Iterator[Finding]:
    # Where nobody writes policies they may come from another repository: only production is worth a word then.
    is_habit = bool(graph.network_policies) or graph.target.is_closed_world
    if workload.is_job or not (is_habit or graph.target.is_production) or not graph.is_running(workload):
        return
    if any(fnmatchcase(workload.namespace, name) for name in allow_namespaces):
        return
    ways = (way for pod in workload.pods if _is_open(pod, graph) for way in islice(graph.ways_to(pod), _ENOUGH))
    counting = (way for way in ways if _counts(way, graph, is_habit=is_habit))
    way = min(counting, key=lambda way: way.state is not State.RESOLVED, default=None)
    if way is not None and not graph.is_missed_by_policy(workload):
        by = str(way.route or way.entry).replace(f" of {workload}", " of its own")
        message = f"{workload} is exposed by {by}, and no NetworkPolicy limits who else can reach it"
        yield Finding(message, at=workload.place, path=way.hops)


def _is_open(pod: PodTemplate, graph: Graph) -> bool:
    """Whether policies would hold for a pod and none selects it. An ingress controller is there for everybody."""
    return not pod.is_ingress_or_gateway and not pod.host_network and graph.policies(pod).isolates is State.BROKEN


def _counts(way: Way, graph: Graph, *, is_habit: bool) -> bool:
    """Whether a way is from outside the cluster. A host port of a DaemonSet is for its peers on other nodes.

    Where nobody writes policies, an application on a port of the node is the mistake, and said by other rules.
    """
    mechanism = way.entry.mechanism if way.entry is not None and way.route is None else ""
    if mechanism == "hostPort" and way.pod is not None and way.pod.workload.is_daemon_set:
        return False
    return graph.audience_of(way).who is not Who.CLUSTER and (is_habit or mechanism not in ("hostPort", "NodePort"))

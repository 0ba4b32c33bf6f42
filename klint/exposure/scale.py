"""How many pods a workload may have, and how many a rolling update adds to them or takes away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from klint.kube.autoscaler import Autoscaler
from klint.kube.index import Index
from klint.kube.resource import integer, mapping
from klint.kube.workload import Workload
from klint.records import dataclass
from klint.text.document import Place

Limits = tuple[int | None, int | None]
"""Surge and unavailable pods."""

_NO_UPDATE: Limits = (0, 0)
_UNKNOWN: Limits = (None, None)
_QUARTER = "25%"


@dataclass(frozen=True, slots=True)
class Scale:
    """How many pods a workload may have at most, and what a rolling update does to them.

    `pods` is 0 when the workload is idle, and None when nothing says how many there are: of a DaemonSet one a node,
    of a Job as long as it runs, of a custom kind. `at` is what says so: the replicas, or the maximum of an
    `autoscaler`.
    `surge` is how many pods an update may start before old ones stop, `unavailable` how many it may stop before new
    ones are ready; both of `pods` pods, and for a DaemonSet of the one on each node. None is unknown.
    """

    pods: int | None
    at: Place
    surge: int | None
    unavailable: int | None
    autoscaler: Autoscaler | None = None

    @property
    def doubles_up(self) -> bool:
        """Whether an update certainly starts a new pod before it stops any old one."""
        return bool(self.surge) and self.unavailable == 0


def scale(workload: Workload, own: Index) -> Scale:
    """The scale of a workload. `own` has its bundle: an autoscaler of another one scales another environment's.

    An Argo Rollout that takes a workload's template has pods in its stead. An autoscaler counts before the replicas
    that it overwrites, unless these are more; one whose maximum is still to be filled in may wake an idle workload.
    """
    pods, at, autoscaler = _most(workload, own)
    surge, unavailable = _limits(workload, pods)
    return Scale(pods, at, surge, unavailable, autoscaler)


def replicas(workload: Workload, own: Index) -> int | None:
    """The `pods` of a workload's scale, which is asked of every workload."""
    return _most(workload, own)[0]


def _most(workload: Workload, own: Index) -> tuple[int | None, Place, Autoscaler | None]:
    """How many pods there may be, what says so, and the autoscaler if that does."""
    rollouts = own.rollouts.get((workload.kind, workload.name), ())
    asking = next((item for item in rollouts if item.namespace == workload.namespace), workload)
    autoscalers = own.autoscalers_of(workload)
    highest = max(autoscalers, key=lambda item: item.max_replicas or 0, default=None)
    pods, at = asking.replicas, asking.at("spec", "replicas")
    if highest is not None and highest.max_replicas and highest.max_replicas >= (pods or 0):
        pods, at = highest.max_replicas, highest.max_replicas_at
    else:
        highest = None
        if pods == 0 and any(item.max_replicas is None for item in autoscalers):
            pods = None
    return pods, at, highest


def _limits(workload: Workload, pods: int | None) -> Limits:
    match workload.group, workload.kind:
        case ("apps" | "extensions", "Deployment"):
            return _of_deployment(workload.get("spec", "strategy"), pods)
        case ("apps" | "extensions", "DaemonSet"):
            return _of_daemon_set(workload.get("spec", "updateStrategy"))
        case ("apps", "StatefulSet"):
            return _of_stateful_set(workload.get("spec", "updateStrategy"), pods)
        case ("argoproj.io", "Rollout"):
            return _of_rollout(workload.get("spec", "strategy"), pods)
        case ("apps.openshift.io", "DeploymentConfig"):
            return _of_deployment_config(workload.get("spec", "strategy"), pods)
        case ("", "Pod" | "ReplicationController") | ("apps" | "extensions", "ReplicaSet") | ("batch", _):
            return _NO_UPDATE
    return _UNKNOWN


def _of_deployment(strategy: Any, pods: int | None) -> Limits:
    """Source: k8s.io/api apps/v1 types.go DeploymentStrategy; k8s.io/kubernetes pkg/apis/apps/v1/defaults.go."""
    kind = mapping(strategy).get("type") or "RollingUpdate"
    if kind == "Recreate":
        return 0, pods
    return _rolling(mapping(mapping(strategy).get("rollingUpdate")), pods) if kind == "RollingUpdate" else _UNKNOWN


def _of_deployment_config(strategy: Any, pods: int | None) -> Limits:
    """Source: github.com/openshift/api apps/v1 types.go DeploymentStrategy, RollingDeploymentStrategyParams."""
    kind = mapping(strategy).get("type") or "Rolling"
    if kind == "Recreate":
        return 0, pods
    return _rolling(mapping(mapping(strategy).get("rollingParams")), pods) if kind == "Rolling" else _UNKNOWN


def _of_rollout(strategy: Any, pods: int | None) -> Limits:
    """Source: argo-rollouts utils/defaults DefaultMaxSurge, DefaultMaxUnavailable; docs/features/bluegreen.md."""
    if "blueGreen" in mapping(strategy):
        preview = mapping(mapping(strategy)["blueGreen"]).get("previewReplicaCount")
        return (pods if preview is None else integer(preview)), 0
    return _rolling(mapping(mapping(strategy).get("canary")), pods) if "canary" in mapping(strategy) else _UNKNOWN


def _rolling(limits: Mapping[str, Any], pods: int | None) -> Limits:
    """Limits that are a quarter each unless given, a surge rounded up and what is unavailable rounded down.

    Where both come to nothing one pod may be unavailable, for else nothing would ever move.

    Source: k8s.io/kubernetes pkg/controller/deployment/util ResolveFenceposts.
    """
    surge = _share(limits.get("maxSurge"), _QUARTER, pods, round_up=True)
    unavailable = _share(limits.get("maxUnavailable"), _QUARTER, pods, round_up=False)
    return (0, 1) if surge == unavailable == 0 else (surge, unavailable)


def _of_daemon_set(strategy: Any) -> Limits:
    """Of the one pod on each node; by default the old one stops first.

    Source: k8s.io/api apps/v1 types.go RollingUpdateDaemonSet. Percentages are of the nodes, and both are rounded up.
    """
    kind = mapping(strategy).get("type") or "RollingUpdate"
    if kind != "RollingUpdate":
        return _NO_UPDATE if kind == "OnDelete" else _UNKNOWN
    limits = mapping(mapping(strategy).get("rollingUpdate"))
    surge = _share(limits.get("maxSurge"), 0, 1, round_up=True)
    unavailable = _share(limits.get("maxUnavailable"), 0 if surge else 1, 1, round_up=True)
    return _at_most_one(surge), _at_most_one(unavailable)


def _at_most_one(pods: int | None) -> int | None:
    return None if pods is None else min(pods, 1)


def _of_stateful_set(strategy: Any, pods: int | None) -> Limits:
    """The old pod always stops first: the new one has its name.

    Source: k8s.io/kubernetes pkg/controller/statefulset getStatefulSetMaxUnavailable: rounded down, and at least one.
    """
    kind = mapping(strategy).get("type") or "RollingUpdate"
    if kind != "RollingUpdate":
        return _NO_UPDATE if kind == "OnDelete" else (0, None)
    limits = mapping(mapping(strategy).get("rollingUpdate"))
    unavailable = _share(limits.get("maxUnavailable"), 1, pods, round_up=False)
    return 0, None if unavailable is None else max(unavailable, 1)


def _share(limit: Any, default: int | str, pods: int | None, *, round_up: bool) -> int | None:
    """A number of pods, or a percentage of them; None for anything else, or when nobody knows of how many."""
    limit = default if limit is None else limit
    if isinstance(limit, str) and limit.endswith("%") and limit[:-1].isascii() and limit[:-1].isdigit():
        if pods is None or len(limit) > len("1000%"):
            return None
        whole, rest = divmod(int(limit[:-1]) * pods, 100)
        return whole + 1 if rest and round_up else whole
    return integer(limit)

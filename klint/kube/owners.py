"""Which workloads speak for their pods, where a dump of a cluster has what controllers made as well.

Sources: k8s.io/apimachinery meta/v1 types.go OwnerReference; the names that controllers give are those of
pkg/controller/deployment/sync.go, pkg/controller/cronjob/utils.go, OpenShift's deployer and argo-rollouts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from klint.kube.namespace import ByNamespace
from klint.kube.resource import Resource
from klint.kube.workload import POD_TEMPLATES, PodTemplate, Workload

_MAKERS: Mapping[str, tuple[str, ...]] = {
    "ReplicaSet": ("Deployment", "Rollout"),
    "ReplicationController": ("DeploymentConfig",),
    "Job": ("CronJob",),
}
"""What makes workloads that make pods in turn: what they make is called as they are, a hyphen and more."""

_OF_ONE_TEMPLATE = frozenset(
    kind for (_, kind), paths in POD_TEMPLATES.items() if len(paths) == 1 and "*" not in paths[0] and paths != (".",)
)
"""Kinds whose pods are alike. Others make several things: an operator's object, a Node its static pods."""


def speaking(workloads: Sequence[Workload]) -> tuple[Workload, ...]:
    """Those that speak for their pods: what another of them made is that one's.

    Of what an absent one made of one template it is the first alone, or the first that is not scaled to nothing.
    """
    if not any(workload.controllers for workload in workloads):
        return tuple(workloads)
    present = ByNamespace(((workload.kind, workload.name), workload.namespace, workload) for workload in workloads)
    chosen: dict[tuple[str, str, str], Workload] = {}
    for workload in workloads:
        for kind, name in _controllers(workload):
            first = chosen.setdefault((workload.namespace, kind, name), workload)
            if first.replicas == 0 and workload.replicas != 0:
                chosen[workload.namespace, kind, name] = workload
    return tuple(
        workload
        for workload in workloads
        if all(
            chosen[workload.namespace, kind, name] is workload and not _is_made(kind, name, workload.namespace, present)
            for kind, name in _controllers(workload)
        )
    )


def _controllers(workload: Workload) -> Iterator[tuple[str, str]]:
    """The kinds and names of controllers that made it of a template of theirs."""
    return ((kind, name) for kind, name in workload.controllers if kind in _OF_ONE_TEMPLATE)


def _is_made(kind: str, name: str, namespace: str, present: ByNamespace[tuple[str, str], Workload]) -> bool:
    """Whether a controller of this kind and name, or what makes that, is there."""
    above = ((maker, name.rpartition("-")[0]) for maker in _MAKERS.get(kind, ()))
    return any(next(iter(present.within(owner, namespace)), None) for owner in ((kind, name), *above))


def borrowed_pods(rollout: Workload, templates: Iterable[Resource]) -> tuple[PodTemplate, ...]:
    """The pods of an Argo Rollout that takes its template from one of these PodTemplates.

    Source: argo-rollouts docs/features/specification.md, `workloadRef`.
    """
    return tuple(
        PodTemplate(item.document, (*item.path, "template"), template, rollout)
        for item in templates
        if isinstance(template := item.data.get("template"), dict)
    )

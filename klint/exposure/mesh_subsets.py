"""Istio: from the subsets of a DestinationRule to the pods of its Service that have their labels.

Sources: istio/api networking/v1alpha3 destination_rule.proto (Subset.labels); istio.io docs/reference/config/analysis
IST0173.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from klint.exposure.misses import OPERATOR_LABELS, is_declared, is_runtime_key, listed
from klint.exposure.near import only_similar
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, Near, State
from klint.kube.index import Index
from klint.kube.istio import ISTIO, DestinationRule, Subset, service_of
from klint.kube.ref import Ref
from klint.kube.resource import string, strings
from klint.kube.service import Service
from klint.kube.validation.remedies import write
from klint.kube.workload import CONTROLLER_LABELS, PodTemplate
from klint.reasons import Reason, why
from klint.text.placeholders import is_placeholder
from klint.text.words import abridged

_ADDED = (
    *("topology.kubernetes.io/", "topology.istio.io/", "failure-domain.beta.kubernetes.io/", "kubernetes.io/hostname"),
    *("security.istio.io/", "service.istio.io/", "istio.io/"),
)
"""Starts of the labels that endpoints have beside those of their pods: from the node, or by Istio (istio
pilot/pkg/serviceregistry/util/label AugmentLabels)."""

_FEW = 4
"""That many values of a label are named in a message."""


def empty_subsets(rule: DestinationRule, scope: Scope) -> Iterator[Hop]:
    """The subsets with labels that none of the pods has which the bundle's Service selects.

    A version may be deployed from elsewhere: certain is only what is nearly the label of a pod. Where the Service is
    not in the bundle, or what its selector matches is not, nothing is known of its pods.
    """
    named = service_of(string(rule.get("spec", "host")), rule.namespace)
    services = scope.services_named(named.namespace, named.name).own if named is not None and rule.subsets else ()
    if len(services) != 1 or not services[0].selector:
        return
    (service,) = services
    pods = scope.own.pods_with(service.selector, service.namespace)
    if pods:
        yield from (hop for subset in rule.subsets for hop in _empty(subset, rule, service, pods, scope))


def _empty(
    subset: Subset, rule: DestinationRule, service: Service, pods: tuple[PodTemplate, ...], scope: Scope
) -> Iterator[Hop]:
    labels = strings(subset.get("labels"))
    wanted = {**service.selector, **labels}
    if not labels or any(is_placeholder(text) for text in (subset.name, *labels, *labels.values())):
        return
    if any(_is_set_later(key) for key in labels) or any(pod.has_open_labels for pod in pods):
        return
    if scope.pods_with(wanted, service.namespace).nearest or _has_machine(wanted, scope):
        return
    if scope.may_hide(labels.values()) or is_declared(wanted, scope):
        return
    lacking = {key: value for key, value in labels.items() if all(pod.labels.get(key) != value for pod in pods)}
    blamed = next(iter(lacking), "") if len(lacking) == 1 else ""
    held = {key: _values(key, pods) for key in lacking}
    meant = only_similar(lacking[blamed], held[blamed]) if blamed else ""
    at = subset.at("labels", blamed) if blamed else subset.at("labels")
    reason = (
        why(Reason.PODS_HAVE, abridged([f"{blamed}={value}" for value in held[blamed]], _FEW))
        if blamed and held[blamed]
        else why(Reason.NO_POD_HAS, listed(lacking or labels))
    )
    near = tuple(Near(pod.workload, pod.workload.place) for pod in pods if meant and pod.labels.get(blamed) == meant)
    yield Hop(
        HopKind.SELECTION,
        rule,
        at,
        Ref("", "Pod", service.namespace, subset.name, labels=tuple(labels.items())),
        State.BROKEN,
        (service,),
        reason,
        near[:1],
        certain=bool(meant) or scope.is_closed,
        remedy=write(at, meant) if meant else None,
    )


def _is_set_later(key: str) -> bool:
    return key in CONTROLLER_LABELS or key.startswith((*_ADDED, *OPERATOR_LABELS)) or is_runtime_key(key)


def _values(key: str, pods: tuple[PodTemplate, ...]) -> list[str]:
    return list(dict.fromkeys(pod.labels[key] for pod in pods if key in pod.labels))


def _has_machine(labels: Mapping[str, str], scope: Scope) -> bool:
    """Whether a WorkloadEntry or a WorkloadGroup of Istio has these labels: a machine outside the cluster."""
    machines = scope.index.kept("machines of the mesh", lambda: tuple(_machines(scope.index)))
    return any(labels.items() <= found.items() for found in machines)


def _machines(index: Index) -> Iterator[Mapping[str, str]]:
    for kind, path in (("WorkloadEntry", ("spec", "labels")), ("WorkloadGroup", ("spec", "metadata", "labels"))):
        yield from (strings(item.get(*path)) for item in index.of_kind(ISTIO, kind))

"""Pods that nothing in the workspace opens to others than the cluster's own pods, as far as klint can tell.

Routes of kinds that klint does not read, and the API server, which calls webhooks from outside the pods' network, find
pods by the names of their Services: where a custom resource or a webhook's configuration has such a name, nobody knows.

Sources: k8s.io/api admissionregistration/v1 and k8s.io/kube-aggregator apiregistration/v1, types.go ServiceReference;
for what ConfigMaps say kubernetes.github.io/ingress-nginx user-guide/exposing-tcp-udp-services.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from klint.exposure.audience import Who
from klint.exposure.scope import Scope
from klint.kube.index import Index
from klint.kube.resource import Resource
from klint.kube.service import Service
from klint.kube.workload import PodTemplate

if TYPE_CHECKING:
    from klint.exposure.graph import Graph

_CALLED_BY_API_SERVER = frozenset(("admissionregistration.k8s.io", "apiregistration.k8s.io", "apiextensions.k8s.io"))
_NEG_ANNOTATION = "cloud.google.com/neg"
_TCP_SERVICE = re.compile(r"(?<=[a-z0-9-])/([a-z0-9-]++):[\w-]")
_HOST = re.compile(r"(?:\w+://)?([a-z0-9-]+)(?:[.:/].*)?\Z")


def is_unopened(pod: PodTemplate, graph: Graph, scope: Scope) -> bool:
    """Whether requests from outside come to a pod on no way that there is or may be."""
    if pod.host_network or pod.workload.is_job or _is_webhook(pod) or scope.has_gaps:
        return False
    if pod.is_ingress_or_gateway:
        return False
    if any(graph.audience_of(way).who is not Who.CLUSTER for way in graph.ways_to(pod)):
        return False
    return not any(_may_open(service, graph, scope) for service in scope.index.each_service_selecting(pod))


def _is_webhook(pod: PodTemplate) -> bool:
    """Whether a pod calls itself one: its configuration may be made when it runs."""
    return any("webhook" in name for name in (pod.workload.name, *(port.name for port in pod.ports)))


def _may_open(service: Service, graph: Graph, scope: Scope) -> bool:
    """Whether a Service opens a port, a route leads to it, or something does that klint does not read."""
    names = scope.index.kept("names that open", lambda: frozenset(_names(scope.index)))
    return (
        bool(graph.entries_of(service))
        or service.name in scope.index.routes_to
        or service.name in names
        or _NEG_ANNOTATION in service.annotations
        or bool(scope.may_hide([service.name]))
    )


def _names(index: Index) -> Iterator[str]:
    """What may be the name of a Service that is called from outside the cluster's pods."""
    for resource in index.resources:
        if _may_route(resource):
            yield from _hosts(resource.data)
        elif resource.kind == "ConfigMap" and resource.group == "":
            yield from _TCP_SERVICE.findall(" ".join(_texts(resource.get("data"))))


def _may_route(resource: Resource) -> bool:
    group = resource.group
    return group in _CALLED_BY_API_SERVER or ("." in group and not group.endswith(".k8s.io"))


def _hosts(data: Any) -> Iterator[str]:
    for text in _texts(data):
        found = _HOST.match(text)
        if found is not None:
            yield found[1]


def _texts(data: Any) -> Iterator[str]:
    """Every text in plain data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for item in data.values() if isinstance(data, dict) else data:
            yield from _texts(item)

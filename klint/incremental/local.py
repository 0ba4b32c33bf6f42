"""Which objects matter to their own namespace alone, and what of them others may look at.

Most objects of a large workspace are Deployments, Services and Ingresses of applications. References between them stay
inside a namespace, save for hosts and what annotations name. All other objects may matter anywhere: classes, Gateways,
policies, controllers, whatever opens a port of a node or stands for every host, and what klint does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from klint.exposure.controller_entries import TUNNELS
from klint.exposure.near import parts, stem
from klint.exposure.tls_elsewhere import LOAD_BALANCER_MAKER
from klint.kube.controllers import image_repository, is_ingress_or_gateway_image
from klint.kube.dashboards import DASHBOARD_IMAGES
from klint.kube.resource import Resource, mapping, sequence, string
from klint.kube.routes.ingress import Ingress
from klint.kube.service import Service
from klint.kube.workload import Workload
from klint.regex import regex
from klint.text.placeholders import is_placeholder

_WORKLOADS = frozenset(
    (("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet"), ("batch", "Job"), ("batch", "CronJob"))
)
_FIELDS_OF_SERVICES = frozenset(("selector", "ports", "type", "clusterIP", "sessionAffinity"))
_FIELDS_OF_INGRESSES = frozenset(("ingressClassName", "tls", "rules"))
_HARMLESS_ANNOTATIONS = ("prometheus.io/",)
"""How the annotations of Services begin that say nothing of how requests come in."""

_OWN_FIELDS = frozenset(
    (
        *("image", "ports", "env", "envFrom", "resources", "volumeMounts", "lifecycle", "imagePullPolicy"),
        *("readinessProbe", "livenessProbe", "startupProbe", "terminationMessagePath", "terminationMessagePolicy"),
    )
)
"""The fields of a container that nobody looks at who does not look for its pod."""

_SPECIAL_IMAGES = frozenset((*DASHBOARD_IMAGES, *TUNNELS, *LOAD_BALANCER_MAKER))
_FAR_REACHING = regex(r"alias|snippet|conditions|actions|mergeable")
"""What is in the names of annotations by which an Ingress takes requests for other hosts than its rules have."""

_NAMED_CONTROLLER = regex(r"=[a-z0-9-]+\.[a-z0-9.-]*/")
"""In the argument of a pod that says which controller it is: `--controller-class=example.com/mine`."""

_PIECES = regex(r"[A-Za-z0-9_-]+")
_WORDS = regex(r"[a-z0-9][a-z0-9-]*")


def is_local(resource: Resource) -> bool:
    """Whether an object matters to its own namespace alone, and to the routes that share a host with it.

    Where it leaves its namespace open that is any: it may meet whatever has its words, and what is in its own Bundle.
    """
    if resource.path or is_placeholder(resource.namespace) or is_placeholder(resource.name):
        return False
    if isinstance(resource, Service):
        return _is_local_service(resource)
    if isinstance(resource, Workload):
        return (resource.group, resource.kind) in _WORKLOADS and _is_local_workload(resource)
    return type(resource) is Ingress and _is_local_ingress(resource)


def _is_local_service(service: Service) -> bool:
    spec = mapping(service.get("spec"))
    selector = service.selector
    return (
        spec.keys() <= _FIELDS_OF_SERVICES
        and spec.get("type", "ClusterIP") == "ClusterIP"
        and bool(selector)
        and not any(is_placeholder(text) for pair in selector.items() for text in pair)
        and all("nodePort" not in mapping(port) for port in sequence(spec.get("ports")))
        and all(str(key).startswith(_HARMLESS_ANNOTATIONS) for key in service.annotations)
    )


def _is_local_workload(workload: Workload) -> bool:
    for pod in workload.pods:
        if pod.has_open_labels or pod.get("spec", "hostNetwork") or any("hostPort" in port.data for port in pod.ports):
            return False
        for container in pod.containers:
            if is_placeholder(container.image):
                return False
    return bool(workload.pods) and not runs_for_others(workload)


def runs_for_others(resource: Resource) -> bool:
    """Whether an object runs what takes requests for others: how these come to it is part of their ways."""
    return isinstance(resource, Workload) and any(
        _is_special(container.image) or any(map(_NAMED_CONTROLLER.search, container.arguments))
        for pod in resource.pods
        for container in pod.containers
    )


def _is_special(image: str) -> bool:
    """Whether who runs such an image matters to others: a controller, a proxy, a dashboard, a tunnel."""
    name = image_repository(image).rpartition("/")[2]
    return is_ingress_or_gateway_image(image) or name in _SPECIAL_IMAGES


def _is_local_ingress(ingress: Ingress) -> bool:
    return (
        mapping(ingress.get("spec")).keys() <= _FIELDS_OF_INGRESSES
        and bool(ingress.rules)
        and all(_is_one_host(rule.host) for rule in ingress.rules)
        and not any("*" in host for tls in ingress.tls for host in tls.hosts)
        and not any(_FAR_REACHING.search(key) for key in ingress.annotations)
        and not any(
            path.backend.ends_in or "resource" in path.backend.data for rule in ingress.rules for path in rule.paths
        )
    )


def _is_one_host(host: str) -> bool:
    return bool(host) and "*" not in host and not is_placeholder(host)


def hosts_of(resource: Resource) -> Iterator[str]:
    """The hosts that routes anywhere may share with an object that is local."""
    if isinstance(resource, Ingress):
        yield from (rule.host.lower() for rule in resource.rules)
        for item in sequence(resource.get("spec", "tls")):
            yield from (host.lower() for host in sequence(mapping(item).get("hosts")) if isinstance(host, str))


def words_of(resource: Resource) -> Iterator[str]:
    """The words by which an object that is local may name other namespaces."""
    if isinstance(resource, Ingress):
        for text in resource.annotations.values():
            yield from _WORDS.findall(text)


def found_by(resource: Resource) -> Iterator[str]:
    """The words by which an object that is local may be found from other namespaces: whoever asks has them as well."""
    yield resource.name
    if isinstance(resource, Service):
        yield from parts(resource.name)
    elif isinstance(resource, Workload):
        yield stem(resource.name)
        yield from resource.labels.values()
        yield from (value for pod in resource.pods for value in pod.labels.values())
    elif isinstance(resource, Ingress):
        yield from _named_by(resource)


def asks_for(resource: Resource) -> Iterator[frozenset[str]]:
    """What an object that is local may look for in other namespaces: words that all are of whatever it finds."""
    if isinstance(resource, Service):
        yield frozenset((resource.name,))  # whether any route leads to a Service of that name
        yield frozenset((stem(resource.name),))
        yield frozenset(resource.selector.values())
    elif isinstance(resource, Workload) and resource.governing_service:
        yield frozenset((resource.governing_service,))
    elif isinstance(resource, Ingress):
        yield from (frozenset((name,)) for name in _named_by(resource))


def mentioned_by(resource: Resource) -> Iterator[str]:
    """The words of an object that may matter anywhere, by which it may look for others; definitions look for none."""
    waiting: list[Any] = [] if resource.kind == "CustomResourceDefinition" else [resource.data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
            yield from _PIECES.findall(item)
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _named_by(ingress: Ingress) -> Iterator[str]:
    """The Services that an Ingress leads to, and the Secrets that it has certificates in or takes them from."""
    yield from (path.backend.name for rule in ingress.rules for path in rule.paths)
    yield from (
        name for item in sequence(ingress.get("spec", "tls")) if (name := string(mapping(item).get("secretName")))
    )


def outline(resource: Resource) -> str:
    """What of an object that is local others than its namespace may look at, or what decides which Bundle it is in: two
    texts are equal where none of that differs."""
    data: Any = resource.data
    spec = mapping(resource.get("spec"))
    if isinstance(resource, Service):
        data = {**data, "spec": {**spec, "ports": None}}
    elif isinstance(resource, Ingress):
        services = sorted({path.backend.name for rule in resource.rules for path in rule.paths})
        data = {**data, "spec": {**spec, "rules": services, "tls": None}}
    elif (resource.group, resource.kind) not in (("batch", "CronJob"),):
        template = mapping(spec.get("template"))
        pod = mapping(template.get("spec"))
        containers = [*map(_outline_of_container, sequence(pod.get("containers")))]
        template = {**template, "spec": {**pod, "containers": containers}}
        data = {**data, "spec": {**spec, "replicas": None, "template": template}}
    return repr((resource.path, data))


def _outline_of_container(container: Any) -> Any:
    data = mapping(container)
    others = {key: value for key, value in data.items() if key not in _OWN_FIELDS}
    return {**others, "image": image_repository(string(data.get("image")))}

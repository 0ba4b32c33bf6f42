"""Which Services a pod addresses by name: in its environment, its command and the ConfigMaps that it is given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from klint.exposure.scope import Scope
from klint.kube.namespace import may_be_one_namespace
from klint.kube.resource import Resource, mapping, sequence, string, strings
from klint.kube.service import Service
from klint.kube.workload import Container, PodTemplate
from klint.records import dataclass
from klint.text.document import Place

_HOST = re.compile(r"(?:(://(?:[^\s/@\"']*+@)?)|(?<![\w./@:${-]))([a-z0-9][a-z0-9.-]*+)(?::(\d{1,5}+))?([$({<%\[])?")
"""A host in a text: behind `://` or not, its name, its port, and what looks as if more of it is to be filled in."""

_HOST_WORDS = frozenset(
    ("ADDR", "ADDRESS", "BROKER", "BROKERS", "ENDPOINT", "HOST", "HOSTNAME", "HOSTS", "SERVER", "SERVERS", "SERVICE",
     "UPSTREAM", "URI", "URL")
)  # fmt: skip
"""The last words of the names of variables whose whole value is a host."""


@dataclass(frozen=True, slots=True)
class Address:
    """A Service's name as a pod has it, and where; `service` is None where it is not in the workspace."""

    host: str
    service: Service | None
    at: Place


@dataclass(frozen=True, slots=True)
class _Mention:
    """What looks like a host in a text. `is_whole` says that it is the whole value of a variable for hosts."""

    host: str
    port: int | None
    at: Place
    is_url: bool
    is_whole: bool

    @property
    def is_certain(self) -> bool:
        """Whether it can only be a host."""
        return self.is_url or self.is_whole or self.port is not None


def addressed_services(pod: PodTemplate, scope: Scope) -> Iterator[Address]:
    """The Services that a pod addresses by name, its own apart, in the order of its containers.

    `name.namespace.svc` is a Service's name whatever else there is, where a port or a scheme says that it is a host;
    `name.namespace`, `pod.name` and `name` are where there is such a Service.

    Source: kubernetes.io docs/concepts/services-networking/dns-pod-service.md.
    """
    own = set(map(id, scope.services_selecting(pod)))
    for mention in _mentions(pod, scope):
        address = _resolve(mention, pod, scope)
        if address is not None and id(address.service) not in own:
            yield address


def _resolve(mention: _Mention, pod: PodTemplate, scope: Scope) -> Address | None:
    labels = mention.host.split(".")
    if "svc" in labels[2:4]:
        name, namespace = labels[labels.index("svc", 2) - 2 :][:2]
        service = next(iter(scope.services_named(namespace, name).nearest), None)
        return Address(mention.host, service, mention.at) if service is not None or mention.is_certain else None
    meant = next(_meant(labels, mention, pod, scope), None)
    return Address(mention.host, meant, mention.at) if meant is not None else None


def _meant(labels: Sequence[str], mention: _Mention, pod: PodTemplate, scope: Scope) -> Iterator[Service]:
    """The Services that a name of one or two labels may be of, the likeliest first."""
    if len(labels) == 2:
        called = scope.services_named(labels[1], labels[0]).nearest
        yield from (service for service in called if service.namespace == labels[1])
        if mention.is_certain:
            yield from (service for service in _beside(labels[1], pod, scope) if service.is_headless)
    elif len(labels) == 1 and mention.is_certain:
        for service in _beside(labels[0], pod, scope):
            if mention.is_url or mention.is_whole or any(port.number == mention.port for port in service.ports):
                yield service


def _beside(name: str, pod: PodTemplate, scope: Scope) -> tuple[Service, ...]:
    """The Services with a name in a pod's own namespace, which is all that a short name finds."""
    found = scope.services_named(pod.namespace, name)
    return found.own or tuple(item for item in found.elsewhere if item.namespace and item.namespace == pod.namespace)


def _mentions(pod: PodTemplate, scope: Scope) -> Iterator[_Mention]:
    for container in (*pod.containers, *pod.init_containers):
        yield from _of_container(container, pod, scope)
    for name in dict.fromkeys(_names_of_maps(pod)):
        for config in _config_maps(name, pod, scope):
            yield from scope.index.kept(("hosts", id(config)), partial(_of_map, config))


def _names_of_maps(pod: PodTemplate) -> Iterator[str]:
    """The ConfigMaps that a pod has as a whole: as variables, or mounted."""
    for container in (*pod.containers, *pod.init_containers):
        for source in map(mapping, sequence(container.data.get("envFrom"))):
            yield string(mapping(source.get("configMapRef")).get("name"))
    for volume in map(mapping, sequence(pod.get("spec", "volumes"))):
        projected = map(mapping, sequence(mapping(volume.get("projected")).get("sources")))
        for source in (volume, *projected):
            yield string(mapping(source.get("configMap")).get("name"))


def _of_container(container: Container, pod: PodTemplate, scope: Scope) -> Iterator[_Mention]:
    for field in ("command", "args"):
        for index, text in enumerate(sequence(container.data.get(field))):
            yield from _in_text(string(text), container.at(field, index))
    for index, variable in enumerate(map(mapping, sequence(container.data.get("env")))):
        name = string(variable.get("name"))
        yield from _in_text(string(variable.get("value")), container.at("env", index, "value"), name)
        reference = mapping(mapping(variable.get("valueFrom")).get("configMapKeyRef"))
        for config in _config_maps(string(reference.get("name")), pod, scope):
            key = string(reference.get("key"))
            yield from _in_text(string(config.get("data", key)), config.at("data", key), name)


def _config_maps(name: str, pod: PodTemplate, scope: Scope) -> tuple[Resource, ...]:
    called = scope.index.named(name) if name else ()
    maps = (item for item in called if item.kind == "ConfigMap" and may_be_one_namespace(item.namespace, pod.namespace))
    return scope.sort(maps).nearest[:1]


def _of_map(config: Resource) -> list[_Mention]:
    texts = strings(config.get("data")).items()
    return [found for key, text in texts for found in _in_text(text, config.at("data", key), key)]


def _in_text(text: str, at: Place, name: str = "") -> Iterator[_Mention]:
    is_for_hosts = name.upper().replace("-", "_").rpartition("_")[2] in _HOST_WORDS
    for found in _HOST.finditer(text):
        scheme, host, port, more = found.groups()
        if not more and not host.endswith("-"):
            is_whole = is_for_hosts and found[0] == text.strip()
            yield _Mention(host.rstrip("."), int(port) if port else None, at, bool(scheme), is_whole)

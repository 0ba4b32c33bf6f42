"""Pods that a Service selects beside those that it is for: of a Job, or of another application.

Sources: k8s.io/endpointslice utils.go and reconciler.go, where every pod that matches is an endpoint until it has
ended, and a named port leaves out the pods without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from klint.exposure.near import stem
from klint.exposure.pod_set import may_listen
from klint.exposure.selection import Selection
from klint.kube.controllers import image_repository
from klint.kube.service import Service, ServicePort
from klint.kube.workload import CONTROLLER_LABELS, PodTemplate, Workload
from klint.reasons import PLAIN, Reason, Why, why
from klint.records import dataclass
from klint.text.placeholders import is_placeholder

_ENOUGH = 20
"""A Service that selects more workloads than this does so on purpose."""

_FEW = 3
"""That many ports are named in a message."""

_NAMING_KEYS = (
    *("app.kubernetes.io/component", "app.kubernetes.io/name", "component", "app", "k8s-app"),
    *("name", "run", "service", "tier"),
)
"""Label keys that tell one application, or one part of it, from another; the first that differs is named."""

_VERSION_WORDS = frozenset(
    ("version", "track", "color", "colour", "revision", "rev", "slot", "variant", "canary", "stable", "baseline",
     "experiment", "preview", "blue", "green", "next", "latest", "old", "new", "primary", "secondary", "beta")
)  # fmt: skip
"""Words in label keys, names and images that tell versions of one application apart."""

_VERSION = re.compile(r"v?[0-9]+\Z")


@dataclass(frozen=True, slots=True)
class Stranger:
    """A workload whose pods a Service selects, and why it does not look like the one that the Service is for."""

    workload: Workload
    beside: Workload
    why: Why


def strangers(selection: Selection) -> Iterator[Stranger]:
    """The workloads that a Service does not seem to be for, as far as they get requests through it.

    Those of one image, those that a label calls versions of one another, and the peers of a headless Service belong
    together. What is not known of them, an image or a namespace, speaks for them.
    """
    service, workloads = selection.service, selection.selected.workloads
    if selection.elsewhere or not 2 <= len(workloads) <= _ENOUGH or not CONTROLLER_LABELS.isdisjoint(service.selector):
        return
    pods = [pod for pod in selection.pods if pod.containers and _get_requests(pod, service)]
    reached = dict.fromkeys(pod.workload for pod in pods)
    if len({pod.namespace for pod in pods}) != 1 or len({item.identity for item in reached}) != len(reached):
        return
    lasting = [pod for pod in pods if not pod.ends]
    if not lasting:
        return
    host = _host(service, lasting)
    for pod in pods:
        if pod.workload.get("spec", "suspend") is True:
            continue
        reason = why(Reason.ENDS) if pod.ends else PLAIN if service.is_headless else _difference(service, host, pod)
        if reason:
            yield Stranger(pod.workload, host.workload, reason)


def _get_requests(pod: PodTemplate, service: Service) -> bool:
    return not service.ports or any(
        not isinstance(port.target, str) or pod.may_offer(port.target, port.protocol) for port in service.ports
    )


def _host(service: Service, pods: Sequence[PodTemplate]) -> PodTemplate:
    """The pod that a Service is for: one of its name, else one that declares its port, else the first."""
    named = (pod for pod in pods if stem(pod.workload.name) == stem(service.name))
    declaring = (pod for pod in pods if any(_declares(pod, port) for port in service.ports))
    return next(named, None) or next(declaring, pods[0])


def _difference(service: Service, host: PodTemplate, other: PodTemplate) -> Why:
    """What tells a pod from the one that the Service is for; false where they may be one application."""
    if other.workload is host.workload or _share_image(host, other) or _are_versions(host, other):
        return PLAIN
    for port in service.ports:
        if isinstance(port.target, int) and _declares(host, port) and not may_listen(other, port.target):
            return _ports_instead(other, port.target)
    for key in _NAMING_KEYS:
        one, another = host.labels.get(key, ""), other.labels.get(key, "")
        if one != another and not _are_one(one, another) and not any(map(is_placeholder, (one, another))):
            return _label(key, one, another)
    return PLAIN


def _label(key: str, one: str, another: str) -> Why:
    if one and another:
        return why(Reason.OTHER_LABEL, key, another, one)
    return why(Reason.MORE_LABELS, f"{key}={another}") if another else why(Reason.LACKS_LABEL, f"{key}={one}")


def _declares(pod: PodTemplate, port: ServicePort) -> bool:
    if isinstance(port.target, str):
        return pod.named_port(port.target, port.protocol) is not None
    return any(declared.number == port.target for declared in pod.ports)


def _ports_instead(pod: PodTemplate, number: int) -> Why:
    declared = ", ".join(islice(dict.fromkeys(str(port.number) for port in pod.ports), _FEW))
    return why(Reason.LISTENS_ELSEWHERE, declared, number) if declared else why(Reason.LISTENS_NOWHERE)


def _share_image(one: PodTemplate, other: PodTemplate) -> bool:
    """Whether two pods run a program in common, or what they run is not known."""
    images = [[container.image.strip() for container in pod.containers] for pod in (one, other)]
    if any(not image or is_placeholder(image) for part in images for image in part):
        return True
    return any(_are_one(first, second) for first in _programs(images[0]) for second in _programs(images[1]))


def _programs(images: Sequence[str]) -> list[str]:
    return [image_repository(image).rpartition("/")[2] for image in images]


def _are_versions(one: PodTemplate, other: PodTemplate) -> bool:
    """Whether labels or names call two pods versions of one application."""
    keys = (one.labels.keys() | other.labels.keys()) - {"app.kubernetes.io/version"}
    differing = (key for key in keys if one.labels.get(key) != other.labels.get(key))
    if any(not _VERSION_WORDS.isdisjoint(_words(key.rpartition("/")[2])) for key in differing):
        return True
    return _are_one(one.workload.name, other.workload.name)


def _are_one(one: str, other: str) -> bool:
    """Whether two names are alike but for words that say a version, as `web-canary` and `web` are."""
    return bool(one and other) and _core(one) == _core(other)


def _core(name: str) -> tuple[str, ...]:
    return tuple(word for word in _words(name) if word not in _VERSION_WORDS and not _VERSION.match(word))


def _words(name: str) -> list[str]:
    return re.split(r"[-_.]", name.lower())

"""What a port speaks, as far as manifests tell: by appProtocol, by what it is called, by probes and by its number.

Sources: kubernetes.io docs/concepts/services-networking/service#application-protocol; istio.io docs/ops/configuration/
traffic-management/protocol-selection, whose port names `<protocol>[-<suffix>]` many charts follow; HTTPGetAction of
k8s.io/api core/v1, whose scheme is HTTP unless given.
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.resource import mapping, string
from klint.kube.service import ServicePort
from klint.kube.workload import PROBES, ContainerPort, PodTemplate

_HTTP = frozenset(("http", "http1", "http2", "h2c", "ws", "websocket", "web", "www"))
_TLS = frozenset(("https", "tls", "ssl", "wss", "grpcs", "websecure", "h2", "mtls"))
"""Words in appProtocol and in the names of ports."""

_HTTPS = frozenset(("https", "wss", "websecure"))
_PLAIN = frozenset(
    ("", "tcp", "port", "app", "api", "main", "default", "service", "server", "ui", "frontend", "public")
)
"""Words that leave what a port speaks to its number."""

_HTTP_NUMBERS = frozenset((80, 8080))
_TLS_NUMBERS = frozenset((443, 6443, 8443, 9443))
_HTTPS_NUMBERS = frozenset((443, 8443))


def speaks_tls(port: ServicePort | None, declared: ContainerPort | None, pod: PodTemplate | None) -> bool:
    """Whether something says that a port of a Service or a pod is for TLS."""
    numbers = {item.number for item in (port, declared) if item is not None}
    if port is not None and isinstance(port.target, int):
        numbers.add(port.target)
    words = frozenset(_words(port, declared))
    return not numbers.isdisjoint(_TLS_NUMBERS) or not words.isdisjoint(_TLS) or "HTTPS" in _probed(declared, port, pod)


def speaks_plain_http(port: ServicePort | None, declared: ContainerPort | None, pod: PodTemplate | None) -> bool:
    """Whether a port speaks HTTP without TLS: something says so, or its number does and nothing says otherwise."""
    protocol = port.protocol if port is not None else declared.protocol if declared is not None else ""
    if protocol != "TCP" or speaks_tls(port, declared, pod):
        return False
    words = frozenset(_words(port, declared))
    if not words.isdisjoint(_HTTP) or "HTTP" in _probed(declared, port, pod):
        return True
    numbers = {item.number for item in (port, declared) if item is not None}
    return not numbers.isdisjoint(_HTTP_NUMBERS) and words <= _PLAIN


def is_called_http(port: ServicePort, declared: ContainerPort | None) -> bool:
    """Whether a port of a Service, or the pod's port behind it, has HTTP in what it is called."""
    return not (_HTTP | _HTTPS).isdisjoint(_words(port, declared))


def is_probed_by_http(port: ServicePort, declared: ContainerPort | None, pod: PodTemplate | None) -> bool:
    """Whether the kubelet asks at a port by HTTP whether a pod is well."""
    return any(True for _ in _probed(declared, port, pod))


def speaks_http(port: ServicePort, declared: ContainerPort | None, pod: PodTemplate | None) -> bool:
    """Whether a port of a Service speaks HTTP, be it with TLS or without."""
    if port.protocol != "TCP" or speaks_plain_http(port, declared, pod):
        return port.protocol == "TCP"
    words = frozenset(_words(port, declared))
    return not words.isdisjoint(_HTTPS) or (port.number in _HTTPS_NUMBERS and words <= _PLAIN | _TLS)


def _words(port: ServicePort | None, declared: ContainerPort | None) -> Iterator[str]:
    """The words of what a port is called: `kubernetes.io/h2c` is `h2c`, `http-api` is `http` and `api`."""
    names = [declared.name] if declared is not None else []
    if port is not None:
        names += [port.name, port.app_protocol.rpartition("/")[2]]
        names += [port.target] if isinstance(port.target, str) else []
    for name in names:
        yield from (word for word in name.lower().split("-") if not word.isdigit())


def _probed(declared: ContainerPort | None, port: ServicePort | None, pod: PodTemplate | None) -> Iterator[str]:
    """The schemes by which the pod's containers are asked at a port whether they are well."""
    target = port.target if port is not None else None
    called = {target, *((declared.number, declared.name) if declared is not None else ())} - {None, ""}
    for container in pod.containers if pod is not None else ():
        for probe in PROBES:
            action = mapping(mapping(container.data.get(probe)).get("httpGet"))
            asked = action.get("port")
            if isinstance(asked, int | str) and asked in called:
                yield string(action.get("scheme")) or "HTTP"

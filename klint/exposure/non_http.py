"""Backends of HTTP routes whose ports do not speak HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from klint.exposure.backends import BackendLink
from klint.exposure.ways import unguarded_descents
from klint.kube.protocols import is_called_http, is_probed_by_http
from klint.kube.resource import Resource
from klint.kube.routes.shape import Route, TlsMode
from klint.kube.service import Service, ServicePort
from klint.kube.wire_protocols import NUMBERS, WORDS, spoken, words
from klint.kube.workload import Container, ContainerPort, PodTemplate
from klint.records import dataclass

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.exposure.scope import Scope

_HTTP = ("", "false", "h1", "h2", "http", "auto_http", "grpc-web")
"""How the values of annotations begin that leave a backend to HTTP."""

_SAY_WHAT_IS_SPOKEN = frozenset(("protocol", "protocols", "passthrough", "tcp", "fcgi"))
"""Words of the annotations by which controllers are told to speak something else to a backend, or to pass TLS on.

`backend-protocol` of ingress-nginx, haproxy-ingress and ALB, `ssl-passthrough`, `tcp-service-port` of haproxy-ingress,
`konghq.com/protocols`, `fcgi-app` of haproxy-ingress.
"""


@dataclass(frozen=True, slots=True)
class NonHttp:
    """Backends of a route, to one port of one Service, that speak `protocol` and no HTTP; the first, and the others."""

    protocol: str
    service: Service
    port: ServicePort
    link: BackendLink
    also: tuple[BackendLink, ...]


def non_http_backends(route: Route, graph: Graph, scope: Scope) -> Iterator[NonHttp]:
    """Those of an HTTP route, one for each port that it sends to."""
    if _is_told(route) or any(tls.mode is TlsMode.PASSTHROUGH for tls in route.tls):
        return
    found: dict[tuple[int, tuple[str | int, ...]], list[BackendLink]] = {}
    for backend in (item for match in route.matches if match.path is not None for item in match.backends):
        link = graph.link(backend)
        if link.service is None or link.port is None or link.is_broken:
            continue
        if scope.own.kept(("spoken", id(link.port)), partial(_spoken, link.service, link.port, graph)):
            group = found.setdefault((id(link.service), link.port.path), [])
            if all(other.backend is not backend for other in group):
                group.append(link)
    for first, *also in found.values():
        service, port = first.service, first.port
        if service is not None and port is not None:
            yield NonHttp(_spoken(service, port, graph), service, port, first, tuple(also))


def _is_told(resource: Resource) -> bool:
    return any(
        not _SAY_WHAT_IS_SPOKEN.isdisjoint(words(key.rpartition("/")[2].replace(".", "-")))
        and not _leaves_to_http(value)
        for key, value in resource.annotations.items()
    )


def _leaves_to_http(value: str) -> bool:
    value = value.strip().lower()
    return not value or value.startswith(_HTTP[1:])


def _spoken(service: Service, port: ServicePort, graph: Graph) -> str:
    """What a Service's port speaks, on every pod that it leads to, if that is no HTTP and the Service says nothing."""
    if _is_told(service):
        return ""
    if port.protocol in ("UDP", "SCTP"):
        # Controllers look for endpoints of TCP alone: ingress-nginx internal/ingress/controller/endpointslices.go
        is_alone = all(item.protocol == port.protocol for item in service.ports if item.number == port.number)
        return port.protocol if is_alone else ""
    if not _may_be(port):
        return ""
    said = {_at(service, port, item.pod, item.pod_port) for item in unguarded_descents(port, service, graph)}
    return said.pop() if len(said) == 1 else ""


def _may_be(port: ServicePort) -> bool:
    """Whether a port is worth a look: most have neither such a number nor such a name."""
    target, names = port.target, (port.name, port.app_protocol)
    return (
        isinstance(target, str) or target in NUMBERS or any(not WORDS.isdisjoint(words(name)) for name in names if name)
    )


def _at(service: Service, port: ServicePort, pod: PodTemplate | None, declared: ContainerPort | None) -> str:
    if is_probed_by_http(port, declared, pod):
        return ""
    target = port.target
    number = declared.number if declared is not None else target if isinstance(target, int) else None
    names = [port.name, declared.name if declared is not None else "", target if isinstance(target, str) else ""]
    owners = [owner.name for owner in (service, pod.workload if pod is not None else None) if owner is not None]
    containers = _containers(pod, declared)
    if is_called_http(port, declared):  # then nothing but an image and its own number says otherwise
        return spoken(number, "", (), (), containers)
    return spoken(number, port.app_protocol, filter(None, names), owners, containers)


def _containers(pod: PodTemplate | None, port: ContainerPort | None) -> tuple[Container, ...]:
    """The container that has a port; all of them where none declares it."""
    if pod is None:
        return ()
    found = (*pod.containers, *pod.sidecars)
    return tuple(item for item in found if port is None or any(own is port for own in item.ports)) or found

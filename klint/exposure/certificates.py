"""The TLS that a route asks for itself: in its fields, and by annotations that its controller reads."""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.certificates import LISTEN_PORTS, TLS_ANNOTATIONS
from klint.kube.controllers import ON_NODES
from klint.kube.routes.shape import Route, TlsMode
from klint.text.document import Place

_ALB = frozenset(name for name in ON_NODES if name != "GKE Ingress")


def covers(certified: str, host: str) -> bool:
    """Whether a host of a certificate, of which `*.` stands for one label, is this one."""
    one, other = certified.lower(), host.lower()
    return one == other or (one.startswith("*.") and other.partition(".")[2] == one[2:])


def asked_tls(route: Route, hosts: tuple[str, ...], controller: str) -> Iterator[tuple[TlsMode, Place]]:
    """How a route asks for TLS for any of some hosts, and where; none are any. `controller` is `""` where unknown."""
    if controller not in _ALB:  # which needs a listener besides
        for tls in route.tls:
            if not tls.hosts or not hosts or any(covers(name, host) for name in tls.hosts for host in hosts):
                yield tls.mode, tls.at
    yield from tls_by_annotation(route, controller)


def tls_by_annotation(route: Route, controller: str) -> Iterator[tuple[TlsMode, Place]]:
    """How a route asks for TLS for all its hosts by annotations that its controller reads, and where."""
    if not route.annotations:
        return
    for annotation in TLS_ANNOTATIONS:
        if annotation.is_on(route.annotations, controller):
            yield annotation.mode, route.at("metadata", "annotations", annotation.name)
    if LISTEN_PORTS in route.annotations and (not controller or controller in _ALB) and "HTTPS" in listened(route):
        yield TlsMode.TERMINATE, route.at("metadata", "annotations", LISTEN_PORTS)


def listened(route: Route) -> frozenset[str]:
    """The protocols that an ALB listens for: HTTP, HTTPS; none where it is not said, or cannot be read."""
    if LISTEN_PORTS not in route.annotations:
        return frozenset()
    import json

    try:
        ports = json.loads(route.annotations[LISTEN_PORTS])
    except ValueError:
        return frozenset()
    items = ports if isinstance(ports, list) else []
    return frozenset(protocol for item in items if isinstance(item, dict) for protocol in item)

"""From a version of an API that is no longer served to the one that replaces it, as changes that keep the meaning."""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.resource import Resource, View, integer
from klint.kube.routes.ingress import Ingress
from klint.text.changes import Change, Insert, Remove, Rename, Replace

_SAME_FIELDS = frozenset(
    (
        ("networking.k8s.io/v1beta1", "IngressClass", "networking.k8s.io/v1"),
        *(
            ("gateway.networking.k8s.io/v1alpha2", kind, "gateway.networking.k8s.io/v1")
            for kind in ("GatewayClass", "Gateway", "HTTPRoute", "GRPCRoute")
        ),
    )
)
"""Versions that have the fields of the one that replaces them, by kind.

Sources: pkg/apis/networking/v1beta1 and v1 of kubernetes; the changelogs of kubernetes-sigs/gateway-api, 0.5 (v1beta1
is v1alpha2), 1.0 (v1 is v1beta1) and 1.1 (GRPCRoute).
"""


class _InexactError(Exception):
    """What is written means nothing in the other version, or something else."""


def upgrade(resource: Resource, replacement: str) -> tuple[Change, ...]:
    """What makes an object one of the version that replaces its own, with the same meaning; nothing if it is not known.

    Args:
        resource: an object of a version that is no longer served.
        replacement: group and version that replace it.
    """
    version = Replace(resource.at("apiVersion"), replacement)
    if (resource.data.get("apiVersion"), resource.kind, replacement) in _SAME_FIELDS:
        return (version,)
    if isinstance(resource, Ingress):
        try:
            return (version, *_ingress(resource))
        except _InexactError:
            pass
    return ()


def _ingress(ingress: Ingress) -> Iterator[Change]:
    """Source: Kubernetes' deprecation guide, "Ingress": what is called otherwise in v1 than in v1beta1."""
    if ingress.get("spec", "backend") is not None:
        yield from _backend(ingress.child(View, "spec", "backend"))
        yield Rename(ingress.at("spec", "backend"), "defaultBackend")
    for path in (path for item in ingress.rules for path in item.paths):
        if "pathType" not in path.data:  # what v1beta1 takes it for
            yield Insert(path.at(), "pathType", "ImplementationSpecific")
        yield from _backend(path.child(View, "backend"))


def backend_changes(backend: View) -> tuple[Change, ...]:
    """What makes a backend of v1beta1 one of v1; nothing if its meaning is not known."""
    try:
        return tuple(_backend(backend))
    except _InexactError:
        return ()


def _backend(backend: View) -> Iterator[Change]:
    if "resource" in backend.data:
        return
    name, port = backend.get("serviceName"), backend.get("servicePort")
    number = integer(port)
    is_named = isinstance(port, str) and any(letter.isalpha() for letter in port)
    if not isinstance(name, str) or not (number or is_named) or "service" in backend.data:
        raise _InexactError
    service = {"name": name, "port": {"number": number} if number else {"name": port}}
    yield Replace(backend.at("serviceName"), service)
    yield Rename(backend.at("serviceName"), "service")
    yield Remove(backend.at("servicePort"))

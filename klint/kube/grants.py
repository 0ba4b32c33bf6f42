"""References that may lead out of a namespace, and so need a ReferenceGrant."""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.classes import ListenerOwner
from klint.kube.ref import Ref
from klint.kube.resource import Resource, View, string
from klint.records import dataclass
from klint.text.document import Place


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference that may lead out of the namespace of its source; `at` is the namespace that it names."""

    source: Resource
    wants: Ref
    at: Place


def certificate_references(resource: ListenerOwner) -> Iterator[Reference]:
    """The certificates and certificate authorities that a Gateway or a ListenerSet names with a namespace.

    Source: sigs.k8s.io/gateway-api apis/v1 gateway_types.go: ListenerTLSConfig, GatewayBackendTLS, FrontendTLSConfig
    (TLSConfig, TLSPortConfig), FrontendTLSValidation; a listener's own frontendValidation up to 1.3.
    """
    for listener in resource.children(View, "spec", "listeners"):
        yield from _references(resource, listener.children(View, "tls", "certificateRefs"), "Secret")
        yield from _references(
            resource, listener.children(View, "tls", "frontendValidation", "caCertificateRefs"), "ConfigMap"
        )
    tls = resource.child(View, "spec", "tls")
    if not tls.data:
        return
    yield from _references(resource, (tls.child(View, "backend", "clientCertificateRef"),), "Secret")
    ports = tls.children(View, "frontend", "perPort")
    for owner in (tls.child(View, "frontend", "default"), *(port.child(View, "tls") for port in ports)):
        yield from _references(resource, owner.children(View, "validation", "caCertificateRefs"), "ConfigMap")


def _references(source: Resource, items: tuple[View, ...], usual: str) -> Iterator[Reference]:
    for item in items:
        namespace, name = string(item.data.get("namespace")), string(item.data.get("name"))
        if namespace and name:
            kind = string(item.data.get("kind", usual))
            wants = Ref(string(item.data.get("group")), kind, namespace, name)
            yield Reference(source, wants, item.at("namespace"))

"""Objects beside routes, Gateways and ListenerSets that name the Secret of a certificate, as a table by group and kind.

Sources: doc.traefik.io reference/routing-configuration/kubernetes/crd/tls/tlsstore (only the one called `default`
counts); apisix.apache.org docs/ingress-controller references/apisix_tls_v2; emissary-ingress.dev docs
topics/running/host-crd; emissary-ingress/emissary python/ambassador/ir/irtlscontext.py resolve_secret (`secret` of a
TLSContext is `name.namespace` by its last dot, unless secret_namespacing is off, there or in the Module); istio.io
docs/reference/config/networking/gateway ServerTLSSettings (credentialName and credentialNames are Secrets in the
namespace of the gateway's pods: docs/reference/config/analysis/ist0161).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from klint.kube.istio import IstioGateway
from klint.kube.resource import Resource, View, mapping, sequence, string
from klint.text.document import Place

Path = tuple[str, ...]

_FIELDS: Mapping[tuple[str, str], Sequence[tuple[Path, str]]] = {
    ("traefik.io", "TLSStore"): ((("defaultCertificate",), "secretName"),),
    ("traefik.containo.us", "TLSStore"): ((("defaultCertificate",), "secretName"),),
    ("apisix.apache.org", "ApisixTls"): ((("secret",), "name"), (("client", "caSecret"), "name")),
    ("getambassador.io", "Host"): ((("tlsSecret",), "name"),),
    ("getambassador.io", "TLSContext"): (((), "secret"),),
}
"""Where in spec the name stands; the object that holds it may have a `namespace` beside."""

KINDS = frozenset(kind for _, kind in _FIELDS)
_DEFAULT_STORE = "default"
_OF_GATEWAY = frozenset(("SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL"))
"""TLS modes of Istio for which the gateway needs a certificate."""


def is_user(resource: Resource) -> bool:
    """Whether an object may name the Secret of a certificate."""
    return isinstance(resource, IstioGateway) or (resource.group, resource.kind) in _FIELDS


def secrets_of(user: Resource) -> Iterator[tuple[str, str, Place]]:
    """The names of the Secrets of such an object, each with its namespace (empty for its own) and place."""
    if isinstance(user, IstioGateway):
        yield from _of_gateway(user)
        return
    if user.kind == "TLSStore":
        if user.name != _DEFAULT_STORE:
            return
        for view in user.children(View, "spec", "certificates"):
            yield string(view.data.get("secretName")), "", view.at("secretName")
    if user.kind == "Host" and _is_issued(user):
        return
    for path, field in _FIELDS[user.group, user.kind]:
        holder = user.child(View, "spec", *path)
        name, namespace = string(holder.data.get(field)), string(holder.data.get("namespace")) if path else ""
        if user.kind == "TLSContext" and user.get("spec", "secret_namespacing") is not False:
            name, namespace = name.rsplit(".", 1) if "." in name else (name, "")
        yield name, namespace, holder.at(field)


def _is_issued(host: Resource) -> bool:
    """Whether a Host gets its certificate by ACME, into the Secret that it names; `none` stands for not."""
    authority = mapping(host.get("spec", "acmeProvider")).get("authority")
    return host.get("spec", "acmeProvider") is not None and string(authority).lower() != "none"


def _of_gateway(gateway: IstioGateway) -> Iterator[tuple[str, str, Place]]:
    for server in gateway.servers:
        if server.tls_mode not in _OF_GATEWAY:
            continue
        if server.credential and "://" not in server.credential:
            yield server.credential, "", server.at("tls", "credentialName")
        for index, name in enumerate(sequence(server.get("tls", "credentialNames"))):
            if isinstance(name, str) and "://" not in name:
                yield name, "", server.at("tls", "credentialNames", index)

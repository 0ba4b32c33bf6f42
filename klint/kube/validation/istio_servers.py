"""What Istio refuses in the TLS of a Gateway's servers: its webhook rejects the object.

Sources: istio pkg/config/validation validateServer and validateTLSOptions (`server must have TLS settings for HTTPS/TLS
protocols`, of plain HTTP only a redirect or passing through, what SIMPLE and MUTUAL need without a credentialName);
istio/api networking/v1alpha3 gateway.proto ServerTLSSettings (credentialNames, tlsCertificates).
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.istio import PLAIN_PROTOCOLS, IstioGateway, Server
from klint.kube.resource import mapping, string
from klint.kube.validation.problem import FieldProblem, is_patch
from klint.text.placeholders import is_placeholder_for_word
from klint.text.words import joined

_ENCRYPTED = ("HTTPS", "TLS")
_NEEDS = {
    "SIMPLE": ("serverCertificate", "privateKey"),
    "MUTUAL": ("serverCertificate", "privateKey", "caCertificates"),
}
"""The files that a mode takes its certificates from, where nothing else gives it any."""

_ELSEWHERE = ("credentialName", "credentialNames", "tlsCertificates")
_PASSED_ON = ("", "PASSTHROUGH", "AUTO_PASSTHROUGH")


def server_problems(gateway: IstioGateway) -> Iterator[FieldProblem]:
    """What is wrong with the TLS of a Gateway's servers; nothing for a patch."""
    if is_patch(gateway):
        return
    for server in gateway.servers:
        mode = string(server.get("tls", "mode"))
        if not is_placeholder_for_word(server.protocol) and not is_placeholder_for_word(mode):
            yield from _of_tls(server, mode, f"Server {string(server.get('port', 'name')) or server.port} of {gateway}")


def _of_tls(server: Server, mode: str, what: str) -> Iterator[FieldProblem]:
    protocol, tls = server.protocol, mapping(server.get("tls"))
    if protocol in _ENCRYPTED and server.get("tls") is None:
        yield FieldProblem(server.at("port", "protocol"), f"{what} has the protocol {protocol}, and no tls")
    elif protocol in PLAIN_PROTOCOLS and mode not in _PASSED_ON:
        yield FieldProblem(server.at("tls", "mode"), f"{what} has the protocol {protocol}, and TLS of mode {mode}")
    elif mode in _NEEDS and not any(map(tls.get, _ELSEWHERE)):
        absent = [field for field in _NEEDS[mode] if not tls.get(field)]
        if absent:
            lacks = "credentialName" if len(absent) == len(_NEEDS[mode]) else joined(absent, "nor")
            yield FieldProblem(server.at("tls", "mode"), f"{what} has TLS of mode {mode}, and no {lacks}")

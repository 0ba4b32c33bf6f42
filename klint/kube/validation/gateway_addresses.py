"""What the Gateway API refuses in the addresses that a Gateway asks for.

Sources: sigs.k8s.io/gateway-api apis/v1 gateway_types.go (GatewaySpecAddress and its validation rules, AddressType,
GatewayConditionReason UnsupportedAddress). An address without a value asks for any one of its type.
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.classes import Gateway
from klint.kube.names import is_hostname
from klint.kube.resource import View, sequence
from klint.kube.validation.addresses import is_address
from klint.kube.validation.problem import FieldProblem, is_patch
from klint.text.placeholders import is_placeholder, is_placeholder_for_word
from klint.text.words import joined

_TYPES = ("IPAddress", "Hostname", "NamedAddress")
_MOST = 16


def address_problems(gateway: Gateway) -> Iterator[FieldProblem]:
    """What is wrong with each address of a Gateway; nothing for a patch. Types with a domain are somebody's own."""
    if is_patch(gateway):
        return
    written = sequence(gateway.get("spec", "addresses"))
    if len(written) > _MOST:
        at = gateway.at("spec", "addresses", _MOST)
        yield FieldProblem(at, f"{gateway} asks for {len(written)} addresses, and may have {_MOST}")
    seen: set[tuple[str, str]] = set()
    for address in gateway.children(View, "spec", "addresses"):
        kind, value = address.data.get("type", "IPAddress"), address.data.get("value")
        if is_placeholder_for_word(kind) or not isinstance(kind, str) or is_placeholder(value):
            continue
        if kind not in _TYPES and "/" not in kind:
            message = f"{gateway} asks for an address of type {kind}, which is none of {joined(list(_TYPES))}"
            yield FieldProblem(address.at("type"), message)
        elif kind == "IPAddress" and isinstance(value, str) and value and not is_address(value):
            yield FieldProblem(address.at("value"), f'{gateway} asks for the address "{value}", which is no IP address')
        elif kind == "Hostname" and isinstance(value, str) and value and not is_hostname(value):
            yield FieldProblem(address.at("value"), f'{gateway} asks for the host "{value}", which is no DNS name')
        elif isinstance(value, str) and value and (kind, value) in seen:
            yield FieldProblem(address.at("value"), f"{gateway} asks for the address {value} twice")
        if isinstance(value, str):
            seen.add((kind, value))

"""What the Gateway API refuses in listeners, of a Gateway or of a ListenerSet.

Sources: sigs.k8s.io/gateway-api apis/v1 gateway_types.go (GatewaySpec.Listeners, Listener, ListenerTLSConfig and their
validation rules; ProtocolType; ListenerConditionReason UnsupportedProtocol and InvalidRouteKinds),
listenerset_types.go, shared_types.go (Hostname, PortNumber). A field that has a default is never missing: of `tls` the
mode is Terminate.
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.classes import GATEWAY_API, OTHER_PROTOCOLS, ROUTE_KINDS, Listener, ListenerOwner
from klint.kube.names import is_dns_subdomain, is_hostname
from klint.kube.ports import is_port_number
from klint.kube.resource import mapping, sequence, string
from klint.kube.validation.problem import FieldProblem, is_patch
from klint.kube.validation.remedies import drop, write, write_host, write_meant, write_number
from klint.text.placeholders import is_placeholder, is_placeholder_for_host, is_placeholder_for_word, is_template
from klint.text.words import joined

MOST = 64
_HTTPS_PORTS = (443, 8443)
_SOURCES = ("All", "Selector", "Same", "None")
_WITHOUT_TLS = ("HTTP", "TCP", "UDP")
_PROTOCOLS = frozenset((*ROUTE_KINDS, *OTHER_PROTOCOLS))
"""What a protocol may be without the domain that an implementation puts before its own (ProtocolType)."""

_OTHER_ROUTES = frozenset(("stunner.l7mp.io",))
"""Groups with routes of the same kinds: l7mp/stunner docs/GATEWAY.md UDPRoute."""

_ROUTES = frozenset(kind for kinds in ROUTE_KINDS.values() for kind in kinds)


def listener_problems(owner: ListenerOwner) -> Iterator[FieldProblem]:
    """What is wrong with each listener of an owner by itself; nothing for a patch."""
    if is_patch(owner):
        return
    written = owner.get("spec", "listeners")
    if written == []:
        yield FieldProblem(owner.at("spec", "listeners"), f"{owner} has no listeners, and needs one at least")
    elif len(sequence(written)) > MOST:
        at = owner.at("spec", "listeners", MOST)
        yield FieldProblem(at, f"{owner} has {len(sequence(written))} listeners, and may have {MOST}")
    for listener in owner.listeners:
        name = f"Listener {listener.name} of {owner}" if listener.name else f"A listener of {owner}"
        yield from _of_fields(listener, name, needs_port=owner.group == GATEWAY_API)
        yield from _of_tls(listener, name)
        yield from _of_routes(listener, name)


def _of_fields(listener: Listener, name: str, *, needs_port: bool) -> Iterator[FieldProblem]:
    """The port of an XListenerSet's listener may be left to the implementation (apisx/v1alpha1 ListenerEntry)."""
    data, protocol, hostname = listener.data, listener.protocol, listener.hostname
    for field in ("name", "port", "protocol"):
        if data.get(field) in (None, "") and (needs_port or field != "port"):
            yield FieldProblem(listener.at(), f"{name} has no {field}")
    is_known = not protocol or protocol.upper() in _PROTOCOLS or "/" in protocol
    if not is_known and not is_placeholder_for_word(protocol):
        usual = joined(list(ROUTE_KINDS))
        at = listener.at("protocol")
        message = f"{name} has the protocol {protocol}, which is none of {usual}"
        yield FieldProblem(at, message, fix=write_meant(at, tuple(ROUTE_KINDS)))
    if listener.name and not is_template(listener.name) and not is_dns_subdomain(listener.name):
        yield FieldProblem(listener.at("name"), f"{name} has a name that is no DNS name in lower case")
    port = data.get("port")
    is_number = isinstance(port, int) and (is_port_number(port) or (port == 0 and not needs_port))
    if port not in (None, "") and not is_placeholder(port) and not is_number:
        at = listener.at("port")
        message = f"{name} has port {port!r}, which is no number from 1 to 65535"
        yield FieldProblem(at, message, fix=write_number(at))
    if not hostname or is_placeholder_for_host(hostname):
        return
    at = listener.at("hostname")
    if protocol in ("TCP", "UDP"):
        yield FieldProblem(at, f"{name} has a hostname, which {protocol} does not have", fix=drop(at))
    elif not is_hostname(hostname):
        fix = write_host(at, is_hostname)
        yield FieldProblem(at, f'{name} has the hostname "{hostname}", which is no DNS name', fix=fix)


def _of_tls(listener: Listener, name: str) -> Iterator[FieldProblem]:
    protocol, tls = listener.protocol, listener.data.get("tls")
    if protocol in _WITHOUT_TLS:
        if isinstance(tls, dict):
            is_https = protocol == "HTTP" and listener.port in _HTTPS_PORTS and bool(tls.get("certificateRefs"))
            fix = write(listener.at("protocol"), "HTTPS") if is_https else None
            message = f"{name} has tls, which its protocol {protocol} does not have"
            yield FieldProblem(listener.at("tls"), message, fix=fix)
        return
    if protocol == "TLS" and tls is None:
        yield FieldProblem(listener.at("protocol"), f"{name} says neither to terminate TLS nor to pass it through")
    if not isinstance(tls, dict):
        return
    mode = tls.get("mode", "Terminate")
    if is_placeholder_for_word(mode):
        return
    if mode not in ("Terminate", "Passthrough"):
        at = listener.at("tls", "mode")
        message = f"{name} has the TLS mode {mode!r}, which is neither Terminate nor Passthrough"
        yield FieldProblem(at, message, fix=write_meant(at, ("Terminate", "Passthrough")))
    elif protocol == "HTTPS" and mode == "Passthrough":
        yield FieldProblem(listener.at("tls", "mode"), f"{name} passes TLS through, and HTTPS has to terminate it")
    elif mode == "Terminate" and not tls.get("certificateRefs") and not tls.get("options"):
        yield FieldProblem(listener.at("tls"), f"{name} terminates TLS without a certificate")


def _of_routes(listener: Listener, name: str) -> Iterator[FieldProblem]:
    taken = ROUTE_KINDS.get(listener.protocol)
    for index, item in enumerate(map(mapping, sequence(listener.get("allowedRoutes", "kinds")))):
        group, kind = item.get("group", GATEWAY_API), string(item.get("kind"))
        if is_placeholder_for_word(kind) or is_placeholder(group):
            continue
        if group != GATEWAY_API and kind in _ROUTES and group not in _OTHER_ROUTES:
            at = listener.at("allowedRoutes", "kinds", index, "group")
            whose = f"{kind}s of {group}" if group else f"{kind}s of no API group"
            message = f"{name} allows {whose}, which is not the group of the Gateway API's routes"
            yield FieldProblem(at, message, fix=write(at, GATEWAY_API))
        elif taken and group == GATEWAY_API and kind and kind not in taken:
            at = listener.at("allowedRoutes", "kinds", index, "kind")
            usual = joined([f"{item}s" for item in taken])
            yield FieldProblem(at, f"{name} allows {kind}s, and its protocol {listener.protocol} takes only {usual}")
    allowed = listener.allowed_namespaces
    source = allowed.get("from", "Same")
    at = listener.at("allowedRoutes", "namespaces", "from")
    if source not in _SOURCES and not is_placeholder_for_word(source):
        message = f"{name} allows routes from {source!r}, which is none of {joined(list(_SOURCES))}"
        yield FieldProblem(at, message, fix=write_meant(at, _SOURCES))
    elif source == "Selector" and allowed.get("selector") is None:
        yield FieldProblem(at, f"{name} allows routes of namespaces by a selector, and has none")

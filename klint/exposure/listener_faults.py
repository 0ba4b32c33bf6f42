"""What is wrong with the listeners of a Gateway or ListenerSet: by themselves, beside each other, and with their
certificates.

Sources: sigs.k8s.io/gateway-api apis/v1 gateway_types.go, ListenerConditionReason (HostnameConflict, ProtocolConflict,
InvalidCertificateRef) and ListenerTLSConfig; listenerset_types.go, ListenerSetConditionAccepted (NotAllowed,
ParentNotAccepted) and the precedence of listeners; pkg/apis/core/types.go SecretTypeTLS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from klint.exposure.attachment import attached_sets, join
from klint.exposure.gateway_classes import takes_certificates_elsewhere
from klint.exposure.scope import Scope
from klint.hops import State
from klint.kube.classes import Gateway, Listener, ListenerOwner, ListenerSet
from klint.kube.index import grouped
from klint.kube.istio import IstioGateway
from klint.kube.listeners import Conflict, conflicts
from klint.kube.namespace import is_same_namespace
from klint.kube.pem import may_be_pem
from klint.kube.resource import Resource, View, mapping, string
from klint.kube.validation.gateway_addresses import address_problems
from klint.kube.validation.listeners import listener_problems
from klint.kube.validation.remedies import drop, mended
from klint.records import dataclass
from klint.text.changes import Insert
from klint.text.document import Place
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.fixes import Fix

_PARTS = {"tls.crt": "CERTIFICATE", "tls.key": "PRIVATE KEY"}


@dataclass(frozen=True, slots=True)
class ListenerFault:
    """One thing that is wrong with a listener, or with what it is a part of.

    `message` is a sentence without a full stop; `other` is what is at odds with it, by its name and place. It is not
    `certain` where the implementation decides. `fix` is set where it is plain what was meant.
    """

    at: Place
    message: str
    other: tuple[str, Place] | None = None
    certain: bool = True
    fix: Fix | None = None


def listener_faults(owner: ListenerOwner | IstioGateway, scope: Scope) -> Iterator[ListenerFault]:
    """What is wrong with the listeners of a Gateway or a ListenerSet, with the addresses of a Gateway, and whether its
    Gateway takes a ListenerSet; or with the servers of a Gateway of Istio."""
    if isinstance(owner, IstioGateway):
        from klint.kube.validation.istio_servers import server_problems

        for problem in server_problems(owner):
            yield ListenerFault(problem.at, problem.message, fix=problem.fix)
        return
    for problem in listener_problems(owner):
        yield ListenerFault(problem.at, problem.message, fix=problem.fix)
    if isinstance(owner, Gateway):
        for problem in address_problems(owner):
            yield ListenerFault(problem.at, problem.message, fix=problem.fix)
    for conflict in conflicts(owner.listeners):
        yield _conflict(conflict, owner, owner)
    for listener in owner.listeners:
        yield from _certificates(listener, owner, scope)
        if listener.protocol == "HTTPS" and listener.data.get("tls") is None and not _has_others(owner, scope):
            message = f"Listener {listener.name} of {owner} has the protocol HTTPS, and no tls with a certificate"
            yield ListenerFault(listener.at("protocol"), message, certain=False)
    if isinstance(owner, ListenerSet):
        yield from _in_gateway(owner, scope)


def _has_others(owner: ListenerOwner, scope: Scope) -> bool:
    """Whether the certificates of an owner's listeners may come from elsewhere (Listener.tls is required, in words)."""
    gateway = join(owner, scope).target if isinstance(owner, ListenerSet) else owner
    return not isinstance(gateway, Gateway) or takes_certificates_elsewhere(gateway, scope)


def _conflict(conflict: Conflict, owner: ListenerOwner, first_of: ListenerOwner) -> ListenerFault:
    listener, first = conflict.listener, conflict.first
    whose = "" if first_of is owner else f" of {first_of}"
    where = f"port {listener.port}"
    at = listener.at("name" if conflict.over == "name" else "port")
    match conflict.over:
        case "name":
            what = "has the name of another one"
        case "hostname":
            host = f"{listener.protocol} for {listener.hostname or 'every host'}"
            what = f"conflicts with {first.name}{whose}: both serve {host} on {where}"
            at = listener.at("hostname") if listener.hostname else at
        case "port":
            what = f"conflicts with {first.name}{whose}: both take {listener.protocol} on {where}"
        case _:
            what = f"conflicts with {first.name}{whose}: {where} cannot serve {first.protocol} and {listener.protocol}"
    message = f"Listener {listener.name} of {owner} {what}"
    return ListenerFault(at, message, (f"listener {first.name}", first.at("name")), conflict.is_certain)


def _in_gateway(item: ListenerSet, scope: Scope) -> Iterator[ListenerFault]:
    """Whether the Gateway takes the set, and which of its listeners another one that comes first leaves no place."""
    hop = join(item, scope)
    if hop.state is State.BROKEN:
        near = next(((f"{near.resource} is here", near.at) for near in hop.near), None)
        target = (str(hop.target), hop.target.place) if hop.target is not None else None
        message = f"{item} is not attached to {hop.wants}: {hop.why}"
        fix = hop.correction() or _allow_sets(item, hop.target)
        yield ListenerFault(hop.at, message, near or target, hop.certain, fix)
    gateway = hop.target
    if hop.state is not State.RESOLVED or not isinstance(gateway, Gateway):
        return
    for conflict, first_of in _between(gateway, scope).get(id(item), ()):
        fault = _conflict(conflict, item, first_of)
        is_certain = fault.certain and first_of is gateway  # which of two sets is older no manifest says
        yield ListenerFault(fault.at, fault.message, fault.other, is_certain)


def _allow_sets(item: ListenerSet, gateway: Resource | None) -> Fix | None:
    """What has a Gateway that says nothing of ListenerSets allow those of its own namespace, of which this one is."""
    if not isinstance(gateway, Gateway) or gateway.namespace != item.namespace:
        return None
    if gateway.get("spec", "allowedListeners") is not None:
        return None
    allowed = {"namespaces": {"from": "Same"}}
    change = Insert(gateway.at("spec"), "allowedListeners", allowed)
    return mended(f"Have {gateway} allow ListenerSets of its namespace", change)


def _between(gateway: Gateway, scope: Scope) -> Mapping[int, Sequence[tuple[Conflict, ListenerOwner]]]:
    """Where listeners of a ListenerSet conflict with those of what comes before it, by the identity of the set: found
    once for all the sets of a Gateway."""
    if id(gateway) not in scope.set_conflicts:
        sets = sorted(attached_sets(gateway, scope), key=lambda item: item.qualified_name)
        owners: list[ListenerOwner] = [gateway, *sets]
        whose = {id(listener): owner for owner in owners for listener in owner.listeners}
        said = {id(conflict.listener) for owner in owners for conflict in conflicts(owner.listeners)}
        merged = (listener for owner in owners for listener in owner.listeners if id(listener) not in said)
        scope.set_conflicts[id(gateway)] = grouped(
            (id(whose[id(conflict.listener)]), (conflict, whose[id(conflict.first)]))
            for conflict in conflicts(merged, of_one=False)
        )
    return scope.set_conflicts[id(gateway)]


def _certificates(listener: Listener, owner: ListenerOwner, scope: Scope) -> Iterator[ListenerFault]:
    if listener.protocol not in ("HTTPS", "TLS") or listener.get("tls", "mode") == "Passthrough":
        return
    name = f"Listener {listener.name} of {owner}"
    for reference in listener.children(View, "tls", "certificateRefs"):
        group, kind = reference.data.get("group", ""), reference.data.get("kind", "Secret")
        if is_placeholder(group) or is_placeholder(kind):
            continue
        if group == "" and kind != "Secret":
            yield ListenerFault(reference.at("kind"), f"{name} takes a {kind} for a certificate, which is no Secret")
        elif group != "" and kind == "Secret":
            at = reference.at("group")
            yield ListenerFault(at, f"{name} takes a Secret of the API group {group}, which has none", fix=drop(at))
        elif kind == "Secret":
            namespace = string(reference.data.get("namespace")) or owner.namespace
            for secret in _secrets(string(reference.data.get("name")), namespace, scope):
                yield from _in_secret(secret, reference, name)


def _secrets(name: str, namespace: str, scope: Scope) -> Iterator[Resource]:
    """The one Secret that a name means, if it is in the bundle."""
    found = [item for item in scope.own.named(name) if item.kind == "Secret" and item.group == ""]
    meant = [item for item in found if is_same_namespace(item.namespace, namespace)]
    if len(meant) == 1:
        yield meant[0]


def _in_secret(secret: Resource, reference: View, name: str) -> Iterator[ListenerFault]:
    data, plain = mapping(secret.data.get("data")), mapping(secret.data.get("stringData"))
    if not data and not plain:
        return  # something fills it in
    for key, part in _PARTS.items():
        in_plain = key in plain
        if not in_plain and key not in data:
            fault, at = f"which has no {key}", secret.place
        elif may_be_pem(plain[key] if in_plain else data[key], part, is_plain=in_plain):
            continue
        else:
            fault, at = f"whose {key} is no {part.lower()} in PEM", secret.at("stringData" if in_plain else "data", key)
        yield ListenerFault(reference.at("name"), f"{name} uses {secret}, {fault}", (str(secret), at))
        return

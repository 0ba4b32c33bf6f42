"""BackendTLSPolicies of the Gateway API: whether they have a Service, and certificates to trust.

Sources: sigs.k8s.io/gateway-api apis/v1 backendtlspolicy_types.go (TargetRefs, CACertificateRefs and the reasons
Conflicted, InvalidCACertificateRef, InvalidKind, NoValidCACertificate), policy_types.go (TargetNotFound: a target or
section that does not exist). Every namespace has kube-root-ca.crt (kubernetes.io/docs/reference/access-authn-authz/
service-accounts-admin), on OpenShift openshift-service-ca.crt; a Bundle of trust-manager makes a ConfigMap of its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint.exposure.absent import absent_service
from klint.exposure.named import absent_object, objects_named
from klint.exposure.samples import sample_of
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, State
from klint.kube.index import grouped
from klint.kube.namespace import is_same_namespace
from klint.kube.pem import may_be_pem
from klint.kube.ref import Ref
from klint.kube.resource import Resource, View, mapping, string
from klint.kube.validation.backend_tls import policy_problems
from klint.kube.validation.remedies import meant, write
from klint.records import dataclass
from klint.text.document import Place
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.fixes import Fix

_ALWAYS_THERE = ("kube-root-ca.crt", "openshift-service-ca.crt")
_CA_KINDS = frozenset((("", "ConfigMap"), ("", "Secret"), ("certificates.k8s.io", "ClusterTrustBundle")))
_KEY = "ca.crt"


@dataclass(frozen=True, slots=True)
class BackendTlsFault:
    """One thing that is wrong with a BackendTLSPolicy.

    `message` is a sentence without a full stop; `other` is what is at odds with it, by its name and place. It is not
    `certain` where something that klint does not see may decide. `fix` is set where it is plain what was meant.
    """

    at: Place
    message: str
    other: tuple[str, Place] | None = None
    certain: bool = True
    fix: Fix | None = None


def backend_tls_faults(policies: Sequence[Resource], scope: Scope) -> Iterator[BackendTlsFault]:
    """What is wrong with each of the bundle's BackendTLSPolicies, and with several that have one target."""
    for policy in policies:
        for problem in policy_problems(policy):
            yield BackendTlsFault(problem.at, problem.message, fix=problem.fix)
        for target in policy.children(View, "spec", "targetRefs"):
            yield from _of_target(policy, target, scope)
        for reference in policy.children(View, "spec", "validation", "caCertificateRefs"):
            yield from _of_certificate(policy, reference, scope)
    yield from _conflicts(policies)


def _of_target(policy: Resource, target: View, scope: Scope) -> Iterator[BackendTlsFault]:
    """Whether there is such a Service, with such a port. Other kinds are for the implementation to know."""
    group, kind, name = (string(target.data.get(field)) for field in ("group", "kind", "name"))
    if not kind or is_placeholder(group) or is_placeholder(kind):
        return
    if (group, kind) != ("", "Service"):
        if kind == "Service":
            message = f"{policy} is for a Service of the API group {group}, where that of Services is empty"
            at = target.at("group")
            yield BackendTlsFault(at, message, fix=write(at, "", is_plain=True))
        return
    found = scope.services_named(policy.namespace, name)
    if not found.nearest:
        wants = Ref("", "Service", policy.namespace, name)
        hop = Hop(HopKind.BACKEND, policy, target.at("name"), wants, State.UNKNOWN)
        yield from _missing(absent_service(hop, scope, scope.index.routes_to), f"is for {wants}")
        return
    section = string(target.data.get("sectionName"))
    if not section or is_placeholder(section) or not found.own:
        return
    names = [port.name for service in found.own for port in service.ports]
    if section not in names and not any(map(is_placeholder, names)):
        service = found.own[0]
        message = f"{policy} is for port {section} of {service}, which has no port of that name"
        at, named = target.at("sectionName"), list(filter(None, names))
        name = named[0] if len(named) == 1 else meant(section, named)
        yield BackendTlsFault(
            at, message, (f"ports of {service}", service.at("spec", "ports")), fix=write(at, name) if name else None
        )


def _missing(hop: Hop, what: str) -> Iterator[BackendTlsFault]:
    if hop.is_broken:
        near = next(((f"{near.resource} is here", near.at) for near in hop.near), None)
        message = f"{hop.source} {what}, which does not exist: {hop.why}"
        yield BackendTlsFault(hop.at, message, near, hop.certain, hop.correction())


def _of_certificate(policy: Resource, reference: View, scope: Scope) -> Iterator[BackendTlsFault]:
    group, kind, name = (string(reference.data.get(field)) for field in ("group", "kind", "name"))
    if any(map(is_placeholder, (group, kind, name))) or not kind:
        return
    if (group, kind) not in _CA_KINDS:
        is_kubernetes = "." not in group or group.endswith(".k8s.io")
        message = f"{policy} trusts a {kind}, which holds no certificates of authorities"
        yield BackendTlsFault(reference.at("kind"), message, certain=is_kubernetes)
        return
    wants = Ref(group, kind, policy.namespace if group == "" else "", name)
    found = objects_named(wants, scope)
    if not found:
        if name not in _ALWAYS_THERE and not any(item.kind == "Bundle" for item in scope.index.named(name)):
            hop = Hop(HopKind.PARAMETERS, policy, reference.at("name"), wants, State.UNKNOWN)
            yield from _missing(absent_object(hop, scope), f"trusts the authorities in {wants}")
    elif kind != "ClusterTrustBundle":
        here = [item for item in found if is_same_namespace(item.namespace, policy.namespace)]
        yield from _in_object(policy, reference, here)


def _in_object(policy: Resource, reference: View, found: Sequence[Resource]) -> Iterator[BackendTlsFault]:
    """Whether the one ConfigMap or Secret has a certificate in ca.crt; something may fill in one without data."""
    if len(found) != 1:
        return
    (item,) = found
    is_secret = item.kind == "Secret"
    plain = mapping(item.data.get("stringData" if is_secret else "data"))
    encoded = mapping(item.data.get("data" if is_secret else "binaryData"))
    if not plain and not encoded:
        return
    fault, at = "", item.place
    if _KEY not in plain and _KEY not in encoded:
        fault = f"which has no {_KEY}"
    elif not may_be_pem(plain.get(_KEY, encoded.get(_KEY)), "CERTIFICATE", is_plain=_KEY in plain):
        fault = f"whose {_KEY} is no certificate in PEM"
    if fault:
        message = f"{policy} trusts the authorities in {item}, {fault}"
        yield BackendTlsFault(reference.at("name"), message, (str(item), at))


def _conflicts(policies: Sequence[Resource]) -> Iterator[BackendTlsFault]:
    """Policies with the same target and section: the older one is accepted alone. Samples in different files are
    alternatives."""
    claims = grouped(
        ((sample_of(policy), policy.namespace, *_target(target)), (policy, target))
        for policy in policies
        if not policy.is_hook
        for target in policy.children(View, "spec", "targetRefs")
    )
    for (_, namespace, _, kind, name, section), ((first, first_target), *others) in claims.items():
        if not name or any(map(is_placeholder, (namespace, kind, name, section))):
            continue
        what = f"port {section} of {kind} {name}" if section else f"{kind} {name}"
        for policy, target in others:
            if policy is not first:
                yield BackendTlsFault(
                    target.at("name"),
                    f"{policy} and {first} are both for {what}: only the older one is accepted",
                    (f"{first} is for it here", first_target.at("name")),
                    certain=False,
                )


def _target(target: View) -> tuple[str, str, str, str]:
    group, kind, name, section = (string(target.data.get(field)) for field in ("group", "kind", "name", "sectionName"))
    return group, kind, name, section

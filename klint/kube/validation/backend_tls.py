"""What the Gateway API refuses in a BackendTLSPolicy.

Source: sigs.k8s.io/gateway-api apis/v1 backendtlspolicy_types.go (BackendTLSPolicySpec, BackendTLSPolicyValidation,
SubjectAltName and their validation rules) and policy_types.go (LocalPolicyTargetReferenceWithSectionName).
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.names import is_dns_subdomain
from klint.kube.resource import Resource, View, string
from klint.kube.validation.problem import FieldProblem, is_patch, not_among
from klint.kube.validation.remedies import add, write_host
from klint.text.placeholders import is_placeholder

_SAN_FIELDS = {"Hostname": "hostname", "URI": "uri"}


def policy_problems(policy: Resource) -> Iterator[FieldProblem]:
    """What is wrong with a BackendTLSPolicy by itself; nothing for a patch."""
    if is_patch(policy) or not isinstance(policy.get("spec"), dict):
        return
    yield from _of_targets(policy)
    yield from _of_validation(policy)


def _of_targets(policy: Resource) -> Iterator[FieldProblem]:
    if not policy.get("spec", "targetRefs"):
        yield FieldProblem(policy.at("spec"), f"{policy} has no targetRefs, and is for no Service")
    seen: dict[tuple[str, ...], set[str]] = {}
    for target in policy.children(View, "spec", "targetRefs"):
        group, kind, name = (string(target.data.get(field)) for field in ("group", "kind", "name"))
        section = string(target.data.get("sectionName"))
        if any(map(is_placeholder, (group, kind, name, section))):
            continue
        for field in ("group", "kind", "name"):
            if target.data.get(field) is None:
                is_core = field == "group" and kind == "Service"
                fix = add(target.at(), field, "", is_plain=True) if is_core else None
                yield FieldProblem(target.at(), f"A target of {policy} has no {field}", missing=(field,), fix=fix)
        sections = seen.setdefault((group, kind, name), set())
        if section in sections:
            yield FieldProblem(target.at("name"), f"{policy} has {kind} {name} for a target twice")
        elif sections and ("" in sections or not section):
            yield FieldProblem(target.at("name"), f"{policy} has {kind} {name} for a target with a section and without")
        sections.add(section)


def _of_validation(policy: Resource) -> Iterator[FieldProblem]:
    validation = policy.child(View, "spec", "validation")
    if not validation.data:
        yield FieldProblem(policy.at("spec"), f"{policy} has no validation, and trusts no certificate")
        return
    references, well_known = validation.get("caCertificateRefs"), validation.get("wellKnownCACertificates")
    if references and well_known:
        message = f"{policy} has caCertificateRefs and wellKnownCACertificates, and may have one of them"
        yield FieldProblem(validation.at("wellKnownCACertificates"), message)
    elif not references and not well_known:
        message = f"{policy} has neither caCertificateRefs nor wellKnownCACertificates, and trusts no certificate"
        yield FieldProblem(validation.at(), message)
    elif well_known:
        what = f"wellKnownCACertificates of {policy}"
        yield from not_among(validation, ("wellKnownCACertificates",), ("System",), what)
    host = validation.get("hostname")
    if host in (None, ""):
        yield FieldProblem(validation.at(), f"{policy} has no hostname to ask its backends for", missing=("hostname",))
    elif not is_placeholder(host) and not (isinstance(host, str) and is_dns_subdomain(host)):
        at = validation.at("hostname")
        fix = write_host(at, is_dns_subdomain)
        yield FieldProblem(at, f'{policy} has the hostname "{host}", which is no host', fix=fix)
    for item in validation.children(View, "subjectAltNames"):
        yield from not_among(item, ("type",), tuple(_SAN_FIELDS), f"The type of an alternative name of {policy}")
        for kind, field in _SAN_FIELDS.items():
            if item.data.get("type") == kind and not item.data.get(field):
                yield FieldProblem(
                    item.at("type"), f"An alternative name of {policy} is of type {kind}, without {field}"
                )
            elif item.data.get("type") in _SAN_FIELDS and item.data.get("type") != kind and item.data.get(field):
                other = item.data["type"]
                yield FieldProblem(item.at(field), f"An alternative name of {policy} is of type {other}, with {field}")

"""What the API server refuses in an Ingress and in an IngressClass.

Sources: k8s.io/kubernetes pkg/apis/networking/validation/validation.go for networking.k8s.io/v1, and the same file of
1.21 for the v1beta1 objects that releases up to that one served. Fields no version knows are refused by the strict
decoding that kubectl asks for since 1.27.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from klint.document import Path, Place
from klint.errors import closest
from klint.kube.classes import IngressClass
from klint.kube.names import is_dns_label, is_dns_subdomain
from klint.kube.ports import is_port_number, port_name_errors
from klint.kube.resource import Resource, View, mapping, sequence
from klint.kube.routes import Ingress, IngressPath
from klint.kube.validation.service import DIGIT_FIRST
from klint.kube.validation.shape import Shape, is_placeholder, is_template, mismatches

PATH_TYPES = ("Exact", "Prefix", "ImplementationSpecific")
LAST_BETA = (1, 21)
"""The last Kubernetes that serves Ingress and IngressClass as v1beta1."""

_TEXTS: Shape = {"*": str}
_METADATA: Shape = {"name": str, "namespace": str, "labels": _TEXTS, "annotations": _TEXTS}
_REFERENCE: Shape = {"apiGroup": str, "kind": str, "name": str}
_V1_BACKEND: Shape = {"service": {"name": str, "port": {"name": str, "number": int}}, "resource": _REFERENCE}
_BETA_BACKEND: Shape = {"serviceName": str, "servicePort": (int, str), "resource": _REFERENCE}
_OTHER_VERSION = frozenset(("backend", "defaultBackend", "serviceName", "servicePort", "service"))
"""Fields of one version that are taken for those of the other; messages of their own name them."""


def _ingress_spec(default_backend: str, backend: Shape) -> Shape:
    path = {"path": str, "pathType": str, "backend": backend}
    return {
        default_backend: backend,
        "ingressClassName": str,
        "rules": [{"host": str, "http": {"paths": [path]}}],
        "tls": [{"hosts": [str], "secretName": str}],
    }


_V1_SPEC = _ingress_spec("defaultBackend", _V1_BACKEND)
_BETA_SPEC = _ingress_spec("backend", _BETA_BACKEND)
_CLASS_SPEC: Shape = {"controller": str, "parameters": {**_REFERENCE, "scope": str, "namespace": str}}

_BAD_SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")
_BAD_ENDS = ("/..", "/.")
_URL_PATH = re.compile(r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+\Z")
_OCTET = r"0*(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4 = re.compile(rf"(?:{_OCTET}\.){{3}}{_OCTET}\Z")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One mistake, as a sentence without a full stop. `missing` are the fields that should stand at `at`, if any."""

    at: Place
    message: str
    missing: tuple[str, ...] = ()


def ingress_refusals(ingress: Ingress, kubernetes: tuple[int, int] | None = None) -> Iterator[Refusal]:
    """What is wrong with an Ingress of any version; `kubernetes` is the cluster's, if it is known."""
    is_beta = ingress.version != "v1"
    checks = [
        *_name(ingress),
        *_rules(ingress, kubernetes, is_beta=is_beta),
        *_tls(ingress),
        *_class_name(ingress),
    ]
    yield from _with_fields(ingress, _BETA_SPEC if is_beta else _V1_SPEC, checks)


def ingress_class_refusals(item: IngressClass) -> Iterator[Refusal]:
    """What is wrong with an IngressClass of any version."""
    checks = [*_name(item), *_controller(item), *_parameters(item)]
    yield from _with_fields(item, _CLASS_SPEC, checks)


def _with_fields(resource: Resource, spec: Shape, checks: list[Refusal]) -> Iterator[Refusal]:
    """The fields that do not decode, then what else is wrong: a field that does not decode or is misspelt is not
    missing or empty as well.
    """
    if "$patch" in resource.data or "$patch" in mapping(resource.get("spec")):
        return
    undecoded: set[Path] = set()
    for mismatch in mismatches(resource.data, {"metadata": _METADATA, "spec": spec}):
        undecoded.add(resource.path + mismatch.path)
        what = f"{_field(mismatch.path)} of {resource} is {_given(mismatch.value)}"
        yield Refusal(resource.at(*mismatch.path), f"{what}, and the API server reads only {mismatch.wanted} there")
    misspelt: set[tuple[Path, str]] = set()
    for path, fields in _unknown_fields(resource.get("spec"), spec, ("spec",)):
        meant = closest(str(path[-1]), fields)
        misspelt.add((resource.path + path[:-1], meant))
        hint = f"; {meant} is the nearest" if meant else ""
        message = f"{resource} has {_field(path)}, which is no field of {resource.group}/{resource.version}{hint}"
        yield Refusal(resource.at(*path), message)
    for refusal in checks:
        at = refusal.at.path
        is_there = any((at, field) in misspelt or (*at, field) in undecoded for field in refusal.missing)
        if at not in undecoded and not is_there:
            yield refusal


def _unknown_fields(value: Any, shape: Shape, path: Path) -> Iterator[tuple[Path, list[str]]]:
    """Paths of keys that a shape does not name, each with those it names there."""
    if isinstance(shape, list):
        for index, item in enumerate(sequence(value)):
            yield from _unknown_fields(item, shape[0], (*path, index))
    elif isinstance(shape, dict):
        for key, item in mapping(value).items():
            if key in shape:
                yield from _unknown_fields(item, shape[key], (*path, key))
            elif key not in _OTHER_VERSION and not is_template(key):
                yield (*path, key), list(shape)


def _field(path: Path) -> str:
    """A path as the API server writes it: `spec.rules[0].host`. The keys of labels and annotations hold dots."""
    if len(path) == 3 and path[0] == "metadata":
        return f"{str(path[1]).removesuffix('s')} {path[2]}"
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _given(value: Any) -> str:
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, str):
        return f'the string "{value}"'
    if isinstance(value, int | float):
        return f"the number {value}"
    return "a list" if isinstance(value, list) else "a mapping"


def _text(value: Any) -> str:
    """A string that the API server gets as it stands; empty for anything else."""
    return value if isinstance(value, str) and not is_placeholder(value) else ""


def _name(resource: Resource) -> Iterator[Refusal]:
    name = _text(resource.get("metadata", "name"))
    if name and not is_dns_subdomain(name):
        message = f"The name of {resource} is refused: it may hold lower-case letters, digits, hyphens and dots"
        yield Refusal(resource.place, message)


# Ingress


def _rules(ingress: Ingress, kubernetes: tuple[int, int] | None, *, is_beta: bool) -> Iterator[Refusal]:
    spec = mapping(ingress.get("spec"))
    field, other = ("backend", "defaultBackend") if is_beta else ("defaultBackend", "backend")
    versions = ("v1", "v1beta1") if is_beta else ("v1beta1", "v1")
    if spec.get(other) is not None:
        inner = "" if is_beta else ", with service.name and service.port"
        message = f"{ingress} has spec.{other}, as in {versions[0]}: in {versions[1]} it is {field}{inner}"
        yield Refusal(ingress.at("spec", other), message)
    elif "spec" in ingress.data and not spec.get("rules") and spec.get(field) is None:
        yield Refusal(ingress.at("spec"), f"{ingress} has neither rules nor a {field}", ("rules", field))
    if spec.get(field) is not None:
        owner = ingress.child(View, "spec")
        yield from _backend(ingress, owner, field, f"The {field}", kubernetes, is_beta=is_beta)
    for rule in ingress.rules:
        problem = _host_problem(_text(rule.host))
        if problem:
            yield Refusal(rule.at("host"), f"host {rule.host} of {ingress} {problem}")
        if isinstance(rule.data.get("http"), dict) and not rule.get("http", "paths"):
            yield Refusal(rule.at("http"), f"A rule of {ingress} has http and no paths", ("paths",))
        for path in rule.paths:
            yield from _path(ingress, path, is_beta=is_beta)
            where = f"The backend of path {path.http_path or '/'}"
            yield from _backend(ingress, path, "backend", where, kubernetes, is_beta=is_beta)


def _path(ingress: Ingress, path: IngressPath, *, is_beta: bool) -> Iterator[Refusal]:
    kind, text = path.data.get("pathType"), path.http_path
    if kind is None and not is_beta:
        message = f"path {text or '/'} of {ingress} has no pathType, and {ingress.group}/v1 has no default for it"
        yield Refusal(path.at(), message, ("pathType",))
    elif isinstance(kind, str) and kind not in PATH_TYPES and not is_template(kind):
        yield Refusal(path.at("pathType"), f"pathType {kind} of {ingress} is none of {', '.join(PATH_TYPES)}")
    is_judged = kind in ("Exact", "Prefix")
    if is_template(text) or not isinstance(path.data.get("path", ""), str | None):
        return
    if not text:
        if is_judged:
            yield Refusal(path.at("path"), f"A path of {ingress} is empty, which pathType {kind} refuses", ("path",))
    elif not text.startswith("/"):
        yield Refusal(path.at("path"), f"path {text} of {ingress} does not start with /")
    elif is_judged:
        held = next((part for part in _BAD_SEQUENCES if part in text), "")
        end = next((part for part in _BAD_ENDS if text.endswith(part)), "")
        if held or end:
            why = f"holds {held}" if held else f"ends in {end}"
            yield Refusal(path.at("path"), f"path {text} of {ingress} {why}, which pathType {kind} refuses")


def _backend(
    ingress: Ingress, owner: View, field: str, where: str, kubernetes: tuple[int, int] | None, *, is_beta: bool
) -> Iterator[Refusal]:
    """What is wrong with the backend in a field of `owner`; `where` names it at the start of a sentence."""
    if not isinstance(owner.data.get(field, {}), dict | None):
        return
    backend = owner.child(View, field)
    what = f"{where} of {ingress}"
    service, resource = backend.data.get("service"), backend.data.get("resource")
    beta = [field for field in ("serviceName", "servicePort") if backend.data.get(field) is not None]
    if resource is not None and (beta or service is not None):
        yield Refusal(backend.at("resource"), f"{what} has both a service and a resource")
    elif isinstance(resource, dict):
        yield from _reference(backend.child(View, "resource"), what)
    elif not isinstance(resource or service, dict | None):
        return
    elif is_beta:
        is_served = kubernetes is not None and kubernetes <= LAST_BETA
        if service is None or is_served:  # else the version is the mistake, and somebody has begun to mend it
            yield from _beta_service(backend, what)
    elif service is not None:
        yield from _service(backend.child(View, "service"), what, kubernetes)
    elif beta:
        message = f"{what} has {' and '.join(beta)}, as in v1beta1: in v1 it is service.name and service.port"
        yield Refusal(backend.at(beta[0]), message)
    else:
        yield Refusal(backend.at(), f"{what} has neither a service nor a resource", ("service", "resource"))


def _service(service: View, what: str, kubernetes: tuple[int, int] | None) -> Iterator[Refusal]:
    name = service.data.get("name")
    if name in (None, ""):
        yield Refusal(service.at(), f"{what} names no Service", ("name",))
    elif _text(name) and not is_dns_label(name):
        yield Refusal(service.at("name"), f"{what} cannot lead to {name}, which is no name of a Service{_far(name)}")
    elif _text(name)[:1].isdigit() and kubernetes is not None and kubernetes < DIGIT_FIRST:
        since = ".".join(map(str, DIGIT_FIRST))
        message = f"{what} leads to {name}, which no Service can be called before Kubernetes {since}"
        yield Refusal(service.at("name"), message)
    port = service.data.get("port")
    if isinstance(port, dict):
        yield from _port(service.child(View, "port"), what)
    elif port is None:
        yield Refusal(service.at(), f"{what} has no port", ("port",))


def _far(name: str) -> str:
    """What is behind an address in place of a name."""
    return ": it can only be one in its own namespace" if re.search(r"[./]", name) else ""


def _port(port: View, what: str) -> Iterator[Refusal]:
    name, number = port.data.get("name") or None, port.data.get("number") or None
    if name is not None and number is not None:
        yield Refusal(port.at("name"), f"{what} has a port name and a port number, and only one can count")
    elif name is None and number is None:
        yield Refusal(port.at(), f"{what} has a port with neither name nor number", ("name", "number"))
    elif number is not None:
        yield from _port_number(number, port.at("number"), what)
    else:
        yield from _port_name(name, port.at("name"), what)


def _beta_service(backend: View, what: str) -> Iterator[Refusal]:
    if backend.data.get("serviceName") in (None, ""):
        yield Refusal(backend.at(), f"{what} has no serviceName", ("serviceName",))
    port = backend.data.get("servicePort")
    if port is None:
        yield Refusal(backend.at(), f"{what} has no servicePort", ("servicePort",))
    elif isinstance(port, int):
        yield from _port_number(port, backend.at("servicePort"), what)
    else:
        yield from _port_name(port, backend.at("servicePort"), what)


def _port_number(number: Any, at: Place, what: str) -> Iterator[Refusal]:
    if isinstance(number, int) and not isinstance(number, bool) and not is_port_number(number):
        yield Refusal(at, f"{what} leads to port {number}, which is not between 1 and 65535")


def _port_name(name: Any, at: Place, what: str) -> Iterator[Refusal]:
    problem = port_name_errors(_text(name)) if _text(name) else ""
    if problem:
        yield Refusal(at, f"{what} leads to port {name}, which no port can be called here: {problem}")


def _reference(reference: View, what: str) -> Iterator[Refusal]:
    """A reference to an object by group, kind and name."""
    group = reference.data.get("apiGroup")
    if isinstance(group, str) and not is_placeholder(group) and not is_dns_subdomain(group):
        why = "a group is written without its version" if "/" in group else "that is no name of a group"
        yield Refusal(reference.at("apiGroup"), f"{what} cannot have apiGroup {group}: {why}")
    missing = tuple(field for field in ("kind", "name") if not reference.data.get(field))
    if missing:
        yield Refusal(reference.at(), f"{what} cannot refer to something without {' and '.join(missing)}", missing)
    for field in ("kind", "name"):
        value = _text(reference.data.get(field))
        if value in (".", "..") or "/" in value or "%" in value:
            yield Refusal(reference.at(field), f"{what} cannot have {field} {value}, which no object has")


def _tls(ingress: Ingress) -> Iterator[Refusal]:
    for entry in ingress.children(View, "spec", "tls"):
        for index, host in enumerate(sequence(entry.data.get("hosts"))):
            if not isinstance(host, str) or is_placeholder(host):
                continue
            problem = _host_problem(host, may_be_address=True) if host else "is empty"
            if problem:
                yield Refusal(entry.at("hosts", index), f"tls host {host or '(none)'} of {ingress} {problem}")
        name = _text(entry.data.get("secretName"))
        if name and not is_dns_subdomain(name):
            hint = ": it can only be one in its own namespace" if "/" in name else ""
            message = f"secretName {name} of {ingress} is no name of a Secret{hint}"
            yield Refusal(entry.at("secretName"), message)


def _class_name(ingress: Ingress) -> Iterator[Refusal]:
    name, at = ingress.get("spec", "ingressClassName"), ingress.at("spec", "ingressClassName")
    if name == "":
        yield Refusal(at, f"ingressClassName of {ingress} is empty, and no IngressClass has such a name")
    elif _text(name) and not is_dns_subdomain(name):
        yield Refusal(at, f"ingressClassName {name} of {ingress} is no name of an IngressClass")


def _host_problem(host: str, *, may_be_address: bool = False) -> str:
    """What is wrong with a host, as the end of a sentence; empty when nothing is."""
    if not host or is_dns_subdomain(host.removeprefix("*.")):
        is_address = _IPV4.match(host) is not None and not may_be_address
        return "is an IP address, and only a DNS name can be a host" if is_address else ""
    if "://" in host:
        return "is a URL, and a host is only the name in it"
    if "/" in host:
        return "holds a path, which stands in paths"
    if host.count(":") > 1:
        return "is an IP address, and only a DNS name can be a host"
    if ":" in host:
        return "has a port, and a host is served on the ports of its controller"
    if "*" in host:
        return "is no wildcard: * can only be the whole first label, as in *.example.com"
    if "_" in host:
        return "holds an underscore, which no DNS name may"
    if host != host.lower() and is_dns_subdomain(host.lower()):
        return "has capital letters, and must be written in lower case"
    if host.endswith("."):
        return "ends in a dot"
    return "is no DNS name"


# IngressClass


def _controller(item: IngressClass) -> Iterator[Refusal]:
    controller, at = item.get("spec", "controller"), item.at("spec", "controller")
    if controller in (None, ""):
        yield Refusal(item.at("spec"), f"{item} names no controller, so that nothing can serve it", ("controller",))
        return
    name = _text(controller)
    domain, _, path = name.partition("/")
    if len(name) > 250:
        yield Refusal(at, f"The controller of {item} has a name of {len(name)} characters, and 250 is the most")
    elif name and not (is_dns_subdomain(domain) and _URL_PATH.match(path)):
        yield Refusal(at, f"controller {name} of {item} is no domain with a path, as example.com/controller is")


def _parameters(item: IngressClass) -> Iterator[Refusal]:
    parameters = item.child(View, "spec", "parameters")
    if not isinstance(item.get("spec", "parameters"), dict):
        return
    yield from _reference(parameters, f"The parameters of {item}")
    if item.version != "v1":
        return
    scope, namespace = parameters.data.get("scope") or "Cluster", parameters.data.get("namespace")
    if is_template(scope) or not isinstance(scope, str):
        return
    if scope not in ("Cluster", "Namespace"):
        yield Refusal(parameters.at("scope"), f"The scope {scope} of {item} is neither Cluster nor Namespace")
    elif scope == "Namespace" and namespace is None:
        message = f"The parameters of {item} are of scope Namespace and name no namespace"
        yield Refusal(parameters.at(), message, ("namespace",))
    elif scope == "Cluster" and namespace is not None:
        message = f"The parameters of {item} name a namespace, which only scope Namespace may"
        yield Refusal(parameters.at("namespace"), message)
    elif _text(namespace) and not is_dns_label(_text(namespace)):
        yield Refusal(parameters.at("namespace"), f"The namespace {namespace} of {item} is no name of one")

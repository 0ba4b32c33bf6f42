"""What the API server refuses in an Ingress and in an IngressClass.

Sources: k8s.io/kubernetes pkg/apis/networking/validation/validation.go ValidateIngressCreate and ValidateIngressClass
for networking.k8s.io/v1, and the same file of 1.21 for the v1beta1 objects that releases up to that one served.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from klint.kube.classes import IngressClass
from klint.kube.names import is_dns_label, is_dns_subdomain
from klint.kube.ports import is_port_number, port_name_errors
from klint.kube.resource import Resource, View, mapping, sequence
from klint.kube.routes.ingress import Ingress
from klint.kube.validation.fields import INGRESS, INGRESS_CLASS, INGRESS_V1BETA1
from klint.kube.validation.metadata import metadata_problems
from klint.kube.validation.problem import FieldProblem, is_patch, judge
from klint.kube.validation.remedies import add, mended, number_in, write, write_host, write_meant, write_path
from klint.kube.validation.service import DIGIT_FIRST
from klint.kube.validation.shape import UnknownField
from klint.regex import regex
from klint.text.changes import Rename, Replace
from klint.text.document import Path
from klint.text.placeholders import is_placeholder, is_placeholder_for_host, is_placeholder_for_word
from klint.text.words import joined

if TYPE_CHECKING:
    from klint.fixes import Fix

Version = tuple[int, int]
Fields = Mapping[str, Any]

PATH_TYPES = ("Exact", "Prefix", "ImplementationSpecific")

_BAD_SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")
_BAD_ENDS = ("/..", "/.")
_URL_PATH = regex(r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+\Z")
_OCTET = r"0*(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_PLAIN_PATH = regex(r"/[A-Za-z0-9/_.~%@:-]*\Z")
_IPV4 = regex(rf"(?:{_OCTET}\.){{3}}{_OCTET}\Z", re.ASCII)
_NAME_LETTERS = "lower-case letters, digits, hyphens and dots"


def ingress_problems(
    ingress: Ingress, kubernetes: Version | None = None, *, is_fragment: bool = False
) -> Iterator[FieldProblem]:
    """What is wrong with an Ingress of any version; nothing for a patch that only looks like one.

    Args:
        ingress: the Ingress.
        kubernetes: the cluster's version, if it is known.
        is_fragment: whether something completes it, so that only what stands in it is judged.
    """
    if is_patch(ingress):
        return
    is_beta = not str(ingress.data.get("apiVersion")).endswith("/v1")
    checks = _Checks(ingress, kubernetes, is_beta=is_beta, is_fragment=is_fragment)
    yield from judge(
        ingress, INGRESS_V1BETA1 if is_beta else INGRESS, checks.problems(), is_explained=_is_of_other_version
    )


def _is_of_other_version(field: UnknownField) -> bool:
    """Whether a field is taken for that of the other version, where a check names the right one."""
    parent, name = field.path[-2:] if len(field.path) > 1 else ("", "")
    backends = ("backend", "defaultBackend")
    is_one = name in backends if parent == "spec" else parent in backends and name in _BACKEND_FIELDS
    return is_one and field.value is not None


_BACKEND_FIELDS = ("serviceName", "servicePort", "service")


def ingress_class_problems(item: IngressClass) -> Iterator[FieldProblem]:
    """What is wrong with an IngressClass of any version."""
    if not is_patch(item):
        yield from judge(item, INGRESS_CLASS, _class_problems(item))


def is_bare(ingress: Ingress) -> bool:
    """Whether it has neither rules nor a default backend, which those who write down part of an Ingress leave out."""
    spec = mapping(ingress.data.get("spec"))
    return not (spec.get("rules") or spec.get("defaultBackend") or spec.get("backend"))


def _text(value: Any) -> str:
    """A string that the API server gets as it stands; empty for anything else."""
    return value if isinstance(value, str) and not is_placeholder(value) else ""


# Ingress


class _Backend:
    """What a sentence calls a backend, put into words only where there is a sentence."""

    def __init__(self, ingress: Ingress, http_path: str | None, field: str) -> None:
        self._ingress, self._http_path, self._field = ingress, http_path, field

    def __str__(self) -> str:
        where = f"The {self._field}" if self._http_path is None else f"The backend of path {self._http_path or '/'}"
        return f"{where} of {self._ingress}"


class _Checks:
    """The checks of one Ingress. They read its plain data: paths are made where there is something to say."""

    def __init__(self, ingress: Ingress, kubernetes: Version | None, *, is_beta: bool, is_fragment: bool) -> None:
        self.ingress = ingress
        self.kubernetes = kubernetes
        self.is_beta = is_beta
        self.is_fragment = is_fragment

    def problems(self) -> Iterator[FieldProblem]:
        ingress, data = self.ingress, self.ingress.data.get("spec")
        yield from metadata_problems(ingress, is_dns_subdomain, letters=_NAME_LETTERS)
        spec = mapping(data)
        if data is None or isinstance(data, dict):
            yield from self._default_backend(spec)
        for index, rule in enumerate(sequence(spec.get("rules"))):
            if isinstance(rule, dict):
                yield from self._rule(rule, ("spec", "rules", index))
        for index, entry in enumerate(sequence(spec.get("tls"))):
            if isinstance(entry, dict):
                yield from self._tls(entry, ("spec", "tls", index))
        yield from self._class_name(spec.get("ingressClassName"))

    def _default_backend(self, spec: Fields) -> Iterator[FieldProblem]:
        ingress = self.ingress
        field, other = ("backend", "defaultBackend") if self.is_beta else ("defaultBackend", "backend")
        versions = ("v1", "v1beta1") if self.is_beta else ("v1beta1", "v1")
        backend = spec.get(field)
        if spec.get(other) is not None:
            inner = "" if self.is_beta else ", with service.name and service.port"
            message = f"{ingress} has spec.{other}, as in {versions[0]}: in {versions[1]} it is {field}{inner}"
            fix = None if self.is_beta else self._as_in_v1(("spec", other), field)
            yield FieldProblem(ingress.at("spec", other), message, fix=fix)
        elif backend is None and not spec.get("rules") and not self.is_fragment:
            message = f"{ingress} has neither rules nor a {field}"
            yield FieldProblem(ingress.at("spec"), message, missing=("rules", field, "spec"))
        if backend is not None:
            yield from self._backend(backend, ("spec", field), _Backend(ingress, None, field))

    def _as_in_v1(self, path: Path, name: str = "") -> Fix | None:
        """What makes the backend of v1beta1 at a path one of v1, where it may have another name."""
        from klint.kube.upgrades import backend_changes

        changes = backend_changes(self.ingress.child(View, *path))
        if not changes or (name and name in self.ingress.get(*path[:-1])):
            return None
        renamed = (Rename(self.ingress.at(*path), name),) if name else ()
        return mended("Write it as v1 has it", *changes, *renamed, is_plain=True)

    def _rule(self, rule: Fields, path: Path) -> Iterator[FieldProblem]:
        ingress, host, http = self.ingress, rule.get("host"), rule.get("http")
        problem = _host_problem(host) if host and isinstance(host, str) else ""
        if problem and not is_placeholder_for_host(host):
            at = ingress.at(*path, "host")
            yield FieldProblem(at, f"host {host} of {ingress} {problem}", fix=write_host(at, _is_host))
        if not isinstance(http, dict):
            return
        if not http.get("paths"):
            message = f"A rule of {ingress} has http and no paths"
            yield FieldProblem(ingress.at(*path, "http"), message, missing=("paths",))
        for index, item in enumerate(sequence(http.get("paths"))):
            item = {} if item is None else item
            if isinstance(item, dict):
                yield from self._path(item, (*path, "http", "paths", index))

    def _path(self, item: Fields, path: Path) -> Iterator[FieldProblem]:
        ingress, kind, given = self.ingress, item.get("pathType"), item.get("path")
        text = given if isinstance(given, str) else ""
        if kind is None and not self.is_beta:
            message = f"path {text or '/'} of {ingress} has no pathType, and {ingress.group}/v1 has no default for it"
            usual = "Prefix" if _PLAIN_PATH.match(text) else "ImplementationSpecific"
            fix = None if is_placeholder(text) else add(ingress.at(*path), "pathType", usual)
            yield FieldProblem(ingress.at(*path), message, missing=("pathType",), fix=fix)
        elif isinstance(kind, str) and kind not in PATH_TYPES and not is_placeholder_for_word(kind):
            message = f"pathType {kind or '(empty)'} of {ingress} is none of {', '.join(PATH_TYPES)}"
            at = ingress.at(*path, "pathType")
            yield FieldProblem(at, message, fix=write_meant(at, PATH_TYPES) if text else None)  # most need a path, too
        if given is None or isinstance(given, str):
            problem = _http_path_problem(text, kind, ingress)
            if problem and not is_placeholder(text):
                at = ingress.at(*path, "path")
                whole = write(at, "/") if given == "" else add(ingress.at(*path), "path", "/")
                yield FieldProblem(at, problem, missing=("path",), fix=write_path(at) if text else whole)
        backend = item.get("backend")
        yield from self._backend(backend, (*path, "backend"), _Backend(ingress, text, "backend"))

    def _backend(self, backend: Any, path: Path, what: _Backend) -> Iterator[FieldProblem]:
        """What is wrong with a backend at a path; null is an empty one."""
        backend = {} if backend is None else backend
        if not isinstance(backend, dict):
            return
        ingress = self.ingress
        service, resource = backend.get("service"), backend.get("resource")
        beta = [field for field in ("serviceName", "servicePort") if backend.get(field) is not None]
        if resource is not None and (beta or service is not None):
            yield FieldProblem(ingress.at(*path, "resource"), f"{what} has both a service and a resource")
        elif isinstance(resource, dict):
            yield from _reference(ingress, resource, (*path, "resource"), what)
        elif not isinstance(resource or service, dict | None):
            return
        elif self.is_beta:
            from klint.kube.removed_apis import LAST_BETA

            is_served = self.kubernetes is not None and self.kubernetes <= LAST_BETA
            if service is None or is_served:  # else the version is the mistake, and somebody has begun to mend it
                yield from self._beta_service(backend, path, what)
        elif beta:
            message = f"{what} has {joined(beta)}, as in v1beta1: in v1 it is service.name and service.port"
            yield FieldProblem(ingress.at(*path, beta[0]), message, fix=self._as_in_v1(path))
        elif service is not None:
            yield from self._service(service, (*path, "service"), what)
        else:
            message = f"{what} has neither a service nor a resource"
            yield FieldProblem(ingress.at(*path), message, missing=("service", "resource"))

    def _service(self, service: Fields, path: Path, what: _Backend) -> Iterator[FieldProblem]:
        ingress, name, port = self.ingress, service.get("name"), service.get("port")
        if name in (None, ""):
            yield FieldProblem(ingress.at(*path), f"{what} names no Service", missing=("name",))
        elif isinstance(name, str):
            if not is_dns_label(name) and not is_placeholder(name):
                message = f"{what} cannot lead to {name}, which is not a valid Service name{_far(name)}"
                yield FieldProblem(ingress.at(*path, "name"), message)
            elif name[0].isdigit() and self.kubernetes is not None and self.kubernetes < DIGIT_FIRST:
                since = ".".join(map(str, DIGIT_FIRST))
                message = f"{what} leads to {name}, which no Service can be called before Kubernetes {since}"
                yield FieldProblem(ingress.at(*path, "name"), message)
        if isinstance(port, dict):
            yield from self._port(port, (*path, "port"), what)
        elif port is None:
            yield FieldProblem(ingress.at(*path), f"{what} has no port", missing=("port",))

    def _port(self, port: Fields, path: Path, what: _Backend) -> Iterator[FieldProblem]:
        name, number = port.get("name") or None, port.get("number") or None
        if name is not None and number is not None:
            message = f"{what} has a port name and a port number, and only one can count"
            yield FieldProblem(self.ingress.at(*path, "name"), message)
        elif number is not None:
            yield from self._port_number(number, (*path, "number"), what)
        elif name is not None:
            yield from self._port_name(name, (*path, "name"), what)
        else:
            message = f"{what} has a port with neither name nor number"
            yield FieldProblem(self.ingress.at(*path), message, missing=("name", "number"))

    def _beta_service(self, backend: Fields, path: Path, what: _Backend) -> Iterator[FieldProblem]:
        ingress, port = self.ingress, backend.get("servicePort")
        if backend.get("serviceName") in (None, ""):
            yield FieldProblem(ingress.at(*path), f"{what} has no serviceName", missing=("serviceName",))
        if port is None:
            yield FieldProblem(ingress.at(*path), f"{what} has no servicePort", missing=("servicePort",))
        elif isinstance(port, int):
            yield from self._port_number(port, (*path, "servicePort"), what)
        else:
            yield from self._port_name(port, (*path, "servicePort"), what)

    def _port_number(self, number: Any, path: Path, what: _Backend) -> Iterator[FieldProblem]:
        if isinstance(number, int) and not isinstance(number, bool) and not is_port_number(number):
            yield FieldProblem(
                self.ingress.at(*path), f"{what} leads to port {number}, which is not between 1 and 65535"
            )

    def _port_name(self, name: Any, path: Path, what: _Backend) -> Iterator[FieldProblem]:
        problem = port_name_errors(name) if isinstance(name, str) and name else ""
        if problem and not is_placeholder(name):
            message = f"{what} leads to port {name}, which no port can be called here: {problem}"
            yield FieldProblem(self.ingress.at(*path), message, fix=self._numbered(name, path))

    def _numbered(self, name: str, path: Path) -> Fix | None:
        """What makes a number in the place of a name one."""
        at, number = self.ingress.at(*path), number_in(name)
        if number is None or not is_port_number(number):
            return None
        renamed = () if self.is_beta else (Rename(at, "number"),)
        return mended(f"Make it the number {number}", Replace(at, number), *renamed, is_plain=True)

    def _tls(self, entry: Fields, path: Path) -> Iterator[FieldProblem]:
        ingress = self.ingress
        for index, host in enumerate(sequence(entry.get("hosts"))):
            host = "" if host is None else host
            if not isinstance(host, str):
                continue
            problem = _host_problem(host, may_be_address=True) if host else "is empty"
            if problem and not is_placeholder_for_host(host):
                message = f"tls host {host or '(none)'} of {ingress} {problem}"
                at = ingress.at(*path, "hosts", index)
                yield FieldProblem(at, message, fix=write_host(at, _is_host))
        name = entry.get("secretName")
        if name and isinstance(name, str) and not is_dns_subdomain(name) and not is_placeholder(name):
            hint = ": it can only be one in its own namespace" if "/" in name else ""
            message = f"secretName {name} of {ingress} is not a valid Secret name{hint}"
            yield FieldProblem(ingress.at(*path, "secretName"), message)

    def _class_name(self, name: Any) -> Iterator[FieldProblem]:
        ingress = self.ingress
        if name == "":
            message = f"ingressClassName of {ingress} is empty, and no IngressClass has such a name"
            yield FieldProblem(ingress.at("spec", "ingressClassName"), message)
        elif isinstance(name, str) and not is_dns_subdomain(name) and not is_placeholder(name):
            message = f"ingressClassName {name} of {ingress} is not a valid IngressClass name"
            yield FieldProblem(ingress.at("spec", "ingressClassName"), message)


def _http_path_problem(text: str, kind: Any, ingress: Ingress) -> str:
    is_judged = kind in ("Exact", "Prefix")
    if not text:
        return f"A path of {ingress} is empty, which pathType {kind} refuses" if is_judged else ""
    if not text.startswith("/"):
        return f"path {text} of {ingress} does not start with /"
    if not is_judged or not ("//" in text or "/." in text or "%2" in text):
        return ""
    held = next((part for part in _BAD_SEQUENCES if part in text), "")
    end = next((part for part in _BAD_ENDS if text.endswith(part)), "")
    if not (held or end):
        return ""
    why = f"holds {held}" if held else f"ends in {end}"
    return f"path {text} of {ingress} {why}, which pathType {kind} refuses"


def _far(name: str) -> str:
    """What is behind an address in place of a name."""
    return ": it can only be one in its own namespace" if "." in name or "/" in name else ""


def _reference(resource: Resource, reference: Fields, path: Path, what: object) -> Iterator[FieldProblem]:
    """A reference to an object by group, kind and name."""
    group = reference.get("apiGroup")
    if isinstance(group, str) and not is_dns_subdomain(group) and not is_placeholder(group):
        why = "a group is written without its version" if "/" in group else "that is not a valid API group"
        at, name = resource.at(*path, "apiGroup"), group.partition("/")[0]
        fix = write(at, name, is_plain=True) if "/" in group and is_dns_subdomain(name) else None
        yield FieldProblem(at, f"{what} cannot have apiGroup {group or '(empty)'}: {why}", fix=fix)
    missing = tuple(field for field in ("kind", "name") if not reference.get(field))
    if missing:
        message = f"{what} cannot refer to something without {joined(missing)}"
        yield FieldProblem(resource.at(*path), message, missing=missing)
    for field in ("kind", "name"):
        value = _text(reference.get(field))
        if value in (".", "..") or "/" in value or "%" in value:
            yield FieldProblem(resource.at(*path, field), f"{what} cannot have {field} {value}, which no object has")


def _is_host(host: str) -> bool:
    return not _host_problem(host)


def _host_problem(host: str, *, may_be_address: bool = False) -> str:
    """What is wrong with a host, as the end of a sentence; empty when nothing is."""
    if not host or is_dns_subdomain(host.removeprefix("*.")):
        is_address = host[-1:].isdigit() and _IPV4.match(host) is not None and not may_be_address
        return "is an IP address, and only a DNS name can be a host" if is_address else ""
    if "://" in host:
        return "is a URL, and a host is only the name in it"
    if "/" in host:
        return "holds a path, which belongs in paths"
    if _is_ipv6(host):
        return "is an IP address, and only a DNS name can be a host"
    if host.count(":") == 1:
        return "has a port, and a host is served on the ports of its controller"
    if "*" in host:
        return "is not a wildcard: * can only be the whole first label, as in *.example.com"
    if "_" in host:
        return "holds an underscore, which no DNS name may"
    if host != host.lower() and is_dns_subdomain(host.lower()):
        return "has capital letters, and must be written in lower case"
    if host.endswith("."):
        return "ends in a dot"
    return "is no DNS name"


def _is_ipv6(host: str) -> bool:
    from klint.kube.validation.addresses import parse_address

    return ":" in host and parse_address(host) is not None


# IngressClass


def _class_problems(item: IngressClass) -> Iterator[FieldProblem]:
    yield from metadata_problems(item, is_dns_subdomain, letters=_NAME_LETTERS, is_namespaced=False)
    data = item.data.get("spec")
    if data is None or isinstance(data, dict):
        spec = mapping(data)
        yield from _controller(item, spec)
        parameters = spec.get("parameters")
        if isinstance(parameters, dict):
            yield from _reference(item, parameters, ("spec", "parameters"), f"The parameters of {item}")
            if item.version == "v1":
                yield from _scope(item, parameters)


def _controller(item: IngressClass, spec: Fields) -> Iterator[FieldProblem]:
    controller, at = spec.get("controller"), item.at("spec", "controller")
    if controller in (None, ""):
        message = f"{item} names no controller, so that nothing can serve it"
        yield FieldProblem(item.at("spec"), message, missing=("controller",))
        return
    name = _text(controller)
    domain, _, path = name.partition("/")
    if len(name) > 250:
        yield FieldProblem(at, f"The controller of {item} has a name of {len(name)} characters, and 250 is the most")
    elif name and not (is_dns_subdomain(domain) and _URL_PATH.match(path)):
        yield FieldProblem(
            at, f"controller {name} of {item} is not a domain with a path, such as example.com/controller"
        )


def _scope(item: IngressClass, parameters: Fields) -> Iterator[FieldProblem]:
    """Whether parameters are the cluster's or a namespace's. Only null gets a default."""
    scope, namespace = parameters.get("scope"), parameters.get("namespace")
    scope = "Cluster" if scope is None else scope
    if is_placeholder_for_word(scope) or not isinstance(scope, str):
        return
    at = item.at("spec", "parameters", "namespace")
    if scope not in ("Cluster", "Namespace"):
        message = f"The scope {scope or '(empty)'} of {item} is neither Cluster nor Namespace"
        place = item.at("spec", "parameters", "scope")
        yield FieldProblem(place, message, fix=write_meant(place, ("Cluster", "Namespace")))
    elif scope == "Cluster" and namespace is not None:
        is_unsaid = "scope" not in parameters
        fix = add(item.at("spec", "parameters"), "scope", "Namespace") if is_unsaid else None
        yield FieldProblem(at, f"The parameters of {item} name a namespace, which only scope Namespace may", fix=fix)
    elif scope == "Namespace" and namespace is None:
        message = f"The parameters of {item} are of scope Namespace and name no namespace"
        yield FieldProblem(item.at("spec", "parameters"), message, missing=("namespace",))
    elif isinstance(namespace, str) and not is_dns_label(namespace) and not is_placeholder(namespace):
        yield FieldProblem(at, f"The namespace {namespace or '(empty)'} of {item} is not a valid name")

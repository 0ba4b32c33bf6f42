"""What the API server refuses in a Service, and what it accepts and ignores.

Sources, all of k8s.io/kubernetes: pkg/apis/core/validation/validation.go ValidateService, on an object that
pkg/apis/core/v1/defaults.go SetDefaults_Service has completed; pkg/api/service/warnings.go; KEP-5311 for names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from klint.document import Path, Place
from klint.kube.names import is_dns_label, is_dns_subdomain
from klint.kube.ports import is_port_number, port_name_errors
from klint.kube.resource import mapping, sequence
from klint.kube.service import SOURCE_RANGES_ANNOTATION, Service, ServicePort
from klint.kube.validation.shape import Mismatch, Shape, is_placeholder, is_template, mismatches
from klint.yaml import key_text


class Effect(Enum):
    """What becomes of an object with a problem."""

    REFUSED = "the API server refuses the object"
    DOUBTFUL = "some API servers refuse it, or all take it for something else than it looks"
    IGNORED = "the API server accepts it, and nothing reads it"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a field. `message` is a sentence without a full stop."""

    at: Place
    message: str
    effect: Effect = Effect.REFUSED


_TEXTS: Shape = {"*": str}
_SHAPE: Shape = {
    "metadata": {"name": str, "namespace": str, "labels": _TEXTS, "annotations": _TEXTS},
    "spec": {
        "type": str,
        "selector": _TEXTS,
        "ports": [
            {
                "name": str,
                "protocol": str,
                "appProtocol": str,
                "port": int,
                "targetPort": (int, str),
                "nodePort": int,
            }
        ],
        "clusterIP": str,
        "clusterIPs": [str],
        "ipFamilies": [str],
        "ipFamilyPolicy": str,
        "externalIPs": [str],
        "externalName": str,
        "externalTrafficPolicy": str,
        "internalTrafficPolicy": str,
        "trafficDistribution": str,
        "healthCheckNodePort": int,
        "loadBalancerIP": str,
        "loadBalancerClass": str,
        "loadBalancerSourceRanges": [str],
        "allocateLoadBalancerNodePorts": bool,
        "publishNotReadyAddresses": bool,
        "sessionAffinity": str,
        "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": int}},
    },
}

_TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "type": _TYPES,
    "sessionAffinity": ("None", "ClientIP"),
    "externalTrafficPolicy": ("Cluster", "Local"),
    "internalTrafficPolicy": ("Cluster", "Local"),
    "trafficDistribution": ("PreferClose", "PreferSameZone", "PreferSameNode"),
    "ipFamilyPolicy": ("SingleStack", "PreferDualStack", "RequireDualStack"),
}
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_IP_FAMILIES = ("IPv4", "IPv6")
_CLUSTER_ADDRESSES = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")

_PARENTS = {"labels": "label", "annotations": "annotation"}
_NAME_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?\Z")

DIGIT_FIRST = (1, 36)
"""The first Kubernetes whose Services may have a name that starts with a digit (KEP-5311, beta)."""


def service_problems(service: Service, kubernetes: tuple[int, int] | None = None) -> Iterator[Problem]:
    """What is wrong with a Service, one problem a field; nothing for a patch that only looks like one.

    Args:
        service: the Service.
        kubernetes: the cluster's version, if it is known.
    """
    spec = mapping(service.data.get("spec"))
    if any("$patch" in data for data in (service.data, spec, *(port.data for port in service.ports))):
        return
    seen: set[Place] = set()
    for problem in _problems(service, spec, kubernetes):
        if problem.at not in seen:
            seen.add(problem.at)
            yield problem


def _problems(service: Service, spec: Mapping[str, Any], kubernetes: tuple[int, int] | None) -> Iterator[Problem]:
    for mismatch in mismatches(service.data, _SHAPE):
        yield _explain(service, mismatch)
    yield from _name(service, kubernetes)
    yield from _choices(service, spec)
    yield from _ports(service, spec)
    yield from _selector(service)
    yield from _affinity(service, spec)
    if spec.get("type") in _TYPES or (not spec.get("type") and _is_complete(spec)):
        yield from _addresses(service, spec)
        yield from _balancing(service, spec)
        yield from _node_ports(service)
        yield from _ignored(service, spec)


def _explain(service: Service, mismatch: Mismatch) -> Problem:
    steps = [step for step in mismatch.path if isinstance(step, str)]
    field = " ".join(_PARENTS.get(step, step) for step in steps[1:] if step != "ports") or steps[-1]
    value = mismatch.value
    if isinstance(value, str):
        given = f'the string "{value}"'
    elif isinstance(value, bool):
        given = f"the boolean {str(value).lower()}"
    elif isinstance(value, int | float):
        given = f"the number {value}"
    else:
        given = "a list" if isinstance(value, list) else "a mapping"
    message = f"{field} of {service} is {given}, and the API server reads only {mismatch.wanted} there"
    return Problem(service.at(*mismatch.path), message)


def _is_complete(spec: Mapping[str, Any]) -> bool:
    """Whether this is all there is to the Service, and no fragment that a tool merges into another one."""
    return bool(spec.get("selector")) or spec.get("type") == "ExternalName"


def _type(service: Service) -> str:
    return f"type {service.type}" + ("" if service.get("spec", "type") else ", the default")


def _text(value: Any) -> str:
    """A string that the API server gets as it stands; empty for anything else."""
    return value if isinstance(value, str) and not is_placeholder(value) else ""


def _is_none_of(value: Any, choices: tuple[str, ...]) -> bool:
    """Whether a string that is given is not among the choices."""
    return isinstance(value, str) and value != "" and value not in choices and not is_template(value)


def _name(service: Service, kubernetes: tuple[int, int] | None) -> Iterator[Problem]:
    name = _text(service.get("metadata", "name"))
    if not name:
        return
    if not is_dns_label(name):
        rule = "lower-case letters, digits and hyphens between them, 63 at most"
        yield Problem(service.place, f"The name of {service} is refused: it may hold {rule}")
    elif name[0].isdigit() and (kubernetes is None or kubernetes < DIGIT_FIRST):
        effect = Effect.DOUBTFUL if kubernetes is None else Effect.REFUSED
        since = ".".join(map(str, DIGIT_FIRST))
        yield Problem(
            service.place,
            f"The name of {service} starts with a digit, which is refused before Kubernetes {since}",
            effect,
        )


def _choices(service: Service, spec: Mapping[str, Any]) -> Iterator[Problem]:
    given: list[tuple[Path, Any, tuple[str, ...]]] = [
        *((("spec", field), spec.get(field), choices) for field, choices in _CHOICES.items()),
        *(
            (("spec", "ipFamilies", index), item, _IP_FAMILIES)
            for index, item in enumerate(sequence(spec.get("ipFamilies")))
        ),
    ]
    for path, value, choices in given:
        if _is_none_of(value, choices):
            yield Problem(service.at(*path), f"{path[1]} {value} of {service} is none of {', '.join(choices)}")


def _addresses(service: Service, spec: Mapping[str, Any]) -> Iterator[Problem]:
    """What a Service is reached at: clusterIP, externalName, externalIPs."""
    if service.type == "ExternalName":
        for field in _CLUSTER_ADDRESSES:
            if spec.get(field):
                message = f"{field} of {service} is refused: type ExternalName has no address in the cluster"
                yield Problem(service.at("spec", field), message)
        name = spec.get("externalName")
        if not name:
            yield Problem(service.at("spec", "type"), f"{service} is of type ExternalName and has no externalName")
        elif _text(name) and not is_dns_subdomain(name.removesuffix(".")):
            message = f"externalName {name} of {service} is no lower-case DNS name"
            yield Problem(service.at("spec", "externalName"), message)
    elif cluster_ip := _text(spec.get("clusterIP")):
        at = service.at("spec", "clusterIP")
        if cluster_ip == "None":
            if service.type != "ClusterIP":
                yield Problem(at, f"clusterIP None of {service} is refused: type {service.type} builds on a cluster IP")
        elif _ip_problem(cluster_ip):
            yield Problem(at, f"clusterIP {cluster_ip} of {service} is neither an IP address nor None")
    for index, value in enumerate(sequence(spec.get("externalIPs"))):
        problem = _text(value) and _ip_problem(value, may_be_special=False)
        if problem:
            yield Problem(service.at("spec", "externalIPs", index), f"externalIPs {value} of {service} {problem}")


def _balancing(service: Service, spec: Mapping[str, Any]) -> Iterator[Problem]:
    """Fields of load balancers, and of traffic from outside."""
    is_balanced = service.type == "LoadBalancer"
    for field in ("loadBalancerSourceRanges", "loadBalancerClass", "allocateLoadBalancerNodePorts"):
        value = spec.get(field)
        if not is_balanced and value is not None and value != []:
            message = f"{field} of {service} is refused on {_type(service)}: it is for LoadBalancer"
            yield Problem(service.at("spec", field), message)
    name = spec.get("loadBalancerClass")
    if is_balanced and isinstance(name, str) and not is_placeholder(name) and not _is_qualified_name(name):
        message = f"loadBalancerClass {name} of {service} is no name such as example.com/internal"
        yield Problem(service.at("spec", "loadBalancerClass"), message)
    yield from _source_ranges(service, spec, is_balanced=is_balanced)
    policy = spec.get("externalTrafficPolicy")
    if policy and not service.is_externally_accessible:
        message = f"externalTrafficPolicy of {service} is refused on {_type(service)}: no traffic comes from outside"
        yield Problem(service.at("spec", "externalTrafficPolicy"), message)
    if service.health_check_node_port and not (is_balanced and (policy == "Local" or is_placeholder(policy))):
        message = (
            f"healthCheckNodePort {service.health_check_node_port} of {service} is refused: "
            "it needs type LoadBalancer and externalTrafficPolicy Local"
        )
        yield Problem(service.at("spec", "healthCheckNodePort"), message)


def _source_ranges(service: Service, spec: Mapping[str, Any], *, is_balanced: bool) -> Iterator[Problem]:
    """loadBalancerSourceRanges, or where it is empty the annotation."""
    given = sequence(spec.get("loadBalancerSourceRanges"))
    ranges = [(service.at("spec", "loadBalancerSourceRanges", index), value) for index, value in enumerate(given)]
    annotation = service.annotations.get(SOURCE_RANGES_ANNOTATION)
    if not ranges and annotation is not None:
        at = service.at("metadata", "annotations", SOURCE_RANGES_ANNOTATION)
        if not is_balanced:
            where = f"{_type(service)}: it is for LoadBalancer"
            yield Problem(at, f"The annotation for source ranges of {service} is refused on {where}")
        ranges = [(at, value) for value in annotation.split(",")] if annotation.strip() else []
    for at, value in ranges:
        text = value.strip() if isinstance(value, str) and not is_placeholder(value) else None
        if is_balanced and text is not None and not _is_cidr(text):
            yield Problem(at, f"The source range {text} of {service} is no CIDR such as 192.0.2.0/24")


def _node_ports(service: Service) -> Iterator[Problem]:
    for port in service.ports:
        if port.node_port and service.type == "ClusterIP":
            yield Problem(port.at("nodePort"), f"nodePort {port.node_port} of {service} is refused on {_type(service)}")


def _ports(service: Service, spec: Mapping[str, Any]) -> Iterator[Problem]:
    ports = service.ports
    needs_ports = service.type in ("ClusterIP", "NodePort", "LoadBalancer") and not service.is_headless
    if needs_ports and not spec.get("ports") and (_is_complete(spec) or spec.get("ports") == []):
        yield Problem(service.at("spec", "ports"), f"{service} has no ports, which only a headless one may do without")
    names: set[str] = set()
    numbers: set[tuple[str, int | None]] = set()
    for port in ports:
        yield from _port(service, port)
        key = (port.protocol, port.number)
        if port.number and key in numbers:
            yield Problem(port.at("port"), f"port {port.number} of {service} stands twice for {port.protocol}")
        if port.name in names:
            yield Problem(port.at("name"), f"Two ports of {service} are called {port.name}")
        if len(ports) > 1 and port.number and port.data.get("name", "") == "" and _is_complete(spec):
            yield Problem(port.at("port"), f"port {port} of {service} has no name, and each of several ports needs one")
        numbers.add(key)
        names.update(filter(None, (port.name,)))


def _port(service: Service, port: ServicePort) -> Iterator[Problem]:
    """What is wrong with a port by itself."""
    if "port" not in port.data:
        yield Problem(port.at(), f"A port of {service} has no number")
    elif port.number is not None and not is_port_number(port.number):
        yield Problem(port.at("port"), f"port {port.number} of {service} is not between 1 and 65535")
    if port.name and not is_template(port.name) and not is_dns_label(port.name):
        rule = "lower-case letters, digits and hyphens between them, 63 at most"
        yield Problem(port.at("name"), f"The port name {port.name} of {service} is refused: it may hold {rule}")
    if _is_none_of(port.protocol, _PROTOCOLS):
        message = f"protocol {port.protocol} of {service} is none of {', '.join(_PROTOCOLS)}"
        yield Problem(port.at("protocol"), message)
    if _text(port.app_protocol) and not _is_qualified_name(port.app_protocol):
        message = f"appProtocol {port.app_protocol} of {service} is no name such as example.com/mqtt"
        yield Problem(port.at("appProtocol"), message)
    target = port.data.get("targetPort")
    name = _text(target)
    if isinstance(target, int) and target and not is_port_number(target):
        yield Problem(port.at("targetPort"), f"targetPort {target} of {service} is not between 1 and 65535")
    elif name.isdigit():
        why = "a quoted number is a name, and a name needs a letter"
        yield Problem(port.at("targetPort"), f'targetPort "{name}" of {service} is refused: {why}')
    elif name and (problem := port_name_errors(name)):
        yield Problem(
            port.at("targetPort"), f"targetPort {name} of {service} is no name of a container port: {problem}"
        )


def _selector(service: Service) -> Iterator[Problem]:
    for key, value in mapping(service.get("spec", "selector")).items():
        key = key_text(key)
        at = service.at("spec", "selector", key)
        if not is_placeholder(key) and not _is_qualified_name(key):
            yield Problem(at, f"The selector of {service} asks for the label {key}, which is no name of one")
        elif _text(value) and not (len(value) <= 63 and _NAME_PART.match(value)):
            yield Problem(at, f"The selector of {service} asks for {key}={value}, which no label can hold")


def _affinity(service: Service, spec: Mapping[str, Any]) -> Iterator[Problem]:
    affinity, at = spec.get("sessionAffinity") or "None", service.at("spec", "sessionAffinityConfig")
    timeout = service.get("spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds")
    if affinity == "None" and spec.get("sessionAffinityConfig"):
        # Defaulting erases the field before validation would refuse it.
        message = f"sessionAffinityConfig of {service} is dropped: without sessionAffinity ClientIP, no session sticks"
        yield Problem(at, message, Effect.DOUBTFUL)
    elif affinity == "ClientIP" and isinstance(timeout, int) and not 1 <= timeout <= 86400:
        at = service.at("spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds")
        yield Problem(at, f"timeoutSeconds {timeout} of {service} is not between 1 and 86400, a day")


def _ignored(service: Service, spec: Mapping[str, Any]) -> Iterator[Problem]:
    """Fields that the type does not read. For some the API server answers with a warning."""
    is_alias = service.type == "ExternalName"
    unread: dict[str, str] = {}
    if not is_alias and spec.get("externalName"):
        at = service.at("spec", "externalName")
        yield Problem(
            at, f"externalName of {service} is ignored on {_type(service)}: no name leads there", Effect.DOUBTFUL
        )
    if is_alias:
        unread = dict.fromkeys(("selector", "externalIPs"), "type ExternalName, which is only a DNS alias")
    elif service.is_headless:
        unread = dict.fromkeys(("externalIPs", "sessionAffinity"), "a headless Service")
    if service.type != "LoadBalancer":
        unread["loadBalancerIP"] = _type(service)
    for field, reason in unread.items():
        if spec.get(field) and spec[field] != "None":
            yield Problem(service.at("spec", field), f"{field} of {service} is ignored on {reason}", Effect.IGNORED)
    for port in service.ports if is_alias else ():
        if port.node_port:
            message = (
                f"nodePort {port.node_port} of {service} is ignored on type ExternalName, which is only a DNS alias"
            )
            yield Problem(port.at("nodePort"), message, Effect.IGNORED)


def _is_qualified_name(name: str) -> bool:
    """A label key and the like: `name` or `prefix/name`."""
    prefix, slash, last = name.rpartition("/")
    is_prefixed = is_dns_subdomain(prefix) if slash else True
    return is_prefixed and len(last) <= 63 and _NAME_PART.match(last) is not None


def _ip_problem(text: str, *, may_be_special: bool = True) -> str:
    """Why something is no address that others can use; empty when it is one."""
    import ipaddress

    try:
        # The API server still takes leading zeros, as decimals (k8s.io/utils/net ParseIPSloppy).
        address = ipaddress.ip_address(re.sub(r"(?<![0-9A-Fa-f:])0+(?=[0-9]+(?:\.|\Z))", "", text))
    except ValueError:
        return "is no IP address"
    if "%" in text:
        return "is no IP address"
    if may_be_special:
        return ""
    kinds = {
        "is no particular address": address.is_unspecified,
        "is a loopback address": address.is_loopback,
        "is a link-local address": address.is_link_local,
        "is a link-local multicast address": address
        in ipaddress.ip_network("224.0.0.0/24" if address.version == 4 else "ff02::/16"),
    }
    return next((what for what, applies in kinds.items() if applies), "")


def _is_cidr(text: str) -> bool:
    address, slash, length = text.partition("/")
    if not slash or not length.isdigit() or _ip_problem(address):
        return False
    return int(length) <= (128 if ":" in address else 32)

"""What the API server refuses in a Service, and what it accepts and ignores.

Sources, all of k8s.io/kubernetes: pkg/apis/core/validation/validation.go ValidateServiceCreate, on an object that
pkg/apis/core/v1/defaults.go SetDefaults_Service has completed; pkg/registry/core/service/storage/alloc.go for what is
given out before that; pkg/api/service/warnings.go; KEP-5311 for names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from klint.kube.names import is_dns_label, is_dns_subdomain, is_qualified_name
from klint.kube.ports import is_port_number, port_name_errors
from klint.kube.resource import mapping, sequence, string
from klint.kube.service import SOURCE_RANGES_ANNOTATION, Service
from klint.kube.validation.fields import SERVICE
from klint.kube.validation.metadata import example_name, label_problems, metadata_problems
from klint.kube.validation.problem import Effect, FieldProblem, is_patch, judge
from klint.kube.validation.remedies import add, drop, write, write_host, write_meant, write_number
from klint.text.placeholders import is_placeholder, is_placeholder_for_word, is_template

if TYPE_CHECKING:
    from klint.fixes import Fix
    from klint.text.document import Place

Version = tuple[int, int]
Fields = Mapping[str, Any]

_TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
_WITH_DEFAULT: Mapping[str, tuple[str, ...]] = {
    "type": _TYPES,
    "sessionAffinity": ("None", "ClientIP"),
    "externalTrafficPolicy": ("Cluster", "Local"),
}
"""Fields in which an empty string is as good as none."""
_CHOICES: Mapping[str, tuple[str, ...]] = {
    **_WITH_DEFAULT,
    "internalTrafficPolicy": ("Cluster", "Local"),
    "trafficDistribution": ("PreferClose", "PreferSameZone", "PreferSameNode"),
    "ipFamilyPolicy": ("SingleStack", "PreferDualStack", "RequireDualStack"),
}
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_IP_FAMILIES = ("IPv4", "IPv6")
_CLUSTER_ADDRESSES = ("clusterIP", "clusterIPs", "ipFamilies")

_LABEL_LETTERS = "lower-case letters, digits and hyphens between them, 63 at most"
_TOPOLOGY = ("service.kubernetes.io/topology-mode", "service.kubernetes.io/topology-aware-hints")

DIGIT_FIRST = (1, 36)
"""The first Kubernetes whose Services may have a name that starts with a digit (KEP-5311, beta)."""


def service_problems(
    service: Service, kubernetes: Version | None = None, *, is_fragment: bool = False
) -> Iterator[FieldProblem]:
    """What is wrong with a Service, one problem a field; nothing for a patch that only looks like one.

    Args:
        service: the Service.
        kubernetes: the cluster's version, if it is known.
        is_fragment: whether something completes it, so that only what stands in it is judged.
    """
    spec = mapping(service.data.get("spec"))
    if is_patch(service) or any("$patch" in mapping(port) for port in sequence(spec.get("ports"))):
        return
    yield from judge(service, SERVICE, _problems(service, spec, kubernetes, is_fragment=is_fragment))


def is_bare(service: Service) -> bool:
    """Whether it has no selector, which those who write down part of a Service leave to the rest."""
    spec = mapping(service.data.get("spec"))
    return not spec.get("selector") and spec.get("type") != "ExternalName"


def _problems(
    service: Service, spec: Fields, kubernetes: Version | None, *, is_fragment: bool
) -> Iterator[FieldProblem]:
    yield from metadata_problems(service, is_dns_label, letters=_LABEL_LETTERS)
    yield from _digit_first(service, kubernetes)
    if "annotations" in mapping(service.data.get("metadata")):
        yield from _topology(service)
    if not isinstance(service.data.get("spec"), dict):
        if service.data.get("spec") is None and not is_fragment:
            yield FieldProblem(service.at("spec"), f"{service} has no spec, where its ports must be", missing=("spec",))
        return
    yield from _choices(service, spec)
    yield from _ports(service, spec, is_fragment=is_fragment)
    selector = spec.get("selector")
    if selector:
        yield from label_problems(service, selector, ("spec", "selector"), f"The selector of {service} asks for")
    if not _AFFINITY.isdisjoint(spec):
        yield from _affinity(service, spec)
    if "externalIPs" in spec:
        yield from _external_ips(service, spec, kubernetes)
    kind = spec.get("type")
    if kind in _TYPES or (not kind and not is_fragment):
        if kind == "ExternalName":
            yield from _alias(service, spec)
        elif not _FAMILIES.isdisjoint(spec):
            yield from _families(service, spec, kubernetes)
        if not _BALANCING.isdisjoint(spec) or "annotations" in mapping(service.data.get("metadata")):
            yield from _balancing(service, spec, kubernetes)
        if kind not in _TYPES[1:3]:
            yield from _node_ports(service, spec)
        if kind == "ExternalName" or not _UNREAD.isdisjoint(spec):
            yield from _ignored(service, spec)


_AFFINITY = frozenset(("sessionAffinity", "sessionAffinityConfig"))
_FAMILIES = frozenset((*_CLUSTER_ADDRESSES, "ipFamilyPolicy"))
_BALANCING = frozenset(
    (
        *("loadBalancerSourceRanges", "loadBalancerClass", "allocateLoadBalancerNodePorts"),
        *("externalTrafficPolicy", "healthCheckNodePort"),
    )
)
_UNREAD = frozenset(("externalName", "externalIPs", "sessionAffinity", "loadBalancerIP"))
"""Which fields a group of checks is about: most Services have none of them."""


def _type(service: Service) -> str:
    return f"type {service.type}" + ("" if service.get("spec", "type") else ", the default")


def _text(value: Any) -> str:
    """A string that the API server gets as it stands; empty for anything else."""
    return value if isinstance(value, str) and not is_placeholder(value) else ""


def _given(values: Any) -> list[str] | None:
    """A list of strings as the API server gets it; None if it is no such list, or some of it is still to be filled in.

    Null in a list becomes an empty string.
    """
    texts = ["" if value is None else value for value in sequence(values)]
    is_known = all(isinstance(text, str) and not is_placeholder_for_word(text) for text in texts)
    return texts if is_known and isinstance(values, list | None) else None


# Names and annotations


def _digit_first(service: Service, kubernetes: Version | None) -> Iterator[FieldProblem]:
    metadata = mapping(service.data.get("metadata"))
    for field in ("name", "generateName"):
        name = example_name(string(metadata.get(field)))
        is_allowed = kubernetes is not None and kubernetes >= DIGIT_FIRST
        if name[:1].isdigit() and is_dns_label(name) and not is_allowed:
            effect = Effect.DOUBTFUL if kubernetes is None else Effect.REFUSED
            since = ".".join(map(str, DIGIT_FIRST))
            message = f"The name of {service} starts with a digit, which is refused before Kubernetes {since}"
            yield FieldProblem(service.at("metadata", field), message, effect)


def _topology(service: Service) -> Iterator[FieldProblem]:
    annotations = mapping(service.get("metadata", "annotations"))
    mode, hints = _TOPOLOGY
    if mode in annotations and hints in annotations:
        values = [annotations[key] or "" for key in _TOPOLOGY]
        if values[0] != values[1] and not any(map(is_placeholder, values)):
            message = f"The annotations topology-mode and topology-aware-hints of {service} contradict each other"
            yield FieldProblem(service.at("metadata", "annotations", mode), message)


# Fields by themselves


def _choices(service: Service, spec: Fields) -> Iterator[FieldProblem]:
    for field, choices in _CHOICES.items():
        value = spec.get(field)
        if value is None or value in choices or (value == "" and field in _WITH_DEFAULT):
            continue
        if isinstance(value, str) and not is_placeholder_for_word(value):
            message = f"{field} {value or '(empty)'} of {service} is none of {', '.join(choices)}"
            at = service.at("spec", field)
            yield FieldProblem(at, message, fix=write_meant(at, choices))


def _affinity(service: Service, spec: Fields) -> Iterator[FieldProblem]:
    affinity, at = spec.get("sessionAffinity") or "None", service.at("spec", "sessionAffinityConfig")
    timeout = service.get("spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds")
    if affinity == "None" and spec.get("sessionAffinityConfig"):
        # Defaulting erases the field before validation would refuse it.
        message = f"sessionAffinityConfig of {service} is dropped: sessionAffinity is not ClientIP"
        yield FieldProblem(at, message, Effect.DOUBTFUL)
    elif affinity == "ClientIP" and isinstance(timeout, int) and not 1 <= timeout <= 86400:
        at = service.at("spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds")
        yield FieldProblem(at, f"timeoutSeconds {timeout} of {service} is not between 1 and 86400, a day")


def _external_ips(service: Service, spec: Fields, kubernetes: Version | None) -> Iterator[FieldProblem]:
    from klint.kube.validation.addresses import parse_address, special_use

    for index, value in enumerate(sequence(spec.get("externalIPs"))):
        value = "" if value is None else value
        if not isinstance(value, str) or is_placeholder(value):
            continue
        at, address = service.at("spec", "externalIPs", index), parse_address(value)
        problem = special_use(address) if address else "is no IP address"
        if problem:
            yield FieldProblem(at, f"externalIPs {value or '(empty)'} of {service} {problem}")
        elif address and address.form:
            yield from _outdated(at, f"externalIPs {value} of {service} {address.form}", kubernetes)


def _outdated(at: Any, message: str, kubernetes: Version | None) -> Iterator[FieldProblem]:
    """An address or a range in a form that API servers accepted before they became strict."""
    from klint.kube.validation.addresses import STRICT

    if kubernetes is None or kubernetes >= STRICT:
        effect = Effect.OUTDATED if kubernetes is None else Effect.REFUSED
        yield FieldProblem(at, f"{message}, which is refused since Kubernetes {'.'.join(map(str, STRICT))}", effect)


# Ports


def _ports(service: Service, spec: Fields, *, is_fragment: bool) -> Iterator[FieldProblem]:
    ports = sequence(spec.get("ports"))
    if not ports and not is_fragment and _needs_ports(spec):
        message = f"{service} has no ports, which only a headless one may do without"
        yield FieldProblem(service.at("spec", "ports"), message, missing=("ports",))
    names: set[str] = set()
    numbers: set[tuple[str, int]] = set()
    for index, port in enumerate(ports):
        port = {} if port is None else port
        if not isinstance(port, dict):
            continue
        yield from _port(service, port, index)
        number, name, protocol = port.get("port"), port.get("name"), port.get("protocol") or "TCP"
        if isinstance(number, int) and number and isinstance(protocol, str):
            key = (protocol, number)
            if key in numbers:
                message = f"port {number} of {service} is used twice for {protocol}"
                yield FieldProblem(service.at("spec", "ports", index, "port"), message)
            numbers.add(key)
        if name in (None, ""):
            if len(ports) > 1 and not is_fragment and number:
                message = f"port {number} of {service} needs a name: a Service with several ports must name each"
                fix = _name(service, ports, index)
                yield FieldProblem(service.at("spec", "ports", index, "port"), message, missing=("name",), fix=fix)
        elif isinstance(name, str):
            if name in names:
                yield FieldProblem(
                    service.at("spec", "ports", index, "name"), f"Two ports of {service} are called {name}"
                )
            names.add(name)


def _name(service: Service, ports: list[Any], index: int) -> Fix | None:
    """What calls a port as the targetPort does that it alone has; None where nobody has given it a name.

    A name is more than one: Istio takes `http-web` for HTTP.
    """
    targets = [mapping(port).get("targetPort") for port in ports]
    name = targets[index]
    if not isinstance(name, str) or is_placeholder(name) or not is_dns_label(name) or port_name_errors(name):
        return None
    is_taken = targets.count(name) > 1 or any(mapping(port).get("name") == name for port in ports)
    if is_taken or "name" in ports[index]:
        return None
    return add(service.at("spec", "ports", index), "name", name)


def _needs_ports(spec: Fields) -> bool:
    """Whether a Service must have ports. What its type or address is may not be known yet."""
    is_headless = spec.get("clusterIP") == "None" and _given(spec.get("clusterIPs")) in ([], ["None"])
    is_open = is_template(spec.get("clusterIP")) or is_template(spec.get("ports"))
    return (spec.get("type") or "ClusterIP") in _TYPES[:3] and not is_headless and not is_open


def _port(service: Service, port: Fields, index: int) -> Iterator[FieldProblem]:
    """What is wrong with a port by itself."""
    path = ("spec", "ports", index)
    number, name, protocol = port.get("port"), port.get("name"), port.get("protocol")
    if number is None:
        yield FieldProblem(service.at(*path), f"A port of {service} has no number", missing=("port",))
    elif isinstance(number, int) and not is_port_number(number):
        yield FieldProblem(service.at(*path, "port"), f"port {number} of {service} is not between 1 and 65535")
    if name and isinstance(name, str) and not is_dns_label(name) and not is_placeholder_for_word(name):
        message = f"The port name {name} of {service} is refused: it may hold {_LABEL_LETTERS}"
        at, meant = service.at(*path, "name"), name.lower().replace("_", "-")
        is_free = is_dns_label(meant) and all(port.name != meant for port in service.ports)
        yield FieldProblem(at, message, fix=write(at, meant) if is_free else None)
    if protocol and protocol not in _PROTOCOLS and isinstance(protocol, str) and not is_placeholder_for_word(protocol):
        message = f"protocol {protocol} of {service} is none of {', '.join(_PROTOCOLS)}"
        at = service.at(*path, "protocol")
        yield FieldProblem(at, message, fix=write_meant(at, _PROTOCOLS))
    application = port.get("appProtocol")
    if isinstance(application, str) and not is_qualified_name(application) and not is_placeholder(application):
        message = f"appProtocol {application or '(empty)'} of {service} is not a name such as example.com/mqtt"
        yield FieldProblem(service.at(*path, "appProtocol"), message)
    target = port.get("targetPort")
    problem = _target_port_problem(target) if target else ""
    if problem:
        given = f'"{target}"' if isinstance(target, str) and target.isdigit() else target
        at = service.at(*path, "targetPort")
        yield FieldProblem(at, f"targetPort {given} of {service} {problem}", fix=write_number(at))


def _target_port_problem(target: Any) -> str:
    """What is wrong with a targetPort, as the end of a sentence; empty when nothing is."""
    if isinstance(target, int):
        return "" if is_port_number(target) else "is not between 1 and 65535"
    problem = port_name_errors(target) if isinstance(target, str) else ""
    if not problem or is_placeholder(target):
        return ""
    if target.isdigit():
        return "is refused: a quoted number is a name, and a name needs a letter"
    return f"is not a valid container port name: {problem}"


def _node_ports(service: Service, spec: Fields) -> Iterator[FieldProblem]:
    """What is wrong with node ports on the types that have none; the other types' are rules of their own."""
    taken: set[tuple[str, int]] = set()
    for index, port in enumerate(sequence(spec.get("ports"))):
        number = mapping(port).get("nodePort")
        if not number or not isinstance(number, int):
            continue
        at = service.at("spec", "ports", index, "nodePort")
        key = (str(port.get("protocol") or "TCP"), number)
        if service.type == "ClusterIP":
            message = f"nodePort {number} of {service} is refused on {_type(service)}"
            yield FieldProblem(at, message, fix=_without(service, at))
        elif key in taken:
            yield FieldProblem(at, f"nodePort {number} of {service} is used twice for {key[0]}, which no type may do")
        taken.add(key)


# Addresses


def _alias(service: Service, spec: Fields) -> Iterator[FieldProblem]:
    for field in (*_CLUSTER_ADDRESSES, "ipFamilyPolicy"):
        value = spec.get(field)
        if value or (value == "" and field == "ipFamilyPolicy"):
            message = f"{field} of {service} is refused: type ExternalName has no address in the cluster"
            at = service.at("spec", field)
            yield FieldProblem(at, message, fix=drop(at))
    name = spec.get("externalName")
    if not name:
        message = f"{service} is of type ExternalName and has no externalName"
        yield FieldProblem(service.at("spec", "type"), message, missing=("externalName",))
    elif _text(name) and not is_dns_subdomain(name.removesuffix(".")):
        message = f"externalName {name} of {service} is not a lower-case DNS name"
        at = service.at("spec", "externalName")
        yield FieldProblem(at, message, fix=write_host(at, is_dns_subdomain))


def _families(service: Service, spec: Fields, kubernetes: Version | None) -> Iterator[FieldProblem]:
    """Cluster addresses and IP families.

    Source: ValidateServiceClusterIPsRelatedFields, then initIPFamilyFields of pkg/registry/core/service/storage. What
    families a cluster has is not known.
    """
    first = spec.get("clusterIP") or ""
    addresses, families = _given(spec.get("clusterIPs")), _given(spec.get("ipFamilies"))
    is_open = is_placeholder(first) and first.upper() != "NONE"
    if addresses is None or families is None or is_open or not isinstance(first, str):
        return
    at = service.at("spec", "clusterIPs")
    if addresses and addresses[0] != first:
        why = f"begins with another address than clusterIP {first}" if first else "is set without clusterIP"
        yield FieldProblem(at, f"clusterIPs of {service} {why}, which must be the first of them")
    if len(addresses) > 2:
        yield FieldProblem(at, f"clusterIPs of {service} are {len(addresses)}, and two are the most, one a family")
    seen: set[str] = set()
    for index, family in enumerate(families):
        where = service.at("spec", "ipFamilies", index)
        if family not in _IP_FAMILIES:
            message = f"ipFamilies {family or '(empty)'} of {service} is none of {', '.join(_IP_FAMILIES)}"
            yield FieldProblem(where, message, fix=write_meant(where, _IP_FAMILIES))
        elif family in seen:
            yield FieldProblem(where, f"{family} is listed twice in ipFamilies of {service}")
        seen.add(family)
    policy, policy_at = spec.get("ipFamilyPolicy"), service.at("spec", "ipFamilyPolicy")
    if policy is None:
        is_dual = first == "None" and not spec.get("selector")
        policy, policy_at = (
            "" if is_dual else "SingleStack",
            at if len(addresses) == 2 else service.at("spec", "ipFamilies"),
        )
    if policy == "SingleStack" and 2 in (len(addresses), len(families)):
        is_said = spec.get("ipFamilyPolicy") is not None
        what = "two cluster IPs" if len(addresses) == 2 else "two IP families"
        single = "ipFamilyPolicy SingleStack" + ("" if is_said else ", the default")
        yield FieldProblem(
            policy_at, f"{service} has {what} and {single}: it takes PreferDualStack or RequireDualStack"
        )
    yield from _cluster_ips(service, addresses, families, first, kubernetes)


def _cluster_ips(
    service: Service, addresses: list[str], families: list[str], first: str, kubernetes: Version | None
) -> Iterator[FieldProblem]:
    """The addresses by themselves, and whether they are of the families that are asked for."""
    from klint.kube.validation.addresses import parse_address

    field = ("spec", "clusterIPs") if addresses else ("spec", "clusterIP")
    ips = addresses or ([first] if first else [])
    is_headless = ips == ["None"]
    if ips[:1] == ["None"] and (len(ips) > 1 or service.type != "ClusterIP"):
        why = "it is not alone" if len(ips) > 1 else f"type {service.type} builds on a cluster IP"
        yield FieldProblem(service.at("spec", "clusterIP"), f"clusterIP None of {service} is refused: {why}")
    found = []
    for index, text in enumerate(ips):
        at = service.at(*field, index) if addresses else service.at(*field)
        address = parse_address(text)
        if text == "None" and index == 0:
            continue
        if address is None:
            message = f"clusterIP {text or '(empty)'} of {service} is neither an IP address nor None"
            yield FieldProblem(at, message, fix=write_meant(at, ("None",)) if len(ips) == 1 else None)
            continue
        if address.form:
            yield from _outdated(at, f"clusterIP {text} of {service} {address.form}", kubernetes)
        wanted = families[index] if index < len(families) else address.family
        if wanted in _IP_FAMILIES and address.family != wanted:
            yield FieldProblem(at, f"clusterIP {text} of {service} is no {wanted} address, and ipFamilies asks for one")
        found.append(address.family)
    if len(found) == len(ips) == 2 and found[0] == found[1] and not is_headless:
        yield FieldProblem(service.at(*field), f"clusterIPs of {service} are both {found[0]}, and each family has one")


# Load balancers, and traffic from outside


def _balancing(service: Service, spec: Fields, kubernetes: Version | None) -> Iterator[FieldProblem]:
    is_balanced = service.type == "LoadBalancer"
    if not is_balanced:
        for field in ("loadBalancerSourceRanges", "loadBalancerClass", "allocateLoadBalancerNodePorts"):
            value = spec.get(field)
            if value is not None and value != []:
                message = f"{field} of {service} is refused on {_type(service)}: it is for LoadBalancer"
                yield FieldProblem(service.at("spec", field), message)
    name = spec.get("loadBalancerClass")
    if is_balanced and isinstance(name, str) and not is_placeholder(name) and not is_qualified_name(name):
        message = f"loadBalancerClass {name} of {service} is not a name such as example.com/internal"
        yield FieldProblem(service.at("spec", "loadBalancerClass"), message)
    yield from _source_ranges(service, spec, kubernetes, is_balanced=is_balanced)
    policy = spec.get("externalTrafficPolicy")
    is_open = is_placeholder_for_word(spec.get("type")) or is_template(spec.get("externalIPs"))
    if policy and not service.is_externally_accessible and not is_open:
        message = f"externalTrafficPolicy of {service} is refused on {_type(service)}: no traffic comes from outside"
        at = service.at("spec", "externalTrafficPolicy")
        yield FieldProblem(at, message, fix=_without(service, at))
    if service.health_check_node_port and not (is_balanced and (policy == "Local" or is_placeholder(policy))):
        message = (
            f"healthCheckNodePort {service.health_check_node_port} of {service} is refused: "
            "it needs type LoadBalancer and externalTrafficPolicy Local"
        )
        yield FieldProblem(service.at("spec", "healthCheckNodePort"), message)


def _source_ranges(
    service: Service, spec: Fields, kubernetes: Version | None, *, is_balanced: bool
) -> Iterator[FieldProblem]:
    """loadBalancerSourceRanges, or where it is empty the annotation."""
    given = sequence(spec.get("loadBalancerSourceRanges"))
    ranges = [(service.at("spec", "loadBalancerSourceRanges", index), value) for index, value in enumerate(given)]
    annotations = mapping(service.get("metadata", "annotations"))
    if not ranges and SOURCE_RANGES_ANNOTATION in annotations:
        at, annotation = (
            service.at("metadata", "annotations", SOURCE_RANGES_ANNOTATION),
            annotations[SOURCE_RANGES_ANNOTATION],
        )
        if not is_balanced:
            where = f"{_type(service)}: it is for LoadBalancer"
            yield FieldProblem(at, f"The annotation for source ranges of {service} is refused on {where}")
        elif isinstance(annotation, str) and annotation.strip() and not is_placeholder(annotation):
            ranges = [(at, value) for value in annotation.split(",")]
    for at, value in ranges if is_balanced else ():
        value = "" if value is None else value
        if isinstance(value, str) and not is_placeholder(value.strip()):
            yield from _source_range(service, at, value.strip(), kubernetes)


def _source_range(service: Service, at: Any, text: str, kubernetes: Version | None) -> Iterator[FieldProblem]:
    from klint.kube.validation.addresses import range_form

    form = range_form(text)
    if form is None:
        message = f"The source range {text or '(empty)'} of {service} is no CIDR such as 192.0.2.0/24"
        yield FieldProblem(at, message, fix=_with_length(at))
    elif form:
        yield from _outdated(at, f"The source range {text} of {service} {form}", kubernetes)


def _with_length(at: Place) -> Fix | None:
    """What makes a range of the one address that a place has instead."""
    from klint.kube.validation.addresses import parse_address

    address = parse_address(at.value) if isinstance(at.value, str) else None
    if address is None or address.form:
        return None
    return write(at, f"{at.value}/{address.ip.max_prefixlen}", is_plain=True)


def _without(service: Service, at: Place) -> Fix | None:
    """What drops a field that the type of a Service has no use for; where no type is written, that may be missing."""
    return drop(at) if service.get("spec", "type") else None


def _ignored(service: Service, spec: Fields) -> Iterator[FieldProblem]:
    """Fields that the type does not read. For some the API server answers with a warning."""
    is_alias = service.type == "ExternalName"
    unread: dict[str, str] = {}
    if not is_alias and spec.get("externalName"):
        at = service.at("spec", "externalName")
        yield FieldProblem(
            at, f"externalName of {service} is ignored on {_type(service)}: no name leads there", Effect.DOUBTFUL
        )
    if is_alias:
        unread = dict.fromkeys(("selector", "externalIPs"), "type ExternalName, which is only a DNS alias")
    elif service.is_headless:
        unread = dict.fromkeys(("externalIPs", "sessionAffinity"), "a headless Service")
    if service.type != "LoadBalancer":
        unread["loadBalancerIP"] = _type(service) if spec.get("loadBalancerIP") else ""
    for field, reason in unread.items():
        if spec.get(field) and spec[field] != "None":
            at, message = service.at("spec", field), f"{field} of {service} is ignored on {reason}"
            is_alone = field == "sessionAffinity" and not spec.get("sessionAffinityConfig")
            fix = drop(at, is_plain=True) if is_alone else None
            yield FieldProblem(at, message, Effect.IGNORED, fix=fix)
    for port in service.ports if is_alias else ():
        if port.node_port:
            message = (
                f"nodePort {port.node_port} of {service} is ignored on type ExternalName, which is only a DNS alias"
            )
            at = port.at("nodePort")
            yield FieldProblem(at, message, Effect.IGNORED, fix=drop(at, is_plain=True))

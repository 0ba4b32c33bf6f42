"""What the Gateway API refuses in its routes, or has an implementation not accept, whatever Gateway they name.

Sources: sigs.k8s.io/gateway-api apis/v1 httproute_types.go, grpcroute_types.go, tlsroute_types.go, tcproute_types.go,
udproute_types.go and shared_types.go (CommonRouteSpec, Hostname, RouteConditionReason UnsupportedValue and
IncompatibleFilters), with their validation rules as of 1.6. A field that has a default is never missing: of a path the
type is PathPrefix and the value `/`. What a backend lacks is told of with the other backends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from klint.kube.classes import GATEWAY_API
from klint.kube.names import is_dns_subdomain, is_hostname
from klint.kube.ports import is_port_number
from klint.kube.resource import Resource, View, sequence, string
from klint.kube.routes.gateway_api import GatewayRoute, ParentRef
from klint.kube.routes.shape import AttachmentKind
from klint.kube.validation import route_filters
from klint.kube.validation.addresses import is_address
from klint.kube.validation.problem import Effect, FieldProblem, is_patch, not_among
from klint.kube.validation.remedies import add, mended, number_in, write, write_host, write_number, write_path
from klint.records import dataclass
from klint.text.changes import Remove
from klint.text.placeholders import is_placeholder, is_placeholder_for_host, is_placeholder_for_word

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+\Z")
_PATH = re.compile(r"(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+\Z")
_GRPC_NAME = r"[A-Za-z_][A-Za-z_0-9]*"
_GRPC = {"service": re.compile(rf"\.?{_GRPC_NAME}(?:\.{_GRPC_NAME})*"), "method": re.compile(_GRPC_NAME)}
_DURATION = re.compile(r"(?:[0-9]{1,5}(?:h|m|s|ms)){1,4}\Z")
_PART = re.compile(r"([0-9]{1,5})(h|ms|m|s)")
_LONG = 3600
"""A number without a unit that is larger was most likely not meant for seconds."""
_MILLISECONDS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}

_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
_PATH_TYPES = ("Exact", "PathPrefix", "RegularExpression")
_MATCH_TYPES = ("Exact", "RegularExpression")
_NOT_IN_PATHS = ("//", "/./", "/../", "%2f", "%2F", "#")
_PATH_ENDS = ("/..", "/.")

_PARENT_KINDS = ("Gateway", "ListenerSet", "HTTPRoute")
"""HTTPRoutes are parents of others where an implementation lets them delegate (kgateway.dev/docs route-delegation)."""

_PARENTS, _RULES, _BACKENDS, _MATCHES, _ALL_MATCHES = 32, 16, 16, 64, 128
_HEAVIEST = 1_000_000


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a kind has: so many hostnames at most, whether HTTP matches and filters, whether one rule alone."""

    hostnames: int = 0
    has_matches: bool = False
    has_one_rule: bool = False


_KINDS: Mapping[str, _Kind] = {
    "HTTPRoute": _Kind(16, has_matches=True),
    "GRPCRoute": _Kind(16, has_matches=True),
    "TLSRoute": _Kind(1024, has_one_rule=True),
    "TCPRoute": _Kind(has_one_rule=True),
    "UDPRoute": _Kind(has_one_rule=True),
}


def route_problems(route: Resource) -> Iterator[FieldProblem]:
    """What is wrong with a route of the Gateway API by itself; nothing for a patch, or another kind."""
    kind = _KINDS.get(route.kind)
    if kind is None or not isinstance(route, GatewayRoute) or is_patch(route):
        return
    yield from _of_parents(route)
    yield from _of_hostnames(route, kind)
    yield from _of_rules(route, kind)


# Parents


def _of_parents(route: GatewayRoute) -> Iterator[FieldProblem]:
    if len(route.parents) > _PARENTS:
        at = route.at("spec", "parentRefs", _PARENTS)
        yield FieldProblem(at, f"{route} has {len(route.parents)} parents, and may have {_PARENTS}")
    seen: dict[tuple[str, ...], list[View]] = {}
    for parent in route.parents:
        if not parent.name and not is_placeholder(parent.data.get("name")):
            yield FieldProblem(parent.at(), f"A parent of {route} has no name")
        section, port = parent.data.get("sectionName"), parent.data.get("port")
        if isinstance(section, str) and section and not is_placeholder(section) and not is_dns_subdomain(section):
            at = parent.at("sectionName")
            yield FieldProblem(at, f'A parent of {route} has the section "{section}", which no listener can be called')
        if port is not None and not is_placeholder(port) and not (isinstance(port, int) and is_port_number(port)):
            at = parent.at("port")
            message = f"A parent of {route} has port {port!r}, which is no port number"
            yield FieldProblem(at, message, fix=write_number(at))
        yield from _of_kind(route, parent)
        key = (*parent.kind, parent.namespace, parent.name)
        is_readable = isinstance(section, str | None) and isinstance(port, int | str | None)
        if is_readable and not any(map(is_placeholder, (*key, section, port))):
            seen.setdefault(key, []).append(parent)
    for parents in seen.values():
        yield from _of_one_parent(route, parents)


def _of_kind(route: GatewayRoute, parent: ParentRef) -> Iterator[FieldProblem]:
    """The kind of a parent, as far as the Gateway API itself would have to define it."""
    group, kind = parent.kind
    if group != GATEWAY_API or kind in _PARENT_KINDS or is_placeholder_for_word(kind):
        return
    what = f"A parent of {route} is a {kind} of {GATEWAY_API}, which has none"
    if kind != "Service":
        yield FieldProblem(parent.at("kind"), what)
        return
    is_said = "group" in parent.data
    fix = write(parent.at("group"), "", is_plain=True) if is_said else add(parent.at(), "group", "", is_plain=True)
    yield FieldProblem(parent.at("kind"), f"{what}: the group of Services is the empty one", fix=fix)


def _of_one_parent(route: GatewayRoute, parents: Sequence[View]) -> Iterator[FieldProblem]:
    """Several references to one parent: all have a section or none has, and no two have the same.

    The Standard channel does not look at their ports, so that it refuses those that differ in nothing else.
    """
    first, *others = parents
    sections: dict[str, set[Any]] = {string(first.data.get("sectionName")): {first.data.get("port")}}
    for parent in others:
        name, section, port = first.data.get("name"), string(parent.data.get("sectionName")), parent.data.get("port")
        if bool(section) != bool(first.data.get("sectionName")):
            yield FieldProblem(
                parent.at("name"), f"{route} refers to {name} with a section and without: all need one, or none"
            )
        elif section in sections:
            is_same = port in sections[section] or None in sections[section] or port is None
            what = f"{route} refers to {name}{f', section {section},' if section else ''} twice"
            if is_same:
                is_nothing_more = any(parent.data == other.data for other in parents[: parents.index(parent)])
                fix = mended("Drop it", Remove(parent.at()), is_plain=True) if is_nothing_more else None
                yield FieldProblem(parent.at("name"), what, fix=fix)
            else:
                message = f"{what}, by its ports: the Standard channel of the Gateway API refuses that"
                yield FieldProblem(parent.at("port"), message, Effect.DOUBTFUL)
        sections.setdefault(section, set()).add(port)


# Hosts


def _of_hostnames(route: GatewayRoute, kind: _Kind) -> Iterator[FieldProblem]:
    hosts = sequence(route.get("spec", "hostnames"))
    if not kind.hostnames:
        if hosts:
            yield FieldProblem(route.at("spec", "hostnames"), f"{route} has hostnames, and no {route.kind} does")
        return
    if len(hosts) > kind.hostnames:
        at = route.at("spec", "hostnames", kind.hostnames)
        yield FieldProblem(at, f"{route} has {len(hosts)} hostnames, and may have {kind.hostnames}")
    if route.kind == "TLSRoute" and route.version == "v1" and not hosts and route.parents:
        yield FieldProblem(route.at("spec"), f"{route} has no hostnames, and needs one at least")
    for index, host in enumerate(hosts):
        at = route.at("spec", "hostnames", index)
        if is_placeholder_for_host(host):
            continue
        if not isinstance(host, str) or not is_hostname(host):
            fix = write_host(at, is_hostname)
            yield FieldProblem(at, f'{route} has the hostname "{host}", which is no DNS name', fix=fix)
        elif is_address(host):
            effect = Effect.REFUSED if route.kind == "TLSRoute" else Effect.DOUBTFUL
            yield FieldProblem(at, f"{route} has the hostname {host}, which is an address", effect)


# Rules


def _of_rules(route: GatewayRoute, kind: _Kind) -> Iterator[FieldProblem]:
    written = route.get("spec", "rules")
    if written == [] or (kind.has_one_rule and written is None and route.parents):
        yield FieldProblem(route.at("spec", "rules"), f"{route} has no rules, and needs one", missing=("rules",))
        return
    rules = route.rules
    most = 1 if kind.has_one_rule and route.version == "v1" else _RULES
    if len(rules) > most:
        count = "one" if most == 1 else str(most)
        yield FieldProblem(route.at("spec", "rules", most), f"{route} has {len(rules)} rules, and may have {count}")
    matches = sum(max(1, len(sequence(rule.get("matches")))) for rule in rules)
    if kind.has_matches and matches > _ALL_MATCHES:
        yield FieldProblem(route.at("spec", "rules"), f"{route} has {matches} matches, and may have {_ALL_MATCHES}")
    names: set[str] = set()
    for rule in rules:
        name = string(rule.data.get("name"))
        if name and not is_placeholder(name):
            if name in names:
                yield FieldProblem(rule.at("name"), f'{route} has two rules that are called "{name}"')
            names.add(name)
        yield from _of_rule(route, rule, kind)


def _of_rule(route: GatewayRoute, rule: View, kind: _Kind) -> Iterator[FieldProblem]:
    backends = rule.children(View, "backendRefs")
    if len(backends) > _BACKENDS:
        at = rule.at("backendRefs", _BACKENDS)
        yield FieldProblem(at, f"A rule of {route} has {len(backends)} backends, and may have {_BACKENDS}")
    for backend in backends:
        yield from _of_backend(route, backend)
    if not kind.has_matches:
        if not rule.get("backendRefs"):
            yield FieldProblem(rule.at(), f"A rule of {route} has no backends, and needs one", missing=("backendRefs",))
        return
    matches = rule.children(View, "matches")
    if len(matches) > _MATCHES:
        at = rule.at("matches", _MATCHES)
        yield FieldProblem(at, f"A rule of {route} has {len(matches)} matches, and may have {_MATCHES}")
    for match in matches:
        yield from (_of_http_match if route.kind == "HTTPRoute" else _of_grpc_match)(route, match)
    yield from route_filters.filter_problems(route, rule)
    yield from _of_timeouts(route, rule)
    if not rule.get("backendRefs") and not rule.get("filters") and not _is_for_mesh(route):
        answer = "500" if route.kind == "HTTPRoute" else "UNAVAILABLE"
        message = f"A rule of {route} has neither backends nor filters: its requests are answered with {answer}"
        yield FieldProblem(rule.at(), message, Effect.DOUBTFUL)


def _is_for_mesh(route: GatewayRoute) -> bool:
    """Whether it decides nothing at a Gateway: a rule without backends then leaves requests where they are going.

    Source: linkerd.io/2/reference/httproute (of a Server: policy for what comes in; of a Service: its own requests).
    """
    kinds = {item.kind for item in route.attachments}
    return bool(kinds) and AttachmentKind.GATEWAY not in kinds


def _of_backend(route: GatewayRoute, backend: View) -> Iterator[FieldProblem]:
    name, weight, port = (backend.data.get(field) for field in ("name", "weight", "port"))
    if name in (None, ""):
        yield FieldProblem(backend.at(), f"A backend of {route} has no name")
        return
    if weight is not None and not is_placeholder(weight):
        is_number = isinstance(weight, int) and not isinstance(weight, bool)
        if not is_number or not 0 <= weight <= _HEAVIEST:
            at = backend.at("weight")
            message = (
                f"Backend {name} of {route} has the weight {weight!r}, which is no integer from 0 to {_HEAVIEST:,}"
            )
            yield FieldProblem(at, message, fix=write_number(at))
    if port is not None and not is_placeholder(port) and not (isinstance(port, int) and is_port_number(port)):
        at = backend.at("port")
        message = f"Backend {name} of {route} has port {port!r}, which is no number from 1 to 65535"
        yield FieldProblem(at, message, fix=write_number(at))


def _of_timeouts(route: GatewayRoute, rule: View) -> Iterator[FieldProblem]:
    times: dict[str, int] = {}
    for field in ("request", "backendRequest"):
        value = rule.get("timeouts", field)
        if value is None or is_placeholder(value):
            continue
        if not isinstance(value, str) or not _DURATION.match(value):
            at = rule.at("timeouts", field)
            seconds = number_in(str(value))
            fix = write(at, f"{seconds}s") if seconds is not None and seconds <= _LONG else None
            message = f"A rule of {route} has the timeout {value!r}, which is no duration such as 10s"
            yield FieldProblem(at, message, fix=fix)
        else:
            times[field] = sum(int(count) * _MILLISECONDS[unit] for count, unit in _PART.findall(value))
    if 0 < times.get("request", 0) < times.get("backendRequest", 0):
        whole, part = rule.get("timeouts", "request"), rule.get("timeouts", "backendRequest")
        message = f"A rule of {route} gives its backends {part}, more than the {whole} of the whole request"
        yield FieldProblem(rule.at("timeouts", "backendRequest"), message)


# Matches


def _of_http_match(route: GatewayRoute, match: View) -> Iterator[FieldProblem]:
    yield from not_among(match, ("method",), _METHODS, "The method of a match", route)
    yield from _of_path(route, match)
    for field, kind in (("headers", "header"), ("queryParams", "query parameter")):
        yield from _of_conditions(route, match, field, kind)


def _of_path(route: GatewayRoute, match: View) -> Iterator[FieldProblem]:
    kind, value = match.get("path", "type") or "PathPrefix", match.get("path", "value")
    yield from not_among(match, ("path", "type"), _PATH_TYPES, "The type of a path", route)
    if kind not in ("Exact", "PathPrefix") or value is None or is_placeholder(value):
        return
    at = match.at("path", "value")
    if not isinstance(value, str) or not value.startswith("/"):
        what = f'{route} has the path "{value}"'
        message = f"{what}, and a path of type {kind} starts with a slash"
        yield FieldProblem(at, message, fix=write_path(at))
        return
    wrong = next((item for item in _NOT_IN_PATHS if item in value), "")
    end = next((item for item in _PATH_ENDS if value.endswith(item)), "")
    if not (wrong or end) and _PATH.match(value):
        return
    what = f'{route} has the path "{value}"'
    if wrong:
        yield FieldProblem(at, f'{what}, and a path of type {kind} has no "{wrong}"')
    elif end:
        yield FieldProblem(at, f'{what}, and a path of type {kind} does not end in "{end}"')
    else:
        yield FieldProblem(at, f"{what}, with characters that a path of type {kind} does not have")


def _of_conditions(route: GatewayRoute, match: View, field: str, kind: str) -> Iterator[FieldProblem]:
    names: dict[str, str] = {}
    for item in match.children(View, field):
        name, value = item.data.get("name"), item.data.get("value")
        yield from not_among(item, ("type",), _MATCH_TYPES, f"The type of a {kind} match of {route}")
        if name in (None, "") or value in (None, ""):
            what = "no name" if name in (None, "") else "no value"
            yield FieldProblem(item.at(), f"A {kind} match of {route} has {what}")
        if not isinstance(name, str) or not name or is_placeholder(name):
            continue
        if not _HEADER.match(name):
            yield FieldProblem(item.at("name"), f'{route} matches the {kind} "{name}", which is no name of a {kind}')
        key = name if field == "queryParams" else name.lower()
        if key in names:
            is_same = names[key] == name
            what = "twice in one match" if is_same else f"and {names[key]} in one match, which are the same header"
            effect = Effect.REFUSED if is_same else Effect.DOUBTFUL
            yield FieldProblem(item.at("name"), f"{route} matches the {kind} {name} {what}", effect)
        names.setdefault(key, name)


def _of_grpc_match(route: GatewayRoute, match: View) -> Iterator[FieldProblem]:
    yield from _of_conditions(route, match, "headers", "header")
    method = match.data.get("method")
    if not isinstance(method, dict):
        if isinstance(method, str) and not is_placeholder_for_word(method):
            yield FieldProblem(match.at("method"), f"{route} has the method {method!r}, and reads a service and method")
        return
    yield from not_among(match, ("method", "type"), _MATCH_TYPES, "The type of a method match", route)
    if not method.get("service") and not method.get("method"):
        yield FieldProblem(match.at("method"), f"A method match of {route} has neither service nor method")
    if method.get("type", "Exact") != "Exact":
        return
    for field, pattern in _GRPC.items():
        value = method.get(field)
        if isinstance(value, str) and value and not is_placeholder(value) and not pattern.fullmatch(value):
            at = match.at("method", field)
            yield FieldProblem(at, f'{route} matches the {field} "{value}", which is no name of a gRPC {field}')

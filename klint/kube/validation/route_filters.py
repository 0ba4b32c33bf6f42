"""What the Gateway API refuses in the filters of HTTPRoutes and GRPCRoutes, of a rule and of its backends.

Sources: sigs.k8s.io/gateway-api apis/v1 httproute_types.go (HTTPRouteRule, HTTPRouteFilter and the types of its
fields, with their validation rules), grpcroute_types.go (GRPCRouteFilter).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from klint.kube.ports import is_port_number
from klint.kube.resource import View, mapping, sequence, string
from klint.kube.routes.gateway_api import GatewayRoute
from klint.kube.validation.problem import Effect, FieldProblem, not_among
from klint.text.document import Place
from klint.text.placeholders import is_placeholder

_FIELDS: Mapping[str, Mapping[str, str]] = {
    "HTTPRoute": {
        "RequestHeaderModifier": "requestHeaderModifier",
        "ResponseHeaderModifier": "responseHeaderModifier",
        "RequestMirror": "requestMirror",
        "RequestRedirect": "requestRedirect",
        "URLRewrite": "urlRewrite",
        "CORS": "cors",
        "ExternalAuth": "externalAuth",
        "ExtensionRef": "extensionRef",
    },
    "GRPCRoute": {
        "RequestHeaderModifier": "requestHeaderModifier",
        "ResponseHeaderModifier": "responseHeaderModifier",
        "RequestMirror": "requestMirror",
        "ExtensionRef": "extensionRef",
    },
}
"""The types of filters, and the field that each of them needs."""

_REPEATED = frozenset(("RequestMirror", "ExtensionRef"))
"""Those that a rule may have more than once."""

_MOST = 16
_MODIFIERS = {"ReplaceFullPath": "replaceFullPath", "ReplacePrefixMatch": "replacePrefixMatch"}
_WITH_PATHS = ("requestRedirect", "urlRewrite")
_STATUS_CODES = (301, 302, 303, 307, 308)


def filter_problems(route: GatewayRoute, rule: View) -> Iterator[FieldProblem]:
    """What is wrong with the filters of a rule, and with those of its backends."""
    for owner in (rule, *rule.children(View, "backendRefs")):
        filters = owner.children(View, "filters")
        if not filters:
            continue
        whose = f"a rule of {route}" if owner is rule else f"a backend of {route}"
        if len(filters) > _MOST:
            at = owner.at("filters", _MOST)
            yield FieldProblem(at, f"{whose.capitalize()} has {len(filters)} filters, and may have {_MOST}")
        yield from _together(filters, whose)
        for item in filters:
            yield from _of_filter(route, item, whose)
            yield from _of_prefix(item, rule, whose)
    if rule.get("backendRefs") and rule.get("filters"):
        for item in rule.children(View, "filters"):
            if item.data.get("type") == "RequestRedirect":
                message = f"A rule of {route} redirects its requests, and has backends that none of them comes to"
                yield FieldProblem(rule.at("backendRefs"), message)
                return


def _together(filters: tuple[View, ...], whose: str) -> Iterator[FieldProblem]:
    """Filters that exclude each other, or that are there twice."""
    seen: set[str] = set()
    for item in filters:
        kind = string(item.data.get("type"))
        if kind in seen and kind not in _REPEATED:
            yield FieldProblem(item.at("type"), f"Filter {kind} is there twice in {whose}")
        seen.add(kind)
        if kind in ("URLRewrite", "RequestRedirect") and {"URLRewrite", "RequestRedirect"} <= seen:
            yield FieldProblem(item.at("type"), f"Filters RequestRedirect and URLRewrite exclude each other in {whose}")
            return


def _of_filter(route: GatewayRoute, item: View, whose: str) -> Iterator[FieldProblem]:
    kind, fields = item.data.get("type"), _FIELDS[route.kind]
    if kind in (None, ""):
        yield FieldProblem(item.at(), f"A filter of {whose} has no type", missing=("type",))
        return
    yield from not_among(item, ("type",), tuple(fields), f"The type of a filter of {whose}")
    if not isinstance(kind, str) or kind not in fields:
        return
    wanted = fields[kind]
    if item.data.get(wanted) is None:
        yield FieldProblem(item.at("type"), f"Filter {kind} of {whose} has no {wanted}", missing=(wanted,))
    for other, field in fields.items():
        if other != kind and item.data.get(field) is not None:
            yield FieldProblem(item.at(field), f"Filter {kind} of {whose} has {field}, the field of {other}")
    match kind:
        case "RequestRedirect":
            yield from _of_redirect(item, whose)
        case "URLRewrite":
            yield from _of_modifier(item, "urlRewrite", whose)
        case "RequestMirror":
            yield from _of_mirror(item, whose)
        case "RequestHeaderModifier" | "ResponseHeaderModifier":
            yield from _of_headers(item, wanted, whose)


def _of_redirect(item: View, whose: str) -> Iterator[FieldProblem]:
    what = f"of the redirect of {whose}"
    yield from not_among(item, ("requestRedirect", "scheme"), ("http", "https"), f"The scheme {what}")
    yield from not_among(item, ("requestRedirect", "statusCode"), _STATUS_CODES, f"The status code {what}")
    port = item.get("requestRedirect", "port")
    if port is not None and not is_placeholder(port) and not (isinstance(port, int) and is_port_number(port)):
        yield FieldProblem(item.at("requestRedirect", "port"), f"The port {what} is {port!r}, which is no port number")
    yield from _of_modifier(item, "requestRedirect", whose)


def _of_modifier(item: View, field: str, whose: str) -> Iterator[FieldProblem]:
    """The new hostname, which is no wildcard, and the new path, by one of two fields."""
    host = item.get(field, "hostname")
    if isinstance(host, str) and "*" in host and not is_placeholder(host):
        yield FieldProblem(item.at(field, "hostname"), f'The new hostname of {whose} is "{host}", which is no host')
    path = item.get(field, "path")
    if not isinstance(path, dict):
        return
    kind = path.get("type")
    if kind in (None, ""):
        yield FieldProblem(item.at(field, "path"), f"The new path of {whose} has no type", missing=("type",))
        return
    yield from not_among(item, (field, "path", "type"), tuple(_MODIFIERS), f"The type of the new path of {whose}")
    wanted = _MODIFIERS.get(string(kind))
    if wanted is None:
        return
    if path.get(wanted) is None:
        at = item.at(field, "path", "type")
        yield FieldProblem(at, f"The new path of {whose} is of type {kind} and has no {wanted}", missing=(wanted,))
    other = next(name for name in _MODIFIERS.values() if name != wanted)
    if path.get(other) is not None:
        yield FieldProblem(item.at(field, "path", other), f"The new path of {whose} is of type {kind} and has {other}")


def _of_prefix(item: View, rule: View, whose: str) -> Iterator[FieldProblem]:
    """What replaces a prefix needs the one prefix of the rule: its only match, of type PathPrefix."""
    field = next((name for name in _WITH_PATHS if item.get(name, "path", "replacePrefixMatch") is not None), None)
    if field is None or item.get(field, "path", "type") != "ReplacePrefixMatch":
        return
    matches = sequence(rule.get("matches"))
    if len(matches) > 1:
        fault, at = f"and the rule has {len(matches)} matches", item.at(field, "path", "replacePrefixMatch")
    else:
        kind = next((mapping(mapping(match).get("path")).get("type") for match in matches), None) or "PathPrefix"
        if kind == "PathPrefix" or is_placeholder(kind):
            return
        fault, at = f"and the path of the rule is of type {kind}", rule.at("matches", 0, "path", "type")
    yield FieldProblem(at, f"The new path of {whose} replaces a prefix, {fault}: it needs one, of type PathPrefix")


def _of_mirror(item: View, whose: str) -> Iterator[FieldProblem]:
    mirror = mapping(item.data.get("requestMirror"))
    if mirror and not mapping(mirror.get("backendRef")).get("name"):
        yield FieldProblem(item.at("requestMirror"), f"The mirror of {whose} has no backend", missing=("backendRef",))
    if mirror.get("percent") is not None and mirror.get("fraction") is not None:
        at = item.at("requestMirror", "fraction")
        yield FieldProblem(at, f"The mirror of {whose} has a percentage and a fraction, and may have one of them")


def _of_headers(item: View, field: str, whose: str) -> Iterator[FieldProblem]:
    """One action for each header (HTTPHeaderFilter): a list refuses a name twice; what two lists say is undefined."""
    seen: dict[str, tuple[str, str]] = {}
    for action, name, at in _headers(item, field):
        if not isinstance(name, str) or not name or is_placeholder(name):
            continue
        if name.lower() in seen:
            earlier = seen[name.lower()]
            effect = Effect.REFUSED if earlier == (action, name) else Effect.DOUBTFUL
            how = action if earlier[0] == action else f"{earlier[0]} and {action}"
            yield FieldProblem(at, f"Header {name} is there twice in a filter of {whose}, for {how}", effect)
        seen.setdefault(name.lower(), (action, name))


def _headers(item: View, field: str) -> Iterator[tuple[str, Any, Place]]:
    """What is done with which header, and where it says so."""
    for action in ("set", "add"):
        for header in item.children(View, field, action):
            yield action, header.data.get("name"), header.at("name")
    for index, name in enumerate(sequence(item.get(field, "remove"))):
        yield "remove", name, item.at(field, "remove", index)

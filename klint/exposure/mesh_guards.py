"""Istio: AuthorizationPolicies that ask at a gateway who comes: for a JWT, an address, or an authorizer's word.

A RequestAuthentication alone lets requests without a JWT in. Source: istio.io
docs/reference/config/security/authorization-policy (actions, selector, targetRefs, Rule, Source, Operation, Condition)
and request_authentication.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from klint.exposure.allow_lists import everybody
from klint.exposure.scope import Scope
from klint.hops import Guard, GuardKind
from klint.kube.classes import Gateway
from klint.kube.istio import IstioGateway
from klint.kube.other_policies import ISTIO_ROOT_NAMESPACE
from klint.kube.resource import Resource, View, mapping, sequence, string, strings, texts
from klint.kube.routes.shape import Match

if TYPE_CHECKING:
    from klint.exposure.layers.routing import Routing
    from klint.exposure.ways import Arrival

_LISTS = ("ipBlocks", "remoteIpBlocks")
_IN = {GuardKind.AUTHENTICATION: ("requestPrincipals",), GuardKind.ALLOW_LIST: _LISTS}
_OUT = {GuardKind.AUTHENTICATION: ("notRequestPrincipals",), GuardKind.ALLOW_LIST: ("notIpBlocks", "notRemoteIpBlocks")}
"""Fields of a source that say who comes in, and who does not, by what they come to."""

_CONDITIONS = {
    "request.auth.principal": GuardKind.AUTHENTICATION,
    "source.ip": GuardKind.ALLOW_LIST,
    "remote.ip": GuardKind.ALLOW_LIST,
}
_CLAIMS = "request.auth.claims["
"""Attributes that a condition compares, by what this comes to."""

_EVERYWHERE = ("*", "/*")
"""Paths of an operation that are all of them."""


class _Rules:
    """The rules that hold at a gateway, each with the action of its policy, by the hosts that they are for."""

    def __init__(self, policies: Iterable[Resource]) -> None:
        self._by_host: dict[str, list[tuple[str, View]]] = defaultdict(list)
        self._for_more: list[tuple[str, View]] = []
        for policy in policies:
            action = string(policy.get("spec", "action")) or "ALLOW"
            for rule in policy.children(View, "spec", "rules"):
                names = _names(rule)
                for name in names:
                    self._by_host[name].append((action, rule))
                if not names:
                    self._for_more.append((action, rule))

    def __bool__(self) -> bool:
        return bool(self._by_host or self._for_more)

    def about(self, match: Match) -> Iterator[tuple[str, View]]:
        """Those that may be for requests of a match."""
        hosts = [host.lower() for host in match.hosts]
        is_open = not hosts or any("*" in host for host in hosts)
        of_hosts = self._by_host.values() if is_open else (self._by_host.get(host, ()) for host in hosts)
        found = chain(self._for_more, *of_hosts)
        yield from {id(rule): (action, rule) for action, rule in found}.values()


def _names(rule: View) -> frozenset[str]:
    """The hosts that a rule is for; none where there is no telling them one by one."""
    hosts = [[_without_port(host) for host in texts(item.data.get("hosts"))] for item in _operations(rule)]
    names = frozenset(chain.from_iterable(hosts))
    return frozenset() if not all(hosts) or any("*" in name for name in names) else names


def guards_of_gateway(arrival: Arrival, match: Match, graph: Routing, scope: Scope) -> Iterator[Guard]:
    """What AuthorizationPolicies ask of a match's requests at the gateway that they come through."""
    known = scope.index.of_kind("security.istio.io", "AuthorizationPolicy")
    gateway = _gateway_of(arrival) if known else None
    if gateway is None:
        return
    rules = scope.own.kept(
        ("AuthorizationPolicies", id(gateway)),
        lambda: _Rules(scope.sort(item for item in known if _holds_at(item, gateway, graph)).nearest),
    )
    letting: list[View] = []
    for action, rule in rules.about(match) if rules else ():
        if action == "CUSTOM" and _is_for_all(rule, match) and not rule.data.get("from"):
            yield Guard(GuardKind.AUTHENTICATION, rule.at())
        elif action == "DENY" and _is_for_all(rule, match):
            yield from (Guard(kind, rule.at()) for kind in _kept_out(rule))
        elif action == "ALLOW" and _may_take(rule, match):
            letting.append(rule)
    for kind in _IN:
        if letting and all(kind in _let_in(rule) for rule in letting):
            yield Guard(kind, letting[0].at())


def _gateway_of(arrival: Arrival) -> IstioGateway | Gateway | None:
    if arrival.attached is not None:
        return arrival.attached.gateway
    return next((item for hop in arrival.hops for item in hop.targets if isinstance(item, IstioGateway)), None)


def _holds_at(policy: Resource, gateway: IstioGateway | Gateway, graph: Routing) -> bool:
    """Whether a policy certainly holds at a gateway: for its pods, or for all with its selector's labels."""
    targets = [*sequence(policy.get("spec", "targetRefs")), policy.get("spec", "targetRef")]
    targets = [target for target in map(mapping, targets) if target]
    if isinstance(gateway, Gateway):
        here = policy.namespace == gateway.namespace
        return here and any((item.get("kind"), item.get("name")) == ("Gateway", gateway.name) for item in targets)
    if targets:
        return False
    labels = strings(policy.get("spec", "selector", "matchLabels")).items()
    is_of_mesh = policy.namespace == ISTIO_ROOT_NAMESPACE
    pods = graph.proxies(gateway).pods
    if not pods:
        return labels <= gateway.selector.items() and (bool(labels) or is_of_mesh)
    return all((is_of_mesh or policy.namespace == pod.namespace) and labels <= pod.labels.items() for pod in pods)


def _operations(rule: View) -> Sequence[View]:
    return [item.child(View, "operation") for item in rule.children(View, "to")]


def _is_for_all(rule: View, match: Match) -> bool:
    """Whether a rule is for all requests of a match, whoever comes."""
    if rule.data.get("when"):
        return False
    operations = _operations(rule)
    return not operations or any(
        set(item.data) <= {"hosts", "paths"}
        and _has_hosts(item, match)
        and ("paths" not in item.data or any(path in _EVERYWHERE for path in texts(item.data["paths"])))
        for item in operations
    )


def _has_hosts(operation: View, match: Match) -> bool:
    """Whether an operation is for every host that requests from outside come to."""
    patterns = texts(operation.data.get("hosts"))
    if not patterns or "*" in patterns:
        return True
    hosts = [host for host in match.hosts if "." in host]
    return bool(hosts) and all(any(_is_like(host, pattern) for pattern in patterns) for host in hosts)


def _may_take(rule: View, match: Match) -> bool:
    """Whether a rule is for any request of a match, as far as their hosts tell."""
    operations = [texts(item.data.get("hosts")) for item in _operations(rule)]
    return not operations or any(
        not patterns or not match.hosts or any(_is_like(host, pattern) for pattern in patterns for host in match.hosts)
        for patterns in operations
    )


def _is_like(host: str, pattern: str) -> bool:
    """Whether a host is one that an operation names: exactly, by how it begins or ends, with a port or without."""
    text, host = _without_port(pattern), host.lower()
    if text.startswith("*"):
        return host.endswith(text[1:])
    return host.startswith(text[:-1]) if text.endswith("*") else host == text


def _without_port(pattern: str) -> str:
    name, _, port = pattern.lower().rpartition(":")
    return name if name and (port == "*" or port.isdigit()) else pattern.lower()


def _kept_out(rule: View) -> Iterator[GuardKind]:
    """What a rule that denies keeps out: those without a JWT, and addresses that are not listed."""
    for item in rule.children(View, "from"):
        source = mapping(item.data.get("source"))
        for kind, fields in _OUT.items():
            if len(source) == 1 and any(source.get(field) for field in fields):
                yield kind


def _let_in(rule: View) -> frozenset[GuardKind]:
    """What those must have whom a rule lets in: a JWT, or an address that is listed."""
    found = {kind for item in rule.children(View, "when") for kind in _condition(item)}
    sources = [mapping(item.data.get("source")) for item in rule.children(View, "from")]
    found.update(
        kind
        for kind, fields in _IN.items()
        if sources and all(any(_is_limit(kind, source.get(field)) for field in fields) for source in sources)
    )
    return frozenset(found)


def _condition(item: View) -> Iterator[GuardKind]:
    key = string(item.data.get("key"))
    kind = GuardKind.AUTHENTICATION if key.startswith(_CLAIMS) else _CONDITIONS.get(key)
    if kind is not None and _is_limit(kind, item.data.get("values")):
        yield kind


def _is_limit(kind: GuardKind, values: object) -> bool:
    """Whether a list leaves anybody out: of addresses one without some of them, of JWTs each that asks for one."""
    items = texts(values)
    return bool(items) and (kind is GuardKind.AUTHENTICATION or not everybody(items))

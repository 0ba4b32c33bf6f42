"""Istio: what exportTo hides from who asks for it, and ports of destinations that their ServiceEntries do not have.

Sources: istio/api networking/v1alpha3 service_entry.proto (export_to, ports) and annotation/annotations.yaml
(networking.istio.io/exportTo); istio.io docs/reference/config/analysis IST0101.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.exposure.mesh_index import destination_rules, service_entries
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, State
from klint.kube.istio import EXPORT_TO, ISTIO, DestinationRule, ServiceEntry, exported, service_of
from klint.kube.namespace import is_open_namespace
from klint.kube.ref import Ref
from klint.kube.routes.istio import VirtualService
from klint.kube.service import Service
from klint.reasons import Reason, Why, why
from klint.records import dataclass
from klint.text.placeholders import is_placeholder
from klint.text.words import abridged

if TYPE_CHECKING:
    from klint.exposure.layers.routing import Routing

_FEW = 4
"""That many namespaces or ports are named in a message."""


_Exported = Service | ServiceEntry | DestinationRule


@dataclass(frozen=True, slots=True)
class _Readers:
    """The namespaces whose proxies send a VirtualService's requests on.

    `are_all_known` is not set where a Gateway's pods are installed from elsewhere, and for a delegate.
    """

    namespaces: frozenset[str]
    are_all_known: bool

    def may_see(self, target: _Exported) -> bool:
        """Whether any of them may see it. Pods that are not known are not taken to be in the target's own namespace."""
        seen = _exported_to(target)
        if not seen or any(map(is_open_namespace, (*seen, *self.namespaces, target.namespace))):
            return True
        return bool(seen & self.namespaces) or not (self.are_all_known or seen <= {target.namespace, "~"})


def _exported_to(target: _Exported) -> frozenset[str]:
    if not isinstance(target, Service):
        return target.exported_to
    names = (name.strip() for name in target.annotations.get(EXPORT_TO, "").split(","))
    return exported(filter(None, names), target.namespace)


def hidden_hops(route: VirtualService, graph: Routing, scope: Scope) -> Iterator[Hop]:
    """From each destination to the Services or ServiceEntries that have it, where none is exported to who asks."""
    readers: _Readers | None = None
    for destination in route.destinations:
        targets = _targets(destination.host, route, scope)
        if not any(map(_exported_to, targets)):
            continue
        readers = readers or _readers(route, graph)
        if any(map(readers.may_see, targets)):
            continue
        wants = Ref(ISTIO, "ServiceEntry", "", destination.host)
        reason = _seen_by(targets[0])
        yield Hop(HopKind.BACKEND, route, destination.at("host"), wants, State.BROKEN, targets, reason, certain=True)


def hidden_subsets(route: VirtualService, graph: Routing, scope: Scope) -> Iterator[Hop]:
    """From each destination to the DestinationRules with its subset, where none is exported to who asks.

    Source: istio/api networking/v1alpha3 destination_rule.proto (export_to).
    """
    readers: _Readers | None = None
    for destination in route.destinations:
        name, host = destination.subset, destination.host
        if not name or not host or is_placeholder(name) or is_placeholder(host):
            continue
        rules = scope.sort(destination_rules(host, route.namespace, scope.index)).nearest
        defining = tuple(rule for rule in rules if any(subset.name == name for subset in rule.subsets))
        if not any(map(_exported_to, defining)):
            continue
        readers = readers or _readers(route, graph)
        if not any(map(readers.may_see, defining)):
            rule, reason = defining[0], _seen_by(defining[0])
            wants = Ref(ISTIO, "DestinationRule", rule.namespace, rule.name, labels=(("subset", name),))
            yield Hop(
                HopKind.SUBSET, route, destination.at("subset"), wants, State.BROKEN, defining, reason, certain=True
            )


def _targets(host: str, route: VirtualService, scope: Scope) -> tuple[Service | ServiceEntry, ...]:
    if not host or is_placeholder(host):
        return ()
    service = service_of(host, route.namespace)
    services = scope.services_named(service.namespace, service.name).own if service is not None else ()
    return (*services, *scope.sort(service_entries(scope.index).meeting(route.full_host(host))).nearest)


def _seen_by(target: _Exported) -> Why:
    namespaces = sorted(_exported_to(target) - {"~"})
    if not namespaces:
        return why(Reason.EXPORTED_NOWHERE, target)
    return why(Reason.EXPORTED_TO, target, abridged(namespaces, _FEW))


def _readers(route: VirtualService, graph: Routing) -> _Readers:
    """The namespace of a VirtualService, those of its Gateways, and those of the pods that serve these."""
    found = {route.namespace}
    are_all_known = True
    for binding in graph.bindings(route):
        found.add(binding.attachment.ref.namespace)
        served = graph.proxies(binding.gateway) if binding.gateway is not None else None
        found.update(pod.namespace for pod in (served.pods if served is not None else ()))
        are_all_known = are_all_known and served is not None and bool(served.pods)
    return _Readers(frozenset(found), are_all_known and not route.is_delegate)


def entry_port_hops(route: VirtualService, scope: Scope) -> Iterator[Hop]:
    """From each destination with a port to the ServiceEntries that have its host, where none has that port."""
    for destination in route.destinations:
        port = destination.port
        if not isinstance(port, int) or service_of(destination.host, route.namespace) is not None:
            continue
        entries = scope.sort(service_entries(scope.index).meeting(destination.host)).nearest
        numbers = dict.fromkeys(number for entry in entries for number in entry.ports or (None,))
        if not numbers or None in numbers or port in numbers:
            continue
        wants = Ref(ISTIO, "ServiceEntry", entries[0].namespace, entries[0].name, port)
        reason = why(Reason.OFFERS, abridged([str(number) for number in numbers], _FEW))
        at = destination.at("port", "number")
        yield Hop(HopKind.PORT, route, at, wants, State.BROKEN, entries, reason, certain=True)

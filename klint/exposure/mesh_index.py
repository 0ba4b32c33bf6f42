"""What the routes of a mesh refer to, found by name and host: Gateways, DestinationRules, ServiceEntries of Istio."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from klint.kube.index import Index
from klint.kube.istio import DestinationRule, Hosts, IstioGateway, ServiceEntry, full_host, service_of
from klint.kube.namespace import ByNamespace


def istio_gateways(index: Index) -> ByNamespace[str, IstioGateway]:
    """Gateways by name."""
    return index.kept(
        "gateways of Istio",
        lambda: ByNamespace((item.name, item.namespace, item) for item in index.of_type(IstioGateway)),
    )


def service_entries(index: Index) -> Hosts[ServiceEntry]:
    """ServiceEntries by their hosts."""
    return index.kept(
        "hosts of ServiceEntries",
        lambda: Hosts((host, item) for item in index.of_type(ServiceEntry) for host in item.hosts),
    )


def destination_rules(host: str, namespace: str, index: Index) -> Iterable[DestinationRule]:
    """The DestinationRules for a host that something in a namespace names; a namespace may be left open."""
    found = {id(item): item for item in _rules_by_host(index).meeting(full_host(host, namespace))}
    service = service_of(host, namespace)
    if service is not None:
        found.update((id(item), item) for item in _rules_by_service(index).within(service.name, service.namespace))
    return found.values()


def _rules_by_host(index: Index) -> Hosts[DestinationRule]:
    return index.kept(
        "DestinationRules by host", lambda: Hosts((item.host, item) for item in index.of_type(DestinationRule))
    )


def _rules_by_service(index: Index) -> ByNamespace[str, DestinationRule]:
    def named() -> Iterator[tuple[str, str, DestinationRule]]:
        for item in index.of_type(DestinationRule):
            service = service_of(item.host, item.namespace)
            if service is not None:
                yield service.name, service.namespace, item

    return index.kept("DestinationRules by Service", lambda: ByNamespace(named()))

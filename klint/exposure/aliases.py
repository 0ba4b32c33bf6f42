"""ExternalName Services: where they lead, and which controllers of routes send to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.exposure.backends import BackendLink
from klint.hops import State
from klint.kube.controllers import IngressController
from klint.kube.external_names import METADATA_SERVERS
from klint.kube.names import is_dns_subdomain
from klint.kube.service import Service
from klint.kube.validation.addresses import parse_address
from klint.reasons import PLAIN, Reason, Why, why
from klint.records import dataclass
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.exposure.graph import Graph


@dataclass(frozen=True, slots=True)
class Refusal:
    """A backend that the route's controller does not send to; `certain` where its settings are in the workspace."""

    link: BackendLink
    controller: IngressController
    certain: bool


@dataclass(frozen=True, slots=True)
class Alias:
    """Where a Service of type ExternalName leads: what is wrong with the name, else who does not send to it."""

    service: Service
    fault: Why = PLAIN
    refusals: tuple[Refusal, ...] = ()


def follow(service: Service, graph: Graph) -> Alias:
    """Judge an ExternalName Service."""
    fault = _fault(service)
    return Alias(service, fault) if fault else Alias(service, refusals=tuple(_refusals(service, graph)))


def _fault(service: Service) -> Why:
    """What is wrong with where an ExternalName Service leads; false where nothing is, or the API server refuses it.

    Sources: kubernetes.io docs services-networking/service#externalname, on addresses; coredns plugin/kubernetes, which
    answers with a CNAME only; RFC 6761 6.3 for localhost.
    """
    name = service.external_name.removesuffix(".")
    if is_placeholder(service.external_name) or not is_dns_subdomain(name):
        return PLAIN
    if name in METADATA_SERVERS:
        return why(Reason.METADATA_SERVER)
    address = parse_address(name)
    if name == "localhost" or name.endswith(".localhost"):
        return why(Reason.LOOPBACK_NAME)
    if address is not None:
        return why(Reason.LOOPBACK_ADDRESS if address.ip.is_loopback else Reason.ADDRESS_AS_NAME)
    own = f"{service.name}.{service.namespace}.svc"
    return why(Reason.OWN_NAME) if service.namespace and name in (own, f"{own}.cluster.local") else PLAIN


def _refusals(service: Service, graph: Graph) -> Iterator[Refusal]:
    """The routes of the bundle whose controllers refuse an ExternalName Service, the first backend of each."""
    found = {id(link.backend.route): link for _, link in reversed(graph.links_to(service))}
    for link in reversed(found.values()):
        for serving in graph.servings(link.backend.route):
            controller = serving.controller
            if controller is None or not controller.refuses_external_names or serving.class_hop.state is State.BROKEN:
                continue
            setting = controller.external_name_setting
            if setting and graph.is_mentioned_beside(service, re.compile(setting, re.IGNORECASE)):
                continue
            yield Refusal(link, controller, certain=not setting or bool(serving.pods))

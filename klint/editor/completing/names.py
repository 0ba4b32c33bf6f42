"""Services, classes, Gateways, Secrets and other objects by name."""

from __future__ import annotations

from collections.abc import Iterator

from klint.editor.completing.fields import Field, Known, Make, Offer
from klint.kube.classes import Gateway, IngressClass, ListenerOwner
from klint.kube.istio import IstioGateway
from klint.kube.namespace import Namespace, may_be_one_namespace
from klint.kube.resource import Resource
from klint.kube.routes.ingress import Ingress
from klint.kube.service import Service
from klint.kube.workload import Workload
from klint.text.placeholders import is_placeholder
from klint.text.words import abridged


def services(field: Field, known: Known) -> Iterator[Offer]:
    """Services, with their ports."""
    for service in known.objects(Service, field.namespace):
        ports = abridged(list(map(str, service.ports)), 3)
        yield Offer(service.name, f"{service}, port {ports}" if ports else str(service))


def ingress_classes(_field: Field, known: Known) -> Iterator[Offer]:
    """IngressClasses, defined or declared; where none is defined those that other Ingresses name."""
    defined = known.objects(IngressClass)
    for item in defined:
        yield Offer(item.name, f"{item} of {item.controller}" if item.controller else str(item))
    for ingress in () if defined else known.objects(Ingress):
        if ingress.wanted_class and not is_placeholder(ingress.wanted_class):
            yield Offer(ingress.wanted_class, "class of other Ingresses")
    for name in known.graph.target.ingress_classes:
        yield Offer(name, "IngressClass that the configuration declares")


def gateways(field: Field, known: Known) -> Iterator[Offer]:
    """Gateways of the Gateway API."""
    for item in known.objects(Gateway, field.namespace):
        yield Offer(item.name, str(item))


def listener_names(field: Field, known: Known) -> Iterator[Offer]:
    """The names of the listeners of the parent that is named beside."""
    for owner in known.objects(ListenerOwner, field.namespace):
        for listener in owner.listeners if owner.name == field.beside(1, "name") else ():
            if listener.name:
                host = f" for {listener.hostname}" if listener.hostname else ""
                yield Offer(listener.name, f"{listener.protocol} {listener.port}{host}, of {owner}")


def listener_ports(field: Field, known: Known) -> Iterator[Offer]:
    """The ports of the listeners of the parent that is named beside."""
    for owner in known.objects(ListenerOwner, field.namespace):
        for listener in owner.listeners if owner.name == field.beside(1, "name") else ():
            if listener.port is not None:
                yield Offer(str(listener.port), f"{listener.protocol}, of {owner}", is_plain=True)


def istio_gateways(field: Field, known: Known) -> Iterator[Offer]:
    """Gateways of Istio, with their namespace where it is another."""
    for item in known.objects(IstioGateway):
        is_own = may_be_one_namespace(item.namespace, field.sketch.namespace)
        yield Offer(item.name if is_own else f"{item.namespace}/{item.name}", str(item))


def secrets(field: Field, known: Known) -> Iterator[Offer]:
    """Secrets, and those that something makes."""
    for name, makers in known.graph.provided_secrets.items():
        maker = next((item for item in makers if may_be_one_namespace(item.namespace, field.namespace)), None)
        if maker is not None and not is_placeholder(name):
            yield Offer(name, str(maker))


def named(cls: type[Resource], kind: str = "") -> Make:
    """The objects of a class, and of a kind."""

    def make(field: Field, known: Known) -> Iterator[Offer]:
        for item in known.objects(cls, field.namespace, kind):
            yield Offer(item.name, str(item))

    return make


def scaled(field: Field, known: Known) -> Iterator[Offer]:
    """The workloads of the kind that is named beside."""
    kind = field.beside(1, "kind")
    for item in known.objects(Workload, field.sketch.namespace, kind):
        yield Offer(item.name, str(item))


def namespaces(_field: Field, known: Known) -> Iterator[Offer]:
    """Namespaces, and those that objects name."""
    for item in known.objects(Namespace):
        yield Offer(item.name, str(item))
    for name in dict.fromkeys(item.namespace for item in known.graph.resources):
        if name and not is_placeholder(name):
            yield Offer(name, "namespace of other objects")


def hosts(field: Field, _known: Known) -> Iterator[Offer]:
    """The hosts of an Ingress's rules that none of its TLS is for yet."""
    certified = {text for path, text in field.sketch.below("spec", "tls").items() if "hosts" in path}
    for path, text in field.sketch.below("spec", "rules").items():
        if path[-1] == "host" and text not in certified:
            yield Offer(text, "host of a rule")

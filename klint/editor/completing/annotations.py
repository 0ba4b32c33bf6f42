"""Annotations that say who may come in, and their values."""

from __future__ import annotations

from collections.abc import Iterator

from klint.editor.completing.fields import Field, Known, Offer
from klint.editor.completing.names import ingress_classes
from klint.intents import ANNOTATION, Exposure
from klint.kube.classes import IngressClass
from klint.kube.clouds import LOAD_BALANCERS, LoadBalancer
from klint.kube.controllers import INGRESS_CONTROLLERS
from klint.kube.routes.ingress import CLASS_ANNOTATION


def annotations_of_ingress(field: Field, known: Known) -> Iterator[Offer]:
    """Annotations of the controller that serves it by which it asks for who comes, or limits who may come."""
    wanted = field.sketch.text("spec", "ingressClassName")
    defined = [item.controller for item in known.objects(IngressClass) if item.name == wanted]
    for controller in INGRESS_CONTROLLERS:
        if controller.controller in defined if defined else wanted in controller.classes:
            yield from (Offer(name, f"allow-list, read by {controller.name}") for name in controller.allow_lists)
            yield from (Offer(name, f"authentication, read by {controller.name}") for name in controller.authentication)
    yield from annotation_of_klint(field, known)


def annotations_of_service(field: Field, known: Known) -> Iterator[Offer]:
    """Annotations of the target's load balancers by which they are public or internal."""
    if field.sketch.text("spec", "type") == "LoadBalancer":
        for balancer in _load_balancers(known):
            for switch in balancer.switches:
                for key in switch.keys:
                    yield Offer(key, f"public or internal, read by {balancer.name}")
    yield from annotation_of_klint(field, known)


def annotation_values(field: Field, known: Known) -> Iterator[Offer]:
    """Values of an annotation: of the class, of what is declared, or of a load balancer's switches."""
    key = str(field.path[-1])
    if key == CLASS_ANNOTATION:
        yield from ingress_classes(field, known)
    if key == ANNOTATION:
        for exposure in Exposure:
            yield Offer(exposure.value, "for whom it is meant to be open")
    for balancer in _load_balancers(known):
        for switch in balancer.switches:
            if key in switch.keys:
                yield from (Offer(value, f"internal, to {balancer.name}") for value in switch.internal)
                yield from (Offer(value, f"public, to {balancer.name}") for value in switch.public)


def _load_balancers(known: Known) -> Iterator[LoadBalancer]:
    """Those of the platform that the bundle goes to; of every one where it is not known."""
    platform = known.graph.target.platform
    return (item for item in LOAD_BALANCERS if not platform or platform in item.platforms)


def annotation_of_klint(_field: Field, _known: Known) -> Iterator[Offer]:
    """The annotation that declares for whom an object is meant to be open."""
    yield Offer(ANNOTATION, "for whom it is meant to be open")

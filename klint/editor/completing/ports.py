"""Ports of Services, of pods and of containers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from klint.editor.completing.fields import Field, Known, Make, Offer


def ports_of(*name: str, up: int = 1, is_named: bool = True, is_number: bool = True) -> Make:
    """The ports of the Service whose name is in another field: at a path below what is so many steps above."""

    def make(field: Field, known: Known) -> Iterator[Offer]:
        namespace = field.beside(up, "namespace") or field.sketch.namespace
        service = known.service(field.beside(up, *name), namespace)
        for port in service.ports if service is not None else ():
            if port.number is not None and is_number:
                yield Offer(str(port.number), f"{port.name or 'port'} of {service}", is_plain=True)
            if port.name and is_named:
                yield Offer(port.name, f"port {port.number} of {service}")

    return make


def ports_of_destination(field: Field, known: Known) -> Iterator[Offer]:
    """The ports of the Service that a destination of Istio names."""
    service = known.service(field.beside(2, "host").partition(".")[0], field.sketch.namespace)
    for port in service.ports if service is not None else ():
        if port.number is not None:
            yield Offer(str(port.number), f"{port.name or 'port'} of {service}", is_plain=True)


def target_ports(field: Field, known: Known) -> Iterator[Offer]:
    """The ports of the pods that the Service selects."""
    selector = {str(path[0]): text for path, text in field.sketch.below("spec", "selector").items() if len(path) == 1}
    yield from _container_ports(selector, field, known)


def policy_ports(field: Field, known: Known) -> Iterator[Offer]:
    """The ports of the pods that the NetworkPolicy selects."""
    below = field.sketch.below("spec", "podSelector", "matchLabels")
    yield from _container_ports({str(path[0]): text for path, text in below.items()}, field, known)


def _container_ports(selector: Mapping[str, str], field: Field, known: Known) -> Iterator[Offer]:
    """The ports of the pods that carry all labels of a selector; of none where it is empty."""
    for pod in known.pods(field.sketch.namespace) if selector else ():
        if selector.items() <= pod.labels.items():
            for port in pod.ports:
                if port.name:
                    yield Offer(port.name, f"port {port.number} of {pod}")
                if port.number is not None:
                    yield Offer(str(port.number), f"{port.name or 'port'} of {pod}", is_plain=True)


def own_ports(field: Field, _known: Known) -> Iterator[Offer]:
    """The names of the ports of the container that a probe is of."""
    container = field.path[: field.path.index("containers") + 2] if "containers" in field.path else ()
    for path, text in field.sketch.below(*container, "ports").items() if container else ():
        if path[-1] == "name":
            yield Offer(text, "port of the container")

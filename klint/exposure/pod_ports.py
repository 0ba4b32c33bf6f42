"""The port of pods that somebody means who asks for one which they do not have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from klint.exposure.near import are_similar
from klint.kube.ports import port_name_errors
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.fixes import Fix
    from klint.kube.workload import PodTemplate
    from klint.text.document import Place

_MANY = 50
"""Where so many ports are declared nothing is looked for: each finding would go through them all."""


def name_correction(
    at: Place, name: str, protocol: str, pods: Sequence[PodTemplate], *, is_alone: bool = False
) -> Fix | None:
    """What asks for the port that is meant, at a place that asks for it by a name which no pod has.

    That is the one with a similar name; if it `is_alone`, no other port being asked for, else the only one. None
    where several may be meant, be it of several pods, where not all ports are known, and where there are many.
    """
    if at.value != name or len(pods) >= _MANY or any(pod.protocols_of(name) for pod in pods):
        return None
    ports = [port for pod in pods for port in pod.ports]
    if len(ports) >= _MANY:
        return None
    if any(is_placeholder(port.data.get(field)) for port in ports for field in ("name", "containerPort")):
        return None
    (meant, *others) = {_meant(pod, name, protocol, is_alone=is_alone) for pod in pods}
    if others or meant is None:
        return None
    from klint.kube.validation.remedies import write

    return write(at, meant)


def _meant(pod: PodTemplate, wanted: str, protocol: str, *, is_alone: bool) -> str | int | None:
    """The name of a port, or its number if it has none."""
    ports = [port for port in pod.ports if port.protocol == protocol and port.number]
    alike = [port for port in ports if port.name and are_similar(port.name, wanted)]
    found = {(port.name, port.number) for port in alike or (ports if is_alone else ())}
    if len(found) != 1:
        return None
    name, number = found.pop()
    return name if name and not port_name_errors(name) else number

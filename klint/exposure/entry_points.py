"""The ports of a controller by the names that it gives them: Traefik's entry points.

Source: doc.traefik.io reference/install-configuration/entrypoints: `[host]:port[/tcp|/udp]`. `traefik` is the entry
point of its own endpoints, which is there without being told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from klint.exposure.controller_flags import Flag, controller_flags
from klint.exposure.entries import Entry
from klint.exposure.scope import Scope
from klint.kube.controllers import IngressController
from klint.kube.workload import PodTemplate
from klint.records import dataclass

_PREFIX = "entrypoints."
_PORT = r":(\d+)(?:/(?:tcp|udp))?\Z"
_OWN = "traefik"


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """A port of a controller's pods, by name; None where the number is not known."""

    name: str
    port: int | None

    def is_entered_by(self, entry: Entry, pod: PodTemplate) -> bool:
        """Whether an entry leads to it, or may."""
        if self.port is None:
            return True
        if entry.container_port is not None:
            return entry.container_port.number == self.port
        target = entry.service_port.target if entry.service_port is not None else None
        if isinstance(target, str):
            declared = pod.named_port(target, entry.protocol)
            target = declared.number if declared is not None else None
        return target is None or target == self.port


@dataclass(frozen=True, slots=True)
class EntryPoints:
    """The entry points of a controller. `is_whole` unless it may have more."""

    points: tuple[EntryPoint, ...] = ()
    is_whole: bool = False

    def named(self, name: str) -> EntryPoint | None:
        """The one with a name, which is compared without its case; None where it is not known."""
        if name.lower() == _OWN and all(item.name != _OWN for item in self.points):
            return EntryPoint(_OWN, None)
        return next((item for item in self.points if item.name == name.lower()), None)


def entry_points(controller: IngressController, scope: Scope) -> EntryPoints:
    """What the pods of a controller in the workspace are told to listen on."""
    flags = controller_flags(controller, scope)
    ports: dict[str, int | None] = {}
    for name, value in _addresses(flags.named(_PREFIX)):
        ports[name] = value if value is not None else ports.get(name)
    points = tuple(EntryPoint(name, port) for name, port in ports.items())
    return EntryPoints(points, flags.is_whole)


def _addresses(flags: Iterator[tuple[str, Flag]]) -> Iterator[tuple[str, int | None]]:
    for key, flag in flags:
        name, _, option = key.partition(".")
        found = re.search(_PORT, flag.value, re.IGNORECASE) if option == "address" else None
        yield name, int(found[1]) if found else None

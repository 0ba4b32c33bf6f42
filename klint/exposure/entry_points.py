"""The ports of a controller by the names that it gives them: entry points of Traefik, listeners of NGINX's own.

Sources: doc.traefik.io reference/install-configuration/entrypoints: `[host]:port[/tcp|/udp]`, and `traefik` is the
entry point of its own endpoints, which is there without being told; docs.nginx.com nginx-ingress-controller
configuration/global-configuration/globalconfiguration-resource: `listeners[].{name, port}` of the one that
`-global-configuration` names, and `tls-passthrough` is there without it; emissary-ingress.dev docs
topics/running/listener: `port`, and `protocol` or `protocolStack`; a TCPMapping names its port itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from klint.exposure.controller_flags import Flag, controller_flags
from klint.exposure.entries import Entry
from klint.exposure.scope import Scope
from klint.kube.controllers import IngressController
from klint.kube.resource import Resource, View, integer, string, texts
from klint.kube.service import ServicePort
from klint.kube.workload import PodTemplate
from klint.records import dataclass
from klint.text.placeholders import is_placeholder

_PREFIX = "entrypoints."
_PORT = r":(\d+)(?:/(?:tcp|udp))?\Z"
_OWN = {"Traefik": "traefik", "NGINX Ingress Controller": "tls-passthrough"}
"""What a controller has without being told; on which port it is told elsewhere."""


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """Ports of a controller's pods, by a name; no ports where they are not known."""

    name: str
    ports: frozenset[int] = frozenset()

    def is_entered_by(self, entry: Entry, pod: PodTemplate) -> bool:
        """Whether an entry leads to it, or may."""
        if self.ports and entry.container_port is not None:
            return entry.container_port.number in self.ports
        return entry.service_port is None or self.is_behind(entry.service_port, pod)

    def is_behind(self, port: ServicePort, pod: PodTemplate) -> bool:
        """Whether a Service's port leads to it, or may."""
        target = port.target
        if isinstance(target, str):
            declared = pod.named_port(target, port.protocol)
            target = declared.number if declared is not None else None
        return not self.ports or target is None or target in self.ports


@dataclass(frozen=True, slots=True)
class EntryPoints:
    """The entry points of a controller, which calls them `noun`. `is_whole` unless it may have more.

    `own` is the name of one that is there without being told. `usual` is what a route comes through that names none,
    where that is known; `by_number` says that routes name ports by their numbers.
    """

    points: tuple[EntryPoint, ...] = ()
    is_whole: bool = False
    noun: str = "entry point"
    own: str = ""
    usual: EntryPoint | None = None
    by_number: bool = False

    def named(self, name: str) -> EntryPoint | None:
        """The one with a name, which is compared without its case; None where it is not known."""
        if not name:
            return self.usual
        if self.by_number:
            return EntryPoint(name, frozenset((int(name),))) if name.isdecimal() else None
        wanted = name.lower()
        found = next((item for item in self.points if item.name == wanted), None)
        return EntryPoint(wanted) if found is None and wanted == self.own else found


def entry_points(controller: IngressController, scope: Scope) -> EntryPoints:
    """What the pods of a controller in the workspace are told to listen on."""
    return _READERS.get(controller.name, _of_flags)(controller, scope)


def _of_flags(controller: IngressController, scope: Scope) -> EntryPoints:
    flags = controller_flags(controller, scope)
    ports: dict[str, int | None] = {}
    for name, value in _addresses(flags.named(_PREFIX)):
        ports[name] = value if value is not None else ports.get(name)
    points = tuple(_point(name, port) for name, port in ports.items())
    return EntryPoints(points, flags.is_whole, own=_OWN.get(controller.name, ""))


def _addresses(flags: Iterator[tuple[str, Flag]]) -> Iterator[tuple[str, int | None]]:
    for key, flag in flags:
        name, _, option = key.partition(".")
        found = re.search(_PORT, flag.value, re.IGNORECASE) if option == "address" else None
        yield name, int(found[1]) if found else None


def _of_global_configuration(controller: IngressController, scope: Scope) -> EntryPoints:
    """Those of the GlobalConfiguration that the controller is told to read; nothing else has any.

    Of a controller that is elsewhere the only one counts.
    """
    flags = controller_flags(controller, scope)
    told = flags.get("global-configuration")
    namespace, _, name = told.value.rpartition("/") if told is not None else ("", "", "")
    found = _objects("k8s.nginx.org", "GlobalConfiguration", scope)
    if not flags.pods and len(found) == 1:
        namespace, name = found[0].namespace, found[0].name
    is_open = not namespace or is_placeholder(namespace)  # `$(POD_NAMESPACE)/nginx-configuration`, as is usual
    read = next((item for item in found if item.name == name and (is_open or item.namespace == namespace)), None)
    listeners = read.children(View, "spec", "listeners") if read is not None else ()
    points = tuple(_point(string(item.data.get("name")).lower(), integer(item.data.get("port"))) for item in listeners)
    return EntryPoints(points, read is not None, "listener", _OWN[controller.name])


def _of_listeners(_: IngressController, scope: Scope) -> EntryPoints:
    """The Listeners of Emissary for HTTP together, which Mappings come through."""
    groups = ("getambassador.io", "x.getambassador.io")
    kinds = ("Listener", "AmbassadorListener")
    found = [item for group in groups for kind in kinds for item in _objects(group, kind, scope)]
    ports = [integer(item.get("spec", "port")) for item in found if _takes_http(item)]
    known = frozenset(port for port in ports if port is not None)
    return EntryPoints(usual=EntryPoint("", known) if None not in ports else None, by_number=True)


def _takes_http(listener: Resource) -> bool:
    protocols = (string(listener.get("spec", "protocol")), *texts(listener.get("spec", "protocolStack")))
    return any(protocol.startswith("HTTP") for protocol in protocols)


def _objects(group: str, kind: str, scope: Scope) -> tuple[Resource, ...]:
    """The bundle's objects of a kind, or if it has none those elsewhere."""
    return scope.sort(item for item in scope.index.of_kind(group, kind) if not item.is_hook).nearest


def _point(name: str, port: int | None) -> EntryPoint:
    return EntryPoint(name, frozenset(() if port is None else (port,)))


_READERS: Mapping[str, Callable[[IngressController, Scope], EntryPoints]] = {
    "NGINX Ingress Controller": _of_global_configuration,
    "Emissary": _of_listeners,
}
"""Controllers whose listeners are objects of the cluster."""

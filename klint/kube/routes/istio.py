"""VirtualService of networking.istio.io, every version: HTTP, TLS and TCP from Gateways, and from the mesh's sidecars.

Source: istio/api networking/v1alpha3 virtual_service.proto; the later versions have the same fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from klint.kube.istio import ISTIO, MESH, exported, full_host, gateway_of, service_of
from klint.kube.ref import Ref
from klint.kube.resource import View, integer, mapping, sequence, string, texts
from klint.kube.routes.shape import (
    ANY_PATH,
    Attachment,
    AttachmentKind,
    Backend,
    Delegate,
    Ending,
    Match,
    PathKind,
    PathMatch,
    PortMeaning,
    Role,
    Route,
)
from klint.records import cached_property, dataclass
from klint.text.document import Place

_PATH_KINDS = {"exact": PathKind.EXACT, "prefix": PathKind.STRING, "regex": PathKind.REGEX}
"""StringMatch: a prefix is one of characters, not of segments."""

_TEXTS = {"method": "method", "authority": "authority", "scheme": "scheme"}
_MAPS = {"headers": "header", "queryParams": "query parameter", "withoutHeaders": "no header", "sourceLabels": "source"}
_VALUES = {"port": "port", "sourceNamespace": "source namespace"}
_LISTS = {"gateways": "gateway", "destinationSubnets": "destination subnet"}
"""What else a match may ask for, by field, and what the condition is called."""


@dataclass(frozen=True, eq=False)
class Destination(View):
    """Where a VirtualService sends to: a host of the mesh, perhaps a subset of it, perhaps a port."""

    @property
    def host(self) -> str:
        """The host as it is written."""
        return string(self.data.get("host"))

    @property
    def subset(self) -> str:
        """The subset, which a DestinationRule of the host defines; empty for all of it."""
        return string(self.data.get("subset"))

    @property
    def port(self) -> int | str | None:
        """port.number; None where it is left out, for the Service's only port or the one that the request came on."""
        value = self.get("port", "number")
        return integer(value) if string(value) == "" else string(value)


@dataclass(frozen=True, eq=False)
class VirtualService(Route):
    """A VirtualService. One without hosts is a delegate: what another one hands requests on to."""

    takes_first = True

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """spec.hosts, as they are written."""
        return texts(self.get("spec", "hosts"))

    @property
    def is_delegate(self) -> bool:
        """Whether requests come to it through another VirtualService alone."""
        return not sequence(self.get("spec", "hosts"))

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """The Gateways that it names, and the mesh where it names that, or nothing at all."""
        named = [item for item in enumerate(sequence(self.get("spec", "gateways"))) if isinstance(item[1], str)]
        if not named and not self.is_delegate:
            return (self._attachment(MESH, self.at("spec", "hosts")),)
        return tuple(self._attachment(name, self.at("spec", "gateways", index)) for index, name in named)

    def _attachment(self, name: str, at: Place) -> Attachment:
        if name == MESH:
            return Attachment(AttachmentKind.MESH, Ref(ISTIO, "mesh"), at)
        return Attachment(AttachmentKind.GATEWAY, gateway_of(name, self.namespace), at)

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Each match of each route, in the order in which Istio tries them; a route without matches takes the rest."""
        return tuple(self._matches())

    @cached_property
    def delegates(self) -> tuple[Delegate, ...]:
        """The VirtualServices that HTTP routes hand their requests to, by what each match asks."""
        return tuple(
            Delegate(
                Ref(ISTIO, "VirtualService", namespace, name),
                path,
                rule.at("delegate", "name"),
                self._names,
                conditions,
            )
            for rule in self.children(View, "spec", "http")
            if (name := string(rule.get("delegate", "name")))
            for namespace in (string(rule.get("delegate", "namespace")) or self.namespace,)
            for path, conditions in dict.fromkeys(
                (_path(item.data), tuple(_conditions(item.data))) for item in rule.children(View, "match")
            )
            or ((ANY_PATH, ()),)
        )

    @cached_property
    def destinations(self) -> tuple[Destination, ...]:
        """All that it sends or mirrors to."""
        found: list[Destination] = []
        for protocol in ("http", "tls", "tcp"):
            for rule in self.children(View, "spec", protocol):
                found += (item for item, _, _ in _destinations(rule))
        return tuple(found)

    @property
    def _names(self) -> tuple[str, ...]:
        """The hosts of its matches: none for any."""
        return () if "*" in self.hosts else self.hosts

    def _matches(self) -> Iterator[Match]:
        for rule in self.children(View, "spec", "http"):
            backends, ends_in = tuple(self._backends(rule)), _ending(rule.data)
            for item in rule.children(View, "match") or (rule,):
                conditions = tuple(_conditions(item.data)) if item is not rule else ()
                path = _path(item.data) if item is not rule else ANY_PATH
                yield Match(self, self._names, path, backends, item.at(), conditions, None, ends_in)
        for protocol in ("tls", "tcp"):
            for rule in self.children(View, "spec", protocol):
                backends = tuple(self._backends(rule))
                for item in rule.children(View, "match") or (rule,):
                    conditions = tuple(_conditions(item.data)) if item is not rule else ()
                    yield Match(self, self._server_names(item), None, backends, item.at(), conditions)

    def _server_names(self, item: View) -> tuple[str, ...]:
        return tuple(host for host in sequence(item.data.get("sniHosts")) if isinstance(host, str) and host != "*")

    def _backends(self, rule: View) -> Iterator[Backend]:
        for destination, role, weight in _destinations(rule):
            service = service_of(destination.host, self.namespace)
            if service is not None:
                port_at = destination.at("host") if destination.port is None else destination.at("port", "number")
                yield Backend(
                    self,
                    service.name,
                    service.namespace,
                    destination.port,
                    destination.at("host"),
                    port_at,
                    role,
                    PortMeaning.NUMBER_OR_ONLY,
                    weight,
                )

    def host_at(self, host: str) -> Place:
        """The item of spec.hosts, as it is written or as the mesh knows it."""
        host = host or "*"
        known = (index for index, item in enumerate(self.hosts) if host in (item, self.full_host(item)))
        index = next(known, None)
        return self.place if index is None else self.at("spec", "hosts", index)

    @property
    def exported_to(self) -> frozenset[str]:
        """spec.exportTo: the namespaces that see it; empty for all (virtual_service.proto)."""
        return exported(texts(self.get("spec", "exportTo")), self.namespace)

    def full_host(self, host: str) -> str:
        """A host of its own, or of a destination, as the mesh knows it."""
        return full_host(host, self.namespace)


def _destinations(rule: View) -> Iterator[tuple[Destination, Role, int | None]]:
    """What a route sends to, in which role and with which weight. A weight that is left out is 0 beside others, and all
    where there are none."""
    routes = rule.children(View, "route")
    for item in routes:
        weight = integer(item.data.get("weight"))
        share = weight if weight is not None else 0 if len(routes) > 1 else 1
        yield item.child(Destination, "destination"), Role.SHARE, share
    mirror = rule.child(Destination, "mirror")
    if mirror.data:
        yield mirror, Role.MIRROR, None
    for item in rule.children(View, "mirrors"):
        yield item.child(Destination, "destination"), Role.MIRROR, None


def _ending(rule: Mapping[str, Any]) -> Ending | None:
    if mapping(rule.get("redirect")):
        return Ending.REDIRECT
    if mapping(rule.get("directResponse")):
        return Ending.RESPONSE
    return Ending.DELEGATE if mapping(rule.get("delegate")) else None


def _path(item: Mapping[str, Any]) -> PathMatch:
    """The path of an HTTP match: everything unless it says. Letters count unless ignoreUriCase says that they do not,
    which is left to the controller here."""
    uri = mapping(item.get("uri"))
    kind = next((kind for kind in _PATH_KINDS if isinstance(uri.get(kind), str)), "")
    if not kind:
        return ANY_PATH
    ignores_case = item.get("ignoreUriCase") is True
    return PathMatch(PathKind.IMPLEMENTATION if ignores_case else _PATH_KINDS[kind], uri[kind])


def _conditions(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What else a match asks for."""
    for field, kind in _TEXTS.items():
        if mapping(item.get(field)):
            yield kind, _text(item[field])
    for field, kind in _MAPS.items():
        for name, value in mapping(item.get(field)).items():
            yield kind, f"{name}={_text(value)}"
    for field, kind in _VALUES.items():
        if item.get(field):
            yield kind, str(item[field])
    for field, kind in _LISTS.items():
        found = ", ".join(str(value) for value in sequence(item.get(field)))
        if found:
            yield kind, found


def _text(match: Any) -> str:
    """A StringMatch: `exact x`, `prefix x`; the value where it is a plain one; empty for any."""
    return " ".join(f"{kind} {value}" for kind, value in match.items()) if isinstance(match, dict) else str(match)

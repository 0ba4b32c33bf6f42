"""Mapping and TCPMapping of Emissary, formerly Ambassador.

Sources: emissary-ingress.dev docs using/mappings, using/intro-mappings, using/tcpmappings and
topics/using/mappings#services: `[scheme://]service[.namespace[.svc.cluster.local]][:port]`, on port 443 for https and
else 80, in the namespace of the Mapping.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from klint.kube.classes import controller_ref
from klint.kube.resource import View, integer, mapping, string
from klint.kube.routes.shape import (
    ANY_PATH,
    Attachment,
    AttachmentKind,
    Backend,
    Ending,
    Match,
    PathKind,
    PathMatch,
    Role,
    Route,
    taken_by,
)
from klint.records import cached_property, dataclass
from klint.text.document import Place

_SERVICE = re.compile(
    r"(?:(?P<scheme>[a-zA-Z][\w+.-]*)://)?(?P<name>[a-z0-9][a-z0-9-]*)"
    r"(?:\.(?P<namespace>[a-z0-9][a-z0-9-]*)(?P<domain>\.svc(?:\.[a-z0-9.-]+)?)?)?(?::(?P<port>\d+))?/?"
)
_INTERNET = frozenset(("com", "dev", "edu", "gov", "info", "io", "net", "org", "localhost", "local"))
"""After these a name of two words is a host's rather than a Service's and its namespace's."""

_RESOLVERS = frozenset(("", "endpoint", "kubernetes-endpoint", "kubernetes-service"))
"""Those that look services up in the cluster; any other may be Consul's."""


@dataclass(frozen=True, eq=False)
class _Emissary(Route):
    @property
    def hosts(self) -> tuple[str, ...]:
        """The host that it is for: `hostname`, which may be a pattern, or `host` of the older API."""
        host = string(self.get("spec", "hostname")) or string(self.get("spec", "host"))
        return (host,) if host and host != "*" else ()

    def host_at(self, host: str) -> Place:
        """The field that it stands in."""
        field = "hostname" if self.get("spec", "hostname") else "host"
        return self.at("spec", field) if host else super().host_at(host)

    def _backends(self) -> Iterator[Backend]:
        spec = self.child(View, "spec")
        found = _SERVICE.fullmatch(string(spec.data.get("service")))
        resolver = string(spec.data.get("resolver"))
        if found is None or resolver not in _RESOLVERS or found["name"] == "localhost":
            return
        if found["namespace"] in _INTERNET and not found["domain"]:
            return
        is_tls = (found["scheme"] or "").lower() == "https"
        port = int(found["port"]) if found["port"] else 443 if is_tls else 80
        role = Role.MIRROR if spec.data.get("shadow") is True else Role.SHARE
        namespace, at = found["namespace"] or self.namespace, spec.at("service")
        weight = integer(spec.data.get("weight")) if role is Role.SHARE else None
        yield Backend(self, found["name"], namespace, port, at, at, role, weight=weight)


@dataclass(frozen=True, eq=False)
class EmissaryMapping(_Emissary):
    """A Mapping."""

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """Emissary."""
        return taken_by("Emissary", self.place)

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Its one prefix."""
        spec = self.child(View, "spec")
        ends_in = Ending.REDIRECT if isinstance(spec.data.get("host_redirect"), bool | dict) else None
        backends = tuple(self._backends()) if ends_in is None else ()
        if not backends and ends_in is None:
            ends_in = Ending.RESPONSE  # by a host outside the cluster
        at, conditions = spec.at("prefix"), tuple(_conditions(spec))
        # weights and precedence: Mappings that are alike share their requests
        return (Match(self, self.hosts, _path(spec), backends, at, conditions, _priority(spec), ends_in),)


def _priority(spec: View) -> int | None:
    return integer(spec.data.get("precedence")) or None


def _path(spec: View) -> PathMatch:
    text = string(spec.data.get("prefix"))
    if spec.data.get("prefix_regex") is True:
        return PathMatch(PathKind.REGEX, text)
    if spec.data.get("prefix_exact") is True:
        return PathMatch(PathKind.EXACT, text)
    return PathMatch(PathKind.STRING, text) if text not in ("", "/") else ANY_PATH


def _conditions(spec: View) -> Iterator[tuple[str, str]]:
    method = string(spec.data.get("method"))
    if method:
        yield "method", method
    for field, kind in (
        ("headers", "header"),
        ("regex_headers", "header"),
        ("query_parameters", "query parameter"),
        ("regex_query_parameters", "query parameter"),
    ):
        for name, value in mapping(spec.data.get(field)).items():
            yield kind, f"{name}={value}"
    if integer(spec.data.get("weight")) is not None:
        yield "weight", str(spec.data.get("weight"))


@dataclass(frozen=True, eq=False)
class TcpMapping(_Emissary):
    """A TCPMapping: Emissary listens on its port."""

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """A port of Emissary's."""
        port = integer(self.get("spec", "port"))
        at = self.at("spec", "port")
        return (Attachment(AttachmentKind.ENTRYPOINT, controller_ref("Emissary"), at, str(port or ""), port),)

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Every connection, or those for its host."""
        backends = tuple(self._backends())
        ends_in = None if backends else Ending.RESPONSE
        return (Match(self, self.hosts, None, backends, self.at("spec", "service"), ends_in=ends_in),)

"""What Istio's routes refer to: its Gateways, the subsets of DestinationRules, the hosts of ServiceEntries.

Sources: istio/api networking/v1alpha3 gateway.proto, destination_rule.proto, service_entry.proto; the later versions
have the same fields.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from klint.kube.ref import Ref
from klint.kube.resource import Resource, View, integer, mapping, sequence, string, strings, texts
from klint.records import cached_property, dataclass
from klint.text.placeholders import is_placeholder

ISTIO = "networking.istio.io"

EXPORT_TO = "networking.istio.io/exportTo"
"""A Service's exportTo, as an annotation (istio/api annotation/annotations.yaml)."""

PLAIN_PROTOCOLS = frozenset(("HTTP", "HTTP2", "GRPC", "GRPC-WEB"))
"""Protocols of servers that are HTTP without TLS, and that one port serves alike (gateway.proto Port.protocol)."""

MESH = "mesh"
"""The name that stands for all sidecars where a Gateway is named (virtual_service.proto, gateways)."""


@dataclass(frozen=True, slots=True)
class ServerHost:
    """A host of a Gateway's server, `[namespace/]host`, which admits VirtualServices of that namespace alone."""

    server: Server
    index: int
    namespace: str
    host: str


@dataclass(frozen=True, eq=False)
class Server(View):
    """A port of a Gateway, the hosts it serves there, and their TLS."""

    @property
    def port(self) -> int | None:
        """port.number."""
        return integer(self.get("port", "number"))

    @property
    def protocol(self) -> str:
        """port.protocol in capitals: HTTP, HTTPS, GRPC, HTTP2, MONGO, TCP or TLS."""
        return string(self.get("port", "protocol")).upper()

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """The hosts, as they are written."""
        return texts(self.data.get("hosts"))

    @property
    def tls_mode(self) -> str:
        """tls.mode: SIMPLE, MUTUAL, OPTIONAL_MUTUAL, ISTIO_MUTUAL, PASSTHROUGH, AUTO_PASSTHROUGH; SIMPLE is the default
        of TLS that has any other field, and empty stands for no TLS."""
        tls = self.get("tls")
        if not isinstance(tls, dict) or set(tls) <= {"httpsRedirect"}:
            return ""
        return string(tls.get("mode")) or "SIMPLE"

    @property
    def redirects_to_https(self) -> bool:
        """Whether it answers every request over plain HTTP with a redirect to HTTPS."""
        return self.get("tls", "httpsRedirect") is True

    @property
    def credential(self) -> str:
        """The Secret with its certificate, in the namespace of the gateway's pods; empty where it names none."""
        return string(self.get("tls", "credentialName"))

    @property
    def is_encrypted(self) -> bool:
        """Whether what comes through it is encrypted on its way to the Gateway."""
        return bool(self.tls_mode)


@dataclass(frozen=True, eq=False)
class IstioGateway(Resource):
    """A Gateway of networking.istio.io: ports and hosts of the proxies whose pods its selector matches."""

    layer = "routing"

    @cached_property
    def selector(self) -> Mapping[str, str]:
        """Labels of the gateway's pods, in whatever namespace; empty for every gateway."""
        return strings(self.get("spec", "selector"))

    @cached_property
    def servers(self) -> tuple[Server, ...]:
        """spec.servers."""
        return self.children(Server, "spec", "servers")

    @cached_property
    def hosts(self) -> Hosts[ServerHost]:
        """The hosts of all its servers; `.` stands for the Gateway's own namespace, and `*` for all."""
        return Hosts(
            (item.host, item)
            for server in self.servers
            for index, text in enumerate(sequence(server.data.get("hosts")))
            if isinstance(text, str)
            for item in (self._host(server, index, text),)
        )

    @cached_property
    def has_open_hosts(self) -> bool:
        """Whether any of them is still to be filled in."""
        return any(is_placeholder(host) for server in self.servers for host in server.hosts)

    def _host(self, server: Server, index: int, text: str) -> ServerHost:
        namespace, _, host = text.rpartition("/")
        return ServerHost(server, index, {".": self.namespace, "*": ""}.get(namespace, namespace), host)


@dataclass(frozen=True, eq=False)
class Subset(View):
    """A named part of a Service's pods."""

    @property
    def name(self) -> str:
        """The name that routes ask for."""
        return string(self.data.get("name"))


@dataclass(frozen=True, eq=False)
class DestinationRule(Resource):
    """A DestinationRule: the subsets of a host."""

    layer = "routing"

    @cached_property
    def host(self) -> str:
        """The host as the mesh knows it; a short one is a Service of the rule's own namespace."""
        return full_host(string(self.get("spec", "host")), self.namespace)

    @cached_property
    def subsets(self) -> tuple[Subset, ...]:
        """spec.subsets."""
        return self.children(Subset, "spec", "subsets")

    @property
    def exported_to(self) -> frozenset[str]:
        """spec.exportTo: the namespaces that see it; empty for all."""
        return exported(texts(self.get("spec", "exportTo")), self.namespace)


@dataclass(frozen=True, eq=False)
class ServiceEntry(Resource):
    """A ServiceEntry: hosts that the mesh knows beside those of Services."""

    layer = "routing"

    @property
    def hosts(self) -> tuple[str, ...]:
        """spec.hosts."""
        return texts(self.get("spec", "hosts"))

    @property
    def ports(self) -> tuple[int | None, ...]:
        """The number of each of spec.ports; None where it is not known."""
        return tuple(integer(mapping(item).get("number")) for item in sequence(self.get("spec", "ports")))

    @property
    def exported_to(self) -> frozenset[str]:
        """spec.exportTo: the namespaces that see it; empty for all."""
        return exported(texts(self.get("spec", "exportTo")), self.namespace)


def exported(names: Iterable[str], namespace: str) -> frozenset[str]:
    """The namespaces that see something of a namespace by its exportTo; empty for all.

    `.` is its own namespace and `*` all; `~`, none, stays as it is. Source: istio/api networking/v1alpha3
    service_entry.proto, virtual_service.proto.
    """
    found = frozenset(namespace if name == "." else name for name in names)
    return frozenset() if "*" in found else found


_SERVICES = ".svc."


def full_host(host: str, namespace: str) -> str:
    """A host as the mesh knows it: one without dots is a Service of the namespace of what names it.

    Source: istio pilot/pkg/model/virtualservice.go ResolveShortnameToFQDN.
    """
    return f"{host}.{namespace}{_SERVICES}cluster.local" if host and "." not in host and host != "*" else host


def service_of(host: str, namespace: str) -> Ref | None:
    """The Service that a host names, seen from a namespace; None for any other host."""
    name, _, rest = full_host(host, namespace).partition(".")
    within, service, domain = rest.partition(_SERVICES)
    if not service or not domain or "." in within or name.startswith("*"):
        return None
    return Ref("", "Service", within, name)


def gateway_of(name: str, namespace: str) -> Ref:
    """The Gateway that a VirtualService names: `name`, `namespace/name`, or in an old form `name.namespace.…`.

    Source: istio pilot/pkg/model/virtualservice.go resolveGatewayName.
    """
    where, slash, bare = name.rpartition("/")
    if not slash and "." in name:
        bare, where = name.split(".")[:2]
    return Ref(ISTIO, "Gateway", namespace if where in ("", ".") else where, bare)


Item = TypeVar("Item")


class Hosts(Generic[Item]):
    """Things by a host of theirs, found by the hosts that it has in common with another. A leading `*` stands for
    anything.

    Source: istio pkg/config/host/name.go Matches. A search looks at the labels of a host, not at every other one.
    """

    def __init__(self, items: Iterable[tuple[str, Item]]) -> None:
        self._at: dict[str, list[Item]] = defaultdict(list)
        self._below: dict[str, list[Item]] = defaultdict(list)
        for host, item in items:
            name = host.lower()
            self._at[name].append(item)
            for suffix in _suffixes(name.removeprefix("*")):
                self._below[suffix].append(item)

    def meeting(self, host: str) -> Iterator[Item]:
        """The things of a host that some request has in common with this one."""
        name = host.lower()
        if name.startswith("*"):
            rest = name[1:]
            yield from (self._below.get(rest, ()) if rest else (item for items in self._at.values() for item in items))
        else:
            yield from self._at.get(name, ())
        for suffix in (*_suffixes(name.removeprefix("*")), ""):
            if f"*{suffix}" != name:
                yield from self._at.get(f"*{suffix}", ())


def _suffixes(name: str) -> Iterator[str]:
    """`a.b.c` → `.b.c`, `.c`; `.b.c` → `.b.c`, `.c`."""
    start = name.find(".")
    while start >= 0:
        yield name[start:]
        start = name.find(".", start + 1)

"""HTTPRoute, GRPCRoute, TLSRoute, TCPRoute and UDPRoute of the Gateway API: they share their shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from klint.kube.classes import GATEWAY_API
from klint.kube.ref import Ref
from klint.kube.resource import View, integer, mapping, sequence, string, texts
from klint.kube.routes.shape import (
    ANY_PATH,
    Attachment,
    AttachmentKind,
    Backend,
    Ending,
    Filter,
    Match,
    PathKind,
    PathMatch,
    PortMeaning,
    Role,
    Route,
)
from klint.kube.service_imports import is_import
from klint.records import cached_property, dataclass
from klint.text.document import Place
from klint.text.placeholders import is_placeholder

_WITH_PATHS = frozenset(("HTTPRoute", "GRPCRoute"))
_PATH_KINDS = {"Exact": PathKind.EXACT, "PathPrefix": PathKind.SEGMENT, "RegularExpression": PathKind.REGEX}
_ATTACHMENTS = {
    (GATEWAY_API, "Gateway"): AttachmentKind.GATEWAY,
    (GATEWAY_API, "ListenerSet"): AttachmentKind.GATEWAY,
    ("gateway.networking.x-k8s.io", "XListenerSet"): AttachmentKind.GATEWAY,
}
"""What kinds of parents are; any other, a Service above all, is a mesh's (GEP-1324)."""


@dataclass(frozen=True, eq=False)
class ParentRef(View):
    """What a Gateway API route wants to be attached to."""

    @property
    def kind(self) -> tuple[str, str]:
        """Group and kind; a Gateway unless given."""
        group, kind = self.data.get("group", GATEWAY_API), self.data.get("kind", "Gateway")
        return string(group), string(kind)

    @property
    def is_gateway(self) -> bool:
        """A Gateway, rather than a Service (mesh) or a ListenerSet."""
        return self.kind == (GATEWAY_API, "Gateway")

    @property
    def name(self) -> str:
        """The parent's name."""
        return string(self.data.get("name"))

    @property
    def namespace(self) -> str:
        """The parent's namespace; empty means the route's own."""
        return string(self.data.get("namespace"))


@dataclass(frozen=True, eq=False)
class GatewayRoute(Route):
    """A route of the Gateway API."""

    @cached_property
    def parents(self) -> tuple[ParentRef, ...]:
        """spec.parentRefs."""
        return self.children(ParentRef, "spec", "parentRefs")

    @property
    def hosts(self) -> tuple[str, ...]:
        """spec.hostnames."""
        return texts(self.get("spec", "hostnames"))

    def host_at(self, host: str) -> Place:
        """The item of spec.hostnames; the object's name when there is none."""
        items = sequence(self.get("spec", "hostnames"))
        return self.at("spec", "hostnames", items.index(host)) if host in items else self.place

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """Its parents."""
        return tuple(
            Attachment(
                _ATTACHMENTS.get(parent.kind, AttachmentKind.MESH),
                Ref(*parent.kind, parent.namespace or self.namespace, parent.name),
                parent.at("name"),
                string(parent.data.get("sectionName")),
                integer(parent.data.get("port")),
            )
            for parent in self.parents
        )

    @cached_property
    def rules(self) -> tuple[View, ...]:
        """spec.rules."""
        return self.children(View, "spec", "rules")

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Each match of each rule; a rule without matches takes everything."""
        return tuple(match for rule in self.rules for match in self._matches(rule, tuple(self._backends(rule))))

    def _matches(self, rule: View, backends: tuple[Backend, ...]) -> Iterator[Match]:
        redirects = any(item.get("type") == "RequestRedirect" for item in map(mapping, sequence(rule.get("filters"))))
        ends_in = Ending.REDIRECT if redirects else None
        everything = ANY_PATH if self.kind in _WITH_PATHS else None
        found, filters = rule.children(View, "matches"), tuple(self._filters(rule))
        if not found:
            yield Match(self, self.hosts, everything, backends, rule.at(), ends_in=ends_in, filters=filters)
        for item in found:
            path = _path(item.data.get("path")) if self.kind == "HTTPRoute" else everything
            conditions = tuple(_conditions(item.data))
            yield Match(self, self.hosts, path, backends, item.at(), conditions, None, ends_in, filters=filters)

    def _filters(self, rule: View) -> Iterator[Filter]:
        """The objects of its own namespace that it has as filters (LocalObjectReference)."""
        for view in rule.children(View, "filters"):
            reference = view.child(View, "extensionRef")
            group, kind, name = (string(reference.data.get(field)) for field in ("group", "kind", "name"))
            if name and kind and view.data.get("type") == "ExtensionRef":
                yield Filter("", reference.at("name"), Ref(group, kind, self.namespace, name))

    def _backends(self, rule: View) -> Iterator[Backend]:
        for reference in rule.children(View, "backendRefs"):
            yield from self._backend(reference, Role.SHARE)
            yield from self._mirrors(reference)
        yield from self._mirrors(rule)

    def _mirrors(self, owner: View) -> Iterator[Backend]:
        for filter_ in owner.children(View, "filters"):
            yield from self._backend(filter_.child(View, "requestMirror", "backendRef"), Role.MIRROR)

    def _backend(self, reference: View, role: Role) -> Iterator[Backend]:
        """Implementations know kinds of other groups; those of Kubernetes itself are Services (HTTPBackendRef)."""
        group, kind = string(reference.data.get("group")), reference.data.get("kind", "Service")
        name = string(reference.data.get("name"))
        if name and isinstance(kind, str) and _is_known(group, kind):
            namespace = string(reference.data.get("namespace")) or self.namespace
            port, weight = integer(reference.data.get("port")), integer(reference.data.get("weight"))
            lacks_port = reference.data.get("port") is None
            at = reference.at("name"), reference.at("name" if lacks_port else "port")
            share = None if role is Role.MIRROR else 1 if weight is None else weight
            yield Backend(self, name, namespace, port, *at, role, PortMeaning.NUMBER, share, kind, lacks_port, group)


def _is_known(group: str, kind: str) -> bool:
    """Whether a kind is one of Kubernetes, whose groups alone have no dot (apps, batch), or a ServiceImport."""
    if is_placeholder(kind) or is_placeholder(group):
        return False
    return "." not in group or is_import(group, kind)


def _path(value: Any) -> PathMatch:
    """An HTTPRoute's path: the prefix `/` unless given (HTTPPathMatch)."""
    path = mapping(value)
    kind = _PATH_KINDS.get(string(path.get("type")) or "PathPrefix", PathKind.IMPLEMENTATION)
    return PathMatch(kind, string(path.get("value")) or "/")


def _conditions(data: Any) -> Iterator[tuple[str, str]]:
    """What else a request must have: its method, headers and query parameters; of gRPC its service and method.

    The names of headers are alike in any case (HTTPHeaderMatch.Name), those of query parameters are not.
    """
    method = data.get("method")
    if isinstance(method, str):
        yield "method", method
    for field in ("service", "method"):
        if mapping(method).get(field):
            yield field, string(mapping(method).get(field))
    for field, kind in (("headers", "header"), ("queryParams", "query parameter")):
        for item in map(mapping, sequence(data.get(field))):
            name = string(item.get("name"))
            yield kind, f"{name.lower() if kind == 'header' else name}={string(item.get('value'))}"

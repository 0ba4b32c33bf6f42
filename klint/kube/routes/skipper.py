"""RouteGroup of Skipper.

Sources: opensource.zalando.com/skipper kubernetes/routegroup-crd and kubernetes/routegroups.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from klint.kube.resource import View, integer, sequence, string, texts
from klint.kube.routes.ingress import tls_in_spec
from klint.kube.routes.shape import (
    ANY_PATH,
    Attachment,
    Backend,
    Ending,
    Filter,
    Match,
    PathKind,
    PathMatch,
    Route,
    Tls,
    Undefined,
    taken_by,
    undefined,
)
from klint.records import cached_property, dataclass
from klint.text.document import Place

_CALL = re.compile(r"\s*([A-Za-z]\w*)\(")
_WILDCARD = re.compile(r"/[:*]")
_PATHS = {"path": PathKind.EXACT, "pathSubtree": PathKind.SEGMENT, "pathRegexp": PathKind.REGEX}


@dataclass(frozen=True, eq=False)
class RouteGroup(Route):
    """A RouteGroup: routes for some hosts, and backends by name."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """spec.hosts."""
        return texts(self.get("spec", "hosts"))

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """Skipper."""
        return taken_by("Skipper", self.at("spec", "hosts"))

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Its routes; without any, everything goes to the default backends."""
        routes = self.children(View, "spec", "routes")
        if not routes:
            return (self._match(self.child(View, "spec"), self._defaults),)
        return tuple(self._match(route, route.children(View, "backends") or self._defaults) for route in routes)

    def host_at(self, host: str) -> Place:
        """The item of spec.hosts."""
        return self.at("spec", "hosts", self.hosts.index(host)) if host in self.hosts else super().host_at(host)

    @cached_property
    def tls(self) -> tuple[Tls, ...]:
        """spec.tls."""
        return tls_in_spec(self)

    def _match(self, route: View, wanted: tuple[View, ...]) -> Match:
        backends = tuple(self._backends(wanted))
        field = next((field for field in _PATHS if string(route.data.get(field))), "")
        at = route.at(field) if field else route.at()
        ends_in = None if backends else Ending.RESPONSE
        filters = tuple(_filters(route))
        return Match(self, self.hosts, _path(route, field), backends, at, _asked(route), None, ends_in, filters=filters)

    @cached_property
    def undefined(self) -> tuple[Undefined, ...]:
        """The backends that it names and does not define: then Skipper has no use for the whole RouteGroup.

        Source: zalando/skipper dataclients/kubernetes/definitions routegroups.go (validate of a route group).
        """
        routes = self.children(View, "spec", "routes")
        wanted = (*self._defaults, *(view for route in routes for view in route.children(View, "backends")))
        used = ((string(view.data.get("backendName")), view.at("backendName")) for view in wanted)
        if not isinstance(self.get("spec", "backends") or [], list):
            return ()
        return tuple(undefined("backend", used, map(_name, self.children(View, "spec", "backends"))))

    @cached_property
    def _defaults(self) -> tuple[View, ...]:
        return self.children(View, "spec", "defaultBackends")

    @cached_property
    def _services(self) -> dict[str, View]:
        """Backends that are Services, by their names. Others are addresses, or Skipper itself."""
        found = self.children(View, "spec", "backends")
        return {_name(view): view for view in found if view.data.get("type") == "service"}

    def _backends(self, wanted: tuple[View, ...]) -> Iterator[Backend]:
        for reference in wanted:
            view = self._services.get(string(reference.data.get("backendName")))
            name = string(view.data.get("serviceName")) if view is not None else ""
            if view is not None and name:
                weight, port = integer(reference.data.get("weight")), integer(view.data.get("servicePort"))
                at = view.at("serviceName"), view.at("servicePort")
                yield Backend(self, name, self.namespace, port, *at, weight=weight)


def _name(view: View) -> str:
    return string(view.data.get("name"))


def _path(route: View, field: str) -> PathMatch:
    """A path may have wildcards: `/items/:id` and `/files/**`."""
    text = string(route.data.get(field)) if field else "/"
    if text == "/" and field != "path":
        return ANY_PATH
    return PathMatch(PathKind.REGEX if _WILDCARD.search(text) else _PATHS[field], text)


def _asked(route: View) -> tuple[tuple[str, str], ...]:
    methods = [("method", item) for item in sequence(route.data.get("methods")) if isinstance(item, str)]
    predicates = [("predicate", item) for item in sequence(route.data.get("predicates")) if isinstance(item, str)]
    return (*methods, *predicates)


def _filters(route: View) -> Iterator[Filter]:
    """The names of its filters and predicates: which function each calls."""
    for field in ("filters", "predicates"):
        for index, item in enumerate(sequence(route.data.get(field))):
            found = _CALL.match(item) if isinstance(item, str) else None
            if found is not None:
                yield Filter(found[1], route.at(field, index))

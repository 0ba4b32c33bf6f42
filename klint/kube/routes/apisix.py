"""ApisixRoute of APISIX: HTTP routes by host and path, and streams by the port they come in on.

Source: apisix.apache.org ingress-controller references/apisix_route_v2: `http[].{match{hosts, paths}, backends[]}`,
where a path that ends in `*` is a prefix of characters; `stream[].{protocol, match{ingressPort, host}, backend}`. A
`servicePort` is a number or a name. What `upstreams` name is an ApisixUpstream, which may lead anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.ref import Ref
from klint.kube.resource import View, integer, mapping, sequence, string, texts
from klint.kube.routes.shape import (
    ANY_PATH,
    Attachment,
    Backend,
    Delegate,
    Ending,
    Filter,
    Match,
    PathKind,
    PathMatch,
    PortMeaning,
    Role,
    Route,
    taken_by,
)
from klint.records import cached_property, dataclass
from klint.text.document import Place


@dataclass(frozen=True, eq=False)
class ApisixRoute(Route):
    """An ApisixRoute."""

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """APISIX."""
        return taken_by("APISIX", self.place)

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Each path of each HTTP rule, then its streams."""
        return (*self._http(), *self._streams())

    def host_at(self, host: str) -> Place:
        """The item of the first rule that has it."""
        for rule in self.children(View, "spec", "http"):
            hosts = sequence(rule.get("match", "hosts"))
            if host in hosts:
                return rule.at("match", "hosts", hosts.index(host))
        return super().host_at(host)

    def _http(self) -> Iterator[Match]:
        for rule in self.children(View, "spec", "http"):
            hosts = texts(rule.get("match", "hosts"))
            backends = tuple(item for view in rule.children(View, "backends") for item in self._backend(view))
            ends_in = Ending.DELEGATE if not backends and rule.data.get("upstreams") else None
            conditions, filters = tuple(self._conditions(rule)), tuple(self._filters(rule))
            priority = integer(rule.data.get("priority"))
            for index, path in enumerate(sequence(rule.get("match", "paths")) or ["/*"]):
                if isinstance(path, str):
                    at = rule.at("match", "paths", index)
                    yield Match(self, hosts, _path(path), backends, at, conditions, priority, ends_in, filters=filters)

    def _filters(self, rule: View) -> Iterator[Filter]:
        """Its plugins, as far as they are enabled, the one for authentication, and the ApisixPluginConfig of others."""
        for view in rule.children(View, "plugins"):
            if view.data.get("enable") is True:
                name = string(view.data.get("name"))
                yield Filter(name, view.at("name"))
                yield from (Filter(f"{name}.{field}", view.at("name")) for field in mapping(view.data.get("config")))
        if rule.get("authentication", "enable") is True:
            yield Filter("authentication", rule.at("authentication"))
        name = string(rule.data.get("plugin_config_name"))
        if name:
            namespace = string(rule.data.get("plugin_config_namespace")) or self.namespace
            yield Filter("", rule.at("plugin_config_name"), Ref(self.group, "ApisixPluginConfig", namespace, name))

    @cached_property
    def delegates(self) -> tuple[Delegate, ...]:
        """The ApisixUpstreams that its HTTP rules name."""
        return tuple(
            Delegate(Ref(self.group, "ApisixUpstream", self.namespace, name), ANY_PATH, view.at("name"))
            for rule in self.children(View, "spec", "http")
            for view in rule.children(View, "upstreams")
            if (name := string(view.data.get("name")))
        )

    def _conditions(self, rule: View) -> Iterator[tuple[str, str]]:
        for field in ("methods", "remoteAddrs", "exprs", "filter_func"):
            value = rule.get("match", field)
            if value:
                yield field, str(value)

    def _streams(self) -> Iterator[Match]:
        for rule in self.children(View, "spec", "stream"):
            host = string(rule.get("match", "host"))
            listening = (("port", f"{rule.get('match', 'ingressPort')}/{rule.data.get('protocol')}"),)
            backends = tuple(self._backend(rule.child(View, "backend")))
            yield Match(self, (host,) if host else (), None, backends, rule.at("match", "ingressPort"), listening)

    def _backend(self, view: View) -> Iterator[Backend]:
        name, value = string(view.data.get("serviceName")), view.data.get("servicePort")
        if name:
            at = view.at("serviceName"), view.at("servicePort")
            weight = integer(view.data.get("weight"))
            port = string(value) or integer(value)
            yield Backend(self, name, self.namespace, port, *at, Role.SHARE, PortMeaning.NUMBER_OR_NAME, weight)


def _path(path: str) -> PathMatch:
    if path in ("/*", "*"):
        return ANY_PATH
    return PathMatch(PathKind.STRING, path[:-1]) if path.endswith("*") else PathMatch(PathKind.EXACT, path)

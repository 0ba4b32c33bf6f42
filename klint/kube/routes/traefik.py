"""IngressRoute, IngressRouteTCP, IngressRouteUDP and TraefikService of Traefik.

A TraefikService is a route that others hand their requests to. A name with `@` is no object of the cluster: what comes
after is the provider that knows it, as in `api@internal`; see `klint.kube.middlewares` for those of middlewares.

Sources: doc.traefik.io reference/routing-configuration/kubernetes/crd (http, tcp and udp); traefik/traefik
pkg/provider/kubernetes/crd/kubernetes_http.go (nameAndService, loadServers) and kubernetes.go (getServicePort).
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.classes import controller_ref
from klint.kube.middlewares import named
from klint.kube.ref import Ref
from klint.kube.resource import View, integer, string
from klint.kube.routes.shape import (
    ANY_PATH,
    Attachment,
    AttachmentKind,
    Backend,
    Delegate,
    Ending,
    Filter,
    Match,
    PortMeaning,
    Role,
    Route,
    Tls,
    TlsMode,
)
from klint.kube.routes.traefik_rules import Alternative, alternatives
from klint.records import cached_property, dataclass

_MIDDLEWARES = {"IngressRoute": "Middleware", "IngressRouteTCP": "MiddlewareTCP"}


@dataclass(frozen=True, eq=False)
class _Traefik(Route):
    """What the kinds have in common: how they name services."""

    def _services(self, views: tuple[View, ...], role: Role = Role.SHARE) -> Iterator[Backend]:
        for view in views:
            name = string(view.data.get("name"))
            if name and "@" not in name and view.data.get("kind", "Service") == "Service":
                namespace = string(view.data.get("namespace")) or self.namespace
                port = string(view.data.get("port")) or integer(view.data.get("port")) or None
                weight = integer(view.data.get("weight"))
                share = None if role is Role.MIRROR else 1 if weight is None else weight
                at = view.at("name"), view.at("port")
                yield Backend(self, name, namespace, port, *at, role, PortMeaning.SERVICE_PORT, share)

    def _traefik_services(
        self, views: tuple[View, ...], requests: tuple[Alternative, ...], filters: tuple[Filter, ...] = ()
    ) -> Iterator[Delegate]:
        for view in views:
            name = string(view.data.get("name"))
            if name and "@" not in name and view.data.get("kind") == "TraefikService":
                ref = Ref(self.group, "TraefikService", string(view.data.get("namespace")) or self.namespace, name)
                for item in requests:
                    yield Delegate(ref, item.path, view.at("name"), item.hosts, item.conditions, filters)

    def _transports(self, views: tuple[View, ...]) -> Iterator[Filter]:
        """The transports to services that are in the object's own namespace (pkg/provider/kubernetes/crd)."""
        kind = "ServersTransportTCP" if self.kind == "IngressRouteTCP" else "ServersTransport"
        for view in views:
            name = string(view.data.get("serversTransport"))
            if name and "@" not in name:
                yield Filter("", view.at("serversTransport"), Ref(self.group, kind, self.namespace, name))


@dataclass(frozen=True, eq=False)
class IngressRoute(_Traefik):
    """An IngressRoute, IngressRouteTCP or IngressRouteUDP."""

    @cached_property
    def routers(self) -> tuple[View, ...]:
        """spec.routes: Traefik calls them routers."""
        return self.children(View, "spec", "routes")

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """Its entry points; without a name where it takes Traefik's default ones."""
        traefik = controller_ref("Traefik")
        names = self.get("spec", "entryPoints")
        found = tuple(
            Attachment(AttachmentKind.ENTRYPOINT, traefik, self.at("spec", "entryPoints", index), name)
            for index, name in enumerate(names if isinstance(names, list) else ())
            if isinstance(name, str) and name
        )
        return found or (Attachment(AttachmentKind.ENTRYPOINT, traefik, self.place),)

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Each alternative of each rule; what a UDP route takes is all of its entry points'."""
        return tuple(match for router in self.routers for match in self._matches(router))

    def _matches(self, router: View) -> Iterator[Match]:
        services = router.children(View, "services")
        backends = tuple(self._services(services))
        priority = integer(router.data.get("priority")) or None
        delegates = any(self._traefik_services(services, (Alternative(),)))
        ends_in = None if backends else Ending.DELEGATE if delegates else Ending.RESPONSE
        filters = tuple(self._filters(router))
        for item in self._requests(router):
            path = (item.path or ANY_PATH) if self.kind == "IngressRoute" else None
            at = router.at("match") if "match" in router.data else router.at()
            asked = tuple(Filter(kind, at) for kind, _ in item.conditions if kind == "clientip")
            yield Match(
                self,
                item.hosts,
                path,
                backends,
                at,
                item.conditions,
                priority,
                ends_in,
                filters=(*filters, *asked),
            )

    def _requests(self, router: View) -> tuple[Alternative, ...]:
        rule = string(router.data.get("match"))
        return alternatives(rule) if rule and self.kind != "IngressRouteUDP" else (Alternative(),)

    def _filters(self, router: View) -> Iterator[Filter]:
        kind = _MIDDLEWARES.get(self.kind)
        for view in router.children(View, "middlewares") if kind else ():
            name = string(view.data.get("name"))
            if name and kind:
                namespace = string(view.data.get("namespace")) or self.namespace
                yield named(name, view.at("name"), Ref(self.group, kind, namespace, name))

    @cached_property
    def delegates(self) -> tuple[Delegate, ...]:
        """The TraefikServices that its routers name."""
        return tuple(
            found
            for router in self.routers
            for found in self._traefik_services(
                router.children(View, "services"), self._requests(router), tuple(self._filters(router))
            )
        )

    @cached_property
    def settings(self) -> tuple[Filter, ...]:
        """The TLSOption that it names, and the transports to its services. `default` needs no object."""
        services = tuple(view for router in self.routers for view in router.children(View, "services"))
        options = self.child(View, "spec", "tls", "options")
        name = string(options.data.get("name"))
        transports = tuple(self._transports(services))
        if not name or name == "default" or "@" in name:
            return transports
        namespace = string(options.data.get("namespace")) or self.namespace
        return (Filter("", options.at("name"), Ref(self.group, "TLSOption", namespace, name)), *transports)

    @cached_property
    def tls(self) -> tuple[Tls, ...]:
        """spec.tls: even an empty one has Traefik terminate TLS, with its default certificate."""
        view = self.child(View, "spec", "tls")
        if not isinstance(self.get("spec", "tls"), dict):
            return ()
        mode = TlsMode.PASSTHROUGH if view.data.get("passthrough") is True else TlsMode.TERMINATE
        secret = string(view.data.get("secretName"))
        return (Tls((), mode, secret, view.at("secretName") if secret else view.at()),)


@dataclass(frozen=True, eq=False)
class TraefikService(_Traefik):
    """A TraefikService: shares, mirrors or alternatives among Services and other TraefikServices."""

    @cached_property
    def _shares(self) -> tuple[View, ...]:
        groups = (("weighted", "services"), ("highestRandomWeight", "services"))
        listed = tuple(view for path in groups for view in self.children(View, "spec", *path))
        single = (("mirroring",), ("failover", "service"), ("failover", "fallback"))
        return (*listed, *(self.child(View, "spec", *path) for path in single))

    @cached_property
    def _mirrors(self) -> tuple[View, ...]:
        return self.children(View, "spec", "mirroring", "mirrors")

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Whatever it is handed."""
        backends = (*self._services(self._shares), *self._services(self._mirrors, Role.MIRROR))
        return (Match(self, (), ANY_PATH, backends, self.place),) if backends else ()

    @cached_property
    def delegates(self) -> tuple[Delegate, ...]:
        """The TraefikServices that it shares its requests among."""
        return tuple(self._traefik_services((*self._shares, *self._mirrors), (Alternative(),)))

    @cached_property
    def settings(self) -> tuple[Filter, ...]:
        """The transports to its services."""
        return tuple(self._transports((*self._shares, *self._mirrors)))

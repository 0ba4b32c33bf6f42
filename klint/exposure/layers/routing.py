"""HTTP routing: from outside to a route, and on to Services."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from klint.exposure.backends import BackendLink, link
from klint.exposure.layers.distribution import Distribution
from klint.hops import Guard, Hop
from klint.kube.classes import GATEWAY_API, Gateway, GatewayClass, ListenerOwner, ListenerSet
from klint.kube.controllers import SHARDED
from klint.kube.index import grouped
from klint.kube.istio import ISTIO, DestinationRule, IstioGateway, Server
from klint.kube.middlewares import Middleware
from klint.kube.routes.ingress import Ingress
from klint.kube.routes.shape import Attachment, AttachmentKind, Backend, Match, Route, Undefined
from klint.kube.service import Service
from klint.records import cached_property, dataclass, replace
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.exposure.allow_lists import AllowList
    from klint.exposure.attachment import Attached
    from klint.exposure.backend_tls import BackendTlsFault
    from klint.exposure.controller_flags import ControllerFlags
    from klint.exposure.delegation import Delegation
    from klint.exposure.duplicates import Duplicate
    from klint.exposure.entries import Entry
    from klint.exposure.gateway_conflicts import ServerConflict
    from klint.exposure.installed_nginx import InstalledNginx
    from klint.exposure.listener_faults import ListenerFault
    from klint.exposure.mesh import Binding, MeshResource, Proxies
    from klint.exposure.precedence import CatchAll, Claim
    from klint.exposure.serving import Serving
    from klint.exposure.shadows import Shadow
    from klint.exposure.snippets import Snippet
    from klint.exposure.ways import Arrival
    from klint.fixes import Fix
    from klint.kube.controllers import IngressController
    from klint.kube.ref import Ref
    from klint.kube.resource import Resource
    from klint.kube.routes.istio import VirtualService


_CONTROLLERS = (AttachmentKind.CLASS, AttachmentKind.ENTRYPOINT)


def _is_known(controller: str) -> bool:
    return bool(controller) and not is_placeholder(controller)


@dataclass(frozen=True, eq=False, repr=False)
class Routing(Distribution):
    """What serves routes, and where they send."""

    @cached_property
    def backend_links(self) -> tuple[BackendLink, ...]:
        """Every backend of every route, followed to its Service and port."""
        return tuple(found for route in self.routes for found in self.links(route))

    def links(self, route: Route) -> tuple[BackendLink, ...]:
        """A route's backends, followed to their Services and ports."""
        if id(route) not in self._links:
            self._links[id(route)] = tuple(link(backend, self._scope) for backend in route.backends)
        return self._links[id(route)]

    def link(self, backend: Backend) -> BackendLink:
        """A backend of the bundle's, followed to its Service and port."""
        route = backend.route
        if id(route) not in self._links_by_backend:
            self._links_by_backend[id(route)] = {id(found.backend): found for found in self.links(route)}
        return self._links_by_backend[id(route)][id(backend)]

    def port_correction(self, links: Sequence[BackendLink], *, works: bool = False) -> Fix | None:
        """What has backends of a route, which all ask one Service for one port, ask for the port that is meant."""
        from klint.exposure.meant_ports import port_correction

        return port_correction(links, works=works)

    def links_to(self, service: Service) -> Sequence[tuple[Match, BackendLink]]:
        """What the bundle's routes send to a Service, and what of."""
        return self._links_by_service.get(id(service), ())

    @cached_property
    def _links_by_backend(self) -> dict[int, Mapping[int, BackendLink]]:
        """By the identities of the route and of the backend."""
        return {}

    @cached_property
    def _links_by_service(self) -> Mapping[int, list[tuple[Match, BackendLink]]]:
        return grouped(
            (id(found.service), (match, found))
            for route in self.routes
            for match in route.matches
            for found in map(self.link, match.backends)
            if found.service is not None
        )

    def servings(self, route: Route) -> tuple[Serving, ...]:
        """Which controllers serve a route by its class, and through which entries."""
        if id(route) not in self._servings:
            classes = (item for item in route.attachments if item.kind in _CONTROLLERS)
            self._servings[id(route)] = tuple(self._admitted(self._serve(route, item)) for item in classes)
        return self._servings[id(route)]

    def _admitted(self, serving: Serving) -> Serving:
        if serving.controller is None or serving.controller.name not in SHARDED:
            return serving
        from klint.exposure.shards import admitted

        return admitted(serving, self._scope)

    def _serve(self, route: Route, attachment: Attachment) -> Serving:
        """Thousands of routes have one class: what serves it is found once."""
        from klint.exposure.serving import serve, serve_likewise, what_decides

        key = what_decides(route, attachment)
        if key in self._served:
            return serve_likewise(route, attachment, self._served[key])
        self._served[key] = serve(route, attachment, self._scope)
        return self._served[key]

    @cached_property
    def _served(self) -> dict[Hashable, Serving]:
        return {}

    def serving(self, ingress: Ingress) -> Serving:
        """Which controller serves an Ingress, and through which entry."""
        return self.servings(ingress)[0]

    def controller_flags(self, controller: IngressController) -> ControllerFlags:
        """What a controller's pods in the workspace tell it, by arguments, variables, ConfigMaps and files in these."""
        from klint.exposure.controller_flags import controller_flags

        return controller_flags(controller, self._scope)

    def attachments(self, route: Route) -> tuple[Attached, ...]:
        """What became of a Gateway API route's parents: which listeners take it, and why not."""
        if id(route) not in self._attachments:
            gateways = [item for item in route.attachments if item.kind is AttachmentKind.GATEWAY]
            gateways = [item for item in gateways if item.ref.group != ISTIO]
            self._attachments[id(route)] = self._attach(route, gateways) if gateways else ()
        return self._attachments[id(route)]

    def _attach(self, route: Route, gateways: Sequence[Attachment]) -> tuple[Attached, ...]:
        from klint.exposure.attachment import attach

        found = tuple(attach(route, item, self._scope) for item in gateways)
        broken = self._broken_classes
        return tuple(replace(item, class_hop=broken.get(id(item.gateway))) for item in found) if broken else found

    def service_parents(self, route: Route) -> tuple[Hop, ...]:
        """From a Gateway API route to the Services of a mesh that are its parents, or to the ports it asks for."""
        if not any(item.ref.kind == "Service" for item in route.attachments):
            return ()
        from klint.exposure.service_parents import service_parents

        broken = (link.hop.wants for link in self.links(route) if link.hop.is_broken)
        return tuple(service_parents(route, broken, self._scope))

    @cached_property
    def _broken_classes(self) -> Mapping[int, Hop]:
        """The hops from Gateways to classes that nothing serves, by the identity of the Gateway."""
        return {id(hop.source): hop for hop in self.gateway_class_hops if hop.is_broken}

    @cached_property
    def virtual_services(self) -> tuple[VirtualService, ...]:
        """VirtualServices of Istio."""
        if not any(route.group == ISTIO for route in self.routes):
            return ()
        from klint.kube.routes.istio import VirtualService

        return self._own.of_type(VirtualService)

    @cached_property
    def istio_gateways(self) -> tuple[IstioGateway, ...]:
        """Gateways of Istio."""
        return self._own.of_type(IstioGateway)

    @cached_property
    def middlewares(self) -> tuple[Middleware, ...]:
        """Middlewares and MiddlewareTCPs of Traefik."""
        return self._own.of_type(Middleware)

    @cached_property
    def server_conflicts(self) -> tuple[ServerConflict, ...]:
        """Servers of Gateways of Istio that serve one host on one port with different TLS."""
        if not self.istio_gateways:
            return ()
        from klint.exposure.gateway_conflicts import server_conflicts

        return tuple(server_conflicts(self.istio_gateways))

    def bindings(self, route: Route) -> tuple[Binding, ...]:
        """What became of the Gateways of Istio that a VirtualService names."""
        if route.group != ISTIO:
            return ()
        from klint.exposure.mesh import bindings

        return self._own.kept(("bindings", id(route)), lambda: bindings(route, self._scope))

    def proxies(self, gateway: IstioGateway) -> Proxies:
        """The pods that serve a Gateway of Istio, and the Services in front of them."""
        from klint.exposure.mesh import proxies

        return self._own.kept(("proxies", id(gateway)), lambda: proxies(gateway, self._scope))

    def gateway_entries(self, gateway: IstioGateway) -> tuple[tuple[Entry, Hop, Server], ...]:
        """Where requests from outside come to each server of a Gateway of Istio, with the hop from there to pods."""
        from klint.exposure.mesh import gateway_entries

        return self._own.kept(("entries", id(gateway)), lambda: gateway_entries(self.proxies(gateway)))

    @cached_property
    def destination_rules(self) -> tuple[DestinationRule, ...]:
        """DestinationRules of Istio."""
        return self._own.of_type(DestinationRule)

    def mesh_breaks(self, resource: MeshResource) -> Iterator[Hop]:
        """The broken references of a VirtualService, a Gateway or a DestinationRule of Istio, those of routes to
        Services apart."""
        from klint.exposure.mesh import mesh_breaks

        return mesh_breaks(resource, self, self._scope)

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """The hosts and paths that the bundle's routes claim, and of which router."""
        if not self.routes:
            return ()
        from klint.exposure.precedence import claims

        return tuple(claims(self))

    @cached_property
    def duplicates(self) -> tuple[Duplicate, ...]:
        """The claims that compete with an earlier one for the same requests."""
        if len(self.claims) < 2:
            return ()
        from klint.exposure.duplicates import duplicates

        return tuple(duplicates(self.claims))

    def snippets(self, ingress: Ingress) -> Iterator[Snippet]:
        """The annotations by which an Ingress writes nginx configuration, and those too risky for its controller."""
        if not ingress.annotations:
            return iter(())
        from klint.exposure.snippets import snippets

        return snippets(ingress, self)

    def allow_lists(self, resource: Resource) -> Iterator[AllowList]:
        """The lists of who may come in that an object has for routes, as far as their controller reads them."""
        if not resource.annotations and (isinstance(resource, Ingress) or "." not in resource.group):
            return iter(())  # fields for that are those of custom resources
        from klint.exposure.allow_lists import allow_lists

        return allow_lists(resource, self)

    @cached_property
    def installed_nginx(self) -> tuple[InstalledNginx, ...]:
        """Where the bundle says which ingress-nginx it runs, by an image or by the version of a chart."""
        from klint.exposure.installed_nginx import installed_nginx

        return tuple(installed_nginx(self))

    @cached_property
    def shadows(self) -> tuple[Shadow, ...]:
        """The matches that no request comes to, since another one that is tried first takes all of theirs."""
        if len(self.claims) < 2 and not any(route.takes_first for route in self.routes):
            return ()
        from klint.exposure.shadows import shadows

        return tuple(shadows(self))

    @cached_property
    def catch_alls(self) -> tuple[CatchAll, ...]:
        """The routes that take requests for every host of a router that others share."""
        if not self.claims:
            return ()
        from klint.exposure.precedence import catch_alls

        return tuple(catch_alls(self.claims))

    def delegations(self, route: Route) -> tuple[Delegation, ...]:
        """The routes that one hands requests on to: TraefikServices, included HTTPProxies and the like."""
        return self._delegations.get(id(route), ())

    def delegations_to(self, route: Route) -> Sequence[Delegation]:
        """The routes of the bundle that hand requests on to one."""
        return self._delegations_to.get(id(route), ())

    @cached_property
    def _delegations(self) -> Mapping[int, tuple[Delegation, ...]]:
        delegating = [route for route in self.routes if route.delegates]
        if not delegating:
            return {}
        from klint.exposure.delegation import delegations

        return delegations(delegating, self._scope)

    @cached_property
    def _delegations_to(self) -> Mapping[int, list[Delegation]]:
        return grouped(
            (id(target), found)
            for several in self._delegations.values()
            for found in several
            for target in found.hop.targets
            if not found.hop.is_broken
        )

    def orphaned(self, route: Route) -> str:
        """Why no other route hands requests to one that gets them by others alone; empty where one does, or may."""
        if isinstance(route, Ingress) and not route.annotations:
            return ""
        from klint.exposure.orphans import orphaned

        return "" if id(route) in self._misspelt_delegates else orphaned(route, self._lost_delegates, self._scope)

    @cached_property
    def _lost_delegates(self) -> frozenset[Ref]:
        """The routes that others refer to, that nobody knows, and that are no other's name misspelt."""
        found = (item.hop for several in self._delegations.values() for item in several)
        return frozenset(hop.wants for hop in found if not hop.targets and not hop.near)

    @cached_property
    def _misspelt_delegates(self) -> frozenset[int]:
        """The routes that another one most likely means and does not reach."""
        found = (item.hop for several in self._delegations.values() for item in several)
        return frozenset(id(near.resource) for hop in found for near in hop.near)

    def undefined(self, route: Route) -> Iterator[Undefined]:
        """The upstreams, backends and actions that a route names and should define itself, and does not."""
        if not route.undefined:
            return iter(())
        from klint.exposure.undefined import undefined

        return undefined(route, self._scope)

    def filter_hops(self, resource: Resource) -> Iterator[Hop]:
        """From a route, a Service or a Middleware to the objects that its requests pass, or that say how it is served:
        middlewares, policies, plugins, options for TLS."""
        if isinstance(resource, Service) and not resource.annotations:
            return iter(())
        from klint.exposure.filter_hops import filter_hops

        return filter_hops(resource, self._scope)

    def guards_of_filters(self, match: Match) -> Iterator[Guard]:
        """The authentication and the allow-lists among what a match has its requests pass."""
        if not match.filters and not match.route.annotations:
            return iter(())
        from klint.exposure.filters import guards_of_filters

        return guards_of_filters(match, self._scope)

    def may_be_guarded(self, match: Match) -> bool:
        """Whether a middleware or a policy of a match that is not in the workspace may ask who comes."""
        if not match.filters and not match.route.annotations:
            return False
        from klint.exposure.filters import hides_guard

        return hides_guard(match, self._scope)

    def guards_of_gateway(self, arrival: Arrival, match: Match) -> Iterator[Guard]:
        """What AuthorizationPolicies of Istio ask of a match's requests at the gateway that they come through."""
        from klint.exposure.mesh_guards import guards_of_gateway

        return guards_of_gateway(arrival, match, self, self._scope)

    def listener_sets_of(self, gateway: Gateway) -> tuple[ListenerSet, ...]:
        """The ListenerSets that are attached to a Gateway, which allows them."""
        from klint.exposure.attachment import attached_sets

        return tuple(attached_sets(gateway, self._scope))

    def may_have_routes(self, gateway: Gateway) -> bool:
        """Whether any route of the workspace wants to be attached to a Gateway, or one from elsewhere may."""
        from klint.exposure.attachment import may_have_routes

        return may_have_routes(gateway, self._scope) or id(gateway) in self._nearly_named

    @cached_property
    def _nearly_named(self) -> frozenset[int]:
        """The Gateways that a route most likely means and does not name."""
        found = (attached.parent_hop for route in self.routes for attached in self.attachments(route))
        return frozenset(id(near.resource) for hop in found for near in hop.near)

    def keeps_out(self, gateway: Gateway) -> bool:
        """Whether something about a Gateway itself keeps requests out: its class, its listeners or certificates."""
        return id(gateway) in self._broken_gateways or any(self.listener_faults(gateway))

    @cached_property
    def _broken_gateways(self) -> frozenset[int]:
        found = (*self.gateway_class_hops, *self.certificate_hops)
        return frozenset(id(hop.source) for hop in found if hop.is_broken)

    def listener_faults(self, owner: ListenerOwner | IstioGateway) -> Iterator[ListenerFault]:
        """What is wrong with the listeners of a Gateway or a ListenerSet, or the servers of a Gateway of Istio."""
        from klint.exposure.listener_faults import listener_faults

        return listener_faults(owner, self._scope)

    def gateway_hop(self, item: ListenerSet) -> Hop:
        """From a ListenerSet to its Gateway: broken when that is missing, or does not allow it."""
        from klint.exposure.attachment import join

        return join(item, self._scope)

    @cached_property
    def controller_hops(self) -> tuple[Hop, ...]:
        """From each IngressClass to the controller it names."""
        known = [item for item in self.ingress_classes if _is_known(item.controller)]
        if not known:
            return ()
        from klint.exposure.serving import controller_hop

        return tuple(controller_hop(item, self._scope) for item in known)

    @cached_property
    def gateway_class_hops(self) -> tuple[Hop, ...]:
        """From each Gateway to its GatewayClass."""
        if not self.gateways:
            return ()
        from klint.exposure.gateway_classes import class_hops

        return tuple(class_hops(self._scope))

    @cached_property
    def gateway_controller_hops(self) -> tuple[Hop, ...]:
        """From each GatewayClass to the controller it names."""
        if not self._own.of_type(GatewayClass):
            return ()
        from klint.exposure.gateway_classes import gateway_controller_hops

        return tuple(gateway_controller_hops(self._scope))

    @cached_property
    def backend_tls_faults(self) -> tuple[BackendTlsFault, ...]:
        """What is wrong with the BackendTLSPolicies of the Gateway API."""
        policies = self._own.of_kind(GATEWAY_API, "BackendTLSPolicy")
        if not policies:
            return ()
        from klint.exposure.backend_tls import backend_tls_faults

        return tuple(backend_tls_faults(policies, self._scope))

    @cached_property
    def gateway_parameter_hops(self) -> tuple[Hop, ...]:
        """From each Gateway and GatewayClass to the object that has its parameters."""
        if not self.gateways and not self._own.of_type(GatewayClass):
            return ()
        from klint.exposure.gateway_parameters import parameter_hops

        return tuple(parameter_hops(self._scope))

    @property
    def provided_secrets(self) -> Mapping[str, Sequence[Resource]]:
        """The Secrets that objects of the workspace are, or have made, by name."""
        from klint.exposure.tls_secrets import provided_secrets

        return provided_secrets(self._scope)

    def hops_of_gateway(self, resource: Resource) -> Sequence[Hop]:
        """From a Gateway to its class, or from a GatewayClass to its controller; and to what has its parameters."""
        return self._hops_of_gateways.get(id(resource), ())

    @cached_property
    def _hops_of_gateways(self) -> Mapping[int, list[Hop]]:
        hops = (*self.gateway_class_hops, *self.gateway_controller_hops, *self.gateway_parameter_hops)
        return grouped((id(hop.source), hop) for hop in hops)

    @cached_property
    def certificate_hops(self) -> tuple[Hop, ...]:
        """From Gateways and ListenerSets to certificates of other namespaces, and the grants that they need."""
        if not self.gateways and not self.listener_sets:
            return ()
        from klint.exposure.grants import certificate_hops

        return tuple(certificate_hops(self._scope))

    @cached_property
    def _links(self) -> dict[int, tuple[BackendLink, ...]]:
        return {}

    @cached_property
    def _servings(self) -> dict[int, tuple[Serving, ...]]:
        return {}

    @cached_property
    def _attachments(self) -> dict[int, tuple[Attached, ...]]:
        return {}

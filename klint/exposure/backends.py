"""HTTP routing → traffic distribution: a route's backend → a Service, and its port → one of the Service's ports."""

from __future__ import annotations

from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, State
from klint.kube.classes import GATEWAY_API
from klint.kube.names import is_dns_subdomain
from klint.kube.ports import port_name_errors
from klint.kube.ref import Ref
from klint.kube.resource import sequence
from klint.kube.routes.shape import Backend, PortMeaning
from klint.kube.service import Service, ServicePort
from klint.reasons import PLAIN, Reason, Why, why
from klint.records import dataclass, replace
from klint.text.placeholders import is_placeholder
from klint.workspace.paths import folder_of


@dataclass(frozen=True, slots=True)
class BackendLink:
    """What a backend leads to.

    `hop` is the way to the Service, `port_hop` the way to the Service's port: None when the Service itself is not
    known. `port` is that port; where there is none, `by_target` is the one whose targetPort the route names instead,
    which ingress-nginx alone takes. `grant_hop` is set where the Service is in another namespace and no ReferenceGrant
    permits that: then nobody asks for the port.
    """

    backend: Backend
    hop: Hop
    services: tuple[Service, ...] = ()
    port_hop: Hop | None = None
    port: ServicePort | None = None
    by_target: ServicePort | None = None
    grant_hop: Hop | None = None

    @property
    def service(self) -> Service | None:
        """The Service, when there is one."""
        return self.services[0] if self.services else None

    @property
    def is_broken(self) -> bool:
        """Whether no request comes through it."""
        return any(hop.is_broken for hop in self.hops)

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The hop to the Service and the one to its port, as far as there are any; or the grant that is missing."""
        return tuple(hop for hop in (self.hop, self.grant_hop, self.port_hop) if hop is not None)


def link(backend: Backend, scope: Scope) -> BackendLink:
    """Follow a backend to its Service and port."""
    wants = Ref(backend.group, backend.kind, backend.namespace, backend.service)
    if backend.is_import:
        return _link_import(backend, _unknown(backend, wants), scope)
    if not backend.is_service or _is_named_like_host(backend):
        refused = replace(_unknown(backend, wants), state=State.BROKEN, why=_no_service(backend), certain=True)
        return BackendLink(backend, refused)
    found = scope.services_named(backend.namespace, backend.service)
    if not found.nearest or (not found.own and _is_left_behind(_unknown(backend, wants), scope)):
        return _without_service(backend, _unknown(backend, wants), scope, is_nowhere=not found.nearest)
    services = _best(backend, found.nearest)
    hop = Hop(HopKind.BACKEND, backend.route, backend.name_at, wants, State.RESOLVED, services)
    if backend.namespace != backend.route.namespace and backend.route.group != GATEWAY_API:
        from klint.exposure.cross_namespace import if_allowed

        hop = if_allowed(hop, scope)
        if hop.is_broken:
            return BackendLink(backend, hop, services)
    grant = _missing_grant(backend, wants, scope)
    if grant is not None:
        return BackendLink(backend, hop, services, grant_hop=grant)
    if backend.port is None or is_placeholder(backend.port):
        return BackendLink(backend, hop, services, None, _only_port(backend, services[0]))
    port = next((port for service in services if (port := _port(backend, service, scope)) is not None), None)
    state, reason = _port_state(backend, services, port, is_own=bool(found.own))
    if port is None and any(_port(backend, other, scope) for other in _alternatives(services[0], scope)):
        state, reason = State.UNKNOWN, why(Reason.OTHER_FILE_HAS_PORT, services[0])
    wants = Ref("", "Service", backend.namespace, services[0].name, backend.port)
    is_certain = state is State.BROKEN and reason.reason is not Reason.PORT_TAKES
    port_hop = Hop(HopKind.PORT, backend.route, backend.port_at, wants, state, services, reason, certain=is_certain)
    by_target = _port_by_target(backend, services[0]) if is_certain and port is None else None
    return BackendLink(backend, hop, services, port_hop, port, by_target)


def _is_left_behind(hop: Hop, scope: Scope) -> bool:
    from klint.exposure.absent import left_behind

    return bool(left_behind(hop, scope, scope.index.routes_to))


def _unknown(backend: Backend, wants: Ref) -> Hop:
    return Hop(HopKind.BACKEND, backend.route, backend.name_at, wants, State.UNKNOWN)


def _without_service(backend: Backend, hop: Hop, scope: Scope, *, is_nowhere: bool) -> BackendLink:
    """What becomes of a backend whose Service is in no file that matters; Istio has hosts that are no Services."""
    if is_nowhere and backend.port_meaning is PortMeaning.NUMBER_OR_ONLY and _is_in_service_entry(hop, scope):
        return BackendLink(backend, replace(hop, state=State.RESOLVED))
    from klint.exposure.absent import absent_service

    absent = absent_service(hop, scope, scope.index.routes_to)
    return BackendLink(
        backend, absent, grant_hop=None if absent.is_broken else _missing_grant(backend, hop.wants, scope)
    )


def _is_named_like_host(backend: Backend) -> bool:
    """Whether a route of the Gateway API gives a Service's name in DNS, as `web.shop.svc`: Services have labels."""
    name = backend.service
    return backend.route.group == GATEWAY_API and "." in name and is_dns_subdomain(name) and not is_placeholder(name)


def _no_service(backend: Backend) -> Why:
    """Why it gets no requests: that it is no Service, or has another group, such as `core`, than Services have."""
    if backend.is_service:
        return why(Reason.NAMED_LIKE_HOST)
    return why(Reason.NO_SUCH_GROUP, backend.group) if backend.kind == "Service" else why(Reason.NO_SERVICE)


def _link_import(backend: Backend, hop: Hop, scope: Scope) -> BackendLink:
    """Follow a ServiceImport to a Service that is exported here; clusters elsewhere may have more, of other ports."""
    from klint.exposure.service_imports import exported

    services = exported(hop.wants, scope)
    grant = _missing_grant(backend, hop.wants, scope)
    if not services:
        return BackendLink(backend, replace(hop, why=why(Reason.NOT_IN_WORKSPACE)), grant_hop=grant)
    services = _best(backend, services)
    hop = replace(hop, state=State.RESOLVED, targets=services)
    port = next((port for service in services if (port := _port(backend, service, scope)) is not None), None)
    if grant is not None or port is None:
        return BackendLink(backend, hop, services, grant_hop=grant)
    wants = replace(hop.wants, port=backend.port)
    port_hop = Hop(HopKind.PORT, backend.route, backend.port_at, wants, State.RESOLVED, services)
    return BackendLink(backend, hop, services, port_hop, port)


def _is_in_service_entry(hop: Hop, scope: Scope) -> bool:
    """Whether a ServiceEntry of Istio has the host that a Service would have: one for virtual machines, say."""
    from klint.exposure.mesh_index import service_entries

    host = f"{hop.wants.name}.{hop.wants.namespace}.svc.cluster.local"
    return bool(scope.sort(service_entries(scope.index).meeting(host)).nearest)


def _only_port(backend: Backend, service: Service) -> ServicePort | None:
    """The port that a backend means without naming it; None where that takes more than the Service to know."""
    is_enough = backend.port is None and backend.port_meaning is PortMeaning.NUMBER_OR_ONLY and len(service.ports) == 1
    return service.ports[0] if is_enough else None


def _missing_grant(backend: Backend, wants: Ref, scope: Scope) -> Hop | None:
    """The hop to the grant that a backend of another namespace needs and has not; only the Gateway API asks for one."""
    route = backend.route
    if backend.namespace == route.namespace or route.group != GATEWAY_API:
        return None
    from klint.exposure.grants import grant_hop
    from klint.kube.grants import Reference

    at = replace(backend.name_at, path=(*backend.name_at.path[:-1], "namespace"))
    hop = grant_hop(Reference(route, wants, at), scope)
    return hop if hop is not None and hop.is_broken else None


def _best(backend: Backend, services: tuple[Service, ...]) -> tuple[Service, ...]:
    """Those in exactly the backend's namespace, if any are."""
    exact = tuple(service for service in services if service.namespace == backend.namespace)
    return exact or services


def _alternatives(service: Service, scope: Scope) -> list[Service]:
    """The same Service as other files of its folder define it: examples of which a reader takes one."""
    folder = folder_of(service.document.source.path)
    elsewhere = scope.sort(scope.index.services_named(service.namespace, service.name)).elsewhere
    return [other for other in elsewhere if folder_of(other.document.source.path) == folder]


def _port(backend: Backend, service: Service, scope: Scope) -> ServicePort | None:
    """The Service port a backend means.

    Ingress and Gateway API compare with the Service's own number or name, which may be there for TCP and for UDP. An
    OpenShift Route compares with the endpoints: a name is the Service port's name, a number one of its pods' ports
    (route.openshift.io/v1 RoutePort).
    """
    wanted = backend.port
    if wanted is None:
        return None
    if backend.port_meaning is not PortMeaning.ENDPOINT or isinstance(wanted, str):
        called = [port for port in service.ports if wanted in (port.number, port.name or None)]
        return next((port for port in called if port.protocol == _protocol(backend)), called[0] if called else None)
    for port in service.ports:
        if port.target == wanted:
            return port
        if isinstance(port.target, str):
            for pod in scope.pods_with(service.selector, service.namespace).nearest:
                declared = pod.named_port(port.target, port.protocol)
                if declared is not None and declared.number == wanted:
                    return port
    return None


def _protocol(backend: Backend) -> str:
    """What a backend is spoken to in: all routes but UDP's own have connections."""
    return "UDP" if backend.route.kind in _UDP_ROUTES else "TCP"


_UDP_ROUTES = frozenset(("UDPRoute", "IngressRouteUDP", "UDPIngress"))


def _port_state(
    backend: Backend, services: tuple[Service, ...], port: ServicePort | None, *, is_own: bool
) -> tuple[State, Why]:
    """What became of a backend's port.

    A port's name that is too long for an Ingress is refused there, though Services may have such names: `port.name`
    is an IANA service name (pkg/apis/networking/validation), a Service port's name a DNS label.
    """
    if port is not None:
        takes_names = backend.port_meaning is PortMeaning.NUMBER_OR_NAME
        refusal = port_name_errors(port.name) if takes_names and port.name == backend.port else ""
        if backend.route.group == GATEWAY_API and {port.protocol, _protocol(backend)} == {"TCP", "UDP"}:
            return State.BROKEN, why(Reason.PORT_TAKES, port.protocol, _protocol(backend))
        return (State.BROKEN, why(Reason.SAID, refusal)) if refusal else (State.RESOLVED, PLAIN)
    if any(_may_have_any_port(backend, service) for service in services):
        return State.UNKNOWN, why(Reason.PORTS_NOT_WRITTEN)
    if not is_own and not (backend.namespace and services[0].namespace == backend.namespace):
        return State.UNKNOWN, why(Reason.OTHER_SERVICE_MEANT, services[0])
    return State.BROKEN, _offered(backend, services[0])


def _may_have_any_port(backend: Backend, service: Service) -> bool:
    """ExternalName Services and Services without ports take whatever port is asked for; so may unknown endpoints.

    So may a port whose number or name is yet to be filled in.
    """
    if service.type == "ExternalName" or is_placeholder(service.type) or not service.ports:
        return True
    if any(port.number is None or is_placeholder(port.name) for port in service.ports):
        return True
    if any(map(is_placeholder, sequence(service.get("spec", "ports")))):
        return True
    if backend.port_meaning is PortMeaning.ENDPOINT and isinstance(backend.port, int):
        return not service.selector or any(isinstance(port.target, str) for port in service.ports)
    return False


def _port_by_target(backend: Backend, service: Service) -> ServicePort | None:
    """The port whose targetPort an Ingress names. Source: ingress-nginx internal/ingress/controller/controller.go."""
    if backend.port_meaning is not PortMeaning.NUMBER_OR_NAME:
        return None
    return next((port for port in service.ports if port.target == backend.port), None)


def _offered(backend: Backend, service: Service) -> Why:
    if backend.port_meaning is PortMeaning.ENDPOINT and isinstance(backend.port, int):
        return why(Reason.REACHED_ON, ", ".join(str(port.target) for port in service.ports))
    return why(Reason.OFFERS, ", ".join(map(str, service.ports)))

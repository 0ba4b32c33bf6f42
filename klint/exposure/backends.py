"""HTTP routing → traffic distribution: a route's backend → a Service, and its port → one of the Service's ports."""

from __future__ import annotations

from dataclasses import dataclass

from klint.exposure.scope import MANY, Scope, are_similar
from klint.findings import Hop, State
from klint.kube.objects import VIEWS
from klint.kube.resource import Resource
from klint.kube.routes import Backend, PortMeaning
from klint.kube.service import Service, ServicePort
from klint.kube.workload import POD_TEMPLATES


@dataclass(frozen=True, slots=True)
class BackendLink:
    """What a backend leads to.

    `hop` is the way to the Service, `near` the Services it was most likely meant for when there is none.
    `port_hop` is the way to the Service's port: None when the Service itself is not known. `port` is that port.
    """

    backend: Backend
    hop: Hop
    services: tuple[Service, ...] = ()
    near: tuple[Service, ...] = ()
    port_hop: Hop | None = None
    port: ServicePort | None = None

    @property
    def service(self) -> Service | None:
        """The Service, when there is one."""
        return self.services[0] if self.services else None

    @property
    def is_broken(self) -> bool:
        """Whether no request comes through it."""
        broken = self.hop.state is State.BROKEN
        return broken or (self.port_hop is not None and self.port_hop.state is State.BROKEN)


def link(backend: Backend, scope: Scope) -> BackendLink:
    """Follow a backend to its Service and port."""
    found = scope.sort(scope.index.services_named(backend.namespace, backend.service))
    wants = f"Service {backend.service}"
    if not found.nearest:
        state, why, near = _explain_absence(backend, scope)
        return BackendLink(backend, Hop(backend.route, backend.name_at, wants, state, near, why), (), near)
    services = _best(backend, found.nearest)
    hop = Hop(backend.route, backend.name_at, wants, State.RESOLVED, services)
    port_hop, port = _link_port(backend, services, elsewhere=not found.own, scope=scope)
    return BackendLink(backend, hop, services, (), port_hop, port)


def _best(backend: Backend, services: tuple[Service, ...]) -> tuple[Service, ...]:
    """Those in exactly the backend's namespace, if any are."""
    exact = tuple(service for service in services if service.namespace == backend.namespace)
    return exact or services


def _explain_absence(backend: Backend, scope: Scope) -> tuple[State, str, tuple[Service, ...]]:
    """Why there is no such Service: broken when the bundle shows what was meant, or has the other Services."""
    name = backend.service
    if any(exists.has_service(backend.namespace, name) for exists in scope.target.exists):
        return State.RESOLVED, "the configuration says it exists", ()
    maker = _maker(name, scope)
    if maker is not None:
        return State.UNKNOWN, f"{maker} may make it", ()
    if name.startswith("cm-acme-http-solver-"):
        return State.UNKNOWN, "cert-manager makes it while it solves a challenge", ()
    others = scope.own.services_called(name)
    if others:
        places = ", ".join(sorted({service.namespace for service in others}))
        return State.BROKEN, f"there is one in namespace {places}, not in {backend.namespace}", tuple(others)
    if scope.sort(scope.index.services_called(name)).elsewhere or scope.index.services_called(name):
        return State.UNKNOWN, "another bundle of the workspace has one in another namespace or environment", ()
    services = _neighbours(backend, scope)
    near = tuple(service for service in services if are_similar(service.name, name))
    if near:
        return State.BROKEN, f"there is {_listed(near)}", near
    if services:
        return State.BROKEN, "nothing in the workspace defines it", ()
    return State.UNKNOWN, "no Service of its namespace is in the bundle", ()


def _listed(services: tuple[Service, ...]) -> str:
    return " and ".join(str(service) for service in services[:3])


def _neighbours(backend: Backend, scope: Scope) -> list[Service]:
    """The bundle's Services in the backend's namespace; in a large bundle those in the route's file."""
    source = backend.route.document.source
    services = scope.own.of_type(Service) if len(scope.own.resources) <= MANY else scope.own.services_in(source)
    return [
        service
        for service in services
        if service.namespace == backend.namespace or not (service.namespace and backend.namespace)
    ]


def _maker(name: str, scope: Scope) -> Resource | None:
    """A custom resource of the bundle whose operator would name a Service like this: `Kafka shop` → `shop-brokers`."""
    stem = name
    while stem:
        for resource in scope.own.named(stem):
            if _is_custom(resource):
                return resource
        stem = stem.rpartition("-")[0]
    return None


def _is_custom(resource: Resource) -> bool:
    known = (resource.group, resource.kind) in VIEWS or (resource.group, resource.kind) in POD_TEMPLATES
    if resource.group == "serving.knative.dev":
        return True
    return "." in resource.group and not known and not resource.group.endswith(".k8s.io")


def _link_port(
    backend: Backend, services: tuple[Service, ...], *, elsewhere: bool, scope: Scope
) -> tuple[Hop | None, ServicePort | None]:
    if backend.port is None:
        return None, None
    route, at = backend.route, backend.port_at
    wants = f"port {backend.port} of Service {services[0].name}"
    for service in services:
        port = _port(backend, service, scope)
        if port is not None:
            return Hop(route, at, wants, State.RESOLVED, (service,)), port
    if any(_may_have_any_port(backend, service) for service in services):
        return Hop(route, at, wants, State.UNKNOWN, services, "its ports are not written down"), None
    state = State.UNKNOWN if elsewhere and len(services) > 1 else State.BROKEN
    return Hop(route, at, wants, state, services, _offered(services[0])), None


def _port(backend: Backend, service: Service, scope: Scope) -> ServicePort | None:
    """The Service port a backend means.

    Ingress and Gateway API compare with the Service's own number or name. An OpenShift Route compares with the
    endpoints: a name is the Service port's name, a number one of its pods' ports (route.openshift.io/v1 RoutePort).
    """
    wanted = backend.port
    if wanted is None:
        return None
    if backend.port_meaning is PortMeaning.SERVICE or isinstance(wanted, str):
        return service.port(wanted)
    for port in service.ports:
        if port.target == wanted:
            return port
        if isinstance(port.target, str):
            for pod in scope.index.pods_with(service.selector, service.namespace):
                declared = pod.named_port(port.target, port.protocol)
                if declared is not None and declared.number == wanted:
                    return port
    return None


def _may_have_any_port(backend: Backend, service: Service) -> bool:
    """ExternalName Services and Services without ports take whatever port is asked for; so may named endpoints."""
    if service.type == "ExternalName" or not service.ports:
        return True
    if backend.port_meaning is PortMeaning.ENDPOINT and isinstance(backend.port, int):
        return any(isinstance(port.target, str) for port in service.ports)
    return False


def _offered(service: Service) -> str:
    ports = ", ".join(str(port) for port in service.ports)
    return f"{service} has {ports}"

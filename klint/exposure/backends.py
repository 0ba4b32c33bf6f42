"""HTTP routing → traffic distribution: a route's backend → a Service, and its port → one of the Service's ports."""

from __future__ import annotations

from klint.exposure.near import parts
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, Near, State
from klint.kube.names import is_dns_label
from klint.kube.ports import port_name_errors
from klint.kube.ref import Ref
from klint.kube.resource import sequence
from klint.kube.routes.shape import Backend, PortMeaning
from klint.kube.service import Service, ServicePort
from klint.reasons import PLAIN, Reason, Why, why
from klint.records import dataclass
from klint.text.placeholders import is_placeholder
from klint.workspace.paths import folder_of


@dataclass(frozen=True, slots=True)
class BackendLink:
    """What a backend leads to.

    `hop` is the way to the Service, `port_hop` the way to the Service's port: None when the Service itself is not
    known. `port` is that port; where there is none, `by_target` is the one whose targetPort the route names instead,
    which ingress-nginx alone takes.
    """

    backend: Backend
    hop: Hop
    services: tuple[Service, ...] = ()
    port_hop: Hop | None = None
    port: ServicePort | None = None
    by_target: ServicePort | None = None

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
        """The hop to the Service and the one to its port, as far as there are any."""
        return (self.hop,) if self.port_hop is None else (self.hop, self.port_hop)


def link(backend: Backend, scope: Scope) -> BackendLink:
    """Follow a backend to its Service and port."""
    found = scope.services_named(backend.namespace, backend.service)
    if not found.nearest or (not found.own and _left_behind(backend, scope)):
        return BackendLink(backend, _absent(backend, scope))
    services = _best(backend, found.nearest)
    hop = Hop(HopKind.BACKEND, backend.route, backend.name_at, _wanted(backend), State.RESOLVED, services)
    if backend.port is None or is_placeholder(backend.port):
        return BackendLink(backend, hop, services)
    port = next((port for service in services if (port := _port(backend, service, scope)) is not None), None)
    state, reason = _port_state(backend, services, port, is_own=bool(found.own))
    if port is None and any(_port(backend, other, scope) for other in _alternatives(services[0], scope)):
        state, reason = State.UNKNOWN, why(Reason.OTHER_FILE_HAS_PORT, services[0])
    wants = Ref("", "Service", backend.namespace, services[0].name, backend.port)
    is_certain = state is State.BROKEN
    port_hop = Hop(HopKind.PORT, backend.route, backend.port_at, wants, state, services, reason, certain=is_certain)
    by_target = _port_by_target(backend, services[0]) if is_certain and port is None else None
    return BackendLink(backend, hop, services, port_hop, port, by_target)


def _wanted(backend: Backend) -> Ref:
    return Ref("", "Service", backend.namespace, backend.service)


def _best(backend: Backend, services: tuple[Service, ...]) -> tuple[Service, ...]:
    """Those in exactly the backend's namespace, if any are."""
    exact = tuple(service for service in services if service.namespace == backend.namespace)
    return exact or services


def _alternatives(service: Service, scope: Scope) -> list[Service]:
    """The same Service as other files of its folder define it: examples of which a reader takes one."""
    folder = folder_of(service.document.source.path)
    elsewhere = scope.sort(scope.index.services_named(service.namespace, service.name)).elsewhere
    return [other for other in elsewhere if folder_of(other.document.source.path) == folder]


def _absent(backend: Backend, scope: Scope) -> Hop:
    """Why there is no such Service: broken when the bundle shows what was meant, or has the other Services."""

    def absent(state: State, reason: Why, *near: Service, certain: bool = False) -> Hop:
        meant = tuple(Near(service, service.place) for service in near)
        wants = _wanted(backend)
        return Hop(HopKind.BACKEND, backend.route, backend.name_at, wants, state, near, reason, meant, certain)

    name = backend.service
    if any(exists.has_service(backend.namespace, name) for exists in scope.target.exists):
        return absent(State.RESOLVED, why(Reason.DECLARED))
    if is_placeholder(name) or not is_dns_label(name):
        return absent(State.UNKNOWN, why(Reason.FILLED_IN_LATER, name))
    if scope.has_service_names_to_fill_in:
        return absent(State.UNKNOWN, why(Reason.SERVICE_NAMES_FILLED_IN))
    hidden = scope.may_hide([name])
    if hidden:
        return absent(State.UNKNOWN, why(Reason.HIDDEN_DEFINITION, hidden))
    if name.startswith("cm-acme-http-solver-"):
        return absent(State.UNKNOWN, why(Reason.SOLVER))
    maker = next((found[0] for stem in (name, *parts(name)) if (found := scope.makers.get(stem))), None)
    if maker is not None:
        return absent(State.UNKNOWN, why(Reason.MADE_BY, maker))
    others = scope.own.services_called(name)
    if others:
        places = ", ".join(sorted({service.namespace for service in others}))
        return absent(State.BROKEN, why(Reason.IN_OTHER_NAMESPACE, places), *others, certain=True)
    left_behind = _left_behind(backend, scope)
    if left_behind:
        return absent(State.BROKEN, why(Reason.SIMILAR, left_behind[0]), *left_behind, certain=True)
    if scope.index.services_called(name):
        return absent(State.UNKNOWN, why(Reason.IN_OTHER_BUNDLE))
    near = _near(backend, scope, scope.service_names.like(name))
    if near:
        return absent(State.BROKEN, why(Reason.SIMILAR, near[0]), *near, certain=True)
    if scope.makers:
        return absent(State.UNKNOWN, why(Reason.MADE_BY, next(iter(scope.makers.values()))[0]))
    renamed = _renamed(backend, scope)
    if len(renamed) == 1:
        return absent(State.BROKEN, why(Reason.SIMILAR, renamed[0]), *renamed)
    if backend.namespace in scope.service_namespaces or scope.is_closed:
        return absent(State.BROKEN, why(Reason.DEFINED_NOWHERE), certain=scope.is_closed)
    return absent(State.UNKNOWN, why(Reason.NAMESPACE_UNSEEN))


def _near(backend: Backend, scope: Scope, names: list[str]) -> list[Service]:
    """The bundle's Services with these names that the backend could reach."""
    return [service for name in names for service in scope.own.services_named(backend.namespace, name)]


def _renamed(backend: Backend, scope: Scope) -> list[Service]:
    """Services of the bundle with a prefix or suffix more, or less, than the wanted name, to which no route leads."""
    name = backend.service
    found = _near(backend, scope, [*scope.services_named_more(name), *parts(name)])
    return [service for service in found if not scope.index.routes_to.get(service.name)]


def _left_behind(backend: Backend, scope: Scope) -> list[Service]:
    """The one Service whose name has words more than the wanted one, if the route's name has them too.

    So Kustomize's namePrefix and nameSuffix leave a reference that they do not know behind.
    """
    words, wanted = set(backend.route.name.split("-")), set(backend.service.split("-"))
    added = [(service, set(service.name.split("-")) - wanted) for service in _renamed(backend, scope)]
    found = [service for service, extra in added if extra and extra <= words]
    return found if len(found) == 1 else []


def _port(backend: Backend, service: Service, scope: Scope) -> ServicePort | None:
    """The Service port a backend means.

    Ingress and Gateway API compare with the Service's own number or name. An OpenShift Route compares with the
    endpoints: a name is the Service port's name, a number one of its pods' ports (route.openshift.io/v1 RoutePort).
    """
    wanted = backend.port
    if wanted is None:
        return None
    if backend.port_meaning is not PortMeaning.ENDPOINT or isinstance(wanted, str):
        return service.port(wanted)
    for port in service.ports:
        if port.target == wanted:
            return port
        if isinstance(port.target, str):
            for pod in scope.pods_with(service.selector, service.namespace).nearest:
                declared = pod.named_port(port.target, port.protocol)
                if declared is not None and declared.number == wanted:
                    return port
    return None


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

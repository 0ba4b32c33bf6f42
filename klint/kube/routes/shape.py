"""The one shape of a route, of whatever kind: matches with their backends, what it is attached to, and its TLS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from klint.enums import Enum
from klint.kube.classes import controller_ref
from klint.kube.ref import Ref
from klint.kube.resource import Resource
from klint.kube.service_imports import is_import
from klint.records import cached_property, dataclass
from klint.text.document import Place
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.fixes import Fix


class PortMeaning(Enum):
    """What a backend's port is compared with."""

    NUMBER = "the number of a Service port"
    """Gateway API."""
    NUMBER_OR_NAME = "the number of a Service port, or a name of the kind that container ports have"
    """Ingress (pkg/apis/networking/validation: `port.name` is an IANA service name)."""
    NUMBER_OR_ONLY = "the number of a Service port, which may be left out where there is one only"
    """Istio VirtualService (virtual_service.proto Destination.port)."""
    SERVICE_PORT = "the number or the name of a Service port"
    """Traefik."""
    ENDPOINT = "the name of a Service port, or the number of a port of its pods"
    """OpenShift Route (route.openshift.io/v1 RoutePort)."""


class Role(Enum):
    """What part of the requests a backend gets."""

    SHARE = "backend"
    DEFAULT = "default backend"
    MIRROR = "mirror"


@dataclass(frozen=True, slots=True)
class Backend:
    """A Service that a route sends to. `namespace` is empty when the route leaves its own unnamed.

    `group` and `kind` are what the route names: a Service, a ServiceImport, or what gets no requests. `lacks_port` is
    set where the route has to name a port and does not.

    `weight` is its share among the backends of a match; None where the kind has no weights.
    """

    route: Route
    service: str
    namespace: str
    port: int | str | None
    name_at: Place
    port_at: Place
    role: Role = Role.SHARE
    port_meaning: PortMeaning = PortMeaning.NUMBER
    weight: int | None = None
    kind: str = "Service"
    lacks_port: bool = False
    group: str = ""

    @property
    def is_service(self) -> bool:
        """Whether it is a Service."""
        return (self.group, self.kind) == ("", "Service")

    @property
    def is_import(self) -> bool:
        """Whether it is a ServiceImport."""
        return is_import(self.group, self.kind)


class PathKind(Enum):
    """How a path is compared with a request's."""

    EXACT = "exact"
    SEGMENT = "segments"
    """A prefix of whole segments: `/foo` takes `/foo/bar` and not `/foobar`."""
    STRING = "string"
    """A prefix of characters."""
    REGEX = "regular expression"
    IMPLEMENTATION = "implementation"
    """As the controller pleases."""


@dataclass(frozen=True, slots=True)
class PathMatch:
    """A path that requests must have. Everything is the segment prefix `/`."""

    kind: PathKind
    text: str


ANY_PATH = PathMatch(PathKind.SEGMENT, "/")


class Ending(Enum):
    """What answers a request that goes to no backend."""

    REDIRECT = "redirect"
    RESPONSE = "response"
    DELEGATE = "delegate"
    """Another route decides (Route.delegates)."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Something that a route has its requests pass, or be changed by, before they are sent on.

    It is what the route itself says, `name` being the field or the condition that says it, or an object that is
    referred to, whose fields say it.
    """

    name: str
    at: Place
    ref: Ref | None = None


@dataclass(frozen=True, slots=True)
class Undefined:
    """A name that a route sends requests to and should define itself: an upstream, a backend, an action.

    `defined` are the names of that kind that it does define. `fix` is set where one of them is meant.
    """

    kind: str
    name: str
    at: Place
    defined: tuple[str, ...] = ()
    fix: Fix | None = None


def undefined(kind: str, used: Iterable[tuple[str, Place]], defined: Iterable[str]) -> Iterator[Undefined]:
    """The names of a kind that are used and not defined. Where any is still to be filled in nobody knows."""
    known = tuple(name for name in defined if name)
    if any(map(is_placeholder, known)):
        return
    for name, at in used:
        if name and name not in known and not is_placeholder(name):
            yield Undefined(kind, name, at, known)


@dataclass(frozen=True, slots=True)
class Match:
    """Requests that a route takes, and where it sends them.

    `hosts` are empty for any host, and `path` is None where requests have none (TCP, UDP, TLS). `conditions` are what
    else a request must have, each as its kind and text (`("header", "x-canary")`). `priority` is the rank that the
    route itself gives it, None where the kind leaves that to the controller. `ends_in` is set where the route itself
    answers. `is_fallback` says that it takes what no path of its hosts does, as a default backend. `filters` are those
    of the kinds that have them; what annotations say is in the tables of controllers.
    """

    route: Route
    hosts: tuple[str, ...]
    path: PathMatch | None
    backends: tuple[Backend, ...]
    at: Place
    conditions: tuple[tuple[str, str], ...] = ()
    priority: int | None = None
    ends_in: Ending | None = None
    is_fallback: bool = False
    filters: tuple[Filter, ...] = ()


class AttachmentKind(Enum):
    """What hands requests to a route."""

    CLASS = "class"
    """A controller, by a class."""
    GATEWAY = "gateway"
    """A Gateway or a ListenerSet of the Gateway API, or a Gateway of Istio."""
    ENTRYPOINT = "entry point"
    """A port of a controller, by the name that the controller gives it."""
    MESH = "mesh"
    """The sidecars of a mesh, for requests from inside."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """What a route wants to be attached to: `section` and `port` of it, where it is not all of it."""

    kind: AttachmentKind
    ref: Ref
    at: Place
    section: str = ""
    port: int | None = None


def taken_by(controller: str, at: Place) -> tuple[Attachment, ...]:
    """The attachment of a kind of route that a controller has to itself; the controller by its name in the table."""
    return (Attachment(AttachmentKind.CLASS, controller_ref(controller), at),)


@dataclass(frozen=True, slots=True)
class Delegate:
    """Another route that decides about a part of a route's requests.

    Those are the ones with one of the `hosts` (empty for all of the route's own), the `path` (None for any) and the
    `conditions`, and they pass the `filters`. `is_relative` says that the paths of the other route come after this
    one; else they are whole.
    """

    ref: Ref
    path: PathMatch | None
    at: Place
    hosts: tuple[str, ...] = ()
    conditions: tuple[tuple[str, str], ...] = ()
    filters: tuple[Filter, ...] = ()
    is_relative: bool = False


class TlsMode(Enum):
    """What becomes of TLS at the router."""

    TERMINATE = "terminate"
    PASSTHROUGH = "passthrough"
    REENCRYPT = "reencrypt"


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS that a route asks for itself. `hosts` are empty for all of its own; `secret` for a default certificate."""

    hosts: tuple[str, ...]
    mode: TlsMode
    secret: str
    at: Place


@dataclass(frozen=True, eq=False)
class Route(Resource):
    """An object that sends requests to Services. A kind is adapted to this shape by a subclass, and by nothing else."""

    layer = "routing"
    takes_first: ClassVar[bool] = False
    """Whether the first of its matches that fits takes a request, rather than the most specific."""
    comes_through: ClassVar[str] = ""
    """What requests come through from outside, of a kind whose entry is in no manifest and no affair of a class."""

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """The requests it takes, in its own order."""
        return ()

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """What it wants its requests from."""
        return ()

    @cached_property
    def delegates(self) -> tuple[Delegate, ...]:
        """The routes it hands requests on to."""
        return ()

    @cached_property
    def settings(self) -> tuple[Filter, ...]:
        """The objects that say how it is served, beside its filters: options for TLS, transports to the backends."""
        return ()

    @cached_property
    def undefined(self) -> tuple[Undefined, ...]:
        """The names that it sends requests to and should define itself, and does not."""
        return ()

    @cached_property
    def tls(self) -> tuple[Tls, ...]:
        """TLS as the route itself asks for it; a Gateway's listeners have their own."""
        return ()

    @cached_property
    def backends(self) -> tuple[Backend, ...]:
        """The Services it sends to, in the order of its matches. Backends that are no Services are not among them."""
        groups = {id(match.backends): match.backends for match in self.matches}  # alternatives share their backends
        return tuple(backend for backends in groups.values() for backend in backends)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names it answers to; empty means any."""
        return tuple(dict.fromkeys(host for match in self.matches for host in match.hosts))

    def full_host(self, host: str) -> str:
        """One of its hosts as others would write it."""
        return host

    def host_at(self, host: str) -> Place:
        """Where one of its hosts stands; of the empty host, where there is none."""
        return next(
            (match.at for match in self.matches if host in match.hosts or not (host or match.hosts)), self.place
        )

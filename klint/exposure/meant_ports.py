"""The port of a Service that a backend means which asks for one that there is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint.exposure.near import are_similar
from klint.kube.ports import port_name_errors
from klint.kube.routes.shape import Backend, PortMeaning
from klint.reasons import Reason
from klint.text.changes import Change, Insert, Rename, Replace
from klint.text.document import Place

if TYPE_CHECKING:
    from klint.exposure.backends import BackendLink
    from klint.fixes import Fix
    from klint.kube.service import Service, ServicePort


def port_correction(links: Sequence[BackendLink], *, works: bool = False) -> Fix | None:
    """What has the backends of a route, all of which ask one Service for one port, ask for the one that is meant.

    None where they ask several Services, where several ports may be meant, and where what stands there is no more than
    a part of the port.

    Args:
        links: the backends.
        works: whether their controller finds the port as it is.
    """
    from klint.fixes import Fix, Safety

    first = links[0]
    if any(link.service is not first.service for link in links):
        return None
    port = _meant(first, first.service) if len(first.services) == 1 and first.service is not None else None
    if port is None or port.number is None:
        return None
    value = _written(first.backend, port)
    changes = tuple(change for link in links for change in _changes(link.backend, value))
    is_whole = all(_is_written(link.backend) for link in links)
    return Fix(f"Change port to {value}", changes, Safety.SAFE if works else Safety.UNSAFE) if is_whole else None


def _meant(link: BackendLink, service: Service) -> ServicePort | None:
    """The one that has the targetPort that is asked for, or a similar name; else the only one that there is."""
    wanted = link.backend.port
    if link.port_hop is not None and link.port_hop.why.reason is Reason.PORT_TAKES:
        return None
    if link.by_target is not None:
        found = [port for port in service.ports if port.target == wanted]
    elif link.backend.port_meaning is PortMeaning.ENDPOINT and isinstance(wanted, int):
        found = [port for port in service.ports if port.number == wanted]
    else:
        found = [port for port in service.ports if isinstance(wanted, str) and are_similar(port.name, wanted)]
    found = found or list(service.ports)
    return found[0] if len({port.number for port in found}) == 1 else None


def _written(backend: Backend, port: ServicePort) -> int | str:
    """How a backend asks for a port: by its name where it does so now and can, or where it counts pods' ports."""
    is_name = isinstance(backend.port, str) or backend.port_meaning is PortMeaning.ENDPOINT
    if is_name and port.name and not port_name_errors(port.name):
        return port.name
    return port.target if backend.port_meaning is PortMeaning.ENDPOINT and port.target else port.number or 0


def _is_written(backend: Backend) -> bool:
    return backend.lacks_port or (backend.port is not None and backend.port_at.value == backend.port)


def _changes(backend: Backend, value: int | str) -> Iterator[Change]:
    at = backend.port_at
    if backend.lacks_port:
        yield Insert(Place(at.document, at.path[:-1]), "port", value)
        return
    yield Replace(at, value)
    if backend.port_meaning is PortMeaning.NUMBER_OR_NAME and at.path[-2:] in (("port", "name"), ("port", "number")):
        field = "name" if isinstance(value, str) else "number"
        if field != at.path[-1]:
            yield Rename(at, field)

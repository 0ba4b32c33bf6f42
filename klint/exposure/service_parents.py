"""Gateway API in a mesh: the Services that a route has for parents, and their ports.

Source: sigs.k8s.io/gateway-api apis/v1 shared_types.go ParentReference: of a Service `sectionName` is the name of a
port and `port` its number, where both are given those of one port; without either the route is for all of them.
Linkerd calls the group of Services `core`, too (linkerd.io/2/reference/httproute).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from klint.exposure.absent import absent_service
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, State
from klint.kube.ref import Ref
from klint.kube.routes.shape import Attachment, Route
from klint.kube.service import Service
from klint.reasons import PLAIN, Reason, why
from klint.records import replace
from klint.text.document import Place
from klint.text.placeholders import is_placeholder


def service_parents(route: Route, backends: Iterable[Ref], scope: Scope) -> Iterator[Hop]:
    """From a route to the Services that are its parents, or to their ports.

    Args:
        route: of the Gateway API.
        backends: the backends of the route that are broken: a parent among them is no fault of its own.
        scope: how far to look.
    """
    told = {(ref.namespace, ref.name) for ref in backends}
    for attachment in route.attachments:
        ref = attachment.ref
        if ref.group in ("", "core") and ref.kind == "Service" and ref.name and (ref.namespace, ref.name) not in told:
            yield _to_service(route, attachment, scope)


def _to_service(route: Route, attachment: Attachment, scope: Scope) -> Hop:
    ref = attachment.ref
    hop = Hop(HopKind.PARENT, route, attachment.at, ref, State.RESOLVED)
    found = scope.services_named(ref.namespace, ref.name)
    if not found.nearest:
        return absent_service(replace(hop, state=State.UNKNOWN), scope, scope.index.routes_to)
    hop = replace(hop, targets=found.nearest, why=PLAIN)
    wanted = attachment.section or attachment.port
    if wanted is None or any(_may_have(service, attachment) for service in found.nearest):
        return hop
    is_meant = bool(found.own) or all(service.namespace == ref.namespace != "" for service in found.nearest)
    field = "sectionName" if attachment.section else "port"
    at = Place(attachment.at.document, (*attachment.at.path[:-1], field))
    reason = why(Reason.OFFERS, ", ".join(map(str, found.nearest[0].ports)))
    state = State.BROKEN if is_meant else State.UNKNOWN
    wants = replace(ref, port=wanted)
    return Hop(HopKind.PORT, route, at, wants, state, found.nearest, reason, certain=is_meant)


def _may_have(service: Service, attachment: Attachment) -> bool:
    """Whether one of a Service's ports is the one that is asked for, or may be."""
    section, port = attachment.section, attachment.port
    if service.type == "ExternalName" or not service.ports or is_placeholder(section) or is_placeholder(service.type):
        return True
    return any(
        item.number is None
        or is_placeholder(item.name)
        or (section in ("", None, item.name) and port in (None, item.number))
        for item in service.ports
    )

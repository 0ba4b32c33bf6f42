"""An object of Istio that refers to what is not there: a Gateway, a host, a subset, a port."""

from collections.abc import Iterator

from klint import DestinationRule, Finding, Graph, Hop, HopKind, IstioGateway, Related, Severity, VirtualService, rule


@rule(severity="error")
def dangling_mesh_route(resource: VirtualService | IstioGateway | DestinationRule, graph: Graph) -> Iterator[Finding]:
    broken: dict[object, list[Hop]] = {}
    for hop in graph.mesh_breaks(resource):
        broken.setdefault((hop.kind, hop.wants), []).append(hop)
    for first, *again in broken.values():
        meant = first.near or ()
        yield Finding(
            _message(first),
            at=first.at,
            related=(
                *(Related(f"{near.resource} is here", near.at) for near in meant[:3]),
                *(Related(f"{target} is here", target.place) for target in first.targets[:1] if not meant),
                *(Related("also here", hop.at) for hop in again),
            ),
            severity=None if first.certain else Severity.WARNING,
            fix=first.correction(*again),
        )


def _message(hop: Hop) -> str:
    route, wants, reason = hop.source, hop.wants, hop.why
    missing = f"does not exist: {reason}" if hop.near else "is not defined in the workspace"
    match hop.kind:
        case HopKind.PARENT:
            return f"Gateway {wants.name}, which {route} is bound to, {missing}"
        case HopKind.LISTENER if wants.labels:
            return f"Gateway {wants.name} does not admit {wants.labels[0][1]}, a host of {route}: {reason}"
        case HopKind.LISTENER:
            return f"Gateway {wants.name} admits no host of {route}: {reason}"
        case HopKind.SUBSET if wants.labels:
            return f"{route} sends to subset {wants.labels[0][1]}, which it does not see: {reason}"
        case HopKind.SUBSET:
            return f"{route} sends to subset {wants.name}, which is not defined: {reason}"
        case HopKind.BACKEND if wants.kind == "Service":
            return f"{wants}, which {route} is for, {missing}"
        case HopKind.BACKEND if isinstance(route, DestinationRule):
            return f"{route} is for {wants.name}, a host that the mesh does not know: {reason}"
        case HopKind.BACKEND if hop.targets and not hop.near:
            return f"{route} sends to {wants.name}, which it does not see: {reason}"
        case HopKind.BACKEND:
            return f"{route} sends to {wants.name}, a host that the mesh does not know: {reason}"
        case HopKind.DELEGATE if hop.targets and not hop.near:
            return f"VirtualService {wants.name}, a delegate of {route}, gets no requests: {reason}"
        case HopKind.DELEGATE:
            return f"VirtualService {wants.name}, a delegate of {route}, {missing}"
        case HopKind.PORT if wants.kind == "ServiceEntry":
            return f"{route} asks {hop.targets[0]} for port {wants.port}: {reason}"
        case HopKind.PORT if wants.port is None:
            return f"{route} names no port of Service {wants.name}, and requests come on none of them: {reason}"
        case HopKind.PORT:
            return f"{route} listens on port {wants.port}, which {hop.targets[0]} does not open: {reason}"
        case HopKind.SELECTION if isinstance(route, DestinationRule):
            return f"subset {wants.name} of {route} selects no pods of {hop.targets[0]}: {reason}"
    return f"no pods have the labels that {route} selects: {reason}"

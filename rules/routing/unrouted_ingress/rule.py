"""An Ingress that is unreachable from outside the cluster, or whose backends are all broken."""

from collections.abc import Iterator

from klint import Break, Finding, Graph, HopKind, Ingress, Related, Route, Severity, State, Way, rule


@rule(severity="error")
def unrouted_ingress(graph: Graph) -> Iterator[Finding]:
    for broken in graph.breaks(HopKind.CLASS):
        if isinstance(broken.hop.source, Route):
            yield _without_controller(broken, graph)
    for broken in graph.breaks(HopKind.ENTRY):
        yield _without_entry(broken, graph)
    for ingress in graph.ingresses:
        if len({backend.service for backend in ingress.backends}) > 1:
            yield from _without_backend(list(graph.ways_of(ingress)), ingress)
    yield from _without_class(graph)


def _without_controller(broken: Break, graph: Graph) -> Finding:
    hop, (ingress,) = broken.hop, broken.routes
    if hop.wants.name:
        message = f"{ingress} uses {hop.wants}, which no controller here serves: {hop.why}"
        related = tuple(Related(f"{near.resource} is there", near.at) for near in hop.near)
    elif hop.kind is HopKind.CONTROLLER:
        message = f"No controller here takes {ingress}: {hop.why}"
        related = tuple(Related(f"{near.resource} takes only these", near.at) for near in hop.near)
    else:
        message = f"{ingress} has no ingressClassName: {hop.why}"
        workloads = {id(pod.workload): pod.workload for pod in graph.servings(ingress)[0].pods}
        related = tuple(Related("the controller", workload.place) for workload in workloads.values())
    severity = None if hop.certain else Severity.WARNING
    return Finding(message, hop.at, related, (hop,), severity, fix=hop.correction())


def _without_entry(broken: Break, graph: Graph) -> Finding:
    """A controller without an entry is one mistake, however many Ingresses wait behind it."""
    hop, (first, *others) = broken.hop, broken.routes
    waiting = f"{first} and {len(others)} more" if others else str(first)
    where = f"at {hop.wants}" if hop.wants.name else "from outside the cluster"
    return Finding(
        f"{waiting}, served by {hop.source}, cannot be reached {where}: {hop.why}",
        at=next(serving.class_hop.at for serving in graph.servings(first) if serving.entry_hop == hop),
        related=(
            *(Related("this opens no entry", target.at("spec", "type")) for target in hop.targets),
            *(Related(f"{other} waits too", other.place) for other in others),
        ),
        path=broken.ways[0].hops,
        severity=Severity.WARNING,
    )


def _without_backend(ways: list[Way], ingress: Ingress) -> Iterator[Finding]:
    """Several backends, all of them broken. Where there is but one, the finding about that one says it all."""
    ends = {way.backend: way.hops[-1] for way in ways if way.hops[-1].is_broken and way.backend is not None}
    if ends and all(way.backend in ends and way.hops[-1].is_broken for way in ways):
        yield Finding(
            f"All {len(ends)} backends of {ingress} are broken",
            at=ingress.place,
            related=tuple(Related(f"the way to {hop.wants} ends here", hop.at) for hop in ends.values()),
            path=ways[0].hops,
            severity=None if all(hop.certain for hop in ends.values()) else Severity.WARNING,
        )


def _without_class(graph: Graph) -> Iterator[Finding]:
    """Whether the cluster has a default class is one question, however many Ingresses ask it."""
    hops = [
        hop
        for ingress in graph.ingresses
        for hop in (graph.serving(ingress).class_hop,)
        if hop.state is State.UNKNOWN and _is_classless(ingress) and ingress.matches
        if not all(way.hops[-1].is_broken for way in graph.ways_of(ingress))
    ]
    if hops:
        first, *others = hops
        which = f"{first.source} and {len(others)} more name" if others else f"{first.source} names"
        yield Finding(
            f"{which} no class, so only a cluster with a default IngressClass serves {'them' if others else 'it'}",
            at=first.at,
            related=tuple(Related(f"{other.source} names none either", other.at) for other in others),
            path=(first,),
            severity=Severity.NOTE,
        )


def _is_classless(ingress: Ingress) -> bool:
    """Whether it leaves its class to the cluster. An empty ingressClassName is `invalid-ingress`."""
    return not ingress.wanted_class and ingress.get("spec", "ingressClassName") is None

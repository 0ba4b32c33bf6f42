"""An Ingress that no request can come through."""

from collections.abc import Iterator, Sequence

from klint import BackendLink, Finding, Graph, Hop, Ingress, Related, Serving, Severity, State, rule


@rule(severity="error")
def unrouted_ingress(graph: Graph) -> Iterator[Finding]:
    shut: dict[int, list[Serving]] = {}
    classless: list[Serving] = []
    for ingress in graph.ingresses:
        serving = graph.serving(ingress)
        taken, entered = serving.class_hop, serving.entry_hop
        if not _routes_anything(ingress):
            continue
        if taken.state is State.BROKEN:
            yield _without_controller(serving)
        elif entered is not None and entered.state is State.BROKEN:
            shut.setdefault(id(entered.source), []).append(serving)
        elif finding := _without_backend(graph, ingress):
            yield finding
        elif taken.state is State.UNKNOWN and _is_classless(ingress):
            classless.append(serving)
    for servings in shut.values():
        yield from _without_entry(graph, servings)
    if classless:
        yield _without_class(classless)


def _routes_anything(ingress: Ingress) -> bool:
    """An Ingress without rules and default backend is a patch, or invalid."""
    return bool(ingress.rules or ingress.get("spec", "defaultBackend") or ingress.get("spec", "backend"))


def _is_classless(ingress: Ingress) -> bool:
    """Whether it leaves its class to the cluster. An empty ingressClassName is `invalid-ingress`."""
    return not ingress.wanted_class and ingress.get("spec", "ingressClassName") is None


def _without_controller(serving: Serving) -> Finding:
    ingress, hop = serving.ingress, serving.class_hop
    if ingress.wanted_class:
        message = f"{ingress} asks for {hop.wants}, which nothing serves: {hop.why}"
    else:
        message = f"No controller takes {ingress}: {hop.why}"
    related = tuple(Related(f"{target} is there", target.place) for target in hop.targets)
    return Finding(message, hop.at, related, (hop,), None if serving.certain else Severity.WARNING)


def _without_class(servings: Sequence[Serving]) -> Finding:
    """Whether the cluster has a default class is one question, however many Ingresses ask it."""
    first, others = servings[0], servings[1:]
    which = f"{first.ingress} and {len(others)} more name" if others else f"{first.ingress} names"
    return Finding(
        f"{which} no class, so only a cluster with a default IngressClass serves {'them' if others else 'it'}",
        at=first.class_hop.at,
        related=tuple(Related(f"{other.ingress} names none either", other.class_hop.at) for other in others),
        path=(first.class_hop,),
        severity=Severity.NOTE,
    )


def _without_entry(graph: Graph, servings: Sequence[Serving]) -> Iterator[Finding]:
    """A controller without an entry is one mistake, however many Ingresses wait behind it."""
    first, others = servings[0], servings[1:]
    hop = first.entry_hop
    if hop is not None:
        waiting = f"{first.ingress} and {len(others)} more" if others else str(first.ingress)
        yield Finding(
            f"No request from outside comes to {waiting}, served by {hop.source}: {hop.why}",
            at=first.ingress.class_place,
            related=(
                *(Related("this opens no entry", target.at("spec", "type")) for target in hop.targets),
                *(Related(f"{other.ingress} waits too", other.ingress.place) for other in others),
            ),
            path=graph.entry_path(first.ingress),
            severity=Severity.WARNING,
        )


def _without_backend(graph: Graph, ingress: Ingress) -> Finding | None:
    """Several backends, all of them broken. Where there is but one, the finding about that one says it all."""
    links = graph.links(ingress)
    if len({link.backend.service for link in links}) < 2 or len(links) < _count_backends(ingress):
        return None
    breaks = [_break(graph, link) for link in links]
    ends = [hop for hop, _ in breaks if hop is not None]
    if len(ends) < len(links):
        return None
    return Finding(
        f"No request comes through {ingress}: every one of its {len(links)} backends is broken",
        at=ingress.place,
        related=tuple(Related(f"the way to {hop.wants} ends here", hop.at) for hop in ends),
        path=graph.path_through(links[0]),
        severity=None if all(certain for _, certain in breaks) else Severity.WARNING,
    )


def _count_backends(ingress: Ingress) -> int:
    defaults = sum(1 for field in ("defaultBackend", "backend") if ingress.get("spec", field))
    return defaults + sum(len(rule.paths) for rule in ingress.rules)


def _break(graph: Graph, link: BackendLink) -> tuple[Hop | None, bool]:
    """The hop where the way through a backend ends, and whether that is certain; None where it goes on."""
    if link.hop.state is State.BROKEN:
        return link.hop, link.certain
    if link.port_hop is not None and link.port_hop.state is State.BROKEN:
        return link.port_hop, True
    selection = graph.selection(link.service) if link.service is not None else None
    if selection is None or selection.near is None:
        return None, False
    return selection.hop, selection.near.certain

"""From a route to the objects that its requests pass, or that say how it is served."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, State
from klint.kube.filter_references import UNQUALIFIED, Alternatives, references
from klint.kube.middlewares import ELSEWHERE, QUALIFIED
from klint.kube.resource import Resource
from klint.reasons import Reason, why
from klint.records import replace
from klint.regex import regex

if TYPE_CHECKING:
    from klint.fixes import Fix


def filter_hops(resource: Resource, scope: Scope) -> Iterator[Hop]:
    """From a route, a Service or a Middleware to each object that it names, found or not."""
    for alternatives in references(resource):
        hops = list(_hops(resource, alternatives, scope))
        if hops:
            yield min(hops, key=_rank)


def _hops(resource: Resource, alternatives: Alternatives, scope: Scope) -> Iterator[Hop]:
    from klint.exposure.cross_namespace import if_allowed, if_qualified
    from klint.exposure.named import follow

    for item in alternatives:
        if item.ref is None or item.name == ELSEWHERE:
            continue
        hop = Hop(HopKind.FILTER, resource, item.at, item.ref, State.UNKNOWN)
        if item.name == UNQUALIFIED:
            remedy = _qualify(hop, scope)
            yield replace(hop, state=State.BROKEN, why=why(Reason.NO_PROVIDER), certain=True, remedy=remedy)
        elif item.name == QUALIFIED:
            yield if_qualified(follow(hop, scope), scope)
        else:
            yield if_allowed(follow(hop, scope), scope)


def _qualify(hop: Hop, scope: Scope) -> Fix | None:
    """What names the provider, and the namespace where it is not said either, if there is such an object.

    Source: doc.traefik.io reference/routing-configuration/kubernetes/ingress (`<namespace>-<name>@kubernetescrd`).
    """
    from klint.exposure.named import objects_named
    from klint.fixes import Fix
    from klint.text.changes import Replace

    wants, name = hop.wants, hop.wants.name
    prefix, value = f"{wants.namespace}-", hop.at.value
    if not wants.namespace or not isinstance(value, str):
        return None
    if objects_named(wants, scope):
        whole = f"{prefix}{name}@kubernetescrd"
    elif name.startswith(prefix) and objects_named(replace(wants, name=name.removeprefix(prefix)), scope):
        whole = f"{name}@kubernetescrd"
    else:
        return None
    parts = (whole if part == name else part for part in _SEPARATORS.split(value))
    return Fix(f"Change {name} to {whole}", [Replace(hop.at, "".join(parts))])


_SEPARATORS = regex(r"([,\s]+)")


def _rank(hop: Hop) -> int:
    """Of what a reference may mean the first that is there counts, then the one of which klint knows the most."""
    if hop.state is State.RESOLVED:
        return 0
    return 3 if hop.state is State.UNKNOWN else 1 if hop.certain else 2

"""From a route to the objects that its requests pass, or that say how it is served."""

from __future__ import annotations

from collections.abc import Iterator

from klint.exposure.cross_namespace import if_allowed
from klint.exposure.named import follow
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, State
from klint.kube.filter_references import UNQUALIFIED, Alternatives, references
from klint.kube.resource import Resource
from klint.reasons import Reason, why
from klint.records import replace


def filter_hops(resource: Resource, scope: Scope) -> Iterator[Hop]:
    """From a route, a Service or a Middleware to each object that it names, found or not."""
    for alternatives in references(resource):
        hops = list(_hops(resource, alternatives, scope))
        yield min(hops, key=_rank)


def _hops(resource: Resource, alternatives: Alternatives, scope: Scope) -> Iterator[Hop]:
    for item in alternatives:
        if item.ref is None:
            continue
        hop = Hop(HopKind.FILTER, resource, item.at, item.ref, State.UNKNOWN)
        if item.name == UNQUALIFIED:
            yield replace(hop, state=State.BROKEN, why=why(Reason.NO_PROVIDER), certain=True)
        else:
            yield if_allowed(follow(hop, scope), scope)


def _rank(hop: Hop) -> int:
    """Of what a reference may mean the first that is there counts, then the one of which klint knows the most."""
    if hop.state is State.RESOLVED:
        return 0
    return 3 if hop.state is State.UNKNOWN else 1 if hop.certain else 2

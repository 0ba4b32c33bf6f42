"""What the filters of a match come to: what a route itself says, or the objects that it refers to say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from klint.exposure.scope import Scope
from klint.hops import Guard, GuardKind
from klint.kube.filter_references import UNQUALIFIED, Alternatives, by_annotation, meanings
from klint.kube.filters import ALLOW_LISTS, AUTHENTICATION, REDIRECTS, fields
from klint.kube.middlewares import Middleware
from klint.kube.ref import Ref
from klint.kube.resource import Resource
from klint.kube.routes.shape import Filter, Match


def guards_of_filters(match: Match, scope: Scope) -> Iterator[Guard]:
    """The authentication and the allow-lists among the filters of a match, as far as they are in the workspace."""
    for item in chain.from_iterable(_alternatives(match)):
        if item.ref is None:
            yield from _guard(match.route.group, item.name, item)
        elif item.name != UNQUALIFIED:
            for resource in _objects(item.ref, scope):
                for name in fields(resource):
                    yield from _guard(resource.group, name, item)


def hides_guard(match: Match, scope: Scope) -> bool:
    """Whether something that a match has its requests pass may ask who comes, and is not in the workspace."""
    for alternatives in _alternatives(match):
        refs = [item.ref for item in alternatives if item.ref is not None and item.ref.kind in _MAY_ASK]
        if refs and not any(_named(ref, scope) for ref in refs):
            return True
    return False


_MAY_ASK = frozenset(
    (
        *("Middleware", "MiddlewareTCP", "TLSOption", "Policy", "ApisixPluginConfig"),
        *("KongPlugin", "KongClusterPlugin"),
    )
)
"""Kinds of filters that may let in only some: `klint.kube.filters` has what each of them asks."""


def _alternatives(match: Match) -> Iterator[Alternatives]:
    yield from map(meanings, match.filters)
    yield from by_annotation(match.route)


def redirects(match: Match, scope: Scope) -> bool:
    """Whether a middleware of a match answers with a redirect, or one that is not in the workspace may."""
    for alternatives in map(meanings, match.filters):
        refs = [item.ref for item in alternatives if item.ref is not None and item.ref.kind == "Middleware"]
        found = [resource for ref in refs for resource in _objects(ref, scope)]
        if refs and (not found or any(name in REDIRECTS for resource in found for name in fields(resource))):
            return True
    return False


def _guard(group: str, name: str, item: Filter) -> Iterator[Guard]:
    for kind, table in ((GuardKind.AUTHENTICATION, AUTHENTICATION), (GuardKind.ALLOW_LIST, ALLOW_LISTS)):
        if name in table.get(group, ()):
            yield Guard(kind, item.at)


def _named(ref: Ref, scope: Scope) -> Sequence[Resource]:
    from klint.exposure.named import objects_named

    return objects_named(ref, scope)


def _objects(ref: Ref, scope: Scope) -> Iterator[Resource]:
    """The object that is meant, and those that it is made of, each once."""
    waiting, seen = [ref], {ref}
    while waiting:
        found = _named(waiting.pop(), scope)
        if found:
            yield found[0]
            members = found[0].members if isinstance(found[0], Middleware) else ()
            new = [item.ref for item in members if item.ref is not None and item.ref not in seen]
            seen.update(new)
            waiting.extend(new)

"""What the filters of a match come to: what a route itself says, or the objects that it refers to say."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from klint.exposure.named import objects_named
from klint.exposure.scope import Scope
from klint.hops import Guard, GuardKind
from klint.kube.filter_references import UNQUALIFIED, by_annotation
from klint.kube.filters import ALLOW_LISTS, AUTHENTICATION, REDIRECTS, fields
from klint.kube.middlewares import Middleware
from klint.kube.ref import Ref
from klint.kube.resource import Resource
from klint.kube.routes.shape import Filter, Match


def guards_of_filters(match: Match, scope: Scope) -> Iterator[Guard]:
    """The authentication and the allow-lists among the filters of a match, as far as they are in the workspace."""
    for item in (*match.filters, *chain.from_iterable(by_annotation(match.route))):
        if item.ref is None:
            yield from _guard(match.route.group, item.name, item)
        elif item.name != UNQUALIFIED:
            for resource in _objects(item.ref, scope):
                for name in fields(resource):
                    yield from _guard(resource.group, name, item)


def redirects(match: Match, scope: Scope) -> bool:
    """Whether a middleware of a match answers with a redirect, or one that is not in the workspace may."""
    for item in match.filters:
        if item.ref is not None and item.ref.kind == "Middleware":
            found = list(_objects(item.ref, scope))
            if not found or any(name in REDIRECTS for resource in found for name in fields(resource)):
                return True
    return False


def _guard(group: str, name: str, item: Filter) -> Iterator[Guard]:
    for kind, table in ((GuardKind.AUTHENTICATION, AUTHENTICATION), (GuardKind.ALLOW_LIST, ALLOW_LISTS)):
        if name in table.get(group, ()):
            yield Guard(kind, item.at)


def _objects(ref: Ref, scope: Scope) -> Iterator[Resource]:
    """The object that is meant, and those that it is made of, each once."""
    waiting, seen = [ref], {ref}
    while waiting:
        found = objects_named(waiting.pop(), scope)
        if found:
            yield found[0]
            members = found[0].members if isinstance(found[0], Middleware) else ()
            new = [item.ref for item in members if item.ref is not None and item.ref not in seen]
            seen.update(new)
            waiting.extend(new)

"""Scopes → their changes: each root cause once, and in the scope whose objects it is about."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence, Set
from typing import TYPE_CHECKING

from klint.diffing.changes import Change, Kind, Side, What
from klint.diffing.comparison import Comparison, Found, distinct
from klint.diffing.facts import Name, name_of
from klint.records import dataclass, replace

if TYPE_CHECKING:
    from klint.diffing.pairing import Scope


@dataclass(frozen=True)
class Compared:
    """What has changed in a scope."""

    scope: Scope
    changes: tuple[Change, ...]


def compare(scopes: Iterable[Scope]) -> list[Compared]:
    """What has changed in each scope in which something has.

    What is of one bundle, and what another one's requests pass, is told with the first.
    """
    found = [(scope, list(Comparison(scope).found())) for scope in scopes]
    owners = [(_owners(scope), scope) for scope, _ in found]
    told: dict[int, list[Found]] = {id(scope): [] for scope, _ in found}
    for (own, scope), (_, items) in zip(owners, found, strict=True):
        for item in items:
            home = scope
            if item.owner not in own:
                beside = (other for names, other in owners if item.owner in names and _may_meet(other, scope))
                home = next(beside, scope)
            told[id(home)].append(item)
    compared = (Compared(scope, tuple(_merged(told[id(scope)]))) for scope, _ in found)
    return [item for item in compared if item.changes]


def _owners(scope: Scope) -> Set[Name]:
    return {name_of(item) for graph in (*scope.before, *scope.after) for item in graph.resources if item.layer}


def _may_meet(one: Scope, other: Scope) -> bool:
    return one.bundle.target.may_be_beside(other.bundle.target)


def _merged(items: Iterable[Found]) -> Iterator[Change]:
    groups: dict[Hashable, list[Change]] = {}
    for item in items:
        groups.setdefault((item.change.kind, item.change.what, item.group), []).append(item.change)
    merged = [_one(changes) for changes in groups.values()]
    yield from sorted(
        merged, key=lambda item: (list(Kind).index(item.kind), list(What).index(item.what), item.subjects)
    )


def _one(changes: Sequence[Change]) -> Change:
    first = changes[0]
    if len(changes) == 1:
        return first
    return replace(
        first,
        subjects=distinct(text for change in changes for text in change.subjects),
        before=_joined([change.before for change in changes]),
        after=_joined([change.after for change in changes]),
        opened=distinct(item for change in changes for item in change.opened),
        closed=distinct(item for change in changes for item in change.closed),
    )


def _joined(sides: Sequence[Side | None]) -> Side | None:
    found = [side for side in sides if side is not None]
    if not found:
        return None
    return replace(
        found[0],
        places=distinct(place for side in found for place in side.places),
        through=distinct(text for side in found for text in side.through),
        to=distinct(text for side in found for text in side.to),
    )

"""Scopes → their changes: each root cause once, and in the scope whose objects it is about."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from klint.diffing.changes import Change, Kind, Side, What
from klint.diffing.comparison import Comparison, Found, distinct
from klint.diffing.facts import Name
from klint.diffing.pairing import names_of
from klint.records import dataclass, replace

if TYPE_CHECKING:
    from klint.diffing.pairing import Scope
    from klint.errors import Failure


@dataclass(frozen=True)
class Compared:
    """What has changed in a scope."""

    scope: Scope
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Difference:
    """What has changed, scope by scope; the bundles that were not compared, since klint could not render them on one
    side; and what else it could not do."""

    compared: tuple[Compared, ...]
    unrendered: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def changes(self) -> Iterator[Change]:
        """The changes of all scopes."""
        return (change for item in self.compared for change in item.changes)


def compare(scopes: Iterable[Scope]) -> list[Compared]:
    """What has changed in each scope in which something has.

    What is of one bundle, and what another one's requests pass, is told with the first.
    """
    found = [(scope, list(Comparison(scope).found())) for scope in scopes]
    homes: dict[Name, list[Scope]] = {}
    for scope, _ in found:
        for name in names_of((*scope.before, *scope.after)):
            homes.setdefault(name, []).append(scope)
    told: dict[int, list[Found]] = {id(scope): [] for scope, _ in found}
    for scope, items in found:
        for item in items:
            told[id(_home(scope, homes.get(item.owner, ())))].append(item)
    compared = (Compared(scope, tuple(_merged(told[id(scope)]))) for scope, _ in found)
    return [item for item in compared if item.changes]


def _home(scope: Scope, homes: Sequence[Scope]) -> Scope:
    """The scope of those with an object that a change of one scope is told of: that one itself if it has it."""
    if scope in homes:
        return scope
    return next((other for other in homes if other.bundle.target.may_be_beside(scope.bundle.target)), scope)


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

"""What one run of a script has come to last, where the script has branches."""

from __future__ import annotations

from itertools import islice
from typing import Generic, TypeVar

from klint.records import dataclass
from klint.scripts.commands import Command

_MOST_WAYS = 100
"""What stands in more ways of a script's branches than this, counted from its end, is forgotten."""
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Occurrence(Generic[_Item]):
    """Something that stands in a script, and what it has to say."""

    position: int
    command: Command
    item: _Item


class Latest(Generic[_Item]):
    """The latest of something in each way of a script's branches."""

    def __init__(self) -> None:
        self._last: dict[tuple[bool, tuple[tuple[int, int], ...]], Occurrence[_Item]] = {}

    def add(self, position: int, command: Command, item: _Item) -> None:
        """Remember what stands behind all that was added before."""
        way = ("ssh" in command.wrappers, command.branches)
        self._last.pop(way, None)
        self._last[way] = Occurrence(position, command, item)

    def last(self, command: Command) -> Occurrence[_Item] | None:
        """The last that one run of the script may come to as well as to a command."""
        found = islice(reversed(self._last.values()), _MOST_WAYS)
        return next((item for item in found if _may_meet(item.command, command)), None)


def _may_meet(first: Command, second: Command) -> bool:
    """Whether one run of a script may come to both: they stand in no two ways of one branch, and on one machine."""
    if ("ssh" in first.wrappers) != ("ssh" in second.wrappers):
        return False
    ways = dict(first.branches)
    return all(ways.get(point, way) == way for point, way in second.branches)

"""Where the stops of a picture stand: layers are columns, and in each of them an order in which few lines cross.

No library is needed for that: the columns are given, so that of the usual steps (Sugiyama, Tagawa and Toda 1981) only
the order, by barycentres, and the heights are left. A line that passes a column has a place of its own in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, pairwise, repeat

from klint.maps.folding import Picture
from klint.maps.model import LAYERS
from klint.records import dataclass

_ORDERINGS = 6
"""How often the columns are put in order, to and fro."""
_MOVES = 4
"""How often what stands in them is moved beside what it is connected with, to and fro."""
_DEEPEST = 8
"""Columns of routes that hand requests on to each other: what is behind more of them stands in the last."""


@dataclass(slots=True, eq=False)
class Slot:
    """A place in a column, of a stop or of a line that passes; `y` is its upper edge."""

    column: int
    height: float
    y: float = 0.0

    @property
    def middle(self) -> float:
        """Where lines come to it."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Layout:
    """The layer of each column, the slot of each group, the slots that each link goes through, and the height of all.

    Several columns have one layer where routes hand requests on to others.
    """

    layers: tuple[str, ...]
    slots: tuple[Slot, ...]
    courses: tuple[tuple[Slot, ...], ...]
    height: float


def lay_out(picture: Picture, heights: Sequence[float], gap: float, passing: float) -> Layout:
    """Lay out a picture.

    Args:
        picture: what is drawn.
        heights: the height of each group.
        gap: what is kept free between the slots of a column.
        passing: the height that a passing line takes.
    """
    ranks = _ranks(picture)
    columns = {rank: number for number, rank in enumerate(sorted(set(ranks)))}
    slots = [Slot(columns[rank], height) for rank, height in zip(ranks, heights, strict=True)]
    courses = []
    for link in picture.links:
        start, end = slots[link.source], slots[link.target]
        passed = (Slot(column, passing) for column in range(start.column + 1, end.column))
        courses.append((start, *passed, end))
    standing: list[list[Slot]] = [[] for _ in columns]
    for slot in (*slots, *(slot for course in courses for slot in course[1:-1])):
        standing[slot.column].append(slot)
    beside = _beside(courses)
    _put_in_order(standing, beside)
    _put_in_place(standing, beside, gap)
    height = max((slot.y + slot.height for column in standing for slot in column), default=0.0)
    return Layout(tuple(LAYERS[layer] for layer, _ in columns), tuple(slots), tuple(courses), height)


def _ranks(picture: Picture) -> list[tuple[int, int]]:
    """The layer of each group, and how many of that layer requests pass before they come to it."""
    layers = [LAYERS.index(group.layer) for group in picture.groups]
    depths = [0] * len(layers)
    inner = [link for link in picture.links if layers[link.source] == layers[link.target] and not link.is_within]
    for _ in range(_DEEPEST if inner else 0):
        for link in inner:
            depths[link.target] = min(max(depths[link.target], depths[link.source] + 1), _DEEPEST)
    return list(zip(layers, depths, strict=True))


_Beside = Mapping[Slot, Sequence[Slot]]


def _beside(courses: Iterable[tuple[Slot, ...]]) -> tuple[_Beside, _Beside]:
    """What each slot is connected with on its left, and on its right."""
    left: dict[Slot, list[Slot]] = defaultdict(list)
    right: dict[Slot, list[Slot]] = defaultdict(list)
    for course in courses:
        for start, end in pairwise(course):
            if start.column < end.column:
                left[end].append(start)
                right[start].append(end)
    return left, right


def _put_in_order(columns: list[list[Slot]], beside: tuple[_Beside, _Beside]) -> None:
    """Each column by the mean of where its neighbours stand; what has none keeps its place."""
    place = {slot: float(number) for column in columns for number, slot in enumerate(column)}
    for sweep in range(_ORDERINGS):
        neighbours = beside[sweep % 2]
        for column in columns if sweep % 2 == 0 else reversed(columns):
            column.sort(key=lambda slot: _mean([place[item] for item in neighbours.get(slot, ())], place[slot]))
            place.update((slot, float(number)) for number, slot in enumerate(column))


def _put_in_place(columns: Sequence[Sequence[Slot]], beside: tuple[_Beside, _Beside], gap: float) -> None:
    """Each slot as near to its neighbours as the others of its column leave room for; the uppermost at 0."""
    for column in columns:
        _place(column, [0.0] * len(column), gap)
    for move in range(_MOVES):
        neighbours = beside[move % 2]
        for column in columns if move % 2 == 0 else reversed(columns):
            middles = (_mean([item.middle for item in neighbours.get(slot, ())], slot.middle) for slot in column)
            _place(column, [middle - slot.height / 2 for middle, slot in zip(middles, column, strict=True)], gap)
    top = min((slot.y for column in columns for slot in column), default=0.0)
    for column in columns:
        for slot in column:
            slot.y -= top


def _place(column: Sequence[Slot], wanted: Sequence[float], gap: float) -> None:
    """As near to where the slots of a column are wanted as their order and heights allow, by least squares.

    Those that are in each other's way are pooled, and stand around the mean (isotonic regression).
    """
    offset, offsets = 0.0, []
    pools: list[tuple[float, int]] = []
    for slot, want in zip(column, wanted, strict=True):
        offsets.append(offset)
        total, count = want - offset, 1
        while pools and pools[-1][0] * count >= total * pools[-1][1]:
            before, members = pools.pop()
            total, count = total + before, count + members
        pools.append((total, count))
        offset += slot.height + gap
    tops = chain.from_iterable(repeat(total / count, count) for total, count in pools)
    for slot, top, own in zip(column, tops, offsets, strict=True):
        slot.y = top + own


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise

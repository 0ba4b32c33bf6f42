"""The bundles of two sides → those that are to be compared: what one was, by whatever name and in whatever folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import TYPE_CHECKING

from klint.diffing.facts import Name, name_of
from klint.records import dataclass

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.workspace.bundles import Bundle
    from klint.workspace.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Scope:
    """Bundles that are compared as one: mostly one of each side, with one name."""

    before: tuple[Graph, ...]
    after: tuple[Graph, ...]

    @property
    def bundle(self) -> Bundle:
        """The one that it is called after."""
        return (*self.after, *self.before)[0].bundle

    @property
    def environment(self) -> str:
        """The environment of the first bundle that has one."""
        graphs = (*self.after, *self.before)
        return next((found for graph in graphs if (found := graph.bundle.target.environment)), "")


def scopes(before: Sequence[Graph], after: Sequence[Graph], folders: tuple[str, str] = ("", "")) -> list[Scope]:
    """What is to be compared: the bundles of one name, and those between which an object was moved.

    Args:
        before: the graphs of one side.
        after: those of the other.
        folders: the folders of the sides, as bundles have them in their names.
    """
    sides: list[tuple[list[Graph], list[Graph]]] = [
        ([first] if first else [], [second] if second else []) for first, second in _by_name(before, after, folders)
    ]
    parent = list(range(len(sides)))

    def find(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for group in _moved(sides):
        first, *others = group
        for other in others:
            one, two = sorted((find(first), find(other)))
            parent[two] = one
    joined: dict[int, tuple[list[Graph], list[Graph]]] = defaultdict(lambda: ([], []))
    for index, (old, new) in enumerate(sides):
        joined[find(index)][0].extend(old)
        joined[find(index)][1].extend(new)
    return [Scope(tuple(old), tuple(new)) for old, new in joined.values()]


def set_apart(
    found: Sequence[Scope], before: Workspace, after: Workspace, folders: tuple[str, str] = ("", "")
) -> tuple[list[Scope], list[str]]:
    """The scopes that can be compared, and the names of the bundles of the others: they are not rendered on one side.

    What is missing there would be told as if it were gone.
    """
    lacking = [
        {_relative(item.name, folder) for item in workspace.renderings if item.problems and not item.documents}
        for workspace, folder in ((before, folders[0]), (after, folders[1]))
    ]
    if not any(lacking):
        return list(found), []
    comparable, names = [], []
    for scope in found:
        sides = ((scope.before, folders[0], lacking[1]), (scope.after, folders[1], lacking[0]))
        lost = [
            graph.bundle.name
            for graphs, folder, missing in sides
            for graph in graphs
            if _relative(graph.bundle.name, folder) in missing
        ]
        names += lost
        if not lost:
            comparable.append(scope)
    return comparable, names


def _by_name(
    before: Sequence[Graph], after: Sequence[Graph], folders: tuple[str, str]
) -> Iterator[tuple[Graph | None, Graph | None]]:
    """The bundles of one name and environment together; of those that are left, those of one name."""
    old = [(_relative(graph.bundle.name, folders[0]), graph) for graph in before]
    new = [(_relative(graph.bundle.name, folders[1]), graph) for graph in after]
    taken: dict[int, Graph] = {}
    left = list(old)
    for is_exact in (True, False):
        waiting: dict[tuple[str, str], list[Graph]] = defaultdict(list)
        for name, graph in left:
            waiting[name, graph.bundle.target.environment if is_exact else ""].append(graph)
        for name, graph in new:
            found = waiting.get((name, graph.bundle.target.environment if is_exact else ""))
            if found and id(graph) not in taken:
                taken[id(graph)] = found.pop(0)
        used = set(map(id, taken.values()))
        left = [(name, graph) for name, graph in left if id(graph) not in used]
    yield from ((taken.get(id(graph)), graph) for _, graph in new)
    yield from ((graph, None) for _, graph in left)


def _relative(name: str, folder: str) -> str:
    return name.removeprefix(folder).lstrip("/") if folder else name


def _moved(sides: Sequence[tuple[list[Graph], list[Graph]]]) -> Iterator[list[int]]:
    """Which of the pairs an object left or came to, where both happened in clusters that may be one."""
    gone: dict[Name, list[int]] = defaultdict(list)
    come: dict[Name, list[int]] = defaultdict(list)
    for index, (old, new) in enumerate(sides):
        was, is_ = names_of(old), names_of(new)
        for name in was - is_:
            gone[name].append(index)
        for name in is_ - was:
            come[name].append(index)
    for name in gone.keys() & come.keys():
        known: dict[str, list[int]] = defaultdict(list)
        for index in (*gone[name], *come[name]):
            known[(sides[index][1] or sides[index][0])[0].bundle.target.environment].append(index)
        anywhere = known.pop("", [])
        for group in known.values() or [[]]:
            both = [*group, *anywhere]
            if not set(both).isdisjoint(gone[name]) and not set(both).isdisjoint(come[name]):
                yield both


def names_of(graphs: Iterable[Graph]) -> Set[Name]:
    """The objects of the layers that have names."""
    return {name_of(item) for graph in graphs for item in graph.resources if item.layer and item.name}

"""What a change does to exposure, as a comment on a pull or merge request: GitHub's kind of Markdown.

What got worse is told first, the rest is folded up below it, with a map of what has changed. The whole is short enough
for a comment, whatever has changed: what there is no room for is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from klint.report.diff import title
from klint.report.diff_map import diff_map
from klint.report.diff_words import MANY, label, not_compared, remarks, sentence, summary
from klint.report.escape import inert
from klint.report.markdown import CLOSING, LIMIT, bounded, code, failed, folded, prose, size
from klint.report.repository import RepositoryPaths
from klint.text.words import counted

if TYPE_CHECKING:
    from klint.diffing.changes import Change
    from klint.diffing.comparing import Compared, Difference
    from klint.text.document import Place
    from klint.workspace.workspace import Workspace


def to_markdown(difference: Difference, before: Workspace, after: Workspace) -> str:
    """The changes in at most `LIMIT` bytes; the files of both sides by their paths in the repository."""
    compared, changes = difference.compared, list(difference.changes)
    drawn = diff_map(compared)
    ways = list(folded("What changed, drawn", ["```mermaid", *drawn, "```"])) if drawn else []
    lines = [f"## klint: {_lowered(summary(changes))}", "", *failed(difference.failures)]
    lines += [line for text in not_compared(difference) for line in (prose(text), "")]
    items = _Items(RepositoryPaths(before), RepositoryPaths(after))
    room = LIMIT - CLOSING - sum(map(size, (*lines, *ways)))
    worse, others = (list(_told(compared, items, is_worse=is_worse)) for is_worse in (True, False))
    shown = _fitting(worse, room)
    lines += shown
    rest = _fitting(others, room - sum(map(size, shown)) - CLOSING)
    if rest:
        lines += folded(f"{counted(sum(not change.is_worse for change in changes), 'more change')}", rest)
    if len(shown) + len(rest) < len(worse) + len(others):
        lines += ["", "There is no room here for all of it."]
    lines += ways
    return inert("".join(f"{line}\n" for line in lines))


def _lowered(text: str) -> str:
    return f"{text[0].lower()}{text[1:]}"


def _fitting(lines: Sequence[str], room: int) -> list[str]:
    """The first lines, as many as there is room for."""
    shown = []
    for line in lines:
        room -= size(line)
        if room < 0:
            break
        shown.append(line)
    return shown


def _told(compared: Iterable[Compared], items: _Items, *, is_worse: bool) -> Iterator[str]:
    for item in compared:
        changes = [change for change in item.changes if change.is_worse is is_worse]
        if changes:
            yield f"**{prose(title(item.scope))}**"
            yield ""
            for change in changes:
                yield from items.item(change)
            yield ""


class _Items:
    """Makes an item of a list of a change; files by their paths in the repository."""

    def __init__(self, before: RepositoryPaths, after: RepositoryPaths) -> None:
        self._before = before
        self._after = after

    def item(self, change: Change) -> Iterator[str]:
        """The word for it, the sentence and the places, and below that what follows."""
        sides = (("was", change.before, self._before), ("is", change.after, self._after))
        places = [f"{word} {self._places(side.places, paths)}" for word, side, paths in sides if side and side.places]
        yield f"- **{label(change)}**: {prose(bounded(sentence(change)))} ({'; '.join(places)})"
        yield from (f"  - {prose(bounded(text))}" for text in remarks(change, MANY))

    def _places(self, places: Sequence[Place], paths: RepositoryPaths) -> str:
        spans = dict.fromkeys((paths.path(place.span.source), place.span.line) for place in places)
        named = [code(f"{path}:{line}") for path, line in list(spans)[:MANY]]
        return ", ".join(named) + (f" and {len(spans) - MANY} more" if len(spans) > MANY else "")

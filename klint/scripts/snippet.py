"""Texts that stand inside other texts, and where each of their characters stands there.

A script in a YAML block scalar, in a quoted string or in a heredoc is read as a `Snippet`: its text as the shell gets
it, and for every character the range in the file that it came from. So an indentation that YAML strips, an escape, a
fold, a variable that was filled in: none of them moves a finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from klint.records import dataclass
from klint.text import yaml
from klint.text.characters import characters, scalar_range
from klint.text.document import Document
from klint.text.source import Source, Span

HOLE = "\ufdd0"
"""Stands in a text for a part that cannot be known. A Unicode noncharacter: no text of a file holds it."""


MAX_ADDED = 2**18
"""Characters that filling in values may add to a text. What comes after them counts as unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Snippet:
    """A text found in a source. Character `i` of `text` came from `starts[i]` to `ends[i]` of `source.text`."""

    source: Source
    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def whole(cls, source: Source) -> Snippet:
        """A source's own text."""
        return cls.part(source, 0, len(source.text))

    @classmethod
    def part(cls, source: Source, start: int, end: int) -> Snippet:
        """A range of a source's text, as it stands there."""
        return cls(source, source.text[start:end], range(start, end), range(start + 1, end + 1))

    @classmethod
    def standing_at(cls, source: Source, text: str, start: int, end: int) -> Snippet:
        """A text all of which came from one range: the value of a variable, where the variable is used."""
        return cls(source, text, [start] * len(text), [end] * len(text))

    @classmethod
    def join(cls, snippets: Iterable[Snippet], separator: str = "") -> Snippet:
        """Snippets one after the other. What is of another source than the first stands behind what comes before it.

        Raises:
            ValueError: there are none.
        """
        parts = list(snippets)
        if not parts:
            raise ValueError("no snippets to join")
        starts: list[int] = []
        ends: list[int] = []
        for index, part in enumerate(parts):
            if index:
                at = ends[-1] if ends else part.starts[0] if part.text else 0
                starts.extend([at] * len(separator))
                ends.extend([at] * len(separator))
            if part.source is not parts[0].source:
                at = ends[-1] if ends else 0
                part = cls.standing_at(parts[0].source, part.text, at, at)
            starts.extend(part.starts)
            ends.extend(part.ends)
        return cls(parts[0].source, separator.join(part.text for part in parts), starts, ends)

    def range(self, start: int, end: int) -> tuple[int, int]:
        """The range of the source that a range of the text came from; an empty one stands before its character."""
        if not self.text:
            return (0, 0)
        end = min(end, len(self.text))
        if start >= end:
            at = self.starts[start] if start < len(self.text) else self.ends[-1]
            return (at, at)
        return (self.starts[start], self.ends[end - 1])

    def span(self, start: int, end: int) -> Span:
        """The span in the source of a range of the text."""
        return self.source.span(*self.range(start, end))

    def cut(self, start: int, end: int) -> Snippet:
        """A range of the text, as a snippet."""
        return Snippet(self.source, self.text[start:end], self.starts[start:end], self.ends[start:end])

    def lines(self) -> list[Snippet]:
        """The lines, without their breaks."""
        found = []
        start = 0
        for line in self.text.splitlines(keepends=True):
            found.append(self.cut(start, start + len(line.rstrip("\r\n"))))
            start += len(line)
        return found

    def replace(self, pattern: re.Pattern[str], value: Callable[[re.Match[str]], str]) -> Snippet:
        """The text with every match replaced; what stands there instead came from the match."""
        pieces: list[Snippet] = []
        last = added = 0
        for match in pattern.finditer(self.text):
            new = value(match)
            added += len(new)
            pieces.append(self.cut(last, match.start()))
            pieces.append(
                Snippet.standing_at(self.source, new if added < MAX_ADDED else HOLE, *self.range(*match.span()))
            )
            last = match.end()
        if not pieces:
            return self
        return Snippet.join([*pieces, self.cut(last, len(self.text))])


def of_scalar(document: Document, node: yaml.Node) -> Snippet:
    """A YAML or JSON scalar's value. What is no string (a number, a boolean) is taken as it is written."""
    start, end = scalar_range(document, node)
    if not isinstance(node.data, str):
        return Snippet.part(document.source, start, end)
    found = characters(document, node)
    if found is None:
        return Snippet.standing_at(document.source, node.data, start, end)
    return Snippet(document.source, node.data, found.starts, found.ends)

"""Edits: what to write in the place of what, in a file that a person writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate

from klint.records import dataclass
from klint.text.source import Source, Span


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement: a span of a file, and the text that goes there. An empty span is where something is added."""

    span: Span
    text: str

    @property
    def source(self) -> Source:
        """The file."""
        return self.span.source

    def narrowed(self) -> Edit:
        """The same edit of no more lines than differ."""
        start, end = self.span.start, self.span.end
        old, new = self.source.text[start:end].splitlines(True), self.text.splitlines(True)
        shorter = min(len(old), len(new))
        first = next((index for index in range(shorter) if old[index] != new[index]), shorter)
        left = shorter - first
        last = next((index for index in range(left) if old[-1 - index] != new[-1 - index]), left)
        start += sum(map(len, old[:first]))
        end -= sum(map(len, old[len(old) - last :]))
        return Edit(self.source.extent(start, end), "".join(new[first : len(new) - last]))

    def parts(self) -> Iterator[Edit]:
        """The same edit as several: one for each run of lines that differ."""
        from klint.text.differences import differences

        source, start = self.source, self.span.start
        old, new = source.text[start : self.span.end].splitlines(True), self.text.splitlines(True)
        offsets = list(accumulate(map(len, old), initial=start))
        for part in differences(old, new):
            span = source.extent(offsets[part.old_start], offsets[part.old_end])
            yield Edit(span, "".join(new[part.new_start : part.new_end]))


def edited(text: str, edits: Iterable[Edit]) -> str:
    """A text with some edits made.

    Raises:
        ValueError: two of them overlap.
    """
    parts: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end)):
        if edit.span.start < position:
            raise ValueError(f"two edits overlap at {edit.span}")
        parts += [text[position : edit.span.start], edit.text]
        position = edit.span.end
    return "".join([*parts, text[position:]])

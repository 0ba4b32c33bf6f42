"""A text with a name, and ranges of it."""

from __future__ import annotations

from bisect import bisect_right

from klint.records import cached_property, dataclass


@dataclass(frozen=True, eq=False)
class Source:
    """A text with a name, both with forward slashes.

    `path` is the file as reports show it, `relative` its path from the workspace's root (empty for standard input);
    `text` has no byte order mark (`has_bom` says whether the file has one), and is empty when the file was too large
    to read.
    """

    path: str
    text: str
    relative: str = ""
    is_oversized: bool = False
    has_bom: bool = False

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset of every line's first character."""
        starts = [0]
        position = self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        return starts

    def line(self, number: int) -> str:
        """A line's text by its number from 1, without its line break."""
        start, end = self.line_range(number)
        return self.text[start:end]

    def line_range(self, number: int) -> tuple[int, int]:
        """The offsets of a line's start and end, without its line break. Costs nothing, however long the line is."""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        while end > start and self.text[end - 1] in "\r\n":
            end -= 1
        return start, end

    def span(self, start: int, end: int, *, approximate: bool = False) -> Span:
        """The span of a range of offsets. What runs over several lines is cut at the end of its first."""
        start = min(start, len(self.text))
        index = bisect_right(self.line_starts, start) - 1
        line_start, line_end = self.line_range(index + 1)
        start = min(start, line_end)
        end = max(start, min(end, line_end))
        return Span(self, index + 1, start - line_start + 1, index + 1, end - line_start + 1, approximate)

    def extent(self, start: int, end: int) -> Span:
        """The span of a range of offsets, whole, however many lines it runs over."""
        first, last = bisect_right(self.line_starts, start), bisect_right(self.line_starts, end)
        return Span(self, first, start - self.line_starts[first - 1] + 1, last, end - self.line_starts[last - 1] + 1)

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, each from 1; the text's end for what would lie behind it."""
        if line > len(self.line_starts):
            return len(self.text)
        return min(self.line_starts[line - 1] + column - 1, len(self.text))


@dataclass(frozen=True, slots=True)
class Span:
    """A range in a source. Lines and columns count from 1, columns in code points; `end_column` is exclusive.

    `start` and `end` are the same range as offsets in the source's text, in characters.
    `approximate` is set where a rendered text could not be traced to exactly this line.
    """

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int
    approximate: bool = False

    @property
    def start(self) -> int:
        """The offset of its first character in the source's text."""
        return self.source.offset(self.line, self.column)

    @property
    def end(self) -> int:
        """The offset behind its last character in the source's text."""
        return self.source.offset(self.end_line, self.end_column)

    @property
    def span(self) -> Span:
        """Itself, so that a finding may stand on a Place or on a Span."""
        return self

    @property
    def file(self) -> str:
        """The source's path as shown."""
        return self.source.path

    @property
    def sort_key(self) -> tuple[str, int, int, int, int]:
        """Orders spans by file, then from top to bottom."""
        return (self.source.path, self.line, self.column, self.end_line, self.end_column)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

"""Text → Documents; Place → Span.

A `Document` is plain data and the text it came from. A `Place` names a part of it by path and costs nothing; it
becomes a `Span` (file, lines, columns) only when somebody looks, and only then is the text read with positions.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Protocol

from klint.records import dataclass, replace
from klint.text import yaml

Path = tuple[str | int, ...]
"""Keys and list indices from a document's root: `("spec", "ports", 0, "nodePort")`."""


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


@dataclass(frozen=True, slots=True)
class Span:
    """A range in a source. Lines and columns count from 1, columns in code points; `end_column` is exclusive.

    `approximate` is set where a rendered text could not be traced to exactly this line.
    """

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int
    approximate: bool = False

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


@dataclass(frozen=True, slots=True)
class Place:
    """A document and a path in it; no line is known yet."""

    document: Document
    path: Path

    @property
    def span(self) -> Span:
        """Where a person would edit it: see `Document.span`."""
        return self.document.span(self.path)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a document as text: the name of klint's own rule for it, a message and where.

    `is_harmless` is set where nothing need be wrong: a template, or a tool that is not installed. `met_by` is the
    overlay or the set of values that met it, where others may meet it as well. `counts` is set where this one counts
    and the first of `related` does not.
    """

    rule: str
    message: str
    span: Span
    related: tuple[tuple[str, Span], ...] = ()
    is_harmless: bool = False
    met_by: str = ""
    counts: bool = False

    @property
    def sentence(self) -> str:
        """The message, with the line of what does not count. In a template one line may make both."""
        if not self.counts:
            return self.message
        lost = self.related[0][1]
        if lost.sort_key == self.span.sort_key:
            return f"{self.message}: this line makes both, and the last one counts"
        place = f"line {lost.line}" if lost.file == self.span.file else str(lost)
        return f"{self.message}: this one counts, not the one on {place}"


class Origin(Protocol):
    """The way back from a rendered document to the files a person would edit."""

    @property
    def written(self) -> Document | None:
        """The document that it was rendered from, if that is one."""

    def back(self, rendered: Span) -> Span:
        """Where a span of the rendered text comes from."""

    def span(self, document: Document, path: Path) -> Span:
        """Where to edit the value at a path."""

    def related(self, document: Document, path: Path) -> tuple[tuple[str, Span], ...]:
        """Other places that made the value what it is, each with what it is."""


@dataclass(frozen=True, eq=False)
class Document:
    """One YAML or JSON document: plain data, and where it came from.

    `data` is what kubectl would read (mappings, lists, strings, numbers, booleans, None), or None when the text
    does not parse; `problems` says why. `start` and `end` are offsets in `source.text`. A rendered document has an
    `origin`, and `source` is then the rendered text.
    """

    source: Source
    start: int
    end: int
    data: Any
    problems: tuple[Problem, ...] = ()
    origin: Origin | None = None

    @property
    def text(self) -> str:
        """The document's own text, with its `---` line if it has one."""
        return self.source.text[self.start : self.end]

    @property
    def file(self) -> Source:
        """What it is written in: of a built object the file that has it, else the document's own source."""
        written = self.origin.written if self.origin else None
        return written.source if written else self.source

    @cached_property
    def root(self) -> yaml.Node | None:
        """The document read with positions; None when it is empty or does not parse."""
        try:
            return yaml.compose(self.text).root
        except yaml.YamlError:
            return None

    def span(self, path: Path) -> Span:
        """Where a person would edit the value at `path`: in the file that was rendered, if one was."""
        return self.origin.span(self, path) if self.origin else self.rendered_span(path)

    def rendered_span(self, path: Path) -> Span:
        """Where the value at `path` stands in the document's own text.

        A scalar's span is the scalar, a collection's is its key (in a list, its first line), so that a span stays
        on one line. A path that leads nowhere stands for what encloses it: a missing field is added there.
        """
        node = self.root
        if node is None:
            return self.source.span(self.start, self.start)
        start, end = node.start, node.end
        for step in path:
            entry = node.child(step)
            if entry is None:
                break
            node = entry.node
            start, end = entry.start, entry.end
            if entry.key_start >= 0 and (node.kind != "scalar" or start == end):
                start, end = entry.key_start, entry.key_end
        return self.source.span(self.start + start, self.start + end)

    def text_ranges(self) -> Iterator[tuple[int, int]]:
        """Offsets in the source of what is text, whatever it looks like: keys, and values without their `|` line."""
        for node in self.root.descendants() if self.root else ():
            start = self.start + node.start
            if node.style in ("|", ">"):
                start = self.source.text.find("\n", start) + 1 or self.end
            if node.kind == "scalar":
                yield start, self.start + node.end
            for entry in node.entries.values():
                yield self.start + entry.key_start, self.start + entry.key_end


def read_documents(source: Source, origin: Origin | None = None) -> Iterator[Document]:
    """The documents of a YAML or JSON text. A broken one does not cost the others: it has problems instead of data."""
    for start, end in _cut(source.text):
        document = _read(source, start, end)
        yield replace(document, origin=origin) if origin else document


_FIRST_OBJECT = re.compile(r"(?:---[^\n]*\n)?(?:\s|#[^\n]*)*+(?=\{)")
_NEXT_OBJECT = re.compile(r"\}((?:\s|#[^\n]*)*+)\{")


def _cut(text: str) -> Iterator[tuple[int, int]]:
    for start, end in yaml.split(text):
        first = _FIRST_OBJECT.match(text, start, end)
        if first and _NEXT_OBJECT.search(text, first.end(), end):
            yield from _cut_json(text, start, first.end(), end)
        else:
            yield start, end


def _cut_json(text: str, start: int, position: int, end: int) -> Iterator[tuple[int, int]]:
    """JSON objects may follow each other without a marker, as kubectl allows. What is no JSON stays in one piece."""
    import json

    decoder = json.JSONDecoder()
    while True:
        try:
            stop = decoder.raw_decode(text, position)[1]
        except (ValueError, RecursionError):
            break
        following = _NEXT_OBJECT.match(text, stop - 1, end)
        if following is None:
            break
        yield start, stop
        start = position = following.end(1)
    yield start, end


def _read(source: Source, start: int, end: int) -> Document:
    text = source.text[start:end]
    try:
        data, duplicates = yaml.load(text)
    except yaml.TooComplexError as error:
        span = source.span(start + error.offset, start + error.offset + 1)
        problem = Problem("not-analysed", f"Too complex to look into: {error.message}", span)
        return Document(source, start, end, None, (problem,))
    except yaml.YamlError as error:
        return Document(source, start, end, None, (_syntax_problem(source, start, text, error),))
    problems = tuple(_duplicate_key(source, start, key) for key in duplicates)
    return Document(source, start, end, data, problems)


def _duplicate_key(source: Source, start: int, key: yaml.DuplicateKey) -> Problem:
    first = source.span(start + key.first_offset, start + key.first_offset + key.end - key.offset)
    message = f"{key.key!r} stands twice in one mapping"
    return Problem(
        "duplicate-key", message, source.span(start + key.offset, start + key.end), (("lost", first),), counts=True
    )


def _syntax_problem(source: Source, start: int, text: str, error: yaml.YamlError) -> Problem:
    """A text that no YAML reader takes: a template if it looks like one, else a syntax error."""
    from klint.text.syntax import explain, template_mark

    mark = template_mark(text, error)
    if mark is not None:
        message = "Not YAML as it stands: this looks like a template that some tool fills in first"
        return Problem("not-analysed", message, source.span(start + mark, start + mark + 2), is_harmless=True)
    message, offset = explain(text, error)
    return Problem("syntax-error", message, source.span(start + offset, start + offset + 1))

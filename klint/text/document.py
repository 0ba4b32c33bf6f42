"""Documents, and places in them: Place → Span.

A `Document` is plain data and the text it came from. A `Place` names a part of it by path and costs nothing; it
becomes a `Span` (file, lines, columns) only when somebody looks, and only then is the text read with positions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from klint.records import cached_property, dataclass, replace
from klint.text import yaml
from klint.text.data import MISSING, value_at
from klint.text.source import Source, Span

if TYPE_CHECKING:
    from klint.edits import Edit
    from klint.text.editing.layout import Layout
    from klint.text.yaml.outline import Outline

Path = tuple[str | int, ...]
"""Keys and list indices from a document's root: `("spec", "ports", 0, "nodePort")`."""


@dataclass(frozen=True, slots=True)
class Place:
    """A document and a path in it; no line is known yet."""

    document: Document
    path: Path

    @property
    def value(self) -> Any:
        """What the document has there; MISSING if it has nothing."""
        return value_at(self.document.data, self.path)

    @property
    def items(self) -> tuple[Place, ...]:
        """The items of a list; none of anything else."""
        value = self.value
        return tuple(self.below(index) for index in range(len(value))) if isinstance(value, list) else ()

    def below(self, *path: str | int) -> Place:
        """The place at a path below, whether or not something is there."""
        return Place(self.document, self.path + path)

    @property
    def span(self) -> Span:
        """Where a person would edit it: see `Document.span`."""
        return self.document.span(self.path)

    def replace(self, value: Any) -> Edit | None:
        """The edit that gives it another value; None where nobody wrote it as it is, or no edit of it is certain."""
        from klint.text.changes import Replace
        from klint.text.editing import edit_of

        return edit_of(Replace(self, value))

    def insert(self, step: str | int, value: Any) -> Edit | None:
        """The edit that adds a value under a new key, or before an index of a list; None as above."""
        from klint.text.changes import Insert
        from klint.text.editing import edit_of

        return edit_of(Insert(self, step, value))

    def remove(self) -> Edit | None:
        """The edit that takes it away with its key, or out of its list; None as above."""
        from klint.text.changes import Remove
        from klint.text.editing import edit_of

        return edit_of(Remove(self))


class ObjectPlace(Place):
    """An object as a whole: its name, where its author wrote it, whichever overlay gave it another one since."""

    __slots__ = ()

    @property
    def span(self) -> Span:
        """Where a person would look for the object: see `Document.authored_span`."""
        return self.document.authored_span(self.path)


_MANY = 3
"""Of those who met a problem, how many are named."""


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

    def met(self, *names: str) -> Problem:
        """The same problem, with the first few of those who met it in the message."""
        if not names:
            return self
        others = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
        return replace(self, message=f"{self.message} (met by {', '.join(names[:_MANY])}{others})", met_by="")

    @property
    def sentence(self) -> str:
        """The message, with the line of what does not count. In a template one line may make both."""
        if not self.counts:
            return self.message
        lost = self.related[0][1]
        if lost.sort_key == self.span.sort_key:
            return f"{self.message}: this line makes both, and the first value is lost"
        place = f"line {lost.line}" if lost.file == self.span.file else str(lost)
        return f"{self.message}; the value on {place} is lost"


class Origin(Protocol):
    """The way back from a rendered document to the files a person would edit."""

    @property
    def written(self) -> Document | None:
        """The document that it was rendered from, if that is one."""

    def back(self, rendered: Span) -> Span:
        """Where a span of the rendered text comes from."""

    def span(self, document: Document, path: Path) -> Span:
        """Where to edit the value at a path."""

    def place(self, document: Document, path: Path) -> Place | None:
        """The place that has the value at a path itself, in a document that a person writes; None if none is known."""

    def related(self, document: Document, path: Path) -> tuple[tuple[str, Span], ...]:
        """Other places that made the value what it is, each with what it is."""


@dataclass(frozen=True, eq=False)
class Document:
    """One YAML or JSON document: plain data, and where it came from.

    `data` is what kubectl would read (mappings, lists, strings, numbers, booleans, None), or None when the text
    does not parse; `problems` says why. `start` and `end` are offsets in `source.text`. A rendered document has an
    `origin`, and `source` is then the rendered text. A document whose text is the value of a scalar of another has that
    as its `holder`.
    """

    source: Source
    start: int
    end: int
    data: Any
    problems: tuple[Problem, ...] = ()
    origin: Origin | None = None
    holder: Place | None = None

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
        from klint.text.yaml.composing import compose

        try:
            return compose(self.text).root
        except yaml.YamlError:
            return None

    def span(self, path: Path) -> Span:
        """Where a person would edit the value at `path`: in the file that was rendered, if one was."""
        if path not in self._spans:
            self._spans[path] = self.origin.span(self, path) if self.origin else self.rendered_span(path)
        return self._spans[path]

    @cached_property
    def _spans(self) -> dict[Path, Span]:
        """What was asked for: a finding is looked up to merge it, to silence it, to sort it and to show it."""
        return {}

    def authored_span(self, path: Path) -> Span:
        """Where the author of an object wrote the value at `path`, if an overlay has only added to it."""
        written = self.origin.written if self.origin else None
        if written is None or value_at(written.data, ("kind",)) != value_at(self.data, ("kind",)):
            return self.span(path)
        value, built = value_at(written.data, path), value_at(self.data, path)
        is_part = isinstance(value, str) and isinstance(built, str) and bool(value) and value in built
        return written.span(path) if is_part else self.span(path)

    def place(self, path: Path) -> Place | None:
        """The place that has the value at `path` itself, in a document that a person writes.

        None where there is no such value, or none that a person wrote as it is.
        """
        if value_at(self.data, path) is MISSING:
            return None
        return self.origin.place(self, path) if self.origin else Place(self, path)

    def node(self, path: Path) -> yaml.Node | None:
        """What stands at `path`, with positions; None if nothing does."""
        node = self.root
        for step in path:
            entry = node.child(step) if node else None
            node = entry.node if entry else None
        return node

    def rendered_span(self, path: Path) -> Span:
        """Where the value at `path` stands in the document's own text.

        A scalar's span is the scalar, a collection's is its key (in a list, its first line), so that a span stays
        on one line. A path that leads nowhere stands for what encloses it: a missing field is added there.
        """
        is_composed = "root" in vars(self)  # for one thing that the outline could not tell
        found = None if is_composed else self.outline.span(path)
        if found is None:
            found = self.root.span(path) if self.root else (0, 0)
        return self.source.span(self.start + found[0], self.start + found[1])

    def path_at(self, offset: int) -> Path:
        """The path of the value that stands at an offset of the source, or whose key does.

        The empty path where nothing does: between values, in a comment, in another document.
        """
        if not self.start <= offset <= self.end:
            return ()
        found = self.outline.path_at(offset - self.start)
        if found is None:
            found = self.root.path_at(offset - self.start) if self.root else ()
        return found

    @cached_property
    def outline(self) -> Outline:
        """The document's lines, which tell most places without a composer."""
        from klint.text.yaml.outline import Outline

        return Outline(self.text, self.data)

    @cached_property
    def layout(self) -> Layout | None:
        """How the document is laid out, for edits; None when it is empty or does not parse."""
        from klint.text.editing.layout import Layout

        return Layout(self.text, self.root) if self.root else None

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

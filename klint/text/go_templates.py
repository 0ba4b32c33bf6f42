"""Go templates as far as they are plain: text that a tool fills in before it is YAML.

Known are values and functions (`klint.text.go_expressions`), and `if`. Nothing is run. Text is filled in as Go does it,
where all of it is known; or line by line, where an action that klint does not know leaves a placeholder, and one that
decides which lines there are makes the whole text no plain one.

Source: pkg.go.dev/text/template ("Text and spaces", "Actions").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from klint.records import dataclass
from klint.regex import regex
from klint.text.document import Document, Path, Place
from klint.text.go_expressions import MAX_TEXT, SPRIG, Functions, Look, Unknown, evaluate, printed
from klint.text.reading import read_documents
from klint.text.source import Source, Span

_ACTION = regex(
    r"""\{\{(-(?=\s))?((?:/\*(?:[^*]|\*(?!/))*+\*/|`[^`]*+`|"(?:\\.|[^"\\])*+"|[^`"}/]|/(?!\*)|\}(?!\}))*+)\}\}""",
    re.DOTALL,
)
_KEYWORD = regex(r"(if|else\s+if|else|end|range|with|define|template|block|break|continue)\b\s*(.*)", re.DOTALL)
_NAME = regex(r"[A-Za-z_]\w*")
_INDENT = regex(r"\|\s*n?indent\s+(\d+)\s*\Z")
_ENDS_TRIMMING = regex(r"\s-\Z")
_MAX_DEPTH = 50


class NotPlainError(Exception):
    """A template of which klint cannot tell what becomes of it. The message says why, in a few words."""


def is_template(text: str) -> bool:
    """Whether a text has actions."""
    return "{{" in text


def execute(text: str, look: Look, functions: Functions = SPRIG) -> str:
    """What Go makes of a template.

    Raises:
        NotPlainError: that is not known.
    """
    out = []
    for written, action, is_reached in _parts(text, look, functions, trims=True):
        if is_reached and action is None:
            out.append(written)
        elif is_reached and action:
            out.append(_printed(evaluate(action, look, functions)))
    return _bounded("".join(out))


def _printed(value: object) -> str:
    if isinstance(value, Unknown):
        raise NotPlainError(value.why)
    try:
        return printed(value)
    except ValueError:
        raise NotPlainError("a value that is none, or is no text") from None


def expand(text: str, look: Look, functions: Functions = SPRIG, *, keep: Sequence[str] = ()) -> str:
    """A template filled in line by line: each line is made of the same line of the template.

    Actions on paths that begin with one of `keep` stay as they are.

    Raises:
        NotPlainError: it cannot be.
    """
    out = []
    for written, action, is_reached in _parts(_bounded(text), look, functions):
        if is_reached and (action is None or (action and action.lstrip("$").startswith(tuple(keep)))):
            out.append(written)
            continue
        if is_reached and action:
            out.append(_filled_in(action, look, functions))
        out.append("\n" * written.count("\n"))
    return "".join(out)


def _bounded(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise NotPlainError("a template that is too long")
    return text


def _filled_in(action: str, look: Look, functions: Functions) -> str:
    """What an action leaves on its line."""
    if ":=" in action or "=" in action.replace('"', "").split(" "):
        raise NotPlainError("a variable, which other actions read")
    indent = _INDENT.search(action)
    try:
        text = printed(evaluate(action[: indent.start()] if indent else action, look, functions))
    except ValueError:
        text = f"$({_last_name(action)})"
    if "\n" in text:  # it would move what is below
        raise NotPlainError("a value of several lines")
    return (" " * min(int(indent[1]), _MAX_DEPTH) if indent else "") + text


def _last_name(action: str) -> str:
    names: list[str] = _NAME.findall(action)
    return names[-1] if names else "value"


_Part = tuple[str, str | None, bool]
"""A part as it is written, what it says if it is an action, and whether it is reached. What decides on others, and a
comment, says nothing."""


def _parts(text: str, look: Look, functions: Functions, *, trims: bool = False) -> Iterator[_Part]:
    """The parts of a template, in turn. With `trims` a `-` in an action takes away the white space beside it."""
    branches = _Branches(look, functions)
    position, is_trimmed = 0, False
    while (start := text.find("{{", position)) >= 0:
        match = _ACTION.match(text, start)
        if match is None:
            raise NotPlainError("a template that does not parse")
        before = text[position:start]
        before = before.lstrip() if is_trimmed else before
        yield before.rstrip() if trims and match[1] else before, None, branches.are_taken
        action = match[2].removesuffix("-") if _ENDS_TRIMMING.search(match[2]) else match[2]
        is_trimmed = trims and action != match[2]
        action = action.strip()
        is_silent = branches.take(action) or action.startswith("/*")
        yield match[0], "" if is_silent else action, branches.are_taken
        position = match.end()
    if branches.are_open:
        raise NotPlainError("a template that does not parse")
    yield text[position:].lstrip() if is_trimmed else text[position:], None, True


class _Branches:
    """The `if`s around a part of a template: of each, whether a branch was taken so far, and whether this one is."""

    def __init__(self, look: Look, functions: Functions) -> None:
        self.look = look
        self.functions = functions
        self.found: list[tuple[bool, bool]] = []

    @property
    def are_open(self) -> bool:
        return bool(self.found)

    @property
    def are_taken(self) -> bool:
        return all(is_taken for _, is_taken in self.found)

    def take(self, action: str) -> bool:
        """Enter or leave a branch, if the action does."""
        match = _KEYWORD.fullmatch(action)
        if match is None:
            return False
        keyword, condition = " ".join(match[1].split()), match[2]
        if keyword == "if":
            is_met = self.are_taken and self._is_true(condition)
            self.found.append((is_met, is_met))
        elif keyword == "end" and self.found and not condition:
            self.found.pop()
        elif keyword == "else if" and self.found:
            was_met, _ = self.found.pop()
            is_met = not was_met and self.are_taken and self._is_true(condition)
            self.found.append((was_met or is_met, is_met))
        elif keyword == "else" and self.found and not condition:
            was_met, _ = self.found.pop()
            self.found.append((True, not was_met))
        else:
            raise NotPlainError(f"the template function {keyword}")
        if len(self.found) > _MAX_DEPTH:
            raise NotPlainError("a template with too many conditions in each other")
        return True

    def _is_true(self, condition: str) -> bool:
        value = evaluate(condition, self.look, self.functions)
        if isinstance(value, Unknown):
            raise NotPlainError(value.why)
        return bool(value)


@dataclass(frozen=True, eq=False)
class ExpandedOrigin:
    """The way back from a template that was filled in: to the same line, and to the same columns before and behind what
    was filled in."""

    template: Source

    @property
    def written(self) -> Document | None:
        """None: a template is no document."""
        return None

    def back(self, rendered: Span) -> Span:
        """Where a span of the filled-in text is in the template."""
        filled, line = rendered.source.line(rendered.line), self.template.line(rendered.line)
        first, behind = rendered.column - 1, len(filled) - rendered.end_column + 1
        if filled[:first] != line[:first]:
            first = len(line) - len(line.lstrip())
        if behind and not line.endswith(filled[-behind:]):
            behind = len(line) - len(line.rstrip())
        start = self.template.line_starts[rendered.line - 1]
        return self.template.span(start + first, start + len(line) - behind, approximate=rendered.approximate)

    def span(self, document: Document, path: Path) -> Span:
        """Where to edit the value at a path."""
        return self.back(document.rendered_span(path))

    def place(self, document: Document, path: Path) -> Place | None:
        """None: an edit of a template is never certain."""
        return None

    def related(self, document: Document, path: Path) -> tuple[tuple[str, Span], ...]:
        """Nothing: the value stands where it is made."""
        return ()


def expanded_documents(
    source: Source, look: Look, functions: Functions = SPRIG, *, keep: Sequence[str] = ()
) -> tuple[Document, ...]:
    """The documents of a template that is filled in, with their way back.

    Raises:
        NotPlainError: it cannot be.
    """
    text = expand(source.text, look, functions, keep=keep)
    filled = Source(source.path, text, source.relative, has_bom=source.has_bom)
    return tuple(read_documents(filled, ExpandedOrigin(source)))

"""What a YAML syntax error means to the person who made it, and where to look.

The parser says what it expected next, often a line after the mistake, in words such as `could not find expected ':'`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from klint.records import cached_property, dataclass
from klint.text.yaml import YamlError

_CONFLICT_START = re.compile(r"^<{7} ", re.MULTILINE)
_CONFLICT_END = re.compile(r"^(?:={7}\s|>{7} )", re.MULTILINE)
_TEMPLATE = re.compile(
    r"[ \t]*+(?:-[ \t]++)*+(?:[^\s#'\"][^\n]*?:[ \t]+)?"
    r"(\{\{|\{%|%\{|<%|@[A-Za-z_][\w.-]*@|%[A-Za-z_]\w*%|%%|\{[A-Z][A-Z0-9_]*\}(?=[^\s,]))"
)
_MARK = re.compile(
    r"\$?\{\{[^\n]{0,200}?\}\}|\$\{[A-Za-z_][\w.]*+(?:(?::(?!\s)|[-=?+/#%^,])[^{}\n]{0,200}+)?\}"
    r"|\{%[^\n]{0,200}?%\}|%\{[^{}\n]{0,200}+\}|<%[^\n]{0,200}?%>|@[A-Za-z_][\w.-]{0,200}@|%[A-Za-z_]\w{0,200}%"
)
"""What stands for a value inside a line: `${X}`, `${X:-y}` (envsubst, Flux), `${{ x }}`, `{{ x }}`, `{% x %}`."""

_LONGEST = 250
"""Characters of a mark."""

_KEY_AND_VALUE = re.compile(r"[ \t]*+(?:-[ \t]++)*+[^\s#:][^#:\n]*+:[ \t]++(?=\S)")
_GLUED = re.compile(r"[ \t]*+(?:-[ \t]++)*+[\w./-]++(:)(?=[^\s/:])")
_QUOTES = ("'", '"')
_FITS_NONE = "The indentation of this line fits no line above it"
_GLUED_COLON = "A space is missing after this colon"


def template_mark(text: str, error: YamlError) -> int | None:
    """The offset of what makes a text a template that some tool fills in first; None if the error is elsewhere.

    A text may hold `{{` and be YAML all the same, so only marks count that break YAML: those that open the lines the
    error is about, and the one that the parser stopped in.
    """
    mistake = _Mistake(text, error)
    is_quoted = text[error.start : error.start + 1] in _QUOTES
    for mark in () if is_quoted else _MARK.finditer(text, max(mistake.line, error.offset - _LONGEST)):
        if mark.start() > error.offset:
            break
        if mark.end() > error.offset:
            return mark.start()
    for start in sorted({mistake.line, mistake.line_of(error.start), mistake.line_above}):
        match = _TEMPLATE.match(text, start)
        if match:
            return match.start(1)
    return None


def explain(text: str, error: YamlError) -> tuple[str, int]:
    """A message, and the offset of the place to look at."""
    conflict = _CONFLICT_START.search(text)
    if conflict and _CONFLICT_END.search(text, conflict.end()):
        return "A merge conflict was never resolved", conflict.start()
    mistake = _Mistake(text, error)
    for words, explanation in _EXPLANATIONS.items():
        if words in error.message:
            return explanation(mistake)
    return error.message[:1].upper() + error.message[1:], error.offset


@dataclass(frozen=True)
class _Mistake:
    """A text and an error in it. Lines are known by the offset they start at."""

    text: str
    error: YamlError

    @property
    def character(self) -> str:
        """What stands where the parser stopped; empty at the end."""
        return self.text[self.error.offset : self.error.offset + 1]

    @cached_property
    def line(self) -> int:
        """The line the parser stopped in."""
        return self.line_of(self.error.offset)

    @cached_property
    def line_above(self) -> int:
        """The next line above that is neither empty nor a comment; the same line if there is none."""
        line = self.line
        while line > 0:
            line = self.line_of(line - 1)
            if self.content(line)[:1] not in ("", "#"):
                return line
        return self.line

    @property
    def is_first_on_line(self) -> bool:
        return not self.text[self.line : self.error.offset].strip()

    def line_of(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def content(self, line: int) -> str:
        """A line without indentation and line break."""
        end = self.text.find("\n", line)
        return self.text[line : end if end >= 0 else len(self.text)].strip()

    def indentation(self, line: int) -> int:
        end = self.text.find(self.content(line), line)
        return end - line


def _wrong_start(mistake: _Mistake) -> tuple[str, int]:
    if mistake.character == "\t":
        return _tab(mistake)
    return f"A value cannot start with {mistake.character}: put it in quotes", mistake.error.offset


def _tab(mistake: _Mistake) -> tuple[str, int]:
    return "A tab cannot indent YAML: use spaces", mistake.error.offset


def _second_colon(mistake: _Mistake) -> tuple[str, int]:
    """`mapping values are not allowed`: a colon where a value goes on."""
    pair = _KEY_AND_VALUE.match(mistake.text, mistake.line)
    if pair and pair.end() < mistake.error.offset:
        return "A value that holds a colon and a space must be in quotes", pair.end()
    above = mistake.line_above
    glued = _GLUED.match(mistake.text, above)
    if glued:
        return _GLUED_COLON, glued.start(1)
    has_value = _KEY_AND_VALUE.match(mistake.text, above) or mistake.content(above).startswith("- ")
    if has_value and mistake.indentation(mistake.line) > mistake.indentation(above):
        start = mistake.line + mistake.indentation(mistake.line)
        return "This line is indented deeper than the one above, which has its value already", start
    return "This line has no key: a colon and a space are missing", above + mistake.indentation(above)


def _no_key(mistake: _Mistake) -> tuple[str, int]:
    """`did not find expected key`: something that does not belong to the mapping around it."""
    offset = mistake.error.offset
    if mistake.character in ("]", "}"):
        return f"This {mistake.character} closes nothing", offset
    if mistake.character == ":":
        return "A key is missing before this colon", offset
    before = mistake.text[mistake.line : offset].rstrip()
    if before.endswith(_QUOTES):
        return _after_quote(mistake, before[-1])
    mapping = mistake.error.start - mistake.line_of(mistake.error.start)
    if mistake.character == "-" and mapping == offset - mistake.line:
        return "A list item is where a key should be", offset
    if mistake.is_first_on_line:
        return _FITS_NONE, offset
    return "This does not belong to the value before it", offset


def _after_quote(mistake: _Mistake, quote: str) -> tuple[str, int]:
    """Text after a closing quote. If the line has no other, it was opened on a line above, or was meant to open."""
    line = mistake.line
    if mistake.text.count(quote, line, mistake.error.offset) % 2:
        while line > 0:
            line = mistake.line_of(line - 1)
            end = mistake.text.index("\n", line)
            if mistake.text.count(quote, line, end) % 2:
                return "This quote is not closed on its line", mistake.text.rindex(quote, line, end)
    return "Text follows a closing quote: put the whole value in one pair of quotes", mistake.error.offset


def _no_list_item(mistake: _Mistake) -> tuple[str, int]:
    if mistake.error.offset - mistake.line != mistake.error.start - mistake.line_of(mistake.error.start):
        return _FITS_NONE, mistake.error.offset
    return "A key is where a list item should be: a dash is missing, or the indentation is wrong", mistake.error.offset


def _open_quote(mistake: _Mistake) -> tuple[str, int]:
    return "This quote is never closed", mistake.error.start


def _open_bracket(mistake: _Mistake) -> tuple[str, int]:
    bracket = mistake.text[mistake.error.start : mistake.error.start + 1]
    if not mistake.text[mistake.error.offset :].strip():
        return f"This {bracket} is never closed", mistake.error.start
    offset = mistake.error.offset
    if mistake.character == ":" and mistake.error.start < mistake.line:
        offset = mistake.line + mistake.indentation(mistake.line)
    return f"A comma is missing before this, or what closes the {bracket}", offset


def _no_value(mistake: _Mistake) -> tuple[str, int]:
    return "A value is missing before this", mistake.error.offset


def _second_root(mistake: _Mistake) -> tuple[str, int]:
    """`did not find expected <document start>`: the document has ended already."""
    if mistake.character in ("]", "}"):
        return f"This {mistake.character} closes nothing", mistake.error.offset
    glued = _GLUED.match(mistake.text, mistake.line_above)
    if glued:
        return _GLUED_COLON, glued.start(1)
    if mistake.indentation(mistake.line) < mistake.indentation(mistake.line_above):
        return "This line is indented less than the document's first", mistake.error.offset
    return "The document has ended before this", mistake.error.offset


def _no_colon(mistake: _Mistake) -> tuple[str, int]:
    return "This line has no key: a colon and a space are missing", mistake.error.start


def _no_anchor(mistake: _Mistake) -> tuple[str, int]:
    character = mistake.text[mistake.error.start : mistake.error.start + 1]
    return f"A value cannot start with {character}: put it in quotes", mistake.error.start


def _unknown_alias(mistake: _Mistake) -> tuple[str, int]:
    return "A value that starts with * must be in quotes; as an alias it has no anchor above", mistake.error.offset


def _list_beside_key(mistake: _Mistake) -> tuple[str, int]:
    return "A list cannot start on the line of its key", mistake.error.offset


def _escape(mistake: _Mistake) -> tuple[str, int]:
    start = mistake.text.rindex("\\", 0, mistake.error.offset + 1)
    sequence = mistake.text[start : start + 2]
    return f"{sequence} means nothing in double quotes: use single quotes, or write \\\\ for a backslash", start


def _control(mistake: _Mistake) -> tuple[str, int]:
    return f"A control character (U+{ord(mistake.character or ' '):04X}) is not allowed in YAML", mistake.error.offset


def _block_header(mistake: _Mistake) -> tuple[str, int]:
    return "A value cannot start with | or >, which begin a block of text: put it in quotes", mistake.error.start


def _collection_as_key(mistake: _Mistake) -> tuple[str, int]:
    return "A mapping or a list cannot be a key: put a value that starts with { or [ in quotes", mistake.error.offset


_EXPLANATIONS: Mapping[str, Callable[[_Mistake], tuple[str, int]]] = {
    "cannot start any token": _wrong_start,
    "tab character": _tab,
    "mapping values are not allowed": _second_colon,
    "did not find expected key": _no_key,
    "expected '-' indicator": _no_list_item,
    "while scanning a quoted scalar": _open_quote,
    "unknown escape character": _escape,
    "expected ',' or": _open_bracket,
    "expected node content": _no_value,
    "<document start>": _second_root,
    "could not find expected ':'": _no_colon,
    "expected alphabetic or numeric": _no_anchor,
    "before this alias": _unknown_alias,
    "block sequence entries": _list_beside_key,
    "control characters": _control,
    "while scanning a block scalar": _block_header,
    "cannot be a key": _collection_as_key,
}
"""Words of the parser, and who explains them."""

"""Words of a script → what they are once quotes are removed and variables filled in, as far as can be known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from klint.records import dataclass
from klint.scripts.commands import Piece, Word
from klint.scripts.snippet import HOLE, Snippet
from klint.scripts.variables import LONGEST, Value, Variables, size

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_BRACES = 64
"""Words that one brace expansion may make."""

MAX_IN_COMMAND = 2**15
"""Characters of values that are filled into one command; those that come after are unknown."""

MAX_MATCHED = 512
"""Characters of a value that a pattern is taken off (`${x%%*.}`): every length of it is tried."""

MAX_DEPTH = 40
"""Defaults inside of defaults, `${a:-${b:-c}}`, that are read."""

_BLANKS = " \t\n"
_ESCAPED = re.compile(r"\\(?:\r?\n|([\s\S]))")
_ESCAPED_IN_STRING = re.compile(r"\\(?:\r?\n|([$`\"\\]))")
_ANSI = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|([\s\S]))")
_ANSI_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}
_FINDS_PROGRAM = re.compile(
    r"(?:\$\(|`)\s*(?:which|command\s+-v|type\s+-[pP])\s+(?:--\s+)?([\w./-]+)[^;&|`)]*(?:\|\|[^`)]*)?[`)]\Z"
)
_BRACES = re.compile(r"\{([^{}]*,[^{}]*|-?\d+\.\.-?\d+)\}")
_SPECIAL = frozenset(("$", "`", "\\", HOLE))
_EXPANSIONS = frozenset(("simple_expansion", "expansion", "command_substitution", "arithmetic_expansion"))
_DEFAULTS = frozenset((":-", "-", ":=", "="))


@dataclass(slots=True)
class Scope:
    """What names mean at one point of a script. Positional parameters are None where they cannot be known."""

    variables: Variables
    positional: tuple[Word, ...] | None = None
    depth: int = 0
    """How many defaults inside of defaults are being read."""

    def parameter(self, name: str) -> Value | None:
        """The value of `$name`; None when nothing in the script sets it."""
        if name.isdigit():
            if self.positional is None or name == "0":
                return None
            index = int(name) - 1
            return self.variables.bounded(self.positional[index].value) if index < len(self.positional) else ""
        if name in ("@", "*"):
            return None if self.positional is None else self.variables.bounded(self.positional)
        return self.variables.get(name)


def words(scope: Scope, snippet: Snippet, nodes: Iterable[Node]) -> tuple[Word, ...]:
    """The words that some nodes of a command make: quotes removed, variables filled in, split where a shell splits."""
    fields = _Fields(snippet)
    whole = snippet.text
    previous_end = -1
    for node in nodes:
        kind, start, end = node.type, node.start_byte, node.end_byte
        if start == end:  # a word that the parser misses
            continue
        if whole[previous_end:start] in ("\\\n", "\\\r\n") and fields.words:
            fields.words[-1] = _glued(fields.words[-1], words(scope, snippet, [node]))
            previous_end = end
            continue
        previous_end = end
        if kind == "command_name" and node.child_count:
            node = node.children[0]
            kind = node.type
        text = whole[start:end]
        if text[:1] in _BLANKS and kind == "word":
            # The grammar takes a line that begins with a backslash (`\\rm x`) for words of the line above.
            start += len(text) - len(text.lstrip())
            text = whole[start:end]
        if kind in ("word", "number") and "\\" not in text and "{" not in text and HOLE not in text:
            fields.words.append(_literal(snippet, text, start, end, start, end))
            continue
        if kind in ("string", "raw_string") and len(text) > 2 and not set(text) & _SPECIAL and text[-1] == text[0]:
            fields.words.append(_literal(snippet, text[1:-1], start + 1, end - 1, start, end))
            continue
        fields.begin(start, end)
        if kind == "word" and not text.strip(HOLE):
            # What a template or a Makefile fills in may be several words, or none.
            fields.split(text, start, end)
        elif kind in ("word", "concatenation", "brace_expression") and (several := _braces(text)):
            for item in several:
                fields.add(item, start, end)
                fields.flush()
        else:
            _expand(scope, snippet, node, fields, quoted=False)
        fields.flush()
    return tuple(fields.words)


def literal(snippet: Snippet, start: int, end: int) -> tuple[Word, ...]:
    """The words in a range of the text that the grammar has no nodes for, taken as they are."""
    return tuple(
        _literal(
            snippet, found[0], start + found.start(), start + found.end(), start + found.start(), start + found.end()
        )
        for found in re.finditer(r"\S+", snippet.text[start:end])
    )


def _glued(first: Word, rest: tuple[Word, ...]) -> Word:
    """A word that goes on behind a continued line. The parser takes it for two."""
    parts = (first, *rest)
    pieces = tuple(piece for part in parts for piece in part.pieces)
    return Word("".join(part.value for part in parts), first.source, first.start, parts[-1].end, False, pieces)


def _literal(snippet: Snippet, text: str, start: int, end: int, outer: int, outer_end: int) -> Word:
    piece = Piece(text, snippet, start, end)
    return Word(text, snippet.source, snippet.starts[outer], snippet.ends[outer_end - 1], False, (piece,))


def value(scope: Scope, snippet: Snippet, node: Node | None) -> Value:
    """The value that an assignment gives: an array, or a string that is not split."""
    if node is None:
        return ""
    if node.type == "array":
        return words(scope, snippet, node.named_children)
    fields = _Fields(snippet)
    fields.begin(node.start_byte, node.end_byte)
    _expand(scope, snippet, node, fields, quoted=True)
    fields.flush()
    return " ".join(word.value for word in fields.words)


class _Fields:
    """Gathers pieces into words."""

    __slots__ = ("_given", "_is_literal", "_is_word", "_left", "_node", "_pieces", "snippet", "words")

    def __init__(self, snippet: Snippet) -> None:
        self.snippet = snippet
        self.words: list[Word] = []
        self._pieces: list[Piece] = []
        self._node: tuple[int, int] = (0, 0)
        self._is_word = False
        self._is_literal = False
        self._given: Word | None = None
        self._left = MAX_IN_COMMAND

    def affordable(self, value: Value) -> Value:
        """A value that is to be filled in; unknown where the command has had its share."""
        self._left -= size(value)
        return value if self._left >= 0 else HOLE

    def begin(self, start: int, end: int) -> None:
        """Go on with the next node of the command, which stands there."""
        self._node = (start, end)

    def add(self, text: str, start: int, end: int) -> None:
        """Text that is not split."""
        if text:
            self._pieces.append(Piece(text, self.snippet, start, end))
        self._is_word = self._is_literal = True
        self._given = None

    def split(self, text: str, start: int, end: int) -> None:
        """An unquoted value: blanks in it separate words."""
        if not text:
            return
        if text[0] in _BLANKS:
            self.flush()
        for index, part in enumerate(text.split()):
            if index:
                self.flush()
            self._pieces.append(Piece(part, self.snippet, start, end))
            self._is_word = True
            self._is_literal |= part.strip(HOLE) != ""
            self._given = None
        if text[-1] in _BLANKS:
            self.flush()

    def several(self, words: Sequence[Word]) -> None:
        """`"$@"`: the first joins what stands before it, the last what stands behind."""
        for index, word in enumerate(words):
            if index:
                self.flush()
            self._given = None if self._is_word else word
            self._pieces.extend(word.pieces)
            self._is_word = True
            self._is_literal |= not word.is_open

    def flush(self) -> None:
        """End the word."""
        if not self._is_word:
            return
        if self._given is not None:
            self.words.append(self._given)
        else:
            text = "".join(piece.text for piece in self._pieces)
            is_open = not self._is_literal and HOLE in text
            self.words.append(
                Word(text, self.snippet.source, *self.snippet.range(*self._node), is_open, tuple(self._pieces))
            )
        self._pieces = []
        self._is_word = self._is_literal = False
        self._given = None


def _expand(scope: Scope, snippet: Snippet, node: Node, fields: _Fields, *, quoted: bool) -> None:
    kind, start, end = node.type, node.start_byte, node.end_byte
    text = snippet.text[start:end]
    if kind == "string":
        _expand_string(scope, snippet, node, fields)
    elif kind == "translated_string":
        _expand_string(scope, snippet, node.children[-1], fields)
    elif kind == "raw_string":
        fields.add(text[1:-1] if text.endswith("'") and len(text) > 1 else text[1:], start + 1, end - 1)
    elif kind == "ansi_c_string":
        fields.add(_ANSI.sub(_ansi, text[2:-1]), start, end)
    elif kind in ("concatenation", "command_name"):
        for child in node.children:
            _expand(scope, snippet, child, fields, quoted=quoted)
    elif kind in _EXPANSIONS:
        _expand_parameter(scope, snippet, node, fields, quoted=quoted)
    elif kind == "process_substitution":
        fields.add(HOLE, start, end)
    elif "\\" in text:
        start, text = start + len(text) - len(text.lstrip("\n")), text.lstrip("\n")
        _add_unescaped(text, start, _ESCAPED, fields)
    else:
        fields.add(text, start, end)


def _expand_string(scope: Scope, snippet: Snippet, node: Node, fields: _Fields) -> None:
    """Double quotes: the text between expansions is taken from the source, the tree drops blanks from it."""
    end = node.end_byte
    if node.child_count > 1 and node.children[-1].type == '"' and not node.children[-1].is_missing:
        end -= 1
    at = node.start_byte + 1
    expansions = [child for child in node.children if child.type in _EXPANSIONS]
    if not expansions:  # quotes around nothing are a word; around an array without items they are none
        fields.add("", at, at)
    for child in expansions:
        _add_unescaped(snippet.text[at : _begin(snippet, child)], at, _ESCAPED_IN_STRING, fields)
        _expand_parameter(scope, snippet, child, fields, quoted=True)
        at = child.end_byte
    _add_unescaped(snippet.text[at:end], at, _ESCAPED_IN_STRING, fields)


def _add_unescaped(text: str, start: int, escapes: re.Pattern[str], fields: _Fields) -> None:
    """A text with its escapes taken off; `start` is its offset in the snippet."""
    last = 0
    for escape in escapes.finditer(text):
        if escape.start() > last:
            fields.add(text[last : escape.start()], start + last, start + escape.start())
        if escape[1]:
            fields.add(escape[1], start + escape.start(), start + escape.end())
        last = escape.end()
    if last < len(text):
        fields.add(text[last:], start + last, start + len(text))


def _begin(snippet: Snippet, node: Node) -> int:
    """Where an expansion starts. Inside of strings the tree counts blanks before it in."""
    start = node.start_byte
    while start < node.end_byte and snippet.text[start].isspace():
        start += 1
    return start


def _ansi(escape: re.Match[str]) -> str:
    digits = escape[1] or escape[2] or escape[3]
    if digits:
        code = int(digits, 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else HOLE
    if escape[4]:
        return chr(int(escape[4], 8) & 0xFF)
    return _ANSI_LETTERS.get(escape[5], escape[5])


def _braces(text: str) -> list[str]:
    """The words of a brace expansion that holds nothing to fill in; empty when it is none."""
    if "{" not in text or any(mark in text for mark in "$`\"'\\"):
        return []
    found = [text]
    while match := next((match for item in found if (match := _BRACES.search(item))), None):
        inner = match[1]
        if "," in inner:
            options = inner.split(",")
        else:
            first, last = map(int, inner.split(".."))
            step = 1 if first <= last else -1
            if abs(last - first) >= MAX_BRACES:
                return []
            options = [str(number) for number in range(first, last + step, step)]
        found = [
            new
            for item in found
            for new in ([item.replace(match[0], option, 1) for option in options] if match[0] in item else [item])
        ]
        if len(found) > MAX_BRACES:
            return []
    return found if len(found) > 1 else []


def _expand_parameter(scope: Scope, snippet: Snippet, node: Node, fields: _Fields, *, quoted: bool) -> None:
    start, end = _begin(snippet, node), node.end_byte
    text = snippet.text[start:end]
    result: Value | None
    if node.type == "simple_expansion":
        name = text[1:]
        result = scope.parameter(name)
        result = _positional(scope, snippet, start, end) if name in ("@", "*") else _known(result)
        joins = name == "*"
    elif node.type == "expansion":
        result, joins = _parameter_expansion(scope, snippet, node)
    else:
        found = _FINDS_PROGRAM.match(text) if node.type == "command_substitution" else None
        result, joins = (found[1] if found else HOLE), False
    result = fields.affordable(result)
    if isinstance(result, tuple):
        if quoted and joins:
            fields.add(" ".join(word.value for word in result), start, end)
        else:
            fields.several(result)
    elif quoted:
        fields.add(result, start, end)
    else:
        fields.split(result, start, end)


def _known(result: Value | None) -> Value:
    """A value, unknown where nothing sets it. An array's name alone is its first item."""
    if isinstance(result, tuple):
        return result[0].value if result else ""
    return HOLE if result is None else result


def _positional(scope: Scope, snippet: Snippet, start: int, end: int) -> tuple[Word, ...]:
    found = scope.parameter("@")
    return found if isinstance(found, tuple) else (_open_word(snippet, start, end),)


def _open_word(snippet: Snippet, start: int, end: int) -> Word:
    return Word(HOLE, snippet.source, *snippet.range(start, end), True, (Piece(HOLE, snippet, start, end),))


def _parameter_expansion(scope: Scope, snippet: Snippet, node: Node) -> tuple[Value, bool]:
    """`${…}`: its value, and whether an array in it is joined to one word in quotes."""
    children = [child for child in node.children if child.type not in ("${", "}")]
    index = next(
        (
            position
            for position, child in enumerate(children)
            if child.type in ("variable_name", "special_variable_name", "subscript")
        ),
        -1,
    )
    if index < 0:
        return HOLE, False
    before = [child.type for child in children[:index]]
    subject = children[index]
    name = snippet.text[subject.start_byte : subject.end_byte]
    start, end = _begin(snippet, node), node.end_byte
    joins = name.endswith("[*]") or name == "*"
    result: Value | None
    if before == ["!"] and subject.type == "variable_name" and len(children) == index + 1:
        target = scope.parameter(name)
        return _known(scope.parameter(target) if isinstance(target, str) and HOLE not in target else None), False
    if before:  # a length, or the keys of an array
        return HOLE, False
    if subject.type == "subscript":
        result = _subscript(scope, snippet, subject, start, end)
    elif name in ("@", "*"):
        result = _positional(scope, snippet, start, end)
    else:
        result = scope.parameter(name)
        result = _known(result) if isinstance(result, tuple) else result
    rest = children[index + 1 :]
    if not rest:
        return (HOLE if result is None else result), joins
    operator = snippet.text[rest[0].start_byte : rest[0].end_byte].strip()
    found = _operate(scope, snippet, result, operator, rest[1:])
    if operator in (":=", "=") and result is None and subject.type == "variable_name" and not name.isdigit():
        scope.variables.values[name] = found
    return found, joins


def _subscript(scope: Scope, snippet: Snippet, node: Node, start: int, end: int) -> Value | None:
    name, _, index = snippet.text[node.start_byte : node.end_byte].rstrip("]").partition("[")
    result = scope.parameter(name)
    if isinstance(result, str):
        return result if index in ("@", "*", "0") else HOLE
    if index in ("@", "*"):
        return (_open_word(snippet, start, end),) if result is None else result
    if result is not None and index.isdigit():
        return result[int(index)].value if int(index) < len(result) else ""
    return HOLE


def _operate(scope: Scope, snippet: Snippet, result: Value | None, operator: str, operands: Sequence[Node]) -> Value:
    """What an operator makes of a parameter. A default counts where nothing in the script sets the parameter."""
    if operator in _DEFAULTS:
        if result is None or (result in ("", ()) and ":" in operator):
            return _operand(scope, snippet, operands)
        return result
    if operator in (":+", "+"):
        if result in ("", ()):
            return ""
        return HOLE if result is None else _operand(scope, snippet, operands)
    if operator in (":?", "?"):
        return _known(result) if result is None else result
    if isinstance(result, tuple):
        numbers = [snippet.text[operand.start_byte : operand.end_byte] for operand in operands if operand.is_named]
        if operator == ":" and len(numbers) == 1 and numbers[0].isdigit():
            skipped = int(numbers[0]) - (1 if result is scope.positional else 0)
            return result[max(skipped, 0) :]
        return result
    if result is None or HOLE in result:
        return HOLE
    argument = _operand(scope, snippet, operands[:1])
    if HOLE in argument:
        return HOLE
    return _edit(result, operator, argument, snippet, operands)


def _operand(scope: Scope, snippet: Snippet, operands: Sequence[Node]) -> str:
    """The word behind an operator, as one string."""
    if scope.depth >= MAX_DEPTH:
        return HOLE
    scope.depth += 1
    parts = [value(scope, snippet, operand) for operand in operands]
    scope.depth -= 1
    return "".join(part if isinstance(part, str) else HOLE for part in parts)


def _edit(result: str, operator: str, argument: str, snippet: Snippet, operands: Sequence[Node]) -> str:
    if operator in ("#", "##", "%", "%%"):
        return _strip(result, operator, argument)
    if operator in ("^", "^^", ",", ",,") and not argument:
        change = str.upper if operator[0] == "^" else str.lower
        return change(result) if len(operator) == 2 else change(result[:1]) + result[1:]
    if operator in ("/", "//", "/#", "/%") and not set(argument) & set("*?["):
        named = [operand for operand in operands[1:] if operand.is_named]
        new = snippet.text[named[0].start_byte : named[0].end_byte] if named else ""
        if set(new) & set("$`\"'\\"):
            return HOLE
        if operator == "/#":
            return new + result.removeprefix(argument) if result.startswith(argument) else result
        if operator == "/%":
            return result.removesuffix(argument) + new if result.endswith(argument) else result
        if not argument or result.count(argument) * len(new) > LONGEST:
            return HOLE if argument else result
        return result.replace(argument, new, 1 if operator == "/" else -1)
    if operator == "@":
        return result
    return HOLE


def _strip(result: str, operator: str, pattern: str) -> str:
    """`${x#pattern}` and its kin: the shortest or the longest match at one end is taken off."""
    if len(result) > MAX_MATCHED:
        return HOLE
    if operator[0] == "#":
        cuts = [(result[:count], result[count:]) for count in range(len(result) + 1)]
    else:
        cuts = [(result[len(result) - count :], result[: len(result) - count]) for count in range(len(result) + 1)]
    if len(operator) == 2:
        cuts.reverse()
    return next((kept for dropped, kept in cuts if fnmatchcase(dropped, pattern)), result)

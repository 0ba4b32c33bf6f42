"""Words of a script → what they are once quotes are removed and variables filled in, as far as can be known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from klint.scripts.commands import Piece, Word
from klint.scripts.expansion.braces import braces
from klint.scripts.expansion.fields import BLANKS, Fields
from klint.scripts.expansion.operators import edit
from klint.scripts.expansion.parameters import Parameters
from klint.scripts.expansion.printed import printed_heredoc
from klint.scripts.snippet import HOLE, Snippet
from klint.scripts.variables import Value

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 40
"""Defaults inside of defaults, `${a:-${b:-c}}`, that are read."""

_ESCAPED = re.compile(r"\\(?:\r?\n|([\s\S]))")
_ESCAPED_IN_STRING = re.compile(r"\\(?:\r?\n|([$`\"\\]))")
_ANSI = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|([\s\S]))")
_ANSI_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}
_FINDS_PROGRAM = re.compile(
    r"(?:\$\(|`)\s*(?:which|command\s+-v|type\s+-[pP])\s+(?:--\s+)?([\w./-]++)[^;&|`)]*+(?:\|\|[^`)]*+)?[`)]\Z"
)
_SPECIAL = frozenset(("$", "`", "\\", HOLE))
_REFERENCES = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})", re.ASCII)
_PLAIN_STRING = re.compile(r'"(?:[^"$`\\]|\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\}))*+"', re.ASCII)
"""A string in double quotes in which nothing but variables is filled in, as most are: its text alone tells all."""

_EXPANSIONS = frozenset(("simple_expansion", "expansion", "command_substitution", "arithmetic_expansion"))
_DEFAULTS = frozenset((":-", "-", ":=", "="))


def words(parameters: Parameters, snippet: Snippet, nodes: Iterable[Node]) -> tuple[Word, ...]:
    """The words that some nodes of a command make: quotes removed, variables filled in, split where a shell splits."""
    fields = Fields(snippet)
    whole = snippet.text
    previous_end = -1
    for node in nodes:
        kind, start, end = node.type, node.start_byte, node.end_byte
        if start == end:  # a word that the parser misses
            continue
        if whole[previous_end:start] in ("\\\n", "\\\r\n") and fields.words:
            fields.words[-1] = _glued(fields.words[-1], words(parameters, snippet, [node]))
            previous_end = end
            continue
        previous_end = end
        if kind == "command_name" and node.child_count:
            node = node.children[0]
            kind = node.type
        text = whole[start:end]
        if text[:1] in BLANKS and kind == "word":
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
        elif kind in ("word", "concatenation", "brace_expression") and (several := braces(text)):
            for item in several:
                fields.add(item, start, end)
                fields.flush()
        else:
            _expand(parameters, snippet, node, fields, quoted=False)
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


def value(parameters: Parameters, snippet: Snippet, node: Node | None) -> Value:
    """The value that an assignment gives: an array, or a string that is not split."""
    if node is None:
        return ""
    if node.type == "array":
        return words(parameters, snippet, node.named_children)
    fields = Fields(snippet)
    fields.begin(node.start_byte, node.end_byte)
    _expand(parameters, snippet, node, fields, quoted=True)
    fields.flush()
    return " ".join(word.value for word in fields.words)


def _expand(parameters: Parameters, snippet: Snippet, node: Node, fields: Fields, *, quoted: bool) -> None:
    kind, start, end = node.type, node.start_byte, node.end_byte
    text = snippet.text[start:end]
    if kind == "string":
        _expand_string(parameters, snippet, node, fields)
    elif kind == "translated_string":
        _expand_string(parameters, snippet, node.children[-1], fields)
    elif kind == "raw_string":
        fields.add(text[1:-1] if text.endswith("'") and len(text) > 1 else text[1:], start + 1, end - 1)
    elif kind == "ansi_c_string":
        fields.add(_ANSI.sub(_ansi, text[2:-1]), start, end)
    elif kind in ("concatenation", "command_name"):
        for child in node.children:
            _expand(parameters, snippet, child, fields, quoted=quoted)
    elif kind in _EXPANSIONS:
        _expand_parameter(parameters, snippet, node, fields, quoted=quoted)
    elif kind == "process_substitution":
        fields.add(HOLE, start, end)
    elif "\\" in text:
        start, text = start + len(text) - len(text.lstrip("\n")), text.lstrip("\n")
        _add_unescaped(text, start, _ESCAPED, fields)
    else:
        fields.add(text, start, end)


def _expand_string(parameters: Parameters, snippet: Snippet, node: Node, fields: Fields) -> None:
    """Double quotes: the text between expansions is taken from the source, the tree drops blanks from it."""
    text = snippet.text[node.start_byte : node.end_byte]
    if _PLAIN_STRING.fullmatch(text) is not None:
        _expand_plain_string(parameters, text, node.start_byte, fields)
        return
    end = node.end_byte
    if node.child_count > 1 and node.children[-1].type == '"' and not node.children[-1].is_missing:
        end -= 1
    at = node.start_byte + 1
    expansions = [child for child in node.children if child.type in _EXPANSIONS]
    if not expansions:  # quotes around nothing are a word; around an array without items they are none
        fields.add("", at, at)
    for child in expansions:
        _add_unescaped(snippet.text[at : _begin(snippet, child)], at, _ESCAPED_IN_STRING, fields)
        _expand_parameter(parameters, snippet, child, fields, quoted=True)
        at = child.end_byte
    _add_unescaped(snippet.text[at:end], at, _ESCAPED_IN_STRING, fields)


def _expand_plain_string(parameters: Parameters, text: str, start: int, fields: Fields) -> None:
    last = 1
    for match in _REFERENCES.finditer(text):
        fields.add(text[last : match.start()], start + last, start + match.start())
        value = fields.affordable(_known(parameters.parameter(match[1] or match[2])))
        fields.add(value if isinstance(value, str) else HOLE, start + match.start(), start + match.end())
        last = match.end()
    fields.add(text[last:-1], start + last, start + len(text) - 1)


def _add_unescaped(text: str, start: int, escapes: re.Pattern[str], fields: Fields) -> None:
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


def _expand_parameter(parameters: Parameters, snippet: Snippet, node: Node, fields: Fields, *, quoted: bool) -> None:
    start, end = _begin(snippet, node), node.end_byte
    text = snippet.text[start:end]
    result: Value | None
    if node.type == "simple_expansion":
        name = text[1:]
        result = parameters.parameter(name)
        result = _positional(parameters, snippet, start, end) if name in ("@", "*") else _known(result)
        joins = name == "*"
    elif node.type == "expansion":
        result, joins = _parameter_expansion(parameters, snippet, node)
    else:
        result, joins = HOLE, False
        if node.type == "command_substitution":
            found = _FINDS_PROGRAM.match(text)
            result = found[1] if found else printed_heredoc(parameters, text) or HOLE
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


def _positional(parameters: Parameters, snippet: Snippet, start: int, end: int) -> tuple[Word, ...]:
    found = parameters.parameter("@")
    return found if isinstance(found, tuple) else (_open_word(snippet, start, end),)


def _open_word(snippet: Snippet, start: int, end: int) -> Word:
    return Word(HOLE, snippet.source, *snippet.range(start, end), True, (Piece(HOLE, snippet, start, end),))


def _parameter_expansion(parameters: Parameters, snippet: Snippet, node: Node) -> tuple[Value, bool]:
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
        target = parameters.parameter(name)
        return _known(parameters.parameter(target) if isinstance(target, str) and HOLE not in target else None), False
    if before:  # a length, or the keys of an array
        return HOLE, False
    if subject.type == "subscript":
        result = _subscript(parameters, snippet, subject, start, end)
    elif name in ("@", "*"):
        result = _positional(parameters, snippet, start, end)
    else:
        result = parameters.parameter(name)
        result = _known(result) if isinstance(result, tuple) else result
    rest = children[index + 1 :]
    if not rest:
        return (HOLE if result is None else result), joins
    operator = snippet.text[rest[0].start_byte : rest[0].end_byte].strip()
    found = _operate(parameters, snippet, result, operator, rest[1:])
    if operator in (":=", "=") and result is None and subject.type == "variable_name" and not name.isdigit():
        parameters.variables.set(name, found)
    return found, joins


def _subscript(parameters: Parameters, snippet: Snippet, node: Node, start: int, end: int) -> Value | None:
    name, _, index = snippet.text[node.start_byte : node.end_byte].rstrip("]").partition("[")
    result = parameters.parameter(name)
    if isinstance(result, str):
        return result if index in ("@", "*", "0") else HOLE
    if index in ("@", "*"):
        return (_open_word(snippet, start, end),) if result is None else result
    if result is not None and index.isdigit():
        return result[int(index)].value if int(index) < len(result) else ""
    return HOLE


def _operate(
    parameters: Parameters, snippet: Snippet, result: Value | None, operator: str, operands: Sequence[Node]
) -> Value:
    """What an operator makes of a parameter. A default counts where nothing in the script sets the parameter."""
    if operator in _DEFAULTS:
        if result is None or (result in ("", ()) and ":" in operator):
            return _operand(parameters, snippet, operands)
        return result
    if operator in (":+", "+"):
        if result in ("", ()):
            return ""
        return HOLE if result is None else _operand(parameters, snippet, operands)
    if operator in (":?", "?"):
        return _known(result) if result is None else result
    if isinstance(result, tuple):
        numbers = [snippet.text[operand.start_byte : operand.end_byte] for operand in operands if operand.is_named]
        if operator == ":" and len(numbers) == 1 and numbers[0].isdigit():
            skipped = int(numbers[0]) - (1 if result is parameters.positional else 0)
            return result[max(skipped, 0) :]
        return result
    if result is None or HOLE in result:
        return HOLE
    argument = _operand(parameters, snippet, operands[:1])
    if HOLE in argument:
        return HOLE
    named = [operand for operand in operands[1:] if operand.is_named]
    replacement = snippet.text[named[0].start_byte : named[0].end_byte] if named else ""
    return edit(result, operator, argument, replacement)


def _operand(parameters: Parameters, snippet: Snippet, operands: Sequence[Node]) -> str:
    """The word behind an operator, as one string."""
    if parameters.depth >= MAX_DEPTH:
        return HOLE
    parameters.depth += 1
    parts = [value(parameters, snippet, operand) for operand in operands]
    parameters.depth -= 1
    return "".join(part if isinstance(part, str) else HOLE for part in parts)

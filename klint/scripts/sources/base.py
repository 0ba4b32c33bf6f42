"""What every adapter shares."""

from __future__ import annotations

import re
from collections.abc import Callable

from klint.scripts.commands import Context, Piece, Word
from klint.scripts.shell.reader import Shell
from klint.scripts.snippet import HOLE, Snippet
from klint.scripts.variables import LONGEST

NewShell = Callable[[Context], Shell]
"""Makes the shell that an adapter gives its scripts to."""

_QUOTED_WORD = re.compile(r"""(?:[^\s"'\\]++|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|["'\\])++""")
_QUOTED_PART = re.compile(r"""\\([\s\S])|"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'|([\s\S])""")


def split_words(snippet: Snippet) -> tuple[Word, ...]:
    """The words of a command line that is split at blanks and quotes, but read by no shell."""
    found = []
    for match in _QUOTED_WORD.finditer(snippet.text):
        pieces: list[Piece] = []
        for part in _QUOTED_PART.finditer(snippet.text, *match.span()):
            group = part.lastindex or 4
            text = part[group]
            start, end = part.span(group)
            if group == 2 and "\\" in text:
                text, start, end = re.sub(r"\\([\s\S])", r"\1", text), part.start(), part.end()
            if text:
                pieces.append(Piece(text, snippet, start, end))
        value = "".join(piece.text for piece in pieces)
        is_open = bool(value) and not value.strip(HOLE)
        found.append(Word(value, snippet.source, *snippet.range(*match.span()), is_open, tuple(pieces)))
    return tuple(found)


def filled(text: str, pattern: re.Pattern[str], value: Callable[[re.Match[str]], str]) -> str:
    """A variable's text with every match replaced; unknown if that makes it longer than a variable may be."""
    parts: list[str] = []
    last = length = 0
    for match in pattern.finditer(text):
        new = value(match)
        length += len(new)
        if length > LONGEST:
            return HOLE
        parts += [text[last : match.start()], new]
        last = match.end()
    return "".join([*parts, text[last:]])


def word_of(snippet: Snippet) -> Word:
    """A text as one word of a command that no shell takes apart."""
    piece = Piece(snippet.text, snippet, 0, len(snippet.text))
    return Word(snippet.text, snippet.source, *snippet.range(0, len(snippet.text)), False, (piece,))

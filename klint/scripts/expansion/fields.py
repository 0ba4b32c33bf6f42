"""Pieces of text, gathered into the words of a command: split where a shell splits."""

from __future__ import annotations

from collections.abc import Sequence

from klint.scripts.commands import Piece, Word
from klint.scripts.snippet import HOLE, Snippet
from klint.scripts.variables import Value, size

MAX_IN_COMMAND = 2**15
"""Characters of values that are filled into one command; those that come after are unknown."""

BLANKS = " \t\n"


class Fields:
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
        if text[0] in BLANKS:
            self.flush()
        for index, part in enumerate(text.split()):
            if index:
                self.flush()
            self._pieces.append(Piece(part, self.snippet, start, end))
            self._is_word = True
            self._is_literal |= part.strip(HOLE) != ""
            self._given = None
        if text[-1] in BLANKS:
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

"""Words that a wrapper fills in: `{}` of xargs, parallel and find."""

from __future__ import annotations

from klint.scripts.commands import Piece, Word
from klint.scripts.options import Flag
from klint.scripts.snippet import HOLE


def with_arguments(name: str, words: list[Word], placeholder: Flag | None) -> list[Word]:
    """A command that xargs or parallel completes with words that cannot be known."""
    if name == "parallel":
        words = words[: next((index for index, word in enumerate(words) if word.value.startswith(":::")), len(words))]
    mark = "{}" if name == "parallel" or (placeholder and placeholder.value is None) else ""
    if placeholder is not None and placeholder.value is not None:
        mark = placeholder.value.value
    if mark and any(mark in word.value for word in words):
        return [filled(word, mark) for word in words]
    if not words or placeholder is not None:
        return words
    last = words[-1]
    return [*words, Word(HOLE, last.source, last.end, last.end, True)]


def filled(word: Word, mark: str) -> Word:
    """A word in which a mark stands for what cannot be known."""
    if mark not in word.value:
        return word
    pieces = tuple(
        Piece(piece.text.replace(mark, HOLE), piece.snippet, piece.start, piece.end) for piece in word.pieces
    )
    return Word(word.value.replace(mark, HOLE), word.source, word.start, word.end, False, pieces)

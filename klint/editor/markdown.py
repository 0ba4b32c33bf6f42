"""Text from manifests in Markdown, in which nothing of it is markup."""

from __future__ import annotations

from klint.regex import regex
from klint.report.escape import escape, escape_lines

_BACKTICKS = regex(r"`+")
_MARKUP = regex(r"[\\`*_\[\]<>&#~|!]")


def plain(text: str) -> str:
    """The text as words of a sentence (CommonMark 2.4: a backslash before it makes punctuation of no meaning)."""
    return _MARKUP.sub(r"\\\g<0>", escape(text))


def code(text: str) -> str:
    """The text in a line, as code. A fence of backticks that is longer than any in it holds it (CommonMark 6.1)."""
    text = escape(text)
    fence = "`" * (_longest(text) + 1)
    space = " " if text[:1] in ("`", " ") or text[-1:] in ("`", " ") else ""
    return f"{fence}{space}{text}{space}{fence}"


def fenced(text: str) -> str:
    """Lines of text as a block of code (CommonMark 4.5)."""
    text = escape_lines(text)
    fence = "`" * max(3, _longest(text) + 1)
    return f"{fence}text\n{text}\n{fence}"


def _longest(text: str) -> int:
    """How many backticks stand together at most."""
    return max(map(len, _BACKTICKS.findall(text)), default=0)

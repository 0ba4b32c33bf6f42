"""Which texts the fast parser may read otherwise than kubectl does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

_BOOLEAN = "[yY](?:es)?|YES|[nN]o?|NO|[oO](?:n|ff)|ON|OFF"
_MISREAD_VALUE = rf"""(?:
    (?:{_BOOLEAN})(?=[ ]*+(?:[\n,\]}}\#:]|\Z))
    | [-+]?0[0-9_][-+0-9._eE]*+(?!\w)
    | [-+.]?[0-9.]*+_[-+0-9._eE]*+(?!\w) | [-+]?[0-9.]++[eE][-+]?[0-9_]{{3,}}+(?![\w-])
    | [-+]?[0-9]{{19}} | [-+]?0[xX][0-9a-fA-F]{{16}} | [-+]?0[bB][01]{{63}} | [-+]?0[oO][0-7]{{21}}
    | [-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)
)"""
_MISREAD_KEY = rf"(?:{_BOOLEAN}|[tT]rue|TRUE|[fF]alse|FALSE|[nN]ull|NULL|~|[-+.]*[0-9][\w.+-]*)"

_BEGINNING = r"""(?=
    [yY](?:\b|[eE]) | [nN](?:\b|[oOuU]) | [oO][nNfF] | [tT][rR] | [fF][aA] | [0-9_~] | [-+.]++[0-9_iInNeE]
)"""
"""How each of them begins, which few other words do."""

_WORDS = rf"""[\s\[{{,:](?=[-+.0-9_yYnNoOtTfF~]){_BEGINNING}(?:(?<!:)|(?<=["']:))(?:
    {_MISREAD_VALUE} | (?<!:)(?:[tTfFnN]\w{{3,4}} | ~ | [-+.]*[0-9][\w.+-]*)\s*+[:,}}\#]
)"""
"""All that `_MISREAD_WORDS` find, and more: one pattern to compile instead of seven, which most texts do not need.

It begins with a set of characters, for which texts are scanned many times faster than for a choice of patterns; of
spaces it tries the last alone.
"""

_IN_FLOW = rf"\s*+(?=[-+.0-9_yYnNoOtTfF~])(?: {_MISREAD_VALUE} | {_MISREAD_KEY}\s*+[:,}}\#] )"

_MISREAD_WORDS = (
    (": ", rf":[ ]++(?=[-+.0-9_yYnNoO]){_MISREAD_VALUE}"),
    ('":', rf"\":{_MISREAD_VALUE}"),
    ("':", rf"':{_MISREAD_VALUE}"),
    (
        "\n",
        rf"""\n[ ]*+(?:-[ ]++)*+(?=[-+.0-9_yYnNoOtTfF~])(?:
            {_MISREAD_VALUE} | {_MISREAD_KEY}[ ]*+(?::(?=\s|\Z)|[,}}\#])
        )""",
    ),
    ("[", rf"\[{_IN_FLOW}"),
    ("{", rf"\{{{_IN_FLOW}"),
    (",", rf",{_IN_FLOW}"),
)
_MISREAD_SIGNS = (
    (": ", r":[ ]++[\[{]\s*+:"),
    ("\n", r"\n[ ]*+(?:-[ ]++)*+(?:[?:](?=\s|\Z) | [\[{]\s*+:)"),
    ("[", r"\[\s*+(?:[?|>] | :\s)"),
    ("{", r"\{\s*+(?:[?|>] | :\s)"),
    (",", r",\s*+[?|>:]"),
    ("?", r"[\[{,][^\n\"'?]{0,200}+\?"),  # no text in flow collections may hold a question mark
    ("{", rf"\n[ ]*+{_MISREAD_KEY}[ ]*+\n"),
    ("{", r"\{\s*+[\[{]"),  # a key that is no scalar
    ("}", r"\}\s*+:(?![0-9])"),
    ("]", r"\]\s*+:(?![0-9])"),
    (":", r":[,}\]](?<=[^\s:\"']:.)"),  # `{a:}`, whose key is `a:`
    ("<<", r"<<\s*+[:,}]"),
    ("!", r"!(?<![^\s\[{,:].)"),  # a tag
    ("&", r"&(?<![^\s\[{,:].)"),  # an anchor
    ("|", r"\|[-+0-9]*+[ ]*+(?:\#[^\n]*+)?\s*+\Z"),  # a block scalar without a text
    (">", r">[-+0-9]*+[ ]*+(?:\#[^\n]*+)?\s*+\Z"),
    (" #{", r"[:-][ ]++\#\{"),  # a placeholder that is a comment to YAML
    (" #@ ", r"[:-][ ]++\#@[ ]"),
    (" " * 100, r"\n[ ]{100}"),  # nesting that could exhaust the fast parser's stack
    ("- ", r"-[ ]++-[ ]++(?:-[ ]++){48}"),
)
"""What the fast parser accepts but reads otherwise than kubectl, or may: YAML 1.1 booleans, octals and underscores,
keys that are not strings, merge keys, tags, anchors, nesting deep enough to exhaust its stack, and placeholders that
are comments to YAML: their value is not missing, it is yet to be filled in.

Each pattern stands behind a mark, and begins with a literal: both are looked for many times faster than the rest. A
pattern is compiled when its mark first turns up, and those of words where a short text has one at all.
"""

_KEY = rf"""(?>
    (?!(?:{_BOOLEAN}|[tT]rue|TRUE|[fF]alse|FALSE|[nN]ull|NULL)[ ]*+:)[A-Za-z_][\w./-]*+(?::[\w./-]++)*+ | \.
    | "[^"\\\n\t]*+" | '[^'\n\t]*+'
):"""
_TEXT = r"(?:[^\n\t:\#]++|:(?!\s)|(?<!\s)\#)++"  # a line of a scalar without quotes
_REST = r"[ ]*+(?:(?<=[ ])\#[^\n]*+)?\n"
_NOTHING = rf"(?![ ]*+\#(?:\{{|@[ ])){_REST}"  # no value, nor a placeholder that looks like a comment
_BETWEEN = r"(?:[ ]*+(?:\#[^\n]*+)?\n)*+"


def _flow(value: str) -> str:
    """A list or mapping in brackets, on one line, whose values are those given."""
    return rf"""(?:
        \[(?:[ ]*+{value}[ ]*+(?:,|(?=\])))*+[ ]*+\] | \{{(?:[ ]*+{_KEY}[ ]++{value}[ ]*+(?:,|(?=\}})))*+[ ]*+\}}
    )"""


_IN_BRACKETS = rf"""(?:
    "[^"\\\n\t]*+" | '[^'\n\t]*+'
    | (?=[-+.0-9_yYnNoO\w/$=])(?!{_MISREAD_VALUE})(?!-(?!\w))
      [\w./$=+\-](?:[\w./$=+()\-]++|:(?=[\w/])|[ ]++(?=[\w./]))*+
)"""


def _value(deeper: str) -> str:
    """A value that begins on the line of its key or dash, and what follows up to the next line with a content.

    `deeper` is an indentation that belongs to the value; after it no line can have that.
    """
    return rf"""(?:
        (?:
            (?![\s?:,\[\]{{}}\#&*!|>'"%@`]|-\s)(?!{_MISREAD_VALUE}){_TEXT}(?:\n++{deeper}[ ]*+{_TEXT})*+
            (?:(?<=[ ])\#[^\n]*+)?\n
            | (?:"(?:[^"\\\t]++|\\[^\t])*+" | '(?:[^'\t]++|'')*+'){_REST}
            | [|>][-+]?{_REST}\n*+(?P<block>{deeper}[ ]*+)(?=\S)[^\n]*+\n(?:(?P=block)[^\n]*+\n|[ ]*+\n)*+
            | {_flow(f"(?:{_IN_BRACKETS}|{_flow(_IN_BRACKETS)})")}{_REST}
        )
        {_BETWEEN}(?!{deeper})
    )"""


_HEAD = rf"(?:---{_REST})?{_BETWEEN}"
_ENTRIES = rf"""(?:
    (?P<indent>[ ]{{0,99}}+){_KEY}(?:{_NOTHING}{_BETWEEN} | [ ]++{_value("(?P=indent)[ ]")})
){{1,500}}"""
_ITEM = rf"""
    (?P<indent>[ ]{{0,99}}+)-[ ](?:(?P<wide>[ ]{{2}})|(?![ ]{{2}}))(?:
        {_KEY}{_NOTHING}{_BETWEEN}
        | (?P<key>{_KEY}[ ]++)?{_value("(?P=indent)[ ](?(key)[ ]{2}(?(wide)[ ]{2}))")}
    )"""
"""Ordinary lines in the block style, which both parsers read the same: keys that are plainly texts and items of lists,
each with its value on the same line or below.

They pass over whatever stands in quoted and block scalars and comments, and cannot mistake for one of these what is
none: every match begins outside of all, for after a value they want a line that is not indented deeper.
"""

_SHORT = 10_000
"""Characters of a text that holds nothing to misread, below which the patterns of ordinary lines stay uncompiled."""

_BLOCK_HEADER = r"[|>][-+0-9]*+[ ]*+(?:\#[^\n]*+)?(?:\n|\Z)"
_ODD_CHARACTER = r"[\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
_ORDINARY = b"\t\n" + bytes(range(0x20, 0x7F))
"""All of ASCII but for odd characters."""


def may_be_misread(text: str) -> bool:
    """Whether a text holds something that the fast parser takes otherwise than kubectl, or may."""
    text = text.replace("\r\n", "\n") if "\r" in text else text
    if not text.endswith("\n") and _ends_in_block(text):
        return True
    if len(text) < _SHORT and not _has_misread("\n" + text):
        return False
    return _has_misread(_after_ordinary_lines(text))


def _ends_in_block(text: str) -> bool:
    """Whether a text without a last line break may end in a block scalar, to which the fast parser adds one."""
    last = text.rfind("\n") + 1
    indentation = _indentation(text, last)
    for header in _compiled(_BLOCK_HEADER).finditer(text, 0, last):
        line = text.rfind("\n", 0, header.start()) + 1
        above = _indentation(text, line)
        if above < indentation or line + above == header.start():
            return True
    return False


def _indentation(text: str, line: int) -> int:
    end = line
    while text.startswith(" ", end):
        end += 1
    return end - line


def _has_misread(lines: str) -> bool:
    each = lines.split("\n")
    if not "".join(each).isprintable():  # tabs, lone carriage returns, control characters, line separators
        return True
    patterns = (*_MISREAD_WORDS, *_MISREAD_SIGNS) if len(lines) > _SHORT or _may_have_words(each) else _MISREAD_SIGNS
    marked = [pattern for mark, pattern in patterns if mark in lines]
    return any(_compiled(pattern).search(lines) for pattern in marked)


def _may_have_words(lines: Iterable[str]) -> bool:
    """Whether `_MISREAD_WORDS` may find any. They are the same without the indentation, which is half of many texts."""
    return _compiled(_WORDS).search("\n".join(map(str.strip, lines))) is not None


def _after_ordinary_lines(text: str) -> str:
    """The text from the first line that is none of `_ENTRIES` and `_ITEM`, with a line break before; often empty."""
    if not text.endswith("\n"):
        text += "\n"
    if _has_odd_character(text):
        return "\n" + text
    end = _compiled(_HEAD).match(text).end()  # type: ignore[union-attr]
    while match := _compiled(_ENTRIES).match(text, end) or _compiled(_ITEM).match(text, end):
        end = match.end()
    return "\n" + text[end:] if end < len(text) else ""


def _has_odd_character(text: str) -> bool:
    if text.isascii():  # a table takes a fifth of the time of a pattern
        return bool(text.encode().translate(None, _ORDINARY))
    return _compiled(_ODD_CHARACTER).search(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.VERBOSE)

"""Text from manifests and file names is data, and nothing in it speaks to what reads the output.

`escape` spells out what would steer a terminal or hide from the eye, `inert` what a CI runner takes for a command.
"""

from __future__ import annotations

import re
from functools import cache

from klint.regex import regex


@cache
def _unsafe() -> re.Pattern[str]:
    """Compiled when a text needs it: hardly any does, and the classes of characters take their time."""
    return re.compile(
        "["
        "\x00-\x1f\x7f-\x9f"  # control characters, line breaks among them
        "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f"  # characters that are not seen
        "\u2028-\u202e\u2060-\u206f"  # line separators, and what turns the direction of writing
        "\ufffe\uffff"  # no characters, and nothing that XML takes
        "\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # more that are not seen
        "\ud800-\udfff"  # halves of characters, as undecodable file names have them: no encoding takes them
        "\U000e0000-\U000e0fff"  # tags
        "]"
    )


def escape(text: str) -> str:
    r"""The text on one line with nothing in it that is not seen: `\x1b`, `\n`, `\u202e`."""
    if text.isascii() and text.isprintable():
        return text
    return _unsafe().sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


_COMMAND = regex(r"^((?:[^\S\n]|\x1b\[[0-9;]*m)*+):(?=:)|#(?=#[a-z]*+\[)", re.MULTILINE)


def escape_lines(text: str) -> str:
    """The text as `escape` leaves it, but for its line breaks and tabs."""
    if text.isascii() and text.isprintable():
        return text
    return _unsafe().sub(lambda match: match[0] if match[0] in "\n\t" else _spelled(match), text)


def inert(text: str) -> str:
    r"""The text without what a CI runner takes for a command: `\x3a:stop-commands::x`, `\x23#[error]`.

    Sources: actions/runner src/Runner.Common/ActionCommand.cs: `::` at the start of a line, white space before it
    aside, and `##[` anywhere; azure-pipelines-agent: `##vso[`; TeamCity: `##teamcity[`.
    """
    if "::" not in text and "##" not in text:
        return text
    return _COMMAND.sub(lambda match: f"{match[1]}\\x3a" if match[1] is not None else "\\x23", text)


_COMMAND_IN_JSON = regex(r"#(?=#[a-z]*+\[)")


def inert_json(text: str) -> str:
    """The same for a JSON document, which stays the same document. No line of it begins with a string's text."""
    return _COMMAND_IN_JSON.sub(r"\\u0023", text)

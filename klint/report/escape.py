"""Text from manifests and file names is data: what would steer a terminal or hide from the eye is spelled out."""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters, line breaks among them
    "\xad\u061c\u180e\u200b\u200c\u200e\u200f\u2060-\u2064\ufeff\ufff9-\ufffb"  # characters that are not seen
    "\u2028-\u202e\u2066-\u206f"  # line separators, and what turns the direction of writing
    "\ud800-\udfff"  # halves of characters, as undecodable file names have them: no encoding takes them
    "\U000e0000-\U000e0fff"  # tags
    "]"
)


def escape(text: str) -> str:
    r"""The text on one line with nothing in it that is not seen: `\x1b`, `\n`, `\u202e`."""
    return _UNSAFE.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")

"""Markdown in blocks and what is within them: as much as the pages of rules have, and no more of Markdown."""

import re

BLOCK = re.compile(
    r"^(?P<fence>`{3,}+)[^\n]*\n(?P<code>.*?)(?:^(?P=fence)[ \t]*$|\Z)"
    r"|^#{1,6} +(?P<heading>[^\n]+)$"
    r"|^(?P<table>\|[^\n]*(?:\n\|[^\n]*)*)"
    r"|^(?P<item> *(?:[-*+]|\d+[.)]) )(?P<item_text>[^\n]+(?:\n(?! *(?:[-*+]|\d+[.)]) |```|#)[^\n]+)*)"
    r"|^(?P<text>[^\n]+(?:\n(?!```|#|\|| *(?:[-*+]|\d+[.)]) )[^\n]+)*)",
    re.MULTILINE | re.DOTALL,
)
"""A block, in the group that it ends with: `code`, `heading`, `table`, `item_text` or `text`."""
LINK = re.compile(r"\[([^][]+)\]\(([^()\s]+)\)")
CODE = re.compile(r"`([^`]+)`")
STRONG = re.compile(r"\*\*([^*]+)\*\*")

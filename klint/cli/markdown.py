"""Markdown for a terminal: as a manual page looks. For the pages of rules, not for all of Markdown."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator

import click

from klint.report.blocks import BLOCK, CODE, LINK, STRONG

WIDEST = 100


def to_terminal(markdown: str, *, is_colored: bool, width: int | None = None) -> str:
    """Markdown as text of at most `width` columns; code and tables keep their lines."""
    width = width or min(shutil.get_terminal_size().columns, WIDEST)
    parts: list[str] = []
    previous = ""
    for block in BLOCK.finditer(markdown):
        kind = block.lastgroup or ""
        if parts and not (kind == previous == "item_text"):
            parts.append("")
        parts.extend(_lines(block, width, is_colored))
        previous = kind
    return "".join(f"{line}\n" for line in parts)


def _lines(block: re.Match[str], width: int, is_colored: bool) -> Iterator[str]:
    if block["fence"]:
        yield from (f"    {line}".rstrip() for line in block["code"].splitlines())
    elif block["heading"]:
        text = block["heading"].rstrip(" #")
        text = text if block[0].startswith("# ") else text.upper()
        yield click.style(text, bold=True) if is_colored else text
    elif block["table"]:
        yield from (_colored(line) if is_colored else line for line in block["table"].splitlines())
    else:
        mark = block["item"] or ""
        text = " ".join(LINK.sub(_spelled, block["item_text"] or block["text"]).split())
        filled = textwrap.fill(
            text if is_colored else STRONG.sub(r"\1", text),
            width,
            initial_indent=mark,
            subsequent_indent=" " * len(mark),
            break_long_words=False,
            break_on_hyphens=False,
        )
        yield _colored(filled) if is_colored else filled


def _spelled(link: re.Match[str]) -> str:
    """A link to the web with its address; one to another page without."""
    text, target = link.groups()
    return f"{text} <{target}>" if "://" in target else text


def _colored(text: str) -> str:
    text = STRONG.sub(lambda match: click.style(match[1], bold=True), text)
    return CODE.sub(lambda match: click.style(match[1], fg="cyan"), text)

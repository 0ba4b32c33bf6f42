"""Markdown as HTML: the pages of rules. A link to another page, which is not in the file, stays a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from klint.report.blocks import BLOCK, CODE, LINK, STRONG
from klint.report.html.markup import Html, element, joined

_INLINE = re.compile(f"(?P<code>{CODE.pattern})|(?P<link>{LINK.pattern})|(?P<strong>{STRONG.pattern})")
_RULE = re.compile(r"[|\s:-]+\Z")
_CELL = re.compile(r"(?<!\\)\|")


def to_html(markdown: str, top: int = 3) -> Html:
    """Markdown as HTML, whose first level of headings is `top`."""
    parts: list[Html] = []
    for list_tag, blocks in groupby(BLOCK.finditer(markdown), _list_tag):
        if list_tag:
            parts.append(element(list_tag, *(element("li", _inline(block["item_text"])) for block in blocks)))
        else:
            parts.extend(_block(block, top) for block in blocks)
    return joined(parts)


def _block(block: re.Match[str], top: int) -> Html:
    if block["fence"]:
        return element("pre", element("code", block["code"]))
    if block["heading"]:
        level = len(block[0]) - len(block[0].lstrip("#"))
        return element(f"h{min(6, top + level - 1)}", _inline(block["heading"].rstrip(" #")))
    if block["table"]:
        return element("div", element("table", *_rows(block["table"].splitlines())), class_="wide")
    return element("p", _inline(block["text"]))


def _list_tag(block: re.Match[str]) -> str:
    """The list that an item belongs to; empty for another block."""
    if block.lastgroup != "item_text":
        return ""
    return "ol" if block["item"].strip()[0].isdigit() else "ul"


def _rows(lines: list[str]) -> Iterator[Html]:
    for number, line in enumerate(lines):
        if not _RULE.match(line):
            cells = (cell.replace("\\|", "|").strip() for cell in _CELL.split(line.strip().strip("|")))
            yield element("tr", *(element("td" if number else "th", _inline(cell)) for cell in cells))


def _inline(text: str) -> Html:
    text = " ".join(text.split())
    parts: list[Html | str] = []
    end = 0
    for found in _INLINE.finditer(text):
        parts += [text[end : found.start()], _marked(found)]
        end = found.end()
    return joined([*parts, text[end:]])


def _marked(found: re.Match[str]) -> Html:
    if code := CODE.fullmatch(found[0]):
        return element("code", code[1])
    if strong := STRONG.fullmatch(found[0]):
        return element("strong", _inline(strong[1]))
    words, target = found["link"][1:-1].split("](", 1)
    if not target.startswith(("https://", "http://")):
        return _inline(words)
    return element("a", _inline(words), href=target, rel="noreferrer")

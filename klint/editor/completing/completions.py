"""What may be written where the cursor is: names, ports, labels and classes of the bundle, as the graph knows them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from klint.editor.completing.fields import Field, Offer, quoted
from klint.editor.completing.table import offers
from klint.editor.completing.typed import Typed
from klint.editor.completing.typing import sketch
from klint.editor.graphs import graphs_near
from klint.records import dataclass

if TYPE_CHECKING:
    from klint.engine import Report

_MOST = 200
"""Offers that are made at once; more are found once more is typed."""
_IGNORE = re.compile(r"#[ \t]*klint:[ \t]*ignore\Z")
_RULE = re.compile(r"[a-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Completion:
    """A text that may be written, and what it is."""

    text: str
    detail: str


@dataclass(frozen=True, slots=True)
class Completions:
    """What may take the place of the text between two offsets; `is_whole` unless there is more than is told."""

    start: int
    end: int
    items: tuple[Completion, ...]
    is_whole: bool = True


def completions(report: Report, path: Path, text: str, offset: int) -> Completions | None:
    """What may be written at an offset of a text; None where klint knows nothing of that place.

    Args:
        report: of the workspace, the last one in which the file was read: the text may be another since, and no YAML.
        path: the file, absolute.
        text: what the editor has of it.
        offset: in characters of the text.
    """
    opening = text.rfind("[", text.rfind("\n", 0, offset) + 1, offset)
    if opening >= 0 and "]" not in text[opening:offset] and _IGNORE.search(text[:opening].rpartition("\n")[2]):
        return _rules(report, text, offset)
    found = sketch(text, offset)
    if found.typed is None or path.suffix == ".json":  # offers are written as YAML has it
        return None
    field = Field(found, found.typed)
    for graph in graphs_near(report, path):
        items = list(offers(field, graph, report.graphs))
        if items:
            return _completions(found.typed, items)
    return None


def _completions(typed: Typed, offered: Iterable[Offer]) -> Completions:
    found: dict[str, str] = {}
    for offer in offered:
        if typed.text.lstrip("\"'") in offer.text:
            found.setdefault(offer.text if offer.is_plain else quoted(offer.text), offer.detail)
    items = [Completion(text, detail) for text, detail in found.items()]
    return Completions(typed.start, typed.end, tuple(items[:_MOST]), len(items) <= _MOST)


def _rules(report: Report, text: str, offset: int) -> Completions:
    start = offset
    while text[start - 1] not in "[, ":
        start -= 1
    rest = _RULE.match(text, offset)
    items = tuple(Completion(rule.name, rule.summary) for rule in report.rules if text[start:offset] in rule.name)
    return Completions(start, rest.end() if rest else offset, items)

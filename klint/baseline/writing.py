"""Baseline → text: YAML with one finding a line, so that git merges what two branches make of it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from klint.baseline.entries import Entry, in_order
from klint.baseline.reading import TEXTS, VERSION, Baseline

HEAD = "# Findings that are known, as `klint baseline` writes them. Only the identity of each counts.\n"
"""How a baseline begins, by which one is told from a file that is something else."""


def baseline_text(baseline: Baseline) -> str:
    """The text of a baseline. Characters that are not seen are spelled out."""
    lines = [f"- {_dumped(dict(_fields(entry)))}\n" for entry in in_order(baseline.entries)]
    findings = "\n" + "".join(lines) if lines else " []\n"
    return f"{HEAD}version: {VERSION}\npaths: {_dumped(list(baseline.paths))}\nfindings:{findings}"


def _fields(entry: Entry) -> Iterator[tuple[str, str | int]]:
    yield "identity", entry.identity
    if entry.count > 1:
        yield "count", entry.count
    yield from ((name, text) for name in TEXTS if (text := getattr(entry, name)))


def _dumped(value: object) -> str:
    """A value as JSON that is YAML too: that takes no halves of characters, and keeps none that are not seen."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else "".join(map(_spelled, text))


def _spelled(character: str) -> str:
    if character.isprintable():
        return character
    number = ord(character)
    return "\\ufffd" if 0xD800 <= number < 0xE000 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"

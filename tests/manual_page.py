"""docs/klint.1, the manual page, made from what `--help` is made from.

tests/test_docs.py compares it, and writes it with UPDATE=1; the wheel puts it into share/man/man1. The macros are those
of man(7), which groff and mandoc read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from klint.cli.commands import COMMANDS, klint

EXIT_CODES = {
    "0": "Nothing was found that counts.",
    "1": "There are findings, of the severity that --fail-on names or worse.",
    "2": "klint could not do its job.",
    "130": "It was interrupted.",
}
FILES = {
    ".klint.yaml": "The configuration: the nearest one of what is linted. See docs/configuration.md of klint.",
}


def page() -> str:
    """The whole page."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    root = _context(klint, "klint")
    summary, *paragraphs = _paragraphs(klint)
    yield r".\" Made by tests/manual_page.py."
    yield '.TH KLINT 1 "" "klint" "User Commands"'
    yield ".ad l"
    yield ".nh"
    yield ".SH NAME"
    yield rf"klint \- {_text(summary.rstrip('.')[0].lower() + summary.rstrip('.')[1:])}"
    yield ".SH SYNOPSIS"
    yield r".B klint"
    yield r"[\fICOMMAND\fR] [\fIPATHS\fR]..."
    yield ".SH DESCRIPTION"
    yield from _prose(paragraph for paragraph in paragraphs if not paragraph.startswith("Exit codes:"))
    yield ".SH OPTIONS"
    yield from _options(klint, root)
    yield ".SH COMMANDS"
    for name in COMMANDS:
        command = klint.get_command(root, name)
        assert command is not None
        context = _context(command, name, root)
        yield f'.SS "{_text(" ".join(("klint", name, *command.collect_usage_pieces(context))))}"'
        yield from _prose(_paragraphs(command))
        yield from _options(command, context)
    yield ".SH EXIT STATUS"
    yield from _listed(EXIT_CODES)
    yield ".SH ENVIRONMENT"
    yield from _prose(["Options of klint check can be set by variables: KLINT_FAIL_ON is --fail-on."])
    yield ".SH FILES"
    yield from _listed(FILES)


def _context(command: click.Command, name: str, parent: click.Context | None = None) -> click.Context:
    return click.Context(command, parent, name, **command.context_settings)


def _paragraphs(command: click.Command) -> list[str]:
    return [" ".join(text.split()) for text in re.split(r"\n\s*\n", (command.help or "").strip())]


def _prose(paragraphs: Iterator[str] | list[str]) -> Iterator[str]:
    for paragraph in paragraphs:
        yield ".PP"
        yield _text(paragraph)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    options = (option for option in command.get_params(context) if isinstance(option, click.Option))
    records = (option.get_help_record(context) for option in options)
    yield from _listed(dict(record for record in records if record))


def _listed(items: dict[str, str]) -> Iterator[str]:
    for name, said in items.items():
        yield ".TP"
        yield rf"\fB{_text(name)}\fR"
        yield _text(said)


def _text(text: str) -> str:
    """A text in which nothing is a request or an escape: no line begins with a point or an apostrophe."""
    quoted = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{quoted}" if quoted.startswith((".", "'")) else quoted

"""No name and no message speaks to the terminal or to a CI runner, in any format."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from klint import Finding, Related, Severity, Source, Span
from klint.cli.commands import klint
from klint.engine import Report
from klint.errors import Failure
from klint.registry import load_rules
from klint.report import Options, formats, render
from klint.report.escape import escape, escape_lines, inert, inert_json
from klint.session import Session

TRAPS = (
    "::stop-commands::x", "::set-env name=PATH::/x", "##[error]x", "##vso[task.setvariable variable=x]y", "\x1b[2J",
    "\x9b2J", "\u202e", "\u2066", "\u200b", "\r", "\n", "\u2028", "\u2029", "\x85", "\u3164", "\ufeff",
    "\U000e0041", "\udc80", " ", "\t", "\u00a0", "\u3000", ":", "#", "##teamcity[x]", "%0A", "\x0b", "\x0c", "\x1c",
)  # fmt: skip
WILD = st.lists(st.sampled_from(TRAPS) | st.text(max_size=3), max_size=6).map("".join)
NAMES = WILD.map(lambda name: name.replace("\0", ""))
RULES = load_rules()[0][:1]
COMMANDS = re.compile(r"::(error|warning|notice) [^:]*::")


def lines(text: str) -> Iterator[str]:
    """What a runner and a terminal take for lines."""
    assert text.endswith("\n")
    yield from text[:-1].split("\n")


def is_seen(character: str) -> bool:
    return character == "\u200d" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def assert_is_quiet(text: str, *, has_commands: bool = False) -> None:
    for line in lines(text):
        assert all(map(is_seen, line)), ascii(line)
        assert not re.search(r"##[a-z]*\[", line)
        assert not line.strip().startswith("::") or (has_commands and COMMANDS.match(line))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return Session.of([str(tmp_path_factory.mktemp("empty"))], RULES, isolated=True).report()


@settings(max_examples=15, deadline=None)
@given(name=WILD, message=WILD, text=WILD, file=NAMES)
@pytest.mark.parametrize("style", ["full", "concise"])
@pytest.mark.parametrize("name_of_format", formats())
def test_no_line_is_a_command_or_steers(
    name_of_format: str, style: str, empty: Report, name: str, message: str, text: str, file: str
) -> None:
    source = Source(file, f"{text}\n" * 3)
    span = Span(source, 1, 1, 1, 2)
    finding = Finding(message, span, (Related(name, span),), (), Severity.ERROR, RULES[0].name, (name,))
    # More than GitHub annotates: the others are plain lines.
    report = replace(empty, findings=(finding,) * 12, failures=(Failure(name, message, text),))
    printed = render(name_of_format, report, Options(style=style, verbose=True))
    assert_is_quiet(printed, has_commands=name_of_format == "github")
    if name_of_format in ("json", "sarif", "rdjson", "gitlab"):
        assert isinstance(json.loads(printed), list if name_of_format == "gitlab" else dict)


@given(WILD)
def test_json_stays_the_same_document(text: str) -> None:
    assert json.loads(inert_json(json.dumps([text]))) == [text]


@given(WILD)
def test_plain_text_keeps_its_lines(text: str) -> None:
    assert escape_lines(text).count("\n") == text.count("\n")
    assert all(map(is_seen, escape_lines(text).replace("\n", "").replace("\t", "")))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::x", "\\x3a:x"),
        (" \t::x", " \t\\x3a:x"),
        ("\u3000::x", "\u3000\\x3a:x"),
        ("\x1b[1m::x", "\x1b[1m\\x3a:x"),
        ("a\n::x", "a\n\\x3a:x"),
        ("a ##[x]", "a \\x23#[x]"),
        ("##vso[x]", "\\x23#vso[x]"),
    ],
)
def test_a_command_is_spelled_out(text: str, shown: str) -> None:
    assert inert(text) == shown


@pytest.mark.parametrize("text", ["a::b", "web.yaml:1:2: error", "# [x]", "##", "## Title", "#[x]", ": :x", "fe80::1"])
def test_what_is_no_command_stays(text: str) -> None:
    assert inert(text) == text


@pytest.mark.parametrize("text", ["web", "\u00e4\u4e2d", "\U0001f469\u200d\U0001f680", "\u270f\ufe0f"], ids=range(4))
def test_what_is_seen_stays(text: str) -> None:
    assert escape(text) == text


def test_a_page_speaks_to_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "acme" / "odd"
    folder.mkdir(parents=True)
    rule = '"""Odd."""\nfrom klint import Graph, rule\n@rule(severity="note")\n'
    rule += "def check(graph: Graph):\n    return []\n"
    (folder / "rule.py").write_text(rule, "utf-8")
    page = "# odd\n\n::stop-commands::x\n\n##[group]x\n\nA \x1b[2J page \u202e.\n\n```yaml\n::error::x\n```\n"
    (folder / "README.md").write_text(page, "utf-8")
    found = CliRunner().invoke(klint, ["explain", "odd", "--rules", str(tmp_path)])
    assert found.exit_code == 0
    assert "stop-commands" in found.output
    assert_is_quiet(found.output)

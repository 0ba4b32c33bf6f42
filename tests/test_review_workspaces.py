"""What all rules together say about small workspaces, as people have them.

`tests/review/` has a file for each rule, and four more: `layouts` (how repositories are laid out), `rendered` (charts
and overlays), `quiet` (what is right, and easily taken for wrong) and `klint` (the rules about text and about silence).
A file is a list of cases:

    ===== A title
    Why it is so, where the title does not say it.
    ----- path/of/a/file.yaml
    nodePort: 80  #! error node-port-out-of-range

`#!` and what follows is no part of the file: a finding stands on that line, with this severity, from this rule. There
are no other findings. `crlf` after a path writes the file with Windows line ends.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from klint.engine import lint
from klint.registry import load_rules
from klint.render.renderings import render
from klint.workspace.discovery import open_workspace

RULES = frozenset(
    (
        "node-port-out-of-range",
        "node-port-collision",
        "host-port-in-production",
        "host-port-with-replicas",
        "load-balancer-on-local-cluster",
        "invalid-service",
        "service-selects-nothing",
        "target-port-unresolved",
        "target-port-undeclared",
        "invalid-port-name",
        "unrouted-ingress",
        "dangling-backend",
        "backend-port-mismatch",
        "ingress-class-conflict",
        "removed-ingress-api",
        "invalid-ingress",
        "syntax-error",
        "duplicate-key",
        "not-analysed",
        "incomplete-rendering",
        "unrendered",
        "unused-ignore",
        "unknown-rule",
    )
)
"""The rules that the cases speak of. Others do not run, so that a new rule changes no case."""

_MARK = re.compile(r"[ \t]*#! (.*)\Z")

Said = tuple[str, int, str, str]
"""A finding's file, line, severity and rule."""


@dataclass
class Case:
    """A workspace and what is said of it."""

    name: str
    files: dict[str, str] = field(default_factory=dict)
    expected: set[Said] = field(default_factory=set)


def read_cases(file: Path) -> Iterator[Case]:
    for chunk in re.split(r"^===== ", file.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        head, *files = re.split(r"^----- ", chunk, flags=re.MULTILINE)
        case = Case(f"{file.stem}: {head.partition(chr(10))[0]}")
        for text in files:
            title, *lines = text.rstrip("\n").split("\n")
            path, *options = title.split(" ")
            case.files[path] = ("\r\n" if "crlf" in options else "\n").join([*_without_marks(case, path, lines), ""])
        yield case


def _without_marks(case: Case, path: str, lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        found = _MARK.search(line)
        yield line[: found.start()] if found else line
        for mark in found[1].split(", ") if found else ():
            severity, rule = mark.split(" ")
            case.expected.add((path, number, severity, rule))


CASES = [case for file in sorted(Path(__file__).with_name("review").glob("*.txt")) for case in read_cases(file)]


def test_every_rule_has_cases() -> None:
    assert {rule for case in CASES for *_, rule in case.expected} == RULES
    assert len({case.name for case in CASES}) == len(CASES)
    assert all(case.files for case in CASES)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_workspace(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in case.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text.encode("utf-8"))
    monkeypatch.chdir(tmp_path)
    known, _ = load_rules()
    rules = [rule for rule in known if rule.name in RULES]
    report = lint(render(open_workspace(["."]), use_cache=False), rules, known=known)
    assert report.failures == ()
    found = [
        (item.span.source.path, item.span.line, str(item.severity), item.rule, item.message) for item in report.findings
    ]
    assert sorted(said[:4] for said in found) == sorted(case.expected), "\n".join(map(str, found))

"""Workflow annotations: escaping, order, GitHub's limits, and no way for a manifest to speak to the runner."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint import Finding, Severity, Source, Span
from klint.engine import Report
from klint.errors import Failure
from klint.report import render
from klint.report.github import LIMIT
from klint.session import Session


def empty() -> Report:
    return Session.of([], [], isolated=True).report()


def finding(message: str, severity: Severity = Severity.ERROR, file: str = "web.yaml", line: int = 1) -> Finding:
    source = Source(file, "a: b\n" * line)
    return Finding(message, Span(source, line, 4, line, 5), (), (), severity, "any-rule")


def annotations(findings: Sequence[Finding], failures: Sequence[Failure] = ()) -> list[str]:
    report = replace(empty(), findings=tuple(findings), failures=tuple(failures))
    return render("github", report).split("\n")[:-1]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("severity", "command"),
    [(Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.NOTE, "notice")],
)
def test_one_finding(severity: Severity, command: str) -> None:
    assert annotations([finding("It is", severity, line=3)]) == [
        f"::{command} file=web.yaml,line=3,endLine=3,col=4,endColumn=5,title=any-rule::web.yaml:3:4: It is [any-rule]"
    ]


def test_nothing_to_say() -> None:
    assert render("github", empty()) == ""


def test_columns_are_left_out_where_lines_differ() -> None:
    span = Span(Source("web.yaml", "a:\n  b\n"), 1, 1, 2, 4)
    assert annotations([Finding("So", span, rule="any", severity=Severity.ERROR)]) == [
        "::error file=web.yaml,line=1,endLine=2,title=any::web.yaml:1:1: So [any]"
    ]


def test_percent_signs_and_line_breaks_are_escaped() -> None:
    (found,) = annotations([finding("100%0A\r\n::error::x", file="50%,a:b.yaml")])
    assert found == (
        "::error file=50%25%2Ca%3Ab.yaml,line=1,endLine=1,col=4,endColumn=5,title=any-rule::"
        "50%25,a:b.yaml:1:4: 100%250A\\r\\n::error::x [any-rule]"
    )


def test_files_are_relative_to_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "deploy").mkdir()
    monkeypatch.chdir(tmp_path / "deploy")
    workspace = Session.of(["."]).workspace
    source = Source("web.yaml", "a: b\n", "deploy/web.yaml")
    found = Finding("So", source.span(3, 4), rule="any", severity=Severity.ERROR)
    text = render("github", replace(empty(), workspace=workspace, findings=(found,)))
    assert text.startswith("::error file=deploy/web.yaml,line=1,")


def test_the_worst_come_first_and_failures_before_them() -> None:
    mixed = [finding("1", Severity.NOTE), finding("2", Severity.ERROR), finding("3", Severity.WARNING)]
    found = annotations([*mixed, finding("4", Severity.ERROR)], [Failure("a.yaml", "It cannot be read", "Mend it")])
    assert [item.split(" ")[0] for item in found] == ["::error", "::error", "::error", "::warning", "::notice"]
    assert found[0] == "::error title=klint::klint: a.yaml: It cannot be read. Mend it"
    assert [re.findall(r": (\d) \[", item) for item in found[1:]] == [["2"], ["4"], ["3"], ["1"]]


def count(found: Sequence[str], command: str) -> int:
    return sum(item.startswith(f"::{command} ") for item in found)


def test_ten_of_each_level_need_no_notice() -> None:
    found = annotations([finding("So", severity) for severity in Severity for _ in range(LIMIT)])
    assert len(found) == 3 * LIMIT
    assert [count(found, command) for command in ("error", "warning", "notice")] == [LIMIT] * 3


@pytest.mark.parametrize("severity", list(Severity))
def test_what_github_would_drop_is_in_the_log_and_a_notice_says_so(severity: Severity) -> None:
    found = annotations([finding(f"number {number}", severity) for number in range(LIMIT + 3)])
    shown = LIMIT - 1 if severity is Severity.NOTE else LIMIT
    hidden = LIMIT + 3 - shown
    assert all(item.startswith("::") for item in found[:shown])
    assert found[shown:-1] == [
        f"web.yaml:1:4: {severity}: number {number} [any-rule]" for number in range(shown, LIMIT + 3)
    ]
    assert found[-1] == (
        f"::notice title=klint::{hidden} more findings are in the log: GitHub annotates {LIMIT} of each level"
    )
    assert max(count(found, command) for command in ("error", "warning", "notice")) == LIMIT or hidden == 4


def test_the_notice_is_one_of_ten() -> None:
    found = annotations([finding("So", severity) for severity in Severity for _ in range(LIMIT + 1)])
    assert [count(found, command) for command in ("error", "warning", "notice")] == [LIMIT] * 3
    assert "::notice title=klint::4 more findings are" in found[-1]


def test_one_more_is_one() -> None:
    found = annotations([finding("So") for _ in range(LIMIT + 1)])
    assert found[-1].startswith("::notice title=klint::1 more finding is in the log")


def test_failures_take_room_from_errors() -> None:
    found = annotations([finding("So") for _ in range(LIMIT)], [Failure("a", "b"), Failure("c", "d")])
    assert count(found, "error") == LIMIT
    assert "2 more findings are" in found[-1]


def test_a_line_of_the_log_is_no_command() -> None:
    files = ["::error::x", "##[stop-commands]x"]
    found = annotations([finding("##[add-mask]a", file=file) for file in files for _ in range(LIMIT)])
    for item in found[LIMIT:-1]:
        assert not item.startswith("::")
        assert "##[" not in item


@pytest.mark.parametrize("name", ["caf\udce9.yaml", "a\udcff/web.yaml", "a\nb.yaml", "a\u202eb.yaml", "##[x].yaml"])
def test_a_name_that_cannot_be_written_is_in_the_message_only(name: str) -> None:
    (found,) = annotations([finding("So", file=name)])
    assert found.startswith("::error title=any-rule::")
    assert found.endswith(":1:4: So [any-rule]")
    assert "yaml" in found


@pytest.mark.parametrize("name", ["café.yaml", "a b.yaml", "日本.yaml", "50%25.yaml"])
def test_any_other_name_is_a_file(name: str) -> None:
    (found,) = annotations([finding("So", file=name)])
    assert found.startswith(f"::error file={name.replace('%', '%25')},line=1,")


FILES = st.text(st.one_of(st.sampled_from("\udc80\udcff:,%\n"), st.characters(exclude_characters="\0", codec="utf-8")))
"""Names as the operating system gives them: a byte that is no UTF-8 becomes half a surrogate pair."""


@given(st.lists(st.tuples(st.text(), FILES, st.sampled_from(list(Severity))), min_size=1, max_size=25))
def test_no_manifest_speaks_to_the_runner(findings: list[tuple[str, str, Severity]]) -> None:
    found = annotations([finding(message, severity, file) for message, file, severity in findings])
    assert len(found) == len(findings) + (1 if any("more finding" in item for item in found[-1:]) else 0)
    for item in found:
        assert item.encode("utf-8")
        if item.startswith("::"):
            properties, message = re.fullmatch(r"::\w+ ([^:]*)::(.*)", item, re.DOTALL).groups()  # type: ignore[union-attr]
            assert all(re.fullmatch(r"\w+=[^,:\r\n]*", entry) for entry in properties.split(","))
            assert not re.search(r"%(?!25)", message)
        else:
            assert "##[" not in item


def test_the_report_stands_on_a_run(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: web}\n")
    report: Report = Session.of(["."], []).report()
    assert render("github", report) == ""

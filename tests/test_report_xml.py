"""JUnit and Checkstyle: documents that are well-formed whatever is in the manifests, of the shape others read."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint import Finding, Related, Severity
from klint.engine import Report
from klint.errors import Failure
from klint.report import render
from klint.session import Session
from tests.reports import finding, report_of

JUNIT = {
    "testsuites": ({"name", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors"}, {"testcase"}),
    "testcase": ({"name", "classname"}, {"failure", "error", "system-out"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "system-out": (set(), set()),
}
"""Each element with its attributes and what may be in it, as junit-10.xsd of Jenkins' xUnit plugin allows."""

CHECKSTYLE = {
    "checkstyle": ({"version"}, {"file"}),
    "file": ({"name"}, {"error"}),
    "error": ({"line", "column", "severity", "message", "source"}, set()),
}
"""The same of Checkstyle's XMLLogger."""

SHAPES: dict[str, dict[str, tuple[set[str], set[str]]]] = {"junit": JUNIT, "checkstyle": CHECKSTYLE}


def parsed(name: str, report: Report) -> ET.Element:
    text = render(name, report)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n')
    root = ET.fromstring(text.encode("utf-8"))  # noqa: S314 # klint wrote it
    assert root.tag == next(iter(SHAPES[name]))
    for element in root.iter():
        attributes, children = SHAPES[name][element.tag]
        assert set(element.attrib) == attributes
        assert {child.tag for child in element} <= children
    return root


def cases_of(root: ET.Element) -> Iterator[tuple[str, str, list[str]]]:
    """The suite, the test and what is in it, of each test."""
    for suite in root:
        for case in suite:
            yield suite.attrib["name"], case.attrib["name"], [child.tag for child in case]


def test_a_finding_is_a_test_that_failed() -> None:
    one = replace(finding("Service web is gone", line=3), related=(Related("It is here", finding(line=2).span),))
    (suite,) = parsed("junit", report_of(one))
    assert suite.attrib == {"name": "web.yaml", "tests": "1", "failures": "1", "errors": "0"}
    (test,) = suite
    assert test.attrib == {"name": "dangling-backend: Service web is gone", "classname": "web"}
    (failure,) = test
    assert failure.attrib == {"type": "error", "message": "Service web is gone"}
    assert failure.text == ("web.yaml:3:4: error: Service web is gone [dangling-backend]\nweb.yaml:2:4: It is here")


def test_a_note_is_a_test_that_passed_and_says_something() -> None:
    found = [finding("One", Severity.NOTE), finding("Two", Severity.WARNING)]
    root = parsed("junit", report_of(*found))
    assert [tags for _, _, tags in cases_of(root)] == [["system-out"], ["failure"]]
    assert root.attrib == {"name": "klint", "tests": "2", "failures": "1", "errors": "0"}


def test_a_file_without_findings_is_a_test_that_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("web.yaml", "api.yaml"):
        Path(name).write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n", "utf-8")
    report = Session.of(["."], [], isolated=True).report()
    one = finding(file="web.yaml")
    assert list(cases_of(parsed("junit", replace(report, findings=(one,))))) == [
        ("api.yaml", "no findings", []),
        ("web.yaml", "dangling-backend: It is so", ["failure"]),
    ]


def test_what_klint_could_not_do_is_an_error() -> None:
    root = parsed("junit", report_of(failures=(Failure("web.yaml", "It cannot be read", "Mend it"),)))
    ((suite, name, tags),) = cases_of(root)
    assert (suite, name, tags) == ("klint", "web.yaml", ["error"])
    assert [error.text for error in root.iter("error")] == ["web.yaml: It cannot be read. Mend it"]
    assert root.attrib["errors"] == "1"


def test_a_test_keeps_its_name_when_lines_move() -> None:
    names = [[name for _, name, _ in cases_of(parsed("junit", report_of(finding(line=line))))] for line in (1, 9)]
    assert names[0] == names[1]


def test_findings_by_file_as_checkstyle_writes_them() -> None:
    found = [finding("One", line=2), finding("Two", Severity.NOTE, "b.yaml"), finding("Three", Severity.WARNING)]
    first, second = parsed("checkstyle", report_of(*found))
    assert (first.attrib["name"], second.attrib["name"]) == ("web.yaml", "b.yaml")
    assert [error.attrib for error in first] == [
        {"line": "2", "column": "4", "severity": "error", "message": "One", "source": "klint.dangling-backend"},
        {"line": "1", "column": "4", "severity": "warning", "message": "Three", "source": "klint.dangling-backend"},
    ]
    assert [error.attrib["severity"] for error in second] == ["info"]


@pytest.mark.parametrize("name", list(SHAPES))
def test_nothing_found(name: str) -> None:
    assert list(parsed(name, report_of())) == []


WILD = st.text(st.sampled_from("<>&\"'\0\x0b\x1b\udc80\ufffe\uffff]\n\t\u2028a") | st.characters())


FILES = st.text(st.sampled_from('<&"\x1b\udc80\ufffe:#./') | st.characters(codec="utf-8", exclude_characters="\0"))
"""Names as the operating system gives them: a byte that is no UTF-8 becomes half a surrogate pair."""


@given(st.lists(st.tuples(WILD, FILES, st.sampled_from(list(Severity)))))
@pytest.mark.parametrize("name", list(SHAPES))
def test_whatever_a_manifest_says_is_text(name: str, found: list[tuple[str, str, Severity]]) -> None:
    findings: list[Finding] = [finding(message, severity, file) for message, file, severity in found]
    failures = tuple(Failure(message, message, message) for message, _, _ in found)
    root = parsed(name, report_of(*findings, failures=failures if name == "junit" else ()))
    wanted = len(findings) + (len(failures) if name == "junit" else 0)
    assert sum(1 for _ in root.iter("testcase" if name == "junit" else "error")) == wanted

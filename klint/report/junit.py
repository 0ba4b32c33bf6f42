"""Findings as tests that failed, in the XML of JUnit, which nearly every CI server shows.

There is no standard. This keeps to what Jenkins' schema allows (jenkinsci/xunit-plugin, junit-10.xsd): a suite a file,
a failed test for each error and warning. A note, which fails no run either, is a test that passed and says something;
a file without findings is a test that passed, so that a report of none is not taken for one that is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from posixpath import splitext
from typing import TYPE_CHECKING

from klint.findings import Finding, Severity
from klint.report.escape import escape
from klint.report.repository import RepositoryPaths
from klint.report.text import line
from klint.report.xml import Element, by_file, document, said

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.errors import Failure
    from klint.report import Options
    from klint.text.source import Source
    from klint.workspace.workspace import Workspace

NOTHING = "no findings"
"""The test of a file without findings."""


def render(report: Report, options: Options) -> str:  # noqa: ARG001 - every format takes options
    """A suite for each file that was linted, and one for what klint could not do, if there is something."""
    paths = RepositoryPaths(report.workspace)
    files = dict.fromkeys(map(paths.path, _linted(report.workspace)), ()) | by_file(report.findings, paths)
    suites = [_suite(path, files[path]) for path in sorted(files)]
    if report.failures:
        suites.append(_failed(report.failures))
    root = Element("testsuites", name="klint", **_counts(suites))
    root.children.extend(suites)
    return document(root)


def _linted(workspace: Workspace) -> Iterator[Source]:
    yield from (document.source for document in workspace.documents)
    yield from workspace.scripts
    for rendering in workspace.renderings:
        yield from rendering.written


def _suite(path: str, findings: Sequence[Finding]) -> Element:
    tests = [_test(path, finding) for finding in findings] or [_case(path, NOTHING)]
    failures = sum(child.name == "failure" for test in tests for child in test.children)
    suite = Element("testsuite", name=said(path), tests=str(len(tests)), failures=str(failures), errors="0")
    suite.children.extend(tests)
    return suite


def _test(path: str, finding: Finding) -> Element:
    """The test's name has no line, so that it is the same test when lines move."""
    test = _case(path, f"{finding.rule}: {finding.message}")
    text = "\n".join(map(said, (line(finding), *(f"{item.at.span}: {item.message}" for item in finding.related))))
    if finding.severity in (Severity.ERROR, Severity.WARNING):
        test.add("failure", text, type=str(finding.severity), message=said(finding.message))
    else:
        test.add("system-out", text)
    return test


def _case(path: str, name: str) -> Element:
    """Jenkins takes what is behind a class name's last point for the class and the rest for its package."""
    return Element("testcase", name=said(name), classname=said(splitext(path)[0]))


def _failed(failures: Sequence[Failure]) -> Element:
    """What klint could not do: tests that could not be run, which is not the same as tests that failed."""
    suite = Element("testsuite", name="klint", tests=str(len(failures)), failures="0", errors=str(len(failures)))
    for failure in failures:
        test = suite.add("testcase", name=said(failure.where or "klint"), classname="klint")
        test.add("error", said(str(failure)), type="failure", message=said(escape(failure.message)))
    return suite


def _counts(suites: Sequence[Element]) -> dict[str, str]:
    return {name: str(sum(int(suite.attributes[name]) for suite in suites)) for name in ("tests", "failures", "errors")}

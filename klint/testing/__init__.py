"""Runs the examples on a rule's page and the cases beside it. Public: authors of rule packs test theirs with it.

    from klint.testing import check_page

    def test_page():
        check_page(Path("acme_rules/routing/foreign_host"))

`README.md`, the page, is for readers. Its YAML blocks are linted with the page's rule, and with those that a comment
before them names, as in `<!-- with: host-port-collision, unused-ignore -->`. Several blocks make one example when each
stands after a line that names its file in backquotes, with no other text between them. A `console` block after them
holds what klint prints, line by line; an example without one must print nothing. A block named `.klint.yaml` is the
example's configuration.

`cases.txt`, which may be left out, has all other cases: small workspaces, and what is said of them.

    ===== A node port below the range
    with: unused-ignore
    Why it is so, where the title does not say it. `with` names the rules that run beside the folder's own.
    ----- deploy/web.yaml
    apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec:
      type: NodePort
      ports:
        - port: 80
          nodePort: 8080  #! error
        - port: 81
          nodePort: 8081
          #! error at 17: nodePort 8081 of Service web is outside 30000-32767, the Kubernetes default

`#!` and what follows is a mark and no part of the file. At the end of a line it speaks of that line; alone on a line,
of the last one above that is not such a mark. It says that a finding begins on the line, with its severity, the rule
where it is another than the folder's (`#! warning unused-ignore`), and, where the case is about them, column and
message. Nothing else is found in a case, and in one without marks nothing at all. `crlf` after a path writes that file
with Windows line ends; blank lines at the end of a file are not part of it.

Where fixes are concerned, a `diff` block after the `console` block of a page holds what all fixes change, unsafe ones
among them. In a case, a file after `+++++ deploy/web.yaml` is what they make of the file of that name; files that
they leave alone need not be there.

With `UPDATE=1`, console and diff blocks, marks and fixed files are rewritten with what klint says and makes, each mark
as exact as it was. To add a case, write a bare `#!` and let it be filled in. What should print nothing is never
rewritten, nor is what should print something and prints nothing: that remains a failure.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

from klint.report.escape import escape
from klint.report.text import line
from klint.testing.cases import Case, CaseError, Mark, read_cases, write_cases
from klint.testing.pages import Example, examples
from klint.testing.running import fix_files, known_rules, lint_files, rule_in

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.registry import Rule

__all__ = [
    "Case",
    "CaseError",
    "Example",
    "check_cases",
    "check_page",
    "examples",
    "examples_in",
    "lint_example",
    "printed",
    "read_cases",
    "write_cases",
]


def check_page(folder: Path, *, update: bool | None = None) -> None:
    """Run every example on a rule's page, and every case beside it.

    Args:
        folder: the rule's folder, `<layer>/<rule_name>`.
        update: rewrite what they say with what klint says; by default when `UPDATE` is set.

    Raises:
        AssertionError: klint says something else than the page or a case does, or the page has no example.
        CaseError: a case is not written as cases are.
    """
    rule = rule_in(folder)
    update = _is_update() if update is None else update
    wrong = [*_check_readme(folder / "README.md", rule, update=update)]
    if (folder / "cases.txt").exists():
        wrong += _check_file(folder / "cases.txt", [rule], own=rule.name, update=update)
    assert not wrong, "\n\n".join(wrong)


def check_cases(file: Path, rules: Sequence[Rule] | None = None, *, update: bool | None = None) -> None:
    """Run cases that are about several rules together: each of their marks names its rule.

    Args:
        file: the file of cases.
        rules: those that run; by default every rule that is installed.
        update: as for `check_page`.

    Raises:
        AssertionError: klint says something else than a case does.
        CaseError: a case is not written as cases are.
    """
    update = _is_update() if update is None else update
    wrong = [*_check_file(file, known_rules() if rules is None else rules, update=update)]
    assert not wrong, "\n\n".join(wrong)


def examples_in(folder: Path) -> Iterator[Example]:
    """What is linted on a rule's page and in the cases beside it, in order."""
    yield from examples((folder / "README.md").read_text("utf-8"))
    if (folder / "cases.txt").exists():
        for case in _cases_in(folder / "cases.txt"):
            yield Example(case.files, heading=case.title, others=case.others)


def lint_example(example: Example, rule: Rule) -> Report:
    """Lint an example's files with a rule and those it names, in a folder of their own."""
    return lint_files(example.files, [rule], example.others)


def printed(report: Report) -> str:
    """What klint prints for a report: a line a finding, then a line a failure."""
    lines = [line(finding) for finding in report.findings] + [f"klint: {failure}" for failure in report.failures]
    return "".join(f"{text}\n" for text in lines)


def _check_readme(file: Path, rule: Rule, *, update: bool) -> Iterator[str]:
    """What is wrong with a page, a text for each example, once what may be updated is."""
    page = rule.page
    found = list(examples(page))
    if not found:
        yield f"{file} has no example"
    for example in reversed(found):
        if example.diff_at is not None:
            _, diff = fix_files(example.files, [rule], example.others)
            if update and diff:
                start, end = example.diff_at
                page = page[:start] + diff + page[end:]
            elif diff != example.diff:
                yield f"{file}, {example.heading}:\n{diff or '(nothing is fixed)'}"
        actual = printed(lint_example(example, rule))
        if update and example.expected_at is not None and actual:
            start, end = example.expected_at
            page = page[:start] + actual + page[end:]
        elif actual != example.expected:
            yield f"{file}, {example.heading}:\n{actual or '(nothing)'}"
    if page != rule.page:
        file.write_text(page, "utf-8")


def _check_file(file: Path, rules: Sequence[Rule], own: str = "", *, update: bool) -> Iterator[str]:
    """What is wrong with a file of cases, a text for each case, once what may be updated is."""
    cases = _cases_in(file)
    current = []
    for case in cases:
        report = lint_files(case.files, rules, case.others)
        actual = case.saying(_marks(report, own))
        if case.fixed:
            actual = actual.becoming(fix_files(case.files, rules, case.others)[0])
        astray = [*_astray(case, report)]
        if actual == case and not astray:
            current.append(case)
        elif update and case.marks and actual.marks and not astray:
            current.append(actual)
        else:
            current.append(case)
            diff = unified_diff(case.text.splitlines(), actual.text.splitlines(), lineterm="", n=2)
            yield "\n".join((f"{file}:{case.number}: {case.title}", *list(diff)[2:], *astray))
    if current != cases:
        file.write_text(write_cases(current), "utf-8")


def _cases_in(file: Path) -> list[Case]:
    return read_cases(file.read_text("utf-8"), str(file))


def _marks(report: Report, own: str) -> dict[tuple[str, int], list[Mark]]:
    """What a report says of each path and line."""
    marks = defaultdict(list)
    for finding in report.findings:
        rule = "" if finding.rule == own else finding.rule
        mark = Mark(str(finding.severity), rule, finding.span.column, escape(finding.message))
        marks[finding.span.file, finding.span.line].append(mark)
    return marks


def _astray(case: Case, report: Report) -> Iterator[str]:
    """What a report says that no mark can: failures, and findings outside the lines of the case."""
    lines = {path: len(file.lines) for path, file in case.written.items()}
    for finding in report.findings:
        if finding.span.line > lines.get(finding.span.file, 0):
            yield line(finding)
    yield from (f"klint: {failure}" for failure in report.failures)


def _is_update() -> bool:
    return bool(os.environ.get("UPDATE"))

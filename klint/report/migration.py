"""What `klint migrate` found: a table for people, and one JSON document, described by the types below.

The document is stable: fields are added but neither removed nor given another meaning while `version` stays the same.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, TypedDict

import klint
from klint.kube.migration import answer
from klint.kube.migration_targets import TARGETS
from klint.report.escape import escape, inert, inert_json
from klint.report.json import FailureEntry, ObjectName, Place, failure_entry, object_name, place
from klint.text.words import counted

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.findings import Finding

VERSION = 1

_ANSWERED = ("annotation", "setting")


class StepEntry(Place):
    """Something to look at.

    `kind` is annotation, setting, behavior or host, and `name` which. `support` (equivalent, partial or none) says how
    much of an annotation or a setting the target has, and `equivalent` by what; both are null for the rest.
    """

    kind: str
    name: str
    support: str | None
    equivalent: str | None
    message: str
    object: ObjectName | None
    bundles: list[str]


class MigrationDocument(TypedDict):
    """The whole document. `version` is the format's, `klint` the linter's; `summary` counts the steps."""

    version: int
    klint: str
    target: str
    steps: list[StepEntry]
    failures: list[FailureEntry]
    summary: dict[str, int]


def to_json(report: Report, target: str) -> str:
    """The steps as a JSON document, indented by two."""
    document = MigrationDocument(
        version=VERSION,
        klint=klint.__version__,
        target=target,
        steps=[_entry(finding, target) for finding in report.findings],
        failures=[failure_entry(failure) for failure in report.failures],
        summary=dict(_counts(report.findings, target)),
    )
    return inert_json(json.dumps(document, indent=2)) + "\n"


def to_text(report: Report, target: str) -> str:
    """A table an object, and a line that counts."""
    lines = _lines(report.findings, target) if report.findings else _nothing(report, target)
    return inert("".join(f"{escape(line)}\n" for line in lines))


def _nothing(report: Report, target: str) -> Iterator[str]:
    """That there is nothing to look at, unless something could not be read."""
    if report.failures:
        return
    if not any(resource.kind == "Ingress" for bundle in report.bundles for resource in bundle.resources):
        yield "There is no Ingress here"
    else:
        yield f"Nothing here keeps an Ingress from leaving ingress-nginx for {TARGETS[target].title}"


def _lines(findings: Sequence[Finding], target: str) -> Iterator[str]:
    ordered = sorted(findings, key=lambda finding: (finding.span.file, str(finding.about), finding.span.sort_key))
    names = max((len(_kind_and_name(finding)[1]) for finding in ordered), default=0)
    places = max((len(_place(finding)) for finding in ordered), default=0)
    for about, group in groupby(ordered, key=lambda finding: str(finding.about)):
        yield about
        for finding in group:
            kind, name = _kind_and_name(finding)
            row = f"  {_place(finding):{places}}  {_column(finding, target):10}  {name:{names}}"
            found = answer(target, name) if kind == "annotation" else None
            yield f"{row}  {found.by if found else _told(finding)}".rstrip()
        yield ""
    counts = _counts(findings, target)
    objects = len({str(finding.about) for finding in findings})
    listed = ", ".join(f"{number} {_COLUMNS[what][number != 1]}" for what, number in counts.items())
    yield f"{counted(objects, 'object')} on the way to {TARGETS[target].title}: {listed}"


def _counts(findings: Sequence[Finding], target: str) -> Counter[str]:
    counts = Counter(_column(finding, target) for finding in findings)
    return Counter({what: counts[what] for what in _COLUMNS if counts[what]})


_COLUMNS = {
    "none": ("without an equivalent",) * 2,
    "partial": ("with a partial one",) * 2,
    "equivalent": ("with an equivalent",) * 2,
    "changes": ("silent change", "silent changes"),
    "twice": ("host served twice", "hosts served twice"),
}
"""What the second column of the table says, and what the last line makes of it: of one, and of several."""


def _column(finding: Finding, target: str) -> str:
    kind, name = _kind_and_name(finding)
    if kind in _ANSWERED:
        return answer(target, name).support.value
    return "twice" if kind == "host" else "changes"


def _entry(finding: Finding, target: str) -> StepEntry:
    kind, name = _kind_and_name(finding)
    found = answer(target, name) if kind in _ANSWERED else None
    return StepEntry(
        kind=kind,
        name=name,
        support=found.support.value if found else None,
        equivalent=(found.by or None) if found else None,
        message=finding.message,
        object=object_name(finding.about) if finding.about else None,
        bundles=list(finding.bundles),
        **place(finding.span),
    )


def _kind_and_name(finding: Finding) -> tuple[str, str]:
    kind, _, name = finding.key.partition(" ")
    return kind, name


def _told(finding: Finding) -> str:
    return finding.message.removeprefix(f"{finding.about}: ")


def _place(finding: Finding) -> str:
    return f"{finding.span.file}:{finding.span.line}"

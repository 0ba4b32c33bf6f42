"""What a change makes worse, as SARIF: results on the lines of the side that it leads to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from klint.diffing.changes import Kind
from klint.findings import Finding, Related, Severity, object_around
from klint.records import cached_property, replace
from klint.registry.rule import Check, Rule
from klint.report import Options, sarif
from klint.report.diff_words import MANY, remarks, sentence

if TYPE_CHECKING:
    from klint.diffing.changes import Change
    from klint.diffing.comparing import Difference
    from klint.engine import Report


class _Worse(Rule):
    """A kind of change as a rule, of which SARIF tells with every result."""

    @cached_property
    def page(self) -> str:
        """What the kind is, and no more."""
        return f"# {self.name}\n\n{self.summary}.\n"


def _rule(name: str, layer: str, summary: str) -> Rule:
    check = Check(
        lambda: lambda _: iter(()), ("Workspace",), False, {"otherwise": Severity.WARNING}, (), summary=summary
    )
    return _Worse(name, layer, check, Path(name), pack="klint diff")


_RULES = {
    Kind.WIDENED: _rule("exposure-widened", "entry", "Somebody can reach what they could not reach before"),
    Kind.BROKEN: _rule("exposure-broken", "routing", "Requests end where they went on before"),
    Kind.UNGUARDED: _rule("exposure-unguarded", "entry", "Requests no longer pass what they passed before"),
}


def to_sarif(difference: Difference, after: Report) -> str:
    """The changes for the worse as a SARIF log; `after` is the report of the side that the change leads to."""
    findings = sorted(
        _findings(difference.changes), key=lambda finding: (*finding.span.sort_key, finding.rule, finding.message)
    )
    report = replace(
        after,
        rules=tuple(_RULES.values()),
        findings=tuple(findings),
        suppressed=(),
        consequences=(),
        failures=difference.failures,
    )
    return sarif.render(report, Options())


def _findings(changes: Iterable[Change]) -> Iterator[Finding]:
    for change in changes:
        side = change.after
        if change.is_worse and side is not None and side.places:
            kind = change.kind if change.kind in _RULES else Kind.WIDENED
            at, *others = side.places
            yield Finding(
                ". ".join((sentence(change), *remarks(change, MANY))),
                at,
                related=tuple(Related("the same here", place) for place in others),
                path=(side.hop,) if side.hop is not None else (),
                severity=Severity.WARNING if change.is_certain else Severity.NOTE,
                rule=_RULES[kind].name,
                about=object_around(at),
                key=f"{change.what.value} {', '.join(change.subjects)}",
            )

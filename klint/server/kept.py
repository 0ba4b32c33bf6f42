"""The diagnostics of findings, kept from one report to the next: most findings are those of the report before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from lsprotocol import types

from klint.findings import Finding
from klint.records import dataclass
from klint.server.diagnostics import Diagnoser


@dataclass(frozen=True, eq=False)
class _Made:
    """A finding as a diagnostic, if its line is there, with its file and all that it rests on."""

    finding: Finding
    path: Path
    diagnostic: types.Diagnostic | None
    files: frozenset[Path]


class KeptDiagnostics:
    """Makes diagnostics where a finding, or what the editor has of its files, is not that of the last time."""

    def __init__(self) -> None:
        self._editor: tuple[Mapping[Path, object], ...] = ()
        self._made: dict[int, _Made] = {}
        """Those of the last time, by the identity of the finding, which is the same while nothing changes."""

    def of(
        self, findings: Iterable[Finding], diagnoser: Diagnoser, *editor: Mapping[Path, object]
    ) -> Iterator[tuple[Path, types.Diagnostic, Finding]]:
        """Findings as diagnostics, each with its file, but for those whose line is not there.

        Args:
            findings: in the order of the report.
            diagnoser: makes them.
            editor: what the editor has by file, as the diagnoser knows it: texts, and what it calls them.
        """
        made, last = self._made, self._editor or editor
        changed = set[Path]().union(*(_differing(before, after) for before, after in zip(last, editor, strict=True)))
        self._editor, self._made = editor, {}
        for finding in findings:
            known = made.get(id(finding))
            if known is None or known.finding is not finding or not known.files.isdisjoint(changed):
                path = diagnoser.file(finding)
                known = _Made(finding, path, diagnoser.diagnostic(finding), diagnoser.files(finding))
            self._made[id(finding)] = known
            if known.diagnostic is not None:
                yield known.path, known.diagnostic, finding


def _differing(before: Mapping[Path, object], after: Mapping[Path, object]) -> set[Path]:
    """The files that two maps have other things for."""
    return {path for path in {*before, *after} if before.get(path) is not after.get(path)}

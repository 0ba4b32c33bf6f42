"""Code actions: quick fixes, and all safe fixes of a file at once, with the edits that `klint check --fix` makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from lsprotocol import types

from klint.findings import Finding
from klint.fixes import Safety
from klint.fixing import Editable, Offer, offers
from klint.server.buffers import Buffers
from klint.server.client import Client
from klint.server.diagnostics import Places
from klint.server.edits import workspace_edit
from klint.server.outcome import Outcome

FIX_ALL = "source.fixAll.klint"
KINDS: tuple[str, ...] = (types.CodeActionKind.QuickFix.value, FIX_ALL)
"""What is offered. The kind of klint's own is a string: lsprotocol's enumeration takes no others."""


def wants(only: Sequence[str] | None, kind: str) -> bool:
    """Whether a request wants a kind of action: it names that kind, one above it, or none at all."""
    return not only or any(kind == wanted or kind.startswith(f"{wanted}.") or not wanted for wanted in only)


class Actions:
    """What can be done in one open document about what linting came to."""

    def __init__(self, outcome: Outcome, path: Path, buffers: Buffers, client: Client) -> None:
        """Look at a document of an outcome."""
        self._outcome = outcome
        self._path = path
        self._buffers = buffers
        self._client = client

    def quick_fixes(self, at: types.Range) -> Iterator[types.CodeAction]:
        """What mends the findings at a range, the safest first."""
        report = self._outcome.report
        here = [item for item in self._outcome.told(self._path).items if item[1] and _meet(item[0].range, at)]
        if report is None or not here:
            return
        editable = Editable(report.workspace)
        places = Places(report.workspace.root, {}, {}, self._client.encoding)
        for level in (Safety.SAFE, Safety.UNSAFE):
            for diagnostic, finding in here:
                for offer in offers([finding] if finding else (), editable, (level,)):
                    edits = [(places.path(edit.source), edit) for edit in offer.edits]
                    edit = workspace_edit(edits, self._buffers, self._client)
                    if edit is not None:
                        yield _quick_fix(offer, diagnostic, edit)

    @property
    def can_fix_all(self) -> bool:
        """Whether a finding of the document has a safe fix."""
        return any(finding.fix is not None and finding.fix.safety is Safety.SAFE for finding in self._findings)

    @property
    def _findings(self) -> Iterator[Finding]:
        return (finding for _, finding in self._outcome.told(self._path).items if finding is not None)


def _quick_fix(offer: Offer, diagnostic: types.Diagnostic, edit: types.WorkspaceEdit) -> types.CodeAction:
    is_safe = offer.safety is Safety.SAFE
    return types.CodeAction(
        title=offer.fix.title if is_safe else f"{offer.fix.title} (unsafe: look at what it changes)",
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic],
        is_preferred=is_safe or None,
        edit=edit,
    )


def _meet(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges share a line: people ask for what can be done with the cursor anywhere on it."""
    return one.start.line <= other.end.line and other.start.line <= one.end.line

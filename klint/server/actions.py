"""Code actions: quick fixes, and all safe fixes of a file at once, with the edits that `klint check --fix` makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from lsprotocol import types

from klint.edits import Edit
from klint.findings import Finding
from klint.fixes import Safety
from klint.fixing import Editable, Offer, offers
from klint.server.buffers import Buffers
from klint.server.client import Client
from klint.server.diagnostics import Places
from klint.server.edits import with_snippet, workspace_edit
from klint.server.lines import Lines
from klint.server.outcome import Outcome
from klint.suppress.commenting import commenting
from klint.text.source import Source

if TYPE_CHECKING:
    from klint.engine import Report

EXPLAIN = "klint.explain"
"""The command that opens a rule's page. Its argument is the rule's name."""

FIX_ALL = "source.fixAll.klint"
FIX_ALL_TITLE = "Make all safe fixes of klint in this file"
REASON = "TODO: say why"
"""Where the reason of an ignore goes."""
KINDS: tuple[str, ...] = (types.CodeActionKind.QuickFix.value, FIX_ALL)
"""What is offered. The kind of klint's own is a string: lsprotocol's enumeration takes no others."""


def wants(only: Sequence[str] | None, kind: str) -> bool:
    """Whether a request wants a kind of action: it names that kind, one above it, or none at all."""
    return not only or any(kind == wanted or kind.startswith(f"{wanted}.") or not wanted for wanted in only)


def asks_to_fix_all(only: Sequence[str]) -> bool:
    """Whether a request wants nothing but to fix all, as when a file is saved: that is made at once.

    Not every editor waits for an edit that it has to ask for after that, and saves the file without it (kakoune-lsp).
    """
    return bool(only) and all(kind in ("source.fixAll", FIX_ALL) for kind in only)


class Actions:
    """What can be done in one open document about what linting came to."""

    def __init__(self, outcome: Outcome, path: Path, buffers: Buffers, client: Client) -> None:
        """Look at a document of an outcome."""
        self._outcome = outcome
        self._path = path
        self._buffers = buffers
        self._client = client

    def about(self, at: types.Range) -> list[types.CodeAction]:
        """All that can be done about the findings at a range: what mends them first."""
        return [*self.quick_fixes(at), *self.ignores(at), *self.explanations(at)]

    def quick_fixes(self, at: types.Range) -> Iterator[types.CodeAction]:
        """What mends the findings at a range, the safest first."""
        report = self._outcome.report
        here = self._here(at)
        if report is None or not here:
            return
        editable = Editable(report.workspace)
        places = Places(report.workspace.root, {}, {}, self._client.encoding)
        for level in (Safety.SAFE, Safety.UNSAFE):
            for diagnostic, finding in here:
                for offer in offers([finding], editable, (level,)):
                    edits = [(places.path(edit.source), edit) for edit in offer.edits]
                    edit = workspace_edit(edits, self._buffers, self._client)
                    if edit is not None:
                        yield _quick_fix(offer, diagnostic, edit)

    def ignores(self, at: types.Range) -> Iterator[types.CodeAction]:
        """What silences the findings at a range, one by one: a comment with the place for a reason."""
        report, buffer = self._outcome.report, self._buffers.get(self._path)
        if report is None or buffer is None or buffer is not self._outcome.buffers.get(self._path):
            return
        scripts = {source.relative for source in report.workspace.scripts}
        lines = Lines(buffer.text, self._client.encoding)
        for diagnostic, finding in self._here(at):
            if _is_own(finding, report):
                continue
            relative = finding.span.source.relative
            now = Source(str(self._path), buffer.text, relative)
            start, end = lines.offset(diagnostic.range.start), lines.offset(diagnostic.range.end)
            edit = commenting(now.span(start, end), finding.rule, REASON, in_script=relative in scripts)
            if edit is not None:
                yield types.CodeAction(
                    title=f"Ignore {finding.rule} here, with a reason",
                    kind=types.CodeActionKind.QuickFix,
                    diagnostics=[diagnostic],
                    edit=with_snippet(self._path, edit, REASON, self._buffers, self._client),
                )

    def explanations(self, at: types.Range) -> Iterator[types.CodeAction]:
        """What opens the pages of the rules that speak at a range."""
        told = {finding.rule: diagnostic for diagnostic, finding in self._here(at)}
        for rule, diagnostic in told.items() if self._client.shows_documents else ():
            title = f"Explain {rule}"
            yield types.CodeAction(
                title=title,
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[diagnostic],
                command=types.Command(title, EXPLAIN, arguments=[rule]),
            )

    @property
    def can_fix_all(self) -> bool:
        """Whether a finding of the document has a safe fix."""
        fixes = [finding.fix for _, finding in self._outcome.told(self._path).items if finding is not None]
        return any(fix is not None and fix.safety is Safety.SAFE for fix in fixes)

    def _here(self, at: types.Range) -> Sequence[tuple[types.Diagnostic, Finding]]:
        items = self._outcome.told(self._path).items
        return [(diagnostic, finding) for diagnostic, finding in items if finding and _meet(diagnostic.range, at)]


def fix_all(path: Path, edits: Sequence[Edit], buffers: Buffers, client: Client) -> types.CodeAction:
    """All safe fixes of a document as one action."""
    edit = workspace_edit(((path, edit) for edit in edits), buffers, client) if edits else None
    return types.CodeAction(FIX_ALL_TITLE, kind=_kind(FIX_ALL), edit=edit)


def unresolved_fix_all(uri: str) -> types.CodeAction:
    """The same, whose edit is made when it is asked for: it takes as long as linting once more."""
    return types.CodeAction(FIX_ALL_TITLE, kind=_kind(FIX_ALL), data={"uri": uri})


def _kind(kind: str) -> types.CodeActionKind:
    """A kind of klint's own, which lsprotocol's enumeration does not have and its converter sends all the same."""
    return cast(types.CodeActionKind, kind)


def _is_own(finding: Finding, report: Report) -> bool:
    """Whether a rule is about klint's own reading and ignores: what cannot be read is not silenced by a comment."""
    return any(rule.name == finding.rule and rule.layer == "klint" for rule in report.rules)


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

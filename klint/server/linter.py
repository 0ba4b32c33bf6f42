"""Open buffers over the files of a root → what klint finds there."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from klint.baseline.file import baseline_file
from klint.comparing import Comparison, compared
from klint.edits import Edit
from klint.errors import Failure, KlintError
from klint.findings import Finding, Severity
from klint.fixing import make_fixes
from klint.records import dataclass, replace
from klint.registry import Rule, choose
from klint.server.buffers import Buffer
from klint.server.client import Client
from klint.server.diagnostics import Diagnoser, Places, file_of, of_failure
from klint.server.kept import KeptDiagnostics
from klint.server.outcome import Outcome, Told
from klint.server.readable import Readable
from klint.server.settings import Settings
from klint.session import Options, Session
from klint.text.document import Document
from klint.text.encoding import NotTextError, decode
from klint.text.source import Source
from klint.workspace.configuration import Located, Project, locate
from klint.workspace.overlay import OverlayTree
from klint.workspace.paths import shown
from klint.workspace.tree import Tree

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.session import Progress


@dataclass(frozen=True)
class Job:
    """What is linted: the open documents, what the editor calls files, and the editor's settings.

    `progress` is told how far a rendering has come. `touched` are files and folders that may have changed on the disk
    since the last time, None for any; `renders` is set where charts and kustomizations are rendered again.
    """

    buffers: Mapping[Path, Buffer]
    uris: Mapping[Path, str]
    settings: Settings
    progress: Progress
    touched: frozenset[Path] | None = None
    renders: bool = True


class Linter:
    """Lints one root, again and again. It is used on one thread alone."""

    _progress: Progress
    """What the job that is done now tells how far a rendering has come."""

    def __init__(
        self,
        folder: Path,
        paths: Sequence[Path],
        rules: Sequence[Rule],
        client: Client,
    ) -> None:
        """Lint some paths.

        Args:
            folder: outside of a repository, nothing above is looked at.
            paths: absolute paths of what is linted.
            rules: every rule there is.
            client: who is told.
        """
        self._folder = folder
        self._paths = tuple(paths)
        self._known = tuple(rules)
        self._client = client
        self._session: Session | None = None
        self._project: Project | None = None
        self._baseline: tuple[bytes, Comparison] | None = None
        self._opened_with: object = None
        self._contents: Mapping[Path, bytes | None] = {}
        """What counts instead of files, while a job is done."""
        self._readable = Readable()
        self._diagnostics = KeptDiagnostics()
        self._has_linted = False
        self._told: dict[Path, Told] = {}
        self._failures: tuple[Failure, ...] = ()
        """What keeps the configuration from being used."""

    def lint(self, job: Job) -> Outcome:
        """Lint what is there now.

        Raises:
            Cancelled: who is told how far a rendering has come wants no more of it.
        """
        if self._has_linted:
            return self._lint(job)
        gc.disable()  # what stays as long as the folder is open need not be looked through for garbage, now or later
        try:
            outcome = self._lint(job)
        finally:
            gc.enable()
        if outcome.report is not None:
            gc.freeze()
            self._has_linted = True
        return outcome

    def _lint(self, job: Job) -> Outcome:
        self._progress = job.progress
        located = locate(self._paths, within=self._folder, held=job.buffers)
        broken = self._readable.broken(job.buffers, located.config_file)
        contents = self._contents = _contents(self._readable.instead(job.buffers, broken))
        self._open(located, job.settings)
        if self._session is None:
            return self._outcome(None, job, self._failures, {})
        report = self._session.update(contents, touched=job.touched, render=job.renders)
        report = self._news(report)
        return self._outcome(report, job, (*self._failures, *report.failures), broken)

    def _laid(self, tree: Tree) -> Tree:
        """A Tree with the open documents over it."""
        return OverlayTree(tree, self._contents) if self._contents else tree

    def _open(self, located: Located, settings: Settings) -> None:
        """Open another Session where root or configuration is another one; the last that could be used goes on."""
        tree, file = located.tree, located.config_file
        wanted = (tree.root, file, _content(self._laid(tree), file) if file else b"", settings.render)
        if wanted == self._opened_with:
            return
        self._opened_with = wanted
        self._failures = ()
        try:
            project = located.project(self._laid)
        except KlintError as error:
            self._failures = error.failures
            return
        self._project, self._baseline, config = project, None, project.config
        last, renders = self._session, settings.render != "never"
        self._session = Session(
            tree,
            config,
            choose(self._known, config.select, config.ignore),
            paths=self._paths,
            options=Options(render=renders),
            known=self._known,
            progress=lambda: self._progress,
            rendered=last.rendered if last is not None and renders and last.tree.root == tree.root else None,
        )

    def fixed(self, job: Job, path: Path) -> tuple[Edit, ...]:
        """The edits that make all safe fixes of what is found in a file, as far as they are edits of that file.

        They are tried out as `--fix` does it, on texts laid over those that are open. The Session is left with these:
        mostly they are what is linted next.
        """
        if self.lint(job).report is None or self._session is None:
            return ()
        session = self._session
        tree, workspace = session.tree, session.workspace
        renders = shown(path) in workspace.renderings_of
        contents = _contents(job.buffers)

        def is_wanted(finding: Finding) -> bool:
            file = finding.span.source.relative
            fix = finding.fix
            if fix is None or workspace.root / file != path:
                return False
            return all(edit.source.relative == file for edit in fix.edits())

        try:
            after = make_fixes(session, wanted=is_wanted, held=contents, render=renders).after
        finally:
            if renders:  # what was only tried out is not what was rendered last
                session.update(contents)
        content = after.get(Path(tree.real(path)))
        if content is None:
            return ()
        source = Source(str(path), job.buffers[path].text)
        return tuple(Edit(source.extent(0, len(source.text)), decode(content).text).parts())

    def _news(self, report: Report) -> Report:
        """The report without what the baseline knows, if the configuration names one."""
        session, project = self._session, self._project
        file = baseline_file(None, project) if project else None
        if session is None or project is None or file is None:
            return report
        content = _content(file.folder, file.file)
        if self._baseline is None or self._baseline[0] != content:
            try:
                self._baseline = content, compared(session, project, file)
            except KlintError as error:
                return replace(report, failures=(*report.failures, *error.failures))
        return self._baseline[1].news(report)

    def _outcome(
        self,
        report: Report | None,
        job: Job,
        failures: Sequence[Failure],
        broken: Mapping[Path, Sequence[Document]],
    ) -> Outcome:
        files: defaultdict[Path, list[tuple[types.Diagnostic, Finding | None]]] = defaultdict(list)
        complaints: list[str] = []
        for failure in failures:
            file = file_of(failure)
            if failure.where and self._is_within(file):
                files[file].append((self._of_failure(failure, file, job), None))
            else:
                complaints.append(str(failure))
        if report is not None:
            least = Severity(job.settings.minimum_severity).rank
            findings = (one for one in report.findings if one.severity is not None and one.severity.rank >= least)
            diagnoser = self._diagnoser(report, job)
            for path, diagnostic, finding in self._diagnostics.of(findings, diagnoser, job.buffers, job.uris):
                if not any(_holds(document, diagnostic.range) for document in broken.get(path, ())):
                    files[path].append((diagnostic, finding))
            for path, documents in broken.items():
                files[path].extend((diagnostic, None) for diagnostic in self._syntax(path, documents, job))
        self._told = {path: self._same(path, Told(tuple(items))) for path, items in files.items()}
        return Outcome(report, job.buffers, self._told, tuple(complaints), frozenset(broken))

    def _same(self, path: Path, told: Told) -> Told:
        """What is said in a file; the same as before if that was the same."""
        known = self._told.get(path)
        return known if known is not None and known.is_like(told) else told

    def _diagnoser(self, report: Report, job: Job) -> Diagnoser:
        places = Places(report.workspace.root, job.buffers, job.uris, self._client.encoding)
        return Diagnoser(self._client, places, report.rules)

    def _syntax(self, path: Path, unread: Iterable[Document], job: Job) -> Iterator[types.Diagnostic]:
        """What is wrong with a text as such. Of values and the like no rule says it before they are rendered."""
        session = self._session
        if session is not None:
            tree = OverlayTree(session.tree, {path: job.buffers[path].content})
            rules = [rule for rule in session.rules if rule.check.looks_at("Workspace")]
            alone = Session(tree, session.config, rules, paths=[path], options=Options(render=False), known=self._known)
            report = alone.report()
            diagnoser = self._diagnoser(report, job)
            yield from filter(None, map(diagnoser.diagnostic, report.findings))
            for failure in report.failures:  # such as a NUL, with which it is no text at all
                if file_of(failure) == path:
                    yield self._of_failure(failure, path, job)
            if shown(path) in session.workspace.renderings_of and not any(report.workspace.problems("syntax-error")):
                for problem in (problem for document in unread for problem in document.problems):
                    yield self._of_failure(Failure(str(problem.span), problem.message), path, job)

    def _is_within(self, file: Path) -> bool:
        return any(file.is_relative_to(path) for path in self._roots())

    def _roots(self) -> Iterable[Path]:
        yield from self._paths
        if self._session is not None:
            yield self._session.tree.root

    def _of_failure(self, failure: Failure, file: Path, job: Job) -> types.Diagnostic:
        buffer = job.buffers.get(file)
        return of_failure(failure, buffer.text if buffer else self._text(file), self._client.encoding)

    def _text(self, file: Path) -> str:
        """What is in a file that is not open; nothing where it cannot be read."""
        tree = self._session.tree if self._session else locate(self._paths, within=self._folder).tree
        try:
            return decode(_content(tree, file)).text
        except NotTextError:
            return ""


def _holds(document: Document, at: types.Range) -> bool:
    first = document.source.span(document.start, document.start).line - 1
    last = document.source.span(document.end, document.end).line - 1
    return first <= at.start.line <= last


def _contents(buffers: Mapping[Path, Buffer]) -> dict[Path, bytes | None]:
    """What is read of open documents."""
    return {path: buffer.content for path, buffer in buffers.items()}


def _content(tree: Tree, file: Path) -> bytes:
    """A file's content; nothing where it cannot be read."""
    try:
        return tree.read(file)
    except OSError:
        return b""

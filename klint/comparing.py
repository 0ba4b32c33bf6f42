"""A report → what is new in it: beyond a baseline, or beyond what a revision has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from klint.baseline.entries import Entry, Known, compare, entries_of, keys_of, may_be_among
from klint.baseline.file import BaselineFile
from klint.engine import Report
from klint.errors import Failure, KlintError
from klint.findings import Finding
from klint.records import cached_property, dataclass, replace
from klint.registry.rule import Rule
from klint.session import Session
from klint.timings import Measure, unmeasured
from klint.workspace.configuration import Project
from klint.workspace.git.revisions import Repository, RevisionError
from klint.workspace.overlay import OverlayTree
from klint.workspace.rendering import Missing
from klint.workspace.revision import RevisionTree
from klint.workspace.tree import Tree
from klint.workspace.walk import KUSTOMIZATIONS

BASELINE, REVISION = "baseline", "revision"


@dataclass(frozen=True)
class Comparison:
    """What is known before a run: `by` a `baseline` or a `revision`, with its name.

    `may_be_stale` is set where what the entries are of is linted again.
    """

    by: str
    name: str
    entries: tuple[Entry, ...]
    may_be_stale: bool = False

    def news(self, report: Report) -> Report:
        """The report without the findings that are known, which it counts."""
        new, known, unmatched = compare(report.findings, self.entries, report.consequences)
        stale: Sequence[Entry] = ()
        if self.may_be_stale and sees_all(report):
            ran = {rule.name for rule in report.rules}
            stale = [entry for entry in unmatched if entry.rule in ran]
        return replace(report, findings=new, known=(*report.known, Known(self.by, self.name, known, tuple(stale))))

    def may_know(self, finding: Finding) -> bool:
        """Whether a finding may be known, without looking how many of its kind there are."""
        return may_be_among(self._keys, finding)

    @cached_property
    def _keys(self) -> frozenset[tuple[str, ...]]:
        return keys_of(self.entries)


_OF_THE_MACHINE = (Missing.HELM, Missing.DEPENDENCIES, Missing.LIMITS)
"""What renderings lack because of where klint runs, not because of what it lints."""


def sees_all(report: Report) -> bool:
    """Whether what the report does not have is not there: nothing failed, and what is there to render was rendered."""
    workspace = report.workspace
    is_rendered = bool(workspace.renderings) or not (workspace.charts or workspace.kustomizations)
    return (
        is_rendered
        and not report.failures
        and not any(gap.missing in _OF_THE_MACHINE for rendering in workspace.renderings for gap in rendering.gaps)
        and not any(item.rule == "not-analysed" for rendering in workspace.renderings for item in rendering.problems)
    )


def covers(paths: Iterable[Path], root: Path, wanted: Iterable[str]) -> bool:
    """Whether absolute paths hold all those that are wanted, which are relative to a root."""
    held = tuple(paths)
    return all(any((root / path).is_relative_to(folder) for folder in held) for path in wanted)


def compared(session: Session, project: Project, file: BaselineFile) -> Comparison:
    """What a baseline knows before a run of a Session.

    Raises:
        KlintError: it cannot be read, or is no baseline.
    """
    baseline = file.read()
    return Comparison(BASELINE, file.name, baseline.entries, covers(session.paths, project.root, baseline.paths))


def since(
    session: Session, revision: str, baseline: Comparison | None = None, measure: Measure = unmeasured
) -> tuple[Comparison, tuple[Failure, ...]]:
    """What a Session would find where HEAD parts from a revision, less what a baseline has; and what crashed there.

    The configuration, the rules and the options are those of the Session: what is compared are the manifests. So a
    rule that is new finds nothing new in what is old. The paths are the same ones, too. Rules that find nothing today
    need not be asked what they would have found.

    Raises:
        KlintError: the revision cannot be read, or not all of it.
    """
    tree = _tree_at(session, revision, "--since")
    rules = () if tree is None else _finding(session)
    if tree is None or not rules:
        return Comparison(REVISION, revision, ()), ()
    report = _report_on(tree, session, rules, revision, "--since", measure)
    crashes = tuple(
        replace(failure, message=f"{failure.message} (as of {revision})")
        for failure in report.failures
        if failure not in report.workspace.failures
    )
    if baseline is not None:
        report = replace(baseline, may_be_stale=False).news(report)
    return Comparison(REVISION, revision, entries_of((*report.findings, *report.consequences))), crashes


def _finding(session: Session) -> Sequence[Rule]:
    """The rules that find something; all of them if one of these asks what the others have silenced."""
    report = session.report()
    names = {finding.rule for finding in (*report.findings, *report.consequences)}
    rules = [rule for rule in session.rules if rule.name in names]
    return session.rules if any(rule.check.looks_at("Ignores") for rule in rules) else rules


def report_at(session: Session, revision: str, asked_by: str, measure: Measure = unmeasured) -> Report | None:
    """What a Session would report where HEAD parts from a revision; None while there is no commit.

    The configuration, the rules and the options are those of today. git is not run, and the work tree is not touched.
    `asked_by` is what failures are about.

    Raises:
        KlintError: the revision cannot be read, or not all of it.
    """
    tree = _tree_at(session, revision, asked_by)
    return None if tree is None else _report_on(tree, session, session.rules, revision, asked_by, measure)


def _tree_at(session: Session, revision: str, asked_by: str) -> RevisionTree | None:
    """The files where HEAD parts from a revision; None while there is no commit. Raises as above."""
    root = session.tree.root
    try:
        repository = Repository(root)
        if revision == "HEAD" and repository.is_unborn:  # the first commit is under way, perhaps through a hook
            return None
        return RevisionTree(root, repository.merge_base(revision), beside=session.tree)
    except RevisionError as error:
        raise KlintError(Failure(asked_by, str(error), error.remedy)) from None


def _report_on(
    tree: RevisionTree, session: Session, rules: Sequence[Rule], revision: str, asked_by: str, measure: Measure
) -> Report:
    """What some rules find in the files of a revision. Raises as above."""
    vendored = _vendored(session, tree)
    with measure("since"):
        report = session.over(OverlayTree(tree, vendored) if vendored else tree, rules).report()
    if tree.unread:
        remedy = "Fetch what is missing: git fetch --refetch"
        raise KlintError(Failure(asked_by, f"{revision}: not all of it can be read: {tree.unread[0]}", remedy))
    return report


def _vendored(session: Session, tree: Tree) -> Mapping[Path, bytes]:
    """The dependencies that lie beside the charts of a Tree and that git does not track: no revision has them.

    `helm dependency build` puts them there. Without them a chart renders to something else than it does today.
    """
    found: dict[Path, bytes] = {}
    workspace = session.workspace
    for folder in (*workspace.charts, *workspace.kustomizations):
        if any(tree.is_file(folder / name) for name in ("Chart.yaml", *KUSTOMIZATIONS)):
            waiting = [folder / "charts"]
            while waiting:
                place = waiting.pop()
                for name, kind in workspace.tree.entries(place) if workspace.tree.is_folder(place) else ():
                    if kind == "folder":
                        waiting.append(place / name)
                    elif kind == "file" and not workspace.tree.tracks(place / name):
                        with suppress(OSError):
                            found[place / name] = workspace.tree.read(place / name)
    return found

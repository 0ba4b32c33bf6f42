"""Session: a Tree, a configuration and rules → Report; and again after an edit.

Whatever lints goes through here: the commands, `klint.testing`, the tests and the benchmarks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from klint.config.config import Config
from klint.engine import Joined, Report, join, judge
from klint.records import dataclass
from klint.registry import Rule
from klint.timings import Measure, unmeasured
from klint.workspace.configuration import absolute, find_project
from klint.workspace.discovery import STDIN_NAME, Piped, discover
from klint.workspace.parsed import Parsed
from klint.workspace.tree import Tree
from klint.workspace.workspace import Workspace

if TYPE_CHECKING:
    from datetime import date
    from types import TracebackType
    from typing import Protocol, Self

    from klint.incremental.edited import Known
    from klint.incremental.kept import TakenUp
    from klint.workspace.rendered import Rendered

    class Progress(Protocol):
        """Told how far rendering has come, while it is entered."""

        def __enter__(self) -> Self:
            """Rendering begins."""

        def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
        ) -> None:
            """Rendering has ended."""

        def update(self, done: int, total: int) -> None:
            """So many of so many are done. What it raises ends the rendering."""


FEWEST = 300
"""Workspaces of fewer objects are linted whole after an edit: that takes less time than to find out what to leave."""


OF_RENDERING = 5
"""To render a chart, or to look it up, takes as long as to lint that many objects."""


class Cancelled(Exception):  # noqa: N818
    """Who watches a rendering wants no more of it."""


@dataclass(frozen=True)
class Options:
    """What is looked at: whether .gitignore files and exclusions count, and what is done with charts."""

    respect_gitignore: bool = True
    force_exclude: bool = False
    """Exclude files that are excluded even where the paths name them."""
    render: bool = True
    """Render charts and kustomizations, rather than lint only what is written."""
    use_cache: bool = True
    allow_network: bool = False
    whole_definitions: bool = False
    """Build the schemas of custom resources too, which no rule reads: for what prints all that is built."""
    render_timeout: float | None = None
    """Seconds of processor time that all of the rendering may take: None for as many as usual, 0 for any number."""


class Session:
    """A Workspace kept for a while.

    What depends on one file alone is kept by its content from one report to the next; it belongs to the Session, and is
    gone with it.
    """

    def __init__(
        self,
        tree: Tree,
        config: Config,
        rules: Sequence[Rule] = (),
        *,
        paths: Sequence[Path] | None = None,
        options: Options | None = None,
        piped: Piped | None = None,
        known: Sequence[Rule] | None = None,
        today: date | None = None,
        on_crash: Callable[[str], None] | None = None,
        progress: Callable[[], Progress] | None = None,
        rendered: Rendered | None = None,
        measure: Measure = unmeasured,
    ) -> None:
        """Look at files of a Tree.

        Args:
            tree: where the files come from.
            config: what is known of them; a Session with another one is another Session.
            rules: the rules that run.
            paths: absolute paths of files and folders in the Tree; all of it if none are given.
            options: what is looked at.
            piped: standard input, linted besides.
            known: every rule there is, so that an ignore of a rule which did not run is not taken for a mistake.
            today: the day on which ignores expire or not.
            on_crash: called with the traceback when a rule crashes.
            progress: makes what is told how far rendering has come.
            rendered: what an earlier Session on these files rendered, for updates that do not render.
            measure: measures the steps `reading` and `rendering`, and those of `klint.engine.judge`.
        """
        self.tree = tree
        self.config = config
        self.rules = tuple(rules)
        self._below = tree
        self._paths = (tree.root,) if paths is None else tuple(paths)
        self._options = options or Options()
        self._piped = piped
        self._known = known
        self._today = today
        self._on_crash = on_crash
        self._progress = progress
        self._measure = measure
        self._parsed = Parsed()
        self._workspace: Workspace | None = None
        self._rendered = rendered
        self._is_rendered = False
        """Whether to render again would give what was rendered last."""
        self._report: Report | None = None
        self._joined: Joined | None = None
        self._divided: Known | None = None
        self._taken_up: TakenUp | None = None
        self._buffers: dict[Path, bytes | None] = {}

    @classmethod
    def of(
        cls,
        paths: Sequence[str],
        rules: Sequence[Rule] = (),
        *,
        config_file: str | None = None,
        isolated: bool = False,
        options: Options | None = None,
        piped: Piped | None = None,
        known: Sequence[Rule] | None = None,
        today: date | None = None,
    ) -> Session:
        """A Session on paths of the disk, with the configuration that rules them.

        Args:
            paths: files and folders, absolute or relative to the working directory.
            rules: the rules that run.
            config_file: read this configuration, not the nearest one.
            isolated: read none.
            options: what is looked at.
            piped: standard input, linted besides.
            known: every rule there is.
            today: the day on which ignores expire or not.

        Raises:
            KlintError: the configuration cannot be used, or the working directory is gone.
        """
        named = absolute(paths)
        project = find_project(named, config_file=config_file, isolated=isolated)
        return cls(
            project.tree, project.config, rules, paths=named, options=options, piped=piped, known=known, today=today
        )

    def report(self) -> Report:
        """What the rules find."""
        if self._report is None:
            workspace = self.workspace  # reading it is another step
            with self._measure("graph"):
                self._joined = join(workspace, self.rules)
            self._report = self._judged(workspace, self._joined)
            self._divided = self._taken_up = None
        return self._report

    def _judged(self, workspace: Workspace, joined: Joined) -> Report:
        return judge(
            workspace,
            joined,
            self.rules,
            known=self._known,
            today=self._today,
            on_crash=self._on_crash,
            measure=self._measure,
        )

    def update(
        self,
        changed: Mapping[Path, bytes | None],
        *,
        touched: Collection[Path] | None = None,
        render: bool = True,
        piped: bytes | None = None,
    ) -> Report:
        """What the rules find now.

        Args:
            changed: every file, by its absolute path, that is not as the Tree has it: what an editor holds instead, or
                None for one that is gone. What an earlier update said is forgotten.
            touched: the files and folders that may not be in the Tree what they were at the last report, as who watches
                them tells; None where nobody does. What `changed` says is compared, and need not be among them.
            render: whether charts and kustomizations are rendered again, unless that gives the same; else they stay as
                they were last rendered.
            piped: what standard input is taken to hold from now on, if it is linted.

        Raises:
            Cancelled: whoever is told how far rendering has come raised it. The Session stays as it was.
        """
        from klint.workspace.overlay import OverlayTree

        if touched is not None and piped is None:
            report = self._edited(changed, touched, render=render)
            if report is not None:
                return report
        below = self._below.fresh()
        tree = OverlayTree(below, changed) if changed else below
        standard_input = self._piped
        if piped is not None and standard_input is not None:
            standard_input = Piped(BytesIO(piped), standard_input.name)
        self._parsed.begin()
        workspace, rendered = self._read(tree, standard_input, None if render else self._rendered)
        self._below, self.tree, self._piped, self._buffers = below, tree, standard_input, dict(changed)
        self._workspace, self._rendered, self._report = workspace, rendered, None
        self._is_rendered = render
        return self.report()

    def _edited(
        self, changed: Mapping[Path, bytes | None], touched: Collection[Path], *, render: bool
    ) -> Report | None:
        """What the rules find where files that hold manifests have other ones now; None where more has changed, or
        where something has to be rendered again.
        """
        if self._report is None or self._joined is None or self._workspace is None or self._piped is not None:
            return None
        from klint.incremental.edited import edited, known
        from klint.incremental.reading import with_files_read_again
        from klint.incremental.standing import stands
        from klint.workspace.overlay import OverlayTree

        buffers = self._buffers
        paths = {*touched, *(changed.keys() ^ buffers.keys())}
        paths.update(path for path in changed.keys() & buffers.keys() if changed[path] != buffers[path])
        paths = {Path(os.path.abspath(path)) for path in paths}
        tree = OverlayTree(self._below, changed) if changed else self._below
        reading = with_files_read_again(
            self._workspace,
            tree,
            paths,
            self._paths,
            respect_gitignore=self._options.respect_gitignore,
        )
        if reading is None:
            return None
        is_rendered = self._is_rendered and stands(self._rendered, reading, paths, self._paths)
        if render and not is_rendered and self._options.render:
            return None
        self._is_rendered = is_rendered
        self.tree, self._workspace, self._buffers = tree, reading.workspace, dict(changed)
        if not reading.changed:
            return self._report
        last = self._divided or known(self._report, self._joined)
        self._report = self._joined = self._divided = None  # if it breaks now, nothing half made is taken for this
        self._divided = divided = edited(last, reading, self._judged, FEWEST)
        del last
        for documents, _ in reading.changed.values():
            self._parsed.forget(documents)
        if divided is None:
            return self.report()
        self._report, self._joined = divided.report, divided.joined
        return self._report

    @property
    def rendered(self) -> Rendered | None:
        """What was rendered last of charts and kustomizations, if anything was."""
        return self._rendered

    def kept(self) -> Any:
        """What a later Session can take up after an edit, as JSON has it; None where it may as well lint all of it."""
        from klint.incremental.kept import taken_down, taken_down_again

        if self._taken_up is not None and self._divided is not None:
            return taken_down_again(self._taken_up, self._divided).plain
        if self._report is None or self._joined is None:
            return None
        if len(self._joined.resources) + len(self._report.workspace.renderings) * OF_RENDERING < FEWEST:
            return None
        kept = taken_down(self._report, self._joined)
        return kept and kept.plain

    def take_up(self, kept: Any, edited: Collection[Path], is_known: Callable[[Report], bool]) -> Report | None:
        """What the rules find now, after edits of a few files since another Session kept what it knew.

        Args:
            kept: what that kept, of the same paths and options; anything else is as good as nothing.
            edited: the files that the Tree has otherwise now, absolute.
            is_known: whether a report is what the other Session's was.

        Returns:
            The report, whose workspace has only the documents that may be touched; None where all must be linted.
        """
        from klint.incremental.edited import edited as after
        from klint.incremental.kept import Kept, taken_up

        root = self.config.folder or self.tree.root
        is_whole = any(root.is_relative_to(path) for path in self._paths)
        blank = Workspace(root, self.config, (), is_whole=is_whole, tree=self.tree, parsed=self._parsed)
        before = Kept.of(kept)
        found = before and taken_up(before, blank, edited, self._judged, self._render)
        if not found or not is_known(found.known.report):
            return None
        divided = after(found.known, found.reading, self._judged, 0)
        if divided is None:
            return None
        self._taken_up, self._divided = found, divided
        self._workspace, self._report, self._joined = divided.report.workspace, divided.report, divided.joined
        return self._report

    @property
    def piped(self) -> Piped | None:
        """Standard input, if it is linted."""
        return self._piped

    @property
    def known(self) -> tuple[Rule, ...]:
        """Every rule there is, as far as the Session was told."""
        return self.rules if self._known is None else tuple(self._known)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files and folders that are linted, absolute."""
        return self._paths

    def over(self, tree: Tree, rules: Sequence[Rule]) -> Session:
        """The same on another Tree, with some of the rules. What is kept of files by their content is kept for both.

        Standard input is what the tree has under its name.
        """
        piped = [Path(os.path.abspath(self._piped.name))] if self._piped and self._piped.name != STDIN_NAME else []
        other = Session(
            tree,
            self.config,
            rules,
            paths=(*self._paths, *piped),
            options=self._options,
            known=self.known,
            today=self._today,
            progress=self._progress,
        )
        other._parsed = self._parsed
        return other

    @property
    def workspace(self) -> Workspace:
        """The files: read, rendered, and those with scripts read where a rule is about scripts."""
        if self._workspace is None:
            self._workspace, self._rendered = self._read(self.tree, self._piped, None)
            self._is_rendered = True
        return self._workspace

    def _read(self, tree: Tree, piped: Piped | None, rendered: Rendered | None) -> tuple[Workspace, Rendered | None]:
        """The files of a Tree, and what rendering makes of them: anew, or what it made before."""
        options = self._options
        with self._measure("reading"):
            workspace = discover(
                tree,
                self.config,
                self._paths,
                parsed=self._parsed,
                piped=piped,
                respect_gitignore=options.respect_gitignore,
                force_exclude=options.force_exclude,
            )
            if piped is not None and piped.name == STDIN_NAME:
                from klint.render.piped import trace_piped

                workspace = trace_piped(workspace, Path.cwd())
        can_render = options.render and (workspace.charts or workspace.kustomizations or workspace.has_deployers)
        if rendered is None and can_render:
            with self._measure("rendering"):
                rendered = self._render(workspace)
        if rendered is not None:
            workspace = rendered.over(workspace)
        if workspace.others and any(rule.check.looks_at("Scripts") for rule in self.rules):
            from klint.workspace.scripts import open_scripts

            with self._measure("reading"):
                workspace = open_scripts(workspace)
        return workspace, rendered

    def _render(self, workspace: Workspace, only: Collection[Path] | None = None) -> Rendered:
        from klint.render.renderings import render

        options = self._options
        with self._progress() if self._progress else nullcontext() as progress:
            return render(
                workspace,
                use_cache=options.use_cache,
                allow_network=options.allow_network,
                whole_definitions=options.whole_definitions,
                time_limit=options.render_timeout,
                progress=progress.update if progress else None,
                only=only,
            )

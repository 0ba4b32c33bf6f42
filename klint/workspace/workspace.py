"""What one run looks at."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from klint.config.config import Config
from klint.errors import Failure
from klint.records import cached_property, dataclass, field
from klint.text.document import Document, Problem
from klint.text.source import Source
from klint.workspace.disk import DiskTree
from klint.workspace.parsed import Parsed
from klint.workspace.paths import shown
from klint.workspace.rendering import Missing, Rendering
from klint.workspace.tree import Tree

if TYPE_CHECKING:
    from klint.text.duplicates import Lost
    from klint.workspace.unfollowed import Unfollowed


@dataclass(frozen=True)
class PassedOver:
    """A file that was seen and not linted, and the reason."""

    path: str
    reason: str


@dataclass(frozen=True)
class Workspace:
    """The files of one run, read.

    `root` is the folder that patterns and bundles are relative to: the configuration's, else the repository's, else
    the one all paths share; `tree` is what everything is read through, `parsed` the documents of each text that was
    read. `documents` are Kubernetes manifests and cluster files, in the order of their paths; documents that do not
    parse are among them. `is_whole` is set when the paths cover the root. `charts` and `kustomizations` are the folders
    that hold one; `renderings` are what became of them once they are rendered. `others` are files that may carry
    scripts, `scripts` those that do, once they are read. `piped` is what standard input is called, if it is linted;
    `unfollowed` are objects that deploy what was not. `is_cut_short` is set when another run may render more: something
    took longer than it may, or was ended. `unread` are files of manifests that were linted before and need not be among
    the documents again.
    """

    root: Path
    config: Config
    documents: tuple[Document, ...]
    passed_over: tuple[PassedOver, ...] = ()
    failures: tuple[Failure, ...] = ()
    is_whole: bool = False
    charts: tuple[Path, ...] = ()
    kustomizations: tuple[Path, ...] = ()
    renderings: tuple[Rendering, ...] = ()
    others: tuple[Path, ...] = ()
    scripts: tuple[Source, ...] = ()
    piped: str = ""
    unfollowed: tuple[Unfollowed, ...] = ()
    is_cut_short: bool = False
    unread: frozenset[str] = frozenset()
    tree: Tree = field(default_factory=lambda: DiskTree(Path()))
    parsed: Parsed = field(default_factory=Parsed, compare=False, repr=False)

    @property
    def has_deployers(self) -> bool:
        """Whether anything among the manifests deploys others."""
        from klint.workspace.deployers.kinds import is_deployer

        return any(is_deployer(document.data) for document in self.documents)

    @cached_property
    def sources(self) -> frozenset[str]:
        """The files that manifests are written in, or rendered from, as reports call them."""
        return self.unread.union(self.renderings_of, (document.source.path for document in self.documents))

    @cached_property
    def renderings_of(self) -> Mapping[str, Sequence[Rendering]]:
        """What is rendered from each file that a person writes, by the files as reports call them."""
        found: dict[str, list[Rendering]] = {}
        for rendering in self.renderings:
            for file in {source.path for source in rendering.written}:
                found.setdefault(file, []).append(rendering)
        return found

    @property
    def gaps(self) -> dict[Missing, set[Path]]:
        """What renderings lack: by what it is, the folders of the charts and kustomizations that lack it."""
        found: dict[Missing, set[Path]] = {}
        for rendering in self.renderings:
            for gap in rendering.gaps:
                found.setdefault(gap.missing, set()).add(gap.folder)
        return dict(sorted(found.items(), key=lambda item: item[0].name))

    @property
    def passed_over_by_reason(self) -> dict[str, list[str]]:
        """The files that were not linted, in order: by the reason, the most frequent first."""
        found: dict[str, list[str]] = {}
        for item in self.passed_over:
            found.setdefault(item.reason, []).append(item.path)
        return {
            reason: sorted(paths) for reason, paths in sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
        }

    def find_source(self, name: str) -> str:
        """What reports call one of these files, by any path that leads to it; empty where it is none of them."""
        path = shown(Path(os.path.abspath(name)))
        return path if path in self.sources else ""

    def problems(self, rule: str) -> Iterator[Problem]:
        """What one of klint's own rules has to say of documents as text, rendered ones included, and of rendering."""
        return (problem for problem in self._problems if problem.rule == rule)

    def lost(self, problem: Problem) -> Lost | None:
        """The value that a key set twice loses, with the edit that drops it; None where a person has to see to that."""
        from klint.text.duplicates import lost

        return lost(problem)

    def causes(self, rule: str) -> Iterator[Problem]:
        """The same, one for all overlays or sets of values that meet the same at one place; the message names them."""
        met: dict[tuple[object, str], list[Problem]] = {}
        for problem in self.problems(rule):
            met.setdefault((problem.span.sort_key, problem.message), []).append(problem)
        for found in met.values():
            yield found[0].met(*dict.fromkeys(problem.met_by for problem in found if problem.met_by))

    @cached_property
    def _problems(self) -> Sequence[Problem]:
        rendered: list[Document] = []
        off: list[Document] = []
        for rendering in self.renderings:
            (off if rendering.exposure_on else rendered).extend(rendering.documents)
        told = [problem for document in (*self.documents, *rendered) for problem in document.problems]
        told += [problem for rendering in self.renderings for problem in rendering.problems]
        known = {(problem.span.sort_key, problem.rule) for problem in told} if off else set()
        found = (problem for document in off for problem in document.problems)
        return [*told, *(problem for problem in found if (problem.span.sort_key, problem.rule) not in known)]

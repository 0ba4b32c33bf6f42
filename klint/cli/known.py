"""What is known before a run: the baseline that the command line or the configuration names, and a revision."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from klint.baseline.reading import Baseline, read_baseline
from klint.comparing import BASELINE, Comparison, covers
from klint.workspace.paths import shown

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    from klint.session import Session
    from klint.workspace.configuration import Project
    from klint.workspace.tree import Tree

USUAL_NAME = ".klint-baseline.yaml"


class BaselineFile(NamedTuple):
    """Where a baseline is, or is to be. Nothing outside the folder is read or written."""

    folder: Tree
    file: Path

    @property
    def name(self) -> str:
        """What reports call it."""
        return shown(self.file)

    def read(self) -> Baseline:
        """What is in it; raises as `read_baseline` does."""
        return read_baseline(self.folder, self.file, self.name)


def baseline_file(told: str | None, project: Project) -> BaselineFile | None:
    """The baseline that the command line tells of, else the configuration, which leads to no file out of its folder."""
    if told:
        file = Path(os.path.abspath(told))
        return BaselineFile(project.open_tree(Path(file.anchor)), file)
    config = project.config
    if config.baseline and config.folder is not None:
        return BaselineFile(project.open_tree(config.folder), Path(os.path.normpath(config.folder / config.baseline)))
    return None


def compared(session: Session, project: Project, file: BaselineFile) -> Comparison:
    """What a baseline knows before a run of a Session.

    Raises:
        KlintError: it cannot be read, or is no baseline.
    """
    baseline = file.read()
    return Comparison(BASELINE, file.name, baseline.entries, covers(session.paths, project.root, baseline.paths))


def complete_revisions(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Branches and tags of the repository that the working directory is in."""
    from click.shell_completion import CompletionItem

    from klint.workspace.git.repository import repository_root
    from klint.workspace.git.revisions import Repository, RevisionError

    root = repository_root(Path.cwd())
    try:
        names = Repository(root).names() if root else []
    except RevisionError:
        names = []
    return [CompletionItem(name) for name in ["HEAD", *names] if name.startswith(incomplete)]

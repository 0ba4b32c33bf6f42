"""Where a baseline is, or is to be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from klint.baseline.reading import Baseline, read_baseline
from klint.workspace.paths import shown

if TYPE_CHECKING:
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

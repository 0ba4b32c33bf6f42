"""Where the configuration is, and what a run on some paths may read."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from klint.config import FILE_NAME
from klint.errors import Failure, KlintError
from klint.records import dataclass, replace
from klint.workspace.disk import DiskTree
from klint.workspace.git.repository import repository_root
from klint.workspace.paths import shown
from klint.workspace.tree import Tree

if TYPE_CHECKING:
    from klint.config.config import Config

MAX_SIZE = 2**20
"""Bytes of a configuration."""


@dataclass(frozen=True)
class Project:
    """What paths on the disk belong to: all that may be read, and the configuration.

    `open_tree` opens other folders of the disk, for what the command line names that is not in the Tree.
    """

    tree: Tree
    config: Config
    open_tree: Callable[[Path], Tree] = DiskTree

    @property
    def root(self) -> Path:
        """The folder that patterns and bundles are relative to."""
        return self.config.folder or self.tree.root


@dataclass(frozen=True)
class Located:
    """Where a project is: its Tree, and the file with its configuration, if there is one."""

    tree: DiskTree
    config_file: Path | None
    is_told: bool
    """Whether somebody named that file, wherever it is."""

    def project(self, watch: Callable[[DiskTree], Tree] = lambda tree: tree) -> Project:
        """The project, with its configuration read; `watch` may put something before each Tree.

        Raises:
            KlintError: the configuration cannot be used.
        """
        from klint.config.config import Config  # loads much of klint, and who only asks where a project is needs none

        tree, file = watch(self.tree), self.config_file

        def open_tree(root: Path) -> Tree:
            return watch(DiskTree(root))

        folder = open_tree(Path(file.anchor)) if file and self.is_told else tree
        return Project(tree, load_config(folder, file, shown(file)) if file else Config(), open_tree)


def locate(
    paths: Sequence[Path],
    *,
    config_file: str | None = None,
    isolated: bool = False,
    within: Path | None = None,
    held: Container[Path] = (),
) -> Located:
    """Where the project is that absolute paths are in, whether they exist or not.

    The configuration is looked for up to the repository's root. Outside of a repository a folder above may be anybody's
    (`/tmp`), so there it is looked for no higher than the working directory, and only if the paths are below that.

    Args:
        paths: absolute paths.
        config_file: read this configuration, wherever it is.
        isolated: read none.
        within: the folder that somebody works in, if that is not the working directory.
        held: files that count as if they were on the disk.
    """
    within = within or Path.cwd()
    start = Path(os.path.commonpath(paths)) if paths else within
    if start.is_file():
        start = start.parent
    repository = repository_root(start)
    tree = DiskTree(repository or (within if start.is_relative_to(within) else start))
    if config_file is not None:
        return Located(tree, Path(os.path.abspath(config_file)), is_told=True)
    if not isolated:
        for folder in (start, *start.parents):
            file = folder / FILE_NAME
            if file in held or os.path.lexists(file):
                return Located(tree, file, is_told=False)
            if folder == tree.root:
                break
    return Located(tree, None, is_told=False)


def find_project(paths: Sequence[Path], *, config_file: str | None = None, isolated: bool = False) -> Project:
    """The project that absolute paths are in, found as `locate` does.

    Raises:
        KlintError: the configuration cannot be used.
    """
    return locate(paths, config_file=config_file, isolated=isolated).project()


def absolute(paths: Sequence[str]) -> list[Path]:
    """Paths as the command line has them, from the root of the file system; `-` is none.

    Raises:
        KlintError: the working directory is gone.
    """
    try:
        Path.cwd()
    except OSError:
        message = "The working directory is not there any more"
        raise KlintError(Failure("", message, "Change to one that is")) from None
    return [Path(os.path.abspath(path)) for path in paths if path != "-"]


def load_config(folder: Tree, file: Path, name: str) -> Config:
    """The configuration in a file; `name` is what errors call it.

    Raises:
        KlintError: the file cannot be read, is not YAML, or says something klint does not know.
    """
    from klint.text.encoding import NotTextError, decode

    try:
        text = decode(folder.read(file, MAX_SIZE)).text
    except OSError as error:
        raise KlintError(Failure(name, f"The configuration cannot be read: {error.strerror}")) from None
    except NotTextError as error:
        raise KlintError(Failure(name, f"The configuration cannot be read: it is {error}")) from None
    from klint.config.reading import parse_config  # most folders have no configuration
    from klint.text.source import Source

    return replace(parse_config(Source(name, text)), folder=file.parent)

"""Where the configuration is, and what a run on some paths may read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from klint.config.config import FILE_NAME, Config
from klint.errors import Failure, KlintError
from klint.records import dataclass, replace
from klint.text.encoding import NotTextError, decode
from klint.text.source import Source
from klint.workspace.disk import DiskTree
from klint.workspace.folder import Folder
from klint.workspace.git.repository import repository_root
from klint.workspace.paths import shown

MAX_SIZE = 2**20
"""Bytes of a configuration."""


@dataclass(frozen=True)
class Project:
    """What paths on the disk belong to: all that may be read, and the configuration."""

    tree: DiskTree
    config: Config

    @property
    def root(self) -> Path:
        """The folder that patterns and bundles are relative to."""
        return self.config.folder or self.tree.root


def find_project(paths: Sequence[Path], *, config_file: str | None = None, isolated: bool = False) -> Project:
    """The project that absolute paths are in, whether they exist or not.

    The configuration is looked for up to the repository's root. Outside of a repository a folder above may be anybody's
    (`/tmp`), so there it is looked for no higher than the working directory, and only if the paths are below that.

    Args:
        paths: absolute paths.
        config_file: read this configuration, wherever it is.
        isolated: read none.

    Raises:
        KlintError: the configuration cannot be used.
    """
    start = Path(os.path.commonpath(paths)) if paths else Path.cwd()
    if start.is_file():
        start = start.parent
    repository = repository_root(start)
    tree = DiskTree(repository or (Path.cwd() if start.is_relative_to(Path.cwd()) else start))
    if config_file is not None:
        file = Path(os.path.abspath(config_file))
        return Project(tree, load_config(Folder(Path(file.anchor)), file, shown(file)))
    if not isolated:
        for folder in (start, *start.parents):
            file = folder / FILE_NAME
            if os.path.lexists(file):
                return Project(tree, load_config(tree, file, shown(file)))
            if folder == tree.root:
                break
    return Project(tree, Config())


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


def load_config(folder: Folder, file: Path, name: str) -> Config:
    """The configuration in a file; `name` is what errors call it.

    Raises:
        KlintError: the file cannot be read, is not YAML, or says something klint does not know.
    """
    try:
        text = decode(folder.read(file, MAX_SIZE)).text
    except OSError as error:
        raise KlintError(Failure(name, f"The configuration cannot be read: {error.strerror}")) from None
    except NotTextError as error:
        raise KlintError(Failure(name, f"The configuration cannot be read: it is {error}")) from None
    from klint.config.reading import parse_config  # most folders have no configuration

    return replace(parse_config(Source(name, text)), folder=file.parent)

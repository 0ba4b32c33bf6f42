"""Paths → files: what is below them, and what of it is passed over and why."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

from klint.errors import Failure
from klint.records import dataclass, field
from klint.workspace.ignored import Ignored
from klint.workspace.paths import shown
from klint.workspace.tree import OutsideError, Tree, UnreadableError
from klint.workspace.workspace import PassedOver

SUFFIXES = (".yaml", ".yml", ".kyaml", ".json")
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")

HISTORIES = frozenset((".git", ".hg", ".svn", ".jj"))
"""Folders in which version control keeps what it knows: no part of what is linted."""

TOOL_FOLDERS = frozenset(("node_modules", ".venv", "venv", "__pycache__", ".terraform", ".klint_cache", ".tox"))
"""Folders that tools fill with what others wrote. What git tracks in them somebody wanted there."""


@dataclass
class Walk:
    """A walk through a Tree, and what it finds.

    `manifests` are the files that may hold manifests, by the names that reports give them; `charts` and
    `kustomizations` are the folders that hold one; `others` are files that may carry scripts.
    """

    tree: Tree
    ignored: Ignored
    manifests: dict[str, Path] = field(default_factory=dict)
    charts: list[Path] = field(default_factory=list)
    kustomizations: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def pass_over(self, path: Path, reason: str) -> None:
        """Say why a file is not linted."""
        self.passed_over.append(PassedOver(shown(path), reason))

    def fail(self, path: Path, message: str, remedy: str) -> None:
        """Say what klint cannot do with a file or folder."""
        self.failures.append(Failure(shown(path), message, remedy))

    def add(self, path: Path, *, force_exclude: bool = False) -> None:
        """Add a file or folder that somebody names: it is looked at although it is excluded, unless that is forced."""
        try:
            self.tree.real(path)
        except UnreadableError as error:
            self.fail(path, f"This is not read: {error.strerror}", "Name a file or folder of the workspace")
            return
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                self.fail(path, "There is no such file or folder", "Check the path")
            else:
                self.fail(path, f"This cannot be read: {error.strerror}", "Fix that or exclude it")
            return
        if self.tree.is_folder(path):
            self.ignored.want(path)
            self._add_folder(path)
        elif force_exclude and (
            self.ignored.by_configuration(path, is_folder=False)
            or self.ignored.is_unwanted(path, is_folder=False, above=False)
        ):
            self.pass_over(path, "excluded")
        elif self.tree.is_file(path):
            if not path.name.endswith(SUFFIXES):
                self.others.append(path)
            self.manifests.setdefault(shown(path), path)
        else:
            self.fail(path, "This is neither a file nor a folder", "Name a file or `-`")

    def _add_folder(self, folder: Path) -> None:
        """All that is below, in the order of the paths. Folders may be nested deeper than Python's calls."""
        waiting = [self._add_entries(folder, is_unwanted=False)]
        while waiting:
            found = next(waiting[-1], None)
            if found is None:
                waiting.pop()
            else:
                waiting.append(self._add_entries(found[0], is_unwanted=found[1]))

    def _add_entries(self, folder: Path, *, is_unwanted: bool) -> Iterator[tuple[Path, bool]]:
        """Add what is in a folder; yield each folder in it in its turn, and whether only what git tracks counts."""
        try:
            entries = self.tree.entries(folder)
        except OSError as error:
            self.fail(folder, f"The folder cannot be read: {error.strerror}", "Exclude it")
            return
        names = {entry.name for entry in entries}
        if "Chart.yaml" in names:
            self.charts.append(folder)
        if not names.isdisjoint(KUSTOMIZATIONS):
            self.kustomizations.append(folder)
        for name, kind in entries:
            path = folder / name
            is_folder = kind == "folder"
            is_manifest = not is_folder and (name in KUSTOMIZATIONS or name.endswith(SUFFIXES))
            if name in HISTORIES:
                continue
            if kind == "link":
                self.pass_over(path, _link(self.tree, path))
            elif self.ignored.by_configuration(path, is_folder=is_folder):
                if is_folder or is_manifest:
                    self.pass_over(path, "excluded")
            elif self.ignored.is_unwanted(path, is_folder=is_folder, above=is_unwanted):
                if is_folder or is_manifest:
                    self.pass_over(path, "ignored by git")
            elif is_folder:
                is_tools = name in TOOL_FOLDERS
                if is_tools and not self.tree.tracks(path):
                    self.pass_over(path, "a tool's folder")
                elif name == "templates" and "Chart.yaml" in names:
                    self.pass_over(path, "templates of a Helm chart")
                else:
                    yield path, is_unwanted or is_tools or self.ignored.by_git(path, is_folder=True)
            elif kind == "file":
                self.others.append(path)
                if is_manifest:
                    self.manifests.setdefault(shown(path), path)
            elif is_manifest:
                self.pass_over(path, "no regular file")


def _link(tree: Tree, path: Path) -> str:
    """What a link is. None is followed: what it leads to is linted where it is, or not in here."""
    try:
        target = tree.real(path)
    except OutsideError:
        return "a link out of the workspace"
    except OSError as error:
        return "a link that leads back to itself" if error.errno == errno.ELOOP else "a link that leads nowhere"
    if Path(tree.real(path.parent)).is_relative_to(target):
        return "a link to a folder that holds it"
    return "a link to a folder" if tree.is_folder(path) else f"a link to {shown(Path(target))}"

"""Which files are not linted: those that the configuration excludes, and those that git ignores and does not track."""

from __future__ import annotations

from pathlib import Path

from klint.config.config import Config
from klint.config.patterns import Patterns
from klint.records import dataclass, field
from klint.workspace.paths import relative_to
from klint.workspace.tree import Tree

MAX_GITIGNORE_SIZE = 2**20
"""Bytes. What is larger says nothing."""

_Rules = tuple[tuple[Path, Patterns], ...]
"""The .gitignore files that rule what is in a folder, with the folders they are in, the innermost first."""


@dataclass(frozen=True)
class Ignored:
    """Tells which paths of a Tree are not linted. The configuration's patterns are relative to `root`.

    `file_name` is what the files with git's patterns are called: Flux has some of its own.
    """

    root: Path
    tree: Tree
    config: Config
    respect_gitignore: bool = True
    file_name: str = ".gitignore"
    _rules: dict[Path, _Rules] = field(default_factory=dict)

    def by_configuration(self, path: Path, *, is_folder: bool) -> bool:
        """Whether the configuration excludes a path."""
        config = self.config
        if not (config.exclude.lines or config.include.lines):
            return False
        relative = relative_to(self.root, path) + ("/" if is_folder else "")
        if config.exclude.match(relative):
            return True
        return not is_folder and bool(config.include.lines) and not config.include.match(relative)

    def by_git(self, path: Path, *, is_folder: bool) -> bool:
        """Whether git would ignore a path if it did not track it. The innermost .gitignore with an opinion decides."""
        if self.respect_gitignore:
            for folder, patterns in self._ruling(path.parent):
                decision = patterns.decision(relative_to(folder, path) + ("/" if is_folder else ""))
                if decision is not None:
                    return decision
        return False

    def is_unwanted(self, path: Path, *, is_folder: bool, above: bool) -> bool:
        """Whether git ignores a path and tracks nothing of it; `above` is whether it ignores the folder around it."""
        return (above or self.by_git(path, is_folder=is_folder)) and not self.tree.tracks(path)

    def want(self, folder: Path) -> None:
        """Look at what is in a folder that git ignores: somebody named it."""
        if self.by_git(folder, is_folder=True):
            self._rules[folder] = self._written_in(folder)

    def _ruling(self, folder: Path) -> _Rules:
        """The rules for what is in a folder, from there up to the repository's root."""
        unknown = []
        current = folder
        while current not in self._rules:
            unknown.append(current)
            if current in (self.tree.root, current.parent) or self.tree.is_repository(current):
                break
            current = current.parent
        rules = self._rules.get(current, ())
        for current in reversed(unknown):
            rules = self._rules[current] = self._written_in(current) + rules
        return rules

    def _written_in(self, folder: Path) -> _Rules:
        try:
            data = self.tree.read(folder / self.file_name, MAX_GITIGNORE_SIZE)
        except OSError:
            return ()
        return ((folder, Patterns(tuple(data.decode("utf-8", "replace").splitlines()))),)

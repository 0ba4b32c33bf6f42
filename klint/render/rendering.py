"""What rendering gives: documents that know their way back, and what could not be rendered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from klint.document import Document, Problem, Source


@dataclass(frozen=True)
class Rendering:
    """One built kustomization, or one chart with one set of values: what is deployed together.

    `name` is what reports call it; `paths` (relative to the workspace's root) say where it goes; `consumed` are
    files that are part of it and are not manifests of their own; `written` are those a person writes comments in.
    """

    name: str
    documents: tuple[Document, ...]
    paths: tuple[str, ...]
    consumed: frozenset[Path] = frozenset()
    problems: tuple[Problem, ...] = ()
    written: tuple[Source, ...] = ()


@dataclass
class Sources:
    """The files of the workspace as sources, each read once, so that every span of a file is in the same source."""

    shown: Callable[[Path], str]
    relative: Callable[[Path], str]
    _read: dict[Path, Source] = field(default_factory=dict)

    def get(self, path: Path) -> Source:
        """The file as a source; an empty one if it cannot be read as text."""
        if path not in self._read:
            try:
                text = path.read_text("utf-8-sig")
            except (OSError, UnicodeDecodeError):
                text = ""
            self._read[path] = Source(self.shown(path), text, self.relative(path))
        return self._read[path]

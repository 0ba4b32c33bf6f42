"""Which of the texts that klint read are files that it may edit."""

from __future__ import annotations

import re
from pathlib import Path

from klint.records import cached_property, dataclass, field
from klint.text.encoding import NotTextError, decode
from klint.text.source import Source
from klint.workspace.workspace import Workspace

STDIN = Path("-")
"""Stands for standard input, which is no file: what becomes of it is printed."""

_GENERATED = re.compile(
    r"^[ \t]*(?:#|//)[^\n]*(?:code generated|do not edit|(?:auto-?|automatically )generated)",
    re.IGNORECASE | re.MULTILINE,
)
"""A comment as generators write it; Go's is `// Code generated … DO NOT EDIT.` (golang.org/s/generatedcode)."""

_HEAD = 1000
"""Characters in which such a comment stands."""


@dataclass(frozen=True)
class Editable:
    """The files of a workspace that a person edits.

    `reads_again` says whether to see that they still are what was read: for edits that are made, not for those that are
    told of.
    """

    workspace: Workspace
    reads_again: bool = True
    _known: dict[int, tuple[Source, Path | None]] = field(default_factory=dict, repr=False, compare=False)

    def path(self, source: Source) -> Path | None:
        """Where links lead to the file that a source is, STDIN for standard input; None for what klint does not edit.

        That is what is rendered, what is generated, the charts that a chart brings along in its `charts` folder, and
        what lies outside the workspace.
        """
        if id(source) not in self._known:
            self._known[id(source)] = (source, self._find(source))
        return self._known[id(source)][1]

    def _find(self, source: Source) -> Path | None:
        if source.is_oversized or _GENERATED.search(source.text, 0, _HEAD):
            return None
        if self.workspace.piped and source.path == self.workspace.piped:
            return STDIN
        if not source.relative:
            return None
        tree = self.workspace.tree
        path = self.workspace.root / source.relative
        try:
            real = Path(tree.real(path))
            is_read = not self.reads_again and source in self._read
            is_it = is_read or decode(tree.read(path)).text == source.text
        except (OSError, NotTextError):
            return None
        return real if is_it and not self._is_vendored(path) else None

    @cached_property
    def _read(self) -> frozenset[Source]:
        """The files of manifests, as they were read."""
        return frozenset(document.source for document in self.workspace.documents if document.origin is None)

    def _is_vendored(self, path: Path) -> bool:
        tree = self.workspace.tree
        if "charts" not in path.parts:
            return False
        return any(above.name == "charts" and tree.is_file(above.parent / "Chart.yaml") for above in path.parents)

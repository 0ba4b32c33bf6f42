"""Which files stand apart: they are deployed with nothing beside them.

Those are the fixtures of tests, and what lies in the folder of a kustomization that was built without it.
"""

from __future__ import annotations

from klint.records import dataclass
from klint.workspace.paths import folder_of, relative_to
from klint.workspace.target import Targets
from klint.workspace.workspace import Workspace


@dataclass(frozen=True)
class Apart:
    """Tells which files stand apart. `folders` are those of the kustomizations that were built, from the root."""

    targets: Targets
    folders: frozenset[str]

    @classmethod
    def of(cls, workspace: Workspace, targets: Targets) -> Apart:
        """What stands apart in a workspace."""
        kustomizations = {relative_to(workspace.root, folder) for folder in workspace.kustomizations}
        return cls(
            targets,
            frozenset(
                folder
                for rendering in workspace.renderings
                if rendering.chart is None and not rendering.has_gaps
                for source in rendering.written
                if (folder := folder_of(source.relative)) in kustomizations or (not folder and "." in kustomizations)
            ),
        )

    def holds(self, relative: str, *, is_rendered: bool = False) -> bool:
        """Whether a file, by its path from the root, stands apart. What is rendered is left out of nothing."""
        return self.targets.is_fixture(relative) or (not is_rendered and folder_of(relative) in self.folders)

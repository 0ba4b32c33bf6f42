"""What became of a workspace's charts and kustomizations, apart from the workspace: it may be laid over a later one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from klint.errors import Failure
from klint.records import dataclass, replace
from klint.workspace.paths import shown
from klint.workspace.rendering import Rendering
from klint.workspace.workspace import PassedOver, Workspace

if TYPE_CHECKING:
    from klint.workspace.unfollowed import Unfollowed


@dataclass(frozen=True)
class Rendered:
    """The renderings, and what else a Workspace knows once it is rendered.

    `read` are the files whose content they follow from, as a NotingTree notes them: None where they follow from more,
    as from what manifests deploy, from what is fetched, or from what klint was not given.
    """

    renderings: tuple[Rendering, ...]
    failures: tuple[Failure, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    unfollowed: tuple[Unfollowed, ...] = ()
    is_cut_short: bool = False
    read: frozenset[str] | None = None

    def over(self, workspace: Workspace) -> Workspace:
        """The Workspace with these. Files that a rendering consumed are no documents of their own any more."""
        consumed = consumed_by(self.renderings)
        return replace(
            workspace,
            documents=tuple(document for document in workspace.documents if document.source.path not in consumed),
            renderings=self.renderings,
            failures=(*workspace.failures, *self.failures),
            passed_over=(*workspace.passed_over, *self.passed_over),
            unfollowed=self.unfollowed,
            is_cut_short=self.is_cut_short,
        )


def consumed_by(renderings: Iterable[Rendering]) -> set[str]:
    """The files that are no documents of their own any more, as reports call them."""
    return {shown(path) for rendering in renderings for path in rendering.consumed}

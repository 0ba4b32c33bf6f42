"""What is known before a run: the revisions that a shell completes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem


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

"""Workspaces of the tests: opened as every run opens them, through a Session."""

from typing import Any, BinaryIO

from klint.render import renderings
from klint.session import Options, Session
from klint.workspace.discovery import STDIN_NAME, Piped
from klint.workspace.workspace import Workspace


def opened(
    *paths: str,
    stdin: BinaryIO | None = None,
    stdin_name: str = STDIN_NAME,
    config_file: str | None = None,
    isolated: bool = False,
    **options: Any,
) -> Workspace:
    """The files below some paths, else the working directory: read, and not rendered unless `render` says so."""
    return Session.of(
        paths or (".",),
        config_file=config_file,
        isolated=isolated,
        options=Options(**{"render": False, **options}),
        piped=Piped(stdin, stdin_name) if stdin and "-" in paths else None,
    ).workspace


def render(workspace: Workspace, **options: Any) -> Workspace:
    """A workspace with its charts and kustomizations rendered."""
    return renderings.render(workspace, **options).over(workspace)

"""Where in a script reading is, and what holds there for every command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from klint.scripts.commands import NO_VARIABLES
from klint.scripts.snippet import Snippet

if TYPE_CHECKING:
    from tree_sitter import Node


class Where(NamedTuple):
    """Where in a script reading is. `start` and `end` are offsets in the source, of the command that is read."""

    snippet: Snippet
    start: int = 0
    end: int = 0
    background: bool = False
    in_loop: bool = False
    kept_alive: str = ""
    functions: tuple[str, ...] = ()
    wrappers: tuple[str, ...] = ()
    branches: tuple[tuple[int, int], ...] = ()
    assigned_to: str = ""
    stdin: Snippet | None = None
    environment: Mapping[str, str] = NO_VARIABLES

    def text(self, node: Node) -> str:
        """A node's text."""
        return self.snippet.text[node.start_byte : node.end_byte]

"""File patterns as in .gitignore, matched against paths relative to where they are written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Patterns:
    """A list of .gitignore patterns; an empty list matches nothing."""

    lines: tuple[str, ...] = ()

    def match(self, path: str) -> bool:
        """Whether a path (forward slashes; a folder's ends in one) matches."""
        return bool(self.lines) and bool(self._spec.match_file(path))

    def decision(self, path: str) -> bool | None:
        """True where the last pattern that applies excludes the path, False where it re-includes it, else None."""
        return self._spec.check_file(path).include if self.lines else None

    @cached_property
    def _spec(self) -> Any:
        # Imported late: a run without patterns does not pay for the library.
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines(self.lines)

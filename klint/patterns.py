"""File patterns as in .gitignore, matched against paths relative to where they are written."""

from __future__ import annotations

import re
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
    def invalid(self) -> tuple[str, ...]:
        """The lines that are no patterns, which match nothing, as in git."""
        if _compile(self.lines) is not None:
            return ()
        return tuple(line for line in self.lines if _compile((line,)) is None)

    @cached_property
    def _spec(self) -> Any:
        spec = _compile(self.lines)
        return _compile(tuple(line for line in self.lines if line not in self.invalid)) if spec is None else spec


def _compile(lines: tuple[str, ...]) -> Any:
    """The patterns compiled; None when a line is none."""
    # Imported late: a run without patterns does not pay for the library.
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines)
    except (ValueError, re.error):
        return None

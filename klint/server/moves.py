"""Where lines of an older text are in a newer one."""

from __future__ import annotations

from bisect import bisect_right

from klint.text.differences import differences


class Moves:
    """Compares two texts line by line, as klint counts lines: from 1, ended by line feeds."""

    def __init__(self, old: str, new: str) -> None:
        self._found = list(differences(old.split("\n"), new.split("\n")))
        self._starts = [found.old_start for found in self._found]

    def line(self, number: int) -> int | None:
        """What number a line has now; None where it is not as it was."""
        index = bisect_right(self._starts, number - 1) - 1
        if index < 0:
            return number
        found = self._found[index]
        if number - 1 < found.old_end:
            return None
        return number + found.new_end - found.old_end

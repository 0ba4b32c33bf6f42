"""Names that a piece of script must hold to concern what is asked for: what holds none is passed over unread."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from klint.scripts.snippet import HOLE

_LONG = 4
_VARIABLES = frozenset(("KUBECTL", "KUBE_CTL", "K8S_CLI", "OC"))
"""Variables whose names say what they hold, though nothing in the script sets them: see `read_kubectl`."""

_PART = re.compile(r"\w+")


class Marks:
    """Names of programs, and of the functions, aliases and variables of a script that stand for one.

    Programs that a script does not name are left out, so it must be said what is going to be read: `expect`. Of its
    environment only those variables are looked at that it uses.
    """

    def __init__(self, programs: frozenset[str], environment: Mapping[str, str]) -> None:
        self._programs = programs | _VARIABLES
        self._environment = environment
        self._expected: frozenset[str] = frozenset()
        self._own: set[str] = set()
        self._harmless: set[str] = set()
        """Variables of the environment that stand for no program, as far as they were looked at."""
        self.expect("")

    def expect(self, text: str) -> None:
        """Take the programs that a text names for marks."""
        self._expected |= {name for name in self._programs if name in text}
        self._long, self._short = _by_length(self._expected)

    def add(self, name: str) -> None:
        """Take a name of the script's own for a mark. The first part of it is looked for: `k::` of `k::open`."""
        part = _PART.search(name)
        self._own.add(part[0] if part is not None else "")

    def are_in(self, text: str) -> bool:
        """Whether a text holds a mark, or a part that cannot be known and may be one."""
        if _holds(text, self._long, self._short):
            return True
        parts = _PART.findall(text) if self._own or (self._environment and "$" in text) else ()
        if self._own and ("" in self._own or not self._own.isdisjoint(parts)):
            return True
        return any(self._is_marked_variable(part) for part in parts) if self._environment else False

    def _is_marked_variable(self, name: str) -> bool:
        """Whether a variable of the environment stands for a program; a name that is none does not."""
        if name in self._harmless:
            return False
        if _holds(self._environment.get(name, ""), *_by_length(self._programs)):
            self._own.add(name)
            return True
        self._harmless.add(name)
        return False


def _holds(text: str, long: tuple[str, ...], short: re.Pattern[str] | None) -> bool:
    return HOLE in text or any(name in text for name in long) or (short is not None and short.search(text) is not None)


@cache
def _by_length(names: frozenset[str]) -> tuple[tuple[str, ...], re.Pattern[str] | None]:
    """Names that are looked for anywhere, and short ones, which count as words only: a `k` is in most lines."""
    long = tuple(sorted(name for name in names if len(name) >= _LONG))
    short = "|".join(re.escape(name) for name in sorted(names) if len(name) < _LONG)
    return long, re.compile(rf"(?<![\w-])(?:{short})(?![\w-])") if short else None

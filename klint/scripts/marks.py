"""Names that a piece of script must hold to concern what is asked for: what holds none is passed over unread."""

from __future__ import annotations

import re
from functools import cache

from klint.scripts.snippet import HOLE

_LONG = 4
_VARIABLES = frozenset(("KUBECTL", "KUBE_CTL", "K8S_CLI", "OC"))
"""Variables whose names say what they hold, though nothing in the script sets them: see `read_kubectl`."""

_PART = re.compile(r"\w+")


class Marks:
    """Names of programs, and of the functions, aliases and variables of a script that stand for one.

    Programs that a script does not name are left out, so it must be said what is going to be read: `expect`.
    """

    def __init__(self, programs: frozenset[str], text: str) -> None:
        self._programs = programs | _VARIABLES
        self._expected: frozenset[str] = frozenset()
        self._own: set[str] = set()
        self.expect(text)

    def expect(self, text: str) -> None:
        """Take the programs that a text names for marks."""
        self._expected |= {name for name in self._programs if name in text}
        self._long = tuple(sorted(name for name in self._expected if len(name) >= _LONG))
        self._short = _words(frozenset(name for name in self._expected if len(name) < _LONG))

    def add(self, name: str) -> None:
        """Take a name of the script's own for a mark. The first part of it is looked for: `k::` of `k::open`."""
        part = _PART.search(name)
        self._own.add(part[0] if part is not None else "")

    def are_in(self, text: str) -> bool:
        """Whether a text holds a mark, or a part that cannot be known and may be one."""
        if HOLE in text or any(name in text for name in self._long):
            return True
        if self._short is not None and self._short.search(text) is not None:
            return True
        return bool(self._own) and ("" in self._own or not self._own.isdisjoint(_PART.findall(text)))


@cache
def _words(names: frozenset[str]) -> re.Pattern[str] | None:
    """Short names count as words only: a `k` is in most lines."""
    if not names:
        return None
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(names)))})(?![\w-])")

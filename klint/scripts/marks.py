"""Names that a piece of script must hold to concern what is asked for: what holds none is passed over unread."""

from __future__ import annotations

import re
from collections.abc import Set
from functools import cached_property

from klint.scripts.snippet import HOLE

_LONG = 4
_VARIABLES = frozenset(("KUBECTL", "KUBE_CTL", "K8S_CLI", "OC"))
"""Variables whose names say what they hold, though nothing in the script sets them: see `read_kubectl`."""


class Marks:
    """Names of programs, and of the functions, aliases and variables that stand for one."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    @classmethod
    def of(cls, programs: frozenset[str], text: str) -> Marks:
        """The marks that commands of these programs have in a script: names that do not occur in it are left out."""
        return cls(frozenset(name for name in programs | _VARIABLES if name in text))

    def are_in(self, text: str) -> bool:
        """Whether a text holds a name, or a part that cannot be known and may be one."""
        return HOLE in text or any(name in text for name in self._long) or self._short.search(text) is not None

    def plus(self, names: Set[str]) -> Marks:
        """These, and more."""
        return self if names <= self.names else Marks(self.names | names)

    @cached_property
    def _long(self) -> tuple[str, ...]:
        return tuple(sorted(name for name in self.names if len(name) >= _LONG))

    @cached_property
    def _short(self) -> re.Pattern[str]:
        """Short names count as words only: a `k` is in most lines."""
        short = "|".join(re.escape(name) for name in sorted(self.names) if len(name) < _LONG)
        return re.compile(rf"(?<![\w-])(?:{short or '(?!)'})(?![\w-])")

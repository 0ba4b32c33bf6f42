"""What variables and positional parameters stand for at one point of a script."""

from __future__ import annotations

from klint.records import dataclass
from klint.scripts.commands import Word
from klint.scripts.variables import Value, Variables


@dataclass(slots=True)
class Parameters:
    """What names stand for at one point of a script. Positional parameters are None where they cannot be known."""

    variables: Variables
    positional: tuple[Word, ...] | None = None
    depth: int = 0
    """How many defaults inside of defaults are being read."""

    def parameter(self, name: str) -> Value | None:
        """The value of `$name`; None when nothing in the script sets it."""
        if name.isdigit():
            if self.positional is None or name == "0":
                return None
            index = int(name) - 1
            return self.variables.bounded(self.positional[index].value) if index < len(self.positional) else ""
        if name in ("@", "*"):
            return None if self.positional is None else self.variables.bounded(self.positional)
        return self.variables.get(name)

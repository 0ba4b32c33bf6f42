"""Regular expressions that cost nothing until they are used.

`re.compile` takes a tenth of the time of a small run for the patterns that its modules have and it does not need.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:

    def regex(text: str, flags: int = 0) -> re.Pattern[str]:
        """As `re.compile`."""
else:

    class regex:  # noqa: N801 -- called as re.compile is
        """As `re.compile`, which is called when the pattern is first asked for something."""

        def __init__(self, text: str, flags: int = 0) -> None:
            self._compile = lambda: re.compile(text, flags)

        def __getattr__(self, name: str) -> Any:
            value = getattr(self._compile(), name)
            setattr(self, name, value)  # from now on it is found at once
            return value

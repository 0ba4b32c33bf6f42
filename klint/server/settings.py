"""What the editor's own settings say: how klint is run there, not what it finds, which is `.klint.yaml`'s affair."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from klint.findings import Severity
from klint.records import dataclass

SECTION = "klint"
"""The section of the editor's settings that is klint's."""

_VALUES = {"render": ("onSave", "never"), "minimumSeverity": tuple(map(str, Severity))}
"""The settings and their values."""


@dataclass(frozen=True)
class Settings:
    """`render`: whether charts and kustomizations are rendered when a file is saved, or not at all. `minimum_severity`:
    the least that is shown.
    """

    render: str = "onSave"
    minimum_severity: str = "note"

    @classmethod
    def of(cls, said: Any) -> Settings:
        """The settings in a section; what they do not say, or say wrong, is as it is by default."""
        values = said if isinstance(said, dict) else {}
        usual = cls()
        render, severity = (value if (value := values.get(name)) in known else "" for name, known in _VALUES.items())
        return cls(render or usual.render, severity or usual.minimum_severity)


def misfits(said: Any) -> Iterator[str]:
    """What is wrong with the settings in a section, a sentence each."""
    for name, value in said.items() if isinstance(said, dict) else ():
        known = _VALUES.get(name)
        if known and value is not None and value not in known:
            yield f"{SECTION}.{name} cannot be {value!r}: it is {' or '.join(known)}"

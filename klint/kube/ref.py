"""What a reference asks for, as data."""

from __future__ import annotations

from klint.records import dataclass


@dataclass(frozen=True, slots=True)
class Ref:
    """An object that something refers to, whether or not there is one.

    `group` is empty for the core group. `namespace` is empty where the reference leaves it to the deployment, or the
    kind has none; `name` is empty where any object of the kind will do. `port` is the port it asks of the object, by
    number or name. `labels` are what the objects must carry, where they are not referred to by name.
    """

    group: str
    kind: str
    namespace: str = ""
    name: str = ""
    port: int | str | None = None
    labels: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.name else self.kind

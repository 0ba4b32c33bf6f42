"""What linting a root came to: the report, and what is said in each file."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from klint.records import cached_property, dataclass, field
from klint.server.buffers import Buffer

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.findings import Finding


@dataclass(frozen=True, eq=False)
class Told:
    """What is said in a file, in the order of the report: diagnostics, each with its finding if it is one."""

    items: tuple[tuple[types.Diagnostic, Finding | None], ...] = ()

    @cached_property
    def diagnostics(self) -> list[types.Diagnostic]:
        """The diagnostics."""
        return [diagnostic for diagnostic, _ in self.items]

    @cached_property
    def identity(self) -> str:
        """The same wherever the same is said: what the protocol calls a result id."""
        return sha256(repr(self.diagnostics).encode("utf-8", "replace")).hexdigest()[:32]

    def is_like(self, other: Told) -> bool:
        """Whether the same diagnostics are said, of the same findings."""
        return len(self.items) == len(other.items) and all(
            one is another and finding is found
            for (one, finding), (another, found) in zip(self.items, other.items, strict=True)
        )


NOTHING = Told()


@dataclass(frozen=True, eq=False)
class Outcome:
    """What linting came to. `buffers` are the open documents that it looked at, `files` what is said by file.

    `report` is missing where the configuration could not be used from the beginning on. `complaints` are what klint
    could not do and what is wrong in no file of the root. `broken` are the documents that cannot be read, for which an
    older text was looked at.
    """

    report: Report | None
    buffers: Mapping[Path, Buffer]
    files: Mapping[Path, Told] = field(default_factory=dict)
    complaints: tuple[str, ...] = ()
    broken: frozenset[Path] = frozenset()

    def still(self, buffers: Mapping[Path, Buffer]) -> Outcome:
        """What is left of it where linting other documents came to nothing: what is said of those that are the same."""
        files = {path: told for path, told in self.files.items() if buffers.get(path) is self.buffers.get(path)}
        return Outcome(self.report, buffers, files, broken=self.broken)

    def told(self, path: Path) -> Told:
        """What is said in a file."""
        return self.files.get(path, NOTHING)

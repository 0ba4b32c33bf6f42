"""Findings as they are known again in another run, and which of a run's findings are new."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from klint.findings import Finding
from klint.records import dataclass, replace
from klint.text.document import Place


@dataclass(frozen=True)
class Entry:
    """A finding that is known: its identity, and for people what it is and where it was.

    What one rule says of one place in an object is one entry, whatever its words. `count` is how many places have this
    identity; `without_file` is that of `Finding.identity_without_file`. `file` is relative to the workspace's root.
    `at` is where the entry itself stands, if it was read.
    """

    identity: str
    without_file: str = ""
    rule: str = ""
    object: str = ""
    file: str = ""
    message: str = ""
    count: int = 1
    at: Place | None = None

    @classmethod
    def of(cls, finding: Finding) -> Entry:
        """The entry of a finding."""
        return cls(
            finding.identity,
            finding.identity_without_file,
            finding.rule,
            str(finding.about) if finding.about else "",
            finding.span.source.relative or finding.span.file,
            finding.message,
        )


class Compared(NamedTuple):
    """A run's findings, parted: those that are new, those that were known, and entries that match no finding."""

    new: tuple[Finding, ...]
    known: tuple[Finding, ...]
    unmatched: tuple[Entry, ...]


@dataclass(frozen=True)
class Known:
    """Findings of a run that are not new: `by` says whether a `baseline` or a `revision` has them, `name` which.

    `stale` are entries of the baseline that match no finding any more.
    """

    by: str
    name: str
    findings: tuple[Finding, ...]
    stale: tuple[Entry, ...] = ()

    @property
    def stale_count(self) -> int:
        """How many findings the baseline has that are no more."""
        return sum(entry.count for entry in self.stale)


def entries_of(findings: Iterable[Finding]) -> tuple[Entry, ...]:
    """The entries of findings, those that are alike counted, in the order of files, rules and objects."""
    counts = Counter(Entry.of(said[0]) for said in _places(findings))
    return in_order(replace(entry, count=count) for entry, count in counts.items())


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries in the order of files, rules and objects."""
    return tuple(
        sorted(entries, key=lambda entry: (entry.file, entry.rule, entry.object, entry.message, entry.identity))
    )


def _places(findings: Iterable[Finding]) -> Iterable[list[Finding]]:
    """Findings by identity and place: what one rule says of one place, of several sets of values, is known as one."""
    places: dict[tuple[str, object], list[Finding]] = {}
    for finding in findings:
        places.setdefault((finding.identity, finding.span.sort_key), []).append(finding)
    return places.values()


_LIKENESSES: tuple[Callable[[Entry], tuple[str, ...]], ...] = (
    lambda entry: (entry.identity, entry.file, entry.message),
    lambda entry: (entry.identity, entry.file),
    lambda entry: (entry.identity,),
    lambda entry: (entry.without_file, "moved") if entry.without_file else (),
)
"""How an entry is known again, the closest first: where several have one identity, that tells which of them is new.

What is in no object may be in a file that was moved."""


def compare(findings: Sequence[Finding], entries: Iterable[Entry]) -> Compared:
    """Part findings by whether they are among some entries, each of which stands for as many places as it counts."""
    entries = tuple(entries)
    left = [entry.count for entry in entries]
    now = [(Entry.of(said[0]), said) for said in _places(findings)]
    for likeness in _LIKENESSES:
        alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for index, entry in enumerate(entries):
            if left[index] and (key := likeness(entry)):
                alike[key].append(index)
        unmatched = []
        for entry, said in now:
            matching = alike.get(likeness(entry))
            if matching:
                left[matching[-1]] -= 1
                if not left[matching[-1]]:
                    matching.pop()
            else:
                unmatched.append((entry, said))
        now = unmatched
    new = {id(finding) for _, said in now for finding in said}
    return Compared(
        tuple(finding for finding in findings if id(finding) in new),
        tuple(finding for finding in findings if id(finding) not in new),
        tuple(replace(entry, count=count) for entry, count in zip(entries, left, strict=True) if count),
    )

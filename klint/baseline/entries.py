"""Findings as they are known again in another run, and which of a run's findings are new."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from klint.findings import Finding
from klint.records import dataclass, replace
from klint.text.document import Place


@dataclass(frozen=True)
class Entry:
    """A finding that is known: its identity, and for people what it is and where it was.

    What one rule says of one place in an object is one entry, whatever its words. `count` is how many places have this
    identity. `file` is relative to the workspace's root. `at` is where the entry itself stands, if it was read.
    """

    identity: str
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
    def is_baseline(self) -> bool:
        """Whether a baseline has them."""
        return self.by == "baseline"

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
        places.setdefault((finding.identity, _place(finding)), []).append(finding)
    return places.values()


def _place(finding: Finding) -> tuple[object, ...]:
    """Where a finding stands; what is about a built object as a whole, in the file that has it: overlays rename it."""
    at = finding.at
    origin = at.document.origin if isinstance(at, Place) and at.path == ("metadata", "name") else None
    written = origin.written if origin else None
    return (written.source.path, written.start) if written else finding.span.sort_key


_Key = tuple[str, ...]


def _exactly(entry: Entry) -> _Key:
    return (entry.identity, entry.file, entry.message)


def _in_file(entry: Entry) -> _Key:
    return (entry.identity, entry.file)


def _anywhere(entry: Entry) -> _Key:
    return (entry.identity,)


def _by_words(entry: Entry) -> _Key:
    """The words of the message, in whatever order: a script was moved, or of two that claim one thing another is first.

    So it is with items of lists that nothing names, too: where they stand is part of their identity.
    """
    return (entry.rule, *sorted(re.findall(r"[^\s,:;]+", entry.message)))


_LIKENESSES: tuple[Callable[[Entry], _Key], ...] = (_exactly, _in_file, _anywhere, _by_words)
"""How an entry is known again, the closest first: where several have one identity, that tells which of them is new."""

_COUNTERPARTS = 10
"""Related objects that may have been blamed instead."""


def compare(findings: Sequence[Finding], entries: Iterable[Entry], untold: Sequence[Finding] = ()) -> Compared:
    """Part findings by whether they are among some entries, each of which stands for as many places as it counts.

    `untold` are findings that are not told by themselves: they match entries too, and are in neither part.
    """
    left = _Left(tuple(entries))
    now = [(Entry.of(said[0]), said) for said in _places((*findings, *untold))]
    for likeness in _LIKENESSES:
        known = left.by(likeness)
        now = [(entry, said) for entry, said in now if not known.takes(likeness(entry))]
    known = left.by(_anywhere)
    new = {
        id(finding)
        for _, said in now
        if not any(known.takes((other.identity,)) for other in islice(said[0].counterparts, _COUNTERPARTS))
        for finding in said
    }
    return Compared(
        tuple(finding for finding in findings if id(finding) in new),
        tuple(finding for finding in findings if id(finding) not in new),
        left.entries,
    )


def keys_of(entries: Iterable[Entry]) -> frozenset[tuple[str, ...]]:
    """All that findings which are among the entries may be known by."""
    return frozenset(likeness(entry) for entry in entries for likeness in (_anywhere, _by_words))


def may_be_among(keys: frozenset[tuple[str, ...]], finding: Finding) -> bool:
    """Whether a finding may be known by one of some keys, without looking how many of its kind there are."""
    others = islice(finding.counterparts, _COUNTERPARTS)
    return not keys.isdisjoint((*keys_of([Entry.of(finding)]), *((other.identity,) for other in others)))


class _Left:
    """Entries that match no finding yet, and how many places each still stands for."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._counts = [entry.count for entry in entries]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Those that are left."""
        counted = zip(self._entries, self._counts, strict=True)
        return tuple(replace(entry, count=count) for entry, count in counted if count)

    def by(self, likeness: Callable[[Entry], _Key]) -> _Alike:
        """Those that are left, by what they are known by."""
        alike: dict[_Key, list[int]] = defaultdict(list)
        for index, entry in enumerate(self._entries):
            if self._counts[index]:
                alike[likeness(entry)].append(index)
        return _Alike(alike, self._counts)


class _Alike(NamedTuple):
    """Entries that are left by what they are known by: those of one key, and how often each may be taken."""

    alike: Mapping[_Key, list[int]]
    counts: list[int]

    def takes(self, key: _Key) -> bool:
        """Whether one is left under a key, which is then taken."""
        alike = self.alike.get(key)
        if not alike:
            return False
        self.counts[alike[-1]] -= 1
        if not self.counts[alike[-1]]:
            alike.pop()
        return True

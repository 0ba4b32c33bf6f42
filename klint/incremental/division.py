"""A workspace divided into what an edit of a file can touch, and all else."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence, Set
from itertools import chain
from typing import NamedTuple, TypeVar

from klint.incremental.local import asks_for, found_by, hosts_of, is_local, runs_for_others, words_of
from klint.kube.resource import Resource
from klint.records import dataclass
from klint.scripts.hints import concerns_manifest
from klint.text.document import Document

Word = TypeVar("Word", str, frozenset[str])


@dataclass(frozen=True, slots=True)
class _File:
    """What ties a file to others: the namespaces of what is local in it, hosts, and words that may be namespaces.

    `found_by` and `asks_for` tie it to others only where one of them comes or goes.
    """

    spaces: frozenset[str]
    hosts: frozenset[str]
    words: frozenset[str]
    found_by: frozenset[str]
    asks_for: frozenset[frozenset[str]]
    widely: tuple[Resource, ...]
    """The objects in it that may matter anywhere."""


class Widely(NamedTuple):
    """The objects that may matter anywhere, and the documents they are in: by identity."""

    objects: frozenset[int]
    documents: frozenset[int]


class Division:
    """The files of a workspace, and what ties them to each other. It is kept up to date with the workspace.

    Files are tied that have objects in one namespace, routes with one host, or annotations that may name the other
    one's namespace. What may matter anywhere is in every part.
    """

    def __init__(self, patterns: frozenset[re.Pattern[str]]) -> None:
        """Divide nothing yet.

        Args:
            patterns: what texts were searched for: what has one of these may matter anywhere.
        """
        self.patterns = patterns
        self._files: dict[str, _File] = {}
        self._by_space: dict[str, set[str]] = defaultdict(set)
        self._by_host: dict[str, set[str]] = defaultdict(set)
        self._by_word: dict[str, set[str]] = defaultdict(set)
        self._by_found: dict[str, set[str]] = defaultdict(set)
        self._by_asked: dict[str, set[str]] = defaultdict(set)
        self._wide: dict[int, Resource] = {}
        self._sizes: dict[str, int] = {}
        self._for_others: set[str] = set()

    def put(self, file: str, resources: Sequence[Resource]) -> None:
        """Take what a file holds now: nothing where it is gone."""
        self._drop(file)
        if not resources:
            return
        local, widely = self.divided(resources)
        found = frozenset(word for item in local for word in found_by(item))
        asked = frozenset(words for item in local for words in asks_for(item))
        self._take(file, _File(*ties_of(local), found, asked, tuple(widely)), len(local))
        if any(map(runs_for_others, widely)):
            self._for_others.add(file)
        self.add_wide(widely)

    def tie(self, file: str, ties: Sequence[Sequence[str]], size: int) -> None:
        """Take what `ties_of` told of a file, and how many objects are local in it: these are not at hand.

        What such files may look for in other namespaces is not known: see `concerns_others`.
        """
        spaces, hosts, words = map(frozenset, ties)
        self._drop(file)
        self._take(file, _File(spaces, hosts, words, frozenset(), frozenset(), ()), size)

    def _take(self, file: str, entry: _File, size: int) -> None:
        self._files[file] = entry
        for index, keys in self._indexed(entry):
            for key in keys:
                index[key].add(file)
        self._sizes[file] = size

    def divided(self, resources: Sequence[Resource]) -> tuple[list[Resource], list[Resource]]:
        """The objects of a file that are local, and those that may matter anywhere."""
        far: set[int] = set()
        sources = {item.document.source for item in resources}
        if self.patterns or any(concerns_manifest(source.text) for source in sources):
            far = {id(item.document) for item in resources if self.is_far_reaching(item.document)}
        local: list[Resource] = []
        widely: list[Resource] = []
        for item in resources:
            (widely if id(item.document) in far or not is_local(item) else local).append(item)
        return local, widely

    def add_wide(self, resources: Iterable[Resource]) -> None:
        """Take objects that may matter anywhere."""
        self._wide.update((id(item), item) for item in resources)

    @property
    def widely(self) -> Widely:
        """What may matter anywhere."""
        found = self._wide
        return Widely(frozenset(found), frozenset(id(item.document) for item in found.values()))

    def size(self, part: Iterable[str]) -> int:
        """How many objects are in a part, or may matter anywhere."""
        return len(self._wide) + sum(self._sizes.get(file, 0) for file in part)

    def _drop(self, file: str) -> None:
        entry = self._files.pop(file, None)
        self._sizes.pop(file, None)
        self._for_others.discard(file)
        if entry is not None:
            for index, keys in self._indexed(entry):
                for key in keys:
                    index[key].discard(file)
            for item in entry.widely:
                self._wide.pop(id(item), None)

    def _indexed(self, entry: _File) -> Iterable[tuple[dict[str, set[str]], frozenset[str]]]:
        return (
            (self._by_space, entry.spaces),
            (self._by_host, entry.hosts),
            (self._by_word, entry.words),
            (self._by_found, entry.found_by),
            (self._by_asked, frozenset(map(_rarest, entry.asks_for))),
        )

    def is_far_reaching(self, document: Document) -> bool:
        """Whether a text says what may matter anywhere."""
        text = document.text
        return concerns_manifest(text) or any(pattern.search(text) for pattern in self.patterns)

    def part(self, files: Iterable[str]) -> frozenset[str]:
        """All files that some files are tied to, through others or directly, themselves among them.

        What takes requests for others is in each part with all that it is tied to: the ways of the others begin there.
        """
        found: set[str] = set()
        waiting = [*files, *self._for_others]
        while waiting:
            file = waiting.pop()
            if file in found:
                continue
            found.add(file)
            entry = self._files.get(file)
            if entry is None:
                continue
            tied = [self._by_space[space] for space in entry.spaces]
            tied += [self._by_host[host] for host in entry.hosts]
            tied += [self._by_word.get(space, set()) for space in entry.spaces]
            tied += [self._by_space[word] for word in entry.words if word in self._by_space]
            waiting.extend(set().union(*tied) - found)
        return frozenset(found)

    def concerned(self, before: Sequence[Resource], now: Sequence[Resource]) -> frozenset[str]:
        """The files in whatever namespace that may look for what came or went, and what these and that may look for.

        Who finds what it looks for in its own namespace looks no further; so who may find it no more is asked as well.

        Args:
            before: the objects that some files held.
            now: those that they hold.
        """
        local = [[item for item in resources if is_local(item)] for resources in (before, now)]
        words = {word for resources in local for item in resources for word in found_by(item)}
        moved = _differing(found_by, *local)
        sought = _differing(asks_for, *local)
        asking = {file for word in words for file in self._by_asked.get(word, ()) if self._asks(file, words, moved)}
        sought.update(wanted for file in asking for wanted in self._files[file].asks_for)
        return frozenset(asking).union(*map(self._having, sought))

    def _asks(self, file: str, words: Set[str], moved: Set[str]) -> bool:
        """Whether anything in a file looks for some of these words, and for one that moved among them."""
        return any(wanted <= words and not wanted.isdisjoint(moved) for wanted in self._files[file].asks_for)

    def _having(self, wanted: frozenset[str]) -> Set[str]:
        """The files that have all of some words."""
        return set.intersection(*(self._by_found.get(word, set()) for word in wanted)) if wanted else set()


def ties_of(local: Sequence[Resource]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """What ties objects that are local to others: their namespaces, hosts, and words that may be namespaces."""
    spaces = frozenset([item.namespace for item in local])
    hosts = frozenset(chain.from_iterable(map(hosts_of, local)))
    return spaces, hosts, frozenset(chain.from_iterable(map(words_of, local)))


def concerns_others(before: Sequence[Resource], now: Sequence[Resource]) -> bool:
    """Whether anything came or went that may be looked for in other namespaces, or looks for something there."""
    local = [[item for item in resources if is_local(item)] for resources in (before, now)]
    return bool(_differing(found_by, *local) or _differing(asks_for, *local))


def _rarest(words: frozenset[str]) -> str:
    """The one of some words that the fewest are likely to have."""
    return max(words, key=lambda word: (len(word), word), default="")


def _differing(
    words_of: Callable[[Resource], Iterable[Word]], before: Iterable[Resource], now: Iterable[Resource]
) -> set[Word]:
    """The words that some objects have in a namespace, and others have not, or not as often."""
    one, other = (
        Counter((item.namespace, word) for item in resources for word in words_of(item)) for resources in (before, now)
    )
    return {word for _, word in ((one - other) + (other - one))}

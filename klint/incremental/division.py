"""A workspace divided into what an edit of a file can touch, and all else."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import chain
from typing import Any, NamedTuple

from klint.incremental.local import (
    asks_for,
    found_by,
    hosts_of,
    is_local,
    mentioned_by,
    outline,
    runs_for_others,
    words_of,
)
from klint.kube.resource import Resource
from klint.records import dataclass
from klint.scripts.hints import concerns_manifest
from klint.text.document import Document
from klint.workspace.paths import folder_of


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


class BeyondError(Exception):
    """What an edit touches is tied to what may be in any namespace."""


class Division:
    """The files of a workspace, and what ties them to each other. It is kept up to date with the workspace.

    Files are tied that have objects in one namespace, routes with one host, or annotations that may name the other
    one's namespace. What may matter anywhere is in every part.

    Files of Bundles without any namespace are groups: each is tied together, and to whatever has words that it looks
    for, or looks for its words: an object that may matter anywhere, too, with all that it may be beside. Among
    namespaces, what leaves its own open may matter anywhere.
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
        self._by_mentioned: dict[str, list[Resource]] | None = None
        self._groups: dict[str, int] = {}
        self._group_of_folder: dict[str, int] = {}
        self._wide: dict[int, Resource] = {}
        self._sizes: dict[str, int] = {}
        self._for_others: set[str] = set()
        self._met: dict[str, tuple[frozenset[str], frozenset[frozenset[str]]]] = {}

    def group(self, files: Iterable[str]) -> None:
        """Take some files for those of a Bundle without any namespace."""
        number = len(self._groups)
        for file in files:
            self._groups[file] = self._group_of_folder[folder_of(file)] = number

    def put(self, file: str, resources: Sequence[Resource]) -> None:
        """Take what a file holds now: nothing where it is gone."""
        self._drop(file)
        if not resources:
            return
        local, widely = self.divided(resources)
        spaces, hosts, words = ties_of(local)
        found, asked = self._met.get(file) or met_by(local)
        self._take(file, _File(spaces | self._group_of(file), hosts, words, found, asked, tuple(widely)), len(local))
        if any(map(runs_for_others, widely)):
            self._for_others.add(file)
        self.add_wide(widely)

    def tie(self, file: str, ties: Sequence[Sequence[Any]], size: int) -> None:
        """Take the `flat_ties` of a file, and how many objects are local in it: these are not at hand.

        Where there are groups, these say what it is met by, and that stays so; else what such files may look for in
        other namespaces is not known: see `concerns_others`.
        """
        spaces, hosts, words = map(frozenset, ties[:3])
        found, asked = ties[3:] or ((), ())
        met = frozenset(found), frozenset(map(frozenset, asked))
        self._drop(file)
        self._take(file, _File(spaces | self._group_of(file), hosts, words, *met, ()), size)
        if len(ties) > 3:
            self._met[file] = met

    def tie_to_groups(self, file: str, others: Iterable[str]) -> None:
        """Tie a file that holds no objects to the groups of others."""
        none = frozenset[Any]()
        self._take(file, _File(none.union(*map(self._group_of, others)), none, none, none, none, ()), 0)

    def _group_of(self, file: str) -> frozenset[str]:
        """A word for the group that a file is in, which no namespace is called; nothing where it is in none."""
        return frozenset((f"/{self._groups[file]}",)) if file in self._groups else frozenset()

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
            (widely if id(item.document) in far or not self.is_local(item) else local).append(item)
        return local, widely

    def adopt(self, file: str) -> None:
        """Take a file that is new for one of the group that its folder has."""
        number = self._group_of_folder.get(folder_of(file))
        if number is not None and file not in self._files:
            self._groups[file] = number

    def is_local(self, item: Resource) -> bool:
        """Whether an object matters to its own namespace alone, or to its group where it leaves that open."""
        return is_local(item) and (bool(item.namespace) or item.document.source.path in self._groups)

    def are_groups(self, bundles: Iterable[Iterable[Resource]]) -> bool:
        """Whether each Bundle with a file of a group is all of that group, and without any namespace."""
        for resources in bundles if self._groups else ():
            numbers = {self._groups.get(item.document.source.path) for item in resources}
            if numbers - {None} and (len(numbers) > 1 or not is_without_namespace(resources)):
                return False
        return True

    def outline(self, item: Resource) -> str:
        """What of an object others than its namespace may look at: of one that is not local, all of it."""
        return outline(item) if self.is_local(item) else repr((item.path, item.data))

    def add_wide(self, resources: Iterable[Resource]) -> None:
        """Take objects that may matter anywhere."""
        for item in resources:
            self._wide[id(item)] = item
            self._by_mentioned = None

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
                    if not index[key]:
                        del index[key]
            for item in entry.widely:
                self._wide.pop(id(item), None)
                self._by_mentioned = None

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

        Raises:
            BeyondError: that may be anything.
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
            tied: list[Set[str]] = [self._by_space.get(space, set()) for space in entry.spaces]
            tied += [self._by_host.get(host, set()) for host in entry.hosts]
            tied += [self._by_word.get(space, set()) for space in entry.spaces]
            tied += [self._by_space[word] for word in entry.words if word in self._by_space]
            if self._groups:
                meeting = self._meeting(entry)
                tied.append(meeting if file in self._groups else meeting & self._groups.keys())
                if file in self._groups:
                    tied += self._mentioning(entry.found_by)
            waiting.extend(set().union(*tied) - found)
        return frozenset(found)

    def _meeting(self, entry: _File) -> set[str]:
        """The files that have words which a file looks for, or that look for its words."""
        words = entry.found_by
        asking = {file for word in words for file in self._by_asked.get(word, ()) if self._asks(file, words, words)}
        return asking.union(*map(self._having, entry.asks_for))

    def _mentioning(self, words: Iterable[str]) -> Iterator[Set[str]]:
        """The files of what may matter anywhere and has one of some words, and those of what it may be beside.

        Raises:
            BeyondError: that may be anything.
        """
        if self._by_mentioned is None:
            self._by_mentioned = defaultdict(list)
            for item in self._wide.values():
                for word in set(mentioned_by(item)):
                    self._by_mentioned[word].append(item)
        for item in {id(item): item for word in words for item in self._by_mentioned.get(word, ())}.values():
            file = item.document.source.path
            if not item.namespace and file not in self._groups:
                raise BeyondError
            yield {file}
            yield self._by_space.get(item.namespace, set())

    def concerned(self, before: Sequence[Resource], now: Sequence[Resource]) -> frozenset[str]:
        """The files in whatever namespace that may look for what came or went, and what these and that may look for.

        Who finds what it looks for in its own namespace looks no further; so who may find it no more is asked as well.

        Args:
            before: the objects that some files held.
            now: those that they hold.

        Raises:
            BeyondError: that may be anything.
        """
        local = [[item for item in resources if self.is_local(item)] for resources in (before, now)]
        words = {word for resources in local for item in resources for word in found_by(item)}
        differing = _differing(*local)
        moved = {word for item in differing for word in found_by(item)}
        sought = {wanted for item in differing for wanted in asks_for(item)}
        for file in frozenset().union(*map(self._having, sought)):  # such as pods that no Service selects any more
            words |= self._files[file].found_by
            moved |= self._files[file].found_by
        asking = {file for word in words for file in self._by_asked.get(word, ()) if self._asks(file, words, moved)}
        sought.update(wanted for file in asking for wanted in self._files[file].asks_for)
        return frozenset(asking).union(*map(self._having, sought), *self._mentioning(moved))

    def _asks(self, file: str, words: Set[str], moved: Set[str]) -> bool:
        """Whether anything in a file looks for some of these words, and for one that moved among them."""
        return any(wanted <= words and not wanted.isdisjoint(moved) for wanted in self._files[file].asks_for)

    def _having(self, wanted: frozenset[str]) -> Set[str]:
        """The files that have all of some words."""
        return set.intersection(*(self._by_found.get(word, set()) for word in wanted)) if wanted else set()


def ties_of(local: Sequence[Resource]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """What ties objects that are local to others: their namespaces, hosts, and words that may be namespaces."""
    spaces = frozenset([item.namespace for item in local if item.namespace])
    hosts = frozenset(chain.from_iterable(map(hosts_of, local)))
    return spaces, hosts, frozenset(chain.from_iterable(map(words_of, local)))


def flat_ties(local: Sequence[Resource], *, asking: Sequence[Resource] | None) -> list[list[Any]]:
    """The ties of a file's local objects, as JSON has them: with what they are met by where some may be `asking`."""
    ties: list[list[Any]] = [[*words] for words in ties_of(local)]
    if asking is None:
        return ties
    (found, _), (_, asked) = met_by(local), met_by(asking)
    return [*ties, [*found], [[*words] for words in asked]]


def met_by(local: Sequence[Resource]) -> tuple[frozenset[str], frozenset[frozenset[str]]]:
    """The words by which objects that are local are found from elsewhere, and those that they look for there."""
    found = frozenset(word for item in local for word in found_by(item))
    return found, frozenset(words for item in local for words in asks_for(item))


def concerns_others(before: Sequence[Resource], now: Sequence[Resource]) -> bool:
    """Whether anything came or went that may be looked for in other namespaces, or looks for something there."""
    local = [[item for item in resources if is_local(item)] for resources in (before, now)]
    return bool(_differing(*local))


def is_without_namespace(resources: Iterable[Resource]) -> bool:
    """Whether nothing that may be local is in a namespace."""
    return not any(item.namespace and is_local(item) for item in resources)


def _rarest(words: frozenset[str]) -> str:
    """The one of some words that the fewest are likely to have."""
    return max(words, key=lambda word: (len(word), word), default="")


def _differing(before: Sequence[Resource], now: Sequence[Resource]) -> list[Resource]:
    """The objects that came or went, or of which others may see that they changed."""
    one, other = ({_seen(item): item for item in resources} for resources in (before, now))
    kept = one.keys() & other.keys() if len(one) == len(before) and len(other) == len(now) else frozenset()
    return [item for found in (one, other) for key, item in found.items() if key not in kept]


def _seen(item: Resource) -> tuple[object, ...]:
    """What others may see of an object that is local."""
    return item.namespace, outline(item), frozenset(found_by(item)), frozenset(asks_for(item))

"""Where two histories part: the merge base of two commits, as `git merge-base` finds it.

Source: paint_down_to_common in commit-reach.c of git: from both commits down by date, and no further than it takes.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator

from klint.workspace.git.objects import MissingError, Objects
from klint.workspace.git.pack import BrokenError

MAX_COMMITS = 100_000
"""Commits that are looked at."""

_OURS, _THEIRS, _FOUND, _STALE = 1, 2, 4, 8
_BOTH = _OURS | _THEIRS


class History:
    """The commits that some objects hold."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._commits: dict[bytes, tuple[int, tuple[bytes, ...]]] = {}
        self.is_cut = False
        """Whether a commit was asked for that is not there, as in a shallow clone."""

    def merge_base(self, ours: bytes, theirs: bytes) -> bytes | None:
        """The newest commit that both of two commits descend from, or are; None where there is none.

        Raises:
            BrokenError: one of the two is not there, a commit cannot be read, or there are too many.
        """
        flags: defaultdict[bytes, int] = defaultdict(int)
        queue: list[tuple[int, bytes]] = []
        fresh: set[bytes] = set()
        """Commits of the queue that are not below one that both have."""

        def add(commit: bytes, flag: int) -> None:
            flags[commit] |= flag
            (fresh.discard if flags[commit] & _STALE else fresh.add)(commit)
            heapq.heappush(queue, (-self._commits[commit][0], commit))

        self._load(ours)
        self._load(theirs)
        add(ours, _OURS)
        add(theirs, _THEIRS)
        found: list[bytes] = []
        while fresh or (len(found) > 1 and queue and -queue[0][0] >= min(self._commits[one][0] for one in found)):
            # Of several one may be above another whose date says nothing of that.
            commit = heapq.heappop(queue)[1]
            fresh.discard(commit)
            flag = flags[commit] & (_BOTH | _STALE)
            if flag == _BOTH:
                if not flags[commit] & _FOUND:
                    flags[commit] |= _FOUND
                    found.append(commit)
                flag |= _STALE
            for parent in self._parents(commit):
                if flags[parent] & flag != flag:
                    add(parent, flag)
        return next((commit for commit in found if not flags[commit] & _STALE), None)

    def _parents(self, commit: bytes) -> Iterator[bytes]:
        for parent in self._commits[commit][1]:
            try:
                self._load(parent)
            except MissingError:
                self.is_cut = True
            else:
                yield parent

    def _load(self, commit: bytes) -> None:
        """Read a commit's date and parents."""
        if commit in self._commits:
            return
        if len(self._commits) == MAX_COMMITS:
            raise BrokenError(f"the histories are more than {MAX_COMMITS} commits apart")
        date, parents = 0, []
        for line in self._objects.read(commit, "commit").partition(b"\n\n")[0].split(b"\n"):
            key, _, value = line.partition(b" ")
            if key == b"parent":
                parents.append(_name(value, self._objects.name_size))
            elif key == b"committer":
                words = value.rsplit(b" ", 2)
                date = int(words[-2]) if len(words) > 1 and words[-2].isdigit() and len(words[-2]) < 20 else 0
        self._commits[commit] = date, tuple(parents)


def _name(text: bytes, size: int) -> bytes:
    try:
        name = bytes.fromhex(text.decode("ascii", "replace"))
    except ValueError:
        name = b""
    if len(name) != size:
        raise BrokenError("it is not as a commit should be")
    return name

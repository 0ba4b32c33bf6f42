"""Names of revisions → commits: `HEAD`, `main`, `v1.0`, `origin/main`, `1a2b3c4`, and from there `~2` or `^2`.

Source: gitrevisions(7). What git would look up in reflogs or messages, and `refs/replace`, is not known here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from klint.workspace.folder import Folder
from klint.workspace.git.ancestry import History
from klint.workspace.git.objects import MissingError, Objects
from klint.workspace.git.pack import BrokenError
from klint.workspace.git.repository import common_folder, git_folder

MAX_REFS = 64 * 2**20
"""Bytes of the file of packed refs."""

_MAX_REF = 4096
_MAX_STEPS = 10_000
_MAX_LINKS = 5
"""Refs that lead to other refs, as git follows them; and tags of tags."""

_REVISION = re.compile(r"(?P<name>[^\x00-\x20\x7f~^:?*\[\\]+)(?P<steps>(?:[~^][0-9]{0,6})*)")
_STEP = re.compile(r"([~^])([0-9]*)")
_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHORT_NAME = re.compile(r"[0-9a-f]{4,64}")
_PLACES = ("{}", "refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
_KINDS_OF_REFS = re.compile("refs/(?:heads|tags|remotes)/")
_OWN = re.compile(r"[A-Z_]*HEAD|refs/(?:bisect|worktree|rewritten)/.*")
"""Refs that each worktree has of its own."""


class RevisionError(ValueError):
    """A revision that cannot be read; the message says which, and why, and `remedy` what would help."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


_FETCH = "Fetch it with `git fetch`, or check its name"
_DEEPEN = "Fetch more of the history: git fetch --unshallow"


class Repository:
    """The commits of the repository at a folder."""

    def __init__(self, root: Path) -> None:
        """Open what is there.

        Raises:
            RevisionError: there is no repository, or none that belongs to the folder.
        """
        folder = git_folder(root)
        if folder is None:
            raise RevisionError(f"{root} is the root of no git repository", "Run it within the repository")
        self._folder = folder
        self._common = common_folder(folder)

    @property
    def is_unborn(self) -> bool:
        """Whether HEAD leads to a branch that has no commit yet."""
        return self._read_ref("HEAD").startswith("ref: refs/heads/") and not self._ref("HEAD")

    def tree(self, revision: str) -> tuple[Objects, bytes]:
        """The objects, and the name of a revision's tree.

        Raises:
            RevisionError: there is no such revision, or it cannot be read.
        """
        try:
            objects, commit = self._commit(revision)
            return objects, _named(objects.read(commit, "commit"), b"tree", objects.name_size)[0]
        except (BrokenError, OSError) as error:
            raise RevisionError(f"{revision}: {error}") from None

    def merge_base(self, revision: str) -> str:
        """The name of the commit at which HEAD and a revision part: the revision itself where HEAD descends from it.

        Raises:
            RevisionError: there is no such revision, none in common, or it cannot be read.
        """
        try:
            objects, theirs = self._commit(revision)
            ours = self._commit("HEAD")[1]
            history = History(objects)
            found = history.merge_base(ours, theirs)
        except (BrokenError, OSError) as error:
            raise RevisionError(f"{revision}: {error}", _DEEPEN if isinstance(error, MissingError) else "") from None
        if found is None and history.is_cut:
            raise RevisionError(f"{revision}: where HEAD parts from it is not in this shallow clone", _DEEPEN)
        if found is None:
            raise RevisionError(f"{revision}: HEAD has no commit in common with it", "Name one that it descends from")
        return found.hex()

    def names(self) -> list[str]:
        """The names of branches and tags, as `tree` takes them."""
        found = set(self._loose_refs())
        with suppress(OSError):
            lines = Folder(self._common).read(self._common / "packed-refs", MAX_REFS).splitlines()
            found.update(os.fsdecode(line.partition(b" ")[2]) for line in lines if line[:1] not in (b"#", b"^"))
        short = (_KINDS_OF_REFS.sub("", name) for name in found if _KINDS_OF_REFS.match(name))
        return sorted(name for name in short if not name.endswith("/HEAD"))

    def _loose_refs(self) -> Iterator[str]:
        waiting = ["refs"]
        while waiting:
            folder = waiting.pop()
            with suppress(OSError):
                for name, kind in Folder(self._common).entries(self._common / folder):
                    if kind == "folder":
                        waiting.append(f"{folder}/{name}")
                    else:
                        yield f"{folder}/{name}"

    def _commit(self, revision: str) -> tuple[Objects, bytes]:
        match = _REVISION.fullmatch(revision)
        if match is None:
            raise RevisionError(f"{revision!r} is no revision that klint can look up: name a commit, branch or tag")
        objects, name = self._object(match["name"])
        steps = 0
        for kind, digits in _STEP.findall(match["steps"]):
            count = int(digits or "1")
            for number in [1] * count if kind == "~" else [count] if count else []:
                steps += 1
                parents = _named(objects.read(_peeled(objects, name), "commit"), b"parent", objects.name_size)
                if number > len(parents) or steps > _MAX_STEPS:
                    raise RevisionError(f"{revision}: there is no such commit")
                name = parents[number - 1]
        return objects, _peeled(objects, name)

    def _object(self, name: str) -> tuple[Objects, bytes]:
        found = name if _NAME.fullmatch(name) else self._ref(name)
        if found:
            return Objects(self._common, len(found) // 2), bytes.fromhex(found)
        if _SHORT_NAME.fullmatch(name):
            for size in (20, 32):
                objects = Objects(self._common, size)
                names = objects.names(name)
                if len(names) > 1:
                    raise RevisionError(f"{name} is the beginning of several names: give more of it")
                if names:
                    return objects, names[0]
        if self._has_reftable():
            raise RevisionError(
                f"{name}: klint does not read this repository's refs (reftable): name a commit by its id"
            )
        raise RevisionError(f"{name}: there is no such revision", _FETCH)

    def _ref(self, name: str) -> str:
        """The hexadecimal name of the object that a ref leads to; empty if there is no such ref."""
        if ".." in name or name.startswith(("/", "-")) or name.endswith(("/", ".lock")):
            return ""
        for place in _PLACES:
            ref = place.format("HEAD" if name == "@" else name)
            for _ in range(_MAX_LINKS):
                text = self._read_ref(ref)
                if not text.startswith("ref: "):
                    break
                ref = text.removeprefix("ref: ").strip()
                if not ref.startswith("refs/") or ".." in ref:
                    break
            if _NAME.fullmatch(text):
                return text
        return ""

    def _read_ref(self, ref: str) -> str:
        folder = self._folder if _OWN.fullmatch(ref) else self._common
        try:
            return Folder(folder).read(folder / ref, _MAX_REF).decode("utf-8", "replace").strip()
        except OSError:
            return self._packed_ref(ref)

    def _packed_ref(self, ref: str) -> str:
        try:
            data = Folder(self._common).read(self._common / "packed-refs", MAX_REFS)
        except OSError:
            return ""
        wanted = b" " + os.fsencode(ref)
        lines = (line for line in data.splitlines() if line.endswith(wanted))
        return next((line[: -len(wanted)].decode("ascii", "replace") for line in lines), "")

    def _has_reftable(self) -> bool:
        return Folder(self._common).is_folder(self._common / "reftable")


def _peeled(objects: Objects, name: bytes) -> bytes:
    """The commit that a tag leads to, if it is not one itself."""
    for _ in range(_MAX_LINKS):
        found = objects.find(name)
        if found.kind != "tag":
            break
        name = _named(found.data, b"object", objects.name_size)[0]
    return name


def _named(data: bytes, key: bytes, size: int) -> list[bytes]:
    """The objects that the header of a commit or tag names under a key.

    Raises:
        BrokenError: there is none, except where it is about parents.
    """
    header = data.partition(b"\n\n")[0].split(b"\n")
    names = [line.removeprefix(key + b" ") for line in header if line.startswith(key + b" ")]
    if (not names and key != b"parent") or any(len(name) != 2 * size for name in names):
        raise BrokenError("it is not as a commit should be")
    try:
        return [bytes.fromhex(name.decode("ascii", "replace")) for name in names]
    except ValueError:
        raise BrokenError("it is not as a commit should be") from None

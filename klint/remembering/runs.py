"""One run of a command, and what it said when it ran the last time."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from klint.records import dataclass
from klint.remembering.installation import installation
from klint.remembering.trace import Trace, again
from klint.render.cache import Cache, digest, usual_folder
from klint.workspace.disk import DiskTree
from klint.workspace.git.repository import common_folder, git_folder

if TYPE_CHECKING:
    from klint.workspace.configuration import Located, Project

MAX_EDITED = 20
"""How many files may have another content before all is as good as new."""


@dataclass(frozen=True)
class Edits:
    """The files that have another content now, what was asked of all the others again, and what was said before them.

    `sign` tells the workspace that was kept with that from those that were kept with anything else.
    """

    trace: Trace
    files: frozenset[Path]
    said: Any
    sign: str

    @property
    def touch_settings(self) -> bool:
        """Whether what has been read so far, the configuration and what it names, was edited."""
        return not self.files.isdisjoint(self.trace.read)


class Run:
    """A run on paths of the disk. What it said the last time is remembered under its arguments.

    It lies where renderings do, and is believed for the same reason: nobody else can write there.
    """

    def __init__(self, located: Located, arguments: str) -> None:
        """A run from here, with its arguments in whatever form tells them apart."""
        self._located = located
        self._cache = Cache(usual_folder(located.tree.root))
        self._key = self._cache.key(("run", os.getcwd(), arguments))  # noqa: PTH109 (as text)
        self._git = common_folder(folder) if (folder := git_folder(located.tree.root)) else None
        place = (located.tree.root, located.config_file, self._git)
        self._setting = digest((*map(str, place), *sorted(installation())))
        self._began = time.time_ns()
        self._trace = Trace(self._began)
        self._edits: Edits | None = None

    def said(self) -> Any:
        """What it said the last time, as JSON has it, if all that decides that is as it was; else None."""
        known = self._cache.get(self._key)
        try:
            if known is None or known["setting"] != self._setting:
                return None
            said, sign = known["said"], known["sign"]
            found = again(known["trace"], self._began, MAX_EDITED if sign else 0)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None  # not what was kept
        if found is None:
            return None
        trace, edited = found
        if edited:
            self._edits = Edits(trace, edited, said, sign)
            return None
        if trace.written() != known["trace"]:
            self._put(trace, said, sign)  # other files with the same contents: their times count the next time
        return said

    def edits(self) -> Edits | None:
        """What has changed since the last time, if that is the contents of a few files: to ask once `said` has not."""
        return self._edits

    def project(self, edits: Edits | None = None) -> Project:
        """What is linted; all that is read of it is noted.

        Raises:
            KlintError: the configuration cannot be used.
        """
        trace = edits.trace if edits else self._trace
        if self._git is not None:
            with suppress(OSError):  # what deploys from git knows this repository by its remotes
                trace.watch(DiskTree(self._git)).read(self._git / "config")
        return self._located.project(trace.watch)

    def workspace(self, edits: Edits) -> Any:
        """The workspace of the last time, as it was kept; None if it was not."""
        kept = self._cache.get(self._workspace_key)
        return kept["workspace"] if isinstance(kept, dict) and kept.get("sign") == edits.sign else None

    def keep(self, said: Any, workspace: Any = None, edits: Edits | None = None) -> None:
        """Remember what it says, and the workspace if that is worth it: as JSON has them."""
        trace = edits.trace if edits else self._trace
        if trace.is_torn:
            return
        sign = f"{self._began} {os.getpid()}" if workspace is not None else ""
        if sign:
            self._cache.put(self._workspace_key, {"sign": sign, "workspace": workspace})
        self._put(trace, said, sign)

    @property
    def _workspace_key(self) -> str:
        return self._cache.key(("workspace", self._key))

    def _put(self, trace: Trace, said: Any, sign: str) -> None:
        record = {"setting": self._setting, "trace": trace.written(), "said": said, "sign": sign}
        self._cache.put(self._key, record)

"""One run of a command, and what it said when it ran the last time."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from klint.remembering.installation import installation
from klint.remembering.trace import Trace, again
from klint.render.cache import Cache, digest, usual_folder
from klint.workspace.disk import DiskTree
from klint.workspace.git.repository import common_folder, git_folder

if TYPE_CHECKING:
    from klint.workspace.configuration import Located, Project


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

    def said(self) -> Any:
        """What it said the last time, as JSON has it, if all that decides that is as it was; else None."""
        known = self._cache.get(self._key)
        try:
            if known is None or known["setting"] != self._setting:
                return None
            trace, said = again(known["trace"], self._began), known["said"]
        except (ValueError, TypeError, KeyError, AttributeError):
            return None  # not what was kept
        if trace is None:
            return None
        if trace.written() != known["trace"]:
            self._put(trace, said)  # other files with the same contents: their times count the next time
        return said

    def project(self) -> Project:
        """What is linted; all that is read of it is noted.

        Raises:
            KlintError: the configuration cannot be used.
        """
        if self._git is not None:
            with suppress(OSError):  # what deploys from git knows this repository by its remotes
                self._trace.watch(DiskTree(self._git)).read(self._git / "config")
        return self._located.project(self._trace.watch)

    def keep(self, said: Any) -> None:
        """Remember what it says, as JSON has it."""
        if not self._trace.is_torn:
            self._put(self._trace, said)

    def _put(self, trace: Trace, said: Any) -> None:
        self._cache.put(self._key, {"setting": self._setting, "trace": trace.written(), "said": said})

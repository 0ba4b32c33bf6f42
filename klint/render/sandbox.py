"""Where kubectl, helm and the embedded Helm run: without a network, an environment, other programs or klint's files.

They run in processes of their own, which end when klint does, however it ends.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from klint.records import dataclass
from klint.render.confinement import go_memory

MEMORY_LIMIT = 2 * 2**30
"""Bytes of memory of a program that renders. The largest public charts and kustomizations need a tenth of it."""

FETCH_LIMIT = 2**30
"""Bytes of a file that a program with a network may write: repositories are fetched whole."""

OUTPUT_LIMIT = 64 * 2**20
"""Bytes that a program may print. All of a large cluster's manifests are a tenth of that."""

_START = "import sys; sys.path += sys.argv[1:]; from klint.render.{module} import {serve}; {serve}()"


@dataclass(frozen=True)
class Finished:
    """What a program that ended printed, and the seconds of processor time it took.

    `ended` says why it was ended, if it was: `time`, `output`, or `crash` where it ran out of memory or the like.
    """

    code: int
    out: str
    err: str
    ended: str = ""
    seconds: float = 0.0


ENDED = {
    "output": f"it makes more than {OUTPUT_LIMIT // 2**20} MiB",
    "crash": "what renders it ran out of memory or crashed",
}
"""What to say of a program that was ended, but for its time."""


class SandboxError(OSError):
    """The process in which programs are started is gone."""


IS_AVAILABLE = os.name == "posix"
"""Whether programs can be started here. Windows has no select on pipes, nor the limits of processes."""


def find_program(name: str) -> str | None:
    """The absolute path of a program on the PATH, never of one that lies in the working directory by chance."""
    if not IS_AVAILABLE:
        return None
    folders = [folder for folder in os.get_exec_path() if Path(folder).is_absolute()]
    return shutil.which(name, path=os.pathsep.join(folders)) if folders else None


def start(module: str, *libraries: str, serve: str = "serve") -> subprocess.Popen[str]:
    """Start a module of klint/render that serves lines of JSON by a function, in a process without an environment.

    Of what is installed it can import klint and the libraries named. It is a session of its own, so that Ctrl-C
    reaches klint alone, and it ends when its standard input does.
    """
    origins = [find_spec(library) for library in libraries]
    folders = {str(Path(spec.origin).parents[1]) for spec in origins if spec and spec.origin}
    return subprocess.Popen(
        [
            sys.executable,
            "-I",
            "-S",
            *(["-B"] if sys.dont_write_bytecode else []),
            "-c",
            _START.format(module=module, serve=serve),
            str(Path(__file__).parents[2]),
            *folders,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        cwd=os.path.abspath(os.sep),  # not what is linted
        env={
            **{name: os.environ[name] for name in ("SYSTEMROOT", "TMPDIR", "TEMP", "LANG") if name in os.environ},
            **go_memory(MEMORY_LIMIT),
        },
        start_new_session=True,
    )


class Sandbox:
    """Runs programs one at a time. What they are to read is put below `folder`, and is gone when the Sandbox is.

    One with a network lets them fetch: they may open sockets, and start the programs on the PATH. Everything else is
    the same.
    """

    def __init__(self, *, network: bool = False) -> None:
        self._process = start("launcher", serve="serve_network" if network else "serve")
        self._path = os.pathsep.join(filter(os.path.isabs, os.get_exec_path())) if network else ""
        self._lock = threading.Lock()
        try:
            self.folder = Path(self._answer())
        except SandboxError:
            self.close()
            raise

    def run(self, command: Sequence[str], *, text: str = "", seconds: float, memory: int = MEMORY_LIMIT) -> Finished:
        """Run a program, given by its absolute path, with `text` as its standard input.

        It may take so many `seconds` of processor time, and some times as many to pass.

        Raises:
            SandboxError: the sandbox was closed, or killed from outside.
        """
        request = {
            "command": list(command),
            "seconds": seconds,
            "memory": memory,
            "output": OUTPUT_LIMIT,
            "written": FETCH_LIMIT if self._path else OUTPUT_LIMIT,
            "text": text,
            "path": self._path,
        }
        with self._lock:
            try:
                stdin = self._process.stdin
                if stdin is None or stdin.closed:
                    raise SandboxError("the sandbox is closed")
                stdin.write(json.dumps(request) + "\n")
                stdin.flush()
            except (OSError, ValueError) as error:
                raise SandboxError(str(error)) from None
            return Finished(**self._answer())

    def _answer(self) -> Any:
        try:
            line = self._process.stdout.readline() if self._process.stdout else ""
        except (OSError, ValueError):
            line = ""
        if not line.endswith("\n"):
            raise SandboxError("the process that starts programs has ended")
        return json.loads(line)

    def kill(self) -> None:
        """End what runs; for another thread than the one that waits for it. Of no use afterwards but to be closed."""
        self._process.terminate()

    def close(self) -> None:
        """End what runs, and remove the folder."""
        with suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        output = self._process.stdout
        if output:
            select.select([output], [], [], 5)  # until it ends: wait(5) alone looks in only every 50 ms
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if output:
            output.close()


class Sandboxes:
    """As many sandboxes as are used at once, each started when first needed; all with a network or none."""

    def __init__(self, *, network: bool = False) -> None:
        self._network = network
        self._idle: SimpleQueue[Sandbox] = SimpleQueue()
        self._started: list[Sandbox] = []
        self._is_closed = False

    @contextmanager
    def borrow(self) -> Iterator[Sandbox]:
        """A sandbox that nobody else uses.

        Raises:
            SandboxError: they are closed.
        """
        if self._is_closed:
            raise SandboxError("the sandboxes are closed")
        try:
            sandbox = self._idle.get_nowait()
        except Empty:
            sandbox = Sandbox(network=self._network)
            self._started.append(sandbox)
        try:
            yield sandbox
        finally:
            self._idle.put(sandbox)

    def kill(self) -> None:
        """End what runs, from whatever thread."""
        self._is_closed = True
        for sandbox in self._started:
            sandbox.kill()

    def close(self) -> None:
        """End what runs, and remove what was written."""
        self._is_closed = True
        for sandbox in self._started:
            sandbox.close()

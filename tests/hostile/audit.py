"""What a process and all that it starts ask of the system: which files, programs and sockets, as strace saw it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

STRACE = shutil.which("strace")

_CALLS = (
    "%network,execve,execveat,open,openat,openat2,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,"
    "symlink,symlinkat,link,linkat,truncate,chmod,fchmodat,mknod,mknodat,ptrace,io_uring_setup"
)
_LINE = re.compile(r"^\d+ +(?P<call>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+|\?)")
_PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<(?P<folder>[^>]*)>, )?"(?P<path>(?:[^"\\]|\\.)*)"')
_NETWORK = frozenset(
    ("socket", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg", "io_uring_setup")
)


@dataclass(frozen=True)
class Call:
    """A system call: its name, the paths in its arguments, made absolute, the arguments, and whether it worked."""

    name: str
    paths: tuple[str, ...]
    arguments: str
    worked: bool

    @property
    def is_network(self) -> bool:
        return self.name in _NETWORK

    @property
    def is_start(self) -> bool:
        return self.name in ("execve", "execveat")

    @property
    def is_read(self) -> bool:
        """Whether a file or folder was opened. O_PATH opens none: it only names one."""
        return self.name.startswith("open") and "O_PATH" not in self.arguments

    @property
    def is_write(self) -> bool:
        if self.name.startswith("open"):
            return re.search(r"O_(?:WRONLY|RDWR|CREAT|TRUNC)", self.arguments) is not None
        return not (self.is_network or self.is_start or self.name == "ptrace")


def traced(command: Sequence[str], log: Path) -> list[str]:
    """The command that runs another and writes down what it asks for."""
    return [
        STRACE or "strace",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-y",
        "-s",
        "4096",
        "-e",
        "signal=none",
        "-e",
        f"trace={_CALLS}",
        "-o",
        str(log),
        *command,
    ]


def calls(log: Path) -> Iterator[Call]:
    """What was written down. A call that another process interrupted stands on two lines."""
    unfinished: dict[str, str] = {}
    for line in log.read_text("utf-8", "replace").splitlines():
        process = line.partition(" ")[0]
        if line.endswith("<unfinished ...>"):
            unfinished[process] = line.removesuffix("<unfinished ...>")
            continue
        resumed = re.match(r"^\d+ +<\.\.\. \w+ resumed>", line)
        if resumed:
            line = unfinished.pop(process, "") + line[resumed.end() :]
        match = _LINE.match(line)
        if match is None:
            continue
        found = []
        for part in _PATH.finditer(match["arguments"]):
            path = part["path"].encode("latin-1", "replace").decode("unicode_escape")
            found.append(os.path.normpath(Path(part["folder"] or "/") / path))
            if match["call"].startswith("exec"):
                break
        yield Call(match["call"], tuple(found), match["arguments"], match["result"] not in ("-1", "?"))

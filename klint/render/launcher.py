"""Starts programs for klint, one at a time, where they can do no harm. Runs in a process of its own: see sandbox.py.

It makes a folder, says its name, and then answers requests, each a line of JSON on standard input.

    <- "/tmp/klint-x"
    -> {"command": [program, argument, ...], "seconds": 60, "memory": bytes, "output": bytes, "text": standard input,
        "written": bytes of a file, "path": where it finds other programs, if it may start any}
    <- {"code": 0, "out": text, "err": text, "ended": "" or "time" or "output" or "crash",
        "seconds": of processor time}

A program gets no environment but a home in that folder, no network, may read nothing but itself and that folder, and
may start nothing. By `serve_network` it has the network, and may start and read the programs on its path, so that it
can fetch; what it fetched it cannot start. When standard input ends, because klint did, whatever runs is killed and
the folder removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from klint.render import confinement
from klint.render.stopwatch import Stopwatch

_CHUNK = 1 << 16

_GO_CRASH = 2
_GO_FATAL = re.compile("^fatal error: ", re.MULTILINE)
"""What a Go program says, and the code it exits with, when its runtime gives up: out of memory, or of stack.

Source: `throw` and `fatalthrow` in Go's runtime/panic.go.
"""

_ENVIRONMENT = {"KUBECONFIG": os.devnull, "HELM_NO_PLUGINS": "1"}
_FETCHING = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}


def serve() -> None:
    """Answer requests until standard input ends. Programs have no network."""
    confinement.forbid_sockets()
    serve_network()


def serve_network() -> None:
    """Answer requests until standard input ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="klint-")).resolve()
    try:
        for name in ("home", "bin"):
            (folder / name).mkdir()
        _say(str(folder))
        with selectors.DefaultSelector() as selector:
            selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
            buffer = bytearray()
            while True:
                selector.select()
                data = os.read(sys.stdin.fileno(), _CHUNK)
                if not data:
                    return
                buffer += data
                if buffer.endswith(b"\n"):
                    answer = _run(json.loads(buffer), folder)
                    if answer is None:
                        return
                    buffer.clear()
                    _say(answer)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _say(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def _run(request: dict[str, Any], folder: Path) -> dict[str, Any] | None:
    """Run a program; None if klint ended meanwhile."""
    home = str(folder / "home")
    program = os.path.realpath(request["command"][0])

    def confine() -> None:
        confinement.end_with_parent()
        confinement.limit(request["memory"], seconds=int(request["seconds"]) + 1, written=request["written"])
        confinement.forbid_files(
            readable=(str(folder), *confinement.LIBRARIES, *confinement.DEVICES, *others),
            writable=(home, "/dev/null"),
            executable=None if is_script else (program, *loader, *started),
        )

    try:
        is_script, loader = _nature(program)
        # A script is run by another program, which then cannot be kept from being started, nor from its own files.
        others = ["/"] if is_script else [os.path.dirname(path) for path in loader]  # noqa: PTH120
        started: list[str] = []
        if request["path"]:
            started = [*request["path"].split(os.pathsep), *confinement.LIBRARIES, *confinement.FETCHING]
            others += started
        process = subprocess.Popen(
            [program, *request["command"][1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={
                **_ENVIRONMENT,
                **(_FETCHING if started else {}),
                **confinement.go_memory(request["memory"]),
                "HOME": home,
                "PATH": request["path"] or str(folder / "bin"),
                "TMPDIR": home,
            },
            preexec_fn=confine,  # noqa: PLW1509 - this process has one thread
            start_new_session=True,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return {"code": -1, "out": "", "err": str(error), "ended": ""}
    before = _processor_time()
    try:
        answer = _attend(process, request)
    finally:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)  # whatever it started
        process.wait()
    if answer is None:
        return None
    seconds = _processor_time() - before
    if answer["code"] < 0 and not answer["ended"]:
        answer["ended"] = "time" if seconds >= request["seconds"] else "crash"  # by a limit of the system's
    elif answer["code"] == _GO_CRASH and _GO_FATAL.search(answer["err"]):
        answer["ended"] = "crash"
    return {**answer, "seconds": seconds}


def _processor_time() -> float:
    """Seconds of processor time that programs which ended have taken."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _nature(program: str) -> tuple[bool, list[str]]:
    """Whether it is a script, and the loader that starts it, if any."""
    with Path(program).open("rb") as stream:
        if stream.read(2) == b"#!":
            return True, []
    loader = confinement.interpreter(program)
    return False, [os.path.realpath(loader)] if loader else []


def _attend(process: subprocess.Popen[bytes], request: dict[str, Any]) -> dict[str, Any] | None:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        return None
    given = memoryview(request.get("text", "").encode("utf-8", "surrogateescape"))
    texts = {process.stdout: bytearray(), process.stderr: bytearray()}
    os.set_blocking(process.stdin.fileno(), False)
    watch, limit = Stopwatch(process.pid), request["seconds"]
    ended = ""
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        for stream in texts:
            selector.register(stream, selectors.EVENT_READ)
        if given:
            selector.register(process.stdin, selectors.EVENT_WRITE)
        else:
            process.stdin.close()
        while len(selector.get_map()) > 1 and not ended:
            ready = selector.select(max(0.0, watch.left(limit)))
            if watch.left(limit) <= 0:
                ended = "time"
            for key, _ in ready:
                if key.fileobj == sys.stdin.fileno():
                    return None  # nobody waits for an answer
                if key.fileobj is process.stdin:
                    try:
                        given = given[os.write(key.fd, given[:_CHUNK]) :]
                    except BlockingIOError:
                        continue
                    except OSError:
                        given = given[:0]
                    if not given:
                        selector.unregister(process.stdin)
                        process.stdin.close()
                    continue
                text = texts[key.fileobj]  # type: ignore[index]
                data = os.read(key.fd, _CHUNK)
                text += data
                if not data:
                    selector.unregister(key.fileobj)
                elif len(text) > request["output"]:
                    ended = "output"
    while not ended and process.poll() is None:  # it may have closed its outputs and go on
        try:
            process.wait(max(0.0, watch.left(limit)))
        except subprocess.TimeoutExpired:
            ended = "time" if watch.left(limit) <= 0 else ""
    if ended:
        process.kill()
    out, err = (text.decode("utf-8", "replace") for text in texts.values())
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()
    return {"code": process.wait(), "out": out, "err": err, "ended": ended}

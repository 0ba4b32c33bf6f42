"""klint check --watch, on a terminal and in a pipe. Whoever watches waits for what is printed, never for a time."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from shutil import rmtree
from time import monotonic
from types import SimpleNamespace

import click
import pytest

import klint
from klint.cli import watching as cli_watching
from klint.cli.commands import klint as group
from klint.workspace.watch import Watch

pty = pytest.importorskip("pty", reason="there are no pseudo terminals here")

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  selector: {app: web}
  ports:
    - port: 80
      nodePort: PORT
"""
PATIENCE = 60
"""Seconds after which a run that says nothing has failed."""

READY = "Watching for changes; Ctrl-C ends this."
CLEAR = "\x1b[2J\x1b[3J\x1b[H"
WRONG = "web.yaml:9:17: error: nodePort 8080 of Service web is outside 30000-32767"


class Watching:
    """A klint that watches, and what it has printed."""

    def __init__(self, folder: Path, *, on_terminal: bool) -> None:
        self._ours: int
        self._ours, theirs = pty.openpty() if on_terminal else os.pipe()
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("KLINT", "FORCE"))}
        root = str(Path(klint.__file__).parents[1])
        # A shell starts what runs in the background so that it ignores Ctrl-C.
        heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
        program = f"{heeding}\nfrom klint.cli import main; main()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, "check", "--watch", "--select", "node-port-out-of-range"],
            cwd=folder,
            env={**environment, "NO_COLOR": "1", "PYTHONPATH": root},
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def until(self, text: str) -> str:
        """All that is printed until a text is, which it ends with."""
        printed, end = b"", monotonic() + PATIENCE
        while text.encode() not in printed:
            assert select.select([self._ours], [], [], max(0, end - monotonic()))[0], printed.decode()
            printed += os.read(self._ours, 1)
        return printed.decode().replace("\r\n", "\n")

    def run(self) -> str:
        """What one run prints."""
        return self.until(READY)

    def leave(self) -> None:
        """Read no more of what it prints."""
        os.close(self._ours)
        self._ours = -1

    def stop(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.wait(PATIENCE)
        if self._ours >= 0:
            self.leave()

    def end(self) -> int:
        """Its exit code, once Ctrl-C has ended it."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "web.yaml").write_text(SERVICE.replace("PORT", "30080"))
    return tmp_path


@pytest.fixture
def watch(folder: Path) -> Iterator[Callable[..., Watching]]:
    """Starts one in the folder; it is ended with the test."""
    started: list[Watching] = []

    def start(*, on_terminal: bool = False) -> Watching:
        started.append(Watching(folder, on_terminal=on_terminal))
        return started[-1]

    yield start
    for watching in started:
        watching.stop()


def test_a_terminal_is_told_of_each_change(folder: Path, watch: Callable[..., Watching]) -> None:
    watching = watch(on_terminal=True)
    first = watching.run()
    assert first.startswith("No findings in 1 file")
    assert CLEAR not in first
    (folder / "web.yaml").write_text(SERVICE.replace("PORT", "8080"))
    second = watching.run()
    assert f"{CLEAR}" in second
    assert "  web.yaml changed\n" in second
    assert second.index(WRONG) < second.index(f"\nNew:\n  {WRONG}")
    (folder / "web.yaml").write_text(SERVICE.replace("PORT", "30080"))
    third = watching.run()
    assert f"\nNo longer there:\n  {WRONG}" in third
    assert "New:" not in third
    assert watching.end() == 0


def test_a_pipe_gets_neither_clock_nor_control_characters_and_the_last_run_gives_the_exit_code(
    folder: Path, watch: Callable[..., Watching]
) -> None:
    watching = watch()
    watching.run()
    (folder / "web.yaml").write_text(SERVICE.replace("PORT", "8080"))
    assert watching.run().startswith(f"\n\nweb.yaml changed\n\n{WRONG}")
    assert watching.end() == 1


def test_a_broken_configuration_is_told_and_waited_for(folder: Path, watch: Callable[..., Watching]) -> None:
    (folder / ".klint.yaml").write_text("cluster: [\n")
    watching = watch()
    assert ".klint.yaml" in watching.run()
    (folder / ".klint.yaml").write_text("rules: {node-port-out-of-range: off}\n")
    assert "No findings" in watching.run()
    (folder / ".klint.yaml").write_text("rules: {no-such-rule: off}\n")
    assert "There is no rule 'no-such-rule'" in watching.run()
    (folder / ".klint.yaml").unlink()
    assert "No findings" in watching.run()
    assert watching.end() == 0


def test_it_ends_once_nobody_reads_what_it_prints(folder: Path, watch: Callable[..., Watching]) -> None:
    watching = watch()
    watching.run()
    watching.leave()
    (folder / "web.yaml").write_text(SERVICE.replace("PORT", "8080"))
    assert watching.process.wait(PATIENCE) == 1


def test_a_working_directory_that_is_gone_and_made_again(folder: Path, watch: Callable[..., Watching]) -> None:
    watching = watch()
    watching.run()
    rmtree(folder)
    assert "There is no such file or folder" in watching.run()
    folder.mkdir()
    (folder / "web.yaml").write_text(SERVICE.replace("PORT", "8080"))
    assert f"\nNew:\n  {folder}/{WRONG}" in watching.run()


@pytest.mark.parametrize("words", [("--fix",), ("--diff",), ("--timings",), ("-",)])
def test_what_it_does_not_go_with(words: tuple[str, ...]) -> None:
    with pytest.raises(click.UsageError, match="--watch goes with neither"):
        group.main(["check", "--watch", *words], standalone_mode=False)


@pytest.mark.parametrize(("frozen", "before"), [(0, []), (9, ["unfreeze", "collect"])])
def test_what_stays_is_not_looked_through_for_garbage(
    frozen: int, before: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    did: list[str] = []
    names = ("unfreeze", "collect", "disable", "freeze", "enable")
    collector = {name: partial(did.append, name) for name in names}
    monkeypatch.setattr(cli_watching, "gc", SimpleNamespace(get_freeze_count=lambda: frozen, **collector))
    with suppress(ZeroDivisionError), cli_watching._to_stay():
        did.append("made")
        raise ZeroDivisionError
    assert did == [*before, "disable", "made", "freeze", "enable"]


# What changes


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What happens in each pause between two looks, in turn."""
    happenings: list[Callable[[], object]] = []
    monkeypatch.setattr("klint.workspace.watch.sleep", lambda _: happenings.pop(0)())
    return happenings


def nothing() -> None:
    """A pause in which nothing changes."""


def write(folder: Path, **files: str) -> Callable[[], None]:
    def happen() -> None:
        for name, text in files.items():
            file = folder / name.replace("__", "/")
            if text:
                file.write_text(text)
            else:
                file.unlink()

    return happen


def test_changes_come_together(tmp_path: Path, later: list[Callable[[], object]]) -> None:
    (tmp_path / "deploy").mkdir()
    write(tmp_path, deploy__a="a", deploy__b="a", report="a", other="a")()
    watch = Watch(
        [tmp_path / "deploy", tmp_path / "other", tmp_path / "gone", tmp_path / "report"], [tmp_path / "report"]
    )
    later += [nothing, write(tmp_path, deploy__a="ab", report="ab"), write(tmp_path, deploy__b="", gone="a"), nothing]
    assert {path.name for path in watch.wait()} == {"a", "b", "gone"}
    later += [write(tmp_path, other="longer"), nothing]
    assert watch.wait() == {tmp_path / "other"}


def test_changes_that_never_end_are_told(
    tmp_path: Path, later: list[Callable[[], object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch([tmp_path])
    monkeypatch.setattr("klint.workspace.watch.monotonic", iter(range(100)).__next__)
    later += [write(tmp_path, log="a" * count) for count in range(1, 20)]
    assert watch.wait() == {tmp_path / "log"}
    assert later


@pytest.mark.skipif(os.name != "posix", reason="no time of a file here changes with all of it")
def test_a_change_that_leaves_size_and_time_as_they_were(tmp_path: Path, later: list[Callable[[], object]]) -> None:
    file = tmp_path / "web"
    file.write_text("a")
    watch = Watch([tmp_path])

    def change() -> None:
        before = file.stat()
        file.write_text("b")
        while file.stat().st_ctime_ns == before.st_ctime_ns:
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    later += [change, nothing]
    assert watch.wait() == {file}


def test_what_version_control_and_tools_keep_is_not_watched(tmp_path: Path, later: list[Callable[[], object]]) -> None:
    for name in (".git", "node_modules", "deploy"):
        (tmp_path / name).mkdir()
    (tmp_path / "deploy/away").symlink_to("nowhere")
    watch = Watch([tmp_path / "deploy"])
    watch.add([tmp_path])
    later += [write(tmp_path, **{".git__index": "a", "node_modules__x": "a", "deploy__x": "a"}), nothing]
    assert watch.wait() == {tmp_path / "deploy/x"}


def test_what_is_watched_from_now_on_has_not_changed(tmp_path: Path, later: list[Callable[[], object]]) -> None:
    write(tmp_path, base="a", web="a")()
    watch = Watch([tmp_path / "web"])
    watch.add([tmp_path / "base", tmp_path / "gone"])
    later += [nothing, write(tmp_path, base="ab"), nothing]
    assert watch.wait() == {tmp_path / "base"}

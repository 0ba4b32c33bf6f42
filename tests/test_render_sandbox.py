"""Where programs run: nothing to read, nobody to talk to, no time without end, and nothing left when klint ends."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from klint.render import confinement
from klint.render.sandbox import Sandbox, SandboxError, Sandboxes, find_program

pytestmark = pytest.mark.skipif(os.name != "posix", reason="programs are confined on POSIX systems")
CAT, SLEEP, ENV, YES, CC, BASH = (shutil.which(name) or "" for name in ("cat", "sleep", "env", "yes", "cc", "bash"))

has_landlock = confinement._syscall(confinement._CREATE_RULESET, None, 0, 1) > 0 if sys.platform == "linux" else False
confines_files = pytest.mark.skipif(not has_landlock, reason="this kernel has no Landlock")
confines_sockets = pytest.mark.skipif(sys.platform != "linux", reason="only Linux filters system calls")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    yield sandbox
    sandbox.close()
    assert not sandbox.folder.exists()


def test_a_program_is_answered_for(sandbox: Sandbox) -> None:
    (sandbox.folder / "a").write_text("é\n", "utf-8")
    assert sandbox.run([CAT, str(sandbox.folder / "a")], seconds=10).out == "é\n"
    assert sandbox.run([CAT], text="x" * 10**6, seconds=10).out == "x" * 10**6
    failed = sandbox.run([CAT, str(sandbox.folder / "nothing")], seconds=10)
    assert failed.code == 1
    assert "nothing" in failed.err
    assert sandbox.run(["/nowhere/program"], seconds=10).code != 0


def test_the_environment_is_its_own(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    lines = sandbox.run([ENV], seconds=10).out.splitlines()
    names = {line.partition("=")[0] for line in lines}
    assert names <= {"HOME", "PATH", "TMPDIR", "KUBECONFIG", "HELM_NO_PLUGINS", "GOGC", "GOMEMLIMIT"}
    values = dict(line.split("=", 1) for line in lines)
    assert list(Path(values["PATH"]).iterdir()) == []
    assert Path(values["HOME"]).is_relative_to(sandbox.folder)


@confines_files
def test_nothing_outside_is_read(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("canary\n")
    (sandbox.folder / "link").symlink_to(tmp_path / "secret")
    for path in (tmp_path / "secret", sandbox.folder / "link", Path("/etc/hostname"), Path("/proc/self/environ")):
        found = sandbox.run([CAT, str(path)], seconds=10)
        assert found.code == 1
        assert found.out == ""


@confines_files
def test_nothing_is_written_but_in_its_home(sandbox: Sandbox, tmp_path: Path) -> None:
    touch = shutil.which("touch") or ""
    assert sandbox.run([touch, str(tmp_path / "a")], seconds=10).code != 0
    assert sandbox.run([touch, str(sandbox.folder / "a")], seconds=10).code != 0
    assert sandbox.run([touch, str(sandbox.folder / "home" / "a")], seconds=10).code == 0
    assert list(tmp_path.iterdir()) == []


@confines_files
def test_no_other_program_is_started(sandbox: Sandbox) -> None:
    found = sandbox.run([ENV, CAT, "/dev/null"], seconds=10)
    assert found.code == 126
    assert "denied" in found.err.lower()


PROBE = """
import socket
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
    try:
        socket.socket(family)
    except OSError as error:
        print(error.errno)
"""


@confines_sockets
def test_no_socket_is_opened(sandbox: Sandbox) -> None:
    """A script is run by another program, which no rule keeps from being started; the network is shut all the same."""
    probe = sandbox.folder / "probe"
    probe.write_text(f"#!{sys.executable} -I\n{PROBE}")
    probe.chmod(0o755)
    assert sandbox.run([str(probe)], seconds=20).out == "13\n13\n13\n"


def test_time_and_output_are_bounded(sandbox: Sandbox) -> None:
    assert sandbox.run([SLEEP, "60"], seconds=0.2).ended == "time"
    assert sandbox.run([YES], seconds=60).ended == "output"
    assert sandbox.run([CAT], text="still there", seconds=10).out == "still there"


@pytest.mark.skipif(sys.platform != "linux", reason="macOS bounds no address space")
def test_memory_is_bounded(sandbox: Sandbox) -> None:
    probe = sandbox.folder / "probe"
    probe.write_text(f"#!{sys.executable} -I\nbytes(2**30)\n")
    probe.chmod(0o755)
    assert "MemoryError" in sandbox.run([str(probe)], seconds=20, memory=2**29).err
    assert sandbox.run([str(probe)], seconds=20).code == 0


def test_what_a_program_does_not_read_holds_nobody_up(sandbox: Sandbox) -> None:
    assert sandbox.run([SLEEP, "60"], text="x" * 10**6, seconds=0.5).ended == "time"
    assert sandbox.run([SLEEP, "0"], text="x" * 10**6, seconds=10).ended == ""


def script(sandbox: Sandbox, text: str) -> str:
    probe = sandbox.folder / "probe"
    probe.write_text(f"#!/bin/sh\n{text}\n")
    probe.chmod(0o755)
    return str(probe)


def test_a_program_that_says_no_more_ends_all_the_same(sandbox: Sandbox) -> None:
    assert sandbox.run([script(sandbox, f"exec >&- 2>&-; exec {SLEEP} 60")], seconds=0.5).ended == "time"


@pytest.mark.parametrize(
    ("text", "ended"),
    {
        "kill -9 $$": "crash",  # as the system does where memory is short
        "echo 'runtime: out of memory: cannot allocate'; echo 'fatal error: out of memory' >&2; exit 2": "crash",
        "echo 'fatal error: a template says so' >&2; exit 1": "",
        "echo 'Error: fatal error: out of memory' >&2; exit 2": "",
    }.items(),
)
def test_a_program_that_the_system_or_its_runtime_ends(sandbox: Sandbox, text: str, ended: str) -> None:
    assert sandbox.run([script(sandbox, text)], seconds=20).ended == ended


def test_what_a_program_leaves_behind_ends_with_it(sandbox: Sandbox) -> None:
    sandbox.run([script(sandbox, f"{SLEEP} 600 >/dev/null 2>&1 &")], seconds=10)
    assert eventually(lambda: "sleep\n" not in running(sandbox.folder))


@pytest.mark.skipif(not CC, reason="needs a compiler")
def test_a_loader_of_its_own(sandbox: Sandbox, tmp_path: Path) -> None:
    """Not every system has the loader of programs where most have it."""
    loader = tmp_path / "ld.so"
    shutil.copy(confinement.interpreter(CAT), loader)
    source, program = tmp_path / "a.c", tmp_path / "a"
    source.write_text('#include <stdio.h>\nint main(void) { puts("started"); return 0; }\n')
    subprocess.run([CC, source, "-o", program, f"-Wl,--dynamic-linker={loader}"], check=True)
    assert confinement.interpreter(str(program)) == str(loader)
    assert sandbox.run([str(program)], seconds=10).out == "started\n"


@pytest.mark.parametrize(
    "data",
    [b"", b"\x7fELF", b"\x7fELF\x02\x01" + b"\xff" * 99, b"#!/bin/sh\n", b"\x7fELF\x02\x01" + b"\0" * 99],
    ids=range(5),
)
def test_a_program_that_names_no_loader(data: bytes, sandbox: Sandbox, tmp_path: Path) -> None:
    program = tmp_path / "a"
    program.write_bytes(data)
    program.chmod(0o755)
    assert confinement.interpreter(str(program)) == ""
    sandbox.run([str(program)], seconds=10)
    assert sandbox.run([CAT], text="still there", seconds=10).out == "still there"


def test_programs_are_not_found_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "helm"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.chdir(program.parent)
    for path in (".", "", "../bin", "bin:.:"):
        monkeypatch.setenv("PATH", path)
        assert find_program("helm") is None
    monkeypatch.setenv("PATH", f".:{program.parent}")
    assert find_program("helm") == str(program)


def test_a_killed_sandbox_answers_with_an_error() -> None:
    sandboxes = Sandboxes()
    with sandboxes.borrow() as sandbox:
        folder = sandbox.folder
        sandboxes.kill()
        with pytest.raises(SandboxError):
            sandbox.run([CAT], seconds=10)
    with pytest.raises(SandboxError), sandboxes.borrow():
        pass
    sandboxes.close()
    assert not folder.exists()


def test_sandboxes_are_used_again() -> None:
    sandboxes = Sandboxes()
    with sandboxes.borrow() as first, sandboxes.borrow() as second:
        assert first is not second
    with sandboxes.borrow() as again:
        assert again in (first, second)
    sandboxes.close()


KLINT = """
import signal
import sys
from klint.render.sandbox import Sandbox
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background of a shell ignores it
sandbox = Sandbox()
print(sandbox.folder, flush=True)
sandbox.run([sys.argv[1], "600"], seconds=600)
"""


def eventually(condition: Callable[[], bool]) -> bool:
    for _ in range(200):
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_klint_ends(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KLINT, SLEEP], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as klint:
        assert klint.stdout is not None
        folder = Path(klint.stdout.readline().strip())
        assert eventually(lambda: bool(running(folder)))
        klint.send_signal(number)
    assert eventually(lambda: not folder.exists())
    assert eventually(lambda: not running(folder))


def running(folder: Path) -> list[str]:
    """The programs that work in a folder."""
    if not Path("/proc").is_dir():
        return []
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append((process / "comm").read_text())
        except OSError:
            continue
    return found


# With a network


@pytest.fixture
def fetching() -> Iterator[Sandbox]:
    sandbox = Sandbox(network=True)
    yield sandbox
    sandbox.close()
    assert not sandbox.folder.exists()


def connects(sandbox: Sandbox) -> bool:
    """Whether a program in a sandbox reaches a server."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        return sandbox.run([BASH, "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}"], seconds=10).code == 0


@confines_sockets
@pytest.mark.skipif(not BASH, reason="bash opens the socket")
def test_only_what_fetches_has_a_network(sandbox: Sandbox, fetching: Sandbox) -> None:
    assert (connects(sandbox), connects(fetching)) == (False, True)


def test_what_fetches_starts_programs_with_an_environment_of_its_own(
    fetching: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    found = fetching.run([ENV, ENV], seconds=10)
    assert found.code == 0
    assert "canary" not in found.out
    values = dict(line.split("=", 1) for line in found.out.splitlines())
    assert values["GIT_CONFIG_NOSYSTEM"] == "1"
    assert Path(values["HOME"]).is_relative_to(fetching.folder)
    assert all(map(os.path.isabs, values["PATH"].split(os.pathsep)))


@confines_files
def test_what_fetches_reads_and_writes_no_more_than_others(fetching: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("canary\n")
    for path in (tmp_path / "secret", Path("/etc/shadow"), Path("/proc/self/environ")):
        assert fetching.run([CAT, str(path)], seconds=10).out == ""
    touch = shutil.which("touch") or ""
    assert fetching.run([touch, str(tmp_path / "a")], seconds=10).code != 0
    assert fetching.run([touch, str(fetching.folder / "home" / "a")], seconds=10).code == 0
    assert not (tmp_path / "a").exists()


@confines_files
@pytest.mark.skipif(not BASH, reason="bash writes the program")
def test_what_was_fetched_is_not_started(fetching: Sandbox) -> None:
    """A hook, for one."""
    chmod = shutil.which("chmod") or ""
    line = f"cd $HOME; printf '#!{BASH}\\necho started\\n' > hook; {chmod} +x hook; ./hook; echo $?"
    assert fetching.run([BASH, "-c", line], seconds=10).out == "126\n"


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_works_in_it(fetching: Sandbox) -> None:
    git, home = shutil.which("git") or "", fetching.folder / "home"
    assert fetching.run([git, "init", "--quiet", str(home / "a")], seconds=10).code == 0
    found = fetching.run([git, "clone", str(home / "a"), str(home / "b")], seconds=10)
    assert found.code == 0, found.err

"""klint as a process of its own: what it does to terminals, pipes and signals, and what comes out of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import klint as package

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  selector:
    app: web
  ports:
    - port: 80
      nodePort: 8080
  type: NodePort
"""
KLINT = [sys.executable, "-m", "klint"]
PATH = os.pathsep.join(path for path in sys.path if path)
"""Where modules are, without what the machine's `site` adds to every interpreter."""


@pytest.fixture(autouse=True)
def _in_folder_of_services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(package.__file__).parents[1]))
    for name in ("web", "api"):
        Path(f"{name}.yaml").write_text(SERVICE.format(name=name))


def klint(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*KLINT, *arguments], capture_output=True, check=False, timeout=60, env={**os.environ, **(env or {})}
    )


def test_findings_failures_and_the_exit_code() -> None:
    result = klint("check", "--concise", "web.yaml", "--select", "node-port-out-of-range")
    assert result.stdout.startswith(b"web.yaml:10:17: error: nodePort 8080 of Service web is outside 30000-32767")
    assert (result.stderr, result.returncode) == (b"", 1)
    result = klint("web.yaml", "gone.yaml")
    assert result.stdout.startswith(b"web.yaml:10:17: ")
    assert result.stderr == b"klint: gone.yaml: There is no such file or folder. Check the path\n"
    assert result.returncode == 2


AT_ONCE = "import os, sys; leave = os._exit; os._exit = lambda status: (os.write(2, b'at once'), leave(status))\n"


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ("", b"at once"),
        ("import atexit; atexit.register(os.write, 2, b'atexit')", b"atexit"),
        ("import threading; threading.Timer(0.01, os.write, (2, b'thread')).start()", b"thread"),
        ("sys.setprofile(lambda *_: None)", b""),
    ],
    ids=["alone", "atexit", "thread", "profile"],
)
def test_it_ends_at_once_where_nothing_waits_for_the_end(others: str, told: bytes) -> None:
    program = f"{AT_ONCE}{others}\nfrom klint.cli import main; main()"
    command = [sys.executable, "-S", "-c", program, "check", "--concise", "web.yaml"]
    result = subprocess.run(
        command, capture_output=True, check=False, timeout=60, env={**os.environ, "PYTHONPATH": PATH}
    )
    assert (result.returncode, result.stderr) == (1, told)
    assert b"nodePort 8080 of Service web" in result.stdout


def test_the_installed_script() -> None:
    script = Path(sys.executable).with_name("klint")
    if not script.exists():
        pytest.skip("klint is not installed here, it runs from its sources")
    result = subprocess.run([script, "--version"], capture_output=True, check=True, timeout=60)
    assert result.stdout.startswith(b"klint ")


def test_the_same_input_gives_the_same_bytes() -> None:
    for name in "abcdefgh":
        Path(f"{name}.yaml").write_text(SERVICE.format(name=name))
    paths = sorted(map(str, Path().glob("*.yaml")))
    for format_name in ("text", "json", "sarif", "github"):
        outputs = {
            klint("check", "-o", format_name, *order, env={"PYTHONHASHSEED": seed}).stdout
            for seed, order in (("0", paths), ("1", paths[::-1]), ("2", paths[3:] + paths[:3]))
        }
        assert len(outputs) == 1
        assert len(outputs.pop()) > 1000


@pytest.mark.skipif(os.name == "nt", reason="Windows has no head")
@pytest.mark.parametrize("command", ["{klint} check", "{klint} rules", "{klint} explain node-port-out-of-range"])
def test_a_pipe_that_closes_is_no_error(command: str) -> None:
    line = command.format(klint=f"{sys.executable} -m klint")
    for end in ("| head -n 1", "| true", "2>&1 >/dev/null | true"):
        result = subprocess.run(["bash", "-c", f"{line} {end}"], capture_output=True, check=False, timeout=60)
        assert result.stderr == b"", f"{line} {end}"


def test_a_pipe_that_closes_does_not_change_the_exit_code() -> None:
    line = f"set -o pipefail; {sys.executable} -m klint check | true"
    assert subprocess.run(["bash", "-c", line], check=False, timeout=60).returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full stands for a full disk")
def test_a_full_disk_is_one_line() -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        result = subprocess.run([*KLINT, "check"], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert result.stderr == b"klint: <stdout>: Nothing can be written there: No space left on device\n"
    assert result.returncode == 2


@pytest.mark.skipif(os.name == "nt", reason="closing a stream is for POSIX shells")
def test_a_closed_standard_output_is_no_error() -> None:
    line = f"{sys.executable} -m klint check >&-"
    result = subprocess.run(["bash", "-c", line], stderr=subprocess.PIPE, check=False, timeout=60)
    assert (result.stderr, result.returncode) == (b"", 1)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_an_interrupt_ends_it_quietly() -> None:
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # a background shell ignores it
    command = [sys.executable, "-c", f"{heeding}; from klint.cli import main; main()", "check", "-"]
    reading = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_traced()
    )
    assert reading.stdin is not None
    assert reading.stderr is not None
    with reading:
        next(line for line in reading.stderr if b"klint.workspace.discovery" in line)  # it is about to read
        reading.send_signal(signal.SIGINT)
        _, errors = reading.communicate(timeout=60)
    assert b"Traceback" not in errors
    assert b"Aborted" not in errors
    # Python ends itself with the signal when that came in the middle of some imports. Shells call both 130.
    assert reading.returncode in (130, -signal.SIGINT)


def _traced() -> dict[str, str]:
    return {**os.environ, "PYTHONPROFILEIMPORTTIME": "1"}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no bash, or one that is too old for click")
def test_bash_completes_rule_names(tmp_path: Path) -> None:
    script = tmp_path / "bin" / "klint"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m klint "$@"\n')
    script.chmod(0o755)
    line = """
        eval "$(klint completion bash)"
        COMP_WORDS=(klint check --select node-port-collision,host-port-in) COMP_CWORD=3
        _klint_completion klint
        echo "${COMPREPLY[@]}"
    """
    path = os.pathsep.join((str(script.parent), os.environ["PATH"]))
    result = subprocess.run(
        ["bash", "-c", line], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True, timeout=60
    )
    assert (result.stdout, result.stderr) == ("node-port-collision,host-port-in-production\n", "")


def test_an_ascii_terminal_gets_utf_8() -> None:
    Path("web.yaml").write_text(SERVICE.format(name="web").replace("8080", "8080 # ünïcode"), encoding="utf-8")
    result = klint("check", "web.yaml", env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    assert "ünïcode" in result.stdout.decode("utf-8")
    assert result.returncode == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not allow such names")
def test_a_file_name_that_is_no_text() -> None:
    Path(os.fsdecode(b"caf\xe9.yaml")).write_text(SERVICE.format(name="cafe"))
    for format_name in ("text", "json", "sarif", "github"):
        result = klint("check", "--output", format_name)
        assert result.returncode == 1, result.stderr
        assert b"caf" in result.stdout
        result.stdout.decode("utf-8")


@pytest.mark.parametrize("module", ["yaml_rs", "ruamel", "click", "json"])
def test_nothing_in_the_linted_folder_is_imported(module: str) -> None:
    Path(f"{module}.py").write_text("open('imported', 'w').close()\n")
    Path("conftest.py").write_text("")
    result = klint("check")
    assert result.returncode == 1, result.stderr
    assert not Path("imported").exists()

"""What CI runs: README.md's own command, then the linters, and nothing after the first that fails."""

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

PYTHON = """\
#!/bin/sh
echo "$(basename "$0") $*" >> "$LOG"
case "$*" in
  "-m venv .venv") mkdir -p .venv/bin; for name in python ruff mypy; do ln -s "$0" .venv/bin/$name; done ;;
esac
case "$(basename "$0") $*" in "$FAIL") exit 3 ;; esac
"""
STEPS = [
    "python3 -m venv .venv",
    "python -m pip install --quiet --editable .[dev]",
    "python -m pytest -n auto",
    "ruff check .",
    "ruff format --check .",
    "mypy ",
]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="CI runs on POSIX systems")


def run(folder: Path, fail: str = "") -> tuple[int, list[str]]:
    """Run a copy of the script where every program only notes that it was called; the exit code and the calls."""
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci" / "run")
    shutil.copy(ROOT / "README.md", folder / "README.md")
    python = folder / "bin" / "python3"
    python.parent.mkdir()
    python.write_text(PYTHON)
    python.chmod(0o755)
    log = folder / "log"
    path = os.pathsep.join((str(python.parent), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path, "LOG": str(log), "FAIL": fail}
    result = subprocess.run([folder / ".ci" / "run"], env=environment, capture_output=True, check=False, timeout=60)
    return result.returncode, log.read_text().splitlines()


def test_ci_runs_the_second_command_of_the_readme_then_the_linters(tmp_path: Path) -> None:
    assert run(tmp_path) == (0, STEPS)


@pytest.mark.parametrize("step", range(1, len(STEPS)))
def test_ci_stops_at_the_first_step_that_fails(tmp_path: Path, step: int) -> None:
    code, steps = run(tmp_path, fail=STEPS[step])
    assert code != 0
    assert steps == STEPS[: step + 1]


def test_ci_says_so_when_the_readme_has_no_such_command(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    (tmp_path / "README.md").write_text("## Set up\n\n```sh\ntrue\n```\n\n## Use\n\n```sh\ntrue\n```\n")
    result = subprocess.run([tmp_path / ".ci" / "run"], capture_output=True, text=True, check=False, timeout=60)
    assert (result.returncode, result.stderr) == (1, '.ci/run: README.md has no second command under "Set up"\n')


def test_the_readme_has_two_commands_to_set_up() -> None:
    section = re.search(r"^## Set up$(.*?)^## ", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert section is not None
    commands = re.findall(r"^```sh\n(.*?)^```$", section[1], re.MULTILINE | re.DOTALL)
    assert len(commands) == 2
    assert all(command.startswith("python3 -m venv .venv && ") and command.count("\n") == 1 for command in commands)


def test_the_script_can_be_run() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & stat.S_IXUSR

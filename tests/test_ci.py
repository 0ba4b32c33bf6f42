"""What CI runs: README.md's own command, then the linters and the extension's checks, and nothing after what fails."""

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
PING = "npm ping --fetch-retries=0 --fetch-timeout=10000"
STEPS = [
    "python3 -m venv .venv",
    "python -m pip install --quiet --editable .[dev]",
    "python -m pytest -n auto",
    "ruff check .",
    "ruff format --check .",
    "mypy ",
    PING,
    "npm ci --no-audit --no-fund",
    "npm run check",
    "npm run build",
]
TOOLS = ("awk", "basename", "bash", "dirname", "env", "ln", "mkdir", "sh")
"""What else is on the PATH there."""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="CI runs on POSIX systems")


def run(folder: Path, fail: str = "", programs: tuple[str, ...] = ("python3", "npm")) -> tuple[int, list[str], str]:
    """Run a copy of the script where every program only notes that it was called: the exit code, the calls, and what
    the script says of them.
    """
    (folder / "editors" / "vscode").mkdir(parents=True)
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci" / "run")
    shutil.copy(ROOT / "README.md", folder / "README.md")
    path = folder / "bin"
    path.mkdir()
    for name in programs:
        (path / name).write_text(PYTHON)
        (path / name).chmod(0o755)
    for name in TOOLS:
        (path / name).symlink_to(shutil.which(name) or name)
    log = folder / "log"
    environment = {**os.environ, "PATH": str(path), "LOG": str(log), "FAIL": fail}
    result = subprocess.run(
        [folder / ".ci" / "run"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    return result.returncode, log.read_text().splitlines(), result.stderr


def test_ci_runs_the_second_command_of_the_readme_then_the_linters(tmp_path: Path) -> None:
    code, steps, _ = run(tmp_path)
    assert (code, steps) == (0, STEPS)


def test_ci_needs_no_npm_but_says_what_is_not_checked_then(tmp_path: Path) -> None:
    code, steps, said = run(tmp_path, programs=("python3",))
    assert (code, steps) == (0, STEPS[: STEPS.index(PING)])
    assert said.endswith(".ci/run: npm is not installed, so the extension for VS Code is not checked\n")


def test_ci_needs_no_registry_of_npm_but_says_what_is_not_checked_then(tmp_path: Path) -> None:
    code, steps, said = run(tmp_path, fail=PING)
    assert (code, steps) == (0, STEPS[: STEPS.index(PING) + 1])
    assert said.endswith(".ci/run: npm does not reach its registry, so the extension for VS Code is not checked\n")


@pytest.mark.parametrize("step", [step for step in range(1, len(STEPS)) if STEPS[step] != PING])
def test_ci_stops_at_the_first_step_that_fails(tmp_path: Path, step: int) -> None:
    code, steps, _ = run(tmp_path, fail=STEPS[step])
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

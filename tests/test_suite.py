"""The suite itself: it is the same suite for every process that collects it, whenever that is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(("update", "has_workers"), [("", True), ("1", False)])
def test_files_are_rewritten_by_one_process(update: str, has_workers: bool) -> None:
    command = (sys.executable, "-m", "pytest", "-n", "1", "-k", "none of them", "tests/test_suite.py")
    environment = {**os.environ, "UPDATE": update}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ("bringing up nodes" in done.stdout) is has_workers


def collected(seed: str) -> list[str]:
    arguments = ("--collect-only", "-p", "no:cacheprovider", "-p", "no:xdist")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT, env=environment | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return [line for line in done.stdout.splitlines() if "::" in line]


def test_processes_that_start_at_other_times_collect_the_same_tests(request: pytest.FixtureRequest) -> None:
    """Each takes seconds, so the clock shows another one, too."""
    first = collected("1")
    assert len(first) > 1000
    here = [item.nodeid for item in request.session.items]
    whole = here if set(here) == set(first) else collected("2")  # a part of the suite may be all that is run
    assert whole == first

"""What action.yml runs: `install` makes an environment with this revision of klint, `lint` lints and reports.

Inputs come as environment variables INPUT_…, results go to the files that the runner names in GITHUB_OUTPUT and
GITHUB_STEP_SUMMARY. Python runs this isolated (-I), so that nothing of the repository that is linted is imported.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

ACTION = Path(__file__).resolve().parents[1]
COULD_NOT_DO_ITS_JOB = 2


def main() -> int:
    """Run the step that the command line names; the exit code is the step's."""
    temporary = Path(os.environ.get("RUNNER_TEMP") or ".").resolve()
    match sys.argv[1:]:
        case ["install"]:
            return install(temporary / "klint")
        case ["lint"]:
            return lint(temporary)
    print("usage: run.py install | lint", file=sys.stderr)
    return COULD_NOT_DO_ITS_JOB


def install(environment: Path) -> int:
    """Install the klint that the action was checked out with, and what renders, into a virtual environment."""
    extras = ",".join(given("EXTRAS").replace(",", " ").split())
    venv.create(environment, with_pip=True, clear=True, symlinks=os.name != "nt")
    requirement = f"klint-k8s{f'[{extras}]' if extras else ''} @ {ACTION.as_uri()}"
    return run(environment, "pip", "install", "--quiet", "--disable-pip-version-check", requirement)


def lint(temporary: Path) -> int:
    """Lint; annotations or text go to the log, the rest to files. The exit code is klint's."""
    sarif = Path(given("SARIF_FILE") or temporary / "klint.sarif").resolve()
    counts, summary = temporary / "klint.json", temporary / "klint.md"
    for file in (sarif, counts, summary):
        file.unlink(missing_ok=True)
    log = "github" if is_on("ANNOTATIONS") else "text"
    outputs = [f"--output={to}" for to in (f"sarif={sarif}", f"json={counts}", f"markdown={summary}", log)]
    paths = [path.strip() for path in given("PATHS").splitlines() if path.strip()]
    try:
        given_options = list(options())
    except ValueError as error:
        print(f"klint: the input args: {error}", file=sys.stderr)
        return COULD_NOT_DO_ITS_JOB
    status = run(temporary / "klint", "klint", "check", *given_options, *outputs, "--", *paths)
    append("GITHUB_OUTPUT", "".join(f"{name}={value}\n" for name, value in results(status, sarif, counts)))
    if is_on("SUMMARY") and summary.is_file():
        append("GITHUB_STEP_SUMMARY", summary.read_text("utf-8"))
    return status


def options() -> Iterator[str]:
    """What the inputs are as options of klint."""
    yield f"--fail-on={given('FAIL_ON') or 'warning'}"
    if given("CONFIG"):
        yield f"--config={given('CONFIG')}"
    yield from shlex.split(given("ARGS"))


def run(environment: Path, module: str, *arguments: str) -> int:
    """Run a module of an environment, isolated; its exit code."""
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    return subprocess.run([str(python), "-I", "-m", module, *arguments], check=False).returncode


def results(status: int, sarif: Path, counts: Path) -> Iterator[tuple[str, object]]:
    """The outputs; there are no counts where klint did not come to lint."""
    yield "exit-code", status
    if sarif.is_file() and "\n" not in str(sarif):  # which would be further outputs
        yield "sarif-file", sarif
    if counts.is_file():
        report = json.loads(counts.read_text("utf-8"))
        yield "findings", len(report["findings"])
        for severity in ("error", "warning", "note"):
            yield f"{severity}s", report["summary"][severity]


def given(name: str) -> str:
    """An input, without blanks around it; empty where it is not given."""
    return os.environ.get(f"INPUT_{name}", "").strip()


def is_on(name: str) -> bool:
    """Whether an input is `true`."""
    return given(name).lower() == "true"


def append(variable: str, text: str) -> None:
    """Add to the file that the runner names in a variable, if it does."""
    file = os.environ.get(variable)
    if file:
        with Path(file).open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(text)


if __name__ == "__main__":
    sys.exit(main())

"""The GitHub Action: its steps are run as a runner runs them, with its variables and files."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
ACTION: dict[str, Any] = YAML(typ="safe").load((ROOT / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 8080}]}
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the scripts of steps are run by bash")


class Runner:
    """A runner in folders whose names have blanks: the action's, the job's, and one for temporary files."""

    def __init__(self, folder: Path) -> None:
        self.work, self.temporary, self.action = folder / "the work", folder / "the temp", folder / "the action"
        self.work.mkdir()
        self.temporary.mkdir()
        self.output, self.summary = folder / "output", folder / "summary"
        self.output.touch()
        self.summary.write_text("before\n", "utf-8")
        self.bin = folder / "bin"
        self.bin.mkdir()
        (self.bin / "python").symlink_to(sys.executable)

    def has_klint(self) -> None:
        """Lay the action and the environment that the installing step makes, from what the tests run in."""
        self.action.symlink_to(ROOT)
        (self.temporary / "klint").symlink_to(sys.prefix)

    def step(self, name: str, inputs: Mapping[str, str], **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a step; inputs that are not given have their defaults."""
        (step,) = [item for item in STEPS if item.get("name") == name]
        values = {key: str(said.get("default", "")) for key, said in ACTION["inputs"].items()} | dict(inputs)

        def expanded(text: str) -> str:
            return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda match: values[match[1]], text)

        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.work / expanded(step.get("working-directory", ".")),
            env={
                **{key: value for key, value in os.environ.items() if not key.startswith(("KLINT_", "GITHUB_"))},
                "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
                "GITHUB_ACTION_PATH": str(self.action),
                "GITHUB_OUTPUT": str(self.output),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                "RUNNER_TEMP": str(self.temporary),
                **{name: expanded(value) for name, value in step.get("env", {}).items()},
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def lint(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        return self.step("Lint", {name.replace("_", "-"): value for name, value in inputs.items()})

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.output.read_text("utf-8").splitlines())


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    runner = Runner(tmp_path)
    runner.has_klint()
    (runner.work / "web.yaml").write_text(SERVICE, "utf-8")
    return runner


def test_findings_annotate_and_are_counted_summarised_and_logged(runner: Runner) -> None:
    found = runner.lint()
    assert (found.returncode, found.stderr) == (1, "")
    assert "::error file=web.yaml,line=4," in found.stdout
    outputs = runner.outputs
    sarif = Path(outputs.pop("sarif-file"))
    assert sarif == runner.temporary / "klint.sarif"
    results = json.loads(sarif.read_text("utf-8"))["runs"][0]["results"]
    assert outputs.pop("findings") == str(len(results))
    assert int(outputs.pop("errors")) >= 1
    assert outputs == {"exit-code": "1", "warnings": outputs["warnings"], "notes": outputs["notes"]}
    assert runner.summary.read_text("utf-8").startswith("before\n## klint: ")


def test_nothing_found(runner: Runner) -> None:
    (runner.work / "web.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n", "utf-8")
    found = runner.lint()
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
    assert runner.outputs["findings"] == runner.outputs["exit-code"] == "0"
    assert "## klint: no findings" in runner.summary.read_text("utf-8")


def test_inputs(runner: Runner) -> None:
    (runner.work / "a b").mkdir()
    (runner.work / "a b" / "web.yaml").write_text(SERVICE, "utf-8")
    (runner.work / "my config.yaml").write_text("ignore: [node-port-out-of-range]\n", "utf-8")
    found = runner.lint(
        paths="a b/web.yaml\n-not-an-option\n",
        args="--select 'node-port-out-of-range' --environment=production",
        annotations="false",
        summary="false",
        sarif_file="log of klint.sarif",
    )
    assert "a b/web.yaml:4:" in found.stdout
    assert "web.yaml:4:" not in found.stdout.replace("a b/web.yaml:4:", "")
    assert "-not-an-option" in found.stderr
    assert found.returncode == 2
    assert runner.summary.read_text("utf-8") == "before\n"
    assert runner.outputs["sarif-file"] == str(runner.work / "log of klint.sarif")
    assert runner.lint(config="my config.yaml", fail_on="never", annotations="false").returncode == 0


def test_the_working_directory(runner: Runner) -> None:
    (runner.work / "in here").mkdir()
    found = runner.lint(working_directory="in here")
    assert (found.returncode, runner.outputs["findings"]) == (0, "0")


def test_a_mistake_leaves_no_counts_and_no_log_of_another_run(runner: Runner) -> None:
    runner.lint()
    runner.output.write_text("", "utf-8")
    found = runner.lint(args="--no-such-option")
    assert found.returncode == 2
    assert "--no-such-option" in found.stderr
    assert runner.outputs == {"exit-code": "2"}


def test_quotes_that_do_not_close_are_a_mistake(runner: Runner) -> None:
    found = runner.lint(args="--select 'entry")
    assert (found.returncode, found.stderr) == (2, "klint: the input args: No closing quotation\n")


HOSTILE = "$(touch owned) `touch owned` ; touch owned # \"' && touch owned"


@pytest.mark.parametrize("name", sorted(set(ACTION["inputs"]) - {"working-directory", "upload", "category", "extras"}))
def test_no_input_is_run(runner: Runner, name: str) -> None:
    runner.step("Lint", {name: HOSTILE})
    assert not list(runner.work.parent.rglob("owned"))


def test_no_expression_is_part_of_a_script() -> None:
    scripts = [step["run"] for step in STEPS if "run" in step]
    assert len(scripts) == 2
    assert not [script for script in scripts if "${{" in script]


def test_nothing_of_the_repository_is_imported(runner: Runner) -> None:
    for name in ("json.py", "klint.py", "sitecustomize.py", "pip.py", "venv.py"):
        (runner.work / name).write_text("open('owned', 'w')\n", "utf-8")
    assert runner.step("Lint", {}, PYTHONPATH=str(runner.work)).returncode == 1
    assert not (runner.work / "owned").exists()


def test_a_manifest_does_not_speak_to_the_runner(runner: Runner) -> None:
    text = SERVICE.replace("name: web", 'name: "web\\n::stop-commands::x\\n##[group]x"')
    (runner.work / "web.yaml").write_text(text, "utf-8")
    found = runner.lint()
    assert set(re.findall(r"^::([a-z-]+)", found.stdout, re.MULTILINE)) <= {"error", "warning", "notice"}
    assert "##[" not in found.stdout
    assert "##[" not in runner.summary.read_text("utf-8")


def test_every_input_is_passed_on_and_every_output_is_set(runner: Runner) -> None:
    used = set(re.findall(r"inputs\.([a-z-]+)", json.dumps(STEPS)))
    assert used == set(ACTION["inputs"])
    runner.lint()
    assert set(ACTION["outputs"]) == set(runner.outputs)
    for name, said in ACTION["outputs"].items():
        assert said["value"] == f"${{{{ steps.lint.outputs.{name} }}}}"


def test_actions_are_pinned_by_digest() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert len(used) == 2
    assert all(re.fullmatch(r"[a-z-]+/[a-z-]+(/[a-z-]+)?@[0-9a-f]{40}", name) for name in used)


def test_the_log_is_uploaded_when_asked_for_even_where_something_was_found() -> None:
    (upload,) = [step for step in STEPS if "upload-sarif" in step.get("uses", "")]
    assert upload["if"] == "${{ !cancelled() && inputs.upload == 'true' && steps.lint.outputs.sarif-file != '' }}"


def test_klint_is_installed_from_the_action_itself(tmp_path: Path) -> None:
    """What builds klint and what it needs are those of the tests: test_precommit.py has them from the index."""
    runner = Runner(tmp_path)
    runner.action.mkdir()
    for name in ("klint", "rules", "docs", "action", "pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, runner.action / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / name, runner.action / name)
    (runner.work / "pip.py").write_text("open('owned', 'w')\n", "utf-8")
    packages = sysconfig.get_path("purelib")
    # For pip, `0` is what turns build isolation off; what builds is not isolated, so that it finds PYTHONPATH.
    quick = {"PIP_NO_COMPILE": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PYTHONPATH": packages}
    installed = runner.step("Install klint", {"extras": ""}, **quick)
    if installed.returncode and "No matching distribution" in installed.stderr:
        pytest.skip("there is no package index")
    assert (installed.returncode, installed.stdout) == (0, "")
    (site,) = (runner.temporary / "klint").glob("lib/python*/site-packages")
    (site / "needed.pth").write_text(f"{packages}\n", "utf-8")
    assert runner.lint().returncode == 0
    assert not (runner.work / "owned").exists()
    assert list((runner.temporary / "klint").rglob("klint/rules/entry"))

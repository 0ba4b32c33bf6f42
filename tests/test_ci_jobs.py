"""The jobs of docs/ci.md: their YAML is right, klint has nothing to say of it, and their commands do what they say."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from ruamel.yaml import YAML

from klint.registry import load_rules
from klint.report import formats
from klint.session import Session

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/ci.md").read_text("utf-8")
PLACES = {
    "GitHub Actions": ".github/workflows/klint.yml",
    "GitLab CI": ".gitlab-ci.yml",
    "Jenkins": "Jenkinsfile",
    "Azure Pipelines": "azure-pipelines.yml",
    "CircleCI": ".circleci/config.yml",
    "Tekton": "tekton/task.yaml",
    "Argo CD": "deploy/presync.yaml",
    "The image": "image.sh",
    "Others": "ci.sh",
}
"""Each section of the page, and where its file goes in a repository."""


def jobs() -> dict[str, str]:
    """The first block that is no table of each section."""
    sections = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)[1:]
    found = {}
    for title, text in zip(sections[::2], sections[1::2], strict=True):
        block = re.search(r"^```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        assert block is not None, title
        found[title] = block[1]
    return found


JOBS = jobs()


def test_every_server_has_its_job() -> None:
    assert list(JOBS) == list(PLACES)


def loaded(title: str) -> Any:
    return YAML(typ="safe").load(JOBS[title])


@pytest.mark.parametrize("title", [title for title, place in PLACES.items() if place.endswith(("yml", "yaml"))])
def test_the_yaml_of_a_job_is_right(title: str) -> None:
    assert isinstance(loaded(title), dict)


def test_klint_has_nothing_to_say_of_the_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for title, place in PLACES.items():
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        Path(place).write_text(JOBS[title], "utf-8")
    report = Session.of(["."], load_rules()[0], isolated=True).report()
    assert [str(finding.message) for finding in report.findings] == []
    assert not report.failures
    assert len(report.workspace.documents) >= 2


def commands() -> list[str]:
    """Every command that runs klint, as a shell gets it."""
    argo = loaded("Argo CD")["spec"]["template"]["spec"]["containers"][0]["args"]
    lines = [
        line.strip().removeprefix("- ").removeprefix("run: ") for text in JOBS.values() for line in text.split("\n")
    ]
    written = [line for line in lines if re.match(r"(python -m |\.venv/bin/)?klint check ", line)]
    return [re.sub(r"^(python -m |\.venv/bin/)", "", line) for line in written] + [shlex.join(["klint", *argo])]


def test_every_job_has_a_command() -> None:
    assert len(commands()) == len(PLACES) - 2  # the GitHub Action and the image have their own tests


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder with something to find, and with klint on the PATH."""
    (tmp_path / "deploy" / "production").mkdir(parents=True)
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
    text += "spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 8080}]}\n"
    (tmp_path / "deploy" / "production" / "web.yaml").write_text(text, "utf-8")
    return tmp_path


@pytest.mark.skipif(os.name == "nt", reason="the commands are for a shell")
@pytest.mark.parametrize("command", commands())
def test_a_command_finds_and_writes_the_reports_that_the_job_shows(repository: Path, command: str) -> None:
    found = subprocess.run(
        ["sh", "-c", command],
        cwd=repository,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "LINTED": "."},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (found.returncode, found.stderr) == (1, "")
    assert "[node-port-out-of-range]" in found.stdout
    for name, file in re.findall(r"--output (\w+)=(\S+)", command):
        assert name in formats()
        text = (repository / file).read_text("utf-8")
        assert json.loads(text) if name in ("sarif", "gitlab") else ET.fromstring(text.encode()) is not None  # noqa: S314


def test_reports_are_shown_where_they_are_written() -> None:
    gitlab = loaded("GitLab CI")["klint"]
    written = dict(re.findall(r"--output (\w+)=(\S+)", " ".join(gitlab["script"])))
    assert gitlab["artifacts"]["reports"] == {"codequality": written["gitlab"], "junit": written["junit"]}
    circle = loaded("CircleCI")["jobs"]["klint"]["steps"]
    assert circle[-1]["store_test_results"]["path"] == "reports"
    azure = loaded("Azure Pipelines")["steps"]
    assert azure[2]["inputs"]["testResultsFiles"] == "klint.xml"
    assert azure[3]["publish"] == "logs"


def test_the_table_of_inputs_and_outputs_is_the_actions() -> None:
    action = YAML(typ="safe").load((ROOT / "action.yml").read_text("utf-8"))
    rows = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| `")]
    said = [[cell.strip(" `") for cell in row] for row in rows]
    inputs = [[name, str(item["default"]), item["description"]] for name, item in action["inputs"].items()]
    outputs = [[name, item["description"]] for name, item in action["outputs"].items()]
    assert said == [*inputs, *outputs]


@pytest.mark.parametrize("file", ["README.md", "docs/ci.md", "docs/adopting.md", "action.yml"])
def test_actions_of_others_are_pinned_by_digest(file: str) -> None:
    used = re.findall(r"uses: (\S+)", (ROOT / file).read_text("utf-8"))
    assert used
    for name in used:
        assert re.fullmatch(r"klint-k8s/klint@v[0-9.]+|[\w/-]+@[0-9a-f]{40}", name), name


def test_the_inputs_of_the_examples_exist() -> None:
    action = YAML(typ="safe").load((ROOT / "action.yml").read_text("utf-8"))
    steps = loaded("GitHub Actions")["jobs"]["klint"]["steps"]
    (step,) = [step for step in steps if step["uses"].startswith("klint-k8s/klint@")]
    assert set(step["with"]) <= set(action["inputs"])

"""What reads the formats reads them: validators and parsers of others, from the npm registry where npm is there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from klint import Severity
from klint.engine import Report
from klint.errors import Failure
from klint.registry import load_rules
from klint.report import render
from klint.session import Session
from tests.reports import finding, report_of

EXAMPLE = Path(__file__).parents[1] / "example"
HOSTILE = "<b>*a*</b> @someone [x](https://evil.example) https://evil.example `c` #1 ![i](j) &amp; \\ | ]]> \x1b \ufffe"

Install = Callable[[str], Path]


def run(*command: str | Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="session")
def package(pytestconfig: pytest.Config) -> Install:
    """Gives the folder of an npm package, which is kept between runs; skips the test where it cannot be had."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not there")
    if not hasattr(pytestconfig, "cache"):
        pytest.skip("nothing is kept between runs: pytest runs without its cache")

    def package(version: str) -> Path:
        name = version.rpartition("@")[0]
        folder = pytestconfig.cache.mkdir("npm-" + version.replace("/", "-"))
        installed = folder / "node_modules" / name
        if not (folder / "done").exists():
            options = ("--no-save", "--ignore-scripts", "--no-audit", "--fetch-retries=1", "--fetch-timeout=30000")
            try:
                found = run(npm, "install", "--prefix", folder, *options, version)
            except subprocess.TimeoutExpired:
                pytest.skip(f"npm cannot install {version} in time")
            if found.returncode:
                pytest.skip(f"npm cannot install {version}: {found.stderr[-200:]}")
            (folder / "done").touch()
        return installed

    return package


@cache
def example() -> Report:
    """What klint says of the example."""
    return Session.of([str(EXAMPLE)], load_rules()[0]).report()


def hostile() -> Report:
    found = [finding(HOSTILE, severity, f"a {HOSTILE[:3]}.yaml") for severity in Severity]
    return report_of(*found, finding("plain"), failures=(Failure(HOSTILE, HOSTILE, HOSTILE),))


def node(script: str, text: str) -> Any:
    """What a script makes of a text on standard input."""
    found = run("node", "-e", script, text=text)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="the package is for Linux")
def test_sarif_multitool_finds_nothing_wrong(package: Install, tmp_path: Path) -> None:
    tool = package("@microsoft/sarif-multitool-linux@5.7.0") / "Sarif.Multitool"
    tool.chmod(0o755)
    hit = {item.rule for item in example().findings}
    report = replace(  # not every rule: it takes its time for each
        example(),
        rules=tuple(rule for rule in example().rules if rule.name in hit),
        findings=(*example().findings, *hostile().findings),
        failures=hostile().failures,
    )
    log, found = tmp_path / "log.sarif", tmp_path / "found.sarif"
    log.write_text(render("sarif", report), "utf-8")
    run(tool, "validate", log, "--rule-kind", "Sarif;GH", "--level", "Error;Warning", "--output", found)
    results = json.loads(found.read_text("utf-8-sig"))["runs"][0]["results"]
    assert [(item["ruleId"], item["message"], item["locations"]) for item in results] == []


def test_rdformat_validator_finds_nothing_wrong(package: Install, tmp_path: Path) -> None:
    validator = package("@umbrelladocs/rdformat-validator@1.0.1")
    program = validator / json.loads((validator / "package.json").read_text("utf-8"))["bin"]["rdformat-validator"]
    files = [tmp_path / "example.json", tmp_path / "hostile.json"]
    for file, report in zip(files, (example(), hostile()), strict=True):
        file.write_text(render("rdjson", report), "utf-8")
    found = run("node", program, "--strict", *files)
    assert found.returncode == 0, found.stdout
    assert "Valid files: 2" in found.stdout


def test_junit_is_read_as_it_is_meant(package: Install) -> None:
    module = (package("junit2json@4.0.0") / "dist/esm/index.js").as_uri()
    script = f"""
        let text = "";
        process.stdin.on("data", data => text += data).on("end", async () => {{
            const {{ parse }} = await import("{module}");
            console.log(JSON.stringify(await parse(text)));
        }});
        """
    read = node(script, render("junit", example()))
    assert (read["name"], read["failures"]) == ("klint", len(example().findings))
    read = node(script, render("junit", hostile()))
    assert (read["tests"], read["failures"], read["errors"]) == (5, 3, 1)
    names = [case["name"] for suite in read["testsuite"] for case in suite["testcase"]]
    assert sum(name.startswith("dangling-backend: <b>*a*</b> @someone [x]") for name in names) == 3


def test_markdown_has_no_markup_of_manifests(package: Install) -> None:
    folder = package("markdown-it@14.1.0")
    script = f"""
        const markdown = require("{folder}")({{html: true, linkify: true}});
        let text = "";
        process.stdin.on("data", data => text += data).on("end", () => {{
            const tokens = markdown.parse(text, {{}}).flatMap(token => [token, ...(token.children || [])]);
            console.log(JSON.stringify(tokens.map(({{type, content, attrs}}) => ({{type, content, attrs}}))));
        }});
        """
    tokens = node(script, render("markdown", hostile()))
    links = {token["attrs"][0][1] for token in tokens if token["type"] == "link_open"}
    assert links == {"https://github.com/klint-k8s/klint/blob/main/rules/routing/dangling_backend/README.md"}
    html = "".join(token["content"] for token in tokens if token["type"].startswith("html_"))
    assert html == "<details>\n<summary>routing: 2 errors, 1 warning, 1 note</summary>\n</details>\n"
    assert {token["type"] for token in tokens} & {"image", "em_open", "html_inline", "fence"} == set()
    texts = "".join(token["content"] for token in tokens if token["type"] in ("text", "text_special"))
    seen = texts.replace("\u200b", "").replace("\\x1b", "\x1b").replace("\\ufffe", "\ufffe")
    assert seen.count(HOSTILE) == 3 + 3  # three findings, and the three parts of a failure

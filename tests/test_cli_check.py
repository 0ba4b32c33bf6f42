"""klint check, in this process: options, exit codes, and what is printed where."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from click.testing import CliRunner, Result

from klint.cli.commands import klint
from klint.cli.terminal import wants_color
from klint.report import formats
from klint.timings import Timings

CLEAN = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - port: 80
      nodePort: 30080
  type: NodePort
"""
BROKEN = CLEAN.replace("30080", "8080")
"""One error: node-port-out-of-range, at 9:17."""

OUT_OF_RANGE = "error: nodePort 8080 of Service web is outside 30000-32767"
ONE = ("--select", "node-port-out-of-range")

RULE = '''\
"""A Service that is called as it should not be."""

from collections.abc import Iterator

from klint import Finding, Graph, rule


@rule(severity="{severity}")
def {name}(graph: Graph) -> Iterator[Finding]:
    for service in graph.services:
        {body}
'''
FIND = 'yield Finding(f"Service {service.name} is here", at=service.at("metadata", "name"))'

Files = Callable[..., None]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Write files into an empty working directory, which is a repository: `files({"web.yaml": text})`."""
    (tmp_path / "work" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")

    def write(texts: dict[str, str | bytes]) -> None:
        for name, text in texts.items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())

    return write


def run(*arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(klint, arguments, input=stdin, env=env, catch_exceptions=False)


def rule_file(name: str, *, severity: str = "warning", body: str = FIND) -> dict[str, str | bytes]:
    """A rule folder for `--rules packs`: `klint check --rules packs` runs it with the others."""
    return {f"packs/names/{name}/rule.py": RULE.format(name=name, severity=severity, body=body)}


def failure_of(result: Result) -> str:
    """The only line on standard error, of a run that could not do all of its job."""
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("klint: ")
    return lines[0].removeprefix("klint: ")


# Which command


@pytest.mark.parametrize("arguments", [(), (".",), ("web.yaml",), ("check",), ("check", "."), ("--select", "entry")])
def test_check_is_what_klint_does_without_a_command(files: Files, arguments: tuple[str, ...]) -> None:
    files({"web.yaml": BROKEN})
    result = run(*arguments)
    assert result.stdout.startswith(f"web.yaml:10:17: {OUT_OF_RANGE}")
    assert result.exit_code == 1


def test_a_folder_that_is_called_like_a_command_is_named_with_its_path(files: Files) -> None:
    files({"rules/web.yaml": BROKEN})
    assert run("rules").stdout.startswith("entry\n")
    assert run("./rules").stdout.startswith("rules/web.yaml:10:17")


# Exit codes


@pytest.mark.parametrize("format_name", formats())
def test_exit_codes_are_the_same_for_every_format(files: Files, format_name: str) -> None:
    files({"clean.yaml": CLEAN, "broken.yaml": BROKEN})
    codes = [
        run("check", *ONE, "--output", format_name, *paths).exit_code
        for paths in (("clean.yaml",), ("broken.yaml",), ("broken.yaml", "missing.yaml"))
    ]
    assert codes == [0, 1, 2]


@pytest.mark.parametrize(
    ("severity", "fail_on", "code"),
    [
        ("note", None, 0),
        ("note", "note", 1),
        ("note", "never", 0),
        ("warning", None, 1),
        ("warning", "note", 1),
        ("warning", "error", 0),
        ("warning", "never", 0),
        ("error", "error", 1),
        ("error", "never", 0),
    ],
)
def test_fail_on_says_which_severities_fail(files: Files, severity: str, fail_on: str | None, code: int) -> None:
    files({"web.yaml": CLEAN, **rule_file("any_service", severity=severity)})
    options = ("--fail-on", fail_on) if fail_on else ()
    result = run("check", "--rules", "packs", "--select", "any-service", *options)
    assert f"{severity}: Service web is here [any-service]" in result.stdout
    assert result.exit_code == code


def test_fail_on_never_does_not_hide_that_klint_could_not_do_its_job(files: Files) -> None:
    files({"web.yaml": CLEAN})
    assert run("check", "--fail-on", "never", "missing.yaml", "web.yaml").exit_code == 2


# Outputs


def test_standard_output_holds_the_report_and_nothing_else(files: Files) -> None:
    files({"web.yaml": BROKEN})
    result = run("check", "web.yaml", "missing.yaml", "--output", "json")
    assert json.loads(result.stdout)["findings"][0]["rule"] == "node-port-out-of-range"
    assert failure_of(result) == "missing.yaml: There is no such file or folder. Check the path"


def test_several_outputs_and_folders_that_are_made(files: Files) -> None:
    files({"web.yaml": BROKEN})
    result = run("check", *ONE, "-o", "json=reports/today/klint.json", "-o", "sarif=klint.sarif", "-o", "text")
    assert OUT_OF_RANGE in result.stdout
    assert json.loads(Path("reports/today/klint.json").read_text("utf-8"))["findings"]
    assert json.loads(Path("klint.sarif").read_text("utf-8"))["version"] == "2.1.0"
    assert result.exit_code == 1


def test_only_a_file_leaves_standard_output_empty(files: Files) -> None:
    files({"web.yaml": BROKEN})
    result = run("check", *ONE, "--output", "json=klint.json")
    assert (result.stdout, result.stderr, result.exit_code) == ("", "", 1)


@pytest.mark.parametrize("path", ["folder", "web.yaml/klint.json"])
def test_a_file_that_cannot_be_written_does_not_cost_the_other_outputs(files: Files, path: str) -> None:
    files({"web.yaml": BROKEN})
    Path("folder").mkdir()
    result = run("check", *ONE, "--output", f"json={path}", "--output", "text")
    assert failure_of(result).startswith(f"{path}: The report cannot be written: ")
    assert OUT_OF_RANGE in result.stdout


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (("sarfi",), "There is no format 'sarfi'. Did you mean 'sarif'?"),
        (("text", "json"), "Only one format can go to standard output"),
        (("text", "json=-"), "Only one format can go to standard output"),
        (("json=out", "sarif=./out"), "Two formats would go to one file"),
    ],
)
def test_outputs_that_cannot_be(files: Files, outputs: tuple[str, ...], message: str) -> None:
    files({"web.yaml": BROKEN})
    result = run("check", *(word for output in outputs for word in ("--output", output)))
    assert message in result.stderr
    assert (result.stdout, result.exit_code) == ("", 2)


def test_concise_is_a_line_a_finding(files: Files) -> None:
    files({"web.yaml": BROKEN})
    assert len(run("check", *ONE, "--concise", "--quiet").stdout.splitlines()) == 1
    assert len(run("check", *ONE, "--quiet").stdout.splitlines()) > 1


def test_verbose_says_what_klint_saw(files: Files) -> None:
    files({"production/web.yaml": CLEAN, "values.yaml": "replicas: 1\n"})
    result = run("check", *ONE, "--verbose")
    assert "production: the path production/web.yaml" in result.stdout
    assert "1 no Kubernetes manifest" in result.stdout
    assert "node-port-out-of-range" in result.stdout


def test_timings_say_what_took_how_long(files: Files) -> None:
    files({"web.yaml": CLEAN})
    select = ("--select", "node-port-out-of-range,unused-ignore,open-api-proxy")
    result = run("check", *select, "--timings")
    assert result.stdout == run("check", *select).stdout
    assert run("check", *select).stderr == ""
    total, *steps = [line.split() for line in result.stderr.splitlines()]
    assert total[1:] == ["s", "processor", "time,", "of", "which:"]
    assert {step[-1] for step in steps} == {
        *("starting", "reading", "graph", "suppress", "report"),
        *("node-port-out-of-range", "unused-ignore", "open-api-proxy"),
    }
    seconds = [float(step[0]) for step in steps]
    assert seconds == sorted(seconds, reverse=True)
    assert float(total[0]) == pytest.approx(sum(seconds), abs=0.001 * len(steps))


def test_a_step_that_is_entered_again_is_one() -> None:
    timings = Timings()
    with timings.measure("reading"):
        pass
    timings.add("reading", 3.0)
    timings.add("graph", 1.0)
    timings.add("apply", 1.0)
    assert list(timings.seconds) == ["reading", "apply", "graph"]
    assert timings.seconds["reading"] >= 3.0


def test_silenced_findings_are_shown_when_asked_for(files: Files) -> None:
    files({"web.yaml": BROKEN.replace("8080", "8080 # klint: ignore[node-port-out-of-range] the old cluster")})
    quiet, shown = run("check", *ONE), run("check", *ONE, "--show-suppressed")
    assert OUT_OF_RANGE not in quiet.stdout
    assert OUT_OF_RANGE in shown.stdout
    assert "the old cluster" in shown.stdout
    assert (quiet.exit_code, shown.exit_code) == (0, 0)


def test_the_sarif_category_ends_in_a_slash(files: Files) -> None:
    files({"web.yaml": CLEAN})
    assert '"id": "edge/"' in run("check", "--output", "sarif", "--sarif-category", "edge").stdout


# Which rules


def test_select_and_ignore_take_lists_of_rules_and_layers(files: Files) -> None:
    files({"web.yaml": BROKEN, **rule_file("one"), **rule_file("two"), **rule_file("three")})

    def rules(*arguments: str) -> list[str]:
        result = run("check", "--rules", "packs", "--output", "json", "web.yaml", *arguments)
        return sorted(finding["rule"] for finding in json.loads(result.stdout)["findings"])

    assert rules("--select", "one,two", "--select", " node-port-out-of-range ") == [
        "node-port-out-of-range",
        "one",
        "two",
    ]
    assert rules("--select", "names") == ["one", "three", "two"]
    assert rules("--select", "names", "--ignore", "two,three") == ["one"]
    assert rules("--select", "names,node-port-out-of-range", "--ignore", "names") == ["node-port-out-of-range"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), ["one"]),
        (("--select", "two"), ["two"]),
        (("--select", "three"), ["three"]),
        (("--select", "names"), ["one", "two"]),
        (("--ignore", "one"), ["three"]),
    ],
)
def test_the_command_line_goes_before_the_configuration(
    files: Files, arguments: tuple[str, ...], expected: list[str]
) -> None:
    config = "select: [one, three]\nignore: [three]\n"
    files({"web.yaml": CLEAN, ".klint.yaml": config, **rule_file("one"), **rule_file("two"), **rule_file("three")})
    result = run("check", "--rules", "packs", "--output", "json", *arguments)
    assert sorted(finding["rule"] for finding in json.loads(result.stdout)["findings"]) == expected


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_a_name_that_no_rule_has_is_said_and_the_others_count(files: Files, option: str) -> None:
    files({"web.yaml": BROKEN, **rule_file("any_service")})
    result = run("check", "--rules", "packs", option, "node-port-out-of-rang,any-service")
    assert failure_of(result) == (
        f"{option}: There is no rule or layer 'node-port-out-of-rang'. Did you mean 'node-port-out-of-range'?"
    )
    assert ("Service web is here" in result.stdout) == (option == "--select")
    assert (OUT_OF_RANGE in result.stdout) == (option == "--ignore")


def test_a_name_that_no_rule_has_in_the_configuration(files: Files) -> None:
    files({"web.yaml": BROKEN, ".klint.yaml": "ignore:\n  - routing\n  - entries\n"})
    result = run("check")
    assert failure_of(result) == ".klint.yaml:3:5: There is no rule or layer 'entries'. Did you mean 'entry'?"
    assert OUT_OF_RANGE in result.stdout


# Configuration


def test_the_configuration_that_counts(files: Files) -> None:
    files(
        {
            "deploy/web.yaml": BROKEN,
            ".klint.yaml": "ignore: node-port-out-of-range\n",
            "wide.yaml": "targets: [{path: '*', node-ports: 8000-9000}]\n",
        }
    )
    assert run("check", "deploy").exit_code == 0
    assert OUT_OF_RANGE in run("check", "deploy", "--isolated").stdout
    assert run("check", "deploy", "--config", "wide.yaml").exit_code == 0
    assert run("check", "deploy", "--config", "wide.yaml", "--select", "node-port-out-of-range").exit_code == 0


@pytest.mark.parametrize(
    ("config", "failure"),
    [
        ("ignored: []\n", ".klint.yaml:1:1: The configuration has no setting 'ignored'. Did you mean 'ignore'?"),
        ("ignore: [\n", ".klint.yaml:"),
        (b"\xff\xfe\x00", ".klint.yaml: The configuration cannot be read: "),
    ],
)
def test_a_configuration_that_cannot_be_used_ends_the_run(files: Files, config: str | bytes, failure: str) -> None:
    files({"web.yaml": BROKEN, ".klint.yaml": config})
    result = run("check")
    assert failure_of(result).startswith(failure)
    assert result.stdout == ""


def test_a_configuration_that_is_not_there(files: Files) -> None:
    files({"web.yaml": BROKEN})
    assert failure_of(run("check", "--config", "klint.yaml")).startswith("klint.yaml: The configuration cannot be read")


@pytest.mark.parametrize(
    ("config", "failure"),
    [
        ("rules: {node-port-out-of-rang: off}\n", "Did you mean 'node-port-out-of-range'?"),
        ("rules: {node-port-out-of-range: {range: 1}}\n", "no option"),
    ],
)
def test_what_the_configuration_says_of_rules_that_are_not_there(files: Files, config: str, failure: str) -> None:
    files({"web.yaml": BROKEN, ".klint.yaml": config})
    result = run("check")
    assert failure_of(result).startswith(".klint.yaml:1:")
    assert failure in result.stderr
    assert OUT_OF_RANGE in result.stdout


# Rules from elsewhere


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        ("def oops(:\n", "The rule cannot be loaded: SyntaxError"),
        ("import nothing_like_this\n", "The rule cannot be loaded: ModuleNotFoundError"),
        ('"""No rule."""\n', "The rule cannot be loaded: "),
        ("raise SystemExit(0)\n", "The rule cannot be loaded: SystemExit"),
    ],
)
def test_a_rule_that_cannot_be_loaded_does_not_cost_the_others(files: Files, text: str, failure: str) -> None:
    files({"web.yaml": BROKEN, "packs/names/odd/rule.py": text})
    result = run("check", "--rules", "packs")
    assert f"{Path.cwd()}/packs/names/odd/rule.py" in failure_of(result)
    assert failure in result.stderr
    assert OUT_OF_RANGE in result.stdout


@pytest.mark.parametrize("folder", ["nowhere", "empty", "web.yaml"])
def test_a_folder_that_holds_no_rules(files: Files, folder: str) -> None:
    files({"web.yaml": BROKEN})
    Path("empty").mkdir()
    result = run("check", "web.yaml", "--rules", folder)
    assert folder in failure_of(result)
    assert OUT_OF_RANGE in result.stdout


def test_a_rule_that_crashes_does_not_cost_the_others(files: Files) -> None:
    files({"web.yaml": BROKEN, **rule_file("crash", body="yield service.nothing")})
    result = run("check", "--rules", "packs", "web.yaml")
    failure = failure_of(result)
    assert "packs/names/crash/rule.py:11: Rule crash crashed on web.yaml: AttributeError" in failure
    assert OUT_OF_RANGE in result.stdout


def test_debug_shows_where_a_rule_crashed(files: Files) -> None:
    files({"web.yaml": BROKEN, **rule_file("crash", body="yield service.nothing")})
    result = run("check", "--rules", "packs", "web.yaml", "--debug")
    assert "Traceback" in result.stderr
    assert "yield service.nothing" in result.stderr
    assert "Traceback" not in result.stdout
    assert result.exit_code == 2


def plugin(folder: Path, name: str, module: str) -> None:
    """What an installed rule pack leaves in site-packages."""
    information = folder / f"{name}-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(f"[klint.rules]\n{name} = {module}\n")


def test_rules_of_an_installed_pack_run(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files({"web.yaml": CLEAN, **rule_file("any_service")})
    Path("packs").rename(tmp_path / "acme_rules")
    (tmp_path / "acme_rules" / "__init__.py").write_text("raise RuntimeError('a pack is not imported, it is read')\n")
    plugin(tmp_path, "acme", "acme_rules")
    monkeypatch.syspath_prepend(tmp_path)
    result = run("check", "--select", "any-service", "--concise")
    assert result.stdout.startswith("web.yaml:4:9: warning: Service web is here [any-service]")
    assert result.exit_code == 1


@pytest.mark.parametrize("module", ["acme_rules", "acme_rules.inner", "json.decoder"])
def test_a_broken_pack_does_not_cost_the_others(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    files({"web.yaml": BROKEN})
    plugin(tmp_path, "acme", module)
    monkeypatch.syspath_prepend(tmp_path)
    result = run("check")
    assert "acme" in failure_of(result)
    assert OUT_OF_RANGE in result.stdout


# Files


def test_a_file_that_cannot_be_read(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    files({"secret.yaml": CLEAN, "web.yaml": BROKEN})
    opened = os.open

    def refuse(path: str, *arguments: Any) -> int:
        if path.endswith("/secret.yaml"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments)

    monkeypatch.setattr(os, "open", refuse)
    result = run("check")
    assert failure_of(result).startswith("secret.yaml: The file cannot be read: Permission denied. ")
    assert OUT_OF_RANGE in result.stdout


@pytest.mark.parametrize("content", [b"\x00\x01\x02apiVersion", b"apiVersion: v1\nname: caf\xe9\n"])
def test_a_file_that_is_no_text(files: Files, content: bytes) -> None:
    files({"image.yaml": content, "web.yaml": BROKEN})
    result = run("check")
    assert failure_of(result).startswith("image.yaml: This is ")
    assert OUT_OF_RANGE in result.stdout


def test_folders_that_lead_to_each_other(files: Files) -> None:
    files({"web.yaml": BROKEN, "one/two/web.yaml": CLEAN})
    Path("one/two/up").symlink_to(Path("one").absolute(), target_is_directory=True)
    Path("one/self.yaml").symlink_to("self.yaml")
    result = run("check", *ONE, "-v")
    assert (result.exit_code, result.stderr) == (1, "")
    assert "1 a link that leads back to itself\n    one/self.yaml\n" in result.stdout
    assert "1 a link to a folder that holds it\n    one/two/up\n" in result.stdout
    assert OUT_OF_RANGE in result.stdout


def test_standard_input_has_an_end(files: Files) -> None:
    files({})
    limited = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))"
    with Path("/dev/zero").open("rb") as zeros:
        done = subprocess.run(
            [sys.executable, "-c", f"{limited}; from klint.cli import main; main()", "check", "-"],
            stdin=zeros, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert "larger than 16 MiB [not-analysed]" in done.stdout


def test_closed_standard_input_and_a_lost_folder_are_said(files: Files, tmp_path: Path) -> None:
    files({})
    lost = tmp_path / "lost"
    lost.mkdir()
    klint = f"{sys.executable} -m klint check"
    for command, said in (
        (f"{klint} - <&-", "klint: <stdin>: It is closed. Pipe something in\n"),
        (
            f"cd {lost}; rmdir {lost}; {klint} .",
            "klint: The working directory is not there any more. Change to one that is\n",
        ),
    ):
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (2, said)


def test_a_name_cannot_steer_the_terminal(files: Files) -> None:
    files({"web.yaml": CLEAN})
    failure = failure_of(run("check", "web.yaml", "no\x1b[31m\nsuch.yaml"))
    assert failure.startswith(r"no\x1b[31m\nsuch.yaml: There is no such file or folder")


def test_no_manifests_is_worth_a_warning(files: Files) -> None:
    files({"values.yaml": "replicas: 1\n"})
    result = run("check")
    assert result.exit_code == 0
    assert result.stderr.startswith("klint: There are no Kubernetes manifests here")
    assert run("check", "--quiet").stderr == ""


def test_files_that_git_ignores_and_files_that_are_excluded(files: Files) -> None:
    files({".gitignore": "built/\n", ".klint.yaml": "exclude: [vendor/]\n"})
    files({f"{folder}/web.yaml": BROKEN for folder in ("built", "vendor", "deploy")})

    def linted(*arguments: str) -> set[str]:
        result = run("check", *ONE, "--output", "json", *arguments)
        return {finding["file"].partition("/")[0] for finding in json.loads(result.stdout)["findings"]}

    assert linted() == {"deploy"}
    assert linted("--no-gitignore") == {"deploy", "built"}
    assert linted("vendor/web.yaml", "deploy") == {"deploy", "vendor"}
    assert linted("vendor/web.yaml", "deploy", "--force-exclude") == {"deploy"}


# Standard input


def test_standard_input(files: Files) -> None:
    files({})
    assert run("check", *ONE, "-", stdin=BROKEN.encode()).stdout.startswith("<stdin>:10:17: ")
    named = run("check", *ONE, "-", "--stdin-filename", "deploy/web.yaml", stdin=b"\xef\xbb\xbf" + BROKEN.encode())
    assert named.stdout.startswith("deploy/web.yaml:10:17: ")


def test_the_name_of_standard_input_tells_what_a_path_does(files: Files) -> None:
    files({".klint.yaml": "targets: [{path: /edge/, node-ports: 8000-9000}]\n"})
    assert run("check", *ONE, "-", "--stdin-filename", "edge/web.yaml", stdin=BROKEN.encode()).exit_code == 0
    assert run("check", *ONE, "-", "--stdin-filename", "core/web.yaml", stdin=BROKEN.encode()).exit_code == 1


def test_standard_input_goes_before_the_file_it_is_called_after(files: Files) -> None:
    files({"web.yaml": BROKEN, "api.yaml": BROKEN.replace("web", "api")})
    result = run("check", *ONE, "--concise", ".", "-", "--stdin-filename", "web.yaml", stdin=CLEAN.encode())
    assert [line.partition(":")[0] for line in result.stdout.splitlines()[:-1]] == ["api.yaml"]


def test_standard_input_that_is_no_text(files: Files) -> None:
    files({"web.yaml": BROKEN})
    result = run("check", "-", "web.yaml", stdin=b"apiVersion: \xff\n")
    assert failure_of(result).startswith("<stdin>: This is not UTF-8 text (byte 12)")
    assert OUT_OF_RANGE in result.stdout


# --report-only

SHOP: dict[str, str | bytes] = {
    "deploy/web.yaml": BROKEN,
    "deploy/api.yaml": BROKEN.replace("web", "api").replace("8080", "9090"),
    "deploy/more/mail.yaml": BROKEN.replace("web", "mail").replace("8080", "25"),
}
RELATED = '''\
"""A file beside the first one."""

from collections.abc import Iterator

from klint import Finding, Place, Related, Workspace, rule
from tests.sessions import opened


@rule(severity="warning")
def two_files(workspace: Workspace) -> Iterator[Finding]:
    first, *others = [Place(document, ("metadata", "name")) for document in workspace.documents]
    for other in others:
        yield Finding(f"beside {other.span.file}", at=first, related=(Related("other", other),))
'''


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (("deploy/web.yaml",), ["web"]),
        (("deploy/web.yaml", "deploy/api.yaml"), ["api", "web"]),
        (("deploy/more",), ["mail"]),
        (("deploy/gone.yaml",), []),
        (("README.md",), []),
    ],
)
def test_report_only_lints_the_project_and_reports_on_some_files(
    files: Files, paths: tuple[str, ...], expected: list[str]
) -> None:
    files({**SHOP, "README.md": "# Shop\n"})
    result = run("check", *ONE, "--report-only", "--output", "json", *paths)
    found = [Path(finding["file"]).stem for finding in json.loads(result.stdout)["findings"]]
    assert sorted(found) == expected
    assert (result.exit_code, result.stderr) == (1 if expected else 0, "")


def test_report_only_reports_what_a_changed_file_causes_elsewhere(files: Files) -> None:
    files({**SHOP, "packs/names/two_files/rule.py": RELATED})
    options = ("check", "--rules", "packs", "--select", "two-files", "--concise", "--quiet", "--report-only")
    beside_mail = "deploy/api.yaml:4:9: warning: beside deploy/more/mail.yaml [two-files]"
    beside_web = "deploy/api.yaml:4:9: warning: beside deploy/web.yaml [two-files]"
    assert run(*options, "deploy/web.yaml").stdout.splitlines() == [beside_web]
    assert run(*options, "deploy/more/mail.yaml").stdout.splitlines() == [beside_mail]
    assert run(*options, "deploy/api.yaml").stdout.splitlines() == [beside_mail, beside_web]


def test_report_only_takes_the_project_of_the_configuration(files: Files) -> None:
    files({**SHOP, "deploy/.klint.yaml": "ignore: []\n", "other/aaa.yaml": CLEAN, "aaa.yaml": CLEAN})
    files({"packs/names/two_files/rule.py": RELATED})
    options = ("check", "--rules", "packs", "--select", "two-files", "--concise", "--quiet", "--report-only")
    assert run(*options, "deploy/web.yaml").stdout.startswith("deploy/api.yaml:4:9: ")
    Path("deploy/.klint.yaml").unlink()
    assert run(*options, "deploy/web.yaml").stdout.startswith("aaa.yaml:4:9: ")


# Colour


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "variables", "on_terminal", "in_pipe"),
    [
        ("auto", {}, True, False),
        ("auto", {"NO_COLOR": "1"}, False, False),
        ("auto", {"NO_COLOR": ""}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, True, True),
        ("auto", {"FORCE_COLOR": ""}, True, False),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, True),
        ("auto", {"TERM": "dumb"}, False, False),
        ("auto", {"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, True, True),
        ("never", {"FORCE_COLOR": "1"}, False, False),
    ],
)
def test_color(
    monkeypatch: pytest.MonkeyPatch, choice: str, variables: dict[str, str], on_terminal: bool, in_pipe: bool
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert wants_color(choice, Terminal()) == on_terminal
    assert wants_color(choice, io.StringIO()) == in_pipe


def test_files_are_never_coloured(files: Files) -> None:
    files({"web.yaml": BROKEN})
    assert "\x1b[" in run("check", "--color", "always").stdout
    run("check", "--color", "always", "--output", "text=report.txt")
    assert "\x1b[" not in Path("report.txt").read_text("utf-8")


# The environment


def test_the_environment_sets_options_and_the_command_line_goes_before_it(files: Files) -> None:
    files({"web.yaml": BROKEN})
    env = {"KLINT_OUTPUT": "json", "KLINT_FAIL_ON": "never", "KLINT_SELECT": "node-port-out-of-range,routing"}
    result = run("check", env=env)
    assert [finding["rule"] for finding in json.loads(result.stdout)["findings"]] == ["node-port-out-of-range"]
    assert result.exit_code == 0
    assert run("check", "--output", "text", "--fail-on", "error", env=env).exit_code == 1


def test_rules_do_not_come_from_the_environment(files: Files) -> None:
    files({"web.yaml": CLEAN, **rule_file("any_service")})
    env = {"KLINT_RULES": "packs", "KLINT_FOLDERS": "packs"}
    assert "any-service" not in run("check", env=env).stdout
    assert "any-service" in run("check", "--rules", "packs").stdout


# When klint itself breaks


def test_a_crash_is_one_line_and_with_debug_a_traceback(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    files({"web.yaml": CLEAN})

    def crash(*_arguments: object, **_options: object) -> None:
        raise ZeroDivisionError("of\nall things")

    monkeypatch.setattr("klint.session.judge", crash)
    assert failure_of(run("check")) == (
        r"Something in klint broke: ZeroDivisionError: of\nall things. Run it with --debug and report what it prints"
    )
    result = run("check", "--debug")
    assert "Traceback" in result.stderr
    assert result.exit_code == 2


def test_results_do_not_depend_on_the_working_directory(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    files({"deploy/web.yaml": BROKEN})
    monkeypatch.chdir("deploy")
    assert run("check", *ONE).stdout.startswith("web.yaml:10:17: ")
    assert run("check", *ONE, os.pardir).stdout.startswith("web.yaml:10:17: ")

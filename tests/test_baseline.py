"""Baselines: what is in one is no news, what is not is; written for git to merge, read as a stranger's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from klint.baseline.entries import Entry, in_order
from klint.baseline.reading import MAX_SIZE, Baseline, parse_baseline
from klint.baseline.writing import HEAD, baseline_text
from klint.cli.commands import klint
from klint.errors import KlintError
from klint.records import replace
from klint.text.source import Source

FILE = ".klint-baseline.yaml"


def service(name: str, port: int = 80) -> str:
    """A Service with one error: node-port-out-of-range."""
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n"
        f"spec: {{type: NodePort, selector: {{app: x}}, ports: [{{port: 80, nodePort: {port}}}]}}\n"
    )


Files = Callable[..., None]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Write files into an empty working directory, which is a repository."""
    (tmp_path / "work" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")

    def write(**texts: str) -> None:
        for name, text in texts.items():
            path = Path(name.replace("__", "/") + ".yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), "utf-8")

    return write


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(klint, arguments, input=stdin, catch_exceptions=False)


ONE = ("--select", "node-port-out-of-range,syntax-error")


def check(*arguments: str) -> tuple[list[str], str, int]:
    """What is found, as file and rule; the summary; the exit code."""
    done = run("check", "--concise", *ONE, *arguments)
    *found, summary = done.stdout.splitlines()
    summary = re.sub("; [0-9]+ fixable.*", "", summary)
    return [f"{line.split(':')[0]} {line.split('[')[-1].rstrip(']')}" for line in found], summary, done.exit_code


# The command, and what check does with what it writes


def test_what_is_in_the_baseline_is_counted_and_what_is_not_is_reported(files: Files) -> None:
    files(a=service("a"), b=service("b"))
    assert run("baseline", *ONE).stderr.splitlines() == [
        f"klint: {FILE} has 2 findings (2 added)",
        f"klint: klint check --baseline {FILE} reports what is not in it",
    ]
    found = check("--baseline", FILE)
    assert found == ([], "No new findings in 2 files, 1 bundle; 2 are in the baseline", 0)
    files(c=service("c"))
    assert check("--baseline", FILE) == (
        ["c.yaml node-port-out-of-range"],
        "1 error in 3 files, 1 bundle; 2 more are in the baseline",
        1,
    )
    assert check()[0] == [f"{name}.yaml node-port-out-of-range" for name in "abc"]


def test_the_configuration_names_it_from_where_it_stands(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    files(**{".klint": "baseline: config/known.yaml\n", "config__x": "a: b\n", "deploy__a": service("a")})
    missing = run("check", *ONE)
    assert (missing.exit_code, missing.stderr) == (
        2,
        "klint: config/known.yaml: There is no such baseline. Check the path, or write one with `klint baseline`\n",
    )
    assert run("baseline", *ONE).stderr == "klint: config/known.yaml has 1 finding (1 added)\n"
    monkeypatch.chdir("deploy")
    assert check() == ([], "No new findings in 1 file, 1 bundle; 1 is in the baseline", 0)
    assert check("--no-baseline")[0] == ["a.yaml node-port-out-of-range"]
    assert check("--isolated")[0] == ["a.yaml node-port-out-of-range"]


def test_the_command_line_goes_before_the_configuration(files: Files) -> None:
    files(**{".klint": "baseline: known.yaml\n", "a": service("a")})
    run("baseline", *ONE, "--output", "other.yaml")
    assert check("--baseline", "other.yaml")[0] == []
    assert not Path("known.yaml").exists()


def test_what_is_no_longer_there_is_told_and_taken_out(files: Files) -> None:
    files(a=service("a"), b=service("b"), c=service("c"))
    run("baseline", *ONE)
    Path("b.yaml").unlink()
    files(c=service("c", 30080), d=service("d"))
    done = run("check", "--concise", *ONE, "--baseline", FILE)
    assert done.stdout.splitlines()[1:] == [
        "2 findings of the baseline are no longer there: klint baseline --prune takes them out",
        "1 error in 3 files, 1 bundle; 1 more is in the baseline; 1 fixable with --fix --unsafe-fixes",
    ]
    assert run("baseline", *ONE, "--prune").stderr == f"klint: {FILE} has 1 finding (2 taken out)\n"
    assert check("--baseline", FILE)[0] == ["d.yaml node-port-out-of-range"]
    assert run("baseline", *ONE).stderr.splitlines()[0] == f"klint: {FILE} has 2 findings (1 added)"


def test_nothing_is_stale_where_not_everything_was_looked_at(files: Files) -> None:
    files(a__a=service("a"), b__b=service("b"))
    run("baseline", *ONE)
    Path("a/a.yaml").unlink()
    for arguments in (("b",), ("--select", "invalid-service", ".")):
        assert "no longer there" not in run("check", "--baseline", FILE, *arguments).stdout, arguments
    narrow = run("baseline", *ONE, "--prune", "b")
    assert narrow.exit_code == 2
    assert narrow.stderr == (
        f"klint: {FILE}: Not all that it is of was linted, so it cannot be told what is no longer there. "
        "Lint ., and render all of it\n"
    )
    assert run("baseline", "--select", "invalid-service", "--prune").stderr == f"klint: {FILE} has 2 findings\n"
    assert "no longer there" in run("check", *ONE, "--baseline", FILE).stdout


def test_a_baseline_of_some_folders_is_judged_where_these_are_linted(files: Files) -> None:
    files(a__a=service("a"), b__b=service("b"))
    run("baseline", *ONE, "a")
    files(a__a=service("a", 30080))
    for paths in (("a",), ("."), ("a", "b")):
        assert "1 finding of the baseline is no longer" in run("check", *ONE, "--baseline", FILE, *paths).stdout, paths


def test_a_second_of_a_kind_is_new_and_it_is_the_one_that_was_added(files: Files) -> None:
    """Two objects of one name have one identity. Which of them is new the file tells."""
    files(b=service("web"))
    run("baseline", *ONE)
    files(a=service("web"))
    assert check("--baseline", FILE)[0] == ["a.yaml node-port-out-of-range"]
    run("baseline", *ONE)
    Path("a.yaml").rename("c.yaml")
    assert check("--baseline", FILE)[0] == []


def test_what_is_in_no_object_is_known_where_its_file_was_moved(files: Files) -> None:
    files(deploy__a="apiVersion: v1\nkind: Service\nspec: [\n")
    run("baseline", *ONE)
    Path("deploy").rename("manifests")
    Path("manifests/a.yaml").rename("manifests/b.yaml")
    assert check("--baseline", FILE)[:2] == ([], "No new findings in 1 file, 0 bundles; 1 is in the baseline")
    files(manifests__c="apiVersion: v1\nkind: Service\nspec: [\n")
    assert len(check("--baseline", FILE)[0]) == 1


def test_suppressed_findings_are_not_in_it(files: Files) -> None:
    files(a=service("a").replace("port: 80, nodePort: 80}]}", "port: 80, nodePort: 80}]} # klint: ignore"))
    run("baseline", *ONE)
    assert Path(FILE).read_text("utf-8").endswith("findings: []\n")


def test_a_report_on_some_files_counts_what_is_known_of_them(files: Files) -> None:
    files(a=service("a"), b=service("b"))
    run("baseline", *ONE)
    assert check("--baseline", FILE, "--report-only", "a.yaml")[1].endswith("; 1 is in the baseline")


def test_what_is_known_is_not_fixed(files: Files) -> None:
    files(a=service("a"))
    run("baseline", *ONE)
    files(b=service("b"))
    done = run("check", *ONE, "--fix", "--unsafe-fixes", "--baseline", FILE)
    assert done.stdout == "No new findings in 2 files, 1 bundle; 1 is in the baseline\n"
    assert "Fixed 1 finding in 1 file" in done.stderr
    assert Path("a.yaml").read_text("utf-8") == service("a")
    assert "nodePort" not in Path("b.yaml").read_text("utf-8")


def test_no_baseline_is_written_of_half_a_run(files: Files) -> None:
    files(a=service("a"))
    done = run("baseline", *ONE, ".", "gone.yaml")
    assert (done.exit_code, Path(FILE).exists()) == (2, False)
    assert "gone.yaml" in done.stderr


def test_a_file_of_somebody_else_is_not_replaced(files: Files) -> None:
    files(a=service("a"))
    done = run("baseline", *ONE, "--output", "a.yaml")
    assert (done.exit_code, done.stderr) == (
        2,
        "klint: a.yaml: This is no baseline, and is not replaced by one. Choose another file with --output\n",
    )
    assert Path("a.yaml").read_text() == service("a")


def test_a_baseline_in_conflict_is_an_error_to_read_and_is_written_anew(files: Files) -> None:
    files(a=service("a"))
    run("baseline", *ONE)
    whole = Path(FILE).read_text("utf-8")
    Path(FILE).write_text(whole.replace("findings:\n", "findings:\n<<<<<<< ours\n"), "utf-8")
    done = run("check", "--baseline", FILE)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"klint: {FILE}:5:")
    assert "`klint baseline` writes it anew" in done.stderr
    run("baseline", *ONE)
    assert Path(FILE).read_text("utf-8") == whole


def test_it_goes_to_standard_output_where_that_is_asked(files: Files) -> None:
    files(a=service("a"))
    done = run("baseline", *ONE, "--output", "-")
    assert done.stdout.startswith(HEAD)
    assert not Path(FILE).exists()


def test_links_lead_out_of_nothing(files: Files, tmp_path: Path) -> None:
    """A stranger's repository can neither have a file of somebody's read nor written."""
    (tmp_path / "secret.yaml").write_text("password: x\n")
    files(**{".klint": "baseline: link.yaml\n", "a": service("a")})
    Path("link.yaml").symlink_to(tmp_path / "secret.yaml")
    for arguments in (("check",), ("baseline",)):
        done = run(*arguments, *ONE)
        assert done.exit_code == 2
        assert "it leads out of the workspace" in done.stderr
        assert "password" not in done.output
    assert (tmp_path / "secret.yaml").read_text() == "password: x\n"
    Path(".klint.yaml").write_text("baseline: ../outside.yaml\n")
    assert run("baseline", *ONE).exit_code == 2
    assert not (tmp_path / "outside.yaml").exists()


def test_a_json_baseline_is_read(files: Files) -> None:
    files(a=service("a"))
    found = json.loads(run("check", *ONE, "--output", "json").stdout)["findings"]
    Path("known.json").write_text(json.dumps({"version": 1, "findings": [{"identity": found[0]["identity"]}]}))
    assert check("--baseline", "known.json")[0] == []


# Reports


def test_reports_say_what_is_known_and_what_is_stale(files: Files) -> None:
    files(a=service("a"), b=service("b"))
    run("baseline", *ONE)
    Path("b.yaml").unlink()
    files(c=service("c"))
    told = ("check", *ONE, "--baseline", FILE)
    document = json.loads(run(*told, "--output", "json").stdout)
    assert [item["file"] for item in document["findings"]] == ["c.yaml"]
    (known,) = document["known"]
    assert (known["by"], known["name"]) == ("baseline", FILE)
    assert [item["file"] for item in known["findings"]] == ["a.yaml"]
    assert [(item["file"], item["object"], item["count"]) for item in known["stale"]] == [("b.yaml", "Service b", 1)]
    assert (document["summary"]["known"], document["summary"]["stale"]) == (1, 1)

    def results(*arguments: str) -> list[tuple[str, str]]:
        (log,) = json.loads(run(*told, "--output", "sarif", *arguments).stdout)["runs"]
        notes = [item["message"]["text"] for item in log["invocations"][0]["toolExecutionNotifications"]]
        assert notes == [
            f"1 finding known from the baseline {FILE}",
            f"1 finding of the baseline {FILE} no longer there",
        ]
        return [
            (item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], item["baselineState"])
            for item in log["results"]
        ]

    assert results() == [("c.yaml", "new")]
    assert results("--show-suppressed") == [("c.yaml", "new"), ("a.yaml", "unchanged")]
    verbose = run(*told, "--show-suppressed").stdout
    assert "In the baseline\n  a.yaml:4:" in verbose
    assert f"No longer there\n  {FILE}:6:3: nodePort 80 of Service b" in verbose
    assert "a.yaml" not in run(*told, "--output", "github").stdout


# The file


texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)
entries = st.builds(
    Entry,
    identity=st.text("0123456789abcdef", min_size=32, max_size=32),
    rule=texts,
    object=texts,
    file=texts,
    message=texts,
    count=st.integers(1, 1000),
)


@given(st.lists(entries, max_size=4))
def test_what_is_written_is_read(found: list[Entry]) -> None:
    text = baseline_text(Baseline(("deploy", "."), tuple(found)))
    assert text.encode("utf-8").decode("utf-8") == text
    assert all(line.isprintable() for line in text.split("\n"))
    read = parse_baseline(Source(FILE, text))
    assert read.paths == ("deploy", ".")
    assert sorted((entry.identity, entry.count) for entry in read.entries) == sorted(
        (entry.identity, entry.count) for entry in found
    )
    assert len(text.split("\n")) == 5 + len(found) if found else True


def test_it_is_sorted_and_has_a_finding_a_line() -> None:
    one = Entry("0" * 32, rule="r", file="a.yaml", message="m", count=2)
    other = replace(one, identity="1" * 32, file="b.yaml", count=1)
    for order in ((one, other), (other, one)):
        assert baseline_text(Baseline((".",), order)).splitlines()[1:] == [
            "version: 1",
            'paths: ["."]',
            "findings:",
            f'- {{"identity": "{one.identity}", "count": 2, "rule": "r", "file": "a.yaml", "message": "m"}}',
            f'- {{"identity": "{other.identity}", "rule": "r", "file": "b.yaml", "message": "m"}}',
        ]
    assert in_order([other, one]) == (one, other)


WRONG = {
    "a: b\n": "f.yaml: This is no baseline. Name a file that `klint baseline` wrote",
    "": "f.yaml: This is no baseline. Name a file that `klint baseline` wrote",
    "findings: []\n---\nfindings: []\n": "f.yaml: This is no baseline. Name a file that `klint baseline` wrote",
    "version: 2\nfindings: []\n": "f.yaml:1:10: This baseline is of version 2, and this klint reads version 1. ",
    "findings: []\n": "f.yaml:1:1: This baseline is of version None, and this klint reads version 1. ",
    "version: 1\nfindings: x\n": "f.yaml:2:11: findings must be a list. ",
    "version: 1\npaths: [1]\nfindings: []\n": "f.yaml:2:1: paths must be a list of texts. ",
    "version: 1\nfindings:\n- x\n": "f.yaml:3:3: This finding has no identity of 32 hexadecimal digits. ",
    "version: 1\nfindings:\n- {identity: abc}\n": "f.yaml:3:3: This finding has no identity of 32 hexadecimal digits. ",
    f"version: 1\nfindings:\n- {{identity: {'a' * 32}, count: 0}}\n": "f.yaml:3:55: count cannot be 0. ",
    f"version: 1\nfindings:\n- {{identity: {'a' * 32}, count: yes}}\n": "f.yaml:3:55: count cannot be True. ",
    "version: 1\nfindings: [\n": "f.yaml:3:1: A value is missing before this. ",
}


@pytest.mark.parametrize(("text", "said"), WRONG.items(), ids=range(len(WRONG)))
def test_what_is_no_baseline_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(KlintError) as error:
        parse_baseline(Source("f.yaml", text))
    (failure,) = error.value.failures
    assert str(failure).startswith(said)


def test_a_baseline_is_no_larger_than_it_may_be(files: Files) -> None:
    files(a=service("a"))
    with Path("known.yaml").open("wb") as stream:
        stream.truncate(MAX_SIZE + 1)
    assert run("check", "--baseline", "known.yaml").stderr == (
        "klint: known.yaml: The baseline cannot be read: it is larger than 32 MiB\n"
    )


def test_identities_of_baselines_that_were_written_hold(files: Files) -> None:
    """Another identity for the same finding would make it news in every repository that has a baseline."""
    files(a=service("a"), b="apiVersion: v1\nkind: Service\nspec: [\n")
    run("baseline", *ONE)
    read = parse_baseline(Source(FILE, Path(FILE).read_text("utf-8"))).entries
    assert [(entry.file, entry.identity) for entry in read] == [
        ("a.yaml", "dda419d50dc2e427d04fb8d194afb225"),
        ("b.yaml", "e723254fa5a355a72771793739bc761c"),
    ]

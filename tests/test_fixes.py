"""Fixes: what is made, in which files, and what is left alone; in memory, on the disk and from the command line."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from klint import Edit, Finding, Fix, Ingress, Insert, Place, Remove, Rename, Replace, Rule, Safety, Service, rule
from klint.cli.commands import klint
from klint.edits import edited
from klint.fixes import edits_of
from klint.fixing import STDIN, Fixed, files, make_fixes, rounds
from klint.report import render
from klint.session import Options, Session
from klint.text.changes import Change
from klint.text.embedded import embedded_documents
from klint.text.reading import read_documents
from klint.text.source import Source

# Several changes at once


def changed(text: str, *changes: Callable[[Place], Replace | Insert | Remove | Rename]) -> str | None:
    """The text with changes of its last document made; None if they are not certain."""
    document = list(read_documents(Source("a.yaml", text)))[-1]
    edits = edits_of([Fix("", [change(Place(document, ())) for change in changes])])
    return None if edits is None else edited(text, edits)


def test_changes_of_one_document_speak_of_it_as_it_is() -> None:
    text = "a: [1, 2, 3]\nb:\n  c: 1 # why\n  d: 2\n"
    assert changed(
        text,
        lambda at: Remove(at.below("a", 0)),
        lambda at: Replace(at.below("a", 2), 4),
        lambda at: Insert(at.below("b"), "e", {"f": 3}),
        lambda at: Rename(at.below("b", "c"), "g"),
    ) == "a: [2, 4]\nb:\n  g: 1 # why\n  d: 2\n  e:\n    f: 3\n"  # fmt: skip


def test_changes_that_meet_in_the_text_are_made_one_after_the_other() -> None:
    both = (lambda at: Remove(at.below("a", "c")), lambda at: Remove(at.below("a", "d")))
    assert changed("a: {b: 1, c: 2, d: 3}\n", *both) == "a: {b: 1}\n"
    assert changed("x: 1\n---\na:\n  c: 2\n  d: 3\ny: 1\n", *both) == "x: 1\n---\na: {}\ny: 1\n"
    into = (lambda at: Insert(at.below("a"), "b", 1), lambda at: Insert(at.below("a"), "c", 2))
    assert changed("a: {}\n", *into) == "a:\n  c: 2\n  b: 1\n"


def test_changes_that_contradict_each_other_are_not_made() -> None:
    assert changed("a: {b: 1}\n", lambda at: Remove(at.below("a")), lambda at: Replace(at.below("a", "b"), 2)) is None
    assert changed("a: 1\n", lambda at: Replace(at.below("a"), 2), lambda at: Replace(at.below("a"), 3)) is None
    assert changed("a: 1\n", lambda at: Insert(at, "b", 2), lambda at: Rename(at.below("a"), "b")) is None


def test_a_key_and_what_stands_below_it_are_changed_together() -> None:
    assert changed(
        "a:\n  b: c # why\n  d: 1\ne: 1\n",
        lambda at: Rename(at.below("a"), "x"),
        lambda at: Rename(at.below("a", "b"), "f"),
        lambda at: Replace(at.below("a", "b"), {"g": 2}),
        lambda at: Remove(at.below("a", "d")),
    ) == "x:\n  f: # why\n    g: 2\ne: 1\n"  # fmt: skip
    assert changed("a: 1\nb: 1\n", lambda at: Rename(at.below("a"), "c"), lambda at: Remove(at.below("a"))) is None


RENAMED = {
    "a key": ("a: 1 # why\nb: 2\n", ("a",), "a.b/c", "a.b/c: 1 # why\nb: 2\n"),
    "a key in quotes": ("'a': 1\n", ("a",), "it's", "'it''s': 1\n"),
    "a key that needs quotes": ("a:\n  b: 1\n", ("a",), "on", '"on":\n  b: 1\n'),
    "a key in brackets": ("a: {b: 1, c: 2}\n", ("a", "b"), "x, y", 'a: {"x, y": 1, c: 2}\n'),
    "a key of JSON": ('{"a": 1}', ("a",), "b", '{"b": 1}'),
    "a key that is there": ("a: 1\nb: 2\n", ("a",), "b", None),
    "an item": ("- a\n", (0,), "b", None),
    "a key by itself": ("? a\n: 1\n", ("a",), "b", None),
    "a merged key": ("a: &x {c: 1}\nb:\n  <<: *x\n", ("b", "c"), "d", None),
}


@pytest.mark.parametrize(("text", "path", "key", "expected"), RENAMED.values(), ids=RENAMED)
def test_rename(text: str, path: tuple[str | int, ...], key: str, expected: str | None) -> None:
    assert changed(text, lambda at: Rename(at.below(*path), key)) == expected


def test_changes_of_texts_in_a_text_are_one_edit_of_it() -> None:
    text = "p: |\n  a: 1\n  ---\n  a: 2\n  q: |\n    b: 1\nc: 3\n"
    (outer,) = read_documents(Source("a.yaml", text))
    first, second = embedded_documents(outer_place := Place(outer, ("p",)), outer_place.value)
    (innermost,) = embedded_documents(inner := Place(second, ("q",)), inner.value)
    changes: list[Change | Edit] = [
        Replace(Place(innermost, ("b",)), 5),
        Replace(Place(first, ("a",)), 7),
        Remove(Place(second, ("a",))),
        Replace(Place(outer, ("c",)), 9),
    ]
    edits = edits_of([Fix("", changes)])
    assert edits is not None
    assert edited(text, edits) == "p: |\n  a: 7\n  ---\n  q: |\n    b: 5\nc: 9\n"


# Rules of these tests: a port called `wrong` should be `right`, and no two may have one name


@rule(severity="error")
def wrong_name(service: Service) -> Iterator[Finding]:
    for port in service.ports:
        if port.name in LEVELS:
            at = port.at("name")
            fix = Fix("Call it right", [Replace(at, "right")], LEVELS[port.name])
            yield Finding(f"A port of {service} is called {port.name}", at=at, fix=fix)


@rule(severity="note")
def doubled_name(service: Service) -> Iterator[Finding]:
    names = [port.name for port in service.ports]
    for port in service.ports:
        if port.name and names.count(port.name) > 1:
            yield Finding(f"Two ports of {service} are called {port.name}", at=port.at("name"), key=port.name)


@rule(severity="note")
def any_ingress(ingress: Ingress) -> Iterator[Finding]:
    yield Finding(f"{ingress} is here", at=ingress.place)


@rule(severity="error")
def old_version(ingress: Ingress) -> Iterator[Finding]:
    if ingress.version == "v1beta1":
        fix = Fix("Use v1", [Replace(ingress.at("apiVersion"), "networking.k8s.io/v1")], Safety.SAFE)
        yield Finding(f"{ingress} is old", at=ingress.at("apiVersion"), fix=fix)


@rule(severity="error")
def stubborn(service: Service) -> Iterator[Finding]:
    if "stubborn" in service.labels:
        fix = Fix("Try", [Insert(service.at("metadata"), "annotations", {"tried": "yes"})], Safety.SAFE)
        yield Finding(f"{service} stays as it is", at=service.at("metadata", "labels", "stubborn"), fix=fix)


@rule(severity="note")
def told_port(service: Service) -> Iterator[Finding]:
    for port in service.ports if "told" in service.labels else ():
        yield Finding(f"{service} has {port.name}", at=port.at("name"), key=port.name or "")


LEVELS = {"wrong": Safety.SAFE, "perhaps": Safety.UNSAFE, "hardly": Safety.SHOWN}
CHECKS = {
    "wrong-name": wrong_name,
    "doubled-name": doubled_name,
    "any-ingress": any_ingress,
    "old-version": old_version,
    "stubborn": stubborn,
    "told-port": told_port,
}
RULES = [Rule(name, "entry", check, Path(__file__).parent) for name, check in CHECKS.items()]


def service(name: str, *ports: str, labels: str = "") -> str:
    lines = "".join(f"    - name: {port}  # {index}\n      port: {80 + index}\n" for index, port in enumerate(ports))
    return (
        f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n"
        + (f"  labels: {{{labels}}}\n" if labels else "")
        + f"spec:\n  selector: {{app: {name}}}\n  ports:\n{lines}"
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def fixed_in(folder: Path, texts: dict[str, str], *, is_unsafe: bool = False) -> Fixed:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    return make_fixes(Session.of(["."], RULES, options=Options(use_cache=False)), is_unsafe=is_unsafe)


def names(findings: tuple[Finding, ...]) -> list[tuple[str, int]]:
    return [(finding.rule, finding.span.line) for finding in findings]


def test_safe_fixes_are_made_and_unsafe_ones_on_request(folder: Path) -> None:
    text = service("web", "wrong", "perhaps")
    safe = fixed_in(folder, {"web.yaml": text})
    assert safe.after == {folder / "web.yaml": text.replace("wrong", "right").encode()}
    assert safe.before == {folder / "web.yaml": text.encode()}
    assert (names(safe.made), names(safe.unsafe)) == ([("wrong-name", 8)], [("wrong-name", 10)])
    assert names(safe.report.findings) == [("wrong-name", 10)]
    assert (folder / "web.yaml").read_bytes() == text.encode(), "nothing is written yet"
    every = fixed_in(folder, {"web.yaml": service("web", "perhaps")}, is_unsafe=True)
    assert every.after == {folder / "web.yaml": service("web", "right").encode()}
    assert fixed_in(folder, {"web.yaml": service("web", "hardly")}, is_unsafe=True).after == {}


def test_what_would_bring_something_new_is_left_out(folder: Path) -> None:
    texts = {f"{name}.yaml": service(name, "wrong") for name in "abcde"}
    texts["c.yaml"] = service("c", "right", "wrong")
    fixed = fixed_in(folder, texts)
    assert {path.name for path in fixed.after} == {"a.yaml", "b.yaml", "d.yaml", "e.yaml"}
    assert [finding.span.file for finding in fixed.left_out] == ["c.yaml"]
    assert [finding.span.file for finding in fixed.report.findings] == ["c.yaml"]


def test_of_two_that_may_not_both_be_made_one_is(folder: Path) -> None:
    fixed = fixed_in(folder, {"web.yaml": service("web", "wrong", "x", "perhaps")}, is_unsafe=True)
    assert (names(fixed.made), names(fixed.left_out)) == ([("wrong-name", 8)], [("wrong-name", 12)])


def test_what_mends_nothing_is_left_out(folder: Path) -> None:
    fixed = fixed_in(folder, {"web.yaml": service("web", "wrong", labels="stubborn: x")})
    assert names(fixed.left_out) == [("stubborn", 5)]
    assert b"tried" not in fixed.after[folder / "web.yaml"]


def test_there_is_an_end_to_attempts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "MOST_ATTEMPTS", 2)
    fixed = fixed_in(folder, {f"{name}.yaml": service(name, "x", labels="stubborn: x") for name in "abcd"})
    assert (len(fixed.left_out), fixed.after) == (4, {})


def test_findings_that_are_known_by_what_is_fixed_are_not_new(folder: Path) -> None:
    text = "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: web}\n"
    fixed = fixed_in(folder, {"web.yaml": text})
    assert (names(fixed.made), names(fixed.report.findings)) == ([("old-version", 1)], [("any-ingress", 3)])


def test_findings_whose_words_and_names_are_fixed_are_known_by_their_place(folder: Path) -> None:
    fixed = fixed_in(folder, {"web.yaml": service("web", "wrong", labels="told: x")})
    assert (names(fixed.made), names(fixed.report.findings)) == ([("wrong-name", 9)], [("told-port", 9)])


def test_a_second_run_changes_nothing(folder: Path) -> None:
    texts = {
        "a.yaml": service("a", "wrong", "perhaps", "wrong"),
        "b.yaml": service("b", "perhaps", labels="stubborn: x"),
    }
    first = fixed_in(folder, texts, is_unsafe=True)
    assert list(files.write(first)) == []
    assert fixed_in(folder, {}, is_unsafe=True).after == {}


# Which files


def test_silenced_findings_are_not_fixed(folder: Path) -> None:
    text = service("web", "wrong").replace("# 0", "# klint: ignore[wrong-name] it is meant")
    assert fixed_in(folder, {"web.yaml": text}).after == {}


def test_unwanted_findings_are_not_fixed(folder: Path) -> None:
    (folder / "web.yaml").write_text(service("web", "wrong"))
    assert make_fixes(Session.of(["."], RULES), wanted=lambda _: False).after == {}


@pytest.mark.parametrize("head", ["# Code generated by acme. DO NOT EDIT.\n", "# This file was auto-generated\n"])
def test_generated_files_are_not_edited(head: str, folder: Path) -> None:
    assert fixed_in(folder, {"web.yaml": head + service("web", "wrong")}).after == {}


def test_what_a_chart_brings_along_is_not_edited(folder: Path) -> None:
    text = service("web", "wrong")
    texts = {"x/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n", "x/charts/y/crds/web.yaml": text}
    assert fixed_in(folder, {**texts, "charts/web.yaml": text}).after.keys() == {folder / "charts/web.yaml"}


def test_a_link_is_followed_to_its_file_and_none_leads_out(folder: Path) -> None:
    (folder / "real").mkdir()
    (folder / "link.yaml").symlink_to("real/web.yml")
    outside = folder.parent / "outside.yaml"
    outside.write_text(service("out", "wrong"))
    (folder / "out.yaml").symlink_to(outside)
    fixed = fixed_in(folder, {"real/web.yml": service("web", "wrong")})
    assert set(fixed.after) == {folder / "real/web.yml"}
    assert list(files.write(fixed)) == []
    assert (folder / "link.yaml").is_symlink()
    assert "wrong" in outside.read_text()


def test_one_file_by_two_names_is_fixed_once(folder: Path) -> None:
    (folder / "prod").mkdir()
    (folder / "prod/web.yaml").symlink_to("../web.yml")
    texts = {"web.yml": service("web", "wrong"), "prod/kustomization.yaml": "resources: [web.yaml]\n"}
    fixed = fixed_in(folder, texts)
    assert fixed.after == {folder / "web.yml": service("web", "right").encode()}


def test_built_objects_are_fixed_where_they_are_written(folder: Path) -> None:
    texts = {
        "base/web.yaml": service("web", "wrong"),
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "prod/kustomization.yaml": "resources: [../base]\nnamePrefix: prod-\n",
        "stage/kustomization.yaml": "resources: [../base]\nnameSuffix: -stage\n",
    }
    fixed = fixed_in(folder, texts)
    assert fixed.after == {folder / "base/web.yaml": service("web", "right").encode()}
    patch = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{name: wrong, port: 99}]}\n"
    patched = {
        "base/web.yaml": service("web", "x"),
        "prod/kustomization.yaml": "resources: [../base]\npatches:\n- path: ports.yaml\n",
        "prod/ports.yaml": patch,
    }
    fixed = fixed_in(folder, patched)
    assert fixed.after == {folder / "prod/ports.yaml": patch.replace("wrong", "right").encode()}


VALUES = "name: wrong\nservice:\n  ports: [{name: wrong, port: 80}]\n"
TEMPLATE = """\
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {ports: [{port: 81, name: y}, {name: x, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  ports:
    - name: {{ .Values.name }}
      port: 80
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  {{- toYaml .Values.service | nindent 2 }}
"""


def test_what_a_template_repeats_is_fixed_in_the_values_and_no_longer_safe(folder: Path) -> None:
    chart = {"x/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n", "x/values.yaml": VALUES}
    texts = {**chart, "x/templates/web.yaml": TEMPLATE}
    safe = fixed_in(folder, texts)
    assert (safe.after, len(safe.unsafe)) == ({}, 2)
    assert fixed_in(folder, texts, is_unsafe=True).after == {
        folder / "x/values.yaml": VALUES.replace("wrong", "right").encode()
    }
    made = fixed_in(
        folder, {**texts, "x/templates/web.yaml": TEMPLATE.replace(" .Values.name", ' printf "%s" .Values.name')}
    )
    assert len(made.unsafe) == 1, "what a template computes nobody wrote"


# On the disk


def test_bytes_around_a_fix_stay_as_they_are(folder: Path) -> None:
    text = service("web", "wrong").replace("\n", "\r\n").removesuffix("\r\n") + "  # é"
    for encoding in ("utf-8-sig", "utf-16", "utf-8"):
        (folder / "web.yaml").write_bytes(text.encode(encoding))
        (folder / "web.yaml").chmod(0o640)
        fixed = make_fixes(Session.of(["."], RULES))
        assert list(files.write(fixed)) == []
        assert (folder / "web.yaml").read_bytes() == text.replace("wrong", "right").encode(encoding)
        assert (folder / "web.yaml").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in folder.iterdir()) == [".git", "web.yaml"], "no temporary file is left"


def test_a_file_that_has_changed_meanwhile_stays_as_it_is(folder: Path) -> None:
    fixed = fixed_in(folder, {"a.yaml": service("a", "wrong"), "b.yaml": service("b", "wrong")})
    (folder / "b.yaml").write_text("mine")
    (failure,) = files.write(fixed)
    assert (failure.where, failure.message) == ("b.yaml", "It has changed since klint read it, and nothing was written")
    assert "wrong" in (folder / "a.yaml").read_text()
    assert sorted(path.name for path in folder.iterdir()) == [".git", "a.yaml", "b.yaml"]


def test_what_cannot_be_written_is_a_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fixed = fixed_in(folder, {"a.yaml": service("a", "wrong"), "b.yaml": service("b", "wrong")})
    monkeypatch.setattr("os.access", lambda path, _: path.name != "b.yaml")
    (failure,) = files.write(fixed)
    assert str(failure).startswith("b.yaml: It cannot be written: Permission denied. ")
    assert "wrong" in (folder / "a.yaml").read_text(), "all of the files, or none"
    assert sorted(path.name for path in folder.iterdir()) == [".git", "a.yaml", "b.yaml"]


def test_a_diff_is_as_git_takes_it(folder: Path) -> None:
    text = service("web", "wrong").removesuffix("\n")
    fixed = fixed_in(folder, {"app/web.yaml": text.replace("\n      port: 80", "")})
    assert files.diff(fixed) == dedent("""\
        --- a/app/web.yaml
        +++ b/app/web.yaml
        @@ -5,4 +5,4 @@
         spec:
           selector: {app: web}
           ports:
        -    - name: wrong  # 0
        \\ No newline at end of file
        +    - name: right  # 0
        \\ No newline at end of file
        """)


def test_a_diff_names_files_from_the_root_where_some_are_not_below(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixed = fixed_in(folder, {"app/a.yaml": service("a", "wrong"), "b.yaml": service("b", "wrong")})
    monkeypatch.chdir(folder / "app")
    names = [line for line in files.diff(fixed).splitlines() if line.startswith("+++ ")]
    assert names == ["+++ b/app/a.yaml", "+++ b/b.yaml"]


def test_git_applies_a_diff(folder: Path) -> None:
    ports = [f"p{number}" for number in range(30)]
    ports[0] = ports[5] = ports[16] = ports[29] = "wrong"
    texts = {"a.yaml": service("a", "wrong", "x"), "app/b.yaml": service("b", "x", "wrong").removesuffix("\n")}
    texts |= {f"c{index}.yaml": service("c", *ports[index : index + 14]) for index in (0, 16)}
    fixed = fixed_in(folder, texts)
    assert len(fixed.after) == 4
    diff = files.diff(fixed).encode()
    done = subprocess.run(["git", "apply", "-"], input=diff, cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {path: path.read_bytes() for path in fixed.after} == fixed.after


# In reports


def test_reports_carry_edits(folder: Path) -> None:
    text = service("😀", "wrong", "hardly").replace("    - name: wrong", "    - {name: wrong, x: 😀}\n    - name: x")
    text = text.replace("{name: wrong, x: 😀}", "{x: 😀, name: wrong}")
    (folder / "web.yaml").write_text(text)
    report = Session.of(["."], RULES).report()
    fixes = [item["fix"] for item in json.loads(render("json", report))["findings"]]
    edit = {"file": "web.yaml", "line": 8, "column": 20, "end_line": 8, "end_column": 25, "text": "right"}
    assert fixes[0] == {"title": "Call it right", "safety": "safe", "edits": [edit]}
    assert fixes[1]["safety"] == "shown"
    results = json.loads(render("sarif", report))["runs"][0]["results"]
    region = {"startLine": 8, "startColumn": 21, "endLine": 8, "endColumn": 26}
    assert results[0]["fixes"] == [
        {
            "description": {"text": "Call it right"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "web.yaml", "uriBaseId": "%SRCROOT%"},
                    "replacements": [{"deletedRegion": region, "insertedContent": {"text": "right"}}],
                }
            ],
        }
    ]
    assert "fixes" not in results[1]
    assert render("text", report).splitlines()[-1] == "2 errors in 1 file, 1 bundle; 1 fixable with --fix"


def test_a_fix_of_a_span_is_raw_text() -> None:
    source = Source("run.sh", "kubectl proxy --address 0.0.0.0\n")
    exact, vague = source.span(24, 31), source.span(24, 31, approximate=True)
    assert [edit.text for edit in Fix("", [Edit(exact, "127.0.0.1")]).edits()] == ["127.0.0.1"]
    assert Fix("", [Edit(vague, "127.0.0.1")]).edits() == ()
    assert Fix("", [Edit(exact, "a"), Edit(exact, "b")]).edits() == ()


# The command line

NODE_PORT = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  ports: [{port: 80, nodePort: 8080}]
"""
MENDED = NODE_PORT.replace(", nodePort: 8080", "")
ONE = ("--isolated", "--select", "node-port-out-of-range", "--concise")


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(klint, ["check", *arguments], input=stdin)


def test_fix_writes_and_reports_what_remains(folder: Path) -> None:
    (folder / "web.yaml").write_text(NODE_PORT)
    safe = run(*ONE, "--fix")
    assert (safe.exit_code, safe.stderr) == (1, "klint: Nothing to fix without --unsafe-fixes (1 with it)\n")
    assert (folder / "web.yaml").read_text() == NODE_PORT
    every = run(*ONE, "--fix", "--unsafe-fixes")
    assert (every.exit_code, every.stderr) == (0, "klint: Fixed 1 finding in 1 file\n")
    assert every.stdout == "No findings in 1 file, 1 bundle\n"
    assert (folder / "web.yaml").read_text() == MENDED


def test_diff_writes_nothing(folder: Path) -> None:
    (folder / "web.yaml").write_text(NODE_PORT)
    result = run(*ONE, "--diff", "--unsafe-fixes")
    assert (result.exit_code, result.stderr) == (1, "klint: Would fix 1 finding in 1 file\n")
    assert result.stdout.splitlines()[-2:] == ["-  ports: [{port: 80, nodePort: 8080}]", "+  ports: [{port: 80}]"]
    assert (folder / "web.yaml").read_text() == NODE_PORT
    nothing = run(*ONE, "--diff", "--quiet")
    assert (nothing.exit_code, nothing.output) == (0, "")


def test_standard_input_is_fixed_to_standard_output(folder: Path) -> None:
    result = run(*ONE, "--fix", "--unsafe-fixes", "-", stdin=NODE_PORT)
    assert (result.exit_code, result.stdout) == (0, MENDED)
    assert result.stderr == "klint: Fixed 1 finding in 1 file\nNo findings in 1 file, 1 bundle\n"
    (folder / "web.yaml").write_text(NODE_PORT)
    result = run(*ONE, "--fix", "-", "--stdin-filename", "web.yaml", stdin=NODE_PORT)
    assert (result.exit_code, result.stdout) == (1, NODE_PORT), "a filter passes on what it does not change"
    assert run(*ONE, "--diff", "--unsafe-fixes", "-", stdin=NODE_PORT).stdout.startswith(f"--- a/{STDIN}\n")


def test_fixes_concern_what_the_report_is_narrowed_to(folder: Path) -> None:
    (folder / "web.yaml").write_text(NODE_PORT)
    (folder / "api.yaml").write_text(NODE_PORT.replace("web", "api"))
    run(*ONE, "--fix", "--unsafe-fixes", "--report-only", "api.yaml")
    assert [(folder / name).read_text().count("nodePort:") for name in ("web.yaml", "api.yaml")] == [1, 0]


@pytest.mark.parametrize("options", [("--fix", "--diff"), ("--unsafe-fixes",)])
def test_options_that_do_not_go_together(options: tuple[str, ...]) -> None:
    assert run(*options).exit_code == 2

"""Kustomizations by a stranger: nothing they name is fetched, run or read but what the workspace holds."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from klint.engine import Report
from klint.registry import load_rules
from klint.render.kustomize.builder import find_builder
from klint.render.kustomize.kustomizations import Kustomizations
from klint.render.kustomize.selector import may_match
from klint.render.kustomize.staging.fields import FIELDS
from klint.render.kustomize.staging.stage import Stage
from klint.render.kustomize.staging.write import stage
from klint.report.text import line
from klint.session import Options, Session
from klint.workspace.disk import DiskTree
from klint.workspace.rendering import Missing, Sources

pytestmark = pytest.mark.skipif(find_builder() is None, reason="the extra klint-k8s[kustomize] is not installed")

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {a: b}, ports: [{port: 80}]}\n"

NAMES = [
    "https://example.com/x.yaml",
    "HTTP://example.com/x",
    "http://127.0.0.1:1/x",
    "file:///x?ref=--upload-pack=touch${IFS}MARK",
    "file:x//?ref=--upload-pack=./run.sh",
    "git::file:///x?ref=--upload-pack=./run.sh",
    "ssh://-oProxyCommand=./run.sh/x",
    "x@-oProxyCommand=./run.sh:x",
    "git@example.com:a/b",
    "someone@127.0.0.1:a/b",
    "github.com/a/b",
    "example.com/a/b.git?ref=main",
    "s3::https://example.com/x",
    "/etc/passwd",
    "/etc",
    "../../outside.yaml",
    "../../outside",
    "link.yaml",
    "link",
    ".git/config",
    "~/outside.yaml",
    "-x",
    "--enable-exec",
    "pipe",
    "a\x00b",
    "x" * 5000,
]
"""What may lead out of the workspace, or to a program, however kustomize would read it."""


def fields_with(name: str) -> Iterator[tuple[str, object]]:
    """Every field of a kustomization that can hold a path, with this one."""
    for field in ("resources", "bases", "components", "crds", "configurations", "patchesStrategicMerge"):
        yield field, [name]
    for field in ("generators", "transformers", "validators"):
        yield field, [name]
        config = {"apiVersion": "builtin", "metadata": {"name": "x"}}
        for inner in (
            {"kind": "ConfigMapGenerator", "files": [name]},
            {"kind": "SecretGenerator", "envs": [name]},
            {"kind": "PatchTransformer", "path": name},
            {"kind": "PatchJson6902Transformer", "path": name, "target": {"kind": "Service", "name": "web"}},
            {"kind": "PatchStrategicMergeTransformer", "paths": [name]},
            {"kind": "ReplacementTransformer", "replacements": [{"path": name}]},
            {"kind": "HelmChartInflationGenerator", "name": name, "repo": name, "chartHome": name, "valuesFile": name},
            {"kind": "NamespaceTransformer", "namespace": "x", "path": name},
        ):
            yield field, [json.dumps({**config, **inner})]
    for field in ("patches", "patchesJson6902"):
        yield field, [{"path": name, "target": {"kind": "Service", "name": "web"}}]
    yield "replacements", [{"path": name}]
    for field in ("configMapGenerator", "secretGenerator"):
        yield field, [{"name": "x", "files": [name, f"key={name}"], "envs": [name]}]
        yield field, [{"name": "x", "env": name}]
    yield "openapi", {"path": name}
    yield "helmCharts", [{"name": name, "repo": name, "valuesFile": name, "additionalValuesFiles": [name]}]
    yield (
        "helmCharts",
        [{"name": "chart", "releaseName": name, "valuesFile": name, "version": name, "apiVersions": [name]}],
    )
    yield "helmChartInflationGenerator", [{"chartName": name, "chartRepoUrl": name, "values": name, "helmHome": name}]
    yield "helmGlobals", {"chartHome": name, "configHome": name}


SPELLINGS: list[Callable[[str], str]] = [str, str.upper, lambda key: key[0].upper() + key[1:]]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a secret beside it, links to that, and programs that leave a mark."""
    root = tmp_path / "root"
    (root / "app").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("[core]\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside.yaml").write_text(SERVICE.replace("web", "canary"))
    (tmp_path / "outside" / "kustomization.yaml").write_text("resources: [../outside.yaml]\n")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("git", "ssh", "helm", "sh", "docker", "run.sh"):
        program = (root / "app" if name == "run.sh" else programs) / name
        program.write_text(f"#!/bin/sh\n: > '{tmp_path}/mark'\n")
        program.chmod(0o755)
    for folder in ("file:", "https:", "git::file:"):
        (root / "app" / folder).mkdir()
    (root / "app" / "link.yaml").symlink_to("../../outside.yaml")
    (root / "app" / "link").symlink_to("../../outside")
    (root / "app" / "web.yaml").write_text(SERVICE)
    os.mkfifo(root / "app" / "pipe")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(root)
    return root


def staged(root: Path, *, allow_network: bool = False) -> Stage:
    kustomizations = Kustomizations(Sources(str, str, DiskTree(root)))
    found = kustomizations.get(root / "app")
    assert found
    return stage(found, kustomizations, allow_network=allow_network)


def linted(allow_network: bool = False) -> Report:
    options = Options(use_cache=False, allow_network=allow_network)
    report = Session.of(["."], load_rules()[0], options=options).report()
    assert report.failures == ()
    return report


def said() -> list[str]:
    return [line(finding) for finding in linted().findings]


def strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from (key, *strings(item))
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("number", range(len(NAMES)), ids=lambda number: f"name-{number}")
def test_no_name_of_the_workspace_reaches_kustomize(workspace: Path, number: int) -> None:
    """Neither in the field that is meant for it, in whatever case, nor in one that does not exist."""
    name = NAMES[number]
    for spell in (str, str.title):
        for field, value in fields_with(name):
            data = {"resources": ["web.yaml"], "namePrefix": "x-"} | {spell(field): value}
            (workspace / "app" / "kustomization.yaml").write_text(json.dumps(data))
            made = staged(workspace)
            for path, content in made.files.items():
                assert all(part.removesuffix(".yaml").removesuffix(".json").isdigit() for part in path.split("/")) or (
                    path.endswith("/kustomization.yaml")
                )
                assert b"canary" not in content
                if path.endswith("kustomization.yaml"):
                    assert name not in set(strings(json.loads(content))), (field, name)


@pytest.mark.parametrize("spell", range(len(SPELLINGS)), ids=["as-is", "upper", "capital"])
def test_nothing_runs_and_nothing_is_fetched(workspace: Path, tmp_path: Path, spell: int) -> None:
    """All fields with all names at once, built by the real kustomize with planted programs on the PATH."""
    for number, name in enumerate(NAMES):
        folder = workspace / f"app-{number}"
        shutil.copytree(workspace / "app", folder, symlinks=True, ignore=shutil.ignore_patterns("pipe"))
        data: dict[str, object] = {}
        for field, value in fields_with(name):
            key = SPELLINGS[spell](field)
            held = data.get(key)
            data[key] = held + value if isinstance(held, list) and isinstance(value, list) else value
        (folder / "kustomization.yaml").write_text(json.dumps(data))
    found = said()
    assert not (tmp_path / "mark").exists()
    assert not any("canary" in text for text in found)
    assert not any(str(tmp_path) in text or "0x" in text for text in found)
    assert any("[unrendered]" in text or "[incomplete-rendering]" in text for text in found)


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_no_socket_and_no_program_under_strace(workspace: Path, tmp_path: Path) -> None:
    transformer = "file:///x?ref=--upload-pack=./run.sh"
    data = {"resources": ["web.yaml", *NAMES[:12]], "transformers": [transformer], "generators": [transformer]}
    (workspace / "app" / "kustomization.yaml").write_text(json.dumps(data))
    log = tmp_path / "trace"
    klint = [sys.executable, "-m", "klint"]
    command = ["strace", "-f", "-qq", "-e", "trace=execve,connect,socket", "-o", str(log), *klint]
    result = subprocess.run(
        [*command, "check", "--no-cache", "."], capture_output=True, text=True, check=False, cwd=workspace
    )
    assert result.returncode in (0, 1), result.stderr
    calls = log.read_text().splitlines()
    assert not [call for call in calls if "connect(" in call or "AF_INET" in call]
    builder = find_builder()
    assert builder
    started = {call.split('execve("')[1].split('"')[0] for call in calls if 'execve("' in call and "= 0" in call}
    assert {os.path.realpath(name) for name in started} <= {
        os.path.realpath(name) for name in (sys.executable, builder.command[0])
    }


def test_a_quote_in_the_name_of_a_folder_is_a_name(workspace: Path) -> None:
    folder = workspace / 'it\'s "quoted"\n- x: [y'
    folder.mkdir()
    (folder / "web.yaml").write_text(SERVICE)
    (folder / "kustomization.yaml").write_text("resources: [web.yaml]\nnamePrefix: a-\n")
    (rendering,) = [
        item for item in Session.of(["."], options=Options(use_cache=False)).workspace.renderings if item.documents
    ]
    assert [item.data["metadata"]["name"] for item in rendering.documents] == ["a-web"]


@pytest.mark.parametrize("kind", ["fifo", "device", "outside", "folder", "loop"])
def test_a_kustomization_that_is_no_file_is_said(workspace: Path, kind: str) -> None:
    path = workspace / "app" / "kustomization.yaml"
    make: dict[str, Callable[[], object]] = {
        "fifo": lambda: os.mkfifo(path),
        "device": lambda: path.symlink_to("/dev/zero"),
        "outside": lambda: path.symlink_to("../../outside/kustomization.yaml"),
        "folder": path.mkdir,
        "loop": lambda: path.symlink_to("kustomization.yaml"),
    }
    make[kind]()
    (problem,) = staged(workspace).problems
    assert problem.message.startswith("This kustomization cannot be read: ")
    assert problem.span.line == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("resources: [\n", "app/kustomization.yaml:2:1: error: A value is missing"),
        ("", "app/kustomization.yaml:1:1: error: This kustomization is empty"),
        ("# nothing\n", "app/kustomization.yaml:1:1: error: This kustomization is empty"),
        ("- a\n", "app/kustomization.yaml:1:1: error: This is no kustomization"),
        ("resources: web.yaml\n", "app/kustomization.yaml:1:12: error: resources should be a list"),
        ("namePrefix: 5\nresources: [web.yaml]\n", "app/kustomization.yaml:1:13: error: namePrefix should be text"),
        ("resource: [web.yaml]\n", "app/kustomization.yaml:1:1: error: unknown field 'resource'"),
        ("Resources: [web.yaml]\n", "app/kustomization.yaml:1:1: note: Resources is left out: the field is called res"),
        ("resources: [gone.yaml]\n", "app/kustomization.yaml:1:13: error: gone.yaml: there is no such file or folder"),
        ("resources: [empty]\n", "app/kustomization.yaml:1:13: error: empty: there is no kustomization.yaml"),
        ("resources: [.]\n", "app/kustomization.yaml:1:13: error: . leads back to a folder that takes this one in"),
        ("kind: List\nresources: [web.yaml]\n", "app/kustomization.yaml:1:7: error: kind should be Kustomization"),
    ],
    ids=[
        "broken",
        "empty",
        "comment",
        "list",
        "no-list",
        "number",
        "unknown",
        "case",
        "gone",
        "folder",
        "self",
        "kind",
    ],
)
def test_what_is_wrong_is_said_at_its_line(workspace: Path, text: str, message: str) -> None:
    (workspace / "app" / "empty").mkdir()
    (workspace / "app" / "kustomization.yaml").write_text(text)
    found = said()
    assert len(found) == 1, found
    assert found[0].startswith(message), found


def test_bombs_and_endless_files_are_left_out(workspace: Path) -> None:
    anchors = "".join(f"a{n}: &a{n} [{', '.join(f'*a{n - 1}' for _ in range(10))}]\n" for n in range(1, 12))
    bomb = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: bomb}}\na0: &a0 [x]\n{anchors}"
    deep = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: deep}}\nx: {'[' * 5000}{']' * 5000}\n"
    (workspace / "app" / "bomb.yaml").write_text(bomb)
    (workspace / "app" / "deep.yaml").write_text(deep)
    with (workspace / "app" / "sparse.yaml").open("wb") as stream:
        stream.truncate(10 * 2**30)
    with (workspace / "app" / "unnamed.bin").open("wb") as stream:
        stream.truncate(100 * 2**30)
    data = {
        "resources": ["web.yaml", "bomb.yaml", "deep.yaml", "sparse.yaml"],
        "configMapGenerator": [{"name": "x", "files": ["sparse.yaml"], "literals": ["a=b"]}],
        "patches": [{"path": "bomb.yaml"}],
    }
    (workspace / "app" / "kustomization.yaml").write_text(json.dumps(data))
    made = staged(workspace)
    assert sum(map(len, made.files.values())) < 100_000
    names = {item.document.data["metadata"]["name"] for item in made.objects.values()}
    assert names == {"web"}


def test_what_is_built_is_bounded(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("klint.render.kustomize.staging.folder.MAX_SIZE", 100_000)
    (workspace / "app" / "big.txt").write_text("x" * 60_000)
    generators = [{"name": f"x{number}", "files": ["big.txt"]} for number in range(3)]
    (workspace / "app" / "kustomization.yaml").write_text(json.dumps({"configMapGenerator": generators}))
    made = staged(workspace)
    assert sum(map(len, made.files.values())) < 200_000
    assert len(made.problems) == 2


def test_only_what_is_named_is_read(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for the build nor for the key it is remembered by."""
    (workspace / "app" / "kustomization.yaml").write_text("resources: [web.yaml]\n")
    (workspace / "app" / "other.txt").write_text("x")
    read: list[str] = []
    original = DiskTree.read

    def reading(self: DiskTree, path: Path, *rest: Any) -> Any:
        read.append(path.name)
        return original(self, path, *rest)

    monkeypatch.setattr(DiskTree, "read", reading)
    staged(workspace)
    assert sorted(set(read)) == ["kustomization.yaml", "web.yaml"]


def test_one_bad_thing_does_not_end_the_run(workspace: Path) -> None:
    """A long one-line patch, folders of odd names and very deep ones, a file that nobody may read."""
    patch = json.dumps([{"op": "add", "path": "/metadata/annotations", "value": {"a": "x" * 400}}])
    data = {"resources": ["web.yaml"], "patches": [{"target": {"kind": "Service"}, "patch": patch}]}
    (workspace / "app" / "kustomization.yaml").write_text(json.dumps(data))
    merge = json.dumps(
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "annotations": {"b": "y" * 400}}}
    )
    (workspace / "merged").mkdir()
    (workspace / "merged" / "web.yaml").write_text(SERVICE)
    (workspace / "merged" / "kustomization.yaml").write_text(
        json.dumps({"resources": ["web.yaml"], "patchesStrategicMerge": [merge]})
    )
    odd = workspace / os.fsdecode(b"latin-\xe9")
    odd.mkdir()
    (odd / "web.yaml").write_text(SERVICE)
    (odd / "kustomization.yaml").write_text("resources: [web.yaml]\n")
    renderings = Session.of(["."], options=Options(use_cache=False)).workspace
    assert renderings.failures == ()
    assert [len(item.documents) for item in renderings.renderings] == [1, 1, 1]
    assert all(item.problems == () for item in renderings.renderings)


def test_kustomizations_in_a_long_row(workspace: Path) -> None:
    for number in range(200):
        folder = workspace / f"k{number}"
        folder.mkdir()
        (folder / "kustomization.yaml").write_text(f"resources: [../k{number + 1}]\n")
    (workspace / "k200").mkdir()
    (workspace / "k200" / "kustomization.yaml").write_text("resources: []\n")
    (problem,) = Session.of(["."], options=Options(use_cache=False)).workspace.renderings[0].problems
    assert "50th kustomization in a row" in problem.message


REMOTE_BASES = {
    "https://github.com/a/b": True,
    "https://github.com/a/b//deploy/base?ref=v1.2": True,
    "github.com/a/b/deploy?ref=feature/x&timeout=90s": True,
    "git@github.com:a/b.git?ref=main": True,
    "ssh://git@example.com:22/a/b.git": True,
    "git::https://example.com/a/b": True,
    "https://example.com/a/b?ref=--upload-pack=x": False,
    "https://example.com/a/b?ref=-x": False,
    "https://example.com/a/b?submodules=false&ref=--x": False,
    "file:///x": False,
    "file:///x?ref=main": False,
    "git::file:///x": False,
    "ext::sh -c x": False,
    "git::ext::x": False,
    "ssh://-oProxyCommand=x/a": False,
    "-oProxyCommand=x@example.com:a": False,
    "git@-oProxyCommand=x.com:a": False,
    "https://example.com/--upload-pack=x": False,
    "https://example.com/a/../../b": True,
    "https://example.com/a b": False,
    "HTTPS://example.com/a": False,
    "http://example.com/a": False,
    "https://example.com/a\n--x": False,
    "../base": False,
    "/etc/x": False,
}


@pytest.mark.parametrize("number", range(len(REMOTE_BASES)), ids=lambda number: f"base-{number}")
def test_remote_bases_pass_where_the_network_is_allowed(workspace: Path, number: int) -> None:
    """What cannot be an option passes as it is, in the three fields that take bases; nothing does in the others."""
    name, passes = [*REMOTE_BASES.items()][number]
    for field in ("resources", "bases", "components", "transformers", "crds", "configurations"):
        (workspace / "app" / "kustomization.yaml").write_text(json.dumps({field: [name]}))
        made = staged(workspace, allow_network=True)
        held = name in set(strings(json.loads(made.files["0/kustomization.yaml"])))
        assert held == (passes and field in ("resources", "bases", "components")), (field, name)
        assert made.is_remote == held
    (workspace / "app" / "kustomization.yaml").write_text(json.dumps({"resources": [name]}))
    assert not staged(workspace).is_remote


SELECTORS = {
    "": True,
    "web": True,
    "we": False,
    "w.*": True,
    "api|web": True,
    "^web$": True,
    "[v-x]e[ab]": True,
    "db.*": False,
    ".*-db": False,
    r"\pL+": True,
    "(?P<a": True,
    "(((((" * 19: True,
    "w{99999999999}": True,
    "(w|e|b)*c": True,
    "(w*)*c": True,
    "w*w*w*c": True,
    "x" * 1000: True,
}


@pytest.mark.parametrize("number", range(len(SELECTORS)), ids=lambda number: f"selector-{number}")
def test_selectors_of_a_stranger_take_no_time(number: int) -> None:
    """What kustomize reads in linear time, Python need not. What cannot be told in time, or at all, may match."""
    expression, matches = [*SELECTORS.items()][number]
    assert may_match(expression, "web") is matches
    before = process_time()
    for text in ("w" * 99, "w" * 100_000):
        may_match(expression, text)
        may_match(expression, text, is_part=True)
    assert process_time() - before < 1


def test_selectors_may_match_a_name_with_a_prefix() -> None:
    assert may_match("web", "prod-web-v2", is_part=True)
    assert not may_match("db", "prod-web-v2", is_part=True)


def test_the_fields_have_no_paths() -> None:
    """What is handed on as it is names no file."""
    assert not {"path", "files", "envs", "env", "url", "repo"} & set(FIELDS)


def test_what_is_missing_is_counted(workspace: Path) -> None:
    data = {"resources": ["https://example.com/x"], "generators": [json.dumps({"apiVersion": "x/v1", "kind": "Sops"})]}
    (workspace / "app" / "kustomization.yaml").write_text(json.dumps(data))
    gaps = {gap.missing for gap in staged(workspace).gaps}
    assert gaps == {Missing.BASES, Missing.PLUGINS}

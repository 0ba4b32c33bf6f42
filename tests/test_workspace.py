"""What a run looks at: files found, passed over with a reason, or failed on with a remedy; roots and names."""

import io
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint.engine import lint
from klint.errors import KlintError
from klint.registry import load_rules
from klint.report import formats
from klint.report import render as report_text
from klint.workspace.fixtures import is_among_fixtures
from klint.workspace.paths import shown
from klint.workspace.scripts import open_scripts
from klint.workspace.tree import MAX_FILE_SIZE
from tests.sessions import opened

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty git repository, and the working directory."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def linted(*paths: str, **options: Any) -> list[str]:
    return [document.source.path for document in opened(*paths, **options).documents]


def passed_over(*paths: str, **options: Any) -> dict[str, str]:
    return {item.path: item.reason for item in opened(*paths, **options).passed_over}


# What is linted


def test_manifests_are_found_by_suffix_in_the_order_of_their_paths(repository: Path) -> None:
    names = ["z.yaml", "b/a.yml", "b/c.json", "a/b/c.kyaml", "a.yaml"]
    write(repository, dict.fromkeys([*names, "notes.txt", "script.sh", "yaml", "a.yaml.bak", "x.yaml.tpl"], SERVICE))
    assert linted() == sorted(names)
    assert passed_over() == {}


def test_folders_of_tools_are_left_alone(repository: Path) -> None:
    folders = [".git", ".hg", "node_modules", ".venv", "venv", "__pycache__", ".terraform", "a/node_modules"]
    write(repository, {**{f"{folder}/a.yaml": SERVICE for folder in folders}, ".github/a.yaml": SERVICE})
    assert linted() == [".github/a.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        "name: values\nimage: {tag: 1}\n",
        "- a\n- b\n",
        "",
        "apiVersion: v2\nname: chart\n",
        "kind: Service\n",
        "apiVersion: 1\nkind: Service\n",
        "# apiVersion: v1\n# kind: Service\n",
        "text: |\n  apiVersion: v1\n  kind: Service\n",
        "[{apiVersion: v1, kind: Service}]\n",
    ],
)
def test_files_that_are_no_manifests_are_passed_over(repository: Path, text: str) -> None:
    write(repository, {"a.yaml": text})
    workspace = opened()
    assert workspace.documents == ()
    assert [(item.path, item.reason) for item in workspace.passed_over] == [("a.yaml", "no Kubernetes manifest")]
    assert workspace.failures == ()


def test_only_the_manifests_of_a_mixed_file_are_linted(repository: Path) -> None:
    write(repository, {"a.yaml": f"a: b\n---\n{SERVICE}---\n- c\n---\nname: [\n---\nkind: x\napiVersion: [\n"})
    workspace = opened()
    assert [(document.data is None, document.span(()).line) for document in workspace.documents] == [
        (False, 3),
        (True, 10),
    ]
    assert workspace.passed_over == ()


def test_cluster_files_are_kept_for_what_they_tell(repository: Path) -> None:
    write(
        repository,
        {
            "kubeadm.yaml": "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n",
            "config.yaml": "service-node-port-range: 80-90\n",
            "rke2.yaml": "kube-apiserver-arg: ['service-node-port-range=80-90']\n",
            "other.yaml": "write-kubeconfig-mode: '0644'\n",
        },
    )
    assert linted() == ["config.yaml", "kubeadm.yaml", "rke2.yaml"]


def test_templates_of_charts_are_no_manifests(repository: Path) -> None:
    template = "{{ if .Values.on }}\n" + SERVICE + "{{ end }}\n"
    write(
        repository,
        {
            "chart/Chart.yaml": "apiVersion: v2\nname: chart\n",
            "chart/values.yaml": "on: true\n",
            "chart/templates/web.yaml": template,
            "chart/templates/deep/web.yaml": SERVICE,
            "chart/charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\n",
            "chart/charts/sub/templates/web.yaml": template,
            "other/templates/web.yaml": SERVICE,
        },
    )
    assert linted() == ["other/templates/web.yaml"]
    assert passed_over()["chart/templates"] == "templates of a Helm chart"
    for path in ("chart/templates/web.yaml", "chart/templates/deep/web.yaml", "chart/templates"):
        assert linted(path) == []
    assert passed_over("chart/templates/web.yaml") == {"chart/templates/web.yaml": "a template of a Helm chart"}
    assert set(passed_over("chart/templates").values()) == {"a template of a Helm chart"}


KUSTOMIZATION = """\
resources: [web.yaml]
patches:
- path: patch.yaml
- path: ../shared/patch.yaml
  target: {kind: Service}
- patch: |-
    x: y
patchesStrategicMerge:
- merge.yaml
- |-
  kind: Service
patchesJson6902: [{path: json.yaml}]
replacements: [{path: replacement.yaml}]
configurations: [names.yaml]
transformers: [transformer.yaml]
helmCharts: [{name: x, valuesFile: values.yaml, additionalValuesFiles: [more.yaml]}]
configMapGenerator: [{name: x, files: [data.yaml, key=keyed.yaml]}]
"""


def test_what_a_kustomization_patches_with_is_no_manifest(repository: Path) -> None:
    fragments = {
        **dict.fromkeys(("patch", "merge", "json", "replacement"), "a patch"),
        **dict.fromkeys(("names", "transformer"), "a setting"),
        **dict.fromkeys(("values", "more"), "chart values"),
        **dict.fromkeys(("data", "keyed"), "an input"),
    }
    write(
        repository, {"app/kustomization.yaml": KUSTOMIZATION, "shared/patch.yaml": SERVICE, "shared/web.yaml": SERVICE}
    )
    write(repository, {f"app/{name}.yaml": SERVICE for name in (*fragments, "web", "beside")})
    assert linted() == ["app/beside.yaml", "app/web.yaml", "shared/web.yaml"]
    assert passed_over() == {
        "app/kustomization.yaml": "a kustomization",
        "shared/patch.yaml": "a patch of app/kustomization.yaml",
        **{f"app/{name}.yaml": f"{what} of app/kustomization.yaml" for name, what in fragments.items()},
    }
    # also where the patch alone is named
    assert passed_over("app/patch.yaml") == {"app/patch.yaml": "a patch of app/kustomization.yaml"}


@pytest.mark.parametrize(
    "text",
    [
        "patches: x\n",
        "patches: [1, {path: 1}]\n",
        "patchesStrategicMerge: {a: b}\n",
        "[\n",
        "- a\n",
        "patches: [\n",
        "",
    ],
)
def test_a_broken_kustomization_names_nothing(repository: Path, text: str) -> None:
    write(repository, {"kustomization.yaml": text, "web.yaml": SERVICE})
    assert linted() == ["web.yaml"]
    assert passed_over() == {"kustomization.yaml": "a kustomization"}


# What is excluded


def test_gitignore_files_count_as_in_git(repository: Path) -> None:
    write(
        repository,
        {
            ".gitignore": "build/\n*.tmp.yaml\n/top.yaml\n!keep.tmp.yaml\n# comment\n\nlogs/*\n!logs/kept.yaml\n",
            "deep/.gitignore": "*.yaml\n!shown.yaml\n!a.tmp.yaml\n",
            **dict.fromkeys(
                (
                    *("a.yaml", "top.yaml", "a.tmp.yaml", "keep.tmp.yaml", "build/a.yaml", "sub/build/a.yaml"),
                    *("sub/top.yaml", "deep/a.yaml", "deep/shown.yaml", "deep/a.tmp.yaml", "deep/er/a.yaml"),
                    *("logs/a.yaml", "logs/kept.yaml"),
                ),
                SERVICE,
            ),
        },
    )
    assert linted() == [
        "a.yaml", "deep/a.tmp.yaml", "deep/shown.yaml", "keep.tmp.yaml", "logs/kept.yaml", "sub/top.yaml",
    ]  # fmt: skip
    assert passed_over()["top.yaml"] == "ignored by git"
    assert len(linted(respect_gitignore=False)) == 13


def test_gitignore_files_above_the_configuration_count(repository: Path) -> None:
    write(repository, {".gitignore": "build/\n", "deploy/.klint.yaml": "", "deploy/build/a.yaml": SERVICE})
    assert linted("deploy") == []


def test_gitignore_files_above_the_repository_do_not_count(repository: Path) -> None:
    write(repository, {".gitignore": "*.yaml\n", "module/a.yaml": SERVICE})
    (repository / "module/.git").write_text("gitdir: ../.git/modules/module\n")
    assert linted("module") == ["module/a.yaml"]
    assert linted() == ["module/a.yaml"]


def test_named_files_and_folders_are_linted_though_git_ignores_them(repository: Path) -> None:
    write(repository, {".gitignore": "build/\n*.local.yaml\n", "build/a.yaml": SERVICE, "b.local.yaml": SERVICE})
    assert linted() == []
    assert linted("build", "b.local.yaml") == ["b.local.yaml", "build/a.yaml"]
    assert linted("build/a.yaml") == ["build/a.yaml"]


def test_include_and_exclude(repository: Path) -> None:
    write(
        repository,
        {
            ".klint.yaml": "include: ['deploy/**', '*.k8s.yaml']\nexclude: ['deploy/old/', '*.bad.yaml']\n",
            **dict.fromkeys(
                (
                    *("deploy/a.yaml", "deploy/b/a.yaml", "deploy/old/a.yaml", "deploy/a.bad.yaml", "src/a.yaml"),
                    *("src/a.k8s.yaml", "src/old/a.k8s.yaml"),
                ),
                SERVICE,
            ),
        },
    )
    expected = ["deploy/a.yaml", "deploy/b/a.yaml", "src/a.k8s.yaml", "src/old/a.k8s.yaml"]
    assert linted() == expected
    assert passed_over()["src/a.yaml"] == "excluded"
    # a named file is meant, unless the caller names files without knowing the configuration
    assert linted("src/a.yaml", "deploy/a.bad.yaml") == ["deploy/a.bad.yaml", "src/a.yaml"]
    assert linted("src/a.yaml", "deploy/a.bad.yaml", "deploy/a.yaml", force_exclude=True) == ["deploy/a.yaml"]
    assert linted(isolated=True) != expected


# Standard input


@pytest.mark.usefixtures("repository")
def test_standard_input() -> None:
    workspace = opened("-", stdin=io.BytesIO(b"\xef\xbb\xbf" + SERVICE.encode()))
    assert [document.source.path for document in workspace.documents] == ["<stdin>"]
    assert workspace.documents[0].data["kind"] == "Service"
    assert workspace.documents[0].source.relative == ""


def test_standard_input_goes_before_the_file_it_stands_for(repository: Path) -> None:
    write(repository, {"a/web.yaml": SERVICE, "b.yaml": SERVICE})
    text = SERVICE.replace("web", "new")
    workspace = opened(".", "-", stdin=io.BytesIO(text.encode()), stdin_name="a/web.yaml")
    names = {document.source.relative: document.data["metadata"]["name"] for document in workspace.documents}
    assert names == {"a/web.yaml": "new", "b.yaml": "web"}


@pytest.mark.usefixtures("repository")
def test_standard_input_that_is_no_manifest_is_passed_over() -> None:
    workspace = opened("-", stdin=io.BytesIO(b"a: b\n"))
    assert [(item.path, item.reason) for item in workspace.passed_over] == [("<stdin>", "no Kubernetes manifest")]


class Endless(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert size >= 0
        return bytes(size)


@pytest.mark.usefixtures("repository")
def test_standard_input_without_end_is_not_analysed() -> None:
    (document,) = opened("-", stdin=Endless()).documents
    (problem,) = document.problems
    assert (problem.rule, str(problem.span)) == ("not-analysed", "<stdin>:1:1")


# Links, and files that cannot be read


def test_links_are_not_followed(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    write(outside, {"a.yaml": SERVICE})
    write(repository, {"real/a.yaml": SERVICE})
    (repository / "file.yaml").symlink_to(repository / "real/a.yaml")
    (repository / "folder").symlink_to(repository / "real")
    (repository / "out.yaml").symlink_to(outside / "a.yaml")
    (repository / "nowhere.yaml").symlink_to("missing.yaml")
    workspace = opened()
    assert [document.source.path for document in workspace.documents] == ["real/a.yaml"]
    assert passed_over() == {
        "file.yaml": "a link to real/a.yaml",
        "folder": "a link to a folder",
        "nowhere.yaml": "a link that leads nowhere",
        "out.yaml": "a link out of the workspace",
    }
    assert workspace.failures == ()
    # named links are meant
    assert linted("file.yaml", "folder") == ["file.yaml", "folder/a.yaml"]


def test_links_that_lead_in_a_circle_are_passed_over(repository: Path) -> None:
    write(repository, {"a/b.yaml": SERVICE})
    (repository / "a/up").symlink_to(repository)
    (repository / "a/above").symlink_to(repository.parent)
    (repository / "a/own").symlink_to(".")
    (repository / "self.yaml").symlink_to("self.yaml")
    workspace = opened()
    assert [document.source.path for document in workspace.documents] == ["a/b.yaml"]
    assert workspace.failures == ()
    assert passed_over() == {
        "a/above": "a link out of the workspace",
        "a/own": "a link to a folder that holds it",
        "a/up": "a link to a folder that holds it",
        "self.yaml": "a link that leads back to itself",
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"apiVersion: v1\nkind: \xff\n", "This is not UTF-8 text (byte 21)"),
        (b"apiVersion: v1\x00\nkind: x\n", "This is a binary file"),
        (SERVICE.encode("utf-32"), "This is UTF-32 text, which kubectl does not read"),
        (SERVICE.encode("utf-16-le"), "This is a binary file"),
        (SERVICE.encode("utf-16")[:-1], "This is not UTF-16 text (byte 102)"),
    ],
)
def test_what_is_no_text_is_a_failure_and_costs_no_other_file(repository: Path, content: bytes, message: str) -> None:
    write(repository, {"b.yaml": SERVICE})
    (repository / "a.yaml").write_bytes(content)
    workspace = opened()
    assert [document.source.path for document in workspace.documents] == ["b.yaml"]
    (failure,) = workspace.failures
    assert (failure.where, failure.message) == ("a.yaml", message)
    assert failure.remedy


def test_a_byte_order_mark_is_no_part_of_the_text(repository: Path) -> None:
    (repository / "a.yaml").write_bytes(b"\xef\xbb\xbf" + SERVICE.encode())
    (document,) = opened().documents
    assert document.source.has_bom
    assert str(document.span(("apiVersion",))) == "a.yaml:1:13"


def test_paths_that_are_not_there_are_failures_and_cost_no_other(repository: Path) -> None:
    write(repository, {"a.yaml": SERVICE})
    workspace = opened("missing", "a.yaml", "missing.yaml")
    assert [document.source.path for document in workspace.documents] == ["a.yaml"]
    assert [(failure.where, failure.message) for failure in workspace.failures] == [
        ("missing", "There is no such file or folder"),
        ("missing.yaml", "There is no such file or folder"),
    ]


def test_devices_and_pipes_are_not_read(repository: Path) -> None:
    os.mkfifo(repository / "pipe.yaml")
    assert passed_over() == {"pipe.yaml": "no regular file"}
    (failure,) = opened("pipe.yaml").failures
    assert failure.message == "This is neither a file nor a folder"


def test_an_unreadable_file_or_folder_is_a_failure(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repository, {"a.yaml": SERVICE, "b.yaml": SERVICE, "locked/c.yaml": SERVICE})
    open_file, scandir = os.open, os.scandir

    def refuse_file(path: str, *arguments: Any) -> int:
        if path.endswith("/a.yaml"):
            raise PermissionError(13, "Permission denied")
        return open_file(path, *arguments)

    def refuse_folder(path: Path) -> Any:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "open", refuse_file)
    monkeypatch.setattr(os, "scandir", refuse_folder)
    workspace = opened()
    assert [document.source.path for document in workspace.documents] == ["b.yaml"]
    assert sorted((failure.where, failure.message) for failure in workspace.failures) == [
        ("a.yaml", "The file cannot be read: Permission denied"),
        ("locked", "The folder cannot be read: Permission denied"),
    ]


def test_a_file_that_is_too_large_is_not_analysed(repository: Path) -> None:
    large_text = SERVICE + "# " + "x" * MAX_FILE_SIZE
    write(repository, {"a.yaml": large_text, "data.json": "[" + "1," * (MAX_FILE_SIZE // 2) + "1]", "b.yaml": SERVICE})
    large, small = opened().documents
    assert small.data is not None
    assert [(problem.rule, str(problem.span)) for problem in large.problems] == [("not-analysed", "a.yaml:1:1")]
    assert passed_over() == {"data.json": "no Kubernetes manifest"}


# Roots, names and order


@pytest.mark.parametrize(
    "arguments", [("a", "b.yaml"), ("b.yaml", "a"), ("b.yaml", "a/c.yaml", "a", "./b.yaml", "a/../a")]
)
def test_the_order_and_spelling_of_arguments_do_not_matter(repository: Path, arguments: tuple[str, ...]) -> None:
    write(repository, {"a/c.yaml": SERVICE, "a/d.yaml": SERVICE, "b.yaml": SERVICE, "e.yaml": SERVICE})
    workspace = opened(*arguments)
    assert [document.source.path for document in workspace.documents] == ["a/c.yaml", "a/d.yaml", "b.yaml"]
    assert workspace.root == repository
    assert not workspace.is_whole


def test_names_are_relative_to_the_working_directory(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repository, {"a/b/c.yaml": SERVICE, "d.yaml": SERVICE})
    expected = {"a/b/c.yaml", "d.yaml"}
    assert {document.source.relative for document in opened().documents} == expected
    monkeypatch.chdir(repository / "a")
    workspace = opened("..")
    assert {document.source.relative for document in workspace.documents} == expected
    assert [document.source.path for document in workspace.documents] == sorted((f"{repository}/d.yaml", "b/c.yaml"))
    assert workspace.is_whole
    assert linted() == ["b/c.yaml"]
    assert [document.source.relative for document in opened("b/c.yaml").documents] == ["a/b/c.yaml"]


def test_the_root_is_the_configuration_s_folder(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repository, {"deploy/.klint.yaml": "ignore: [a]\n", "deploy/prod/a.yaml": SERVICE, "other/a.yaml": SERVICE})
    assert opened("deploy/prod").root == repository / "deploy"
    assert opened("deploy/prod/a.yaml").config.ignore == ("a",)
    assert opened("deploy", "other").root == repository
    assert opened("deploy", isolated=True).root == repository
    assert opened("other").config.ignore == ()
    assert opened("other", config_file="deploy/.klint.yaml").root == repository / "deploy"
    monkeypatch.chdir(repository / "deploy/prod")
    assert opened(".").root == repository / "deploy"
    assert opened("-", stdin=io.BytesIO()).root == repository / "deploy"


def test_a_configuration_above_the_repository_is_not_its_own(repository: Path) -> None:
    write(repository, {".klint.yaml": "ignore: [a]\n", "module/a.yaml": SERVICE})
    (repository / "module/.git").mkdir()
    workspace = opened("module")
    assert workspace.root == repository / "module"
    assert workspace.config.ignore == ()


def test_without_a_repository_the_root_is_the_working_directory_or_what_all_paths_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"a/b/c.yaml": SERVICE, "a/d/e.yaml": SERVICE, "f/g.yaml": SERVICE})
    monkeypatch.chdir(tmp_path)
    assert opened("a/b").root == tmp_path
    monkeypatch.chdir(tmp_path / "f")
    assert opened("../a/b", "../a/d/e.yaml").root == tmp_path / "a"
    assert linted("../a/b") == [f"{tmp_path}/a/b/c.yaml"]


def test_a_configuration_that_cannot_be_used_is_an_error(repository: Path) -> None:
    write(repository, {".klint.yaml": "no-such-key: 1\n", "a.yaml": SERVICE})
    with pytest.raises(KlintError, match=r"\.klint\.yaml:1:1"):
        opened()
    assert linted(isolated=True) == ["a.yaml"]


def test_charts_and_kustomizations_are_noted(repository: Path) -> None:
    write(
        repository,
        {
            "chart/Chart.yaml": "apiVersion: v2\nname: chart\n",
            "overlays/prod/kustomization.yml": "resources: []\n",
            "base/Kustomization": "resources: []\n",
        },
    )
    workspace = opened()
    assert workspace.charts == (repository / "chart",)
    assert workspace.kustomizations == (repository / "base", repository / "overlays/prod")


# What git tracks, and what nobody may miss


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("version", ["2", "4"])
def test_what_git_tracks_is_linted_whatever_ignores_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "index.version", version)
    names = (
        "a.yaml",
        "b.yaml",
        "build/a.yaml",
        "build/sub/b.yaml",
        "other/a.yaml",
        "node_modules/x/a.yaml",
        "venv/a.yaml",
    )
    write(tmp_path, {".gitignore": "a.yaml\nbuild/\nother/\n", **dict.fromkeys(names, SERVICE)})
    git(tmp_path, "add", "-f", "a.yaml", "build/sub/b.yaml", "node_modules/x/a.yaml")
    assert linted() == ["a.yaml", "b.yaml", "build/sub/b.yaml", "node_modules/x/a.yaml"]
    assert passed_over() == {
        "build/a.yaml": "ignored by git",
        "other": "ignored by git",
        "venv": "a tool's folder",
    }


def test_a_worktree_s_index_counts_and_no_other_that_a_file_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main, tree, planted = tmp_path / "main", tmp_path / "tree", tmp_path / "planted"
    main.mkdir()
    git(main, "init", "-q")
    git(main, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "--allow-empty", "-m", "x")
    git(main, "worktree", "add", "-q", str(tree))
    write(tree, {".gitignore": "a.yaml\n", "a.yaml": SERVICE})
    git(tree, "add", "-f", "a.yaml")
    shutil.copytree(tree, planted)
    monkeypatch.chdir(tree)
    assert linted() == ["a.yaml"]
    monkeypatch.chdir(planted)
    assert linted() == []


@pytest.mark.parametrize("name", ["venv", "node_modules", ".terraform"])
def test_folders_of_tools_are_passed_over_by_name(repository: Path, name: str) -> None:
    write(repository, {f"a/{name}/a.yaml": SERVICE})
    assert passed_over() == {f"a/{name}": "a tool's folder"}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_a_byte_order_mark_is_read_as_kubectl_reads_it(repository: Path, encoding: str) -> None:
    (repository / "a.yaml").write_bytes(("\ufeff# é\n" + SERVICE).encode(encoding))
    (document,) = opened().documents
    assert document.source.has_bom
    assert str(document.span(("metadata", "name"))) == "a.yaml:4:18"


@pytest.mark.parametrize("content", [b"caf\xe9: x\n", b"\x00GITCRYPT\x00\xff\xfe", "a: b\n".encode("utf-32")])
def test_what_is_neither_text_nor_a_manifest_is_passed_over(repository: Path, content: bytes) -> None:
    (repository / "a.yaml").write_bytes(content)
    workspace = opened()
    assert workspace.failures == ()
    assert [item.path for item in workspace.passed_over] == ["a.yaml"]


def test_names_that_are_no_text_break_no_report(repository: Path) -> None:
    odd = repository / os.fsdecode(b"caf\xe9")
    odd.mkdir()
    (odd / "b.yaml").write_text(SERVICE + "spec: {ports: [\n")
    workspace = opened()
    assert [document.source.path for document in workspace.documents] == ["caf\udce9/b.yaml"]
    for name in formats():
        report_text(name, lint(workspace, load_rules()[0])).encode()


@pytest.fixture
def deep(repository: Path) -> Iterator[Path]:
    """A folder that lies deeper than Python nests calls, which pytest could not delete."""
    folder = repository
    for _ in range(1500):
        folder = folder / "d"
        folder.mkdir()
    yield folder
    while folder != repository:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        folder = folder.parent


def test_deep_folders_end_no_run(deep: Path) -> None:
    (deep / "c.yaml").write_text(SERVICE)
    workspace = opened()
    assert workspace.failures == ()
    assert len(workspace.documents) == 1
    assert len(lint(workspace, load_rules()[0]).bundles) == 1


@pytest.mark.skipif(os.name == "nt", reason="sparse files")
def test_a_giant_file_is_not_read(repository: Path) -> None:
    for name in ("a.yaml", "run.sh", ".gitignore"):
        with (repository / name).open("wb") as stream:
            stream.truncate(2**40)
    workspace = open_scripts(opened())
    assert {item.path: item.reason for item in workspace.passed_over} == {
        "a.yaml": "no Kubernetes manifest",
        "run.sh": "a script, but it is larger than 16 MiB",
    }


def test_scripts_that_are_not_utf_8_are_read(repository: Path) -> None:
    (repository / "run.sh").write_bytes(b"# caf\xe9\nkubectl port-forward svc/web 80\n")
    (repository / "blob.sh").write_bytes(b"#!/bin/sh\nkubectl\0\xff")
    workspace = open_scripts(opened())
    assert [source.path for source in workspace.scripts] == ["run.sh"]
    assert {item.path: item.reason for item in workspace.passed_over} == {"blob.sh": "a binary file"}


def test_a_configuration_above_the_working_directory_is_a_stranger_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {".klint.yaml": "ignore: [a]\n", "mine/b/a.yaml": SERVICE})
    monkeypatch.chdir(tmp_path / "mine")
    assert opened().config.ignore == ()
    assert opened("b").config.ignore == ()
    write(tmp_path, {"mine/.klint.yaml": "ignore: [b]\n"})
    assert opened("b").config.ignore == ("b",)
    monkeypatch.chdir(tmp_path / "mine/b")
    assert opened().config.ignore == ()
    assert opened("../b").config.ignore == ()


def test_a_configuration_that_leads_out_is_not_read(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret"
    outside.write_text("canary: yes\n")
    (repository / ".klint.yaml").symlink_to(outside)
    with pytest.raises(KlintError, match="it leads out of the workspace") as raised:
        opened()
    assert "canary" not in str(raised.value)


def test_a_named_link_out_of_the_workspace_is_a_failure(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (repository / "a.yaml").symlink_to(tmp_path_factory.mktemp("outside"))
    (failure,) = opened("a.yaml").failures
    assert failure.message == "This is not read: it leads out of the workspace"


FOLDERS = (
    "",
    "deploy",
    "chart",
    "chart/templates",
    "chart/crds",
    "overlay",
    "build",
    "venv",
    "x/node_modules",
    "x/.git",
)
CONTENTS = (SERVICE, "a: b\n", "kind: [\napiVersion: v1\n", "\0", "")


@given(st.dictionaries(st.tuples(st.sampled_from(FOLDERS), st.sampled_from("abc")), st.sampled_from(CONTENTS)))
def test_every_file_is_linted_or_passed_over_with_a_reason(files: dict[tuple[str, str], str]) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        root = Path.cwd()
        write(root, {".gitignore": "build/\n", "chart/Chart.yaml": "apiVersion: v2\nname: c\n"})
        write(root, {"overlay/kustomization.yaml": "patches: [{path: a.yaml}]\n"})
        write(root, {f"{place or '.'}/{name}.yaml": text for (place, name), text in files.items()})
        workspace = open_scripts(opened())
        told = {document.source.path for document in workspace.documents}
        told |= {item.path for item in workspace.passed_over} | {failure.where for failure in workspace.failures}
        silent = [path for path in root.rglob("*.yaml") if ".git" not in path.parts]
        silent = [path for path in silent if told.isdisjoint(map(shown, (path, *path.parents)))]
        assert silent == []


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("testdata/in", True),
        ("src/Test-Cases", True),
        ("pkg/__snapshots__", True),
        ("golden_files", True),
        ("e2e", True),
        ("test/data", False),
        ("contests", False),
        ("goldenrod", False),
        ("", False),
    ],
)
def test_folders_of_fixtures(folder: str, *, expected: bool) -> None:
    assert is_among_fixtures(folder) is expected

"""What is new since a revision: found across files, from git's objects alone, with errors that say what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from klint.cli.commands import klint
from klint.registry import Rule
from klint.session import Session
from klint.workspace.git.revisions import Repository, RevisionError
from klint.workspace.revision import RevisionTree
from klint.workspace.tree import Tree
from tests.test_revision import ENVIRONMENT, commit, git

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: registry.example/web:1.0}]}
"""
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  defaultBackend: {service: {name: web, port: {number: 80}}}
"""
OUT_OF_RANGE = """\
apiVersion: v1
kind: Service
metadata: {name: NAME}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 80}]}
"""
ONE = ("--select", "dangling-backend,node-port-out-of-range")


def bad(name: str) -> str:
    """A Service with one error: node-port-out-of-range."""
    return OUT_OF_RANGE.replace("NAME", name)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    monkeypatch.chdir(folder)
    return folder


def write(files: dict[str, str | bytes]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())


def since(revision: str, *arguments: str, stdin: str = "") -> tuple[list[str], str]:
    """What is new, as file and rule; and the summary or what klint says it could not do."""
    command = ("check", "--concise", "--no-cache", *ONE, "--since", revision, *arguments)
    done = CliRunner().invoke(klint, command, input=stdin, catch_exceptions=False)
    if done.exit_code == 2:
        return [], done.stderr.strip()
    *found, summary = done.stdout.splitlines()
    summary = re.sub("; [0-9]+ fixable.*", "", summary)
    assert done.exit_code == bool(found)
    return [f"{line.split(':')[0]} {line.split('[')[-1].rstrip(']')}" for line in found], summary


def test_what_breaks_in_a_file_that_did_not_change_is_new(root: Path) -> None:
    write({"service.yaml": SERVICE, "deployment.yaml": DEPLOYMENT, "ingress.yaml": INGRESS, "old.yaml": bad("old")})
    commit(root)
    assert since("HEAD") == ([], "No new findings in 4 files, 1 bundle; 1 was there at HEAD")
    write({"service.yaml": SERVICE.replace("{name: web}", "{name: web-svc}"), "new.yaml": bad("new")})
    found = ["ingress.yaml dangling-backend", "new.yaml node-port-out-of-range"]
    assert since("HEAD")[0] == found
    commit(root)
    assert since("HEAD")[0] == []
    assert since("HEAD~1")[0] == found
    assert since("HEAD~1", "--report-only", "new.yaml")[0] == found[1:]


def test_a_deleted_file_is_there_at_the_revision(root: Path) -> None:
    write({"service.yaml": SERVICE, "deployment.yaml": DEPLOYMENT, "ingress.yaml": INGRESS})
    commit(root)
    Path("service.yaml").unlink()
    assert since("HEAD", "--closed-world")[0] == ["ingress.yaml dangling-backend"]


def test_a_branch_is_compared_with_where_head_parts_from_it(root: Path) -> None:
    """What main has fixed meanwhile does not count against a branch."""
    write({"a.yaml": bad("a")})
    commit(root)
    git(root, "checkout", "-q", "-b", "feature")
    write({"b.yaml": bad("b")})
    commit(root)
    git(root, "checkout", "-q", "main")
    write({"a.yaml": SERVICE})
    commit(root)
    git(root, "checkout", "-q", "feature")
    assert since("main") == (
        ["b.yaml node-port-out-of-range"],
        "1 error in 2 files, 1 bundle; 1 more was there at main",
    )


def test_the_work_tree_is_not_touched(root: Path) -> None:
    write({"a.yaml": bad("a")})
    commit(root)
    write({"a.yaml": bad("b"), "c.yaml": bad("c")})
    before = {str(path): path.stat().st_mtime_ns for path in root.rglob("*")}
    since("HEAD")
    assert {str(path): path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_the_configuration_of_today_counts_for_both(root: Path) -> None:
    write({"a.yaml": bad("a"), ".klint.yaml": "ignore: [node-port-out-of-range]\n"})
    commit(root)
    write({".klint.yaml": "targets: []\n"})
    assert since("HEAD")[0] == []


def test_a_comment_counts_on_the_side_that_has_it(root: Path) -> None:
    silenced = bad("a").rstrip() + " # klint: ignore[node-port-out-of-range] because\n"
    write({"a.yaml": silenced, "b.yaml": bad("b")})
    commit(root)
    write({"a.yaml": bad("a")})
    assert since("HEAD")[0] == ["a.yaml node-port-out-of-range"]


def test_rules_that_find_nothing_are_not_asked_about_the_revision(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    over = Session.over

    def told(session: Session, tree: Tree, rules: Sequence[Rule]) -> Session:
        asked.append([rule.name for rule in rules])
        return over(session, tree, rules)

    monkeypatch.setattr(Session, "over", told)
    write({"a.yaml": bad("a")})
    commit(root)
    assert since("HEAD") == ([], "No new findings in 1 file, 1 bundle; 1 was there at HEAD")
    write({"a.yaml": SERVICE})
    assert since("HEAD") == ([], "No new findings in 1 file, 1 bundle")
    assert asked == [["node-port-out-of-range"]]


def test_what_is_silenced_in_vain_is_known_by_the_rules_that_find_nothing(root: Path) -> None:
    silenced = SERVICE.rstrip() + " # klint: ignore[node-port-out-of-range] because\n"
    write({"a.yaml": silenced})
    commit(root)
    write({"b.yaml": silenced})
    assert since("HEAD", "--select", "unused-ignore")[0] == ["b.yaml unused-ignore"]


def test_what_a_baseline_has_is_no_news_either(root: Path) -> None:
    write({"a.yaml": bad("a")})
    CliRunner().invoke(klint, ("baseline", *ONE, "--output", "known.yaml"))
    write({"b.yaml": bad("b")})
    commit(root)
    write({"c/a.yaml": bad("a"), "d.yaml": bad("d")})
    found, summary = since("HEAD", "--baseline", "known.yaml")
    assert found == ["c/a.yaml node-port-out-of-range", "d.yaml node-port-out-of-range"]
    assert summary == ("2 errors in 4 files, 2 bundles; 1 more is in the baseline; 1 more was there at HEAD"), (
        "a second one of a name that the baseline has once"
    )


def test_standard_input_is_compared_with_the_file_of_its_name(root: Path) -> None:
    write({"a.yaml": bad("a")})
    commit(root)
    assert since("HEAD", "--stdin-filename", "a.yaml", "-", stdin=bad("a"))[0] == []
    assert since("HEAD", "--stdin-filename", "a.yaml", "-", stdin=bad("b"))[0] == ["a.yaml node-port-out-of-range"]


def test_paths_are_those_of_the_run(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"deploy/a.yaml": bad("a"), "b.yaml": bad("b")})
    commit(root)
    write({"deploy/c.yaml": bad("c"), "d.yaml": bad("d")})
    assert since("HEAD", "deploy")[0] == ["deploy/c.yaml node-port-out-of-range"]
    monkeypatch.chdir("deploy")
    assert since("HEAD")[0] == ["c.yaml node-port-out-of-range"]


CHART = {
    "web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{name: dep, version: 1.0.0}]\n",
    "web/values.yaml": "dep: {port: 80}\n",
    "web/templates/service.yaml": bad("web"),
}
DEPENDENCY = {
    "web/charts/dep/Chart.yaml": "apiVersion: v2\nname: dep\nversion: 1.0.0\n",
    "web/charts/dep/templates/service.yaml": bad("dep").replace("nodePort: 80", "nodePort: {{ .Values.port }}"),
}


def test_charts_are_rendered_at_the_revision_with_the_dependencies_of_today(root: Path) -> None:
    """They are not in git, but for the fault in the values that feeds them."""
    write({**CHART, **DEPENDENCY, ".gitignore": "charts/\n"})
    commit(root, "x")
    git(root, "rm", "-q", "-r", "--cached", "web/charts")
    git(root, "commit", "-q", "--amend", "-m", "x")
    found, summary = since("HEAD")
    assert (found, "there at HEAD" in summary) == ([], True)
    write({"web/templates/other.yaml": bad("other")})
    assert since("HEAD")[0] == ["web/templates/other.yaml node-port-out-of-range"]


def test_a_submodule_is_compared_with_its_commit(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q", "--initial-branch=main")
    (other / "a.yaml").write_text(bad("a"))
    commit(other)
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "lib")
    commit(root)
    assert since("HEAD") == ([], "No new findings in 1 file, 1 bundle; 1 was there at HEAD")
    write({"lib/b.yaml": bad("b")})
    assert since("HEAD")[0] == ["lib/b.yaml node-port-out-of-range"]
    commit(root / "lib")
    assert since("HEAD")[0] == ["lib/b.yaml node-port-out-of-range"], "the commit that the revision names counts"
    commit(root)
    assert since("HEAD")[0] == []
    assert sorted(name for name, _ in RevisionTree(root, "HEAD").entries(root / "lib")) == ["a.yaml", "b.yaml"]


def test_worktrees_and_packed_refs(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"a.yaml": bad("a")})
    commit(root)
    git(root, "tag", "v1")
    git(root, "pack-refs", "--all")
    git(root, "gc", "-q")
    git(root, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    monkeypatch.chdir(tmp_path / "side")
    write({"b.yaml": bad("b")})
    assert since("v1")[0] == ["b.yaml node-port-out-of-range"]


@pytest.mark.usefixtures("root")
def test_before_the_first_commit_everything_is_new() -> None:
    write({"a.yaml": bad("a")})
    assert since("HEAD") == (["a.yaml node-port-out-of-range"], "1 error in 1 file, 1 bundle")
    assert since("main")[1].startswith("klint: --since: main: there is no such revision. ")


# What cannot be done


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write({"a.yaml": SERVICE})
    assert since("HEAD")[1] == (
        f"klint: --since: {tmp_path} is the root of no git repository. Run it within the repository"
    )


def test_no_such_revision(root: Path) -> None:
    write({"a.yaml": SERVICE})
    commit(root)
    assert since("origin/main")[1] == (
        "klint: --since: origin/main: there is no such revision. Fetch it with `git fetch`, or check its name"
    )
    for odd in ("", "-x", "a..b", "HEAD@{1}", ":/x"):
        assert since(odd)[1].startswith("klint: --since: "), odd


def test_histories_with_nothing_in_common(root: Path) -> None:
    write({"a.yaml": SERVICE})
    commit(root)
    git(root, "checkout", "-q", "--orphan", "other")
    commit(root, "other")
    assert since("main")[1].startswith("klint: --since: main: HEAD has no commit in common with it.")


def test_a_shallow_clone(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"a.yaml": SERVICE})
    for message in ("1", "2", "3"):
        commit(root, message)
    git(root, "checkout", "-q", "-b", "feature", "HEAD~1")
    commit(root, "4")
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", f"file://{root}", "clone")
    monkeypatch.chdir(tmp_path / "clone")
    assert since("origin/main")[1] == (
        "klint: --since: origin/main: where HEAD parts from it is not in this shallow clone. "
        "Fetch more of the history: git fetch --unshallow"
    )
    assert since("HEAD~1")[1].endswith("Fetch more of the history: git fetch --unshallow")
    assert since("HEAD")[0] == []


def test_a_partial_clone(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is as it was need not be in git. What has changed must be, or all of it would seem new."""
    write({"a.yaml": bad("a"), "b.yaml": bad("b")})
    commit(root)
    write({"a.yaml": bad("c")})
    commit(root)
    git(root, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{root}", "clone")
    monkeypatch.chdir(tmp_path / "clone")
    assert since("HEAD")[0] == []
    said = since("HEAD~1")[1]
    assert said.startswith("klint: --since: HEAD~1: not all of it can be read: ")
    assert said.endswith(", a partial clone: klint fetches nothing. Fetch what is missing: git fetch --refetch")


# Where histories part

Graph = Callable[[dict[str, tuple[str, ...]], int], dict[str, str]]


@pytest.fixture
def history(root: Path, monkeypatch: pytest.MonkeyPatch) -> Graph:
    """Commits by name, each with its parents, made in order; by name their names in git."""

    def make(commits: dict[str, tuple[str, ...]], minutes: int) -> dict[str, str]:
        tree = git(root, "write-tree").decode().strip()
        made: dict[str, str] = {}
        for number, (name, parents) in enumerate(commits.items()):
            options = [word for parent in parents for word in ("-p", made[parent])]
            monkeypatch.setitem(ENVIRONMENT, "GIT_COMMITTER_DATE", f"2026-01-01T00:{number * minutes:02}:00Z")
            made[name] = git(root, "commit-tree", tree, *options, "-m", name).decode().strip()
            git(root, "update-ref", f"refs/heads/{name}", made[name])
        return made

    return make


HISTORIES = {
    "straight": {"a": (), "b": ("a",), "c": ("b",)},
    "fork": {"a": (), "b": ("a",), "c": ("a",), "d": ("b",)},
    "merged": {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ("c",)},
    "long and short": {"a": (), "b": ("a",), "c": ("b",), "d": ("c",), "e": ("a",), "f": ("d", "e"), "g": ("e",)},
    "two roots": {"a": (), "b": (), "c": ("a", "b"), "d": ("b",)},
    "apart": {"a": (), "b": ()},
}


@pytest.mark.parametrize("minutes", [0, 1])
@pytest.mark.parametrize("commits", HISTORIES.values(), ids=HISTORIES)
def test_histories_part_where_git_says(
    root: Path, history: Graph, commits: dict[str, tuple[str, ...]], minutes: int
) -> None:
    made = history(commits, minutes)
    for ours in made:
        git(root, "symbolic-ref", "HEAD", f"refs/heads/{ours}")
        for theirs in made:
            try:
                found = Repository(root).merge_base(theirs)
            except RevisionError:
                found = ""
            bases = git(root, "merge-base", "--all", ours, theirs).split() if shares(commits, ours, theirs) else [b""]
            assert found.encode() in bases, (ours, theirs)


def shares(commits: dict[str, tuple[str, ...]], *names: str) -> bool:
    """Whether two commits have one in common."""

    def above(name: str) -> set[str]:
        return {name}.union(*(above(parent) for parent in commits[name]))

    return not above(names[0]).isdisjoint(above(names[1]))


def test_names_for_a_shell_to_complete(root: Path) -> None:
    write({"a.yaml": SERVICE})
    commit(root)
    git(root, "tag", "v1")
    git(root, "branch", "feature/x")
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(root, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    for pack in ("no", "yes"):
        if pack == "yes":
            git(root, "pack-refs", "--all")
        assert Repository(root).names() == ["feature/x", "main", "origin/main", "v1"]

"""The pre-commit hooks, run by pre-commit in repositories of their own."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import manifests
from tests.manifests import DEPLOYMENT, SERVICE

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("klint", "rules", "pyproject.toml", "README.md", "LICENSE", "docs", ".pre-commit-hooks.yaml")

INGRESS = f"""{manifests.INGRESS}\
  tls:
    - hosts: [web.example.com]
      secretName: web-tls
"""

CAUGHT = r"(?m)^ingress\.yaml:15:23: (warning|error): Service web, a backend of Ingress web, .* \[dangling-backend\]$"

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="pre-commit needs git")


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=300)


def git(folder: Path, *arguments: str) -> str:
    result = run("git", *arguments, cwd=folder, env=environment())
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def environment() -> dict[str, str]:
    """Nothing of the repository that the tests run in, nor of a hook that runs them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTHON"))}
    who = {f"GIT_{role}_{key}": "test@example.com" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    return {**kept, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def commit_all(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-verify", "--message", "All of it")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A repository with klint's sources and hooks as they are here, and its commit."""
    folder = tmp_path_factory.mktemp("klint")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    git(folder, "init", "--quiet")
    return folder, commit_all(folder)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps what it installs; one for all tests, so that klint is installed once."""
    folder = tmp_path_factory.mktemp("index")
    probe = run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, "click", cwd=folder)
    if probe.returncode != 0:
        pytest.skip(
            f"pre-commit installs klint, and the package index cannot be reached: {probe.stderr.strip()[-200:]}"
        )
    return tmp_path_factory.mktemp("pre-commit")


Project = Callable[[str], Path]


@pytest.fixture
def project(hooks: tuple[Path, str], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A repository of manifests with one of klint's hooks installed: `project("klint")`."""
    monkeypatch.setenv("PRE_COMMIT_HOME", str(home))

    def make(hook: str) -> Path:
        repository, revision = hooks
        files = {
            ".pre-commit-config.yaml": f"repos: [{{repo: '{repository}', rev: {revision}, hooks: [{{id: {hook}}}]}}]\n",
            "service.yaml": SERVICE,
            "deployment.yaml": DEPLOYMENT,
            "ingress.yaml": INGRESS,
        }
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        git(tmp_path, "init", "--quiet")
        commit_all(tmp_path)
        installed = run(sys.executable, "-m", "pre_commit", "install", cwd=tmp_path, env=environment())
        assert installed.returncode == 0, installed.stdout
        return tmp_path

    return make


def commit(folder: Path, file: str, text: str) -> subprocess.CompletedProcess[str]:
    """Change one file and commit it, through the hooks."""
    (folder / file).write_text(text)
    git(folder, "add", file)
    return run("git", "commit", "--message", f"Change {file}", cwd=folder, env=environment())


def test_the_manifest_of_the_hooks_is_one() -> None:
    result = run(sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml", cwd=ROOT)
    assert result.returncode == 0, result.stdout


def test_our_own_hooks_need_nothing_from_elsewhere() -> None:
    result = run(sys.executable, "-m", "pre_commit", "validate-config", ".pre-commit-config.yaml", cwd=ROOT)
    assert result.returncode == 0, result.stdout
    repositories = [line for line in (ROOT / ".pre-commit-config.yaml").read_text().splitlines() if "repo:" in line]
    assert repositories == ["  - repo: local"]


def test_a_renamed_service_is_caught_at_the_ingress_that_is_not_in_the_commit(project: Project) -> None:
    folder = project("klint")
    fine = commit(folder, "deployment.yaml", DEPLOYMENT.replace("1.0", "1.1"))
    assert fine.returncode == 0, fine.stdout + fine.stderr
    assert git(folder, "log", "-1", "--format=%s") == "Change deployment.yaml"

    renamed = commit(folder, "service.yaml", SERVICE.replace("name: web", "name: storefront"))
    assert renamed.returncode == 1
    assert re.search(CAUGHT, renamed.stderr), renamed.stderr
    assert git(folder, "log", "-1", "--format=%s") == "Change deployment.yaml"

    git(folder, "add", "service.yaml")
    both = commit(
        folder,
        "ingress.yaml",
        INGRESS.replace("name: web\n                port", "name: storefront\n                port"),
    )
    assert both.returncode == 0, both.stderr


def test_a_report_on_what_the_commit_concerns(project: Project) -> None:
    folder = project("klint-changed")
    (folder / "other.yaml").write_text(SERVICE.replace("name: web", "name: other").replace("app: web", "app: gone"))
    commit_all(folder)
    fine = commit(folder, "deployment.yaml", DEPLOYMENT.replace("1.0", "1.1"))
    assert fine.returncode == 0, fine.stderr

    renamed = commit(folder, "service.yaml", SERVICE.replace("name: web", "name: web-svc"))
    assert renamed.returncode == 1
    assert re.search(CAUGHT, renamed.stderr), renamed.stderr
    assert "other.yaml" not in renamed.stderr


def test_a_report_on_what_the_commit_brings_in(project: Project) -> None:
    folder = project("klint-new")
    (folder / "other.yaml").write_text(INGRESS.replace("name: web", "name: other"))
    commit_all(folder)
    fine = commit(folder, "deployment.yaml", DEPLOYMENT.replace("1.0", "1.1"))
    assert fine.returncode == 0, fine.stderr

    renamed = commit(folder, "service.yaml", SERVICE.replace("name: web", "name: web-svc"))
    assert renamed.returncode == 1
    assert re.search(CAUGHT, renamed.stderr), renamed.stderr
    assert "other.yaml" not in renamed.stderr

"""What is in the packages that people install, and that it works from there."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def build(source: Path, destination: Path, kind: str) -> Path:
    subprocess.run(
        [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", destination, source],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (built,) = destination.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def cases_in(sources: Path) -> tuple[str, ...]:
    return tuple(sorted(file.relative_to(sources).as_posix() for file in sources.glob("rules/*/*/cases.txt")))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The files in the wheel."""
    return names_in(wheel)


def test_every_rule_is_in_the_wheel_with_its_page(names: set[str]) -> None:
    folders = [file.parent for file in (ROOT / "rules").glob("*/*/rule.py")]
    assert len(folders) > 10
    for folder in folders:
        inside = "klint/rules/" + folder.relative_to(ROOT / "rules").as_posix()
        assert {f"{inside}/rule.py", f"{inside}/README.md"} <= names


def test_the_cases_of_rules_are_not_in_the_wheel(names: set[str]) -> None:
    assert not [name for name in names if name.endswith(".txt") and name.startswith("klint/rules/")]


def test_everything_of_the_engine_is_in_the_wheel(names: set[str]) -> None:
    files = {file.relative_to(ROOT).as_posix() for file in (ROOT / "klint").rglob("*") if file.is_file()}
    wanted = {name for name in files if "__pycache__" not in name}
    assert {"klint/config/schema.json", "klint/py.typed", "klint/cli/check.py"} <= wanted
    assert wanted <= names


def test_nothing_else_is_in_the_wheel(names: set[str], wheel: Path) -> None:
    distribution = "-".join(wheel.name.split("-")[:2])
    assert {name.partition("/")[0] for name in names} == {"klint", f"{distribution}.dist-info", f"{distribution}.data"}
    assert [name for name in names if ".data/" in name] == [f"{distribution}.data/data/share/man/man1/klint.1"]
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_the_wheel_brings_the_command_and_the_licence(wheel: Path) -> None:
    information = "-".join(wheel.name.split("-")[:2]) + ".dist-info"
    assert information.startswith("klint_k8s-")
    with zipfile.ZipFile(wheel) as archive:
        scripts = b"[console_scripts]\nklint = klint.cli:main\nklint-k8s = klint.cli:main\n"
        assert scripts in archive.read(f"{information}/entry_points.txt")
        assert archive.read(f"{information}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
        assert b"License-Expression: Apache-2.0\n" in archive.read(f"{information}/METADATA")


def test_klint_works_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(wheel, tmp_path / "site", "zip")
    others = [path for path in sys.path if path and Path(path).resolve() != ROOT]

    def klint(*arguments: str, sources: Path) -> str:
        result = subprocess.run(
            [sys.executable, "-S", "-c", "from klint.cli import main; main()", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(sources), *others])},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert result.stderr == ""
        return result.stdout

    rules = klint("rules", sources=tmp_path / "site")
    assert "node-port-out-of-range" in rules
    assert rules == klint("rules", sources=ROOT)
    (tmp_path / ".klint.yaml").write_text("ignore: [node-port-collision]\n")
    (tmp_path / "web.yaml").write_text(
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
        "spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 8080}]}\n"
    )
    assert "node-port-out-of-range" in klint("check", sources=tmp_path / "site")
    assert str(tmp_path / "site" / "klint" / "rules") in klint("rules", "--output", "json", sources=tmp_path / "site")


def test_the_source_package_builds_the_same_wheel(names: set[str], tmp_path: Path) -> None:
    with tarfile.open(build(ROOT, tmp_path / "sdist", "sdist")) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(tmp_path / "sources")  # noqa: S202
    (sources,) = (tmp_path / "sources").iterdir()
    assert {
        "README.md",
        "CONTRIBUTING.md",
        "tests",
        "benchmarks",
        "docs",
        "example",
        ".ci",
        ".pre-commit-hooks.yaml",
    } <= {path.name for path in sources.iterdir()}
    assert cases_in(sources) == cases_in(ROOT) != ()
    rebuilt = build(sources, tmp_path / "wheel", "wheel")
    assert names_in(rebuilt) == names

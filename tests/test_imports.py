"""What a run may import, so that a small one starts fast. Who may import whom is in test_architecture.py."""

import ast
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import klint
from tests.manifests import DEPLOYMENT, INGRESS, SERVICE

PACKAGE = Path(klint.__file__).parent
RULES = PACKAGE / "rules" if (PACKAGE / "rules").is_dir() else PACKAGE.parent / "rules"

CLEAN = f"{SERVICE}---\n{DEPLOYMENT}"

MOST_MODULES = 195
"""How many modules of klint, rules apart, a run may import that follows an Ingress to its pods: it imports some 192."""

SLOWEST = 11
"""How many times as long as an interpreter that does nothing, not even importing `site`, a small run may take. It takes
some 8; the rest is for machines that are busy."""


def name_of(file: Path) -> str:
    """`klint.kube.service`, by its file."""
    return ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(file): file for file in sorted(PACKAGE.rglob("*.py")) if RULES not in file.parents}


def belongs(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def test_klint_itself_is_imported_for_its_version_only() -> None:
    for module, file in MODULES.items():
        names = {
            alias.name
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module == "klint"
            for alias in node.names
        }
        assert {name for name in names if f"klint.{name}" not in MODULES} <= {"__version__"}, module


def test_the_public_names() -> None:
    assert sorted(name for names in klint._MODULES.values() for name in names) == sorted(klint.__all__)
    typed = next(node for node in ast.parse(Path(klint.__file__).read_text("utf-8")).body if isinstance(node, ast.If))
    assert {
        (node.module, alias.name) for node in typed.body if isinstance(node, ast.ImportFrom) for alias in node.names
    } == {(module, name) for module, names in klint._MODULES.items() for name in names}
    for name in klint.__all__:
        assert getattr(klint, name).__name__ == name or name == "Path"
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        klint.nothing  # noqa: B018


# What a run imports


def environment() -> dict[str, str]:
    """So that nothing is imported but what klint asks for, and byte code is kept."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_"))}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def run_klint(*arguments: str) -> list[str]:
    """The command that runs klint without what the machine's `site` adds to every interpreter."""
    return [sys.executable, "-S", "-c", "from klint.cli import main; main()", *arguments]


def modules_after(folder: Path, *arguments: str, status: int = 0) -> set[str]:
    """What a run of klint has imported in the end."""
    program = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
    command = run_klint(*arguments)
    command[3] = program + command[3]
    result = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert result.returncode == status, result.stderr
    return set(result.stderr.split())


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    (tmp_path / "web.yaml").write_text(CLEAN)
    return tmp_path


def packages(modules: set[str]) -> set[str]:
    """The packages that are neither Python's nor klint's."""
    return {module.partition(".")[0] for module in modules} - {*sys.stdlib_module_names, "__main__", "klint"}


@pytest.mark.parametrize("flags", [(), ("--isolated", "--no-cache", "--quiet")], ids=["plain", "flags"])
def test_what_a_clean_file_may_import(clean: Path, flags: tuple[str, ...]) -> None:
    modules = modules_after(clean, "check", *flags, "web.yaml")
    assert {name for name in packages(modules) if not name.startswith("_")} == {"yaml_rs"}
    assert {name for name in modules if belongs(name, "klint.cli")} == {
        "klint.cli",
        "klint.cli.checking",
        "klint.cli.opening",
        "klint.cli.terminal",
    }
    assert {name for name in modules if belongs(name, "klint.render")} <= {"klint.render", "klint.workspace.rendering"}
    assert {name for name in modules if belongs(name, "klint.report")} <= {
        "klint.report",
        "klint.report.escape",
        "klint.report.frame",
        "klint.report.pen",
        "klint.report.text",
        "klint.report.words",
    }
    for costly in (
        "klint.config.schema",
        "klint.exposure.scripts",
        "klint.workspace.scripts",
        "klint.testing",
        "asyncio",
        "concurrent",
        "datetime",
        "difflib",
        "email",
        "hashlib",
        "importlib.metadata",
        "importlib.resources",
        "inspect",
        "logging",
        "socket",
        "subprocess",
        "tempfile",
        "traceback",
        "zipfile",
    ):
        assert costly not in modules


def test_what_a_finding_may_import(clean: Path) -> None:
    (clean / "web.yaml").write_text(f"{CLEAN}---\n{INGRESS}")
    modules = modules_after(clean, "check", "web.yaml", status=1)
    assert {name for name in packages(modules) if not name.startswith("_")} == {"yaml_rs"}
    assert "klint.text.yaml.composing" not in modules
    assert len([name for name in modules if belongs(name, "klint") and not belongs(name, "klint.rules")]) < MOST_MODULES


def test_annotations_are_not_compiled_on_import(clean: Path) -> None:
    """As `typing` does with some that are text: the first time, Python makes all that there is to its grammar."""
    command = run_klint("check", "web.yaml")
    command[3] = f"import builtins; del builtins.compile; {command[3]}"
    result = subprocess.run(command, cwd=clean, env=environment(), capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_modules_are_found_by_their_names(clean: Path) -> None:
    command = run_klint("check", "web.yaml")
    command[3] = f"""
import sys
from importlib.machinery import PathFinder
find = PathFinder.find_spec
PathFinder.find_spec = lambda name, *args: print(name, file=sys.stderr) or find(name, *args)
{command[3]}"""
    result = subprocess.run(command, cwd=clean, env=environment(), capture_output=True, text=True, check=True)
    looked_for = {name for name in result.stderr.split() if belongs(name, "klint")}
    assert looked_for == {"klint", "klint.cli", "klint.importing"}


def test_rules_are_loaded_that_have_something_to_look_at(clean: Path) -> None:
    modules = {name.removeprefix("klint.rules.") for name in modules_after(clean, "check", "web.yaml")}
    assert {"distribution.invalid_service", "workload.admission_refuses_pod", "klint.syntax_error"} <= modules
    assert modules.isdisjoint(
        {
            "entry.plaintext_entry",
            "entry.side_door",
            "routing.dangling_backend",
            "routing.duplicate_route",
            "routing.invalid_ingress",
            "routing.invalid_listener",
            "scripts.public_tunnel",
            "workload.policy_open_to_world",
        }
    )


@pytest.mark.parametrize("arguments", [("--version",), ("--help",)])
def test_help_does_not_import_the_engine(clean: Path, arguments: tuple[str, ...]) -> None:
    modules = modules_after(clean, *arguments)
    assert packages(modules) == {"click"}
    assert {name for name in modules if belongs(name, "klint")} == {
        "klint",
        "klint.cli",
        "klint.cli.commands",
        "klint.importing",
    }


def test_explain_does_not_read_manifests(clean: Path) -> None:
    modules = modules_after(clean, "explain", "node-port-out-of-range")
    assert packages(modules) <= {"click"}
    assert "klint.engine" not in {name for name in modules if not belongs(name, "klint.rules")}


def test_a_configuration_that_is_right_needs_no_validator(clean: Path) -> None:
    text = "exclude: [vendor/]\ntargets:\n  - path: prod/\n    environment: production\nignore: [scripts]\n"
    (clean / ".klint.yaml").write_text(text)
    modules = modules_after(clean, "check", "web.yaml")
    assert {name for name in packages(modules) if not name.startswith("_")} == {"yaml_rs"}
    assert modules.isdisjoint(("datetime", "json"))


@pytest.mark.parametrize(
    ("text", "where"), [("from dataclasses import", "records.py"), ("from enum import Enum", "enums.py")]
)
def test_every_dataclass_is_a_record_and_every_enumeration_one_of_klints(text: str, where: str) -> None:
    for root in (PACKAGE, RULES):
        for file in sorted(root.rglob("*.py")):
            if file.name != where:
                assert text not in file.read_text("utf-8"), f"{file}: klint/{where} has it"


# How long it takes


def processor_time(command: list[str], folder: Path) -> float:
    """Seconds. The processor's time is what a run takes on a machine that does nothing else."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("arguments", [("check", "web.yaml"), ("--version",), ("--help",)])
def test_a_small_run_starts_fast(clean: Path, arguments: tuple[str, ...]) -> None:
    nothing = [sys.executable, "-I", "-S", "-c", "pass"]
    processor_time(run_klint(*arguments), clean)  # compiles
    idle, run = [], []
    for _ in range(40):  # the least of some runs, and of more on a machine that is busy
        idle.append(processor_time(nothing, clean))
        run.append(processor_time(run_klint(*arguments), clean))
        if len(run) >= 5 and min(run) < SLOWEST * min(idle):
            return
    pytest.fail(f"{min(run):.3f} s, {min(run) / min(idle):.1f} times an interpreter that does nothing")

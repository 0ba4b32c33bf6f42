"""A manifest means the same in every style: the examples of all rules, written as block, KYAML and JSON."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from klint import Place
from klint.engine import Report
from klint.registry import Rule, load_rules
from klint.testing import Example, examples_in, lint_example
from klint.text import yaml
from klint.text.reading import read_documents
from klint.text.source import Source

# Styles


def as_json(data: Any) -> str:
    return json.dumps(data, indent=2) + "\n"


def as_kyaml(data: Any) -> str:
    return f"---\n{flow(data, 0)}\n"


def flow(data: Any, indent: int) -> str:
    """Flow style as kubectl prints it: strings in double quotes, keys without where they need none."""
    inner = "  " * (indent + 1)
    if isinstance(data, dict) and data:
        lines = [f"{inner}{key(name)}: {flow(value, indent + 1)},\n" for name, value in data.items()]
        return "{\n" + "".join(lines) + "  " * indent + "}"
    if isinstance(data, list) and data and all(isinstance(item, dict) and item for item in data):
        return "[" + ", ".join(flow(item, indent) for item in data) + "]"
    if isinstance(data, list) and data:
        return "[\n" + "".join(f"{inner}{flow(item, indent + 1)},\n" for item in data) + "  " * indent + "]"
    return json.dumps(data, ensure_ascii=False)


def as_block(data: Any) -> str:
    return block(data, 0).lstrip("\n") + "\n"


def block(data: Any, indent: int) -> str:
    """Block style, from the line break or space after `key:` on; text of several lines as such."""
    start = "\n" + "  " * indent
    if isinstance(data, dict) and data:
        return "".join(f"{start}{key(name)}:{block(value, indent + 1)}" for name, value in data.items())
    if isinstance(data, list) and data:
        return "".join(f"{start}- {block(item, indent + 1).lstrip()}" for item in data)
    if isinstance(data, str) and re.fullmatch(r"(?:\S[^\n]*\n)+", data) and data.isprintable() is False:
        return " |" + "".join(f"{start}{line}" for line in data.splitlines())
    return " " + (data if is_plain(data) else json.dumps(data, ensure_ascii=False))


def key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z][\w./-]*", name) and is_plain(name) else json.dumps(name)


def is_plain(data: Any) -> bool:
    return (
        isinstance(data, str)
        and re.fullmatch(r"[A-Za-z0-9/][\w./ -]*\w", data) is not None
        and yaml.resolve(data) == data
    )


STYLES: dict[str, Callable[[Any], str]] = {"block": as_block, "KYAML": as_kyaml, "JSON": as_json}


def restyled(text: str, style: Callable[[Any], str]) -> str:
    documents = [style(document.data) for document in read_documents(Source("a.yaml", text))]
    return (
        documents[0]
        if len(documents) == 1
        else "".join(f"---\n{item.removeprefix('---' + chr(10))}" for item in documents)
    )


# Examples


def is_manifest(name: str) -> bool:
    """Whether an example's file holds manifests rather than klint's configuration or something else."""
    return name.endswith((".yaml", ".yml", ".json")) and not name.startswith(".")


def is_about_text(example: Example) -> bool:
    """Whether an example is about how its manifests are written: some do not parse, or comments say something to klint.

    Then there is nothing to write in another style.
    """
    texts = [text for name, text in example.files.items() if is_manifest(name)]
    documents = [document for text in texts for document in read_documents(Source("a.yaml", text))]
    return not texts or any(document.problems for document in documents) or any("klint:" in text for text in texts)


def is_rendered(example: Example) -> bool:
    """Whether Kustomize or Helm makes something else of the manifests before a rule sees them."""
    return any(name.rpartition("/")[2] in ("kustomization.yaml", "Chart.yaml") for name in example.files)


def rule_examples(rule: Rule) -> Iterator[tuple[str, Example, list[str]]]:
    """Each example on a rule's page and each case beside it; of those that are rendered, only klint's own.

    The first example of a rule is written in every style, each other one in the next of them.
    """
    for number, example in enumerate(examples_in(rule.folder), 1):
        if not is_about_text(example) and (rule.layer == "klint" or not is_rendered(example)):
            styles = list(STYLES) if number == 1 else [list(STYLES)[number % len(STYLES)]]
            yield f"{number}: {example.heading}", example, styles


def stands_on(at: Place) -> Any:
    """The value or key that a place's span covers, as data; None for a collection that no key names, and for null."""
    span, data = at.span, at.document.data
    name: Any = None
    step: Any
    for step in at.path:
        if not (isinstance(data, dict) and step in data) and not (isinstance(data, list) and step in range(len(data))):
            break
        data, name = data[step], step
    if data is None or (isinstance(data, dict | list) and not isinstance(name, str)):
        return None
    text = span.source.line(span.line)[span.column - 1 : span.end_column - 1]
    says_nothing_alone = text.startswith(("|", "*"))
    covered = data if says_nothing_alone else yaml.load(text)[0]
    assert covered == name if isinstance(data, dict | list) else covered == data
    return covered


def said(report: Report) -> list[tuple[Any, ...]]:
    """What a report says, with what its findings stand on, in an order that no style changes."""
    assert report.failures == ()
    return sorted(
        (
            finding.rule,
            str(finding.severity),
            finding.message,
            finding.span.file,
            finding.at.path,
            repr(stands_on(finding.at)),
        )
        for finding in report.findings
        if isinstance(finding.at, Place)
    )


RULES = [rule for rule in load_rules()[0] if rule.is_built_in]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_style_gets_the_same_findings(rule: Rule) -> None:
    for title, example, styles in rule_examples(rule):
        report = lint_example(example, rule)
        if not all(isinstance(finding.at, Place) for finding in report.findings):
            continue  # these findings stand inside a text
        expected = said(report)
        for name in styles:
            style = STYLES[name]
            files = {file: restyled(text, style) if is_manifest(file) else text for file, text in example.files.items()}
            assert said(lint_example(replace(example, files=files), rule)) == expected, (title, name)


def test_styles_keep_the_data() -> None:
    data = {
        "a": "text", "b": ["x", 1, 1.5, True, None, [], {}, ["y"]],
        "c": {"8080": "yes", "y": "0777", "é 😀": "a: b # c"},
        "d": [{"a": "b", "c": [{"d": "e"}]}, {"f": ""}], "e": "one\ntwo\n", "f": "one\n two\n\n", "g": "- x",
    }  # fmt: skip
    for style in STYLES.values():
        (document,) = read_documents(Source("a.yaml", style(data)))
        assert document.data == data
        assert document.root is not None
        assert document.root.data == data
    assert as_block(data) != as_kyaml(data) != as_json(data)


def test_most_rules_are_tested() -> None:
    untested = {rule.layer for rule in RULES if not any(rule_examples(rule))}
    assert untested <= {"klint", "scripts"}

"""How a rule's page is read: what makes an example, and which rules it is linted with."""

from pathlib import Path
from textwrap import dedent

import pytest

from klint.registry import load_rules
from klint.testing import Example, check_page, examples, lint_example, printed

SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports: [{port: 80}]\n"


def parts(page: str) -> list[tuple[str, tuple[str, ...], str, tuple[str, ...]]]:
    """Heading, names of files, expected output and further rules of each example."""
    return [(item.heading, tuple(item.files), item.expected, item.others) for item in examples(dedent(page))]


def test_blocks_with_names_make_one_example() -> None:
    page = """\
        # a-rule
        ## Bad
        `a.yaml`:
        ```yaml
        a: 1
        ```
        `b/c.json`:
        ```json
        {}
        ```
        ```console
        a.yaml:1:1: error
        ```
        ## Good
        ```yaml
        b: 1
        ```
    """
    assert parts(page) == [
        ("Bad", ("a.yaml", "b/c.json"), "a.yaml:1:1: error\n", ()),
        ("Good", ("manifest.yaml",), "", ()),
    ]


def test_a_comment_names_rules_for_the_next_example_only() -> None:
    page = """\
        ## Bad
        <!-- with: one, other-rule -->
        ```yaml
        a: 1
        ```
        ```console
        ```
        ```yaml
        b: 1
        ```
        <!-- with: third -->
        ```yaml
        c: 1
        ```
        ## Good
        ```yaml
        d: 1
        ```
    """
    assert [(list(files), others) for _, files, _, others in parts(page)] == [
        (["manifest.yaml"], ("one", "other-rule")),
        (["manifest.yaml"], ()),
        (["manifest.yaml"], ("third",)),
        (["manifest.yaml"], ()),
    ]


def test_named_rules_run_beside_the_pages_own() -> None:
    rules = {item.name: item for item in load_rules()[0]}
    text = SERVICE.replace("port: 80", "port: 80, nodePort: 8080").replace("spec:", "spec:\n  type: NodePort")
    files = {"web.yaml": text + "  # klint: ignore[syntax-error]\n"}
    alone = printed(lint_example(Example(files), rules["unused-ignore"]))
    assert alone == ""
    beside = Example(files, others=("syntax-error", "node-port-out-of-range"))
    assert [line.rpartition(" ")[2] for line in printed(lint_example(beside, rules["unused-ignore"])).splitlines()] == [
        "[node-port-out-of-range]",
        "[unused-ignore]",
    ]


def test_rules_that_do_not_exist_are_an_error() -> None:
    rule = load_rules()[0][0]
    with pytest.raises(AssertionError, match="no-such-rule"):
        lint_example(Example({"a.yaml": "a: 1\n"}, others=("no-such-rule",)), rule)


RULE = '''\
"""A Service, any Service."""

from collections.abc import Iterator

from klint import Finding, Graph, rule


@rule(severity="error")
def any_service(graph: Graph) -> Iterator[Finding]:
    for service in graph.services:
        yield Finding(f"{service} is one", at=service.place)
'''

PAGE = f"""\
# any-service

## Bad

```yaml
{SERVICE}```

```console
```

## Good

```yaml
a: 1
```
"""
SAID = "manifest.yaml:4:9: error: Service web is one [any-service]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "entry" / "any_service"
    path.mkdir(parents=True)
    (path / "rule.py").write_text(RULE)
    (path / "README.md").write_text(PAGE)
    return path


def test_a_page_that_says_something_else_fails(folder: Path) -> None:
    with pytest.raises(AssertionError, match="Service web is one"):
        check_page(folder, update=False)
    assert (folder / "README.md").read_text() == PAGE


def test_update_writes_what_klint_prints(folder: Path) -> None:
    check_page(folder, update=True)
    assert (folder / "README.md").read_text() == PAGE.replace("```console\n", f"```console\n{SAID}")
    check_page(folder, update=False)


def test_update_does_not_hide_a_finding_in_a_good_example(folder: Path) -> None:
    (folder / "README.md").write_text(PAGE.replace("a: 1\n", SERVICE))
    with pytest.raises(AssertionError, match="Good"):
        check_page(folder, update=True)


def test_a_page_without_examples_fails(folder: Path) -> None:
    (folder / "README.md").write_text("# any-service\n")
    with pytest.raises(AssertionError, match="has no example"):
        check_page(folder)

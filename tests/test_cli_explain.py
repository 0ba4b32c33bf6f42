"""klint explain and klint rules: what rules there are, and their pages in a terminal."""

import json
import re
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from klint.cli.commands import klint
from klint.cli.markdown import to_terminal
from klint.registry import load_rules

RULES, _ = load_rules()

RULE = '''\
"""A Service."""

from collections.abc import Iterator

from klint import Finding, Graph, rule


@rule(severity={"production": "error", "staging": "error", "local": None}, otherwise="warning")
def a_service(graph: Graph, *, spared: tuple[str, ...] = ("web",), most: int = 3) -> Iterator[Finding]:
    yield from ()
'''
PAGE = """\
# a-service

It is there.

## Why

Because.
"""


@pytest.fixture
def pack(tmp_path: Path) -> str:
    folder = tmp_path / "pack" / "names" / "a_service"
    folder.mkdir(parents=True)
    (folder / "rule.py").write_text(RULE)
    (folder / "README.md").write_text(PAGE)
    return str(tmp_path / "pack")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(klint, arguments, catch_exceptions=False)


# explain


@pytest.mark.parametrize("name", [rule.name for rule in RULES])
def test_every_page_reads_well_in_a_terminal(name: str) -> None:
    result = run("explain", name)
    assert result.exit_code == 0
    text = result.stdout
    rule = next(rule for rule in RULES if rule.name == name)
    assert text.startswith(f"{name}\n\nLayer {rule.layer}; severity ")
    for _, code in re.findall(r"^(`{3,})[^\n]*\n(.*?)^\1", rule.page, re.MULTILINE | re.DOTALL):
        assert "".join(f"    {line}".rstrip() + "\n" for line in code.splitlines()) in text
    prose = [line for line in text.splitlines() if not line.startswith(("    ", "|"))]
    assert not [line for line in prose if line.startswith(("#", "```")) or "](" in line]
    assert max(len(line) for line in prose if "://" not in line) <= 100


def test_a_page_of_a_pack(pack: str) -> None:
    assert run("explain", "a-service", "--rules", pack).stdout == dedent("""\
        a-service

        Layer names; severity error (production staging), off (local), warning.

        It is there.

        WHY

        Because.
        """)


def test_a_rule_without_a_page_has_its_summary(pack: str) -> None:
    (Path(pack) / "names" / "a_service" / "README.md").unlink()
    assert run("explain", "a-service", "--rules", pack).stdout.endswith("warning.\n\nA Service.\n")


def test_a_page_as_json(pack: str) -> None:
    assert json.loads(run("explain", "a-service", "--rules", pack, "--output", "json").stdout) == {
        "name": "a-service",
        "layer": "names",
        "severity": {"production": "error", "staging": "error", "local": None, "otherwise": "warning"},
        "summary": "A Service.",
        "has_fix": False,
        "options": [
            {"name": "spared", "type": "tuple[str, ...]", "default": ["web"]},
            {"name": "most", "type": "int", "default": 3},
        ],
        "pack": "rules0",
        "folder": f"{pack}/names/a_service",
        "page": PAGE,
    }


def test_the_nearest_name_is_said_when_there_is_no_such_rule() -> None:
    result = run("explain", "node-port-out-range")
    assert result.stderr == ("klint: There is no rule 'node-port-out-range'. Did you mean 'node-port-out-of-range'?\n")
    assert (result.stdout, result.exit_code) == ("", 2)


def test_a_name_that_is_like_no_other() -> None:
    message = run("explain", "zzz").stderr
    assert message.startswith("klint: There is no rule 'zzz'. ")
    assert "Did you mean" not in message


# Markdown


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# Title\n\n## Why not\n", "Title\n\nWHY NOT\n"),
        ("One two three four five six.\nSeven.\n", "One two three four\nfive six. Seven.\n"),
        ("- one\n- two three four five six\n", "- one\n- two three four five\n  six\n"),
        ("1. one\n2. two\n", "1. one\n2. two\n"),
        ("Text\n- item\n\nText\n", "Text\n\n- item\n\nText\n"),
        ("```yaml\na: 1\n\nb: a very long line that is not wrapped\n```\n",
         "    a: 1\n\n    b: a very long line that is not wrapped\n"),
        ("````\n```\n# a\n```\n````\nText\n", "    ```\n    # a\n    ```\n\nText\n"),
        ("| a | b |\n|---|---|\n| a cell that is long | c |\n", "| a | b |\n|---|---|\n| a cell that is long | c |\n"),
        ("See [it](https://a.io/b).\n", "See it\n<https://a.io/b>.\n"),
        ("See [it](../other.md).\n", "See it.\n"),
        ("Say `a b` and **this**.\n", "Say `a b` and this.\n"),
        ("", ""),
    ],
)  # fmt: skip
def test_markdown_as_text(markdown: str, text: str) -> None:
    assert to_terminal(markdown, is_colored=False, width=22) == text


def test_markdown_in_colour_says_the_same() -> None:
    markdown = "# Title\n\nSay `a b` and **this**.\n\n```\n`code`\n```\n"
    colored = to_terminal(markdown, is_colored=True, width=80)
    assert "\x1b[1mTitle\x1b[0m\n" in colored
    assert "\x1b[36ma b\x1b[0m" in colored
    assert re.sub(r"\x1b\[\d+m", "", colored) == "Title\n\nSay a b and this.\n\n    `code`\n"


# rules


def test_every_rule_is_listed_in_its_layer() -> None:
    result = run("rules")
    assert result.exit_code == 0
    listed = {}
    for block in result.stdout.split("\n\n"):
        layer, *lines = block.splitlines()
        listed.update({line.split()[0]: layer for line in lines})
    assert listed == {rule.name: rule.layer for rule in RULES}
    assert len(listed) == len(RULES) > 0


def test_a_rule_is_listed_with_its_severities_and_summary(pack: str) -> None:
    lines = run("rules", "--rules", pack).stdout.splitlines()
    line = next(line for line in lines if line.startswith("  a-service "))
    assert line.split(maxsplit=1)[1].startswith("error (production staging), off (local), warning")
    assert line.endswith("  A Service.")


def test_rules_say_whether_they_have_fixes() -> None:
    lines = {line.split()[0]: line.split()[1] for line in run("rules").stdout.splitlines() if line.startswith("  ")}
    told = {rule["name"]: rule["has_fix"] for rule in json.loads(run("rules", "--output", "json").stdout)}
    assert {name for name, word in lines.items() if word == "fix"} == {
        name for name, has_fix in told.items() if has_fix
    }
    for rule in RULES:
        examples = rule.page + (rule.folder / "cases.txt").read_text("utf-8")
        shows_fix = "\n```diff\n" in examples or "\n+++++ " in examples
        # What undeclared-exposure offers is for a person to look at, and never made.
        assert told[rule.name] == (shows_fix or rule.name == "undeclared-exposure"), rule.name


def test_layers_are_in_the_order_that_requests_meet_them(pack: str) -> None:
    layers = [line for line in run("rules", "--rules", pack).stdout.splitlines() if line and line[0] != " "]
    order = ("entry", "distribution", "routing", "workload", "intent", "scripts", "klint")
    known = [layer for layer in order if layer in layers]
    assert layers == [*known, "names"]


def test_rules_as_json(pack: str) -> None:
    rules = json.loads(run("rules", "--rules", pack, "--output", "json").stdout)
    assert {rule["name"] for rule in rules} == {"a-service", *(rule.name for rule in RULES)}
    assert all(rule["summary"] and "otherwise" in rule["severity"] for rule in rules)


def test_rules_that_cannot_be_loaded_do_not_cost_the_others(pack: str) -> None:
    (Path(pack) / "names" / "a_service" / "rule.py").write_text("1 / 0\n")
    result = run("rules", "--rules", pack)
    assert "ZeroDivisionError" in result.stderr
    assert "node-port-out-of-range" in result.stdout
    assert result.exit_code == 2

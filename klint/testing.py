"""Runs the examples on a rule's page. Public: authors of rule packs test theirs with it.

A page's YAML blocks are linted with the page's rule, and with those that a comment before them names, as in
`<!-- with: host-port-collision, unused-ignore -->`. Several blocks make one example when each stands after a line that
names its file in backquotes, with no other text between them. A `console` block after them holds what klint prints,
line by line; an example without one must print nothing. A block named `.klint.yaml` is the example's configuration.

    from klint.testing import check_page

    def test_page():
        check_page(Path("rules/entry/my_rule"))
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from klint.engine import Report, lint
from klint.records import dataclass, field
from klint.registry import Rule, load_rules
from klint.report.text import line
from klint.workspace.discovery import Workspace, open_workspace
from klint.workspace.scripts import open_scripts

_TOKENS = re.compile(
    r"^(?P<heading>#{1,6} [^\n]*)$"
    r"|^<!-- with: (?P<others>[^\n]*) -->$"
    r"|^(?P<fence>`{3,})(?P<language>\w*)[^\n]*\n(?P<body>.*?)^(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_FILE_NAME = re.compile(r"`([^`\s]+\.[A-Za-z]+|[^`\s]*Makefile|[^`\s]*Dockerfile)`[^`]*\Z")
MANIFEST_LANGUAGES = ("yaml", "json", "kyaml", "sh", "bash", "makefile", "dockerfile", "ini")


@dataclass
class Example:
    """Files of one example on a page, what it says klint prints, and where that stands in the page's text.

    `others` are the rules that run beside the page's own.
    """

    files: dict[str, str] = field(default_factory=dict)
    expected: str = ""
    expected_at: tuple[int, int] | None = None
    heading: str = ""
    others: tuple[str, ...] = ()


def examples(page: str) -> Iterator[Example]:
    """The examples of a page, in order. A heading, a console block, a sentence or a file named twice ends one."""
    current = Example()
    heading = ""
    previous_end = 0
    for token in _TOKENS.finditer(page):
        if token["heading"]:
            if current.files:
                yield current
            heading = token["heading"].lstrip("# ").strip()
            current = Example(heading=heading)
        elif token["others"]:
            if current.files:
                yield current
            current = Example(heading=heading, others=tuple(name.strip() for name in token["others"].split(",")))
        elif token["language"] == "console":
            current.expected, current.expected_at = token["body"], token.span("body")
            yield current
            current = Example(heading=heading)
        elif token["language"] in MANIFEST_LANGUAGES:
            before, _, last = page[previous_end : token.start()].strip().rpartition("\n")
            named = _FILE_NAME.search(last)
            name = named[1] if named else "manifest.yaml"
            if current.files and (name in current.files or before or (last and not named)):
                yield current
                current = Example(heading=heading)
            current.files[name] = token["body"]
        previous_end = token.end()
    if current.files:
        yield current


def lint_example(example: Example, rule: Rule) -> Report:
    """Lint an example's files with a rule and those it names, in a folder of their own."""
    known = _known()
    others = [other for other in known if other.name in example.others]
    assert len(others) == len(example.others), f"Of {', '.join(example.others)}, there are only {others}"
    previous = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        try:
            os.chdir(folder)
            for name, text in example.files.items():
                Path(name).parent.mkdir(parents=True, exist_ok=True)
                Path(name).write_text(text, "utf-8")
            workspace = open_scripts(_rendered(open_workspace(["."])))
            return lint(workspace, [rule, *others], known=[*known, rule])
        finally:
            os.chdir(previous)


def _rendered(workspace: Workspace) -> Workspace:
    if not (workspace.charts or workspace.kustomizations):
        return workspace
    from klint.render.renderings import render

    return render(workspace, use_cache=False)


def printed(report: Report) -> str:
    """What klint prints for a report: a line a finding, then a line a failure."""
    lines = [line(finding) for finding in report.findings] + [f"klint: {failure}" for failure in report.failures]
    return "".join(f"{text}\n" for text in lines)


def check_page(folder: Path, *, update: bool | None = None) -> None:
    """Run every example on a rule's page.

    Args:
        folder: the rule's folder, `<layer>/<rule_name>`.
        update: rewrite the console blocks with what klint prints; by default when `UPDATE` is set.

    Raises:
        AssertionError: klint prints something else than the page says.
    """
    rule = _rule_in(folder)
    page = rule.page
    found = list(examples(page))
    assert found, f"{folder}/README.md has no example"
    update = bool(os.environ.get("UPDATE")) if update is None else update
    for example in reversed(found):
        actual = printed(lint_example(example, rule))
        if update and example.expected_at is not None and actual:
            start, end = example.expected_at
            page = page[:start] + actual + page[end:]
        else:
            assert actual == example.expected, f"{folder}/README.md, {example.heading}:\n{actual or '(nothing)'}"
    if update and page != rule.page:
        (folder / "README.md").write_text(page, "utf-8")


@cache
def _known() -> tuple[Rule, ...]:
    """The rules that are installed, loaded once: a page has many examples."""
    return load_rules()[0]


def _rule_in(folder: Path) -> Rule:
    for rule in _known():
        if rule.folder.resolve() == folder.resolve():
            return rule
    rules, failures = load_rules([str(folder.parent.parent)])
    matching = [rule for rule in rules if rule.folder.resolve() == folder.resolve()]
    assert matching, f"{folder} holds no rule: {', '.join(map(str, failures))}"
    return matching[0]

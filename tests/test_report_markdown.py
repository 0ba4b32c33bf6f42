"""Comments in Markdown: what they say, that they are short enough, and that manifests write no markup in them.

test_report_consumers.py has a Markdown parser look at them.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint import Severity
from klint.baseline.entries import Known
from klint.engine import Report
from klint.errors import Failure
from klint.maps.areas import exposure_map
from klint.report import render
from klint.report.map_mermaid import chart
from klint.report.markdown import LIMIT, MAX_ARROWS, code, prose
from klint.session import Session
from tests.reports import finding, report_of

PAGE = "https://github.com/klint-k8s/klint/blob/main/rules"


def test_a_comment() -> None:
    found = (
        finding("One", Severity.NOTE),
        finding("Two", line=3),
        finding("Three", Severity.WARNING, rule="host-port-in-production"),
        finding("Four", rule="own-rule"),
    )
    assert (
        render("markdown", report_of(*found))
        == f"""\
## klint: 2 errors, 1 warning, 1 note

| layer | errors | warnings | notes |
|:--|--:|--:|--:|
| entry | 0 | 1 | 0 |
| routing | 1 | 0 | 1 |
| acme | 1 | 0 | 0 |

<details>
<summary>entry: 1 warning</summary>

- **warning** `web.yaml:1:4` Three ([`host-port-in-production`]({PAGE}/entry/host_port_in_production/README.md))

</details>

<details>
<summary>routing: 1 error, 1 note</summary>

- **error** `web.yaml:3:4` Two ([`dangling-backend`]({PAGE}/routing/dangling_backend/README.md))
- **note** `web.yaml:1:4` One ([`dangling-backend`]({PAGE}/routing/dangling_backend/README.md))

</details>

<details>
<summary>acme: 1 error</summary>

- **error** `web.yaml:1:4` Four (`own-rule`)

</details>

0 files, 0 bundles
"""
    )


def test_nothing_found() -> None:
    assert render("markdown", report_of()) == "## klint: no findings\n\n0 files, 0 bundles\n"


def test_what_is_no_news_is_counted() -> None:
    known = Known("baseline", "klint.json", (finding(), finding()))
    nothing = replace(report_of(), known=(known,))
    assert render("markdown", nothing) == ("## klint: no new findings\n\n0 files, 0 bundles; 2 are in the baseline\n")
    something = replace(nothing, findings=(finding(),))
    assert render("markdown", something).endswith("\n0 files, 0 bundles; 2 more are in the baseline\n")


def test_what_klint_could_not_do() -> None:
    failures = tuple(Failure(f"{number}.yaml", "It cannot be read") for number in range(12))
    text = render("markdown", report_of(failures=failures))
    assert "klint could not do all of its job:\n\n- 0.yaml: It cannot be read\n" in text
    assert "- 9.yaml: It cannot be read\n- 2 more\n" in text


def test_a_comment_is_short_enough_and_has_the_worst() -> None:
    notes = [finding("N" * 100, Severity.NOTE, line=1) for _ in range(2000)]
    errors = [finding("E" * 100, line=1, rule="host-port-in-production") for _ in range(100)]
    text = render("markdown", report_of(*notes, *errors))
    assert LIMIT - 5000 < len(text.encode()) <= LIMIT
    assert text.count("- **error**") == 100
    hidden = re.search(r"^(\d+) more findings are not shown here, none worse than these\.$", text, re.MULTILINE)
    assert hidden is not None
    assert int(hidden[1]) == 2000 - text.count("- **note**")
    assert "## klint: 100 errors, 2000 notes\n" in text
    assert text.count("<details>") == text.count("</details>") == 2


@pytest.mark.parametrize("text", ["E", "\U0001f600", "|", "@a", "\U000e0041"])
def test_a_message_may_be_too_long(text: str) -> None:
    text *= 50_000
    printed = render("markdown", report_of(finding(text), failures=(Failure(text, text),) * 12))
    assert len(printed.encode()) <= LIMIT
    assert "not shown here" not in printed
    assert "… ([`dangling-backend`](" in printed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*.example.com", "\\*.example.com"),
        ("a_b [x](y)", "a\\_b \\[x\\](y)"),
        ("<b>&amp;", "&lt;b&gt;&amp;&#8203;amp;"),
        ("a|b `c` ~~d~~ \\", "a\\|b \\`c\\` \\~\\~&#8203;d\\~\\~ \\\\"),
        ("by @someone", "by @&#8203;someone"),
        ("see #12 and !3", "see #&#8203;12 and !&#8203;3"),
        ("https://evil.example", "https:&#8203;//evil.example"),
        ("www.evil.example", "www&#8203;.evil.example"),
        ("GH-12 :tada:", "GH&#8203;-12 :&#8203;tada:"),
        ("host:8080", "host:8080"),
        ("Service shop/cart: port 80", "Service shop/cart: port 80"),
        ("a\nb", "a\\\\nb"),
    ],
)
def test_prose_is_shown_as_it_is(text: str, shown: str) -> None:
    assert prose(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("web.yaml:1:2", "`web.yaml:1:2`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), (" a", "`  a `"), ("", "`  `")],
)
def test_code_is_shown_as_it_is(text: str, shown: str) -> None:
    assert code(text) == shown


@given(st.text(st.sampled_from("@#!`*_|<>&:/wWgGhH-1a. \\[]()~$\n") | st.characters()))
def test_no_code_host_finds_anything_in_prose(text: str) -> None:
    shown = prose(text)
    assert "\n" not in shown
    seen = re.sub("&(?:lt|gt|amp);", "\x00", shown.replace("&#8203;", "\u200b"))
    assert not re.search(r"[`*_\[\]|<>]", re.sub(r"\\[\\`*_\[\]|~]", "", seen))
    left = re.sub(r"\\([\\`*_\[\]|~])", r"\1", seen)
    assert not re.search(r"[@#!$%^~][a-z0-9_]|:[a-z0-9_+-]+:|://|www\.|GH-[0-9]", left, re.IGNORECASE | re.ASCII)


MANIFESTS = """\
apiVersion: v1
kind: Service
metadata: {name: "we\\"b]"}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 30080}]}
---
apiVersion: v1
kind: Service
metadata: {name: inner}
spec: {selector: {app: inner}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: registry.example/web:1.0}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: inner}
spec:
  selector: {matchLabels: {app: inner}}
  template:
    metadata: {labels: {app: inner}}
    spec: {containers: [{name: inner, image: registry.example/inner:1.0}]}
"""


def lint(folder: Path, files: int) -> Report:
    for number in range(files):
        (folder / f"team-{number}").mkdir()
        (folder / f"team-{number}" / "kustomization.yaml").write_text("resources: [web.yaml]\n", "utf-8")
        (folder / f"team-{number}" / "web.yaml").write_text(MANIFESTS, "utf-8")
    return Session.of([str(folder)], [], isolated=True).report()


def test_the_ways_in_are_drawn(tmp_path: Path) -> None:
    text = render("markdown", lint(tmp_path, 1))
    drawn = text.partition("```mermaid\n")[2].partition("```")[0].splitlines()
    assert drawn == [
        "flowchart LR",
        drawn[1],
        '    b0n0["NodePort 30080 of Service we#34;b#93;, audience unknown"]',
        '    b0n1["Service we#34;b#93;"]',
        '    b0n2["Deployment web"]',
        "    b0n0 --> b0n1",
        "    b0n1 --> b0n2",
        "  end",
    ]
    assert drawn[1].startswith('  subgraph b0["')


def test_a_drawing_stays_readable(tmp_path: Path) -> None:
    lines = chart(exposure_map(lint(tmp_path, 40).graphs, ()), MAX_ARROWS)
    assert sum("-->" in line for line in lines) == MAX_ARROWS
    assert sum("subgraph" in line for line in lines) == MAX_ARROWS // 2
    boxes = [line.split("[")[0] for line in lines if '["' in line]
    assert len(set(boxes)) == len(boxes)


def test_nothing_is_drawn_where_nothing_comes_in() -> None:
    assert chart(exposure_map(report_of().graphs, ()), MAX_ARROWS) == []

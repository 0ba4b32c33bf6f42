"""The page of `klint map`: what is in its file. How it behaves is in tests/browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from klint import Finding, Severity, Source
from klint.cli.commands import klint
from klint.errors import Failure
from klint.maps.areas import exposure_map
from klint.maps.model import ExposureMap
from klint.records import replace
from klint.registry import load_rules
from klint.report.html.map import render
from klint.report.html.map_data import Excerpts, PlainStop, excerpt, plain, title_of
from klint.report.html.markdown import to_html
from klint.report.map_words import title
from klint.session import Session
from tests.conftest import graph_of_text
from tests.test_html_page import NASTY, Parsed

EXAMPLE = Path(__file__).parents[1] / "example"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {hostNetwork: true, containers: []}\n"


@pytest.fixture(scope="module")
def example() -> tuple[ExposureMap, str]:
    rules, _ = load_rules(())
    report = Session.of([str(EXAMPLE)], rules=rules).report()
    drawn = exposure_map(report.graphs, report.findings)
    return drawn, render(drawn, (), rules)


def test_the_list_tells_every_stop_once(example: tuple[ExposureMap, str]) -> None:
    drawn, written = example
    parsed = Parsed(written)
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {stop.id for stop in drawn.stops} == {item["id"] for item in parsed.attributes("li") if "id" in item}
    links = {(item["href"] or "")[1:] for item in parsed.attributes("a") if (item.get("href") or "").startswith("#")}
    assert links == {stop.id for stop in drawn.stops}
    assert "style" not in {name for _, attributes in parsed.elements for name in attributes}  # the policy forbids it
    for stop in drawn.stops:
        for finding in stop.findings:
            assert finding.message in parsed.texts["li"][0] or any(
                finding.message in text for text in parsed.texts["li"]
            )


def test_the_script_gets_the_map(example: tuple[ExposureMap, str]) -> None:
    drawn, written = example
    data = json.loads(Parsed(written).texts["script"][0])
    for area, told in zip(drawn.areas, data["areas"], strict=True):
        assert [title(stop) for stop in area.stops] == [title_of(stop) for stop in told["stops"]]
        for stop, entry in zip(area.stops, told["stops"], strict=True):
            assert stop.at is not None
            assert f"{data['files'][entry['at'][0]]}:{entry['at'][1]}" == f"{stop.at.span.file}:{stop.at.span.line}"
            first, text = entry["excerpt"]
            marked = text.splitlines()[entry["at"][1] - first]
            assert marked == stop.at.span.source.line(stop.at.span.line)
            assert [finding["rule"] for finding in entry.get("findings", ())] == [item.rule for item in stop.findings]
        ends = [(told["stops"][line["from"]]["id"], told["stops"][line["to"]]["id"]) for line in told["lines"]]
        assert ends == [(line.source, line.target) for line in area.lines]


def test_the_pages_of_what_was_found_are_there(example: tuple[ExposureMap, str]) -> None:
    drawn, written = example
    parsed = Parsed(written)
    assert {f"rule-{finding.rule}" for stop in drawn.stops for finding in stop.findings} == {
        item["id"] for item in parsed.attributes("template")
    }
    assert written == render(drawn, (), load_rules(())[0])


def test_what_a_manifest_says_is_no_markup() -> None:
    quoted = json.dumps(NASTY)
    manifest = (
        f"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {quoted}, namespace: {quoted}}}\n"
        f"spec: {{ingressClassName: {quoted}, rules: [{{host: {quoted}, http: {{paths: [{{path: {quoted},"
        f" pathType: Prefix, backend: {{service: {{name: {quoted}, port: {{number: 80}}}}}}}}]}}}}]}}\n"
    )
    parsed = Parsed(render(exposure_map([graph_of_text(manifest)], ()), [Failure(NASTY, NASTY)]))
    assert {tag for tag, _ in parsed.elements} <= {
        *("html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "ul", "li", "span", "main", "p"),
        *("form", "input", "select", "option", "button", "svg", "path", "div", "section", "a", "code", "i", "aside"),
        *("footer", "script"),
    }
    assert "alert(1)" in json.dumps(json.loads(parsed.texts["script"][0]))


def test_a_listener_is_no_route() -> None:
    gateway = (
        "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: x}\n"
        "spec: {selector: {istio: x}, servers: [{port: {number: 80, name: x, protocol: HTTP}, hosts: [a.example]}]}\n"
    )
    route = (
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: y}\n"
        "spec: {gateways: [x], hosts: [a.example], http: [{route: [{destination: {host: web}}]}]}\n"
    )
    data, _ = plain(exposure_map([graph_of_text(f"{gateway}---\n{route}")], ()))
    assert {stop["kind"]: stop.get("hosts") for stop in data["areas"][0]["stops"]}["VirtualService"] == ["a.example"]


def test_the_page_is_written_where_none_or_another_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "notes.html").write_text("<p>mine</p>")

    def drawn(*arguments: str) -> Result:
        return CliRunner().invoke(klint, ["map", "pod.yaml", *arguments])

    for _ in range(2):
        result = drawn()
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "klint: klint-map.html is written\n")
    assert drawn("-o", "-").stdout == (tmp_path / "klint-map.html").read_text("utf-8")
    assert drawn("-o", "maps/pod.html").exit_code == 0
    refused = drawn("-o", "notes.html")
    assert (refused.exit_code, (tmp_path / "notes.html").read_text()) == (2, "<p>mine</p>")
    assert "notes.html: This is no page of klint's, and is not replaced by one" in refused.stderr
    assert drawn("-o", "notes.html", "--format", "json").exit_code == 0
    assert drawn("-o", "pod.yaml/x").exit_code == 2


def test_what_was_found_at_no_stop_is_told() -> None:
    graph = graph_of_text(POD)
    at = graph.resources[0].place
    here = Finding("told here", at, rule="some-rule", severity=Severity.WARNING, about=graph.resources[0])
    there = Finding("told elsewhere", at.span, rule="some-rule", severity=Severity.NOTE)
    drawn = exposure_map([graph], [here, there])
    assert plain(drawn)[0]["findings"] == [
        {"rule": "some-rule", "severity": "note", "message": "told elsewhere", "at": (0, 3)}
    ]
    area = replace(drawn.areas[0], findings=(replace(here, message="told of the bundle"),))
    parsed = Parsed(render(replace(drawn, areas=(area,))))
    told = "".join(parsed.texts["li"])
    assert told.index("told here") < told.index("told of the bundle") < told.index("told elsewhere")
    assert [text for text in parsed.texts["span"] if "warning" in text or "note" in text][:2] == [
        "2 warnings",
        "1 note",
    ]


def test_a_map_of_nothing() -> None:
    assert "Nothing here is open to the outside" in render(ExposureMap(()))


SOURCE = "a: 1\n---\nkind: X\nmetadata:\n\tname: x\n\nspec: " + "y" * 200 + "\n---\nb: 2\n"


@pytest.mark.parametrize(
    ("line", "before", "most", "found"),
    [
        (1, 3, 12, (1, "a: 1")),
        (3, 3, 12, (3, f"kind: X\nmetadata:\n    name: x\n\nspec: {'y' * 154}…")),
        (5, 3, 2, (4, "metadata:\n    name: x")),
        (5, 1, 2, (4, "metadata:\n    name: x")),
        (6, 0, 1, (6, "")),
        (9, 9, 9, (9, "b: 2")),
        (9, 9, 0, None),
    ],
)
def test_an_excerpt_stays_within_its_document(line: int, before: int, most: int, found: tuple[int, str] | None) -> None:
    source = Source("x.yaml", SOURCE)
    offset = source.line_starts[line - 1]
    assert excerpt(source.span(offset, offset), before, most) == found


@pytest.mark.parametrize("room", [0, 40, 100, 1_000, 100_000])
def test_excerpts_take_no_more_room_than_there_is(room: int) -> None:
    source = Source("x.yaml", "key: 'value of some length'\n" * 100)
    stops: list[PlainStop] = [{"id": str(number)} for number in range(10)]
    excerpts = Excerpts()
    for number, stop in enumerate(stops):
        start = source.line_starts[number * 5]
        excerpts.want(stop, source.span(start, start), before=3, most=12)
    bare = len(json.dumps(stops))
    excerpts.add(room)
    assert len(json.dumps(stops)) - bare <= room
    assert ("excerpt" in stops[0]) == (room >= 1_000)


def test_what_is_empty_is_left_out() -> None:
    data, _ = plain(exposure_map([graph_of_text(POD)], ()))
    assert {frozenset(stop) for stop in data["areas"][0]["stops"]} == {
        frozenset(("id", "layer", "kind", "name", "title", "at", "audience", "because")),
        frozenset(("id", "layer", "kind", "name", "at")),
    }


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# A `b`\n\n## C", "<h3>A <code>b</code></h3><h4>C</h4>"),
        ("one\ntwo **three**", "<p>one two <strong>three</strong></p>"),
        ("- a\n- b\n  c\n\n1. d", "<ul><li>a</li><li>b c</li></ul><ol><li>d</li></ol>"),
        ("[x](https://x.example/?a&b)", '<p><a href="https://x.example/?a&amp;b" rel="noreferrer">x</a></p>'),
        ("[x](../other) [y](javascript:alert(1))", "<p>x [y](javascript:alert(1))</p>"),
        ("```yaml\na: <b>\n```", "<pre><code>a: &lt;b&gt;\n</code></pre>"),
        ("| a | b |\n|---|:-:|\n| `c` | d \\| e |", None),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
    ],
)
def test_markdown(markdown: str, html: str | None) -> None:
    table = (
        '<div class="wide"><table><tr><th>a</th><th>b</th></tr>'
        "<tr><td><code>c</code></td><td>d | e</td></tr></table></div>"
    )
    assert to_html(markdown) == (html or table)


def test_every_page_is_html() -> None:
    for rule in load_rules(())[0]:
        assert Parsed(to_html(rule.page)).elements[0] == ("h3", {})

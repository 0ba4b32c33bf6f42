"""Reading templates, tracing lines and telling errors takes time in proportion to the text, whatever the text."""

from collections.abc import Sequence
from difflib import Match, SequenceMatcher
from pathlib import Path

import pytest

from klint.render.helm import sourcemap
from klint.render.helm.charts import Chart, ChartFile
from klint.render.helm.errors import _blamed, _plain
from klint.render.helm.marking import MARKER, Daring, TemplateLine, carriers, mark, read_template
from klint.render.helm.origin import HelmOrigin
from klint.render.helm.sourcemap import Marked, map_lines
from klint.render.helm.templates import Templates
from klint.render.helm.values import FoundValue, ValuesIn, find_values
from klint.session import Options, Session
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.workspace.disk import DiskTree
from klint.workspace.rendering import Sources
from tests.growth import assert_linear

CHART = Chart(Path("/nowhere/chart"), {})
SOURCES = Sources(str, str, DiskTree(Path("/nowhere")))


def tell(message: str) -> None:
    _blamed(Templates(CHART), message, (), SOURCES)
    _plain(CHART, message)


MESSAGES = [
    "/",
    "a/",
    "/a:",
    "a/b:1",
    "a b/",
    ' executing "',
    "execution error at ",
    "execution error at (a:1",
    "parse error at a",
    "cannot load a.",
    "cannot load a.yaml line ",
    "- at '/a",
    "\n- at '/a': b",
    "\n- at '': additional properties 'a",
    "a:\n",
    "0xabcdef",
    "0x",
    " ",
    ":1",
]


@pytest.mark.parametrize("part", MESSAGES, ids=range(len(MESSAGES)))
def test_messages_of_the_engine(part: str) -> None:
    assert_linear(lambda size: part * size, tell, start=100)


def read(template: str) -> None:
    lines = read_template(template)
    assert len(carriers(template)) == len(lines)
    for daring in Daring:
        mark(template, lines, 0, daring)
    assert [line.is_bare_reference for line in lines]


TEMPLATES = [
    "{{",
    "{{/*",
    "{{-  ",
    "{{ if .a }}",
    "{{ if $x.a }}\n",
    "{{ with .a }}",
    "{{ with .a }}\n",
    "{{ range $x := .Values.a }}\n",
    "{{ $x := $x.a }}{{ $x = .Values.b.c }}",
    "{{ .Values.a }}",
    "{{ .Values.a }}\n",
    "{{ `a\n` }}",
    "- ",
    "a ",
    "a: ",
    "'a' ",
    ".a",
    "$a.b ",
    "| ",
    "}}",
    "\n",
    " #K0.1K#",
    '{{ include "a" . }}',
    '{{ define "a" }}\n',
]


WRAPS = {"plain": "{}", "action": "{{{{ {} }}}}", "key": "a: {{{{ {} | nindent 2 }}}}"}


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("part", TEMPLATES, ids=range(len(TEMPLATES)))
def test_templates(part: str, wrap: str) -> None:
    assert_linear(lambda size: WRAPS[wrap].format(part * size), read, start=100)


def trace(text: str) -> None:
    """A template of as many lines, each tenth of them a helper's, in a loop: rendered lines with and without marks."""
    count = len(text)
    templates = {0: read_template("\n".join("a: b" if number % 2 else "{{ .c }}" for number in range(count)))}
    marks = [f"a: b #K0.{number % 10 + 1}K#" if number % 2 else "c" for number in range(count)]
    plain = ["a: b" if number % 2 else "c" for number in range(count)]
    for more in ([], ["one more"]):
        map_lines("\n".join(plain), Marked("\n".join(marks + more), Daring.BLOCKS), 0, templates)


def test_tracing_lines() -> None:
    assert_linear(lambda size: "x" * size, trace, start=100)


@pytest.mark.parametrize(("count", "is_compared"), [(20, True), (1000, False)])
def test_texts_of_equal_lines_are_compared_within_bounds(
    count: int, is_compared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand times a line that the other has as often: all pairs, for every line."""
    compared = []

    class Matcher(SequenceMatcher[str]):
        def get_matching_blocks(self) -> list[Match]:
            compared.append(self)
            return []

    monkeypatch.setattr(sourcemap, "SequenceMatcher", Matcher)
    plain = "\n".join(f"a{number}\nc" for number in range(count))
    marked = "\n".join(f"b{number}\nc" for number in range(count + 1))
    assert len(map_lines(plain, Marked(marked, Daring.BLOCKS), 0, {0: read_template("c")})) == 2 * count
    assert bool(compared) is is_compared


def test_values_of_a_loop_are_looked_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every turn asks for the values of all."""
    count = 50
    (values,) = read_documents(Source("values.yaml", "items:\n" + "".join(f"  - port: {n}\n" for n in range(count))))
    file = tmp_path / "a.yaml"
    file.write_text("{{ range .Values.items }}\n- {{ .port }}\n{{ end }}")
    templates = Templates(
        Chart(tmp_path / "chart", {"templates/a.yaml": ChartFile("templates/a.yaml", file.read_bytes(), file)})
    )
    rendered = "".join(f"- {number}\n" for number in range(count))
    marked = Marked("".join(f"- {number} #K0.2K#\n" for number in range(count)), Daring.BLOCKS)
    asked = []

    def find(path: Sequence[str], given: Sequence[ValuesIn]) -> list[FoundValue]:
        asked.append(path)
        return find_values(path, given)

    monkeypatch.setattr("klint.render.helm.origin.find_values", find)
    sources = Sources(str, str, DiskTree(tmp_path))
    origin = HelmOrigin(templates, "chart/templates/a.yaml", rendered, marked, [ValuesIn(values)], sources)
    (document,) = read_documents(Source("rendered", rendered), origin)
    assert [str(document.span((n,))) for n in range(count)] == [f"values.yaml:{n + 2}:11" for n in range(count)]
    assert len(asked) == 1


def test_turns_of_a_loop_are_told_apart_in_proportion(tmp_path: Path) -> None:
    """Items that have all in common, and such as one value tells apart."""
    file = tmp_path / "a.yaml"
    file.write_text(
        "a:\n{{ range .Values.a }}\n- port: {{ .port }}\n{{ end }}\n"
        "b:\n{{ range .Values.b }}\n- port: {{ .port }}\n  name: {{ .name }}\n{{ end }}\n"
    )
    chart = Chart(tmp_path / "chart", {"templates/a.yaml": ChartFile("templates/a.yaml", file.read_bytes(), file)})
    templates, sources = Templates(chart), Sources(str, str, DiskTree(tmp_path))

    def made(count: int) -> tuple[ValuesIn, str, Marked]:
        named = "".join(f"- port: 80 #K0.7K#\n  name: n{number} #K0.8K#\n" for number in range(count))
        marked = "a: #K0.1K#\n" + "- port: 80 #K0.3K#\n" * count + "b: #K0.5K#\n" + named
        rendered = MARKER.sub("", marked)
        (values,) = read_documents(Source("values.yaml", rendered))
        return ValuesIn(values), rendered, Marked(marked, Daring.BLOCKS)

    def trace_all(given: tuple[ValuesIn, str, Marked]) -> None:
        values, rendered, marked = given
        origin = HelmOrigin(templates, "chart/templates/a.yaml", rendered, marked, [values], sources)
        (document,) = read_documents(Source("rendered", rendered), origin)
        count = len(document.data["a"])
        assert {document.span(("a", number, "port")).file for number in range(count)} == {str(file)}
        lines = [document.span(("b", number, "port")).line for number in range(count)]
        assert lines == [count + 3 + 2 * number for number in range(count)]

    assert_linear(made, trace_all, start=200)


def test_templates_are_read_where_somebody_asks_for_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most objects have no findings."""
    read = []

    def reading(text: str) -> list[TemplateLine]:
        read.append(text)
        return read_template(text)

    monkeypatch.setattr("klint.render.helm.templates.read_template", reading)
    texts = {f"templates/{name}.yaml": f"a: {name}\nb: {name}".encode() for name in "xyz"}
    files = {name: ChartFile(name, data, tmp_path / name) for name, data in texts.items()}
    templates = Templates(Chart(tmp_path / "chart", files))
    marked = {
        name: Marked(f"a: {name} #K{number}.1K#\nb: {name} #K{number}.2K#", Daring.BLOCKS)
        for number, name in enumerate("xyz")
    }
    assert templates.marked(Daring.BLOCKS)
    sources = Sources(str, str, DiskTree(tmp_path))
    (tmp_path / "templates").mkdir()
    for name, data in texts.items():
        (tmp_path / name).write_bytes(data)
    for name in "xyz":
        origin = HelmOrigin(
            templates, f"chart/templates/{name}.yaml", f"a: {name}\nb: {name}", marked[name], [], sources
        )
        (document,) = read_documents(Source("rendered", origin.plain), origin)
        if name == "y":
            assert document.span(("b",)).line == 2
    assert read == ["a: y\nb: y"]


def test_templates_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As files of the chart, and not again for their comments and places."""
    read: list[str] = []
    really = DiskTree.read

    def reading(tree: DiskTree, path: Path, *limit: int) -> bytes:
        read.append(path.name)
        return really(tree, path, *limit)

    monkeypatch.setattr(DiskTree, "read", reading)
    texts = {"Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n", "values.yaml": "port: 80\n"}
    for name, text in {**texts, "templates/a.yaml": "a: {{ .Values.port }}\n", "templates/_b.tpl": ""}.items():
        (file := tmp_path / name).parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    Session.of([str(tmp_path)], [], options=Options(use_cache=False)).report()
    assert sorted(name for name in read if name not in texts and not name.startswith(".")) == ["_b.tpl", "a.yaml"]

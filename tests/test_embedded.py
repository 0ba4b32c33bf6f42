"""YAML inside YAML: what a text in a scalar says stands in the file that a person edits."""

from textwrap import dedent, indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint.text.document import Document, Path, Place
from klint.text.embedded import embedded_documents
from klint.text.reading import read_documents
from klint.text.source import Source, Span
from tests.growth import assert_linear


def document(text: str) -> Document:
    return list(read_documents(Source("a.yaml", text)))[-1]


def embedded(outer: Document, *path: str | int) -> list[Document]:
    place = Place(outer, path)
    return list(embedded_documents(place, place.value))


def covered(span: Span) -> str:
    assert span.line == span.end_line
    return span.source.text[span.start : span.end]


def places(found: Document, *paths: Path) -> list[str]:
    """Where some paths stand, with what stands there; an approximate place with a question mark."""
    return [f"{span}{'?' * span.approximate} {covered(span)}" for span in map(found.span, paths)]


# Where it stands

LITERAL = {
    "a block": "patch: |\n  a: b\n\n  c:\n  - d: 80\n",
    "clipped": "patch: |-\n  a: b\n\n  c:\n  - d: 80\n",
    "kept": "patch: |+\n  a: b\n\n  c:\n  - d: 80\n\n\n",
    "with a comment": "patch: | # why\n  a: b\n\n  c:\n  - d: 80\n",
    "the document's end": "patch: |\n  a: b\n\n  c:\n  - d: 80",
    "anchored": "patch: &x |\n  a: b\n\n  c:\n  - d: 80\n",
    "tagged": "patch: !!str |\n  a: b\n\n  c:\n  - d: 80\n",
    "trailing spaces": "patch: |  \n  a: b  \n  \n  c: \n  - d: 80 \n",
}


@pytest.mark.parametrize("text", LITERAL.values(), ids=LITERAL)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_literal_block_maps_line_by_line(text: str, line_break: str) -> None:
    (found,) = embedded(document(text.replace("\n", line_break)), "patch")
    assert places(found, ("a",), ("c",), ("c", 0, "d")) == ["a.yaml:2:6 b", "a.yaml:4:3 c", "a.yaml:5:8 80"]


def test_a_literal_block_that_says_its_indentation() -> None:
    (found,) = embedded(document("x:\n  patch: |1-\n     a:\n       b: 80\n"), "x", "patch")
    assert places(found, ("a",), ("a", "b")) == ["a.yaml:3:6 a", "a.yaml:4:11 80"]


def test_a_literal_block_in_a_list_and_after_other_documents() -> None:
    outer = document("a: b\n---\npatches:\n- |\n  a: 1\n- patch: |-\n    - op: add\n      value: 80\n")
    (found,) = embedded(outer, "patches", 1, "patch")
    assert places(found, (0, "value")) == ["a.yaml:8:14 80"]


def test_several_documents_in_one_text() -> None:
    first, second = embedded(document("a: |\n  b: 1\n  ---\n  # why\n  c: 2\n"), "a")
    assert places(first, ("b",)) == ["a.yaml:2:6 1"]
    assert places(second, ("c",)) == ["a.yaml:5:6 2"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("patch: '{a: b}'\n", "a.yaml:1:13 b"),
        ('patch: "{a: b}"\n', "a.yaml:1:13 b"),
        ("patch: [x,\n  '{a: b}']\n", "a.yaml:2:8 b"),
        ("- a:b\n- x\n", "a.yaml:1:3 a:b"),
    ],
)
def test_what_stands_on_one_line_as_it_is_maps_column_by_column(text: str, place: str) -> None:
    outer = document(text)
    path: Path = (0,) if isinstance(outer.data, list) else ("patch",)
    path = ("patch", 1) if isinstance(Place(outer, path).value, list) else path
    (found,) = embedded(outer, *path)
    assert places(found, ("a",)) == [place]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("patch: >\n  a: b\n", "a.yaml:1:8? >"),
        ("patch: >-\n  {a: b,\n  c: d}\n", "a.yaml:1:8? >-"),
        ('patch: "a: b\\nc: d"\n', 'a.yaml:1:8? "a: b\\nc: d"'),
        ("patch: '{a: ''b''}'\n", "a.yaml:1:8? '{a: ''b''}'"),
        ("patch: '{a:\n  b}'\n", "a.yaml:1:8? '{a:"),
    ],
)
def test_what_is_folded_or_escaped_stands_at_its_beginning(text: str, place: str) -> None:
    (found,) = embedded(document(text), "patch")
    assert places(found, ("a",)) == [place]


def test_a_text_in_a_text_in_a_text() -> None:
    text = dedent("""\
        data:
          app.yaml: |
            spec:
              values: |
                ports:
                - 80
              other: 'a: {b: c}'
        """)
    (middle,) = embedded(document(text), "data", "app.yaml")
    (inner,) = embedded(middle, "spec", "values")
    assert places(inner, ("ports",), ("ports", 0)) == ["a.yaml:5:9 ports", "a.yaml:6:11 80"]
    (quoted,) = embedded(middle, "spec", "other")
    assert places(quoted, ("a", "b")) == ["a.yaml:7:22 c"]


def test_problems_stand_where_one_mends_them() -> None:
    (found,) = embedded(document("patch: |\n  a: 1\n  b: c: d\n"), "patch")
    assert [str(problem.span) for problem in found.problems] == ["a.yaml:3:6"]
    (found,) = embedded(document("patch: |\n  a: 1\n  b: 2\n  a: 3\n"), "patch")
    (problem,) = found.problems
    assert (str(problem.span), str(problem.related[0][1])) == ("a.yaml:4:3", "a.yaml:2:3")
    (found,) = embedded(document("patch: |\n  a: [\nb: c\n"), "patch")
    assert 2 <= found.problems[0].span.line <= 3


def test_another_text_than_the_scalar_s_stands_at_it() -> None:
    outer = document("patch: |\n  a: b\n")
    (found,) = embedded_documents(Place(outer, ("patch",)), "c: d\n")
    assert places(found, ("c",)) == ["a.yaml:1:8? |"]
    (found,) = embedded_documents(Place(outer, ()), "c: d\n")
    assert places(found, ("c",))[0].startswith("a.yaml:1:1? ")


LINES = st.lists(st.sampled_from(("a: 1", "b:", "  c: é", "  d: [😀, 2]", "", "# why", '  e: "f"')), max_size=6)


@given(LINES, st.integers(1, 6), st.sampled_from(("|", "|-", "|+")), st.sampled_from(("\n", "\r\n")))
def test_every_span_covers_the_same_as_in_the_text_alone(
    lines: list[str], indentation: int, header: str, line_break: str
) -> None:
    text = "\n".join(["first: 1", *lines]) + "\n"
    outer = document(f"x:\n  p: {header}\n{indent(text, ' ' * (2 + indentation))}z: 1\n".replace("\n", line_break))
    (found,) = embedded(outer, "x", "p")
    alone = document(Place(outer, ("x", "p")).value)
    assert found.data == alone.data
    for path in [(key,) for key in alone.data or ()] + [("b", key) for key in (alone.data or {}).get("b") or ()]:
        assert covered(found.span(path)) == covered(alone.span(path))
        assert found.span(path).line == alone.span(path).line + 2
        assert not found.span(path).approximate


def test_places_in_a_text_take_linear_time() -> None:
    def work(outer: Document) -> None:
        (found,) = embedded(outer, "a")
        for key in found.data:
            found.span((key,))

    assert_linear(lambda size: document("a: |\n" + "".join(f"  k{i}: x\n" for i in range(size))), work, start=200)

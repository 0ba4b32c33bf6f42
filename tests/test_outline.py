"""Places read off the lines of a document are those that the composer knows, and most need no composer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klint.text import yaml
from klint.text.data import MISSING, value_at
from klint.text.document import Document
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.text.yaml.outline import Outline
from tests.test_yaml import LINES, TOKENS

ROOT = Path(__file__).parent.parent


def paths(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all values, and below each one that leads nowhere."""
    yield path
    yield (*path, "nowhere")
    if isinstance(data, dict):
        for key, value in data.items():
            yield from paths(value, (*path, key))
    elif isinstance(data, list):
        yield (*path, len(data))
        for index, value in enumerate(data):
            yield from paths(value, (*path, index))


def checked(document: Document) -> tuple[int, int]:
    """How many places the lines tell, and of how many; all that they tell are where the composer has them."""
    root = document.root
    if root is None:
        return 0, 0
    outline = Outline(document.text, document.data)
    told = every = 0
    for path in paths(document.data):
        every += 1
        found = outline.span(path)
        if found is not None:
            told += 1
            expected = document.source.span(*(document.start + offset for offset in root.span(path)))
            assert document.source.span(*(document.start + offset for offset in found)) == expected, path
        scalar, node = outline.scalar(path), document.node(path)
        assert scalar is None or (
            node is not None and node.kind == "scalar" and scalar[:2] == (node.start, node.end)
        ), path
        holder, key = document.node(path[:-1]), outline.key(path)
        entry = holder.child(path[-1]) if holder and path else None
        assert key is None or (entry is not None and key == (entry.key_start, entry.key_end)), path
    return told, every


def checked_offsets(document: Document) -> None:
    """Where the composer has a value of one line, the lines and the composer find it again."""
    root, outline = document.root, Outline(document.text, document.data)
    for path in paths(document.data):
        node = document.node(path)
        if root is None or node is None or node.kind != "scalar" or node.style in ("|", ">") or not path:
            continue
        start, end = root.span(path)
        if start < end and "\n" not in document.text[start:end] and value_at(document.data, path) is not MISSING:
            for offset in {start, (start + end) // 2, end}:
                assert root.path_at(offset) == path or "*" in document.text  # an alias has another path
                assert outline.path_at(offset) in (root.path_at(offset), None)


def check(text: str) -> None:
    for document in read_documents(Source("a.yaml", text)):
        if not document.problems:
            checked(document)
            checked_offsets(document)


@pytest.mark.parametrize(
    ("path", "expected"),
    [(("a",), "a"), (("a", 0, "b c"), '"b c"'), (("a", 0), None), (("a", 0, "nowhere"), None), (("d", "e"), None)],
    ids=["first", "quoted", "item", "nowhere", "in brackets"],
)
def test_the_lines_tell_the_key_of_a_value(path: tuple[str | int, ...], expected: str | None) -> None:
    text = 'a:\n  - "b c": 1\nd: {e: 2}\n'
    found = Outline(text, yaml.load(text)[0]).key(path)
    assert (found and text[slice(*found)]) == expected


def told(text: str, *path: str | int) -> str | None:
    """What stands at a path as the lines tell it, to the end of its first line; None where they do not."""
    found = Outline(text, yaml.load(text)[0]).span(path)
    return None if found is None else text[found[0] : found[1]].partition("\n")[0]


PLAIN = """\
--- # a document
metadata:
  name: web   # a name
  "quoted key": 'x'
  annotations:
    # why
    a.b/c: |
      key: value
    empty:
    "off": "1"

spec:
  ports:
  - name: http
    port: 80
  -   port: 443
  - - deep
  flow: {a: [1, {b: 2}], c: d}
  more: >-
    folded
  last:
    - a
    -
      b: c
"""

TOLD = {
    ("metadata", "name"): "web",
    ("metadata", "quoted key"): "'x'",
    ("metadata", "annotations"): "annotations",
    ("metadata", "annotations", "a.b/c"): "|",
    ("metadata", "annotations", "empty"): "empty",
    ("metadata", "annotations", "missing"): "annotations",
    ("spec", "ports", 0): "name: http",
    ("spec", "ports", 0, "port"): "80",
    ("spec", "ports", 1, "port"): "443",
    ("spec", "ports", 2, 0): "deep",
    ("spec", "flow"): "flow",
    ("spec", "flow", "a"): "a",
    ("spec", "flow", "a", 1, "b"): "2",
    ("spec", "more"): ">-",
    ("spec", "last", 1, "b"): "c",
    ("spec", "last", 2): "last",
}


@pytest.mark.parametrize(("path", "expected"), TOLD.items())
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_what_lines_tell(path: tuple[str | int, ...], expected: str, line_break: str) -> None:
    text = PLAIN.replace("\n", line_break)
    assert (told(text, *path) or "").rstrip("\r") == expected
    check(text)


UNSURE = {
    "a quoted text with a line like a key": ('a: "x\nb: y\n  "\nc: d\n', ("c",)),
    "a quoted text with the line of a later key": ('a: "x\nb: y"\n? b\n: z\n', ("b",)),
    "a quoted text over several lines": ('a: "x\n  y"\n', ("a",)),
    "a plain text over several lines": ("a: x\n  y\n", ("a",)),
    "escapes": ('a: "x\\ty"\n', ("a",)),
    "an anchor": ("a: &x\n  b: c\nd: *x\n", ("a", "b")),
    "an alias": ("a: &x\n  b: c\nd: *x\n", ("d", "b")),
    "merged keys": ("a: &x {b: c}\nd:\n  <<: *x\n  e: f\n", ("d", "e")),
    "a key that means something else": ("a: b\nyes: c\n", ("a",)),
    "a key twice": ("a: b\na: c\n", ("a",)),
    "a tag": ("a: !!str 1\n", ("a",)),
    "tabs": ("a:\tb\n", ("a",)),
    "a value on the next line": ("a:\n  b\n", ("a",)),
    "a placeholder that is a comment": ("a: #{X}\nb: c\n", ("a",)),
    "flow": ("{a: b}", ("a",)),
    "a scalar": ("a", ()),
    "nothing": ("", ()),
}


@pytest.mark.parametrize(("text", "path"), UNSURE.values(), ids=UNSURE)
def test_what_is_left_to_the_composer(text: str, path: tuple[str | int, ...]) -> None:
    assert told(text, *path) is None
    check(text)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(("", "s: ", "s:\n  ", "- ", "s: {")), st.lists(st.sampled_from(TOKENS), max_size=14))
def test_odd_texts(opening: str, tokens: list[str]) -> None:
    check(opening + "".join(tokens) + "\n")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), LINES), min_size=1, max_size=9),
    st.sampled_from(("\n", "\r\n")),
    st.sampled_from(("", "a:", "- a:")),
)
def test_indented_lines(lines: list[tuple[int, str]], line_break: str, opening: str) -> None:
    check(line_break.join((opening, *("  " * indent + line for indent, line in lines))) + line_break)


def test_manifests() -> None:
    texts = [file.read_text("utf-8") for file in sorted(ROOT.glob("example/**/*.yaml"))]
    texts += [
        file.read_text("utf-8").partition("\n```yaml\n")[2].partition("```")[0] for file in ROOT.glob("rules/**/*.md")
    ]
    counts = [
        checked(document) for text in texts for document in read_documents(Source("a.yaml", text)) if document.data
    ]
    assert len(counts) > 50
    assert sum(found for found, _ in counts) > 0.95 * sum(every for _, every in counts)


def test_a_finding_in_a_plain_document_needs_no_composer(monkeypatch: pytest.MonkeyPatch) -> None:
    (document,) = read_documents(Source("a.yaml", "kind: Service\nspec:\n  ports:\n    - port: 80\n"))
    monkeypatch.setattr("klint.text.yaml.composing.compose", lambda _: pytest.fail("composed"))
    span = document.span(("spec", "ports", 0, "port"))
    assert (span.line, span.column, span.end_column) == (4, 13, 15)
    assert document.span(("spec", "ports", 0, "port")) is span

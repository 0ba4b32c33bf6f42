"""Every character of a scalar's value is found where it stands in the file."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from klint.scripts.snippet import HOLE, Snippet, of_scalar
from klint.text import yaml
from klint.text.document import Document
from klint.text.reading import read_documents
from klint.text.source import Source


def scalars(text: str) -> list[tuple[Snippet, yaml.Node]]:
    documents = list(read_documents(Source("a.yaml", text)))
    return [
        (of_scalar(document, node), node)
        for document in documents
        for node in walk(document.root)
        if node.kind == "scalar"
    ]


def walk(node: yaml.Node | None) -> Iterator[yaml.Node]:
    if node is not None:
        yield node
        for entry in (*node.entries.values(), *node.items):
            yield from walk(entry.node)


def assert_stands_there(text: str, snippet: Snippet, value: object) -> None:
    """The snippet is the value, its ranges run forward, and each is one character or an escape of it."""
    assert snippet.text == value
    previous = 0
    for character, start, end in zip(snippet.text, snippet.starts, snippet.ends, strict=True):
        assert previous <= start < end
        previous = end
        written = text[start:end]
        assert (
            written == character
            or (character in " \n" and written in ("\n", "\r\n"))
            or written.startswith(("\\", "''"))
        ), (character, written)


WORDS = st.text(st.sampled_from("ab:#'\"\\{}[]%@&*!|>é☃$`-?,"), min_size=1, max_size=6)
LINES = st.lists(st.one_of(st.just(""), st.builds(lambda indent, words: " " * indent + " ".join(words),
                 st.integers(0, 3), st.lists(WORDS, min_size=1, max_size=4))), min_size=1, max_size=6)  # fmt: skip


@given(
    lines=LINES,
    style=st.sampled_from("|>"),
    chomping=st.sampled_from(["", "-", "+"]),
    indent=st.integers(1, 4),
    line_break=st.sampled_from(["\n", "\r\n"]),
    properties=st.sampled_from(["", "&anchor ", "!!str ", "!tag &x "]),
    comment=st.sampled_from(["", " # note"]),
    after=st.sampled_from(["", "b: 1\n", "# end\nb: 1\n"]),
)
def test_block_scalars(
    lines: list[str],
    style: str,
    chomping: str,
    indent: int,
    line_break: str,
    properties: str,
    comment: str,
    after: str,
) -> None:
    body = "".join((" " * indent + line if line else "") + "\n" for line in lines)
    text = f"a: {properties}{style}{indent}{chomping}{comment}\n{body}{after}".replace("\n", line_break)
    (snippet, node), *_ = [item for item in scalars(text) if item[1].style == style]
    assert isinstance(node.data, str)
    if node.data.strip("\n "):
        assert_stands_there(text, snippet, node.data)


@given(value=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n\t")))
def test_whatever_a_dumper_writes(value: str) -> None:
    for style in ("", "'", '"', "|", ">"):
        out = StringIO()
        dumper: Any = YAML(typ="safe", pure=True)
        dumper.default_style = style
        dumper.default_flow_style = False
        dumper.width = 30
        dumper.dump({"k": [value]}, out)
        for snippet, node in scalars(out.getvalue()):
            if node.data == value and value.strip() and not set(value) & set("\x85\u2028\u2029\ufeff"):
                assert_stands_there(out.getvalue(), snippet, value)


@given(value=st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF, exclude_categories=["Cs"]), min_size=2))
def test_json_strings(value: str) -> None:
    for ascii_only in (True, False):
        text = json.dumps({"a": value}, ensure_ascii=ascii_only)
        for snippet, node in scalars(text):
            if node.data == value and not set(value) & set("\x7f\x85\u2028\u2029\ufeff"):
                assert_stands_there(text, snippet, value)


@pytest.mark.parametrize(
    ("text", "wanted", "line", "column"),
    [
        ("a: |\n  one\n  two\n", "two", 3, 3),
        ("a: |-\n    one\n      two\n", "two", 3, 7),
        ("a: |2\n    one\n  two\n", "one", 2, 5),
        ("a: >\n  one\n  two\n\n  three\n", "three", 5, 3),
        ("a: >-\n  one\n   two\n  three\n", "two", 3, 4),
        ("a: 'it''s two'\n", "two", 1, 11),
        ('a: "x\\ty two"\n', "two", 1, 10),
        ('a: "one\n  two"\n', "two", 2, 3),
        ('a: "one\\\n\n  two"\n', "two", 3, 3),
        ("a: one\n  two\n", "two", 2, 3),
        ("é: ☃ two\n", "two", 1, 6),
        ("- &x\n  two\n", "two", 2, 3),
        ("{a: [one, two]}\n", "two", 1, 11),
        ("a: |\r\n  one\r\n  two\r\n", "two", 3, 3),
    ],
)
def test_places(text: str, wanted: str, line: int, column: int) -> None:
    for snippet, _ in scalars(text):
        at = snippet.text.find(wanted)
        if at >= 0:
            span = snippet.span(at, at + len(wanted))
            assert (span.line, span.column, span.end_column) == (line, column, column + len(wanted))
            return
    pytest.fail(f"no scalar holds {wanted}")


def test_numbers_and_booleans_are_as_written() -> None:
    assert [snippet.text for snippet, _ in scalars("[0x10, yes, 1_000, ~]")] == ["0x10", "yes", "1_000", "~"]


def test_later_documents_of_a_file() -> None:
    text = "a: 1\n---\nb: |\n  two\n"
    document = list(read_documents(Source("a.yaml", text)))[1]
    assert isinstance(document, Document)
    assert document.root is not None
    (entry,) = document.root.entries.values()
    assert of_scalar(document, entry.node).span(0, 3).line == 4


def test_replaced_text_comes_from_what_stood_there() -> None:
    import re

    source = Source("a", "x ${{ y }} z")
    snippet = Snippet.whole(source).replace(re.compile(r"\$\{\{.*?\}\}"), lambda _: HOLE)
    assert snippet.text == f"x {HOLE} z"
    assert snippet.range(2, 3) == (2, 10)
    assert snippet.range(4, 5) == (11, 12)


def test_lines_and_joins() -> None:
    snippet = Snippet.whole(Source("a", "one\r\ntwo\n"))
    assert [line.text for line in snippet.lines()] == ["one", "two"]
    joined = Snippet.join(snippet.lines(), "\n")
    assert joined.text == "one\ntwo"
    assert joined.range(4, 7) == (5, 8)
    with pytest.raises(ValueError, match="no snippets"):
        Snippet.join([])

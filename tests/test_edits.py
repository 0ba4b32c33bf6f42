"""A change of the data becomes an edit of the text that a person would make, or none."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint.edits import Edit, edited
from klint.records import replace as replaced
from klint.text import editing
from klint.text.changes import Change, Insert, Remove, Rename, Replace
from klint.text.data import changed, is_same, value_at
from klint.text.differences import differences
from klint.text.document import Document, Path, Place
from klint.text.editing import edit_of, edits_of
from klint.text.embedded import embedded_documents
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.text.yaml import composing
from klint.text.yaml.nodes import Composed
from klint.text.yaml.outline import Outline
from tests.growth import assert_linear


def documents(text: str) -> list[Document]:
    return list(read_documents(Source("a.yaml", text)))


def place(text: str, *path: str | int) -> Place:
    """A place in the last document of a text."""
    return Place(documents(text)[-1], path)


def composed(document: Document) -> Document:
    """The same document, of which only the composer tells places."""
    found = replaced(document)
    vars(found)["outline"] = Outline("", None)
    return found


def parts(edit: Edit | None) -> tuple[int, int, str] | None:
    return (edit.span.start, edit.span.end, edit.text) if edit else None


def made(edit: Edit | None) -> str | None:
    """What an edit makes of its file; None if there is none."""
    return edited(edit.source.text, [edit]) if edit else None


def replace(text: str, path: Path, value: Any) -> str | None:
    return made(place(text, *path).replace(value))


def insert(text: str, path: Path, step: str | int, value: Any) -> str | None:
    return made(place(text, *path).insert(step, value))


def remove(text: str, path: Path) -> str | None:
    return made(place(text, *path).remove())


REPLACED: dict[str, tuple[str, Path, Any, str | None]] = {
    # scalars
    "a number": ("a: 1 # why\n", ("a",), 2, "a: 2 # why\n"),
    "a word": ("a: b\n", ("a",), "c", "a: c\n"),
    "a word that needs quotes": ("a: b\n", ("a",), "yes", 'a: "yes"\n'),
    "text for a number": ("a: 80\n", ("a",), "80", 'a: "80"\n'),
    "a number for text": ("a: '80'\n", ("a",), 80, "a: 80\n"),
    "a number for a word": ("a: http # why\nb: c\n", ("a",), 80, "a: 80 # why\nb: c\n"),
    "double quotes": ('a: "b"\n', ("a",), "c", 'a: "c"\n'),
    "double quotes with something to escape": ('a: "b"\n', ("a",), 'c"\\\n\x85', 'a: "c\\"\\\\\\n\\u0085"\n'),
    "single quotes": ("a: 'b'\n", ("a",), "it's", "a: 'it''s'\n"),
    "single quotes that do not do": ("a: 'b'\n", ("a",), "c\nd", 'a: "c\\nd"\n'),
    "quotes as elsewhere": ("a: 'b'\nc: d\n", ("c",), "no", "a: 'b'\nc: 'no'\n"),
    "nothing": ("a:\nb: c\n", ("a",), 1, "a: 1\nb: c\n"),
    "nothing behind a comment": ("a: # why\nb: c\n", ("a",), 1, "a: 1 # why\nb: c\n"),
    "nothing in a list": ("- a\n-\n- b\n", (1,), "c", "- a\n- c\n- b\n"),
    "null": ("a: null\n", ("a",), {"b": 1}, "a:\n  b: 1\n"),
    "a placeholder that is a comment": ("a: #{PORT}#\n", ("a",), 80, "a: 80 #{PORT}#\n"),
    "by null": ("a: 1\n", ("a",), None, "a: null\n"),
    "a boolean": ("a: yes\n", ("a",), False, "a: false\n"),
    "the whole": ("a\n", (), "b", "b\n"),
    "a plain text over lines": ("a: b\n  c\nd: e\n", ("a",), "f", "a: f\nd: e\n"),
    "an octal number": ("a: 0777 # why\n", ("a",), 511, "a: 511 # why\n"),
    # blocks of text
    "a block": ("a: |\n    b\n    c\nd: e\n", ("a",), "f\n\n  g\n", "a: |\n    f\n\n      g\nd: e\n"),
    "a block by another end": ("a: |\n  b\nd: e\n", ("a",), "f", "a: |-\n  f\nd: e\n"),
    "a block with a comment": ("a: |- # why\n  b\n\n# x\nd: e\n", ("a",), "f\n", "a: | # why\n  f\n\n# x\nd: e\n"),
    "a block that keeps its end": ("a: |+\n  b\n\nd: e\n", ("a",), "f\n\n\n", "a: |+\n  f\n\n\nd: e\n"),
    "a block that says its indentation": ("a: |2-\n    b\nd: e\n", ("a",), "f", "a: |2-\n  f\nd: e\n"),
    "a folded block": ("a: >-\n  b\n  c\nd: e\n", ("a",), "f\ng", "a: >-\n  f\n\n  g\nd: e\n"),
    "a block by a number": ("a: | # why\n  b\nd: e\n", ("a",), 1, "a: 1 # why\nd: e\n"),
    "a block by what fits none": ("a: |\n  b\nd: e\n", ("a",), " b", 'a: " b"\nd: e\n'),
    "text by a block": ("a: b # why\nc: d\n", ("a",), "e\nf\n", "a: | # why\n  e\n  f\nc: d\n"),
    "an item by a block": ("a:\n- b\n", ("a", 0), "e\nf", "a:\n- |-\n  e\n  f\n"),
    # collections
    "a mapping": ("a:\n    b: 1 # x\n    c: 2 # y\nd: e\n", ("a",), {"f": [1]}, "a:\n    f:\n    - 1\nd: e\n"),
    "a mapping by a word": ("a: # why\n  b: 1\nd: e\n", ("a",), "f", "a: f # why\nd: e\n"),
    "a mapping below a comment by a word": ("a:\n  # why\n  b: 1\n", ("a",), "f", None),
    "a mapping below a comment": ("a:\n  # why\n  b: 1\n", ("a",), {"c": 2}, "a:\n  # why\n  c: 2\n"),
    "a list by a mapping": ("a:\n- 1\n- 2\nd: e\n", ("a",), {"b": 1}, "a:\n  b: 1\nd: e\n"),
    "a mapping by a list": ("x:\n  - y\na:\n  b: 1\nd: e\n", ("a",), [1, [2, {"c": 3, "d": 4}]],
                            "x:\n  - y\na:\n  - 1\n  - - 2\n    - c: 3\n      d: 4\nd: e\n"),
    "a word by a mapping": ("a: b # why\nc: d\n", ("a",), {"e": {"f": 1}}, "a: # why\n  e:\n    f: 1\nc: d\n"),
    "an item by a mapping": ("- a # why\n- b\n", (0,), {"c": 1, "d": 2}, "- c: 1 # why\n  d: 2\n- b\n"),
    "an item by a word": ("- a: 1\n  b: 2 # why\n- c\n", (0,), "d", "- d # why\n- c\n"),
    "a mapping by none": ("a:\n  b: 1\n", ("a",), {}, "a: {}\n"),
    "none by some": ("a: {} # why\nb: []\n", ("a",), {"c": 1}, "a: # why\n  c: 1\nb: []\n"),
    "brackets": ("a: {b: 1} # why\n", ("a",), {"c": [1, "x, y"]}, 'a: {c: [1, "x, y"]} # why\n'),
    "in brackets": ("a: {b: 1, c: [2]}\n", ("a", "b"), "no", 'a: {b: "no", c: [2]}\n'),
    "nothing in brackets": ("a: {b: , c: 1}\n", ("a", "b"), 2, "a: {b: 2, c: 1}\n"),
    "a text over lines in brackets": ("a: {b: c}\n", ("a", "b"), "d\ne", 'a: {b: "d\\ne"}\n'),
    "JSON": ('{"a": {"b": 1}}\n', ("a", "b"), "c", '{"a": {"b": "c"}}\n'),
    "a collection in JSON": ('{"a":{"b":1}}', ("a", "b"), {"c": ["d", None]}, '{"a":{"b":{"c":["d", null]}}}'),
    "the whole of a document": ("x: y\n---\na: 1\nb: 2\n", (), {"c": 3}, "x: y\n---\nc: 3\n"),
    "the whole of JSON": ('{"a": 1}\n', (), {"c": 3}, '{"c": 3}\n'),
    # what stays as it is
    "CRLF": ("a: 1\r\nb: |\r\n  c\r\nd: 1\r\n", ("b",), "e\nf\n", "a: 1\r\nb: |\r\n  e\r\n  f\r\nd: 1\r\n"),
    "no line break at the end": ("a: 1", ("a",), {"b": 2}, "a:\n  b: 2"),
    "an anchor that nothing refers to": ("a: &x 1\n", ("a",), 2, "a: &x 2\n"),
    "indented lists": ("a:\n    - b: 1\n", ("a", 0, "b"), [1], "a:\n    - b:\n          - 1\n"),
    # what is not certain
    "an alias": ("a: &x 1\nb: *x\n", ("b",), 2, None),
    "an anchor": ("a: &x 1\nb: *x\n", ("a",), 2, None),
    "below an alias": ("a: &x {c: 1}\nb: *x\n", ("b", "c"), 2, None),
    "merged": ("a: &x {c: 1}\nb:\n  <<: *x\n", ("b", "c"), 2, None),
    "a tag": ("a: !!str 80\n", ("a",), 81, None),
    "a mapping with a tag": ("a: !!map\n  b: 1\n", ("a",), 1, None),
    "a key by itself": ("? a\n: 1\n", ("a",), {"b": 1}, None),
    "a key set twice": ("a: 1\na: 2\n", ("a",), 3, "a: 1\na: 3\n"),
    "what is not there": ("a: 1\n", ("b",), 1, None),
    "no YAML": ("a: [\n", (), 1, None),
}  # fmt: skip

INSERTED: dict[str, tuple[str, Path, str | int, Any, str | None]] = {
    # mappings
    "a key": ("a: 1\n", (), "b", 2, "a: 1\nb: 2\n"),
    "a key below a comment": ("a: 1 # why\n# what\n", (), "b", 2, "a: 1 # why\nb: 2\n# what\n"),
    "a key of a mapping in a mapping": ("a:\n    b: 1\n\nc: 2\n", ("a",), "d", "e", "a:\n    b: 1\n    d: e\n\nc: 2\n"),
    "a key of an item": ("- a: 1\n  b: 2\n- c\n", (0,), "d", [], "- a: 1\n  b: 2\n  d: []\n- c\n"),
    "a key behind a list": ("a:\n- 1\n- 2\n", (), "b", 3, "a:\n- 1\n- 2\nb: 3\n"),
    "a key behind a block": ("a:\n  b: |\n    c\n\nd: 1\n", ("a",), "e", 1, "a:\n  b: |\n    c\n  e: 1\n\nd: 1\n"),
    "a key behind a block that keeps its end": ("a:\n  b: |+\n    c\n\nd: 1\n", ("a",), "e", 1,
                                                 "a:\n  b: |+\n    c\n\n  e: 1\nd: 1\n"),
    "a key behind a block without an end": ("a: |\n  b", (), "c", 1, None),
    "a key behind nothing": ("a:\n", (), "b", 1, "a:\nb: 1\n"),
    "a key behind a placeholder": ("a: #{PORT}#\n", (), "b", 1, "a: #{PORT}#\nb: 1\n"),
    "a mapping": ("a:\n    b: 1\n", (), "c", {"d": {"e": 1}, "f": [1]},
                  "a:\n    b: 1\nc:\n    d:\n        e: 1\n    f:\n    - 1\n"),
    "a list as lists are": ("a:\n  - b\nc: 1\n", (), "d", [1, {"e": 2, "f": 3}],
                            "a:\n  - b\nc: 1\nd:\n  - 1\n  - e: 2\n    f: 3\n"),
    "a key that needs quotes": ("a: 1\n", (), "8080", "on", 'a: 1\n"8080": "on"\n'),
    "values in quotes as those around": ("a: 'b'\nc: 'd'\n", (), "e", "f", "a: 'b'\nc: 'd'\ne: 'f'\n"),
    "keys in quotes as those around": ('"a": b\n', (), "e", "f", '"a": b\n"e": f\n'),
    "a text over lines": ("a: b\n", (), "c", "d\ne\n", "a: b\nc: |\n  d\n  e\n"),
    "a text over lines that fits no block": ("a: b\n", (), "c", " d\ne\n", 'a: b\nc: " d\\ne\\n"\n'),
    "into nothing": ("a: {}\nb: 1\n", ("a",), "c", 1, "a:\n  c: 1\nb: 1\n"),
    "into nothing of an item": ("- {}\n- b\n", (0,), "c", 1, "- c: 1\n- b\n"),
    "into nothing in brackets": ("a: [{}]\n", ("a", 0), "c", 1, "a: [{c: 1}]\n"),
    "into nothing at all": ("{}", (), "c", "d", '{"c": "d"}'),
    "into brackets": ("a: {b: 1} # why\n", ("a",), "c", "x: y", 'a: {b: 1, c: "x: y"} # why\n'),
    "into brackets with a comma": ("a: {b: 1,}\n", ("a",), "c", 2, "a: {b: 1, c: 2,}\n"),
    "into brackets over lines": ("a: {\n  b: 1, # why\n}\n", ("a",), "c", 2, "a: {\n  b: 1, # why\n  c: 2,\n}\n"),
    "into brackets without a comma": ("{\n  b: 1 # why\n}\n", (), "c", 2, "{\n  b: 1, # why\n  c: 2\n}\n"),
    "into brackets that close on the line": ("{\n  b: 1 }\n", (), "c", 2, "{\n  b: 1,\n  c: 2 }\n"),
    "into brackets with a comma below": ("{\n  b: 1\n  , }\n", (), "c", 2, None),
    "into KYAML": ('{\n  a: "b",\n  c: [{\n    d: "e",\n  }],\n}\n', ("c", 0), "f", "g",
                   '{\n  a: "b",\n  c: [{\n    d: "e",\n    f: "g",\n  }],\n}\n'),
    "into JSON": ('{\n\t"a": 1\n}\n', (), "b", {"c": "d"}, '{\n\t"a": 1,\n\t"b": {"c": "d"}\n}\n'),
    "into tight JSON": ('{"a":1,"b":2}', (), "c", [3, 4], '{"a":1,"b":2,"c":[3,4]}'),
    "a name": ("- port: 80 # why\n  x: y\n", (0,), "name", "http", "- name: http\n  port: 80 # why\n  x: y\n"),
    "a name on a line of its own": ("a:\n\n  b: |\n    c\n", ("a",), "name", "x",
                                              "a:\n\n  name: x\n  b: |\n    c\n"),
    "a name below a comment of another": ("a:\n  # why\n  b: 1\n", ("a",), "name", "x",
                                          "a:\n  # why\n  b: 1\n  name: x\n"),
    "a name of an item with a comment": ("# why\n- b: {}\n", (0,), "name", "x", "# why\n- name: x\n  b: {}\n"),
    "a name in brackets": ("[{b: 1}]", (0,), "name", "x", "[{name: x, b: 1}]"),
    "a name in brackets over lines": ('{\n  "b": 1\n}\n', (), "name", "x", '{\n  "name": "x",\n  "b": 1\n}\n'),
    "a key below the one it belongs to": ("- path: /a # why\n  backend: {}\n", (0,), "pathType", "Exact",
                                          "- path: /a # why\n  pathType: Exact\n  backend: {}\n"),
    "a key below the one it belongs to, in quotes": ("- 'backend': {}\n  'path': '/a'\n", (0,), "pathType", "Exact",
                                                     "- 'backend': {}\n  'path': '/a'\n  'pathType': 'Exact'\n"),
    "a key behind the one it belongs to": ("[{path: /a, backend: {}}]", (0,), "pathType", "Exact",
                                           "[{path: /a, pathType: Exact, backend: {}}]"),
    "a key without the one it belongs to": ("- host: a\n", (0,), "pathType", "Exact",
                                            "- host: a\n  pathType: Exact\n"),
    "a key that is there": ("a: 1\n", (), "a", 2, None),
    "a key of a list": ("- a\n", (), "b", 2, None),
    "a key of a word": ("a: b\n", ("a",), "b", 2, None),
    "a key beside merged ones": ("a: &x {c: 1}\nb:\n  <<: *x\n  d: 1\n", ("b",), "e", 2, None),
    # lists
    "an item at the end": ("a:\n- 1 # why\nb: 1\n", ("a",), 1, 2, "a:\n- 1 # why\n- 2\nb: 1\n"),
    "an item in between": ("a:\n  - 1\n  # two\n  - 2\n", ("a",), 1, "x", "a:\n  - 1\n  - x\n  # two\n  - 2\n"),
    "an item at the beginning": ("a:\n  - 1\n  - 2\n", ("a",), 0, {"b": 1, "c": 2},
                                 "a:\n  - b: 1\n    c: 2\n  - 1\n  - 2\n"),
    "an item of a list in a list": ("- - 1\n  - 2\n", (0,), 0, 0, "- - 0\n  - 1\n  - 2\n"),
    "an item into nothing": ("a: []\n", ("a",), 0, "b", "a:\n- b\n"),
    "an item behind a mapping": ("a:\n- b: 1\n  c:\n    d: 1\n", ("a",), 1, "e", "a:\n- b: 1\n  c:\n    d: 1\n- e\n"),
    "an item into brackets": ("a: [1, 2]\n", ("a",), 1, "x", "a: [1, x, 2]\n"),
    "an item at the end of brackets": ("a: [1, 2]\n", ("a",), 2, "x", "a: [1, 2, x]\n"),
    "an item into brackets over lines": ("a: [\n  1,\n  2\n]\n", ("a",), 0, 0, "a: [\n  0,\n  1,\n  2\n]\n"),
    "an item too far": ("a: [1]\n", ("a",), 2, 0, None),
    "an item before the first": ("a: [1]\n", ("a",), -1, 0, None),
    # the end of the text
    "no line break at the end": ("a: 1", (), "b", 2, "a: 1\nb: 2"),
    "CRLF": ("a:\r\n  b: 1\r\nc: 1\r\n", ("a",), "d", {"e": 1}, "a:\r\n  b: 1\r\n  d:\r\n    e: 1\r\nc: 1\r\n"),
    "other documents": ("x: 1\n---\na: 1\n", (), "b", 2, "x: 1\n---\na: 1\nb: 2\n"),
}  # fmt: skip

REMOVED: dict[str, tuple[str, Path, str | None]] = {
    # mappings
    "a key": ("a: 1\nb: 2 # why\nc: 3\n", ("b",), "a: 1\nc: 3\n"),
    "the last key": ("a: 1\nb:\n  c: 3\n", ("b",), "a: 1\n"),
    "the last key, without a line break": ("a: 1\nb: 2", ("b",), "a: 1"),
    "the only key": ("a: 1 # why\n", ("a",), "{}\n"),
    "the only key of a mapping": ("a: # why\n  b: 1 # what\nc: 1\n", ("a", "b"), "a: {} # why\nc: 1\n"),
    "the only key below a comment": ("a:\n  # why\n  b: 1\n", ("a", "b"), None),
    "a block": ("a: |+\n  b\n\nc: 1\n", ("a",), "c: 1\n"),
    "a block and the empty lines below": ("a: |\n  b\n\nc: 1\n", ("a",), "\nc: 1\n"),
    "a key below a comment": ("# a\na: 1\n# b\nb: 2\n", ("b",), "# a\na: 1\n# b\n"),
    "the first key of an item": ("- a: 1 # why\n  b: 2\n", (0, "a"), "- b: 2\n"),
    "the first key of an item above a comment": ("- a: 1\n  # why\n  b: 2\n", (0, "a"), None),
    "the last key of an item": ("- a: 1\n  b: 2\n- c\n", (0, "b"), "- a: 1\n- c\n"),
    "the only key of an item": ("- a: 1 # why\n- c\n", (0, "a"), "- {} # why\n- c\n"),
    # lists
    "an item": ("a:\n- 1\n- b: 2\n  c: 3\n- 4\n", ("a", 1), "a:\n- 1\n- 4\n"),
    "the only item": ("a:\n- 1\nb: 1\n", ("a", 0), "a: []\nb: 1\n"),
    "the first item of a list in a list": ("- - 1\n  - 2\n", (0, 0), "- - 2\n"),
    "the only item of a list in a list": ("- - 1\n- 2\n", (0, 0), "- []\n- 2\n"),
    "an item below its dash": ("-\n  a: 1\n- b\n", (0,), "- b\n"),
    "an item without a value": ("- a\n-\n", (1,), "- a\n"),
    # brackets
    "the first in brackets": ("a: {b: 1, c: 2}\n", ("a", "b"), "a: {c: 2}\n"),
    "the last in brackets": ("a: {b: 1, c: 2}\n", ("a", "c"), "a: {b: 1}\n"),
    "the last before a comma": ("a: [1, 2, ]\n", ("a", 1), "a: [1, ]\n"),
    "the only one in brackets": ("a: { b: 1 }\n", ("a", "b"), "a: {}\n"),
    "the only one before a comma": ("a: [\n  1,\n]\n", ("a", 0), "a: []\n"),
    "the only one with a comment": ("a: [\n  1, # why\n]\n", ("a", 0), None),
    "a line in brackets": ("a: [\n  1,\n  2, # two\n  3\n]\n", ("a", 1), "a: [\n  1,\n  3\n]\n"),
    "the last line in brackets": ("a: [\n  1, # one\n  2 # two\n]\n", ("a", 1), "a: [\n  1 # one\n]\n"),
    "the last line in brackets with a comma": ("a: [\n  1,\n  2,\n]\n", ("a", 1), "a: [\n  1,\n]\n"),
    "a line in JSON": ('{\n  "a": 1,\n  "b": {\n    "c": 2\n  }\n}\n', ("b",), '{\n  "a": 1\n}\n'),
    "an item of KYAML": ("[{\n  a: 1,\n}, {\n  b: 2,\n}]\n", (0,), "[{\n  b: 2,\n}]\n"),
    "a set in brackets": ("a: {b, c: 1}\n", ("a", "b"), "a: {c: 1}\n"),
    # what is not certain
    "the whole": ("a: 1\n", (), None),
    "a key set twice": ("a: 1\nb: 1\na: 2\n", ("a",), None),
    "an anchor": ("a: &x 1\nb: *x\n", ("a",), None),
    "merged": ("a: &x {c: 1}\nb:\n  <<: *x\n  d: 1\n", ("b", "d"), None),
    "CRLF": ("a: 1\r\nb:\r\n- 1\r\n", ("b",), "a: 1\r\n"),
    "other documents": ("a: 1\nb: 2\n---\nc: 1\nd: 1\n", ("d",), "a: 1\nb: 2\n---\nc: 1\n"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "path", "value", "expected"), REPLACED.values(), ids=REPLACED)
def test_replace(text: str, path: Path, value: Any, expected: str | None) -> None:
    assert replace(text, path, value) == expected
    assert made(Place(composed(place(text).document), path).replace(value)) == expected


@pytest.mark.parametrize(("text", "path", "step", "value", "expected"), INSERTED.values(), ids=INSERTED)
def test_insert(text: str, path: Path, step: str | int, value: Any, expected: str | None) -> None:
    assert insert(text, path, step, value) == expected


@pytest.mark.parametrize(("text", "path", "expected"), REMOVED.values(), ids=REMOVED)
def test_remove(text: str, path: Path, expected: str | None) -> None:
    assert remove(text, path) == expected
    assert made(Place(composed(place(text).document), path).remove()) == expected


# Edits


def test_an_edit_is_a_span_and_a_text() -> None:
    edit = place("x: y\n---\na: b\n", "a").replace("c")
    assert edit is not None
    assert (str(edit.span), edit.span.start, edit.span.end, edit.text) == ("a.yaml:3:4", 12, 13, "c")
    added = place("a: 1\n").insert("b", 2)
    assert added is not None
    assert (added.span.start, added.span.end, added.text) == (4, 4, "\nb: 2")
    gone = place("a: 1\nb:\n- c\nd: 1\n", "b").remove()
    assert gone is not None
    assert (gone.span.line, gone.span.column, gone.span.end_line, gone.span.end_column) == (2, 1, 4, 1)


def test_several_edits_are_made_at_once() -> None:
    document = documents("a: 1\nb: 2\nc: 3\n")[0]
    edits = [Place(document, ("c",)).remove(), Place(document, ("a",)).replace(4), Place(document, ()).insert("d", 5)]
    assert edited(document.source.text, [edit for edit in edits[:2] if edit]) == "a: 4\nb: 2\n"
    twice = [Place(document, ("b",)).remove(), Place(document, ("b",)).replace(1)]
    with pytest.raises(ValueError, match="two edits overlap"):
        edited(document.source.text, [edit for edit in twice if edit])


def test_an_edit_is_narrowed_to_the_lines_that_differ() -> None:
    source = Source("a.yaml", "a\nb\nc\nd\n")
    narrow = Edit(source.extent(0, 8), "a\nx\ny\nd\n").narrowed()
    assert (narrow.span.start, narrow.span.end, narrow.text) == (2, 6, "x\ny\n")
    same = Edit(source.extent(0, 8), source.text).narrowed()
    assert (same.span.start, same.span.end, same.text) == (8, 8, "")
    longer = Edit(source.extent(0, 4), "a\nb\nb\n").narrowed()
    assert edited(source.text, [longer]) == "a\nb\nb\nc\nd\n"


LINES = st.lists(st.sampled_from("abcd").map("{}\n".format), max_size=12)


@given(LINES, LINES)
def test_the_parts_of_an_edit_are_the_edit(old: list[str], new: list[str]) -> None:
    source = Source("a.yaml", "x\n" + "".join(old) + "y\n")
    parts = list(Edit(source.extent(2, len(source.text) - 2), "".join(new)).parts())
    assert edited(source.text, parts) == "x\n" + "".join(new) + "y\n"


def test_differences_that_are_far_from_over() -> None:
    old = [f"{number}\n" for number in range(300)]
    new = [*old[:10], *(f"new {number}\n" for number in range(200)), *old[250:]]
    assert list(differences(old, new)) == [(10, 250, 10, 210)]
    assert list(differences(old, old)) == []


# YAML inside YAML


def inner(text: str, *path: str | int) -> Document:
    holder = place(text, *path)
    (found,) = embedded_documents(holder, holder.value)
    return found


EMBEDDED = {
    "a block": ("p: |\n  a: 1 # why\n  b: 2\nc: d\n", "p: |\n  a: x # why\n  b: 2\nc: d\n", 1),
    "a block that keeps its end": ("p: |+\n    a: 1\n\nc: d\n", "p: |+\n    a: x\n\nc: d\n", 1),
    "a folded block": ("p: >\n  a: 1\n\n  b: 2\n", "p: >\n  a: x\n\n  b: 2\n", 1),
    "quotes": ("p: '{a: 1}' # why\n", "p: '{a: x}' # why\n", 1),
    "escapes": ('p: "a: 1\\nb: \\"2\\"\\n"\n', 'p: "a: \\"x\\"\\nb: \\"2\\"\\n"\n', 1),
    "JSON in JSON": ('{"p": "{\\"a\\": 1}"}', '{"p": "{\\"a\\": \\"x\\"}"}', 1),
    "CRLF": ("p: |\r\n  a: 1\r\n  b: 2\r\n", "p: |\r\n  a: x\r\n  b: 2\r\n", 1),
}


@pytest.mark.parametrize(("text", "expected", "lines"), EMBEDDED.values(), ids=EMBEDDED)
def test_a_change_in_a_text_in_a_document(text: str, expected: str, lines: int) -> None:
    edit = Place(inner(text, "p"), ("a",)).replace("x")
    assert edit is not None
    assert made(edit) == expected
    assert edit.text.count("\n") <= lines


def test_lines_come_and_go_in_a_text_in_a_document() -> None:
    text = "p: |-\n  a: 1\n  b:\n  - c: 2\nd: 1\n"
    document = inner(text, "p")
    assert made(Place(document, ("b", 0)).insert("e", 3)) == "p: |-\n  a: 1\n  b:\n  - c: 2\n    e: 3\nd: 1\n"
    assert made(Place(document, ("b",)).remove()) == "p: |-\n  a: 1\nd: 1\n"
    assert made(Place(document, ("b", 0)).remove()) == "p: |-\n  a: 1\n  b: []\nd: 1\n"


def test_a_change_in_a_text_in_a_text() -> None:
    text = "p: |\n  q: |\n    a: 1\n    # why\n  r: 1\n"
    holder = Place(inner(text, "p"), ("q",))
    (document,) = embedded_documents(holder, holder.value)
    edit = Place(document, ("a",)).replace(2)
    assert made(edit) == text.replace("a: 1", "a: 2")
    assert edit is not None
    assert (edit.span.line, edit.text) == (3, "    a: 2\n")


# Any document


WORDS = st.sampled_from(
    ("a", "b c", "8080", "yes", "it's", 'x "y"', "é😀", "-", "", "# no", "a: b", "{x}", "~", "l1\nl2\n")
)
SCALARS = st.one_of(WORDS, st.integers(-9, 99), st.booleans(), st.none(), st.just(1.5))
KEYS = st.sampled_from(("app", "on", "80", "a.b/c", "x y", "é", "it's", "- z", "n", "name", "path", "pathType"))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
COMMENTS = ("", "", "", " # why", "  #", " # {x: [")


class Writer:
    """Writes values as people and programs do, in styles that hypothesis draws."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.step, self.lists = self.one_of(1, 2, 4), self.one_of(0, 2)
        self.is_commented = self.one_of(True, False)

    def one_of(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def comment(self) -> str:
        return str(self.one_of(*COMMENTS)) if self.is_commented else ""

    def line_comment(self, indentation: int) -> str:
        return f"\n{' ' * indentation}# above" if self.comment() else ""

    def scalar(self, value: Any, *, in_brackets: bool) -> str:
        styles = [json.dumps(value), json.dumps(value, ensure_ascii=False)]
        if isinstance(value, str):
            if "\n" not in value:
                styles.append("'" + value.replace("'", "''") + "'")
            if value.isalpha() and value not in ("yes", "n", "on"):
                styles += [value, value]
        elif value is None and not in_brackets:
            styles.append("")
        return str(self.one_of(*styles))

    def block(self, value: Any, indentation: int, *, is_item: bool = False) -> str:
        """What stands behind a key or a dash at an indentation."""
        if isinstance(value, (dict, list)) and value and self.one_of(True, True, False):
            deeper = indentation + (self.lists if isinstance(value, list) and not is_item else self.step)
            return self.comment() + self.lines(value, deeper)
        if isinstance(value, str) and value.endswith("l2\n") and self.one_of(True, False):
            return (
                " |" + self.comment() + "".join(f"\n{' ' * (indentation + self.step)}{x}" for x in value.splitlines())
            )
        text = self.flow(value, indentation + self.step) if isinstance(value, (dict, list)) else ""
        text = text or self.scalar(value, in_brackets=False)
        return (f" {text}" if text else "") + self.comment()

    def lines(self, value: Any, indentation: int) -> str:
        start = "\n" + " " * indentation
        parts = []
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            parts.append(self.line_comment(indentation))
            if isinstance(value, dict):
                parts.append(f"{start}{self.scalar(key, in_brackets=False)}:{self.block(item, indentation)}")
            elif isinstance(item, (dict, list)) and item and self.one_of(True, True, False):
                parts.append(f"{start}- {self.lines(item, indentation + 2).lstrip()}")
            else:
                parts.append(f"{start}-{self.block(item, indentation, is_item=True)}")
        return "".join(parts).replace("- # above\n" + " " * (indentation + 2), "- ")

    def flow(self, value: Any, indentation: int) -> str:
        if not isinstance(value, (dict, list)):
            return self.scalar(value, in_brackets=True)
        first, last = "{}" if isinstance(value, dict) else "[]"
        space = self.one_of("", " ", "\n" + " " * (indentation + 1))
        parts = [
            (f"{self.scalar(key, in_brackets=True)}: " if isinstance(value, dict) else "")
            + self.flow(item, indentation + 1)
            for key, item in (value.items() if isinstance(value, dict) else enumerate(value))
        ]
        comment = " # in" if "\n" in space and self.comment() else ""
        end = self.one_of("", ",") if parts else ""
        text = (f",{comment}" + (space or " ")).join(parts)
        return f"{first}{space}{text}{end}{comment}{space.replace(' ', '', 1)}{last}"


@st.composite
def texts(draw: Any) -> tuple[str, Any]:
    """A document in some style, and its data."""
    data = draw(st.dictionaries(KEYS, VALUES, min_size=1, max_size=3) | st.lists(VALUES, min_size=1, max_size=3))
    writer = Writer(draw)
    style = writer.one_of("block", "block", "block", "flow", "JSON", "tight JSON")
    if style == "block":
        text = writer.lines(data, 0).lstrip("\n")
    elif style == "flow":
        text = writer.flow(data, 0)
    else:
        indent, separators = (None, (",", ":")) if style == "tight JSON" else (writer.one_of(None, 2, "\t"), None)
        text = json.dumps(data, indent=indent, separators=separators, ensure_ascii=False)
    start = writer.one_of("", "", "# top\n", "---\n", "x: 1\n---\n")
    end = writer.one_of("\n", "\n", "\n---\nz: 1\n", *([""] if not text.endswith("l2") else []))
    text = start + text + end
    return text.replace("\n", writer.one_of("\n", "\n", "\r\n")), data


def paths(data: Any, above: Path = ()) -> list[Path]:
    found = [above]
    for step, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        found += paths(value, (*above, step))
    return found


def written(text: str, data: Any) -> Document:
    (found,) = [item for item in documents(text) if item.data not in ({"x": 1}, {"z": 1})]
    assert is_same(found.data, data)
    return found


def check(document: Document, edit: Edit | None, expected: Any) -> bool:
    """An edit gives just what is expected, to both parsers, and the other documents are what they were."""
    if edit is None:
        return False
    before, after = document.source.text, edited(document.source.text, [edit])
    others = [item.data for item in documents(before) if item.start != document.start]
    found = documents(after)
    (changed_one,) = [item for item in found if item.start == document.start]
    assert changed_one.problems == ()
    assert is_same(changed_one.data, expected)
    assert changed_one.root is not None
    assert is_same(changed_one.root.data, expected)
    assert [item.data for item in found if item.start != document.start] == others
    assert ("\r\n" in before) >= ("\r\n" in after)
    assert "\n" not in after.replace("\r\n", "") or "\r\n" not in before
    comments = [line for line in before[: edit.span.start].split("\n") if "#" in line]
    assert comments == [line for line in after[: edit.span.start].split("\n") if "#" in line]
    return True


@given(texts(), st.data(), VALUES)
def test_any_value_is_replaced(text: tuple[str, Any], data: st.DataObject, value: Any) -> None:
    document = written(*text)
    path = data.draw(st.sampled_from(paths(document.data)))
    edit = Place(document, path).replace(value)
    assert parts(edit) == parts(Place(composed(document), path).replace(value))
    is_made = check(document, edit, changed(document.data, path, lambda _: value))
    assert is_made or "#" in text[0]


@given(texts(), st.data(), VALUES, KEYS)
def test_anything_is_inserted(text: tuple[str, Any], data: st.DataObject, value: Any, key: str) -> None:
    document = written(*text)
    holders = [path for path in paths(document.data) if isinstance(value_at(document.data, path), (dict, list))]
    path = data.draw(st.sampled_from(holders))
    holder = value_at(document.data, path)
    step: str | int = key if isinstance(holder, dict) else data.draw(st.integers(0, len(holder)))
    edit = Place(document, path).insert(step, value)
    assert parts(edit) == parts(Place(composed(document), path).insert(step, value))
    if isinstance(step, int):
        expected: Any = [*holder[:step], value, *holder[step:]]
    else:
        expected = {**holder, step: value}
        if step in holder:
            assert edit is None
            return
    is_made = check(document, edit, changed(document.data, path, lambda _: expected))
    assert is_made or "#" in text[0]


@given(texts(), st.data())
def test_anything_is_removed(text: tuple[str, Any], data: st.DataObject) -> None:
    document = written(*text)
    path = data.draw(st.sampled_from(paths(document.data)))
    edit = Place(document, path).remove()
    assert parts(edit) == parts(Place(composed(document), path).remove())
    if not path:
        assert edit is None
        return
    expected = changed(document.data, path[:-1], lambda holder: without(holder, path[-1]))
    assert check(document, edit, expected) or "#" in text[0]


def without(holder: Any, step: Any) -> Any:
    return (
        {k: v for k, v in holder.items() if k != step}
        if isinstance(holder, dict)
        else holder[:step] + holder[step + 1 :]
    )


@given(texts(), st.data(), KEYS)
def test_any_key_is_renamed(text: tuple[str, Any], data: st.DataObject, key: str) -> None:
    document = written(*text)
    keyed = [path for path in paths(document.data) if path and isinstance(path[-1], str)]
    path = data.draw(st.sampled_from(keyed)) if keyed else ()
    edit = edit_of(Rename(Place(document, path), key))
    assert parts(edit) == parts(edit_of(Rename(Place(composed(document), path), key)))
    if not path or key in value_at(document.data, path[:-1]):
        assert edit is None
        return
    assert check(document, edit, made_anew(document.data, [Rename(Place(document, path), key)])) or "#" in text[0]


CHANGES = ("replace", "insert", "remove", "rename")


@given(texts(), st.data())
def test_several_changes_are_all_made_or_none(text: tuple[str, Any], data: st.DataObject) -> None:
    document = written(*text)
    changes: list[Change] = []
    for number in range(data.draw(st.integers(2, 4))):
        place = Place(document, data.draw(st.sampled_from(paths(document.data))))
        kind = data.draw(st.sampled_from(CHANGES))
        if kind == "insert" and isinstance(place.value, (dict, list)):
            step = f"new{number}" if isinstance(place.value, dict) else data.draw(st.integers(0, len(place.value)))
            changes.append(Insert(place, step, data.draw(VALUES)))
        elif kind == "rename" and place.path and isinstance(place.path[-1], str):
            changes.append(Rename(place, f"new{number}"))
        elif kind == "remove" and place.path:
            changes.append(Remove(place))
        else:
            changes.append(Replace(place, data.draw(VALUES)))
    edits = edits_of(changes)
    if edits is None:
        meets = [
            (one, other) for one in changes for other in changes
            if one is not other and one.touched[: len(other.touched)] == other.touched
        ]  # fmt: skip
        assert meets or "#" in text[0]
    else:
        after = edited(document.source.text, edits)
        (found,) = [item for item in documents(after) if item.start == document.start]
        assert is_same(found.data, made_anew(document.data, changes))


def made_anew(value: Any, changes: list[Change], path: Path = ()) -> Any:
    """The data with changes made, from the outside inwards: as `edits_of` does not do it."""
    here = [change for change in changes if change.place.path == path]
    replaced = [change.value for change in here if isinstance(change, Replace)]
    if replaced:
        return replaced[0]
    inserted = {change.step: change.value for change in here if isinstance(change, Insert)}
    removed = {change.place.path for change in changes if isinstance(change, Remove)}
    names = {change.place.path: change.key for change in changes if isinstance(change, Rename)}
    if isinstance(value, dict):
        kept = {
            names.get((*path, key), key): made_anew(item, changes, (*path, key))
            for key, item in value.items()
            if (*path, key) not in removed
        }
        return {**kept, **inserted}
    if isinstance(value, list):
        items = []
        for index in range(len(value) + 1):
            items += [inserted[index]] if index in inserted else []
            if index < len(value) and (*path, index) not in removed:
                items.append(made_anew(value[index], changes, (*path, index)))
        return items
    return value


def test_an_edit_takes_linear_time() -> None:
    def work(text: str) -> None:
        document = documents(text)[0]
        size = len(document.data["a"])
        assert Place(document, ("a", size - 1)).remove()
        assert Place(document, ("a",)).insert(size // 2, 1)
        assert Place(document, ()).insert("c", 1)

    assert_linear(lambda size: "a:\n" + "- 1 # x\n" * size + "b: |\n" + "  x\n" * size, work, start=100)
    assert_linear(lambda size: "{a: [" + "1, " * size + "]}", work, start=100)


def test_edits_of_a_document_read_it_with_positions_once(monkeypatch: pytest.MonkeyPatch) -> None:
    composed: list[str] = []
    compose = composing.compose

    def counted(text: str) -> Composed:
        composed.append(text)
        return compose(text)

    monkeypatch.setattr(composing, "compose", counted)
    text = "a:\n- b: 80\n  c: 81\n- b: 82\nd: [e, f]\n"
    (document,) = documents(text)
    assert Place(document, ("a", 0, "c")).remove()
    assert Place(document, ("d",)).insert(0, "g")
    assert Place(document, ("a", 1, "b")).replace("http")
    assert composed == [text]


def test_a_change_of_one_line_needs_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    at = place("a:\n- b: 80 # why\n  c: 'd'\n- e\n", "a")
    monkeypatch.setattr(composing, "compose", lambda _: pytest.fail("composed"))
    monkeypatch.setattr(editing, "load", lambda _: pytest.fail("loaded"))
    assert parts(at.below(0, "b").replace(81)) == (8, 10, "81")
    assert parts(at.below(0, "c").replace("it's")) == (22, 25, "'it''s'")
    assert parts(at.below(1).replace("f")) == (28, 29, "f")
    assert parts(at.below(0, "c").remove()) == (17, 26, "")
    assert parts(at.below(0).insert("pathType", "it's")) == (25, 25, "\n  pathType: 'it''s'")
    assert parts(edit_of(Rename(at.below(0, "c"), "f"))) == (19, 20, "f")


@pytest.mark.parametrize(
    "text",
    ["a: |\n  x\nb: 1\n  # y\nc: 1\n", "a: |+\n  x\nb: 1\n\nc: 1\n", "a: |\n  x\nb: 1", "a: >+\n  x\nb: 1\n\n---\n"],
)
def test_what_stands_below_a_line_does_not_come_into_a_text_above_it(text: str) -> None:
    assert remove(text, ("b",)) is None

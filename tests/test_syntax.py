"""What klint says to a document that does not parse: where to look, and what is wrong there."""

import pytest

from klint.text.document import Problem
from klint.text.reading import read_documents
from klint.text.source import Source


def problem(text: str) -> Problem:
    """The one problem of a text's first document that has any."""
    (found,) = next(document.problems for document in read_documents(Source("x.yaml", text)) if document.problems)
    return found


def said(text: str) -> str:
    found = problem(text)
    assert found.rule == "syntax-error"
    return f"{found.span.line}:{found.span.column} {found.message}"


TAB = "A tab cannot indent YAML: use spaces"
GLUED = "A space is missing after this colon"
NO_KEY = "This line has no key: a colon and a space are missing"
DEEPER = "This line is indented deeper than the one above, which has its value already"
FITS_NONE = "The indentation of this line fits no line above it"
COLON = "A value that holds a colon and a space must be in quotes"
AFTER_QUOTE = "Text follows a closing quote: put the whole value in one pair of quotes"
NO_LIST_ITEM = "A key is where a list item should be: a dash is missing, or the indentation is wrong"
BLOCK = "A value cannot start with | or >, which begin a block of text: put it in quotes"

MISTAKES = [
    ("a:\n\tb: 1\n", f"2:1 {TAB}"),
    ("a:\n  b: 1\n\tc: 2\n", f"3:1 {TAB}"),
    ("a:\n  b: 1\n  \tc: 2\n", f"3:3 {TAB}"),
    ("a: @b\n", "1:4 A value cannot start with @: put it in quotes"),
    ("- `b`\n", "1:3 A value cannot start with `: put it in quotes"),
    ("a: %b\n", "1:4 A value cannot start with %: put it in quotes"),
    ("a: *.example.com\n", "1:4 A value cannot start with *: put it in quotes"),
    ("a: *\n", "1:4 A value cannot start with *: put it in quotes"),
    ("a: &\n", "1:4 A value cannot start with &: put it in quotes"),
    ("a: *b\n", "1:4 A value that starts with * must be in quotes; as an alias it has no anchor above"),
    ("a: >=1.2\n", f"1:4 {BLOCK}"),
    ("a: |b\n", f"1:4 {BLOCK}"),
    ("a:\n  b:c\n  d: 1\n", f"2:4 {GLUED}"),
    ("a:\n  - b:c\n    d: 1\n", f"2:6 {GLUED}"),
    ("a:b\nc: 1\n", f"1:2 {GLUED}"),
    ("a:b # why\n\n# more\nc: 1\n", f"1:2 {GLUED}"),
    ("a: b\nfoo\nc: d\n", f"2:1 {NO_KEY}"),
    ("foo\nbar: 1\n", f"1:1 {NO_KEY}"),
    ("a: b: c\n", f"1:4 {COLON}"),
    ("- a: echo b: c\n", f"1:6 {COLON}"),
    ("a:\n  b: c\n   d: e\n", f"3:4 {DEEPER}"),
    ("a:\n  - b\n    c: d\n", f"3:5 {DEEPER}"),
    ("a:\n  b: c\n d: e\n", f"3:2 {FITS_NONE}"),
    ("a:\n  - b: c\n - d: e\n", f"3:2 {FITS_NONE}"),
    ("a:\n -   b: c\n   d: e\n", f"3:4 {FITS_NONE}"),
    ("a: |\n  b\n c\n", f"3:2 {FITS_NONE}"),
    ("a:\n  b: c\n  - d\n", "3:3 A list item is where a key should be"),
    ("a:\n  - b\n  c: d\n", f"3:3 {NO_LIST_ITEM}"),
    ("a: - b\n", "1:4 A list cannot start on the line of its key"),
    ("  a: b\nc: d\n", "2:1 This line is indented less than the document's first"),
    (': a\n"b": c\n', "1:1 A key is missing before this colon"),
    ('a: "b\nc: d\n', "1:4 This quote is never closed"),
    ("a: 'b\nc: d\n", "1:4 This quote is never closed"),
    ('a: "b\nc: "d"\n', "1:4 This quote is not closed on its line"),
    ("a: 'it's'\n", f"1:8 {AFTER_QUOTE}"),
    ('a: "b" c\n', f"1:8 {AFTER_QUOTE}"),
    ("a: 'b' 'c'\n", f"1:8 {AFTER_QUOTE}"),
    ('a: "\\d+"\n', "1:5 \\d means nothing in double quotes: use single quotes, or write \\\\ for a backslash"),
    ("a: [b, c", "1:4 This [ is never closed"),
    ('{"a": {"b": 1}', "1:1 This { is never closed"),
    ("a: [b, c\nd: e\n", "2:1 A comma is missing before this, or what closes the ["),
    ('{\n  "a": 1\n  "b": 2\n}', "3:3 A comma is missing before this, or what closes the {"),
    ('{"a": 1,, "b": 2}', "1:9 A value is missing before this"),
    ("a: [b]]\n", "1:7 This ] closes nothing"),
    ('{"a": 1}}', "1:9 This } closes nothing"),
    ("'a'\nb: c\n", "2:1 The document has ended before this"),
    ("[a, b]: c\n", "1:1 A mapping or a list cannot be a key: put a value that starts with { or [ in quotes"),
    ("a: \x01\n", "1:4 A control character (U+0001) is not allowed in YAML"),
    ("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> topic\n", "2:1 A merge conflict was never resolved"),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_mistakes_are_told_in_words_and_where_they_are(text: str, expected: str) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_line_breaks_of_windows_change_nothing(text: str, expected: str) -> None:
    assert said(text.replace("\n", "\r\n")) == expected


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_places_count_from_the_top_of_the_file(text: str, expected: str) -> None:
    line, _, rest = expected.partition(":")
    assert said("---\na: 1\n---\n" + text) == f"{int(line) + 3}:{rest}"


TEMPLATES = [
    ("a: {{ b }}\n", "1:4"),
    ("- {{ b }}\n", "1:3"),
    ("{{- if a }}\na: 1\n{{- end }}\n", "1:1"),
    ("a: 1\n{% if a %}\nb: 1\n{% endif %}\n", "2:1"),
    ("a: 1\n%{ if a }\nb: 1\n%{ endif }\n", "2:1"),
    ("a:\n  {{.X | default}}\n", "2:3"),
    ('a:\n  b: 1\n{{.X | default "c"}}\n', "3:1"),
    ("a: 1\n<% if a %>\nb: 1\n", "2:1"),
    ("a: @NAME@\n", "1:4"),
    ("a: %NAME%\n", "1:4"),
    ("a: {IP}.16\n", "1:4"),
    ("a: {b: ${C}}\n", "1:8"),
    ("a: {b: c, d: x-${E}-y}\n", "1:16"),
    ("a: [b, ${C:-d e}]\n", "1:8"),
    ("a: {\n  b: 1,\n  c: ${D}\n}\n", "3:6"),
    ("a: {b: ${{ c.d }}}\n", "1:8"),
    ("a: {b: [c, {% d %}]}\n", "1:12"),
    ("a: {b: 1, c: @D@}\n", "1:14"),
]


@pytest.mark.parametrize(("text", "place"), TEMPLATES)
def test_templates_are_not_analysed(text: str, place: str) -> None:
    found = problem(text)
    assert (found.rule, found.is_harmless) == ("not-analysed", True)
    assert f"{found.span.line}:{found.span.column}" == place
    assert found.message == "Looks like an unrendered template"


@pytest.mark.parametrize(
    "text",
    [
        'a: "{{ b }}"\nc:\n\td: 1\n',
        "a: b-{{ c }}\nd: 1\n e: 2\n",
        "a: |\n  {{ b }}\n  {% c %}\nd: 1\n e: 2\n",
        "a: 1\n# {{ b }}\nc: @d\n",
        "a: {{ b }}\n".replace("{{", "{").replace("}}", "}") + "c: d: e\n",
        "{a: b c: d}\n",
        "{a: $b c: d}\n",
        "{a: ${b: c}}\n",
        "{a: ${}}\n",
        'a: {b: "${C}" d: e}\n',
        "a: {b: '${C}', c: d e: f}\n",
        "a: ${B}\nc: {d: e f: g}\n",
        'a: "${B:-\\q}"\n',
    ],
)
def test_a_mistake_elsewhere_makes_no_template(text: str) -> None:
    assert problem(text).rule == "syntax-error"


@pytest.mark.parametrize(
    "text", ["a: b-{{ c }}\n", "a: '{{ b }}'\n", "a: ${{ b }}\n", "a: |\n  {{ b }}\n", "a: x@y@z\n"]
)
def test_marks_that_break_nothing(text: str) -> None:
    (document,) = read_documents(Source("x.yaml", text))
    assert document.problems == ()
    assert list(document.data) == ["a"]


@pytest.mark.parametrize(
    "text",
    [
        "<<<<<<< a\n" * 20_000 + "b: [\n",
        "a: " + "- " * 20_000 + "@\n",
        "a: " + "b: " * 20_000 + "\n",
        '"' + "a\n" * 50_000,
        "a: [" * 300 + "\n",
        "a: 'b\n" * 20_001,
    ],
)
def test_long_broken_texts_are_told_at_once(text: str) -> None:
    assert problem(text).rule in ("syntax-error", "not-analysed")


def test_duplicate_keys_name_both_lines() -> None:
    found = problem("a: 1\nb: 2\n'a': 3\n")
    assert (found.rule, str(found.span)) == ("duplicate-key", "x.yaml:3:1")
    assert found.sentence == "'a' is set twice; the value on line 1 is lost"
    assert [(message, str(span)) for message, span in found.related] == [("lost", "x.yaml:1:1")]

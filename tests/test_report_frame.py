"""Source frames: carets stand under the span, whatever the line holds and however long it is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint.report.escape import escape
from klint.report.frame import WIDTH, Frame, frame
from klint.text.source import Source, Span

LINES = st.text(
    st.one_of(
        st.sampled_from("ab: \t\u0301\u200d😀界\x1b\u202e\ufeff👩"),
        st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]),
    )
)


def span_of(text: str, wanted: str) -> Span:
    start = text.index(wanted)
    return Source("a.yaml", text).span(start, start + len(wanted))


def drawn(text: str, wanted: str) -> str:
    found = frame(span_of(text, wanted))
    assert found is not None
    return f"{found.line}\n{' ' * found.indent}{'^' * found.carets}"


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        ("  nodePort: 80", "80", "  nodePort: 80\n            ^^"),
        ("a:\tweb", "web", "a:  web\n    ^^^"),
        ("\t\tweb", "web", "        web\n        ^^^"),
        ("a\tb\tc", "\tb\t", "a   b   c\n ^^^^^^^"),
        ("😀: web", "web", "😀: web\n    ^^^"),
        ("name: 東京 # city", "東京", "name: 東京 # city\n      ^^^^"),
        ("cafe\u0301: web", "web", "cafe\u0301: web\n      ^^^"),
        ("e\u0301: web", "e\u0301", "e\u0301: web\n^"),
        ("a: \x1b[31mred", "red", "a: \\x1b[31mred\n           ^^^"),
        ("a: \u202eweb", "web", "a: \\u202eweb\n         ^^^"),
    ],
    ids=["plain", "tab", "tabs", "tabs in the span", "emoji", "wide", "combining", "combined", "escape", "bidi"],
)
def test_carets_stand_under_the_span_as_a_terminal_draws_it(text: str, wanted: str, expected: str) -> None:
    assert drawn(text, wanted) == expected


def test_an_empty_span_has_one_caret() -> None:
    assert frame(Span(Source("a", "key:"), 1, 5, 1, 5)) == Frame("key:", 4, 1)


def test_a_span_over_several_lines_has_carets_to_the_end_of_its_first() -> None:
    assert frame(Span(Source("a", "one\ntwo\n"), 1, 2, 2, 3)) == Frame("one", 1, 2)


def test_a_span_past_the_end_of_the_line_does_not_leave_it() -> None:
    assert frame(Span(Source("a", "one"), 1, 90, 1, 99)) == Frame("one", 3, 1)


def test_a_line_break_of_two_characters_is_not_shown() -> None:
    assert frame(Source("a", "one\r\ntwo\r\n").span(5, 8)) == Frame("two", 0, 3)


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_line_has_no_frame(text: str) -> None:
    assert frame(Source("a", text).span(0, 0)) is None


def test_a_line_as_wide_as_a_frame_is_whole() -> None:
    text = "x" * WIDTH
    assert frame(Source("a", text).span(0, 1)) == Frame(text, 0, 1)


def test_a_long_line_is_cut_after_its_start() -> None:
    assert drawn("ab" + "x" * 300, "ab") == "ab" + "x" * (WIDTH - 2) + "…\n^^"


def test_a_long_line_is_cut_around_the_span() -> None:
    line, carets = drawn("x" * 500 + "web" + "y" * 500, "web").split("\n")
    assert line == "…" + "x" * 33 + "web" + "y" * 64 + "…"
    assert carets == " " * 34 + "^^^"


def test_a_long_line_is_cut_before_its_end() -> None:
    line, carets = drawn("x" * 500 + "web", "web").split("\n")
    assert line == "…" + "x" * (WIDTH - 3) + "web"
    assert carets == " " * (WIDTH - 2) + "^^^"


def test_a_span_longer_than_the_frame_is_marked_as_far_as_it_shows() -> None:
    line, carets = drawn("ab: " + "x" * 400, "x" * 400).split("\n")
    assert line == "ab: " + "x" * (WIDTH - 4) + "…"
    assert carets == "    " + "^" * (WIDTH - 4)


def test_a_line_of_megabytes_is_cut_without_looking_at_all_of_it() -> None:
    text = "{" + '"a": "😀", ' * 400_000 + '"port": 1}'
    found = frame(span_of(text, '"port"'))
    assert found is not None
    assert columns(found.line) <= WIDTH + 2


def columns(text: str) -> int:
    """How many columns a terminal needs."""
    combining = [item for item in text if item == "\u200d" or unicodedata.category(item) in ("Mn", "Me")]
    rest = [item for item in text if item not in combining]
    return len(rest) + sum(unicodedata.east_asian_width(item) in ("W", "F") for item in rest)


@given(LINES.filter(bool), st.data())
def test_a_frame_is_safe_fits_and_keeps_its_carets_on_the_line(line: str, data: st.DataObject) -> None:
    line *= data.draw(st.sampled_from([1, 40]))
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, len(line)))
    found = frame(Source("a", line).span(start, end))
    assert found is not None
    assert escape(found.line) == found.line
    assert columns(found.line) <= WIDTH + 2
    assert found.carets >= 1
    assert found.indent + found.carets <= max(columns(found.line), found.indent + 1)
    assert columns(found.line[: found.start]) == found.indent
    assert max(1, columns(found.line[found.start : found.end])) == found.carets


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=400), st.data())
def test_what_carets_stand_under_is_the_span(line: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(line) - 1))
    end = data.draw(st.integers(start + 1, len(line)))
    found = frame(Source("a", line).span(start, end))
    assert found is not None
    marked = found.line[found.indent : found.indent + found.carets]
    assert marked == found.line[found.start : found.end]
    assert marked == line[start:end][: found.carets]
    assert marked == line[start:end] or found.line.endswith("…")


@given(st.text())
def test_escaped_text_has_nothing_that_steers_a_terminal_or_hides(text: str) -> None:
    shown = escape(text)
    assert "\n" not in shown
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in shown)
    assert not any(unicodedata.bidirectional(character) in BIDI for character in shown)
    shown.encode("utf-8")


BIDI = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


@pytest.mark.parametrize("text", ["web-1.2:80/TCP [x] 100%", "Zürich", "東京", "👩‍💻 ✓", "e\u0301"])
def test_ordinary_text_is_not_escaped(text: str) -> None:
    assert escape(text) == text

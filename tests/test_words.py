"""Lists and counts as sentences have them."""

from klint.text.words import abridged, counted, joined


def test_names_are_joined() -> None:
    assert joined([]) == ""
    assert joined(["a"]) == "a"
    assert joined(["a", "b"]) == "a and b"
    assert joined(("a", "b", "c"), "or") == "a, b or c"


def test_many_names_are_abridged() -> None:
    assert abridged([], 2) == ""
    assert abridged(["a", "b"], 2) == "a, b"
    assert abridged(["a", "b", "c"], 2) == "a, b and 1 more"
    assert abridged(["a"] * 5001, 1) == "a and 5,000 more"


def test_counts_have_their_noun() -> None:
    assert [counted(count, "file") for count in (0, 1, 2)] == ["0 files", "1 file", "2 files"]

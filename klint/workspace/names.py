"""Words in the names of files and folders."""

from __future__ import annotations

from klint.regex import regex

VALUES = "values"
"""A file with this word in its name has a chart's values: every other word says what they are for."""

WORD = regex(r"[a-z0-9]+")


def words_of_file(relative: str) -> list[str]:
    """The words in a file's name, without its suffix."""
    name = relative.rpartition("/")[2]
    return WORD.findall((name.rpartition(".")[0] or name).lower())

"""The format of pages: Markdown, with examples in blocks. `klint.testing` documents it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from klint.records import dataclass, field

_TOKENS = re.compile(
    r"^(?P<heading>#{1,6} [^\n]*)$"
    r"|^<!-- with: (?P<others>[^\n]*) -->$"
    r"|^(?P<fence>`{3,}+)(?P<language>\w*+)[^\n]*\n(?P<body>.*?)(?:^(?P=fence)[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_FILE_NAME = re.compile(r"`([^`\s]+\.[A-Za-z]+|[^`\s]*Makefile|[^`\s]*Dockerfile)`[^`]*\Z")
MANIFEST_LANGUAGES = ("yaml", "json", "kyaml", "sh", "bash", "makefile", "dockerfile", "ini")


@dataclass
class Example:
    """Files of one example on a page, what it says klint prints, and where that stands in the page's text.

    `diff` is what it says all fixes change, with its place, which is None where the page says nothing of fixes.
    `others` are the rules that run beside the page's own.
    """

    files: dict[str, str] = field(default_factory=dict)
    expected: str = ""
    expected_at: tuple[int, int] | None = None
    heading: str = ""
    others: tuple[str, ...] = ()
    diff: str = ""
    diff_at: tuple[int, int] | None = None


def examples(page: str) -> Iterator[Example]:
    """The examples of a page, in order. A heading, a console block, a sentence or a file named twice ends one.

    A diff block right after a console block is part of the same example.
    """
    current = Example()
    told: Example | None = None
    heading = ""
    previous_end = 0
    for token in _TOKENS.finditer(page):
        if told is not None:
            if token["language"] == "diff":
                told.diff, told.diff_at = token["body"], token.span("body")
            yield told
            told = None
        if token["heading"]:
            if current.files:
                yield current
            heading = token["heading"].lstrip("# ").strip()
            current = Example(heading=heading)
        elif token["others"]:
            if current.files:
                yield current
            current = Example(heading=heading, others=tuple(name.strip() for name in token["others"].split(",")))
        elif token["language"] == "console":
            current.expected, current.expected_at = token["body"], token.span("body")
            told = current
            current = Example(heading=heading)
        elif token["language"] in MANIFEST_LANGUAGES:
            before, _, last = page[previous_end : token.start()].strip().rpartition("\n")
            named = _FILE_NAME.search(last)
            name = named[1] if named else "manifest.yaml"
            if current.files and (name in current.files or before or (last and not named)):
                yield current
                current = Example(heading=heading)
            current.files[name] = token["body"]
        previous_end = token.end()
    if told is not None:
        yield told
    if current.files:
        yield current

"""The sections of a report, and what they are made of: tables, lists that end, and what unfolds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from klint.report.html.markup import Html, element

MOST = 200
"""Items of a list that are shown; the others are counted."""


def section(name: str, title: str, *content: Html | str | None) -> Html:
    """A section with a heading, which the contents of the page can lead to."""
    return element("section", element("h2", title, id=name), *content, aria_labelledby=name)


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Html | str]], *, fits: bool = False) -> Html:
    """A table whose rows begin with what they are about.

    The caption is for those who do not see the table. One that `fits` is as wide as what is in it; of another, the
    cells of a row stand below each other on a narrow screen, each with its head.
    """
    return element(
        "div",
        element(
            "table",
            element("caption", caption, class_="out-of-sight"),
            element("thead", element("tr", *(element("th", head, scope="col") for head in heads))),
            element("tbody", *(_row(heads, row) for row in rows)),
            class_="fit" if fits else "stacks",
        ),
        class_="wide",
    )


def _row(heads: Sequence[str], cells: Sequence[Html | str]) -> Html:
    others = (element("td", cell, data_head=head) for head, cell in zip(heads[1:], cells[1:], strict=True))
    return element("tr", element("th", cells[0], scope="row"), *others)


def bullets(items: Sequence[Html | str], most: int = MOST) -> Html:
    """A list of the first items, and how many more there are."""
    left = len(items) - most
    return element(
        "ul",
        *(element("li", item) for item in islice(items, most)),
        element("li", f"and {left:,} more", class_="faint") if left > 0 else None,
    )


def folded(summary: Html | str, *content: Html | str | None, is_open: bool = False, name: str | None = None) -> Html:
    """Something behind a line, which a click unfolds and paper shows."""
    return element("details", element("summary", summary), *content, open=is_open, id=name)


def more(count: int, most: int) -> Iterator[Html]:
    """How many of a list are not shown, if some are not."""
    if count > most:
        yield element("p", f"and {count - most:,} more", class_="faint")

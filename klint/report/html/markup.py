"""Elements of HTML. What is a `str` is a text and is escaped; what is `Html` is markup."""

from __future__ import annotations

import re
from collections.abc import Iterable

from klint.report.escape import escape_lines

VOID = frozenset(("br", "hr", "img", "input", "link", "meta"))
"""Elements that have neither content nor an end tag."""


_WRITTEN = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "##": "#&#35;", "::": ":&#58;"}
_ACTIVE = re.compile("|".join(_WRITTEN))


class Html(str):
    """Markup. Only this module makes it of texts."""

    __slots__ = ()


def text(value: str) -> Html:
    """A text as markup, with what is not seen spelled out; line breaks and tabs stay.

    What a CI runner would take for a command (`klint.report.escape.inert`) is written by the numbers of its
    characters, which a browser shows as they are.
    """
    shown = escape_lines(value)
    return Html(_ACTIVE.sub(lambda match: _WRITTEN[match[0]], shown) if _ACTIVE.search(shown) else shown)


def element(tag: str, *content: str | None, **attributes: str | int | bool | None) -> Html:
    """An element with content, in which None is nothing.

    Attributes are named as in HTML, with `_` for `-`, and one at the end where Python has the word for itself:
    `class_`, `aria_label`. One that is True stands without a value, one that is False or None is left out.
    """
    written = "".join(
        f" {_name(name)}" if value is True else f' {_name(name)}="{text(str(value))}"'
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    start = f"<{tag}{written}>"
    return Html(start) if tag in VOID else Html(f"{start}{joined(content)}</{tag}>")


def joined(content: Iterable[str | None]) -> Html:
    """One piece of content after another."""
    return Html("".join(item if isinstance(item, Html) else text(item) for item in content if item is not None))


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")

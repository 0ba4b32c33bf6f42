"""What several pages show alike: a heading with numbers, and words that have a colour and a sign."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from klint.report.audiences import who_words
from klint.report.escape import escape
from klint.report.html.markup import Html, element

if TYPE_CHECKING:
    from klint.exposure.audience import Who
    from klint.findings import Severity
    from klint.hops import State


def banner(title: str, facts: Iterable[str | Html]) -> Html:
    """The heading of a page, and a few numbers of what it is about."""
    items = [element("li", fact) for fact in facts]
    return element("header", element("h1", escape(title)), element("ul", *items, class_="facts"), class_="banner")


def severity(level: Severity, words: str = "") -> Html:
    """How grave something is, in its own word or in others: `2 errors`."""
    return element("span", words or str(level), class_=str(level))


def audience(who: Who) -> Html:
    """Who can use an entry."""
    return element("span", who_words(who), class_=f"who who-{who.name.lower()}")


def state(found: State) -> Html | None:
    """That a reference is broken or unknown; one that leads on needs no word."""
    return None if found.value == "resolved" else element("span", found.value, class_=found.value)


def layer(name: str, words: str | None = None) -> Html:
    """A layer of exposure, in its own word or in others; in its colour alone where these are empty."""
    return element("span", escape(name if words is None else words), class_=f"layer layer-{escape(name)}", title=name)


def place(where: str) -> Html:
    """A file, or a line of one."""
    return element("code", escape(where))


def chip(words: str) -> Html:
    """A fact in a word or two, as an environment."""
    return element("span", escape(words), class_="chip")

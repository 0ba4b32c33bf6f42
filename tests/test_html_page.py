"""The shell of HTML pages: what it escapes, and what it allows itself."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from klint.report.html import page as shell
from klint.report.html.markup import VOID, Html, element, joined, text
from klint.report.html.page import page

NASTY = '</script><script>alert(1)</script>&lt;<!--\u202e\x1b[1m"'


class Parsed(HTMLParser):
    """The elements of a page; fails where one is not closed."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)

    def attributes(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)


def digest(code: str) -> str:
    return f"'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'"


@pytest.mark.parametrize(
    ("value", "markup"),
    [
        ('<b> & "c"', "&lt;b&gt; &amp; &quot;c&quot;"),
        ("\x1b[1m\u202e", r"\x1b[1m\u202e"),
        ("a\n\tb", "a\n\tb"),
        ("::warning::x ##[error]", ":&#58;warning:&#58;x #&#35;[error]"),
        ("&lt;", "&amp;lt;"),
    ],
)
def test_a_text_is_escaped(value: str, markup: str) -> None:
    assert text(value) == markup


def test_an_element() -> None:
    inner = element("b", "<i>")
    assert element("p", inner, None, " & ", class_="x", aria_label='a"b', hidden=True, id=None, open=False) == (
        '<p class="x" aria-label="a&quot;b" hidden><b>&lt;i&gt;</b> &amp; </p>'
    )
    assert element("br") == "<br>"
    assert joined((inner, "<")) == "<b>&lt;i&gt;</b>&lt;"
    assert isinstance(element("p"), Html)


def test_a_page_allows_itself_only_what_it_has() -> None:
    plain, scripted = Parsed(page("x")), Parsed(page("x", scripts=["style.css"]))
    for parsed in (plain, scripted):
        (policy,) = (item["content"] or "" for item in parsed.attributes("meta") if "http-equiv" in item)
        assert policy.startswith("default-src 'none'; ")
        assert digest("".join(parsed.texts["style"])) in policy
        assert not [item for tag, item in parsed.elements if tag in ("link", "img", "iframe", "base") or "src" in item]
    assert "script-src" not in policy or digest("".join(scripted.texts["script"])) in policy
    assert "script" not in plain.texts


def test_data_and_titles_stay_what_they_are() -> None:
    written = page(NASTY, element("main", NASTY), data={"map": {"name": NASTY, "##[error]": 1}})
    parsed = Parsed(written)
    (data,) = parsed.texts["script"]
    assert json.loads(data) == {"name": NASTY, "##[error]": 1}
    assert [item.get("type") for item in parsed.attributes("script")] == ["application/json"]
    assert "##[" not in written
    assert "".join(parsed.texts["main"]) == "".join(parsed.texts["title"]) == text_of(NASTY)
    assert page("x", element("p")) == page("x", element("p"))


def text_of(value: str) -> str:
    return value.replace("\u202e", r"\u202e").replace("\x1b", r"\x1b")


def luminance(color: str) -> float:
    """Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_color_of_text_can_be_read_on_every_ground() -> None:
    style = (Path(shell.__file__).parent / "style.css").read_text("utf-8")
    schemes = [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in re.findall(r":root {(.*?)}", style, re.S)
    ]
    assert len(schemes) == 3  # light, dark, paper
    for scheme in schemes:
        grounds = [scheme[name] for name in ("ground", "raised", "lit") if name in scheme]
        layers = {"entry", "routing", "distribution", "workload"}
        for name in scheme.keys() - {"ground", "raised", "sunken", "lit", "edge"} - layers:
            for ground in grounds:
                light, dark = sorted((luminance(scheme[name]), luminance(ground)), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, scheme[name], ground)

"""The shell of a page: one self-contained file, whose policy forbids that it fetches or sends anything."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

import klint
from klint.report.escape import escape, inert_json
from klint.report.html.markup import Html, element, joined
from klint.report.pages import HOME

_FOLDER = Path(__file__).parent
_IN_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def page(
    title: str,
    *content: Html,
    styles: Sequence[str] = ("style.css",),
    scripts: Sequence[str] = (),
    data: Mapping[str, object] | None = None,
    has_pictures: bool = False,
) -> str:
    """A page as the text of its file.

    Args:
        title: what the page is, as its heading and as the browser's title.
        content: what follows the heading; `header`, `main` and the like.
        styles: files of this package.
        scripts: files of this package; they run when the page is read. Without them it must be of use, too.
        data: by the id that they get, what the scripts read: anything that JSON has.
        has_pictures: whether it has pictures, which are `data:` within it.
    """
    style, script = (joined(map(_code, names)) for names in (styles, scripts))
    head = joined(
        (
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=_policy(style, script, has_pictures)),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("meta", name="generator", content=f"klint {klint.__version__}"),
            element("title", escape(title)),
            element("style", style),
        )
    )
    body = joined(
        (
            *content,
            element(
                "footer",
                "Made by ",
                element("a", "klint", href=HOME, rel="noreferrer"),
                f" {klint.__version__}, from files alone.",
                class_="foot",
            ),
            *(_data(name, value) for name, value in (data or {}).items()),
            element("script", script) if script else None,
        )
    )
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>{body}</body></html>\n'


def _data(name: str, value: object) -> Html:
    """A value as JSON, in which nothing ends the element that holds it, or begins a comment."""
    written = inert_json(json.dumps(value, separators=(",", ":"))).translate(_IN_SCRIPT)
    return element("script", Html(written), type="application/json", id=name)


def _policy(style: str, script: str, has_pictures: bool) -> str:
    """The page runs its own scripts and uses its own styles, known by their hashes, and may load nothing.

    Source: https://www.w3.org/TR/CSP3/#framework-directive-source-list (hash-source).
    """
    parts = ["default-src 'none'", f"style-src '{_digest(style)}'"]
    if script:
        parts.append(f"script-src '{_digest(script)}'")
    if has_pictures:
        parts.append("img-src data:")
    return "; ".join((*parts, "base-uri 'none'", "form-action 'none'"))


def _digest(code: str) -> str:
    return f"sha256-{b64encode(sha256(code.encode()).digest()).decode()}"


@cache
def _code(name: str) -> Html:
    """A style or a script of this package. Neither has an end tag in it."""
    return Html((_FOLDER / name).read_text("utf-8"))

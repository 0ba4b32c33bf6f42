"""The page of `klint report` in a browser: it shows its pictures, and fits a narrow screen and paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from klint.registry import load_rules
from klint.report.html.report import render
from klint.session import Session

if TYPE_CHECKING:
    from playwright.sync_api import Page

EXAMPLE = Path(__file__).parents[2] / "example"
TODAY = date(2031, 1, 2)


@pytest.fixture(scope="module")
def example() -> str:
    rules, _ = load_rules(())
    return render(Session.of([str(EXAMPLE)], rules=rules, today=TODAY).report(), "example", TODAY)


def test_pictures_are_drawn_and_links_lead_to_their_sections(opened: Callable[..., Page], example: str) -> None:
    page = opened(example, java_script_enabled=True)
    widths = page.evaluate("[...document.images].map((image) => image.complete && image.naturalWidth)")
    assert len(widths) == 2
    assert all(width > 500 for width in widths)
    page.click("nav >> text=Silenced")
    assert page.url.endswith("#silenced")
    page.click("#rule-invalid-service > summary")
    assert page.locator("#rule-invalid-service .page").is_visible()


def test_a_narrow_screen_is_not_left(opened: Callable[..., Page], example: str) -> None:
    page = opened(example, viewport={"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_paper_has_what_is_folded_and_nothing_to_press(opened: Callable[..., Page], example: str) -> None:
    page = opened(example)
    bundles = page.locator("details:not([open]) >> text=example/local").first
    assert not bundles.is_visible()
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden()
    assert bundles.is_visible()
    assert page.locator(".page").first.is_hidden()

"""The page of `klint map` in a browser: what a person sees, presses and types."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from klint.maps.areas import exposure_map
from klint.registry import load_rules
from klint.report.html.map import render
from klint.session import Session
from tests.conftest import graph_of_text

if TYPE_CHECKING:
    from playwright.sync_api import Page

EXAMPLE = Path(__file__).parents[2] / "example"
MANY = 2_000
MOST_CARDS = 200
"""Cards that are drawn at once, however many there are: what is drawn is what takes time."""


@pytest.fixture(scope="module")
def example() -> str:
    rules, _ = load_rules(())
    report = Session.of([str(EXAMPLE)], rules=rules).report()
    return render(exposure_map(report.graphs, report.findings), (), report.rules)


@pytest.fixture(scope="module")
def many() -> str:
    workloads = (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: app-{number}, namespace: team-{number % 20}}}\n"
        f"spec: {{containers: [{{name: web, ports: [{{containerPort: 80, hostPort: {8000 + number}}}]}}]}}\n"
        for number in range(MANY)
    )
    return render(exposure_map([graph_of_text("---\n".join(workloads))], ()))


def names(page: Page) -> list[str]:
    """The objects that are drawn."""
    found: list[str] = page.eval_on_selector_all(".card[data-stop]", "cards => cards.map((card) => card.title)")
    return found


def card(page: Page, title: str) -> str:
    assert page.locator(f'.card[title="{title}"]').count() == 1, names(page)
    return f'.card[title="{title}"]'


def test_the_ways_are_drawn(opened: Callable[..., Page], example: str) -> None:
    page = opened(example)
    assert {"LoadBalancer 443 of Service traefik/traefik", "Ingress shop/shop", "Service search-api"} < {*names(page)}
    assert page.locator(".curve-broken").count() > page.locator(".legend .curve-broken").count()
    assert page.locator("#list").is_hidden()
    page.hover(card(page, "Deployment shop/admin"))
    lit = page.eval_on_selector_all(".card.lit", "cards => cards.map((card) => card.title)")
    assert {*lit} == {
        "Deployment shop/admin",
        "Service shop/admin",
        "Ingress shop/admin",
        "IngressClass traefik-internal",
    }


def test_search_and_filters_leave_what_is_meant_and_the_ways_through_it(
    opened: Callable[..., Page], example: str
) -> None:
    page = opened(example)
    page.fill("[name=q]", "Deployment MAILPIT")
    assert page.locator("#pictures h2").all_inner_texts() == ["example/local"]
    assert {*names(page)} == {
        "NodePort 8025 of Service mailpit",
        "hostPort 1025 of Deployment mailpit",
        "Service mailpit",
        "Deployment mailpit",
    }
    shared = page.url
    page.fill("[name=q]", "nothing is called that")
    assert page.locator("#nothing").is_visible()
    page.click("#clear")
    assert len(names(page)) > 20
    for name, value, shown, hidden in (
        ("environment", "local", "Service mailpit", "Ingress shop/shop"),
        ("namespace", "traefik", "Deployment traefik/traefik", "Deployment shop/payments"),
        ("layer", "routing", "Ingress shop/shop", "hostPort 3478 of StatefulSet shop/turn"),
        ("found", "error", "Ingress shop/status", "Deployment shop/admin"),
        ("found", "broken", "Service search-api", "Deployment storefront"),
        ("audience", "world", "Ingress shop/shop", "Ingress shop/admin"),
    ):
        page.select_option(f"[name={name}]", value)
        assert shown in names(page), (name, value)
        assert hidden not in names(page), (name, value)
        page.select_option(f"[name={name}]", "")
    page.goto("about:blank")
    page.goto(shared)
    assert page.input_value("[name=q]") == "Deployment MAILPIT"
    assert len(names(page)) == 4


def test_a_press_opens_what_is_known_of_a_stop(opened: Callable[..., Page], example: str) -> None:
    page = opened(example)
    panel = page.locator("#panel")
    assert panel.is_hidden()
    page.click(card(page, "Ingress shop/shop"))
    told = panel.inner_text()
    for part in (
        "example/production/ingress.yaml:4",
        "name: search-api",
        "shop.example.com",
        "Service shop/storefront",
    ):
        assert part in told
    panel.locator("summary", has_text="dangling-backend").click()
    assert "A route to a Service that does not exist" in panel.inner_text()
    panel.get_by_text("LoadBalancer 443 of Service traefik/traefik").click()
    assert "the world" in panel.inner_text()
    page.keyboard.press("Escape")
    assert panel.is_hidden()


def test_everything_is_within_reach_of_the_keyboard(opened: Callable[..., Page], example: str) -> None:
    page = opened(example)
    focused = "document.activeElement.title || document.activeElement.name || document.activeElement.id"
    page.keyboard.press("/")
    assert page.evaluate(focused) == "q"
    page.focus(".picture .card[tabindex='0']")
    begin = page.evaluate(focused)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "Deployment mailpit"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == "Deployment storefront"
    page.keyboard.press("Enter")
    assert page.evaluate(focused) == "panel-title"
    assert page.inner_text("#panel-title") == "Deployment storefront"
    page.keyboard.press("Escape")
    assert page.evaluate(focused) == "Deployment storefront"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")
    assert page.evaluate(focused) == begin


def test_a_script_in_a_name_stays_text(opened: Callable[..., Page]) -> None:
    name = "</script><script>document.title='taken'</script><img src=x onerror=document.title='taken'>"
    manifest = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
        f'spec: {{type: LoadBalancer, selector: {{app: "{name}"}}, ports: [{{port: 80}}]}}\n'
    )
    page = opened(render(exposure_map([graph_of_text(manifest)], ())))
    page.click('.card[title^="pods with"]')
    assert page.inner_text("#panel-title") == f"pods with app={name}"
    page.select_option("[name=view]", "list")
    assert name in page.inner_text("#list")
    assert "taken" not in page.title()
    assert page.locator("main img, aside img, main script, aside script").count() == 0


def test_of_many_only_what_is_unfolded_is_drawn(opened: Callable[..., Page], many: str) -> None:
    page = opened(many)
    assert page.locator(".card").count() == 2 * 20  # the entries and the workloads of each namespace
    page.click(".band >> nth=0")
    unfolded = page.locator(".card").count()
    assert 2 * 20 < unfolded < MOST_CARDS
    page.click(".card[data-more] >> nth=0")
    assert unfolded < page.locator(".card").count() < MOST_CARDS
    page.click(".band >> nth=0")
    assert page.locator(".card").count() == 2 * 20
    page.fill("[name=q]", "pod team-7/app-1")
    assert 0 < page.locator(".card").count() < MOST_CARDS
    page.fill("[name=q]", "app-1234")
    assert names(page) == ["hostPort 9234 of Pod team-14/app-1234", "Pod team-14/app-1234"]


def test_a_narrow_page_is_a_list(opened: Callable[..., Page], example: str) -> None:
    page = opened(example, viewport={"width": 375, "height": 700})
    assert page.locator("#pictures").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    page.fill("[name=q]", "mailpit")
    seen = "links => links.filter((link) => link.checkVisibility()).map((link) => link.innerText)"
    assert page.eval_on_selector_all(".ways > li > a", seen) == [
        "NodePort 8025 of Service mailpit",
        "Service mailpit",
        "Deployment mailpit",
        "hostPort 1025 of Deployment mailpit",
        "Deployment mailpit",
    ]
    page.click(".ways > li > a >> nth=1")
    assert page.inner_text("#panel-title") == "Service mailpit"


def test_without_a_script_and_on_paper_the_ways_are_told(opened: Callable[..., Page], example: str) -> None:
    page = opened(example, java_script_enabled=False)
    assert page.locator("#controls").is_hidden()
    assert "Service search-api" in page.inner_text("#list")
    paper = opened(example)
    paper.emulate_media(media="print")
    assert paper.locator("#controls").is_hidden()
    assert paper.locator("#list").is_visible()

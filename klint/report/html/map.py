"""klint map as a page: pictures of the areas that a person can search, filter and open; and the same as a list."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from klint.exposure.audience import Who
from klint.findings import Severity
from klint.report.audiences import audience_words
from klint.report.html.map_data import PlainArea, PlainMap, plain
from klint.report.html.map_list import found_list, ways_list
from klint.report.html.markdown import to_html
from klint.report.html.markup import Html, element, joined
from klint.report.html.page import page
from klint.report.html.pieces import audience, banner, chip, severity
from klint.report.pages import page_uri
from klint.text.words import counted

if TYPE_CHECKING:
    from klint.errors import Failure
    from klint.findings import Finding
    from klint.maps.model import ExposureMap
    from klint.registry import Rule

SCRIPTS = ("map_ways.js", "map_layout.js", "map_picture.js", "map_panel.js", "map.js")
STYLES = ("style.css", "map.css")
LARGEST = 4_800_000
"""Characters up to which lines of sources are shown: browsers open such a page at once."""
TITLE = "What is open, and where it leads"

_UNKNOWN = "unknown"


def render(drawn: ExposureMap, failures: Sequence[Failure] = (), rules: Iterable[Rule] = ()) -> str:
    """The map as a page. The pages of those `rules` are in it that found something."""
    data, excerpts = plain(drawn)
    content = (
        banner(TITLE, _facts(drawn)),
        element(
            "main", *_failures(failures), _controls(drawn), _legend(), _nothing(drawn), *_ways(data), _elsewhere(data)
        ),
        _panel(),
        *_pages(drawn, rules),
    )
    excerpts.add(LARGEST - sum(map(len, content)) - len(json.dumps(data, separators=(",", ":"))))
    return page(TITLE, *content, styles=STYLES, scripts=SCRIPTS, data={"map": data})


def _facts(drawn: ExposureMap) -> Iterator[Html | str]:
    yield counted(len(drawn.areas), "bundle")
    entries = Counter(stop.audience.who for stop in drawn.stops if stop.audience is not None)
    for who in Who:
        if entries[who]:
            yield joined((audience(who), f" {entries[who]:,} {'entry' if entries[who] == 1 else 'entries'}"))
    findings = Counter(finding.severity for finding in _findings(drawn))
    for level in reversed(Severity):
        if findings[level]:
            yield severity(level, counted(findings[level], str(level)))


def _findings(drawn: ExposureMap) -> list[Finding]:
    """All that was found, once each: several areas may share one."""
    found = [finding for stop in drawn.stops for finding in stop.findings]
    found += [finding for area in drawn.areas for finding in area.findings]
    return list({id(finding): finding for finding in (*found, *drawn.findings)}.values())


def _failures(failures: Sequence[Failure]) -> Iterator[Html]:
    if failures:
        yield element("p", "klint could not do all of its job, so something may be missing here:")
        yield element("ul", *(element("li", str(failure)) for failure in failures))


# Controls


def _controls(drawn: ExposureMap) -> Html:
    """What the script listens to; without it nothing is there to be pressed."""
    environments = dict.fromkeys(area.bundle.target.environment or _UNKNOWN for area in drawn.areas)
    layers = {name: name for name in dict.fromkeys(stop.layer for stop in drawn.stops)}
    levels = {str(level): f"{level}s" for level in reversed(Severity)}
    audiences = {who.name.lower(): audience_words(who) for who in Who}
    return element(
        "form",
        element(
            "input",
            type="search",
            name="q",
            placeholder="Search names, hosts, files",
            aria_label="Search",
            autocomplete="off",
        ),
        _select("environment", "Environment", {name: name for name in environments}),
        _select("namespace", "Namespace", {}),
        _select("layer", "Layer", layers),
        _select("found", "Findings", {"any": "any", **levels, "broken": "broken ways"}),
        _select("audience", "Audience", audiences),
        _select("view", "As a map", {"list": "As a list"}),
        element("button", "Clear", type="button", class_="button", id="clear", hidden=True),
        element("span", role="status", class_="faint", id="said"),
        class_="controls",
        id="controls",
        role="search",
        hidden=True,
    )


def _select(name: str, usual: str, options: dict[str, str]) -> Html:
    items = [element("option", text, value=value) for value, text in {"": usual, **options}.items()]
    return element("select", *items, name=name, id=name, aria_label=name.capitalize())


def _legend() -> Html:
    lines = {
        "resolved": "leads there",
        "broken": "broken: requests end there",
        "unknown": "not known: not in the workspace, or to be filled in",
    }
    drawn = [
        element(
            "li",
            element(
                "svg",
                element("path", d="M0 5H34", class_=f"curve curve-{state}"),
                viewBox="0 0 34 10",
                aria_hidden="true",
            ),
            words,
            class_="legend-lines",
        )
        for state, words in lines.items()
    ]
    return element("ul", *(element("li", audience(who)) for who in Who), *drawn, class_="legend", aria_label="Legend")


def _nothing(drawn: ExposureMap) -> Html:
    if not drawn.areas:
        return element("p", "Nothing here is open to the outside, and nothing was found.", id="nothing")
    return element("p", "Nothing here is like that.", id="nothing", hidden=True)


# The ways


def _ways(drawn: PlainMap) -> Iterator[Html]:
    yield element("div", id="pictures", hidden=True)
    yield element("div", *(_area(area, drawn) for area in drawn["areas"]), id="list")


def _area(area: PlainArea, drawn: PlainMap) -> Html:
    facts = [chip(fact) for fact in (area.get("environment"), area.get("platform")) if fact]
    head = element("div", element("h2", area["name"]), *facts, class_="area-head")
    return element("section", head, ways_list(area, drawn), class_="area", data_area=area["id"])


def _elsewhere(drawn: PlainMap) -> Html | None:
    """What was found in no bundle, as in scripts and the configuration."""
    if not drawn["findings"]:
        return None
    return element("section", element("h2", "Found elsewhere"), found_list(drawn["findings"], drawn["files"]))


def _panel() -> Html:
    title = element("h2", id="panel-title", tabindex="-1")
    close = element("button", "Close", type="button", class_="button", id="close")
    head = element("div", title, close, id="panel-head")
    return element(
        "aside", head, element("div", id="panel-content"), id="panel", aria_labelledby="panel-title", hidden=True
    )


def _pages(drawn: ExposureMap, rules: Iterable[Rule]) -> Iterator[Html]:
    """The pages of the rules that found something, for the panel to show."""
    found = {finding.rule for finding in _findings(drawn)}
    for rule in rules:
        if rule.name in found:
            uri = page_uri(rule)
            link = element("p", element("a", "On the web", href=uri, rel="noreferrer")) if uri else None
            text = to_html(rule.page, 4) if rule.page else element("p", rule.summary)
            yield element("template", element("div", text, link, class_="page"), id=f"rule-{rule.name}")

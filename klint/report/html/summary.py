"""What was looked at, what is open, and how much was found, at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint.exposure.audience import WIDEST_FIRST
from klint.report.html.groups import Group, environment_title, layer_title
from klint.report.html.markup import Html, element, joined
from klint.report.html.pieces import audience, place, severity
from klint.report.html.sections import MOST, folded, more, section, table
from klint.report.layers import WORST_FIRST, found, rank
from klint.text.words import counted
from klint.text.words import joined as listed
from klint.workspace.environments import environment_weight

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.findings import Severity
    from klint.maps.openings import Opening
    from klint.workspace.bundles import Bundle


def summary_section(report: Report, groups: Sequence[Group], opened: Sequence[Opening]) -> Html:
    """The section."""
    return section("summary", "Summary", *_told(report), *_open(opened), *_matrix(groups), *_bundles(report))


def _told(report: Report) -> Iterator[Html]:
    if report.failures:
        failures = counted(len(report.failures), "failure")
        unseen = element("a", "What was not analysed", href="#unseen")
        yield element("p", f"klint could not do all of its job: {failures}. ", unseen, " says which.", class_="failed")
    yield element("p", f"{_looked_at(report)} {_found(report)}")


def _looked_at(report: Report) -> str:
    workspace = report.workspace
    charts = [rendering.chart for rendering in workspace.renderings if rendering.chart is not None]
    overlays = len(workspace.renderings) - len(charts)
    rendered = [
        f"{counted(len(set(charts)), 'chart')} with {counted(len(charts), 'set')} of values" if charts else "",
        counted(overlays, "kustomization") if overlays else "",
    ]
    scripts = len(workspace.scripts)
    said = [
        f"read {counted(len(workspace.sources), 'file')}",
        f"rendered {listed([text for text in rendered if text])}" if any(rendered) else "",
        f"looked for commands in {counted(scripts, 'file')} more" if scripts else "",
        f"ran {counted(len(report.rules), 'rule')} on {counted(len(report.bundles), 'bundle')}",
    ]
    return f"klint {listed([text for text in said if text])}."


def _found(report: Report) -> str:
    known, silenced = sum(len(item.findings) for item in report.known), len(report.suppressed)
    said = (
        f"It found {found(report.findings)}." if report.findings else "It found nothing to report.",
        f"{silenced:,} more {_is(silenced)} silenced." if silenced else "",
        f"{known:,} more {_is(known)} no news." if known else "",
    )
    return " ".join(filter(None, said))


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _open(opened: Sequence[Opening]) -> Iterator[Html]:
    """How many things are open to whom."""
    counts = Counter(opening.audience.who for opening in opened)
    if opened:
        items = (element("li", audience(who), f" {counts[who]:,}") for who in WIDEST_FIRST if counts[who])
        yield element("ul", element("li", "Open to"), *items, class_="facts")


def _matrix(groups: Sequence[Group]) -> Iterator[Html]:
    """Layers and environments, and how many findings of each severity they have."""
    if not groups:
        return
    environments = sorted({group.environment for group in groups}, key=environment_weight)
    cells = {(group.layer, group.environment): group for group in groups}
    rows = (
        (layer_title(name), *(_cell(cells.get((name, environment))) for environment in environments))
        for name in dict.fromkeys(group.layer for group in groups)
    )
    yield table("Findings", ("Findings", *map(environment_title, environments)), rows, fits=True)


def _cell(group: Group | None) -> Html:
    if group is None:
        return element("span", "none", class_="faint")
    counts = Counter(map(rank, group.findings))
    numbers = [
        part for level in WORST_FIRST if counts[level.rank] for part in (_number(counts[level.rank], level), " ")
    ]
    return element("a", *numbers[:-1], href=f"#{group.name}")


def _number(count: int, level: Severity) -> Html:
    """How many there are of a severity: its sign tells which to those who see it, a word to those who do not."""
    word = element("span", f" {level}" if count == 1 else f" {level}s", class_="out-of-sight")
    return severity(level, joined((f"{count:,}", word)))


def _bundles(report: Report) -> Iterator[Html]:
    bundles = report.bundles
    if bundles:
        heads = ("Bundle", "Environment", "Platform", "Objects", "Why")
        yield folded(
            f"What is deployed together: {counted(len(bundles), 'bundle')}",
            table("Bundles", heads, map(_bundle, bundles[:MOST])),
            *more(len(bundles), MOST),
        )


def _bundle(bundle: Bundle) -> tuple[Html | str, ...]:
    target = bundle.target
    version = f", Kubernetes {target.kubernetes[0]}.{target.kubernetes[1]}" if target.kubernetes else ""
    return (
        place(bundle.name),
        target.environment or "unknown",
        (target.platform or "unknown") + version,
        f"{len(bundle.resources):,}",
        "; ".join(target.reasons),
    )

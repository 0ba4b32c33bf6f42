"""Findings on a page by layer and environment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from klint.report.html.markup import Html, element, joined
from klint.report.html.pieces import layer
from klint.report.html.sections import folded, section
from klint.report.layers import Environments, by_layer, found
from klint.workspace.environments import environment_weight

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.findings import Finding
    from klint.report.html.findings import Told

_LAYERS = {
    "entry": ("External entry", "where requests come into the cluster"),
    "distribution": ("Traffic distribution", "Services, and the pods that they select"),
    "routing": ("HTTP routing", "which requests go to which Service"),
    "workload": ("Application pods", "what runs, its ports, and what may reach them"),
    "intent": ("Declared intent", "what is declared open, beside what the manifests open"),
    "scripts": ("Scripts", "commands that open what no manifest shows"),
    "klint": ("klint itself", "files that it cannot read, and ignores that do nothing"),
}
"""The title of each layer, and what it is about."""


class Group(NamedTuple):
    """The findings of a layer in an environment, the worst first; the environment is empty where it is not known."""

    layer: str
    environment: str
    findings: Sequence[Finding]

    @property
    def name(self) -> str:
        """What the page calls it."""
        return f"{self.layer}-{self.environment or 'unknown'}"


def groups_of(report: Report) -> list[Group]:
    """The findings of a report, in the order of layers and environments."""
    environments = Environments(report)
    groups: list[Group] = []
    for name, findings in by_layer(report).items():
        parts: dict[str, list[Finding]] = {}
        for finding in findings:
            parts.setdefault(environments.of(finding), []).append(finding)
        groups += [
            Group(name, environment, parts[environment]) for environment in sorted(parts, key=environment_weight)
        ]
    return groups


def findings_section(groups: Sequence[Group], told: Told) -> Html:
    """The findings, as far as there is room for them."""
    parts: list[Html] = []
    for name in dict.fromkeys(group.layer for group in groups):
        about = _LAYERS.get(name, ("", ""))[1]
        parts.append(element("h3", layer_title(name), " ", element("span", about, class_="faint about")))
        parts += [_group(group, told) for group in groups if group.layer == name]
    nothing = element("p", "Nothing was found.")
    return section("findings", "Findings", *_abridged(told), *(parts or [nothing]))


def layer_title(name: str) -> Html:
    """What a layer is called at length."""
    return layer(name, _LAYERS.get(name, (name, ""))[0])


def environment_title(environment: str) -> str:
    """What an environment is called in headings."""
    return environment.capitalize() or "Environment unknown"


def _abridged(told: Told) -> Iterator[Html]:
    """What the page has of the findings, where that is not all."""
    full, brief = len(told.full), len(told.brief)
    if brief or told.left:
        left = f", and {told.left:,} are counted" if told.left else ""
        yield element(
            "p",
            f"There is no room for all of {full + brief + told.left:,} findings: the worst {full:,} are told in full, "
            f"{brief:,} in a line each{left}.",
        )


def _group(group: Group, told: Told) -> Html:
    full = [told.full[id(item)] for item in group.findings if id(item) in told.full]
    brief = [told.brief[id(item)] for item in group.findings if id(item) in told.brief]
    left = len(group.findings) - len(full) - len(brief)
    head = (
        element("h4", environment_title(group.environment)),
        " ",
        element("span", found(group.findings), class_="faint"),
    )
    return folded(
        joined(head),
        *full,
        element("ul", *brief, class_="brief") if brief else None,
        element("p", f"{left:,} more, none worse than these", class_="faint") if left else None,
        is_open=True,
        name=group.name,
    )

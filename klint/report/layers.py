"""Findings as a reader takes them in: by layer and environment, the worst first, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from klint.findings import Finding, Severity
from klint.text.document import Place
from klint.text.words import counted
from klint.workspace.environments import environment_weight

if TYPE_CHECKING:
    from klint.engine import Report

WORST_FIRST = tuple(reversed(Severity))


def by_layer(report: Report) -> dict[str, list[Finding]]:
    """The findings of each layer that has some, in the order requests meet them, each layer's worst first."""
    from klint.registry.rule import LAYERS

    layer_of = {rule.name: rule.layer for rule in report.rules}
    layers: dict[str, list[Finding]] = {layer: [] for layer in LAYERS}
    for finding in worst_first(report.findings):
        layers.setdefault(layer_of.get(finding.rule, "klint"), []).append(finding)
    return {layer: findings for layer, findings in layers.items() if findings}


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Findings by severity, and those of one severity in their order."""
    return sorted(findings, key=lambda finding: -rank(finding))


def found(findings: Sequence[Finding]) -> str:
    """How many findings there are of each severity: `2 errors, 1 note`; empty where there are none."""
    counts = Counter(map(rank, findings))
    return ", ".join(counted(counts[severity.rank], severity) for severity in WORST_FIRST if counts[severity.rank])


def rank(finding: Finding) -> int:
    """How grave a finding is, as `Severity.rank` has it."""
    return (finding.severity or Severity.NOTE).rank


class Environments:
    """The environments that findings are about: of those that a finding's bundles go to, the one that matters most."""

    def __init__(self, report: Report) -> None:
        self._of_bundle: dict[str, str] = {}
        self._of_document: dict[int, str] = {}
        for bundle in report.bundles:
            environment = bundle.target.environment
            self._of_bundle[bundle.name] = environment
            self._of_document.update((id(resource.document), environment) for resource in bundle.resources)

    def of(self, finding: Finding) -> str:
        """The environment of a finding; empty where it is not known."""
        names = [self._of_bundle.get(name, "") for name in finding.bundles]
        if not names and isinstance(finding.at, Place):
            names = [self._of_document.get(id(finding.at.document), "")]
        return min(names, key=environment_weight, default="")

"""What another controller does differently for an Ingress that ingress-nginx serves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from klint.exposure.migration import steps
from klint.findings import Finding
from klint.registry.rule import Rule, rule

if TYPE_CHECKING:
    from klint.exposure.graph import Graph


def migration_rule(target: str) -> Rule:
    """The steps to a target as a rule, so that they are found, merged and placed as findings are.

    The key of each finding is the step's kind and name, which `klint.report.migration` reads.
    """

    @rule(severity="note")
    def migrate(graph: Graph) -> Iterator[Finding]:
        for step in steps(graph, target):
            key = f"{step.kind.value} {step.name}"
            yield Finding(f"{step.resource}: {step.told}", at=step.at, about=step.resource, key=key)

    return Rule("migrate", "migration", migrate, Path(__file__).parent)

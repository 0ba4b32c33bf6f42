"""A command in production automation that exposes a Service or a route without a manifest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint import Finding, rule

if TYPE_CHECKING:
    from klint import Scripts


@rule(severity={"production": "warning"}, otherwise=None)
def imperative_exposure(scripts: Scripts) -> Iterator[Finding]:
    seen = set()  # a loop over names is several commands at one place
    for invocation in scripts.invocations:
        exposure = invocation.exposure
        if exposure is not None and invocation.at.sort_key not in seen:
            seen.add(invocation.at.sort_key)
            yield Finding(
                f"{exposure.command} {exposure.deed}, in production ({invocation.reason})",
                at=invocation.at,
            )

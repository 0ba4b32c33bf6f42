"""A `kubectl port-forward` that production depends on: in its scripts, pipelines and units, or kept running."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint import Finding, abridged, joined, rule

if TYPE_CHECKING:
    from klint import Invocation, Scripts

_HOLDS_ONE_POD = "it holds on to one pod, by way of the API server, and ends when that pod does"
_PROVES_LITTLE = "it proves only that the pod responds"


@rule(severity={"production": "error", "development": None, "local": None}, otherwise="warning")
def port_forward_in_production(scripts: Scripts) -> Iterator[Finding]:
    is_production = scripts.environment == "production"
    for together in scripts.port_forwards:
        kept = next((item for item in together if item.kept_alive), None)
        if kept is not None:
            where = f" in production ({kept.reason})" if is_production else ""
            what = f"is kept running by {kept.kept_alive}{where}: {_HOLDS_ONE_POD}"
        elif is_production:
            what = f"runs against production ({together[0].reason}): {_PROVES_LITTLE}"
        else:
            continue
        yield Finding(f"kubectl port-forward to {_targets(together)} {what}", at=together[0].at)
    if is_production:
        for forward in scripts.forwards:
            if forward.tool == "Skaffold":
                by = f"its profile {forward.profile}" if forward.profile else "its path"
                yield Finding(
                    f"Skaffold forwards {forward.name or 'a pod'} in production, by {by}: {_PROVES_LITTLE}",
                    at=forward.at,
                )


def _targets(together: Sequence[Invocation]) -> str:
    """`svc/web`, `svc/web and svc/api`, `svc/web, svc/api and 3 more`."""
    names = list(dict.fromkeys(item.forwarded for item in together))
    return abridged(names, 2) if len(names) > 3 else joined(names)

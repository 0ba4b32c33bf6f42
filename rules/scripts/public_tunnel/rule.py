"""A tunnel from outside that bypasses every entry of the cluster, in production automation or kept running."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint import Finding, rule

if TYPE_CHECKING:
    from klint import Scripts


@rule(severity={"development": "note", "local": None}, otherwise="warning")
def public_tunnel(scripts: Scripts) -> Iterator[Finding]:
    for invocation in scripts.invocations:
        tunnel = invocation.tunnel
        if tunnel is None:
            continue
        if scripts.environment == "production":
            why = f"in production ({invocation.reason})"
        elif invocation.kept_alive:
            why = f"and {invocation.kept_alive} keeps it running"
        elif tunnel.restarts_itself:
            why = "and starts again when it breaks"
        else:
            continue
        yield Finding(f"{tunnel.program} {tunnel.deed}, {why}", at=invocation.at)

"""A `kubectl proxy` that lets others use the API server with its credentials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint import Finding, Fix, Severity, joined, rule

if TYPE_CHECKING:
    from klint import Invocation, Scripts


@rule(severity={"local": "warning"}, otherwise="error")
def open_api_proxy(scripts: Scripts) -> Iterator[Finding]:
    for invocation in scripts.invocations:
        proxy = invocation.proxy
        if proxy is None:
            continue
        if proxy.open_address:
            yield Finding(
                f"kubectl proxy listens on {proxy.open_address}: "
                f"anyone who can reach it acts on the API server with {_identity(invocation)}",
                at=invocation.at,
                severity=Severity.WARNING if proxy.is_limited else None,
                fix=_closed(invocation, "--address", "--accept-hosts", "--disable-filter"),
            )
        elif proxy.accepts_any_host and not invocation.is_in_pod:
            yield Finding(
                f"kubectl proxy answers under any host name ({proxy.accepts_any_host}): "
                f"a web page in a browser beside it can act on the API server with {_identity(invocation)}",
                at=invocation.at,
                severity=Severity.WARNING,
                fix=_closed(invocation, "--accept-hosts", "--disable-filter"),
            )


def _identity(invocation: Invocation) -> str:
    return "the pod's service account" if invocation.is_in_pod else "the credentials of the proxy"


def _closed(invocation: Invocation, *flags: str) -> Fix | None:
    """Without what opens it. In a pod it may be meant for another one."""
    if invocation.kubectl is None or invocation.is_in_pod:
        return None
    given = [flag for name in flags if (flag := invocation.kubectl.flag(name))]
    edits = invocation.without(*given)
    return Fix(f"Leave out {joined([flag.name for flag in given])}", edits) if edits else None

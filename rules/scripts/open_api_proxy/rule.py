"""A `kubectl proxy` that lets others act on the API server with its own identity."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint import Finding, Severity, rule

if TYPE_CHECKING:
    from klint import Invocation, Scripts
    from klint.scripts.commands import Word
    from klint.scripts.kubectl import Kubectl

_MATCHES_ANYTHING = re.compile(r"\(?(?:\^\*?)?\(?(?:\.|\\S)[*+]\??\)?\$?\)?|\^\*?|\^\*\$|\$|\^?\.|\.\$")
"""Expressions that find anything; `^*$` is as common as `.*`. Others are not tried: one could take for ever."""


@rule(severity={"local": "warning"}, otherwise="error")
def open_api_proxy(scripts: Scripts) -> Iterator[Finding]:
    for invocation in scripts.invocations:
        kubectl = invocation.kubectl
        if kubectl is None or kubectl.name != "proxy" or kubectl.flag("--unix-socket", "-u", "--help", "-h"):
            continue
        address = kubectl.value("--address")
        where = _open_address(address)
        if where:
            yield Finding(
                f"kubectl proxy listens on {where}: "
                f"whoever reaches it acts on the API server with {_identity(invocation)}",
                at=invocation.at,
                severity=Severity.WARNING if _is_limited(kubectl) else None,
            )
        elif (flag := _accepts_any_host(kubectl)) and not _is_container(invocation):
            yield Finding(
                f"kubectl proxy answers under any host name ({flag}): "
                f"a web page in a browser beside it can act on the API server with {_identity(invocation)}",
                at=invocation.at,
                severity=Severity.WARNING,
            )


def _open_address(address: Word | None) -> str:
    """The address it listens on, if others reach that; empty where they do not or it is not known."""
    if address is None or address.text is None:
        return ""
    from ipaddress import ip_address

    host = address.text.removeprefix("[").removesuffix("]")
    if not host:
        return "all addresses"
    if ":" in host and host == address.text:
        return ""  # kubectl puts the port behind it, and cannot listen on `:::8001`
    try:
        return "" if ip_address(host).is_loopback else host
    except ValueError:
        return ""  # a name; localhost mostly


def _accepts_any_host(kubectl: Kubectl) -> str:
    """The flag by which the proxy answers requests for whatever host; empty where it does not."""
    disabled = kubectl.flag("--disable-filter")
    if disabled is not None and (disabled.value is None or disabled.value.text in ("true", "True", "TRUE", "1", "t")):
        return "--disable-filter"
    hosts = kubectl.value("--accept-hosts")
    return f"--accept-hosts={hosts}" if _matches_anything(hosts) else ""


def _is_limited(kubectl: Kubectl) -> bool:
    """Whether the proxy passes on requests for some paths alone."""
    paths = kubectl.value("--accept-paths")
    return paths is not None and not _matches_anything(paths)


def _matches_anything(expressions: Word | None) -> bool:
    """Whether one of some expressions does. An empty one finds nothing (tried with kubectl 1.32)."""
    return expressions is not None and any(map(_MATCHES_ANYTHING.fullmatch, re.split(r"[,|]", expressions.value)))


def _is_container(invocation: Invocation) -> bool:
    """Whether it runs in a pod: what shares its loopback interface is no browser."""
    return invocation.command.context.unit.startswith("container ")


def _identity(invocation: Invocation) -> str:
    return "the pod's service account" if _is_container(invocation) else "the credentials of the proxy"

"""`kubectl proxy`: the API server on an address of the machine that it runs on, with kubectl's own identity."""

from __future__ import annotations

import re

from klint.records import dataclass
from klint.scripts.commands import Word
from klint.scripts.kubectl import Kubectl

_MATCHES_ANYTHING = re.compile(r"\(?(?:\^\*?)?\(?(?:\.|\\S)[*+]\??\)?\$?\)?|\^\*?|\^\*\$|\$|\^?\.|\.\$")
"""Expressions that find anything; `^*$` is as common as `.*`. Others are not tried: one could take for ever."""


@dataclass(frozen=True, slots=True)
class ApiProxy:
    """A proxy that listens on TCP. `kubectl` is the command line that starts it."""

    kubectl: Kubectl

    @property
    def open_address(self) -> str:
        """The address it listens on, if others reach that; empty where they do not or it is not known."""
        address = self.kubectl.value("--address")
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

    @property
    def accepts_any_host(self) -> str:
        """The flag by which it answers requests for whatever host; empty where it does not."""
        disabled = self.kubectl.flag("--disable-filter")
        yes = ("true", "True", "TRUE", "1", "t")
        if disabled is not None and (disabled.value is None or disabled.value.text in yes):
            return "--disable-filter"
        hosts = self.kubectl.value("--accept-hosts")
        return f"--accept-hosts={hosts}" if _matches_anything(hosts) else ""

    @property
    def is_limited(self) -> bool:
        """Whether it passes on requests for some paths alone."""
        paths = self.kubectl.value("--accept-paths")
        return paths is not None and not _matches_anything(paths)


def read_proxy(kubectl: Kubectl) -> ApiProxy | None:
    """The proxy that a command starts; None if it starts none, or one on a socket of the file system."""
    if kubectl.name != "proxy" or kubectl.flag("--unix-socket", "-u", "--help", "-h"):
        return None
    return ApiProxy(kubectl)


def _matches_anything(expressions: Word | None) -> bool:
    """Whether one of some expressions does. An empty one finds nothing (tried with kubectl 1.32)."""
    return expressions is not None and any(map(_MATCHES_ANYTHING.fullmatch, re.split(r"[,|]", expressions.value)))

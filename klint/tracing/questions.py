"""What is asked for, from how it is written on a command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from klint.errors import Failure, KlintError
from klint.exposure.requests import Request
from klint.records import dataclass
from klint.scripts.kubectl import KINDS

FORMS = "a URL, a host, KIND/NAME, :PORT or FILE:LINE"

_MORE_KINDS = {
    # `kubectl api-resources`, and the CRDs of the Gateway API
    **dict.fromkeys(("ing", "ingresses"), "Ingress"),
    **dict.fromkeys(("ingressclasses",), "IngressClass"),
    **dict.fromkeys(("netpol", "networkpolicies"), "NetworkPolicy"),
    **dict.fromkeys(("cj", "cronjobs"), "CronJob"),
    **dict.fromkeys(("gtw", "gateways"), "Gateway"),
    "gc": "GatewayClass",
}
_PORTS = {"http": 80, "https": 443}
_NAMED = re.compile(r"(?P<kind>[A-Za-z][A-Za-z0-9.]*)/(?P<name>[a-z0-9][a-z0-9.-]*)(?::(?P<port>[a-z0-9-]+))?\Z")
_LINE = re.compile(r"(?P<file>.+):(?P<line>[1-9][0-9]{0,8})\Z")
_PORT = re.compile(r":(?P<port>[1-9][0-9]{0,4})\Z")
_HOST = re.compile(r"(?P<host>[A-Za-z0-9*_-]+(?:\.[A-Za-z0-9_-]+)*)(?::(?P<port>[1-9][0-9]{0,4}))?(?P<path>/.*)?\Z")


@dataclass(frozen=True, slots=True)
class Named:
    """An object by its kind, as people write it, and name, or a port of it by number or name."""

    kind: str
    name: str
    port: str = ""

    def is_kind(self, kind: str) -> bool:
        """Whether it is of a kind: `svc`, `service` and `Services` are Service."""
        word = self.kind.lower().partition(".")[0]
        known = KINDS.get(word) or _MORE_KINDS.get(word)
        return kind == known or kind.lower() in (word, word.removesuffix("s"), word.removesuffix("es"))


@dataclass(frozen=True, slots=True)
class PortOfPods:
    """A port that pods have, by its number, whatever pods."""

    number: int


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of a file, as reports call the file."""

    file: str
    line: int


Question = Request | Named | PortOfPods | Spot


def question(text: str, find_file: Callable[[str], str]) -> Question:
    """What a text asks for; `find_file` gives what reports call a file, and nothing for what is none.

    Raises:
        KlintError: it is nothing of that.
    """
    line = _LINE.match(text)
    if line and (file := find_file(line["file"])):
        return Spot(file, int(line["line"]))
    if found := _PORT.match(text):
        return PortOfPods(int(found["port"]))
    if "://" in text:
        return _url(text)
    named = _NAMED.match(text)
    if named and "." not in named["kind"] and named["kind"] != "localhost":
        return Named(named["kind"], named["name"], named["port"] or "")
    host = _HOST.match(text)
    if host and ("." in host["host"] or host["host"] == "localhost"):
        return Request(host["host"].lower(), _path(host["path"]), int(host["port"]) if host["port"] else None)
    raise KlintError(Failure(text, "This names nothing to trace", f"Write {FORMS}"))


def _url(text: str) -> Request:
    try:
        parts = urlsplit(text)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError as error:
        raise KlintError(Failure(text, f"This is no URL: {error}", f"Write {FORMS}")) from None
    if not parts.hostname:
        raise KlintError(Failure(text, "This URL has no host", f"Write {FORMS}"))
    return Request(parts.hostname, _path(parts.path), port)


def _path(text: str | None) -> str:
    """A path without query and fragment, as a request has it."""
    return re.split(r"[?#]", text or "/", maxsplit=1)[0] or "/"

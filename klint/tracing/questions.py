"""What is asked for, from how it is written on a command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from klint.errors import Failure, KlintError
from klint.exposure.requests import Request
from klint.kube.objects import VIEWS
from klint.kube.routes import ROUTES
from klint.kube.workload import POD_TEMPLATES
from klint.records import dataclass
from klint.scripts.kubectl import KINDS

FORMS = "a URL, a host, KIND/NAME, :PORT or FILE:LINE"

_SHORT_NAMES = {"ing": "Ingress", "netpol": "NetworkPolicy", "cj": "CronJob", "gtw": "Gateway", "gc": "GatewayClass"}
"""Of kinds that scripts never name (`kubectl api-resources`, and the CRDs of the Gateway API)."""
_PLURALS = (("ies", "y"), ("es", ""), ("s", ""))
_PORTS = {"http": 80, "https": 443}
_NAMED = re.compile(
    r"(?P<kind>[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z0-9.-]+)?)/(?P<name>[a-z0-9][a-z0-9.-]*)(?::(?P<port>[a-z0-9-]+))?\Z"
)
_LINE = re.compile(r"(?P<file>.+):(?P<line>[1-9][0-9]{0,8})\Z")
_PORT = re.compile(r":(?P<port>[1-9][0-9]{0,4})\Z")
_HOST = re.compile(r"(?P<host>[A-Za-z0-9*_-]+(?:\.[A-Za-z0-9_-]+)*)(?::(?P<port>[1-9][0-9]{0,4}))?(?P<path>/.*)?\Z")


@dataclass(frozen=True, slots=True)
class Named:
    """An object by its kind, as people write it, with its group or not, and by its name; perhaps a port of it."""

    kind: str
    name: str
    port: str = ""

    def is_kind(self, kind: str, group: str | None = None) -> bool:
        """Whether it is of a kind, of a group if that is told: `svc`, `service` and `Services` are Service."""
        word, _, of_group = self.kind.lower().partition(".")
        if of_group and group not in (None, of_group):
            return False
        singular = (word.removesuffix(ending) + instead for ending, instead in _PLURALS if word.endswith(ending))
        return kind == (KINDS.get(word) or _SHORT_NAMES.get(word)) or kind.lower() in (word, *singular)


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
    if named and _is_kind(named["kind"]):
        return Named(named["kind"], named["name"], named["port"] or "")
    host = _HOST.match(text)
    if host and ("." in host["host"] or host["host"] == "localhost"):
        return Request(host["host"].lower(), _path(host["path"]), int(host["port"]) if host["port"] else None)
    raise KlintError(Failure(text, "This names nothing to trace", f"Write {FORMS}"))


def _is_kind(word: str) -> bool:
    """Whether a word before a slash is a kind and no host: with a group, as in `deployment.apps`, a known one of it."""
    if "." not in word:
        return word != "localhost"
    named = Named(word, "")
    return any(named.is_kind(kind, group) for group, kind in (*VIEWS, *ROUTES, *POD_TEMPLATES))


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

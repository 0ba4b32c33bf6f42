"""Which texts are worth parsing as scripts: what every command that a rule asks about leaves in its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from klint.regex import regex

_FORWARDS = ("port-forward", "portForward", "port_forward")
_WORDS = (
    *_FORWARDS,
    *("nodePort", "NodePort", "nodeport", "Nodeport", "loadBalancer", "LoadBalancer", "loadbalancer", "Loadbalancer"),
    *("externalIPs", "ngrok", "cloudflared", "tunnel", "zrok", "pinggy", "inlets", "telebit", "kubefwd", "minikube"),
)
_WHOLE_WORDS = tuple(
    # Begins with plain letters, which are found fast: every run asks this of every script.
    regex(rf"{word}(?<=\b{word})\b{rest}")
    for word, rest in (
        *((word, "") for word in ("expose", "patch", "proxy", "lt", "bore")),
        ("create", r".*\b(?:ing|ingress|routes?)\b"),
    )
)
_SSH = regex(r"ssh\b")
_RUNNERS = ("kubectl", "port-forward", "ssh", "ngrok", "cloudflared", "tunnel", "kubefwd", "zrok", "inlets", "bore")
_OC = regex(r"oc(?<=\boc)\b.*(?:expose|patch|proxy)")  # begins with plain letters, which are found fast
_SOURCES = regex(r"(?:^|[;&|{(]|\b(?:then|do|else)\b)[ \t]*(?:source|\.)[ \t]([^\n]*)", re.MULTILINE)
_NAME = regex(r"[\w.-]+")
_INSTALLS = regex(
    r"\bhelm(?:file)?\b|\b(?:istioctl|linkerd|cilium|argocd|flux|operator-sdk)\b"
    r"|(?:kubectl|\boc)\b.*\b(?:apply|create|replace|run|expose|new-app)\b"
)


def concerns_script(text: str) -> bool:
    """Whether a script may hold a command that a rule asks about."""
    return (
        any(word in text for word in _WORDS)
        or any(pattern.search(text) for pattern in _WHOLE_WORDS)
        or _SSH.search(text) is not None
    )


def may_source(text: str) -> bool:
    """Whether a script may source another."""
    return "source " in text or " . " in text or "\n. " in text or text.startswith(". ")


def sourced_words(text: str) -> Iterator[str]:
    """The words of all lines on which a script sources a file; the file's name is among them."""
    for line in _SOURCES.findall(text):
        yield from _NAME.findall(line)


def forwards_ports(text: str) -> bool:
    """Whether a script may hold a port-forward."""
    return any(word in text for word in _FORWARDS)


def installs(text: str) -> bool:
    """Whether a script may install what no manifest shows, so that a port-forward to it leads somewhere."""
    return _INSTALLS.search(text) is not None


@lru_cache(maxsize=8192)
def concerns_manifest(text: str) -> bool:
    """Whether a manifest may: far fewer do, though many say `proxy`. Every run asks it of every manifest."""
    return (any(word in text for word in _RUNNERS) or _OC.search(text) is not None) and concerns_script(text)

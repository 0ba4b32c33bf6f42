"""What host names say of who can look them up."""

from __future__ import annotations

from klint.text.placeholders import is_placeholder

_PRIVATE_ENDS = frozenset((
    *("local", "localhost", "localdomain", "internal", "intranet", "private", "corp", "home", "lan", "svc", "cluster"),
    *("test", "invalid", "arpa", "onion", "ts.net"),
))  # fmt: skip
"""Top-level domains that public DNS does not have (RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN on .internal), and
names that only a tailnet has."""

_MADE_OF_ADDRESSES = ("nip.io", "sslip.io", "xip.io", "traefik.me", "localtest.me", "lvh.me", "vcap.me")
"""Domains whose names stand for the address in them, or for the machine itself: for trying things out."""

_PRIVATE_WORDS = frozenset(("internal", "intranet", "private", "lan", "vpn", "corp", "local"))
_SEPARATORS = str.maketrans("._/", "---")


def sounds_private(name: str) -> bool:
    """Whether a class, a Gateway or a host is called as what only some are meant to reach."""
    return not _PRIVATE_WORDS.isdisjoint(name.lower().translate(_SEPARATORS).split("-"))


def is_public_host(host: str) -> bool:
    """Whether anybody on the Internet may look a host name up: it has a public domain, and is no placeholder."""
    name = host.lower().rstrip(".").removeprefix("*.")
    domain, dot, end = name.rpartition(".")
    if not dot or is_placeholder(host) or not end[0:1].isalpha() or sounds_private(name):
        return False
    last_two = f"{domain.rpartition('.')[2]}.{end}"
    is_made = any(name == item or name.endswith(f".{item}") for item in _MADE_OF_ADDRESSES)
    return end not in _PRIVATE_ENDS and last_two not in _PRIVATE_ENDS and not is_made

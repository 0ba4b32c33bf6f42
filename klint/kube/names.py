"""What the API server accepts as a name. Source: k8s.io/apimachinery pkg/util/validation."""

from __future__ import annotations

from functools import lru_cache

from klint.regex import regex

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_DNS_LABEL = regex(_LABEL + r"\Z")
_DNS_SUBDOMAIN = regex(rf"{_LABEL}(?:\.{_LABEL})*\Z")
_NAME_PART = regex(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?\Z")


def is_dns_label(name: str) -> bool:
    """RFC 1123 label: at most 63 of [a-z0-9-], no hyphen at either end."""
    return len(name) <= 63 and _DNS_LABEL.match(name) is not None


def is_dns_subdomain(name: str) -> bool:
    """RFC 1123 subdomain: labels joined by dots, at most 253 characters."""
    return len(name) <= 253 and _DNS_SUBDOMAIN.match(name) is not None


def is_hostname(name: str) -> bool:
    """Hostname of the Gateway API: a DNS name, or all below one, `*.example.com` (apis/v1 shared_types.go)."""
    return len(name) <= 253 and is_dns_subdomain(name.removeprefix("*."))


def is_qualified_name(name: str) -> bool:
    """IsQualifiedName, the key of a label and the like: `name` or `prefix/name`, the name of 63 characters at most."""
    return len(name) <= 253 + 1 + 63 and _is_qualified_name(name)


@lru_cache(maxsize=1024)
def _is_qualified_name(name: str) -> bool:
    prefix, slash, last = name.rpartition("/")
    return (not slash or is_dns_subdomain(prefix)) and len(last) <= 63 and _NAME_PART.match(last) is not None


def is_label_value(value: str) -> bool:
    """IsValidLabelValue: empty, or at most 63 of [A-Za-z0-9_.-] with a letter or digit at both ends."""
    return value == "" or (len(value) <= 63 and _NAME_PART.match(value) is not None)

"""What the API server accepts as a name. Source: k8s.io/apimachinery pkg/util/validation."""

from __future__ import annotations

import re

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_DNS_LABEL = re.compile(_LABEL + r"\Z")
_DNS_SUBDOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\Z")


def is_dns_label(name: str) -> bool:
    """RFC 1123 label: at most 63 of [a-z0-9-], no hyphen at either end."""
    return len(name) <= 63 and _DNS_LABEL.match(name) is not None


def is_dns_subdomain(name: str) -> bool:
    """RFC 1123 subdomain: labels joined by dots, at most 253 characters."""
    return len(name) <= 253 and _DNS_SUBDOMAIN.match(name) is not None

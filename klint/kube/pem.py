"""Certificates and keys in the PEM format, as Secrets and ConfigMaps hold them."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from typing import Any

from klint.text.placeholders import is_placeholder

_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\s+([A-Za-z0-9+/=\s]+?)-----END \1-----")


def may_be_pem(value: Any, part: str, *, is_plain: bool) -> bool:
    """Whether a value has, or may have once it is filled in, a PEM block of a kind.

    Args:
        value: of a Secret or a ConfigMap.
        part: how the block's label ends: CERTIFICATE, PRIVATE KEY.
        is_plain: whether it is text, rather than base64 of it.
    """
    if not isinstance(value, str) or is_placeholder(value) or "..." in value:
        return True
    try:
        text = value.encode() if is_plain else b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    if b"..." in text or (is_placeholder(text.decode("latin-1")) and b"-----BEGIN" not in text):
        return True
    return any(label.decode().endswith(part) and _is_der(body) for label, body in _PEM.findall(text))


def _is_der(body: bytes) -> bool:
    """Whether a PEM block's body is a sequence in DER, as certificates and keys are."""
    try:
        return b64decode(b"".join(body.split()), validate=True).startswith(b"\x30")
    except (binascii.Error, ValueError):
        return False

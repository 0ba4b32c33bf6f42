"""Texts as kustomize gets or takes them."""

from __future__ import annotations

import json
from typing import Any

from klint.regex import regex
from klint.text import yaml
from klint.text.reading import read_documents
from klint.text.source import Source

_UNPRINTABLE = regex("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def is_mapping(text: str) -> bool:
    """Whether a text is data, as an inline patch is, and no name of a file."""
    if not text.lstrip().startswith(("{", "[")) and ":" not in text:
        return False
    try:
        return any(isinstance(item.data, (dict, list)) for item in read_documents(Source("", text)))
    except yaml.YamlError:
        return False


def as_json(data: Any) -> bytes:
    """Data as JSON that a YAML reader takes as well."""
    text = json.dumps(data, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode("utf-8", "replace")

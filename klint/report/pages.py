"""The pages of rules: where they are on the web, and their sections."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from klint.registry import Rule

HOME = "https://github.com/klint-k8s/klint"


def page_uri(rule: Rule) -> str:
    """The rule's page on the web; empty for what has none, and for other packs, whose home is not known."""
    from klint.registry.rule import LAYERS

    has_page = rule.pack == "klint" and rule.layer in LAYERS
    return f"{HOME}/blob/main/rules/{rule.layer}/{rule.folder.name}/README.md" if has_page else ""


def section(page: str, title: str) -> str:
    """The text under a heading of a page, empty if it has none of that title."""
    found = re.search(rf"^## {re.escape(title)}[ \t]*\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    return found[1].strip() if found else ""

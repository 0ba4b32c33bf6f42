"""Text in diagrams of Mermaid, which GitHub, GitLab and others draw."""

from __future__ import annotations

import re

from klint.report.escape import escape


def label(text: str) -> str:
    """A text in which nothing is Mermaid's, HTML or a quote: those characters by their numbers."""
    return re.sub(r"[^\w ./:,()*-]", lambda match: f"#{ord(match[0])};", escape(text), flags=re.ASCII)

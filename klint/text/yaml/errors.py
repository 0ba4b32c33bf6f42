"""What makes a text no YAML document, and the bounds that one may reach."""

from __future__ import annotations

MAX_DEPTH = 500
"""Nested collections a document may have. Kubernetes objects stay below 40."""

MAX_NODES = 1_000_000
"""Nodes a document may have once its aliases are expanded: with positions, a million take 300 MB."""

TOO_MANY = f"more than {MAX_NODES:,} values, with those that aliases repeat"
"""What is said of a document that passes this bound."""


class YamlError(Exception):
    """Text that is not a YAML document. `offset` counts characters from the text's start.

    `start` is where the quoted text, list or mapping begins that was being read at `offset`.
    """

    def __init__(self, message: str, offset: int, start: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.start = offset if start is None else start


class TooComplexError(YamlError):
    """A document whose nesting or aliases pass the bounds."""

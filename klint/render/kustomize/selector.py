"""How a kustomization selects objects: by group, and by regular expressions, which are matched within bounds.

kustomize's expressions take linear time and Python's need not: one of a stranger's must not take its time here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from klint.kube.resource import api_group, mapping, string
from klint.text.data import value_at

_LONGEST = 100
"""Characters of an expression, and of what it is matched with."""

_MAX_REPETITIONS = 2
_REPETITION = re.compile(r"[*+{]")
_REPEATED_GROUP = re.compile(r"\)[*+{]")


def may_select(selector: Mapping[str, Any], data: Any) -> bool:
    """Whether a selector is about a built object, as far as its group, its kind and its name tell."""
    group, data = selector.get("group"), mapping(data)
    return (
        may_match(string(selector.get("kind")), string(data.get("kind")))
        and (not group or group == api_group(data))
        and may_match(string(selector.get("name")), string(value_at(data, ("metadata", "name"))), is_part=True)
    )


def may_match(expression: str, text: str, *, is_part: bool = False) -> bool:
    """Whether an expression matches all of a text, or a part; also where it is too intricate to tell.

    An empty one matches anything, and the others as if written between `^(?:` and `)$`: `NewSelectorRegex` in
    kustomize's api/types/selector.go. A part is asked for where a prefix or a suffix may have been added since.
    """
    if expression in ("", text):
        return True
    if max(len(expression), len(text)) > _LONGEST or _REPEATED_GROUP.search(expression):
        return True
    if len(_REPETITION.findall(expression)) > _MAX_REPETITIONS:
        return True
    try:
        found = re.search(expression, text) if is_part else re.fullmatch(expression, text)
    except (re.error, OverflowError, RecursionError):  # Go has other syntax in places
        return True
    return found is not None

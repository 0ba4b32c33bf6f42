"""How a kustomization selects objects: by group, and by regular expressions, which are matched within bounds.

kustomize's expressions take linear time and Python's need not: one of a stranger's must not take its time here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from klint.kube.resource import api_group, mapping, string, strings
from klint.kube.selector import KnownLabels, label_selector_admits
from klint.kube.ternary import Ternary, all_of
from klint.regex import regex
from klint.text.data import value_at

_LONGEST = 100
"""Characters of an expression, and of what it is matched with."""

_PART = regex(r"(?:\([^()]*+\)|[^,()])++")
_REQUIREMENT = regex(
    r"\s*+(?P<not>!)?\s*+(?P<key>[\w./-]++)\s*+"
    r"(?:(?P<operator>==?+|!=|in\b|notin\b)\s*+(?P<values>\([^()]*+\)|[\w.-]*+)\s*+)?"
)
_OPERATORS = {"=": "In", "==": "In", "in": "In", "!=": "NotIn", "notin": "NotIn"}

_MAX_REPETITIONS = 2
_REPETITION = regex(r"[*+{]")
_REPEATED_GROUP = regex(r"\)[*+{]")


def may_select(selector: Mapping[str, Any], data: Any, names: Collection[str] = ()) -> bool:
    """Whether a selector is about an object, as far as its group, kind, name and namespace tell.

    `names` are those that it has had, of which one has to match; where they are not known a part of its own is enough.
    """
    group, data = selector.get("group"), mapping(data)
    name, own = string(selector.get("name")), string(value_at(data, ("metadata", "name")))
    namespace = string(value_at(data, ("metadata", "namespace")))
    return (
        may_match(string(selector.get("kind")), string(data.get("kind")))
        and (not group or group == api_group(data))
        and (any(may_match(name, other) for other in names) if names else may_match(name, own, is_part=True))
        and (not namespace or not names or may_match(string(selector.get("namespace")), namespace))
    )


def admits(selector: Mapping[str, Any], *states: Any) -> Ternary:
    """Whether a selector admits the labels and annotations of an object; None where its states do not agree on that.

    Source: k8s.io/apimachinery pkg/labels/selector.go Parse.
    """
    told = {
        all_of(
            label_selector_admits(_read(text), KnownLabels(strings(value_at(state, ("metadata", field), None))))
            for field, text in (
                ("labels", selector.get("labelSelector")),
                ("annotations", selector.get("annotationSelector")),
            )
            if text
        )
        for state in states
    }
    return told.pop() if len(told) == 1 else None


def _read(text: Any) -> Any:
    """A selector as text as one of data; what cannot be read is none of either."""
    found = []
    parts = _PART.findall(string(text))
    if ",".join(parts) != text:
        return text
    for part in parts:
        requirement = _REQUIREMENT.fullmatch(part)
        if requirement is None:
            return text
        key = requirement["key"]
        if requirement["operator"] is None:
            found.append({"key": key, "operator": "DoesNotExist" if requirement["not"] else "Exists"})
            continue
        values = [value.strip() for value in requirement["values"].strip("()").split(",")]
        found.append({"key": key, "operator": _OPERATORS[requirement["operator"]], "values": values})
    return {"matchExpressions": found}


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

"""Label selectors, as maps and as matchLabels with matchExpressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from klint.kube.resource import mapping, sequence, string, strings


def matches(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether the labels have every pair of the selector, as a Service's selector asks."""
    return all(labels.get(key) == value for key, value in selector.items())


def label_selector_matches(selector: Any, labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector (matchLabels and matchExpressions) admits the labels; an empty one admits all.

    Source: k8s.io/apimachinery pkg/apis/meta/v1 types.go LabelSelector. An operator that the API server would refuse
    admits nothing.
    """
    selector = mapping(selector)
    if not matches(strings(selector.get("matchLabels")), labels):
        return False
    return all(_expression_admits(mapping(item), labels) for item in sequence(selector.get("matchExpressions")))


def _expression_admits(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = string(expression.get("key")), sequence(expression.get("values"))
    match expression.get("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False

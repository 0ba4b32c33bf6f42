"""Label selectors, as maps and as matchLabels with matchExpressions, and what they say of labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from klint.kube.resource import mapping, sequence, string, strings
from klint.kube.ternary import Ternary, all_of, negation
from klint.records import dataclass
from klint.text.placeholders import is_placeholder


@dataclass(frozen=True, eq=False)
class KnownLabels:
    """What is known of an object's labels: those that are written, and whether there may be more.

    `is_open` is set where any other label may be there, `added` has the keys of those that something may add when
    the object is made.
    """

    written: Mapping[str, str]
    is_open: bool = False
    added: frozenset[str] = frozenset()

    @classmethod
    def of(cls, labels: Any, added: frozenset[str] = frozenset()) -> KnownLabels:
        """Those of `metadata.labels`, some of which may still be to be filled in."""
        is_open = is_placeholder(labels) or any(map(is_placeholder, mapping(labels)))
        return cls(strings(labels), is_open, added)

    def has(self, key: str) -> Ternary:
        """Whether there is a label with this key."""
        if key in self.written:
            return True
        return None if self.is_open or key in self.added else False

    def is_among(self, key: str, values: list[str]) -> Ternary:
        """Whether the label with this key has one of these values."""
        if key not in self.written:
            return self.has(key)
        value = self.written[key]
        if value in values:
            return True
        return None if is_placeholder(value) or any(map(is_placeholder, values)) else False


def matches(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether the labels have every pair of the selector, as a Service's selector asks."""
    return selector.items() <= labels.items()


def label_selector_matches(selector: Any, labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector certainly admits these labels. See `label_selector_admits`."""
    return label_selector_admits(selector, KnownLabels(labels)) is True


def label_selector_admits(selector: Any, labels: KnownLabels) -> Ternary:
    """Whether a LabelSelector (matchLabels and matchExpressions) admits the labels; an empty one admits all.

    None where that depends on something to be filled in, and where the API server refuses the selector: nobody knows
    what is in force instead.

    Sources: k8s.io/apimachinery pkg/apis/meta/v1 types.go LabelSelector, validation ValidateLabelSelector.
    """
    return all_of(_terms(selector, labels))


def required_pairs(selector: Any) -> Iterator[list[tuple[str, str]]]:
    """For each part of a LabelSelector that asks for a value: the pairs of which the labels must have one."""
    for key, value in strings(mapping(selector).get("matchLabels")).items():
        if not is_placeholder(key) and not is_placeholder(value):
            yield [(key, value)]
    for expression in map(mapping, sequence(mapping(selector).get("matchExpressions"))):
        key, values = string(expression.get("key")), _texts(expression.get("values"))
        if expression.get("operator") == "In" and values and key and not any(map(is_placeholder, (key, *values))):
            yield [(key, value) for value in dict.fromkeys(values)]


def is_empty(selector: Any) -> bool:
    """Whether a LabelSelector admits all labels, whatever they are."""
    return selector is None or (
        isinstance(selector, dict) and not selector.get("matchLabels") and not selector.get("matchExpressions")
    )


def _terms(selector: Any, labels: KnownLabels) -> Iterator[Ternary]:
    if not isinstance(selector, dict | None):
        yield None
        return
    pairs, expressions = mapping(selector).get("matchLabels"), mapping(selector).get("matchExpressions")
    if not isinstance(pairs, dict | None) or not isinstance(expressions, list | None):
        yield None
    for key, value in mapping(pairs).items():
        is_readable = isinstance(key, str) and isinstance(value, str) and not is_placeholder(key)
        yield labels.is_among(key, [value]) if is_readable else None
    for expression in map(mapping, sequence(expressions)):
        yield _expression_admits(expression, labels)


def _texts(value: Any) -> list[str]:
    """The list if it holds strings and nothing else, otherwise an empty one."""
    return value if isinstance(value, list) and all(isinstance(item, str) for item in value) else []


def _expression_admits(expression: Mapping[str, Any], labels: KnownLabels) -> Ternary:
    key, operator, values = string(expression.get("key")), expression.get("operator"), expression.get("values")
    if not key or is_placeholder(key):
        return None
    if operator in ("In", "NotIn") and _texts(values):
        found = labels.is_among(key, _texts(values))
        return found if operator == "In" else negation(found)
    if operator in ("Exists", "DoesNotExist") and not values:
        found = labels.has(key)
        return found if operator == "Exists" else negation(found)
    return None

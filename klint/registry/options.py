"""Options: a rule's keyword-only parameters, which the configuration sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from klint.errors import RuleError
from klint.records import dataclass
from klint.registry.parameters import NOTHING, Parameter

_TYPES: Mapping[str, tuple[type | tuple[type, ...], str]] = {
    "int": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "str": (str, "text"),
    "bool": (bool, "true or false"),
    "tuple[str, ...]": (list, "a list of text"),
}


@dataclass(frozen=True)
class Option:
    """A keyword-only parameter of a rule: its name in the configuration, type and default."""

    name: str
    parameter: str
    type: str
    default: Any

    @property
    def kind(self) -> str:
        """What its value must be, in words."""
        return _TYPES[self.type][1]

    @property
    def default_as_yaml(self) -> str:
        """The default as a configuration would have it."""
        if isinstance(self.default, tuple):
            return f"[{', '.join(self.default)}]"
        return str(self.default).lower() if isinstance(self.default, bool) else str(self.default)

    def accepts(self, value: Any) -> bool:
        """Whether a value from the configuration fits."""
        if isinstance(value, bool):
            return self.type == "bool"
        if isinstance(value, list):
            return self.type == "tuple[str, ...]" and all(isinstance(item, str) for item in value)
        return isinstance(value, _TYPES[self.type][0])


def option_of(parameter: Parameter) -> Option:
    """The option that a keyword-only parameter is.

    Raises:
        RuleError: it is none.
    """
    annotation = parameter.annotation
    is_plain = isinstance(annotation, type) and annotation in (int, float, str, bool)
    option = Option(
        parameter.name.replace("_", "-"),
        parameter.name,
        annotation.__name__ if is_plain else str(annotation),
        parameter.default,
    )
    if parameter.kind != "keyword" or parameter.default is NOTHING:
        raise RuleError(f"option {parameter.name} is not keyword-only or has no default")
    if option.name == "severity":
        raise RuleError("no option can be called severity: the configuration sets the rule's severity with that word")
    if option.type not in _TYPES:
        raise RuleError(f"option {parameter.name} is of none of the types {', '.join(_TYPES)}")
    if not option.accepts(list(option.default) if isinstance(option.default, tuple) else option.default):
        raise RuleError(f"option {parameter.name} has the default {option.default!r}, which is not {option.kind}")
    return option

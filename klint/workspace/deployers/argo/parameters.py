"""Parameters that generators make, and texts filled in with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from klint.kube.resource import mapping
from klint.records import dataclass
from klint.regex import regex
from klint.text.data import leaves
from klint.text.go_expressions import SPRIG, Functions, Unknown, printed
from klint.text.go_templates import NotPlainError, execute, is_template
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.workspace.deployers.argo.unknown import NotFollowedError

Params = Mapping[str, Any]
"""By name; a text each, unless templates are Go's: then they are data."""

_INVALID = regex(r"[^-a-z0-9.]")
_MAX_NAME = 253


def normalize(name: str) -> str:
    """A text as a name in DNS. Source: argo-cd's applicationset/utils/utils.go, SanitizeName."""
    return _INVALID.sub("-", name.lower())[:_MAX_NAME].strip("-.")


_FUNCTIONS: Functions = {**SPRIG, "normalize": lambda text: normalize(printed(text))}


@dataclass(frozen=True)
class Dialect:
    """How an ApplicationSet writes templates: `{{path}}`, or with `goTemplate: true` as Go does, `{{.path.path}}`.

    Source: argo-cd's docs operator-manual/applicationset/GoTemplate.md.
    """

    is_go: bool = False
    is_strict: bool = False

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Dialect:
        """The one that an ApplicationSet's spec says."""
        options = spec.get("goTemplateOptions")
        is_strict = isinstance(options, list) and "missingkey=error" in options
        return cls(spec.get("goTemplate") is True, is_strict)

    def filled_in(self, data: Any, params: Params) -> Any:
        """Data with every text filled in, as far as there are parameters for it.

        Raises:
            NotFollowedError: klint does not know what becomes of it.
        """
        return _mapped(data, lambda text: self._filled_in(text, params))

    def _filled_in(self, text: str, params: Params) -> str:
        if not is_template(text):
            return text
        if self.is_go:
            try:
                return execute(text, partial(self._look, params), _FUNCTIONS)
            except NotPlainError as error:
                raise NotFollowedError(str(error)) from None
        pieces, at = [], 0
        for start, end in _tags(text):
            value = params.get(text[start + 2 : end - 2].strip())
            pieces += [text[at:start], value if isinstance(value, str) else text[start:end]]
            at = end
        return "".join((*pieces, text[at:]))

    def _look(self, params: Params, path: Sequence[str]) -> Any:
        value: Any = params
        for step in path:
            if not isinstance(value, Mapping):
                return Unknown(f"the parameter .{'.'.join(path)}")
            if step not in value and self.is_strict:
                return Unknown(f"the parameter .{'.'.join(path)}, which nothing generates")
            value = value.get(step)
        return value

    def labels(self, params: Params) -> Mapping[str, str]:
        """Parameters as labels, for a selector to select by.

        Source: argo-cd's docs operator-manual/applicationset/Generators-Post-Selector.md.
        """
        if not self.is_go:
            return {key: value for key, value in params.items() if isinstance(value, str)}
        return {".".join(map(str, path)): text for path, text in leaves(params)}

    def with_values(self, params: Params, values: Any) -> Params:
        """Parameters with the `values` of their generator, which may be made of them.

        Source: argo-cd's applicationset/generators/value_interpolation.go.
        """
        made = {str(key): self.filled_in(value, params) for key, value in mapping(values).items()}
        if self.is_go:
            return {**params, "values": {**mapping(params.get("values")), **made}} if made else params
        return {**params, **{f"values.{key}": value for key, value in made.items() if isinstance(value, str)}}


def _tags(text: str) -> Iterator[tuple[int, int]]:
    """Where each `{{…}}` of a text begins and ends."""
    end = 0
    while (start := text.find("{{", end)) >= 0 and (found := text.find("}}", start + 2)) >= 0:
        end = found + 2
        yield start, end


def _mapped(data: Any, change: Callable[[str], str]) -> Any:
    if isinstance(data, str):
        return change(data)
    if isinstance(data, dict):
        return {key: _mapped(value, change) for key, value in data.items()}
    if isinstance(data, list):
        return [_mapped(value, change) for value in data]
    return data


def merged(base: Any, over: Any) -> Any:
    """Data over other data: mappings into each other, anything else replaced."""
    if not (isinstance(base, Mapping) and isinstance(over, Mapping)):
        return over
    return {**base, **{key: merged(base[key], value) if key in base else value for key, value in over.items()}}


def parsed(text: str) -> Any:
    """The data of the first document in a text; nothing for one that is empty.

    Raises:
        NotFollowedError: it is no YAML.
    """
    documents = list(read_documents(Source("", text)))
    if any(document.problems for document in documents):
        raise NotFollowedError("a text that is no YAML")
    return next((document.data for document in documents if document.data is not None), None)

"""Go templates in the strings of an ApplicationSet, as far as they are plain: values, pipelines, conditions.

Nothing is guessed: what is not known here makes the whole text unknown.

Sources: pkg.go.dev/text/template; masterminds.github.io/sprig; argo-cd's docs
operator-manual/applicationset/GoTemplate.md and applicationset/utils/utils.go.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from klint.records import dataclass
from klint.regex import regex
from klint.workspace.deployers.argo.unknown import NotFollowedError

MAX_OUTPUT = 2**20
"""Characters that one text may become."""

_MAX_DEPTH = 32

_TOKEN = regex(
    r"""(?:(?P<text>"(?:[^"\\]|\\.)*+"|`[^`]*+`)|(?P<number>-?\d++(?:\.\d++)?)(?![\w.])"""
    r"""|(?P<field>\$?(?:\.[A-Za-z_]\w*+)++|\$|\.(?![\w.]))|(?P<word>[A-Za-z_]\w*+)|(?P<sign>[()|]))"""
)
_INVALID = regex(r"[^-a-z0-9.]")
_MAX_NAME = 253


def expanded(text: str, params: Mapping[str, Any], *, is_strict: bool) -> str:
    """What a text becomes with some parameters. `is_strict` is set where a missing one is an error.

    Raises:
        NotFollowedError: klint does not know what it becomes.
    """
    if "{{" not in text:
        return text
    pieces = list(_pieces(text))
    output = "".join(_Run(pieces, _Scope(params, is_strict)).block(is_live=True))
    if len(output) > MAX_OUTPUT:
        raise NotFollowedError("a template that becomes too long")
    return output


def normalize(name: str) -> str:
    """A text as a name in DNS. Source: argo-cd's applicationset/utils/utils.go, SanitizeName."""
    return _INVALID.sub("-", name.lower())[:_MAX_NAME].strip("-.")


def tags(text: str) -> Iterator[tuple[int, int]]:
    """Where each `{{…}}` of a text begins and ends."""
    end = 0
    while (start := text.find("{{", end)) >= 0 and (found := text.find("}}", start + 2)) >= 0:
        end = found + 2
        yield start, end


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """Text and actions, in turn: whether it is an action, and what it says. A `-` trims the spaces beside it."""
    at, is_trimmed = 0, False
    for start, end in tags(text):
        before, action = text[at:start], text[start + 2 : end - 2]
        trims = action[:1] == "-" and action[1:2].isspace()
        before = before.lstrip() if is_trimmed else before
        yield False, before.rstrip() if trims else before
        is_trimmed = action[-1:] == "-" and action[-2:-1].isspace()
        yield True, action[1 if trims else 0 : -1 if is_trimmed else None].strip()
        at = end
    rest = text[at:]
    if "{{" in rest:
        raise NotFollowedError("a template that does not parse")
    yield False, rest.lstrip() if is_trimmed else rest


@dataclass(frozen=True)
class _Scope:
    params: Mapping[str, Any]
    is_strict: bool


class _Run:
    """Runs the pieces of a text, from the first to the last."""

    def __init__(self, pieces: list[tuple[bool, str]], scope: _Scope) -> None:
        self.pieces = pieces
        self.scope = scope
        self.at = 0
        self.depth = 0

    def block(self, *, is_live: bool, inside: bool = False) -> Iterator[str]:
        """What comes out up to the action that ends a block, which is left to be read."""
        while self.at < len(self.pieces):
            is_action, text = self.pieces[self.at]
            word = text.split(None, 1)[0] if text.strip() else ""
            if is_action and inside and word in ("else", "end"):
                return
            self.at += 1
            if not is_action:
                yield text if is_live else ""
            elif word == "if":
                yield from self._condition(text[2:], is_live=is_live)
            elif text.startswith("/*"):
                continue
            elif is_live:
                yield _printed(_value(text, self.scope))
        if inside:
            raise NotFollowedError("a template that does not parse")

    def _condition(self, condition: str, *, is_live: bool) -> Iterator[str]:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise NotFollowedError("a template with too many conditions in each other")
        is_taken = is_live and _is_true(_value(condition, self.scope))
        yield from self.block(is_live=is_taken, inside=True)
        is_open = is_live and not is_taken
        while True:
            _, text = self.pieces[self.at]
            self.at += 1
            if text.split() == ["end"]:
                break
            words = text.split(None, 2)
            if len(words) > 1 and words[1] != "if":
                raise NotFollowedError("a template that does not parse")
            is_taken = is_open and (len(words) == 1 or _is_true(_value(words[-1], self.scope)))
            yield from self.block(is_live=is_taken, inside=True)
            is_open = is_open and not is_taken
        self.depth -= 1


def _value(text: str, scope: _Scope) -> Any:
    """The value of a pipeline."""
    tokens = []
    text, end = text.strip(), 0
    while end < len(text):
        found = _TOKEN.match(text, end)
        if found is None:
            raise NotFollowedError("a template that klint does not evaluate")
        tokens.append((str(found.lastgroup), found[0]))
        end = found.end()
        while text[end : end + 1].isspace():
            end += 1
    if not tokens:
        raise NotFollowedError("a template that klint does not evaluate")
    value, rest = _pipeline(tokens, 0, scope, 0)
    if rest != len(tokens):
        raise NotFollowedError("a template that does not parse")
    return value


_Tokens = list[tuple[str, str]]


def _pipeline(tokens: _Tokens, at: int, scope: _Scope, depth: int) -> tuple[Any, int]:
    """The value of a pipeline from a token on, and the token that ends it."""
    if depth > _MAX_DEPTH:
        raise NotFollowedError("a template with too many parentheses in each other")
    piped: list[Any] = []
    while True:
        function = ""
        arguments: list[Any] = []
        start = at
        while at < len(tokens) and tokens[at][1] not in ("|", ")"):
            kind, text = tokens[at]
            if kind == "sign":
                value, at = _pipeline(tokens, at + 1, scope, depth + 1)
                if at >= len(tokens) or tokens[at][1] != ")":
                    raise NotFollowedError("a template that does not parse")
            elif kind == "word" and at == start and text not in _CONSTANTS:
                function, value = text, None
            else:
                value = _operand(kind, text, scope)
            arguments.append(value)
            at += 1
        arguments = [*(arguments[1:] if function else arguments), *piped]
        if function:
            piped = [_call(function, arguments)]
        elif len(arguments) == 1:
            piped = arguments
        else:
            raise NotFollowedError("a template that does not parse")
        if at >= len(tokens) or tokens[at][1] != "|":
            return piped[0], at
        at += 1


_CONSTANTS = {"true": True, "false": False, "nil": None}


def _operand(kind: str, text: str, scope: _Scope) -> Any:
    if kind == "text":
        try:
            return text[1:-1] if text[0] == "`" else json.loads(text, strict=False)
        except ValueError:
            raise NotFollowedError("a template that does not parse") from None
    if kind == "number":
        return float(text) if "." in text else int(text[:18])
    if kind == "word":
        if text not in _CONSTANTS:
            raise NotFollowedError(f"the template function {text}")
        return _CONSTANTS[text]
    value: Any = scope.params
    for step in filter(None, text.lstrip("$").split(".")):
        if not isinstance(value, Mapping):
            raise NotFollowedError(f"the parameter {text}")
        if step not in value and scope.is_strict:
            raise NotFollowedError(f"the parameter {text}, which nothing generates")
        value = value.get(step)
    return value


def _call(name: str, arguments: list[Any]) -> Any:
    function = _FUNCTIONS.get(name)
    if function is None:
        raise NotFollowedError(f"the template function {name}")
    try:
        return function(*arguments)
    except NotFollowedError:
        raise
    except (TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError, MemoryError):
        raise NotFollowedError(f"what the template function {name} is called with") from None


def _printed(value: Any) -> str:
    """A value as Go prints it; a list or a mapping nobody prints on purpose."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**6:
        return str(int(value))
    raise NotFollowedError("a parameter that nothing generates, or that is no text")


def _text(value: Any) -> str:
    if value is None:
        raise NotFollowedError("a parameter that nothing generates")
    return _printed(value)


def _is_true(value: Any) -> bool:
    """Whether a condition holds: not for zero, nothing and what is empty."""
    return bool(value)


def _index(value: Any, *steps: Any) -> Any:
    for step in steps:
        if isinstance(value, Mapping):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            raise NotFollowedError("an index that leads nowhere")
    return value


_VERB = regex(r"%([sdvq%])")


def _printf(template: str, *arguments: Any) -> str:
    left = list(arguments)

    def shown(found: Any) -> str:
        if found[1] == "%":
            return "%"
        text = _text(left.pop(0))
        return json.dumps(text) if found[1] == "q" else text

    if "%" in _VERB.sub("", template):
        raise NotFollowedError("a format of printf")
    result = _VERB.sub(shown, template)
    if left:
        raise NotFollowedError("a format of printf")
    return result


def _equal(first: Any, *others: Any) -> bool:
    return any(type(first) is type(other) and first == other for other in others)


def _dig(*arguments: Any) -> Any:
    *steps, otherwise, value = arguments
    for step in steps:
        if not isinstance(value, Mapping) or step not in value:
            return otherwise
        value = value[step]
    return value


def _first_true(*values: Any) -> Any:
    return next((value for value in values if _is_true(value)), values[-1])


def _first_false(*values: Any) -> Any:
    return next((value for value in values if not _is_true(value)), values[-1])


def _replace(old: str, new: str, text: Any) -> str:
    result = _text(text)
    if result.count(old) * len(new) > MAX_OUTPUT:
        raise NotFollowedError("a template that becomes too long")
    return result.replace(old, new)


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "and": _first_false,
    "base": lambda text: posixpath.basename(_text(text).rstrip("/")) or ".",
    "cat": lambda *values: " ".join(map(_text, values)),
    "coalesce": lambda *values: next((value for value in values if _is_true(value)), None),
    "contains": lambda part, text: part in _text(text),
    "default": lambda otherwise, value=None: value if _is_true(value) else otherwise,
    "dig": _dig,
    "dir": lambda text: posixpath.dirname(_text(text)) or ".",
    "empty": lambda value: not _is_true(value),
    "eq": _equal,
    "first": lambda values: values[0],
    "get": lambda value, key: value.get(key, ""),
    "hasKey": lambda value, key: key in value,
    "hasPrefix": lambda prefix, text: _text(text).startswith(prefix),
    "hasSuffix": lambda suffix, text: _text(text).endswith(suffix),
    "index": _index,
    "join": lambda separator, values: separator.join(map(_text, values)),
    "last": lambda values: values[-1],
    "len": len,
    "lower": lambda text: _text(text).lower(),
    "ne": lambda first, second: not _equal(first, second),
    "normalize": lambda text: normalize(_text(text)),
    "not": lambda value: not _is_true(value),
    "nospace": lambda text: "".join(_text(text).split()),
    "or": _first_true,
    "print": lambda *values: "".join(map(_text, values)),
    "printf": _printf,
    "quote": lambda text: json.dumps(_text(text), ensure_ascii=False),
    "replace": _replace,
    "splitList": lambda separator, text: _text(text).split(separator),
    "squote": lambda text: f"'{_text(text)}'",
    "ternary": lambda yes, no, condition: yes if condition is True else no,
    "toJson": lambda value: json.dumps(value, ensure_ascii=False),
    "toString": _text,
    "trim": lambda text: _text(text).strip(),
    "trimAll": lambda signs, text: _text(text).strip(signs),
    "trimPrefix": lambda prefix, text: _text(text).removeprefix(prefix),
    "trimSuffix": lambda suffix, text: _text(text).removesuffix(suffix),
    "trunc": lambda size, text: _text(text)[:size] if size >= 0 else _text(text)[size:],
    "upper": lambda text: _text(text).upper(),
}

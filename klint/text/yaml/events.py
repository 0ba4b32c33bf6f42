"""A text as ruamel.yaml's events, with positions and messages of its own."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from typing import Any

from klint.text.yaml.errors import YamlError

MAX_SLOW_LENGTH = 200_000
"""Characters that ruamel's own parser may be given: it needs 10 seconds for a million."""

_COLON = "\U0010fffd"
"""Stands for a colon that the C library would stumble over; the last character of Unicode, left to private use."""

_INNER_COLON = re.compile(r"(?<=[^\s\"'\[\]{},]):(?=\S)")
_TAG_WITH_COLON = re.compile(r"![^\s!]*:")


def events(text: str) -> Iterator[Any]:
    """The parser's events, from C where it can.

    The C library (libyaml 0.1) refuses two things that kubectl and YAML 1.2 allow: a colon inside a plain scalar of a
    flow collection (`[1:30]`), which is masked, and escapes of JSON (`\\/` and surrogate pairs), for which ruamel's
    own parser goes on from the event where the other stopped.
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if ("[" in text or "{" in text) and not _TAG_WITH_COLON.search(text):
        text = _INNER_COLON.sub(_COLON, text)
    delivered = 0
    try:
        try:
            for event in _drain(_c_parser(text)):
                yield event
                delivered += 1
        except MarkedYAMLError as error:
            if "escape c" not in str(error.problem) or len(text) > MAX_SLOW_LENGTH:
                raise
            yield from itertools.islice(_drain(_pure_parser(text)), delivered, None)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        start = error.context_mark.index if error.context_mark else None
        raise YamlError(_sentence(error), mark.index if mark else 0, start) from None
    except YAMLError as error:
        position = int(getattr(error, "position", 0) or 0)
        if getattr(error, "encoding", "") != "unicode":  # the C library counts bytes
            position = len(text.encode("utf-8", "surrogatepass")[:position].decode("utf-8", "ignore"))
        raise YamlError(str(getattr(error, "reason", "")) or "not YAML", position) from None


def text_of(value: str) -> str:
    """A scalar's text, with masked colons and with two surrogates as the one character they stand for."""
    if value.isascii():
        return value
    return value.replace(_COLON, ":").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _drain(parser: Any) -> Iterator[Any]:
    while (event := parser.get_event()) is not None:
        yield event


def _c_parser(text: str) -> Any:
    try:
        from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]
    except ImportError:  # an interpreter that ruamel.yaml.clib has no wheel for
        return _pure_parser(text)
    return CParser(text)


def _pure_parser(text: str) -> Any:
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).get_constructor_parser(io.StringIO(text))[1]


def _sentence(error: Any) -> str:
    problem = (error.problem or "not YAML").strip()
    return f"{problem} ({error.context.strip()})" if error.context else problem

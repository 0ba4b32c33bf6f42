"""What a tool makes of its inputs, or why it makes nothing: remembered by what went into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from klint.render.cache import Cache

Made = TypeVar("Made")


class RenderError(Exception):
    """A chart that does not render; the message is the template engine's. `field` is what it was asked with wrongly."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class InterruptedRenderError(RenderError):
    """A rendering that was ended, or that ended its process: it takes more than klint gives it, which is no mistake of
    what is rendered. Another time it may succeed.
    """


def outcome(
    cache: Cache,
    inputs: Iterable[str | bytes],
    make: Callable[[], Made],
    read: Callable[[Any], Made],
    write: Callable[[Made], Any],
) -> Made | RenderError:
    """What a tool makes of some inputs, or why it does not: from the cache if that is known already."""

    def attempt() -> Made | RenderError:
        try:
            return make()
        except InterruptedRenderError:
            raise  # another time it may succeed
        except RenderError as error:
            return error

    def known(data: Any) -> Made | RenderError:
        return RenderError("" + data["error"]) if "error" in data else read(data)

    def kept(made: Made | RenderError) -> Any:
        return {"error": str(made)} if isinstance(made, RenderError) else write(made)

    try:
        return remembered(cache, inputs, attempt, known, kept)
    except InterruptedRenderError as error:
        return error


def remembered(
    cache: Cache,
    inputs: Iterable[str | bytes],
    make: Callable[[], Made],
    read: Callable[[Any], Made],
    write: Callable[[Made], Any],
) -> Made:
    """What is made of some inputs: from the cache if that is known already."""
    key = cache.key(inputs)
    known = cache.get(key)
    if known is not None:
        with suppress(ValueError, TypeError, KeyError, AttributeError):  # of the wrong type it is not what was kept
            return read(known)
    try:
        made = make()
    except BaseException:
        cache.is_cut_short = True
        raise
    cache.put(key, write(made))
    return made

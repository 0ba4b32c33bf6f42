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
    key = cache.key(inputs)
    remembered = cache.get(key)
    # Of the wrong type it is not what klint remembers.
    with suppress(ValueError, TypeError, KeyError, AttributeError):
        if remembered is not None:
            return RenderError("" + remembered["error"]) if "error" in remembered else read(remembered)
    try:
        made = make()
    except InterruptedRenderError as error:
        return error
    except RenderError as error:
        cache.put(key, {"error": str(error)})
        return error
    cache.put(key, write(made))
    return made

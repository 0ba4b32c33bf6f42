"""What mends a field that the API server refuses, where what is meant is plain; None where it would be a guess."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any

from klint.regex import regex
from klint.text.changes import Insert, Remove, Rename, Replace

if TYPE_CHECKING:
    from klint.fixes import Fix
    from klint.text.changes import Change
    from klint.text.document import Place

_ALIKE = 0.8
"""How much of two words has to be the same, by difflib's ratio, before one is taken for the other misspelt."""

_LONGEST = 100
"""Words that are longer are compared with nothing."""

_HALF = 5
"""Letters that are enough for the second half of a word: `Path` begins too many."""


def mended(title: str, *changes: Change, is_plain: bool = False) -> Fix:
    """The fix of what no API server accepts or no controller heeds, so that nothing works that could break.

    Args:
        title: what it does, as in `Change port to 80`.
        changes: of the object.
        is_plain: whether nobody could mean anything else; it is an unsafe fix otherwise.
    """
    from klint.fixes import Fix, Safety

    return Fix(title, changes, Safety.SAFE if is_plain else Safety.UNSAFE)


def write(at: Place, value: Any, *, is_plain: bool = False) -> Fix:
    """Have a place say something else: `Change weight to 50`."""
    name = at.path[-1] if isinstance(at.path[-1], str) else "it"
    return mended(f"Change {name} to {_shown(value)}", Replace(at, value), is_plain=is_plain)


def add(at: Place, field: str, value: Any, *, is_plain: bool = False) -> Fix:
    """Give the mapping at a place a field that it lacks: `Add pathType: Prefix`."""
    return mended(f"Add {field}: {_shown(value)}", Insert(at, field, value), is_plain=is_plain)


def _shown(value: Any) -> str:
    return str(value) if value != "" else '""'


def drop(at: Place, *, is_plain: bool = False) -> Fix:
    """Take a field away: `Drop the hostname`."""
    return mended(f"Drop the {at.path[-1]}", Remove(at), is_plain=is_plain)


def call(at: Place, field: str) -> Fix:
    """Give a field its right name: `Call it targetPort`. Some clients send an object without the fields it has not."""
    return mended(f"Call it {field}", Rename(at, field))


def write_meant(at: Place, known: Collection[Any]) -> Fix | None:
    """Have a place say the one of a few words, or numbers, that is meant."""
    given = at.value
    if number_in(given) in known:
        return write_number(at)
    words = [item for item in known if isinstance(item, str)]
    word = meant(given, words) if isinstance(given, str) else ""
    return write(at, word, is_plain=given.casefold() == word.casefold()) if word else None


def meant(given: str, known: Iterable[str]) -> str:
    """The one known word that somebody misspelt, if only in its case, or has half of; empty where that is none, or one
    of several: `prefix` is `Prefix` of an Ingress, and `PathPrefix` of a route."""
    words, folded = list(known), given.casefold()
    found = [word for word in words if word.casefold() == folded]
    if not found and len(given) <= _LONGEST:
        from difflib import get_close_matches  # takes its time to load

        found = get_close_matches(given, words, n=2, cutoff=_ALIKE)
    if not found and len(given) >= _HALF:
        found = [word for word in words if folded.endswith(word.casefold()) or word.casefold().endswith(folded)]
    return found[0] if len(found) == 1 else ""


def write_host(at: Place, is_host: Callable[[str], bool]) -> Fix | None:
    """Have a place say the DNS name in what it says: in lower case, out of a URL, without a port or a last dot.

    A path says more than a host can, so that it is nobody's but the author's to drop.
    """
    given = at.value
    found = _IN_URL.match(given) if isinstance(given, str) else None
    name = found["name"].lower().removesuffix(".") if found else ""
    if not found or name == given or not is_host(name):
        return None
    return write(at, name, is_plain=not (found["scheme"] or found["port"]))


_IN_URL = regex(r"(?P<scheme>https?://)?(?P<name>[^/:@\s]+)(?P<port>:[0-9]+)?/?\Z", re.IGNORECASE)


def write_path(at: Place) -> Fix | None:
    """Have a place say a path from its first slash."""
    given = at.value
    is_path = isinstance(given, str) and _PATH.match(given) is not None
    return write(at, f"/{given}", is_plain=True) if is_path else None


_PATH = regex(r"[A-Za-z0-9][A-Za-z0-9_.~-]*(?:/[A-Za-z0-9_.~-]+)*/?\Z")


def write_number(at: Place) -> Fix | None:
    """Have a place say the number that it has in quotes."""
    number = number_in(at.value)
    return write(at, number, is_plain=True) if number is not None else None


def number_in(given: Any) -> int | None:
    """The number that a text is, in decimal digits; None where it is none."""
    return int(given) if isinstance(given, str) and _NUMBER.match(given) else None


_NUMBER = regex(r"(?:0|[1-9][0-9]{0,8})\Z")


def write_decoded(at: Place, shape: Any) -> Fix | None:
    """Have a place say what it says in the type that is read there: in quotes or without, or as a list of one.

    Of a fraction nobody knows which text it was.
    """
    given, kinds = at.value, shape if isinstance(shape, tuple) else (shape,)
    if shape == _PORT and isinstance(given, int | str) and not isinstance(given, bool):
        number = given if isinstance(given, int) else number_in(given)
        port = {"name": given} if number is None else {"number": number}
        return mended("Make it a mapping", Replace(at, port), is_plain=True)
    if isinstance(given, str):
        if int in kinds and number_in(given) is not None:
            return write_number(at)
        if bool in kinds and given in _BOOLEANS:
            return write(at, _BOOLEANS[given], is_plain=True)
        return mended("Make it a list", Replace(at, [given]), is_plain=True) if [str] in kinds else None
    if str in kinds and isinstance(given, bool | int):
        text = str(given).lower()
        return mended(f'Quote it: "{text}"', Replace(at, text), is_plain=True)
    return None


_PORT = {"name": str, "number": int}
"""The port of a Service as an Ingress has it, which other kinds have as a number or a name alone."""

_BOOLEANS = {"true": True, "false": False}

"""Names that are nearly alike: what a reference that leads nowhere was most likely meant for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import takewhile

_KIND_WORDS = frozenset(("svc", "service", "srv", "app", "deploy", "deployment", "pod", "pods", "server"))
"""Words that say what kind of thing a name is for, and so come and go."""

_LONGEST = 63
"""Label values and Service names are no longer than this; longer names are compared for equality only."""

_ENOUGH = 20
"""More names than this that are alike point nowhere."""


def stem(name: str) -> str:
    """A name without its case and without the words at either end that only say its kind: `Web-svc` is `web`."""
    words = name.lower().replace("_", "-").split("-")
    while len(words) > 1 and words[-1] in _KIND_WORDS:
        words.pop()
    while len(words) > 1 and words[0] in _KIND_WORDS:
        words.pop(0)
    return "-".join(words)


def are_similar(one: str, other: str) -> bool:
    """Whether two names look like one misspelt: a letter wrong, missing, doubled or swapped, or `web` and `web-svc`.

    Names that differ in a digit are siblings (`web1` and `web2`), and so are those that differ in a short word
    (`zone-a` and `zone-b`, `http` and `https`).
    """
    short, long = stem(one), stem(other)
    return short == long or _differ_by_a_slip(short, long) or _differ_by_a_slip(one.lower(), other.lower())


def only_similar(name: str, names: Iterable[str]) -> str:
    """The one of a few names that is similar to this one; empty where none is, or several are."""
    found = [other for other in dict.fromkeys(names) if are_similar(other, name)]
    return found[0] if len(found) == 1 else ""


def _differ_by_a_slip(one: str, other: str) -> bool:
    if max(len(one), len(other)) > _LONGEST:
        return False
    start = _agreeing(one, other)
    end = _agreeing(one[start:][::-1], other[start:][::-1])
    here, there = one[start : len(one) - end], other[start : len(other) - end]
    if any(character.isdigit() for character in here + there):
        return False
    if len(here) == 2 and here == there[::-1]:
        return True
    if len(here) > 1 or len(there) > 1:
        return False
    before, after = one[:start].rpartition("-")[2], one[len(one) - end :].partition("-")[0]
    is_doubled = not (here and there) and before.endswith(here or there)
    return len(before) + len(after) + bool(here and there) >= (3 if is_doubled else 5)


def _agreeing(one: str, other: str) -> int:
    """How many characters two texts share from their start."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


class Names:
    """A set of names, searched by what is nearly alike. Built in one pass; a search does not depend on their number."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_trace: dict[str, list[str]] = defaultdict(list)
        for name in dict.fromkeys(names):
            for trace in _traces(name):
                self._by_trace[trace].append(name)

    def like(self, name: str) -> list[str]:
        """The names that are similar to this one, without itself; at most a handful."""
        if not self._by_trace:
            return []
        candidates = {found for trace in _traces(name) for found in self._by_trace.get(trace, ())[:_ENOUGH]}
        return sorted(found for found in candidates if found != name and are_similar(found, name))[:_ENOUGH]


def _traces(name: str) -> set[str]:
    """What two names one slip apart have in common: one of their letters left out, or none. No slip is in a digit."""
    found = {stem(name), name.lower()}
    for base in tuple(found):
        if len(base) <= _LONGEST:
            found.update(base[:index] + base[index + 1 :] for index, letter in enumerate(base) if not letter.isdigit())
    return found


def parts(name: str) -> Iterator[str]:
    """What a name would be without prefix or suffix: `shop-web-prod` gives `shop-web`, `shop`, `web-prod`, `prod`."""
    words = name.split("-")
    for count in range(len(words) - 1, 0, -1):
        yield "-".join(words[:count])
    for count in range(1, len(words)):
        yield "-".join(words[count:])

"""How far a reference may look: its bundle first, then the rest of the workspace, then what is declared to exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Generic, TypeVar

from klint.index import Index
from klint.kube.resource import Resource
from klint.kube.workload import PodTemplate
from klint.target import Target

Item = TypeVar("Item", bound=Resource | PodTemplate)


@dataclass(frozen=True)
class Sorted(Generic[Item]):
    """What a lookup found: in the bundle itself, and elsewhere in the workspace."""

    own: tuple[Item, ...]
    elsewhere: tuple[Item, ...]

    @property
    def nearest(self) -> tuple[Item, ...]:
        """Those of the bundle, or if there are none those elsewhere."""
        return self.own or self.elsewhere


@dataclass(frozen=True, eq=False)
class Scope:
    """A bundle inside its workspace.

    `index` has the whole workspace, `own` the bundle alone. `environments` has the environment of every file: what
    goes to staging does not answer for production.
    """

    index: Index
    target: Target
    own: Index
    files: frozenset[str]
    environments: Mapping[str, str]

    def sort(self, found: Iterable[Item]) -> Sorted[Item]:
        """Tell what is in the bundle from what is elsewhere; leave out what goes to another environment."""
        own, elsewhere = [], []
        for item in found:
            file = item.document.source.path
            if file in self.files:
                own.append(item)
            elif self._may_meet(self.environments.get(file, "")):
                elsewhere.append(item)
        return Sorted(tuple(own), tuple(elsewhere))

    def _may_meet(self, environment: str) -> bool:
        return not environment or not self.target.environment or environment == self.target.environment


MANY = 300
"""Where near misses are no longer looked for among everything, only among what shares a label or a file."""


def are_similar(one: str, other: str) -> bool:
    """Whether two names look like one misspelt, or one with something added: `web` and `web-svc`, `web` and `wbe`."""
    if one == other:
        return True
    short, long = sorted((one.lower(), other.lower()), key=len)
    if len(short) >= 3 and (long.startswith(short + "-") or long.endswith("-" + short)):
        return True
    if len(short) < 3 or len(long) - len(short) > 2:
        return False
    if sorted(short) == sorted(long):
        return True
    return SequenceMatcher(None, short, long).ratio() >= 0.8

"""With exposure on: the values that have to be set for a chart to make all the exposed objects it can make.

Most charts keep their Ingress, their routes, NetworkPolicies, Services and host ports behind `enabled: false`. The
conditions around these in the templates tell which values turn them on: see search.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from klint.kube.routes import ROUTES
from klint.records import dataclass, field, replace
from klint.render.helm.conditions import Settings, joined
from klint.render.helm.terms import ValuePath
from klint.text.data import MISSING, is_same, value_at

EXPOSED_KINDS = frozenset(kind for _, kind in ROUTES) | frozenset(
    (
        "Service",
        "NetworkPolicy",
        "IngressClass",
        "Gateway",
        "GatewayClass",
        "ListenerSet",
        "ReferenceGrant",
        "BackendTLSPolicy",
        "DestinationRule",
        "Middleware",
    )
)
"""The kinds of objects that are turned on."""

WORKLOAD_KINDS = frozenset(("Deployment", "StatefulSet", "DaemonSet", "Rollout", "DeploymentConfig"))
"""The kinds whose pods these may be for: they are turned on only where the same values do."""

_REFERRED = EXPOSED_KINDS - {kind for _, kind in ROUTES} - {"NetworkPolicy"}
"""Those among them that others refer to."""

_ALTERNATIVES = (("hostNetwork", "hostPort"), ("hostPort", "hostNetwork"))
"""Fields of which nobody takes both: with hostNetwork, a host port is the container's."""

MAX_SETS = 4
"""Sets of switches of one chart, each of which is rendered by itself: more exclude each other in few charts."""


@dataclass(frozen=True)
class Switch:
    """A value that is set to turn something on."""

    path: ValuePath
    value: object

    def __str__(self) -> str:
        """As `helm --set` has it."""
        text = json.dumps(self.value) if isinstance(self.value, bool) else str(self.value)
        return f"{'.'.join(map(str, self.path))}={text}"


class Piece(NamedTuple):
    """A part of a template: its path as Helm prints it, and the kind of an object, or a field of one that is there."""

    template: str
    what: str

    @property
    def kind(self) -> str:
        """The kind of the object; empty for a field."""
        return self.what if self.what in EXPOSED_KINDS | WORKLOAD_KINDS else ""


@dataclass(frozen=True)
class Switches:
    """What is turned on together, with the values that have to be what they are for that.

    `pieces` are what each piece of a template takes that is turned on.
    """

    settings: Settings = field(default_factory=dict)
    pieces: Mapping[Piece, tuple[Switch, ...]] = field(default_factory=dict)

    @property
    def switches(self) -> tuple[Switch, ...]:
        """What is turned on, each once, in the order of the paths."""
        found = {switch.path: switch for switches in self.pieces.values() for switch in switches}
        return tuple(found[path] for path in sorted(found, key=str))

    def __str__(self) -> str:
        """All that is turned on."""
        return ", ".join(map(str, self.switches))

    def __bool__(self) -> bool:
        """Whether anything is."""
        return bool(self.pieces)

    def and_for(self, piece: Piece, settings: Settings, changes: Settings) -> Switches | None:
        """These with what one more piece needs; None where that is something else."""
        both = joined(self.settings, settings)
        others = {other.what for other in self.pieces}
        if both is None or any(piece.what == one and other in others for one, other in _ALTERNATIVES):
            return None
        added = (Switch(path, value) for path, value in changes.items())
        needed = dict.fromkeys((*self.pieces.get(piece, ()), *added))
        return Switches(both, {**self.pieces, piece: tuple(needed)})

    def only(self, pieces: Iterable[Piece]) -> Switches:
        """Those that some of the pieces need."""
        return replace(self, pieces={piece: self.pieces[piece] for piece in pieces})

    def overrides(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values to render with, over those of the chart."""
        result: dict[str, Any] = {}
        for switch in self.switches:
            _set(result, values, switch.path, switch.value)
        return result


def _set(into: dict[str, Any], values: Any, path: ValuePath, value: object) -> None:
    """Set what is at a path. A list is replaced as a whole, so it is one with the chart's own items."""
    current: Any = into
    for number, (step, below) in enumerate(zip(path, (*path[1:], None), strict=True)):
        if below is None:
            current[step] = value
            return
        held = current.get(step) if isinstance(current, dict) else current[step]
        if not isinstance(held, dict | list):
            own = value_at(values, path[: number + 1], None)
            held = deepcopy(own) if isinstance(below, int) and isinstance(own, list) else {}
        current[step] = held
        current = held


@dataclass(frozen=True)
class Needs:
    """What a chart can expose, and what turns it on: for each piece the values that it needs where the chart's have it
    off, and what of that is to be changed. `unmet` are pieces that nothing turns on which klint could set.
    """

    pieces: Sequence[tuple[Piece, Settings, Settings]]
    unmet: frozenset[str]

    def sets(self, others: Sequence[Mapping[str, Any]] = ()) -> list[Switches]:
        """The fewest sets of switches that turn on all that can be, which `others`, values for the chart, do not.

        Switches that are one of two come before values that are one of many, which have sets of their own.
        """
        needed = [
            (piece, settings, changes)
            for piece, settings, changes in self.pieces
            if piece.what not in WORKLOAD_KINDS and not _are_in(others, changes)
        ]
        found: list[Switches] = []
        for is_choice in (False, True):
            sets: list[Switches] = []
            for piece, settings, changes in needed:
                if is_choice == _is_choice(changes):
                    _add(sets, piece, settings, changes)
            found += sets
        return found[:MAX_SETS]

    def is_whole_with(self, switches: Switches) -> bool:
        """Whether some switches leave nothing off that others may refer to."""
        on = {switch.path: switch.value for switch in switches.switches}
        referred = _REFERRED | WORKLOAD_KINDS
        return self.unmet.isdisjoint(referred) and all(
            changes.items() <= on.items()
            for piece, _, changes in self.pieces
            if piece.what in referred and not _is_choice(changes)
        )

    def to_json(self) -> dict[str, Any]:
        """As the cache keeps it."""
        pieces = [
            [*piece, [[path, value, path in changes] for path, value in settings.items()]]
            for piece, settings, changes in self.pieces
        ]
        return {"pieces": pieces, "unmet": sorted(self.unmet)}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Needs:
        """What the cache kept.

        Raises:
            ValueError, TypeError, KeyError: it is something else.
        """
        pieces = []
        for template, what, needed in data["pieces"]:
            found = [(tuple(path), value, is_change) for path, value, is_change in needed]
            changes = {path: value for path, value, is_change in found if is_change}
            pieces.append((Piece(template, what), {path: value for path, value, _ in found}, changes))
        return Needs(pieces, frozenset(data["unmet"]))


def _is_choice(changes: Settings) -> bool:
    """Whether a change is to one of several values, where others are as good."""
    return not all(isinstance(value, bool) for value in changes.values())


def _add(sets: list[Switches], piece: Piece, settings: Settings, changes: Settings) -> None:
    """Add what a piece needs to the first set that it goes with."""
    for number, switches in enumerate((*sets, Switches())):
        more = switches.and_for(piece, settings, changes)
        if more is not None:
            sets[number : number + 1] = [more]
            return


def _are_in(sets: Sequence[Mapping[str, Any]], changes: Settings) -> bool:
    """Whether one of some sets of values has all that is to be changed already."""
    return any(
        all(is_same(value_at(values, path, MISSING), value) for path, value in changes.items()) for values in sets
    )

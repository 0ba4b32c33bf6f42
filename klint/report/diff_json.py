"""What a change does to exposure as one JSON document, described by the types below.

The document is stable: fields are added but neither removed nor given another meaning while `version` stays the same.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypedDict

import klint
from klint.report.diff_words import sentence
from klint.report.escape import inert_json
from klint.report.json import FailureEntry, ObjectName, PathHop, Place, failure_entry, path_hop, place
from klint.report.trace_json import AudienceEntry

if TYPE_CHECKING:
    from klint.diffing.changes import Change, Exposed, Side
    from klint.diffing.comparing import Compared, Difference

VERSION = 1


class ExposedEntry(TypedDict):
    """A port of a workload's pods, null where its number is not known, and who can reach it."""

    workload: ObjectName
    port: int | None
    who: str


class SideEntry(TypedDict):
    """How it is on one side: who can use it, through what, where it leads, and where it ends instead, by name."""

    audience: AudienceEntry | None
    through: list[str]
    to: list[str]
    ends_at: PathHop | None
    places: list[Place]


class ChangeEntry(TypedDict):
    """One change.

    `kind` is widened, broken, unguarded, moved, renamed, guarded, mended or narrowed, and `what` has changed: entry,
    class, host, arrival, backend, guard, isolation, service, workload or name. `subjects` are those that have changed
    alike; `before` or `after` is null where there is nothing of them. `guard` is TLS, authentication, allow-list,
    NetworkPolicy or null. `is_certain` is false where the change depends on what is in no manifest. `opened` are the
    ports of pods that somebody can reach by it who could not before, `closed` the contrary.
    """

    kind: str
    what: str
    message: str
    is_certain: bool
    is_worse: bool
    subjects: list[str]
    guard: str | None
    before: SideEntry | None
    after: SideEntry | None
    opened: list[ExposedEntry]
    closed: list[ExposedEntry]


class ComparedEntry(TypedDict):
    """What has changed in the bundles of one place: `before` and `after` are what these are called on each side."""

    environment: str | None
    before: list[str]
    after: list[str]
    changes: list[ChangeEntry]


class DiffDocument(TypedDict):
    """The whole document. `version` is the format's, `klint` the linter's.

    `unrendered` are bundles that were not compared, since klint could not render them on one side.
    """

    version: int
    klint: str
    bundles: list[ComparedEntry]
    unrendered: list[str]
    failures: list[FailureEntry]


def to_json(difference: Difference) -> str:
    """The changes as a JSON document, indented by two."""
    document = DiffDocument(
        version=VERSION,
        klint=klint.__version__,
        bundles=[_compared(item) for item in difference.compared],
        unrendered=list(difference.unrendered),
        failures=[failure_entry(failure) for failure in difference.failures],
    )
    return inert_json(json.dumps(document, indent=2)) + "\n"


def _compared(item: Compared) -> ComparedEntry:
    return ComparedEntry(
        environment=item.scope.environment or None,
        before=[graph.bundle.name for graph in item.scope.before],
        after=[graph.bundle.name for graph in item.scope.after],
        changes=[_change(change) for change in item.changes],
    )


def _change(change: Change) -> ChangeEntry:
    return ChangeEntry(
        kind=change.kind.value,
        what=change.what.value,
        message=sentence(change),
        is_certain=change.is_certain,
        is_worse=change.is_worse,
        subjects=list(change.subjects),
        guard=change.guard.value if change.guard else None,
        before=_side(change.before),
        after=_side(change.after),
        opened=[_exposed(item) for item in change.opened],
        closed=[_exposed(item) for item in change.closed],
    )


def _side(side: Side | None) -> SideEntry | None:
    if side is None:
        return None
    audience = side.audience
    return SideEntry(
        audience=AudienceEntry(
            who=audience.who.value,
            why=str(audience.why) or None,
            at=place(audience.at.span) if audience.at is not None else None,
        )
        if audience is not None
        else None,
        through=list(side.through),
        to=list(side.to),
        ends_at=path_hop(side.hop) if side.hop is not None else None,
        places=[place(found.span) for found in side.places],
    )


def _exposed(item: Exposed) -> ExposedEntry:
    group, kind, namespace, name = item.end.owner
    workload = ObjectName(group=group, kind=kind, namespace=namespace or None, name=name)
    return ExposedEntry(workload=workload, port=item.end.port, who=item.who.value)

"""Answers to `klint trace` as one JSON document, described by the types below.

The document is stable: fields are added but neither removed nor given another meaning while `version` stays the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

import klint
from klint.report.escape import inert_json
from klint.report.json import FailureEntry, ObjectName, PathHop, Place, failure_entry, object_name, path_hop, place
from klint.report.words import router_name
from klint.tracing.answers import ending

if TYPE_CHECKING:
    from klint.errors import Failure
    from klint.exposure.graph import Graph
    from klint.exposure.requests import Decision, Taker
    from klint.hops import Way
    from klint.tracing.answers import Answer

VERSION = 1


class TracedObject(Place):
    """An object that was asked for, and where it is written."""

    object: ObjectName


class TakerEntry(Place):
    """A match that a request is for, where it stands.

    `requests` are those that it takes, in words; `is_certain` is false where it asks for more than host and path, or
    klint cannot tell; `ends_in` is redirect or response where the route itself answers, delegate where it leaves the
    request to other routes; `because` why what takes the request is tried before it, null unless it comes behind that.
    """

    route: ObjectName
    requests: str
    is_certain: bool
    ends_in: str | None
    because: str | None


class DecisionEntry(TypedDict):
    """What becomes of a request at a router: `winner` takes it, `before` may take it before that, `behind` would."""

    router: str
    winner: TakerEntry | None
    before: list[TakerEntry]
    behind: list[TakerEntry]


class GuardEntry(Place):
    """Something that a request must pass: TLS, authentication, allow-list or NetworkPolicy."""

    kind: str


class AudienceEntry(TypedDict):
    """Who may take a way: the world, a private network, the cluster or unknown; why, and the place that decides."""

    who: str
    why: str | None
    at: Place | None


class WayEntry(TypedDict):
    """One way of a request. `state` is resolved, broken or unknown; it ends at `port` of a `workload` unless broken."""

    state: str
    audience: AudienceEntry
    entry: str | None
    path: list[PathHop]
    guards: list[GuardEntry]
    route: ObjectName | None
    service: ObjectName | None
    workload: ObjectName | None
    port: int | None


class InnerEntry(TypedDict):
    """A Service that leads to workloads from inside the cluster alone."""

    service: ObjectName
    workloads: list[ObjectName]


class AnswerEntry(TypedDict):
    """What one bundle knows of what was asked for."""

    bundle: str
    environment: str | None
    platform: str | None
    objects: list[TracedObject]
    decisions: list[DecisionEntry]
    ways: list[WayEntry]
    inside: list[InnerEntry]


class TraceDocument(TypedDict):
    """The whole document. `version` is the format's, `klint` the linter's."""

    version: int
    klint: str
    answers: list[AnswerEntry]
    failures: list[FailureEntry]


def to_json(answers: Sequence[Answer], failures: Sequence[Failure]) -> str:
    """The answers as a JSON document, indented by two."""
    document = TraceDocument(
        version=VERSION,
        klint=klint.__version__,
        answers=[_answer(answer) for answer in answers],
        failures=[failure_entry(failure) for failure in failures],
    )
    return inert_json(json.dumps(document, indent=2)) + "\n"


def _answer(answer: Answer) -> AnswerEntry:
    bundle = answer.graph.bundle
    return AnswerEntry(
        bundle=bundle.name,
        environment=bundle.target.environment or None,
        platform=bundle.target.platform or None,
        objects=[TracedObject(object=object_name(item), **place(item.place.span)) for item in answer.about],
        decisions=[_decision(decision) for decision in answer.decisions],
        ways=[_way(way, answer.graph) for way in answer.ways],
        inside=[
            InnerEntry(service=object_name(inner.service), workloads=[object_name(item) for item in inner.workloads])
            for inner in answer.inside
        ],
    )


def _decision(decision: Decision) -> DecisionEntry:
    return DecisionEntry(
        router=router_name(decision.router),
        winner=_taker(decision.winner) if decision.winner else None,
        before=[_taker(taker) for taker in decision.before],
        behind=[_taker(taker) for taker in decision.behind],
    )


def _taker(taker: Taker) -> TakerEntry:
    match = taker.claim.match
    return TakerEntry(
        route=object_name(taker.claim.route),
        requests=str(taker.claim),
        is_certain=taker.is_certain,
        ends_in=found.value if (found := ending(taker)) else None,
        because=taker.edge.value if taker.edge else None,
        **place(match.at.span),
    )


def _way(way: Way, graph: Graph) -> WayEntry:
    audience = graph.audience_of(way)
    guards = sorted(way.guards, key=lambda guard: (guard.kind.value, guard.at.span.sort_key))
    return WayEntry(
        state=way.state.value,
        audience=AudienceEntry(
            who=audience.who.value,
            why=str(audience.why) or None,
            at=place(audience.at.span) if audience.at is not None else None,
        ),
        entry=str(way.entry) if way.entry is not None else None,
        path=[path_hop(hop) for hop in way.hops],
        guards=[GuardEntry(kind=guard.kind.value, **place(guard.at.span)) for guard in guards],
        route=object_name(way.route) if way.route is not None else None,
        service=object_name(way.service) if way.service is not None else None,
        workload=object_name(way.pod.workload) if way.pod is not None else None,
        port=way.port_number,
    )

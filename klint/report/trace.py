"""Answers to `klint trace` for a person: what decides, and each way with who may take it, its guards and its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint.exposure.requests import Decision, Taker
from klint.hops import GuardKind, State, Way
from klint.kube.routes.shape import Ending
from klint.report.audiences import audience_words
from klint.report.escape import escape, inert
from klint.report.path import drawn
from klint.report.pen import Pen
from klint.report.words import bundle_title, router_name
from klint.text.words import abridged, counted
from klint.tracing.answers import ending

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.tracing.answers import Answer

_MANY = 5
"""Workloads of one Service that are named; the others are counted."""
_ENDS = {
    Ending.REDIRECT: "answers with a redirect",
    Ending.RESPONSE: "answers by itself",
    Ending.DELEGATE: "leaves it to other routes",
}


def to_text(answers: Sequence[Answer], most: int | None, *, color: bool = False) -> str:
    """A section a bundle; of more than `most` ways in it the first, and a line that counts the others; None for all."""
    pen = Pen(is_on=color)
    sections = ("\n".join(_section(answer, most, pen)) for answer in answers)
    return inert("\n\n".join(sections) + "\n")


def _section(answer: Answer, most: int | None, pen: Pen) -> Iterator[str]:
    bundle = answer.graph.bundle
    yield pen.strong(escape(bundle_title(bundle.name, bundle.target.environment, bundle.target.platform)))
    for resource in answer.about:
        yield f"  {escape(str(resource))}  {pen.faint(escape(str(resource.place.span)))}"
    for decision in answer.decisions:
        if len(answer.decisions) > 1:
            yield f"  At {escape(router_name(decision.router))}:"
        yield from (f"  {line}" for line in _decision(decision, pen))
    for number, way in enumerate(answer.ways[:most], 1):
        yield ""
        yield from (f"  {line}" for line in way_lines(number, way, answer.graph, pen))
    if most is not None and len(answer.ways) > most:
        yield ""
        yield f"  and {counted(len(answer.ways) - most, 'way')} more: --all prints them"
    yield from (f"  {line}" for line in _nothing(answer))


# What decides


def _decision(decision: Decision, pen: Pen) -> Iterator[str]:
    for taker in decision.before:
        yield f"{_taker(taker)} may take it first{_why_unknown(taker)}  {_at(taker, pen)}"
    winner = decision.winner
    if winner is None:
        yield "Nothing else takes it"
    else:
        found = ending(winner)
        ends = f" and {_ENDS[found]}" if found else ""
        yield f"{_taker(winner)} takes it{ends}  {_at(winner, pen)}"
    for taker in decision.behind:
        because = taker.edge.value if taker.edge else ""
        yield f"  before {_taker(taker)}: {because}  {_at(taker, pen)}"


def _taker(taker: Taker) -> str:
    claim = taker.claim
    return escape(f"{claim or 'everything'} of {claim.route}")


def _why_unknown(taker: Taker) -> str:
    return "" if taker.claim.conditions else ", as far as klint can tell from its path"


def _at(taker: Taker, pen: Pen) -> str:
    return pen.faint(escape(str(taker.claim.match.at.span)))


# Ways


def way_lines(number: int, way: Way, graph: Graph, pen: Pen) -> Iterator[str]:
    """A way by its number: its entry and who can use that, its hops, what it passes, and where it ends."""
    audience = graph.audience_of(way)
    entry = escape(str(way.entry or "An entry that is in no manifest"))
    if way.state is State.BROKEN:
        yield pen.strong(f"{number}. {entry}: ") + pen.state("broken", State.BROKEN)
    else:
        yield pen.strong(f"{number}. {entry}, {audience_words(audience.who)}")
        if str(audience.why):
            yield f"   because {escape(str(audience.why))}"
    yield from (f"   {line}" for line in drawn(way.hops, pen))
    for line in _guards(way, pen):
        yield f"   {line}"
    yield f"   {escape(_end(way))}"


def _guards(way: Way, pen: Pen) -> Iterator[str]:
    for kind in GuardKind:
        places = sorted({str(guard.at.span) for guard in way.guards if guard.kind is kind})
        if places:
            yield f"passes {kind.value}  {pen.faint(escape(', '.join(places)))}"


def _end(way: Way) -> str:
    if way.state is State.BROKEN:
        return "ends there"
    if way.pod is not None:
        port = f"port {way.port_number} of " if way.port_number else ""
        certainty = "" if way.state is State.RESOLVED else ", if what is not known leads there"
        return f"ends in {port}{way.pod}{certainty}"
    if way.service is not None:
        return f"goes on to what makes the endpoints of {way.service}"
    return "goes on where klint cannot see"


# Nothing


def _nothing(answer: Answer) -> Iterator[str]:
    if answer.about and not answer.ways:
        yield "Nothing leads there from outside the cluster"
    for inner in answer.inside:
        workloads = abridged(list(map(str, inner.workloads)), _MANY)
        yield escape(f"Inside the cluster {inner.service} leads to {workloads}")

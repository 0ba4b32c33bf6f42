"""A path of hops as a request meets them: a line for each resource, and for each hop that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from klint.hops import UPSTREAM, Hop, HopKind, State
from klint.records import dataclass
from klint.report.escape import escape
from klint.report.pen import Pen
from klint.report.words import wanted
from klint.text.source import Span
from klint.text.words import abridged

if TYPE_CHECKING:
    from klint.kube.resource import Resource

SYMBOLS = {State.RESOLVED: "↓", State.BROKEN: "✗", State.UNKNOWN: "?"}
_DETAILS = frozenset((HopKind.LISTENER, HopKind.PORT, HopKind.TARGET_PORT))
"""Hops that stay within the resources which those around them name: told only where they do not lead on."""

_MANY = 3
"""Targets of one hop that are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a drawn path: a layer, how the request gets here from the line above, what is here and where."""

    layer: str
    state: State | None
    text: str
    at: str = ""


def drawn(path: Sequence[Hop], pen: Pen, here: Span | None = None) -> Iterator[str]:
    """The lines of a path. Places in the file of `here` are told by their line alone, and `here` itself not at all."""
    found = list(rows(path, here))
    layers = max((len(row.layer) for row in found), default=0)
    texts = max((len(row.text) for row in found if row.at and row.layer), default=0)
    for row in found:
        symbol = pen.state(SYMBOLS[row.state] if row.state else " ", row.state)
        at = "  ".ljust(texts - len(row.text) + 2) + pen.faint(row.at) if row.at else ""
        yield f"{pen.faint(row.layer.ljust(layers))} {symbol} {pen.state(row.text, row.state)}{at}".rstrip()


def rows(path: Sequence[Hop], here: Span | None) -> Iterator[Row]:
    """The resources of the path once each, as a request meets them, and the hops that do not lead to the next one."""
    shown: Resource | None = None
    arrived: State | None = None
    told = [hop for hop in path if hop.kind not in _DETAILS or hop.state is not State.RESOLVED]
    for hop, following in pairwise((*told, None)):
        if hop is None:
            continue
        is_entry = hop.kind is HopKind.ENTRY and hop.source in hop.targets
        if is_entry:
            yield Row("entry", None, escape(wanted(hop)))
            arrived = hop.state
        elif hop.kind in UPSTREAM:
            if shown is None or hop.state is not State.RESOLVED or hop.target is not shown:
                yield _hop_row(hop, here)
            arrived = hop.state if hop.state is State.RESOLVED else None
        if hop.source is not shown:
            yield Row(hop.source.layer, arrived, escape(str(hop.source)), _short(hop.source.place.span, here))
            shown, arrived = hop.source, None
        if is_entry or hop.kind in UPSTREAM:
            continue
        if hop.state is State.RESOLVED and following is not None and following.source in hop.targets:
            arrived = State.RESOLVED
        else:
            yield _hop_row(hop, here)


def _hop_row(hop: Hop, here: Span | None) -> Row:
    if hop.state is State.RESOLVED and hop.target is not None:
        targets = abridged(tuple(map(str, hop.targets)), _MANY)
        where = _short(hop.target.place.span, here)
        return Row(hop.target.layer, hop.state, _clause(targets, str(hop.why)), where)
    at = hop.at.span
    is_shown = at in (here, hop.source.place.span)
    return Row("", hop.state, _clause(wanted(hop), str(hop.why)), "" if is_shown else _short(at, here))


def _clause(what: str, why: str) -> str:
    return escape(f"{what}: {why}" if why else what)


def _short(span: Span, here: Span | None) -> str:
    return f"line {span.line}" if here is not None and span.file == here.file else escape(f"{span.file}:{span.line}")

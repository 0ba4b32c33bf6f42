"""With exposure on: what is said of charts in which klint turned on what their values have off.

Nobody deploys such a Bundle as it is. So it is no place for what depends on where something goes and who is to reach
it (that it is open to the world, has no TLS, is no good in production), nor for what whoever turns it on has to fill
in. What is left is the chart's own mistake, wrong wherever and with whatever values it is deployed:

1. Rules speak that are as severe in every environment, and that no declared exposure explains: of what is an error all
   that is one, of what is a warning that a hop leads nowhere, such as the selector of a NetworkPolicy.
2. A finding stands at a value that is written: a list that is empty, a field that is missing, a text of no characters
   is for others to fill in.
3. Nor does it rest on two objects that different values turn on: they may be alternatives, and hosts and ports that
   both have by default are there to be changed. A field that is turned on counts for objects of the same kind.
4. Nor is anything said of a Service that is turned on, where other values than these turn on pods.
5. What the chart's own values, or others of the workspace, have anybody told of already is not told again.
6. The message ends in what has to be turned on for it, and the line where that is off is a related place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from klint.findings import Finding, Related, Severity
from klint.records import replace
from klint.regex import regex
from klint.text.data import value_at
from klint.text.document import Place
from klint.text.words import abridged

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.registry import Rule
    from klint.text.source import Span
    from klint.workspace.rendering import ExposureOn, TurnedOn

_EVERYWHERE = ({"otherwise": Severity.ERROR}, {"otherwise": Severity.WARNING})

_HALF = regex(r"\A[.-]|[.-]\Z|\.\.|<no value>")
"""What a text looks like that is made with another one which is empty."""

_MANY = 3
"""Values that a message names."""


def judges_what_is_off(rule: Rule) -> bool:
    """Whether a rule tells of mistakes that are some wherever a chart is deployed, and for whomever it is open."""
    check = rule.check
    return check.is_in_graph and not check.explained_by and check.severity in _EVERYWHERE


def mistakes(rule: Rule, found: Iterable[Finding]) -> Iterator[Finding]:
    """Of what such a rule found what is certain: errors, and warnings of a hop that leads nowhere."""
    usual = rule.check.severity["otherwise"]
    for finding in found:
        if finding.severity is usual and (usual is Severity.ERROR or any(hop.is_broken for hop in finding.path)):
            yield finding


def news(found: Iterable[Finding], said: Iterable[Finding], graphs: Sequence[Graph]) -> Iterator[Finding]:
    """Of mistakes with exposure on those that nothing else tells of, each once, with what has to be on for it.

    `said` is what rules found with the values that people have.
    """
    on = {graph.bundle.name: graph.bundle.exposure_on for graph in graphs}
    told = {(finding.span.sort_key, finding.rule) for finding in said}
    for finding in found:
        key, bundle = (finding.span.sort_key, finding.rule), finding.bundles[0]
        exposure_on = on[bundle]
        if exposure_on is not None and key not in told and _is_of_chart(finding, exposure_on):
            told.add(key)
            yield _with(finding, _needed(finding, exposure_on), bundle)


def _is_of_chart(finding: Finding, exposure_on: ExposureOn) -> bool:
    """Whether it is the chart's own mistake, and not what whoever turns it on has yet to choose."""
    return _is_written(finding.at) and _is_known(finding, exposure_on) and not _is_of_alternatives(finding, exposure_on)


def _is_written(at: Place | Span) -> bool:
    """Whether something stands there that nobody has to fill in, nor part of it: a host that ends in a dot has no
    domain yet.
    """
    waiting = [value_at(at.document.data, at.path, None)] if isinstance(at, Place) else []
    while waiting:
        value = waiting.pop()
        if value in (None, "", [], {}) or (isinstance(value, str) and _HALF.search(value)):
            return False
        waiting.extend(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
    return True


def _is_of_alternatives(finding: Finding, exposure_on: ExposureOn) -> bool:
    """Whether it is about two objects that different values turn on, or change: nobody need turn on both."""
    here, *others = _objects((finding.at, *(related.at for related in finding.related)))
    brings = _brings(here, exposure_on)
    is_field = here[1:] not in exposure_on.needed
    return bool(brings) and any(
        (needed := _brings(other, exposure_on, with_fields=is_field or other[2] == here[2]))
        and (needed != brings or len(needed) > 1)
        for other in others
        if other != here
    )


def _is_known(finding: Finding, exposure_on: ExposureOn) -> bool:
    """Whether it does not rest on what stays off: that may be the pods of a Service that is turned on."""
    (here,) = _objects((finding.at,))
    return exposure_on.is_whole or here[2] != "Service" or here[1:] not in exposure_on.needed


def _brings(about: tuple[int, str, str], exposure_on: ExposureOn, *, with_fields: bool = True) -> tuple[TurnedOn, ...]:
    """What has to be turned on for an object, or for a field of it."""
    _, source, kind = about
    of_fields = exposure_on.needed.get((source, ""), ()) if with_fields else ()
    return exposure_on.needed.get((source, kind)) or of_fields


def _needed(finding: Finding, exposure_on: ExposureOn) -> tuple[TurnedOn, ...]:
    """What has to be turned on for a finding: what brings the objects it is about, or the field it stands at."""
    places = (finding.at, *(related.at for related in finding.related), *(hop.at for hop in finding.path))
    objects = _objects(places)
    needed = [item for about in objects for item in exposure_on.needed.get(about[1:], ())]
    needed = needed or [*exposure_on.needed.get((objects[0][1], ""), ())]
    return tuple(dict.fromkeys(needed or [item for items in exposure_on.needed.values() for item in items]))


def _objects(places: Iterable[Place | Span]) -> list[tuple[int, str, str]]:
    """For each place the document, its source and the kind of the object there."""
    found = []
    for place in places:
        if isinstance(place, Place):
            data = place.document.data
            kind = str(data.get("kind", "")) if isinstance(data, dict) else ""
            found.append((id(place.document), place.document.source.path, kind))
    return found or [(0, "", "")]


def _with(finding: Finding, needed: Sequence[TurnedOn], bundle: str) -> Finding:
    names = abridged([item.name for item in needed], _MANY)
    related = tuple(Related(f"{item.name} turns it on", item.at) for item in needed if item.at is not None)
    return replace(
        finding,
        message=f"{finding.message} (with {names})",
        related=(*finding.related, *related),
        bundles=(f"{bundle.partition(' with ')[0]} with {names}",),
    )

"""A map as one JSON document, described by the types below: what is open, to whom, and where it leads.

The document is stable: fields are added but neither removed nor given another meaning while `version` stays the same.
Each area, stop and line stands on a line of its own, for a map may be large.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NotRequired, TypedDict

import klint
from klint.hops import State
from klint.kube.routes.shape import Route
from klint.report.escape import inert_json
from klint.report.json import FailureEntry, ObjectName, failure_entry, object_name
from klint.report.map_words import title

if TYPE_CHECKING:
    from klint.errors import Failure
    from klint.findings import Finding
    from klint.maps.model import Area, ExposureMap, Line, Stop
    from klint.text.source import Span

VERSION = 1


class MapPlace(TypedDict):
    """A line of a file, which is relative to the working directory where it is below that."""

    file: str
    line: int


class AudienceEntry(TypedDict):
    """Who can send requests: the world, a private network, the cluster or unknown; and why, a clause or null."""

    who: str
    why: str | None


class MapFinding(MapPlace):
    """A finding; `severity` is error, warning or note, and `identity` knows it again in another run."""

    rule: str
    severity: str
    message: str
    identity: str


class MapStop(TypedDict):
    """Something that requests come to.

    `id` stays the same from run to run as long as the names do. `layer` is entry, routing, distribution or workload.
    `kind` is that of the object, for an entry the mechanism (LoadBalancer, NodePort, hostPort …); `name` and
    `namespace` are those of the object, of what opens the entry, or of what is wanted. `state` is resolved, but for
    what a reference asks for in vain (broken) or may ask for in vain (unknown), of which `why` tells the reason.
    `is_object` is false for entries, and for what no object of the workspace is. `hosts` is there for routes.
    `at` is where a person would edit it. `audience` is there for what lets requests in.
    """

    id: str
    layer: str
    kind: str
    namespace: str | None
    name: str
    title: str
    state: str
    why: str | None
    is_object: bool
    hosts: NotRequired[list[str]]
    at: MapPlace | None
    audience: NotRequired[AudienceEntry]
    findings: list[MapFinding]


MapLine = TypedDict(
    "MapLine",
    {
        "from": str,
        "to": str,
        "state": str,
        "why": str | None,
        "requests": list[str],
        "ports": list[str],
        "guards": list[str],
        "through": list[ObjectName],
        "at": MapPlace | None,
    },
)
"""Requests that go from a stop to another, by their ids.

`requests` are those that a route sends there, `ports` those of the Service that they go to, `guards` the kinds of what
all of them pass: TLS, authentication, allow-list, NetworkPolicy. `through` are objects between the stops. `at` is the
reference where it is broken or unknown, else null.
"""


class MapArea(TypedDict):
    """What a bundle opens, and where that leads. `findings` are those about none of its stops."""

    id: str
    bundle: str
    environment: str | None
    platform: str | None
    namespaces: list[str]
    stops: list[MapStop]
    lines: list[MapLine]
    findings: list[MapFinding]


class MapDocument(TypedDict):
    """The whole document. `version` is the format's, `klint` the linter's; `findings` are those of no area."""

    version: int
    klint: str
    areas: list[MapArea]
    findings: list[MapFinding]
    failures: list[FailureEntry]


def render(drawn: ExposureMap, failures: Sequence[Failure] = ()) -> str:
    """The map as a JSON document."""
    return inert_json("".join(_spread(document(drawn, failures)))) + "\n"


def document(drawn: ExposureMap, failures: Sequence[Failure] = ()) -> MapDocument:
    """The map as plain data."""
    return MapDocument(
        version=VERSION,
        klint=klint.__version__,
        areas=[_area(area) for area in drawn.areas],
        findings=_findings(drawn.findings),
        failures=[failure_entry(failure) for failure in failures],
    )


def _area(area: Area) -> MapArea:
    target = area.bundle.target
    return MapArea(
        id=area.id,
        bundle=area.bundle.name,
        environment=target.environment or None,
        platform=target.platform or None,
        namespaces=list(area.namespaces),
        stops=[_stop(stop) for stop in area.stops],
        lines=[_line(line) for line in area.lines],
        findings=_findings(area.findings),
    )


def _stop(stop: Stop) -> MapStop:
    entry = MapStop(
        id=stop.id,
        layer=stop.layer,
        kind=stop.kind,
        namespace=stop.namespace or None,
        name=stop.name,
        title=title(stop),
        state=stop.state.value,
        why=(str(stop.hop.why) or None) if stop.hop is not None else None,
        is_object=stop.entry is None and stop.resource is not None,
        at=_place(stop.at.span) if stop.at is not None else None,
        findings=_findings(stop.findings),
    )
    if isinstance(stop.resource, Route):
        entry["hosts"] = list(stop.resource.hosts)
    if stop.audience is not None:
        entry["audience"] = AudienceEntry(who=stop.audience.who.value, why=str(stop.audience.why) or None)
    return entry


def _line(line: Line) -> MapLine:
    return {
        "from": line.source,
        "to": line.target,
        "state": line.state.value,
        "why": (str(line.hop.why) or None) if line.hop is not None else None,
        "requests": list(line.requests),
        "ports": list(line.ports),
        "guards": [kind.value for kind in line.guards],
        "through": [object_name(item) for item in line.through],
        "at": _place(line.hop.at.span) if line.hop is not None and line.state is not State.RESOLVED else None,
    }


def _place(span: Span) -> MapPlace:
    return MapPlace(file=span.file, line=span.line)


def _findings(findings: Iterable[Finding]) -> list[MapFinding]:
    return [
        MapFinding(
            rule=finding.rule,
            severity=str(finding.severity),
            message=finding.message,
            identity=finding.identity,
            **_place(finding.span),
        )
        for finding in findings
    ]


# Lines of text


def _spread(whole: MapDocument) -> Iterator[str]:
    yield f'{{"version":{whole["version"]},"klint":{_text(whole["klint"])},"areas":['
    for number, area in enumerate(whole["areas"]):
        head = {key: value for key, value in area.items() if key not in ("stops", "lines", "findings")}
        yield f"{',' if number else ''}\n{_text(head)[:-1]}"
        for key in ("stops", "lines", "findings"):
            yield f',"{key}":{_list(area[key])}'
        yield "}"
    yield f'],\n"findings":{_list(whole["findings"])},"failures":{_list(whole["failures"])}}}'


def _list(items: Sequence[object]) -> str:
    return "[" + ",".join(f"\n{_text(item)}" for item in items) + "]"


def _text(item: object) -> str:
    return json.dumps(item, separators=(",", ":"))

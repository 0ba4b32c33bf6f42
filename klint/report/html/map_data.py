"""What the page of a map is made of, and what its script reads: the map as plain data, with lines of its sources."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypedDict

from klint.kube.routes.shape import Route
from klint.report.escape import escape
from klint.report.map_words import title

if TYPE_CHECKING:
    from klint.findings import Finding
    from klint.maps.model import Area, ExposureMap, Line, Stop
    from klint.text.source import Span

MOST_LINES = 12
"""Lines of a source that are shown of an object."""
FINDING_LINES = 3
"""And of what is found."""
LONGEST = 160
"""Characters of a line that are shown."""
_USUAL = 50
"""Characters of a line as it is written, more or less."""

At = tuple[int, int]
"""The number of a file, and a line of it."""


class PlainFinding(TypedDict, total=False):
    """A finding; `excerpt` is the number of its first line, and its lines."""

    rule: str
    severity: str
    message: str
    at: At
    excerpt: tuple[int, str]


class PlainStop(TypedDict, total=False):
    """A stop, without what is empty.

    `title` is there unless it is the kind, the namespace and the name. `audience` is the name of a member of Who in
    lower case, and `because` why it is that. `state` and `why` are there unless it is resolved.
    """

    id: str
    layer: str
    kind: str
    namespace: str
    name: str
    title: str
    at: At
    state: str
    why: str
    hosts: list[str]
    audience: str
    because: str
    excerpt: tuple[int, str]
    findings: list[PlainFinding]


PlainLine = TypedDict(
    "PlainLine",
    {
        "from": int,
        "to": int,
        "state": str,
        "why": str,
        "requests": list[str],
        "ports": list[str],
        "guards": list[str],
        "through": list[int],
    },
    total=False,
)
"""A line between two stops of an area, by their numbers, without what is empty; `through` are numbers of objects."""


class PlainArea(TypedDict, total=False):
    """An area, without what is empty."""

    id: str
    name: str
    environment: str
    platform: str
    stops: list[PlainStop]
    lines: list[PlainLine]
    findings: list[PlainFinding]


class PlainMap(TypedDict):
    """A map. What occurs often is in `files` and `objects`, and is referred to by its number there.

    `findings` are those of no area.
    """

    areas: list[PlainArea]
    findings: list[PlainFinding]
    files: list[str]
    objects: list[str]


def plain(drawn: ExposureMap) -> tuple[PlainMap, Excerpts]:
    """The map as plain data, in which no text has a character that is not seen; and the excerpts that it can have."""
    writer = _Writer()
    areas = [writer.area(area) for area in drawn.areas]
    findings = [writer.finding(finding) for finding in drawn.findings]
    written = PlainMap(areas=areas, findings=findings, files=list(writer.files), objects=list(writer.objects))
    return written, writer.excerpts


class Excerpts:
    """Lines of sources for stops and findings, which can be added to these when it is known how much room there is."""

    def __init__(self) -> None:
        self._wanted: list[tuple[PlainStop | PlainFinding, Span, int, int]] = []

    def want(self, item: PlainStop | PlainFinding, span: Span, before: int, most: int) -> None:
        """Lines around a span: `most` at most, `before` of them above it."""
        self._wanted.append((item, span, before, most))

    def add(self, room: int) -> None:
        """Add as many lines as there is room for, in characters: fewer for each where many are wanted."""
        lines = min(MOST_LINES, room // (_USUAL * max(len(self._wanted), 1)))
        for item, span, before, most in self._wanted:
            found = excerpt(span, min(before, lines // 2), min(most, lines))
            if found is None:
                continue
            room -= len(json.dumps(found[1])) + _USUAL
            if room < 0:
                break
            item["excerpt"] = found


def title_of(stop: PlainStop) -> str:
    """What a stop is: `Service shop/web`."""
    return stop["title"] if "title" in stop else _usual_title(stop["kind"], stop.get("namespace", ""), stop["name"])


def _usual_title(kind: str, namespace: str, name: str) -> str:
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


class _Writer:
    """Makes plain data of areas."""

    def __init__(self) -> None:
        self.files: dict[str, int] = {}
        self.objects: dict[str, int] = {}
        self.excerpts = Excerpts()

    def area(self, area: Area) -> PlainArea:
        target = area.bundle.target
        numbers = {stop.id: number for number, stop in enumerate(area.stops)}
        plain: PlainArea = _filled(
            id=area.id,
            name=escape(area.bundle.name),
            environment=target.environment,
            platform=target.platform,
            stops=[self._stop(stop) for stop in area.stops],
            lines=[self._line(line, numbers) for line in area.lines],
            findings=[self.finding(finding) for finding in area.findings],
        )
        return plain

    def _stop(self, stop: Stop) -> PlainStop:
        span = stop.at.span if stop.at is not None else None
        hop, audience = stop.hop, stop.audience
        kind, namespace, name, told = (escape(text) for text in (stop.kind, stop.namespace, stop.name, title(stop)))
        plain: PlainStop = _filled(
            id=stop.id,
            layer=stop.layer,
            kind=kind,
            namespace=namespace,
            name=name,
            title=told if told != _usual_title(kind, namespace, name) else "",
            at=self._at(span) if span is not None else None,
            state=_unless_resolved(stop.state.value),
            why=escape(str(hop.why)) if hop is not None else "",
            hosts=list(map(escape, stop.resource.hosts)) if isinstance(stop.resource, Route) else (),
            audience=audience.who.name.lower() if audience is not None else "",
            because=escape(str(audience.why)) if audience is not None else "",
            findings=[self.finding(finding) for finding in stop.findings],
        )
        if span is not None:
            # An object's name is near its top, while a port is between the lines that say which it is.
            is_object = stop.entry is None and stop.resource is not None
            self.excerpts.want(plain, span, before=3 if is_object else MOST_LINES // 2, most=MOST_LINES)
        return plain

    def finding(self, finding: Finding) -> PlainFinding:
        span = finding.span
        plain = PlainFinding(
            rule=finding.rule, severity=str(finding.severity), message=escape(finding.message), at=self._at(span)
        )
        self.excerpts.want(plain, span, before=FINDING_LINES // 2, most=FINDING_LINES)
        return plain

    def _line(self, line: Line, numbers: dict[str, int]) -> PlainLine:
        objects = self.objects
        plain: PlainLine = _filled(
            state=_unless_resolved(line.state.value),
            why=escape(str(line.hop.why)) if line.hop is not None else "",
            requests=[escape(text) for text in line.requests],
            ports=[escape(text) for text in line.ports],
            guards=[kind.value for kind in line.guards],
            through=[objects.setdefault(escape(str(item)), len(objects)) for item in line.through],
        )
        plain["from"], plain["to"] = numbers[line.source], numbers[line.target]
        return plain

    def _at(self, span: Span) -> At:
        return self.files.setdefault(escape(span.file), len(self.files)), span.line


def excerpt(span: Span, before: int, most: int) -> tuple[int, str] | None:
    """Up to `most` lines of a document around the first of a span, `before` of them above it; None where none are.

    The number of the first of them, and their text.
    """
    source = span.source
    if not source.text or most < 1:
        return None
    marked = min(span.line, len(source.line_starts))
    first = last = marked
    while first > max(1, marked - min(before, most - 1)) and not _ends_document(source.line(first - 1)):
        first -= 1
    end = min(len(source.line_starts), first + most - 1)
    while last < end and not _ends_document(source.line(last + 1)):
        last += 1
    lines = (_shown(source.text, source.line_range(number)) for number in range(first, last + 1))
    return first, "\n".join(lines).rstrip()


def _ends_document(line: str) -> bool:
    return line.startswith(("---", "..."))


def _shown(text: str, line: tuple[int, int]) -> str:
    start, end = line
    return escape(text[start : min(end, start + LONGEST)].expandtabs(4)) + ("…" if end - start > LONGEST else "")


def _unless_resolved(state: str) -> str:
    return "" if state == "resolved" else state


def _filled(**fields: Any) -> Any:
    return {name: value for name, value in fields.items() if value}

"""The ways from outside to pods, as a diagram of Mermaid, which GitHub, GitLab and others draw."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from klint.report.escape import escape

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.exposure.graph import Graph
    from klint.hops import Way

MAX_ARROWS = 60
"""More than this nobody follows."""
MAX_WAYS = 2_000
"""Ways of a bundle that are looked at; it may have very many that are alike."""

_OUTSIDE = "What is in no manifest"
_UNKNOWN = "unknown"


def exposure_map(report: Report) -> list[str]:
    """The lines of a flow chart, entry → route → Service → workload, a box a bundle; none where there is no way in."""
    left = MAX_ARROWS
    boxes: list[str] = []
    for number, graph in enumerate(report.graphs):
        arrows = list(islice(_arrows(graph), left)) if left else []
        left -= len(arrows)
        if arrows:
            boxes += _box(f"b{number}", graph.bundle.name, arrows)
    return ["flowchart LR", *boxes] if boxes else []


def _box(box: str, title: str, arrows: list[tuple[str, str]]) -> Iterator[str]:
    stops = dict.fromkeys(stop for arrow in arrows for stop in arrow)
    ids = {stop: f"{box}n{number}" for number, stop in enumerate(stops)}
    yield f'  subgraph {box}["{_label(title)}"]'
    yield from (f'    {ids[stop]}["{_label(stop)}"]' for stop in stops)
    yield from (f"    {ids[start]} --> {ids[end]}" for start, end in arrows)
    yield "  end"


def _arrows(graph: Graph) -> Iterator[tuple[str, str]]:
    """From what to what requests come, each once."""
    seen: set[tuple[str, str]] = set()
    ways = (way for pod in graph.pods for way in graph.ways_to(pod))
    for way in islice(ways, MAX_WAYS):
        for arrow in pairwise(_stops(way, graph)):
            if arrow not in seen:
                seen.add(arrow)
                yield arrow


def _stops(way: Way, graph: Graph) -> Iterator[str]:
    """What a request passes, by name: where it comes in and from whom, and what it goes through."""
    who = graph.audience_of(way).who.value
    yield f"{way.entry or _OUTSIDE}, {'for nobody knows whom' if who == _UNKNOWN else f'for {who}'}"
    for item in (way.route, way.service, way.pod.workload if way.pod is not None else None):
        if item is not None:
            yield str(item)


def _label(text: str) -> str:
    """A text in which nothing is Mermaid's, HTML or a quote: those characters by their numbers."""
    return re.sub(r"[^\w ./:,()*-]", lambda match: f"#{ord(match[0])};", escape(text), flags=re.ASCII)

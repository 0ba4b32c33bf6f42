"""A map as a graph of Graphviz: `klint map --format dot | dot -Tsvg`. All of it is in there, and nothing folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint.exposure.audience import Who
from klint.hops import State
from klint.maps.folding import Group
from klint.maps.model import LAYERS
from klint.report.escape import escape
from klint.report.map_words import area_title, facts, line_words, title

if TYPE_CHECKING:
    from klint.errors import Failure
    from klint.maps.model import Area, ExposureMap, Line, Stop

_SHAPES = {Who.WORLD: "ellipse", Who.PRIVATE: "diamond", Who.CLUSTER: "box", Who.UNKNOWN: "octagon"}
_STYLES = {State.RESOLVED: "", State.BROKEN: 'style=dashed, color="#b3211b"', State.UNKNOWN: "style=dotted"}


def render(drawn: ExposureMap, failures: Sequence[Failure] = ()) -> str:  # noqa: ARG001 - every format takes failures
    """The map as a graph: a cluster an area, a rank a layer, and the shape of an entry by who can use it."""
    return "".join(f"{line}\n" for line in _graph(drawn))


def _graph(drawn: ExposureMap) -> Iterator[str]:
    yield "digraph exposure {"
    yield '  graph [rankdir=LR, fontname="sans-serif", ranksep=1.2];'
    yield '  node [shape=box, fontname="sans-serif", fontsize=11];'
    yield '  edge [fontname="sans-serif", fontsize=9];'
    for area in drawn.areas:
        yield from _cluster(area)
    yield "}"


def _cluster(area: Area) -> Iterator[str]:
    yield f"  subgraph {_quoted(f'cluster_{area.id}')} {{"
    yield f"    label={_quoted(area_title(area))};"
    for layer in LAYERS:
        stops = [stop for stop in area.stops if stop.layer == layer]
        yield from (f"    {_node(stop)}" for stop in stops)
        if len(stops) > 1:
            yield f"    {{ rank=same; {'; '.join(_quoted(stop.id) for stop in stops)} }}"
    yield from (f"    {_edge(line)}" for line in area.lines)
    yield "  }"


def _node(stop: Stop) -> str:
    shape = f"shape={_SHAPES[stop.audience.who]}" if stop.audience else ""
    label = _quoted(title(stop), *facts(Group((stop,))))
    return _with(_quoted(stop.id), f"label={label}", shape, _STYLES[stop.state])


def _edge(line: Line) -> str:
    words = line_words(line)
    tip = f"tooltip={_quoted(words)}" if words else ""
    return _with(f"{_quoted(line.source)} -> {_quoted(line.target)}", _STYLES[line.state], tip)


def _with(what: str, *attributes: str) -> str:
    told = ", ".join(filter(None, attributes))
    return f"{what} [{told}];" if told else f"{what};"


def _quoted(*lines: str) -> str:
    r"""A string of DOT, in which a backslash would begin an escape: `\N` is the node's name, `\n` a line break.

    `&` begins an entity, and one stands where a CI runner would take the text for a command. Source:
    graphviz.org/doc/info/lang.html (Character encodings), attrs.html#k:escString.
    """
    return '"' + "\\n".join(escape(line).translate(_ESCAPES).replace("##", "#&#35;") for line in lines) + '"'


_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "&": "&amp;"})

"""The ways of a map as indented lists: what is read without a script, on a narrow screen and on paper."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from klint.exposure.audience import Who
from klint.findings import Severity
from klint.hops import State
from klint.report.html.map_data import At, PlainArea, PlainFinding, PlainLine, PlainMap, PlainStop, title_of
from klint.report.html.markup import Html, element, joined
from klint.report.html.pieces import audience, place, severity, state
from klint.text.words import counted

MANY = 20
"""More stops than this below one are folded by their namespaces."""
NO_NAMESPACE = "no namespace"


def ways_list(area: PlainArea, drawn: PlainMap) -> Html:
    """The stops of an area, each below what leads to it; one that several lead to is told once and then referred to.

    What was found at none of them is below them.
    """
    return _Outline(area, drawn["files"]).all()


def found_list(findings: Iterable[PlainFinding], files: Sequence[str]) -> Html:
    """What was found, a line each."""
    items = (
        element("li", severity(Severity(item["severity"])), f" {item['message']} ", _place(item["at"], files))
        for item in findings
    )
    return element("ul", *items, class_="found")


def _place(at: At, files: Sequence[str]) -> Html:
    return place(f"{files[at[0]]}:{at[1]}")


class _Outline:
    def __init__(self, area: PlainArea, files: Sequence[str]) -> None:
        self._files = files
        self._area = area
        self._stops = area.get("stops", [])
        self._lines: dict[int, list[PlainLine]] = defaultdict(list)
        for line in area.get("lines", []):
            self._lines[line["from"]].append(line)
        self._told: set[int] = set()

    def all(self) -> Html:
        """From each stop that nothing leads to, and from what only leads in circles."""
        targets = {line["to"] for lines in self._lines.values() for line in lines if line["to"] != line["from"]}
        numbers = range(len(self._stops))
        parts = [self._list([(number, None) for number in numbers if number not in targets])]
        parts += [self._list([(number, None)]) for number in numbers if number not in self._told]
        others = self._area.get("findings", [])
        if others:
            title = f"{counted(len(others), 'more finding')} here, about nothing that is drawn"
            parts.append(element("details", element("summary", title), found_list(others, self._files), open=True))
        return joined(parts)

    def _list(self, stops: Sequence[tuple[int, PlainLine | None]]) -> Html | None:
        if not stops or all(line is None and number in self._told for number, line in stops):
            return None
        if len(stops) <= MANY:
            return self._items(stops)
        groups: dict[str, list[tuple[int, PlainLine | None]]] = defaultdict(list)
        for number, line in stops:
            groups[self._stops[number].get("namespace", NO_NAMESPACE)].append((number, line))
        return element("div", *(self._fold(name, group) for name, group in groups.items()), class_="folds")

    def _fold(self, namespace: str, stops: Sequence[tuple[int, PlainLine | None]]) -> Html:
        count = element("span", f" {len(stops):,}", class_="faint")
        return element("details", element("summary", namespace, count), self._items(stops))

    def _items(self, stops: Iterable[tuple[int, PlainLine | None]]) -> Html:
        return element("ul", *(self._item(number, line) for number, line in stops), class_="ways")

    def _item(self, number: int, line: PlainLine | None) -> Html:
        stop = self._stops[number]
        passed = _passed(line) if line is not None else None
        link = element("a", title_of(stop), href=f"#{stop['id']}")
        if number in self._told:
            return element("li", passed, link, class_="again")
        self._told.add(number)
        findings = stop.get("findings", [])
        return element(
            "li",
            passed,
            link,
            *self._described(stop),
            found_list(findings, self._files) if findings else None,
            self._list([(item["to"], item) for item in self._lines[number]]),
            class_=stop["layer"],
            id=stop["id"],
        )

    def _described(self, stop: PlainStop) -> Iterator[Html | str]:
        if "audience" in stop:
            yield " "
            yield audience(Who[stop["audience"].upper()])
        if "state" in stop:
            yield " "
            yield state(State(stop["state"])) or ""
            yield f" {stop.get('why', '')}"
        if "at" in stop:
            yield " "
            yield _place(stop["at"], self._files)


def _passed(line: PlainLine) -> Html | None:
    """What goes from one stop to the next, as far as that is not plain."""
    ports = f"port {', '.join(line['ports'])}" if "ports" in line else ""
    words = "; ".join(filter(None, (", ".join(line.get("requests", ())), ports, ", ".join(line.get("guards", ())))))
    return element("i", words) if words else None

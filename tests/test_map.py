"""klint map: what is open to whom and where it leads, compared with a walk that knows nothing of klint."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from hypothesis import given

from klint import Graph
from klint.cli.commands import klint
from klint.engine import Report
from klint.hops import State
from klint.maps.areas import exposure_map
from klint.maps.folding import FEW, Picture, pictures
from klint.maps.model import Area, ExposureMap, Line, Stop
from klint.registry import load_rules
from klint.report import map_dot, map_svg
from klint.report.map_json import document
from klint.report.map_layout import Slot, _place, lay_out
from klint.report.map_mermaid import MAX_EDGES, MAX_TEXT, chart
from klint.report.map_words import group_title, title
from klint.session import Session
from tests.conftest import graph_of_text
from tests.growth import assert_linear
from tests.test_ways import Object, Walked, _fan, graph_of, walk, workspaces

EXAMPLE = Path(__file__).parents[1] / "example"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(klint, ["map", *arguments])


def map_of(graph: Graph) -> ExposureMap:
    return exposure_map([graph], ())


def titles(drawn: ExposureMap) -> set[str]:
    return {title(stop) for stop in drawn.stops}


def drawn_lines(drawn: ExposureMap) -> set[tuple[str, str, str]]:
    """From what to what lines go, and their state."""
    names = {stop.id: title(stop) for stop in drawn.stops}
    return {(names[line.source], names[line.target], line.state.value) for line in drawn.lines}


# Every line that a walk takes, and no other

Pair = tuple[str, str]


def walked_pairs(way: Walked, objects: Sequence[Object]) -> Iterator[Pair]:
    """The steps of a walked way, as stops of the map. What is shut leads to no more than the route."""
    entry, *rest = way
    stops = [entry]
    if rest[0] in ("front", "side"):
        stops.append(f"route {rest[0]}")
        rest = rest[2:]
    if len(rest) == 3:
        stops.append(f"service {rest[0]}")
    is_end = rest[-1] == "end"
    if entry != "shut" and not (is_end and stops[-1] in _without_selector(objects)):
        stops.append("end" if is_end else f"workload {rest[-1]}")
    yield from pairwise(stops)


def _without_selector(objects: Sequence[Object]) -> set[str]:
    """The Services whose endpoints somebody else makes: nothing leads on from them."""
    services = (item for item in objects if item["kind"] == "Service")
    return {f"service {item['metadata']['name']}" for item in services if "selector" not in item["spec"]}


def told(stop: Stop) -> str:
    """A stop in the words of the walk."""
    if stop.entry is not None:
        own = stop.entry.service_port.number if stop.entry.service_port else stop.entry.port
        return f"{stop.entry.mechanism} {stop.name} {own}"
    if stop.layer == "entry":
        return "shut" if stop.state is State.BROKEN else "unseen"
    word = {"routing": "route", "distribution": "service", "workload": "workload"}[stop.layer]
    return "end" if stop.hop is not None else f"{word} {stop.name}"


def followed(area: Area) -> Iterator[tuple[Line, Stop, Stop]]:
    """The lines that requests from outside come to, in the order of the layers: of a Service by the ports they take."""
    stops = {stop.id: stop for stop in area.stops}
    reached: dict[str, set[str]] = {stop.id: set() for stop in area.stops if stop.layer == "entry"}
    for stop in area.stops:
        for line in area.lines:
            is_taken = stop.layer != "distribution" or reached.get(stop.id, set()) & {*line.ports}
            if line.source == stop.id and stop.id in reached and is_taken:
                yield line, stop, stops[line.target]
                if line.state is not State.BROKEN:
                    reached.setdefault(line.target, set()).update(line.ports)


@given(workspaces())
def test_lines_are_the_steps_of_a_walk(objects: list[Object]) -> None:
    expected = {pair for way in walk(objects) for pair in walked_pairs(way, objects)}
    areas = map_of(graph_of(objects)).areas
    assert {(told(start), told(end)) for area in areas for _, start, end in followed(area)} == expected
    for area in areas:
        ids = [stop.id for stop in area.stops]
        assert len(ids) == len(set(ids)) == len({(title(stop), stop.state) for stop in area.stops})
        assert {end for line in area.lines for end in (line.source, line.target)} <= set(ids)
        assert len({(line.source, line.target, line.state) for line in area.lines}) == len(area.lines)


def shared(count: int) -> Graph:
    """As many Services as pods, each of which selects all of these."""
    pods = (pod(f"p{number}") for number in range(count))
    spec = {"type": "NodePort", "selector": {"app": "web"}, "ports": [{"port": 80}]}
    found = ({"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"s{n}"}, "spec": spec} for n in range(count))
    return graph_of_text("\n---\n".join(map(json.dumps, (*pods, *found))))


def pod(name: str, **metadata: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": "web"}, **metadata},
        "spec": {"containers": [{"name": "c", "image": "web:1"}]},
    }


@pytest.mark.parametrize("make", [_fan, shared])
def test_a_map_grows_with_the_parts_of_ways(make: Callable[[int], Graph]) -> None:
    assert_linear(make, map_of, start=120)


def test_very_many_workloads_of_a_service_are_one_stop() -> None:
    drawn = map_of(shared(101))
    assert {title(stop) for stop in drawn.stops if stop.layer == "workload"} == {"pods with app=web, 101 workloads"}
    assert {end for _, end, _ in drawn_lines(drawn) if "workloads" in end} == {"pods with app=web, 101 workloads"}


# What is drawn

SHOP = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 30080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: web:1}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: inside, namespace: shop}
spec: {selector: {app: inside}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: inside, namespace: shop}
spec: {template: {metadata: {labels: {app: inside}}, spec: {containers: [{name: c, image: web:1}]}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: door, namespace: shop}
spec:
  gatewayClassName: any
  listeners:
    - {name: a, port: 80, protocol: HTTP}
    - {name: b, port: 80, protocol: HTTP, hostname: b.example.com}
"""


def route(kind: str, name: str, spec: Object, group: str) -> str:
    return json.dumps(
        {"apiVersion": group, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec}
    )


def http_route(backend: Object, parent: str = "door") -> str:
    spec = {"parentRefs": [{"name": parent}], "rules": [{"backendRefs": [backend]}]}
    return route("HTTPRoute", "web", spec, "gateway.networking.k8s.io/v1")


PROXIES = "\n---\n".join(
    (
        route(
            "HTTPProxy",
            "root",
            {"virtualhost": {"fqdn": "a.example.com"}, "includes": [{"name": "part"}]},
            "projectcontour.io/v1",
        ),
        route("HTTPProxy", "part", {"routes": [{"services": [{"name": "web", "port": 80}]}]}, "projectcontour.io/v1"),
        route("HTTPProxy", "lost", {"routes": [{"services": [{"name": "web", "port": 80}]}]}, "projectcontour.io/v1"),
    )
)

DRAWN: dict[str, tuple[str, set[tuple[str, str, str]]]] = {
    "nothing": ("", set()),
    "a Gateway": (
        http_route({"name": "web", "port": 80}),
        {
            ("Gateway 80 of Gateway shop/door", "HTTPRoute shop/web", "resolved"),
            ("HTTPRoute shop/web", "Service shop/web", "resolved"),
        },
    ),
    "a Gateway that is not there": (
        http_route({"name": "web", "port": 80}, "gone"),
        {("Gateway gone", "HTTPRoute shop/web", "unknown"), ("HTTPRoute shop/web", "Service shop/web", "resolved")},
    ),
    "a port that is not there": (
        http_route({"name": "web", "port": 81}),
        {
            ("Gateway 80 of Gateway shop/door", "HTTPRoute shop/web", "resolved"),
            ("HTTPRoute shop/web", "port 81 of Service web", "broken"),
        },
    ),
    "routes that others include": (
        PROXIES,
        {
            ("the controller Contour", "HTTPProxy shop/root", "unknown"),
            ("HTTPProxy shop/root", "HTTPProxy shop/part", "resolved"),
            ("HTTPProxy shop/part", "Service shop/web", "resolved"),
        },
    ),
}


@pytest.mark.parametrize("case", DRAWN)
def test_lines(case: str) -> None:
    text, expected = DRAWN[case]
    always = {
        ("NodePort 30080 of Service shop/web", "Service shop/web", "resolved"),
        ("Service shop/web", "Deployment shop/web", "resolved"),
    }
    assert drawn_lines(map_of(graph_of_text(f"{SHOP}---\n{text}"))) == always | expected


def test_what_nothing_leads_to_is_drawn_where_something_is_wrong_with_it() -> None:
    drawn = map_of(graph_of_text(SHOP))
    assert titles(drawn) == {
        *("NodePort 30080 of Service shop/web", "Gateway 80 of Gateway shop/door"),
        *("Service shop/web", "Deployment shop/web"),
    }
    broken = map_of(graph_of_text(SHOP.replace("selector: {app: inside}", "selector: {app: insid}")))
    assert titles(broken) - titles(drawn) == {"Service shop/inside", "pods with app=insid"}


@pytest.fixture(scope="module")
def report() -> Report:
    return Session.of([str(EXAMPLE)], load_rules(())[0]).report()


@pytest.fixture(scope="module")
def example(report: Report) -> ExposureMap:
    return exposure_map(report.graphs, report.findings)


def test_findings_stand_at_what_they_are_about(report: Report, example: ExposureMap) -> None:
    drawn = example
    for stop in drawn.stops:
        for finding in stop.findings:
            assert finding.about is not None
            assert stop.resource is not None
            assert finding.about.identity == stop.resource.identity
    told = [finding for stop in drawn.stops for finding in stop.findings]
    told += [finding for area in drawn.areas for finding in area.findings]
    assert sorted(map(id, (*told, *drawn.findings))) == sorted(map(id, report.findings))


def test_findings_of_what_is_rendered_stand_in_each_bundle(tmp_path: Path) -> None:
    spec = "spec: {type: NodePort, ports: [{port: 80, nodePort: 80}]}\n"
    service = f"apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\n{spec}"
    files = {"base/kustomization.yaml": "resources: [web.yaml]\n", "base/web.yaml": service}
    files |= {f"{name}/kustomization.yaml": f"resources: [../base]\nnamePrefix: {name}-\n" for name in ("one", "two")}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    rules = [rule for rule in load_rules(())[0] if rule.name == "node-port-out-of-range"]
    report = Session.of([str(tmp_path)], rules).report()
    (finding,) = report.findings
    drawn = exposure_map(report.graphs, report.findings)
    at = [(stop.name, stop.findings) for stop in drawn.stops if stop.layer == "distribution"]
    assert at == [("one-web", (finding,)), ("two-web", (finding,))]


def test_ids_are_the_same_whatever_else_there_is() -> None:
    before, after = (
        {title(stop): stop.id for stop in map_of(graph_of_text(text)).stops}
        for text in (SHOP, f"{SHOP}---\n{http_route({'name': 'web', 'port': 80})}")
    )
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1


def test_objects_of_one_name_are_two_stops() -> None:
    drawn = map_of(graph_of_text(f"{SHOP}---\n{SHOP}"))
    assert (
        len({stop.id for stop in drawn.stops})
        == len(list(drawn.stops))
        == 2 * len(list(map_of(graph_of_text(SHOP)).stops))
    )


def test_guards_are_those_that_every_request_passes(example: ExposureMap) -> None:
    guards = {
        (title(start), title(end)): [kind.value for kind in line.guards]
        for area in example.areas
        for line, start, end in followed(area)
    }
    assert guards["LoadBalancer 443 of Service traefik/traefik", "Ingress shop/shop"] == ["TLS"]
    assert guards["LoadBalancer 80 of Service traefik/traefik", "Ingress shop/shop"] == []
    assert guards["Service shop/storefront", "Deployment shop/storefront"] == ["NetworkPolicy"]


# The command


def test_json(example: ExposureMap) -> None:
    result = run(str(EXAMPLE), "--format", "json")
    assert result.exit_code == 0
    written: dict[str, Any] = json.loads(result.stdout)
    assert [area["environment"] for area in written["areas"]] == ["local", "production"]
    production = written["areas"][1]
    stops = {stop["title"]: stop for stop in production["stops"]}
    assert stops["Service search-api"]["state"] == "broken"
    assert stops["LoadBalancer 443 of Service traefik/traefik"]["audience"]["who"] == "the world"
    assert stops["Ingress shop/shop"]["hosts"] == ["shop.example.com"]
    assert {finding["rule"] for finding in stops["Service shop/catalog"]["findings"]} == {"service-selects-nothing"}
    ids = {stop["id"] for stop in production["stops"]}
    assert {end for line in production["lines"] for end in (line["from"], line["to"])} <= ids
    assert written == json.loads(json.dumps(document(example)))


def test_an_environment_chooses_among_bundles() -> None:
    written = json.loads(run(str(EXAMPLE), "--format", "json", "--environment", "local").stdout)
    assert [area["environment"] for area in written["areas"]] == ["local"]


def test_a_file_is_written(tmp_path: Path) -> None:
    file = tmp_path / "maps/map.json"
    result = run(str(EXAMPLE), "--format", "json", "--output-file", str(file))
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(file.read_text("utf-8"))["areas"]
    refused = run(str(EXAMPLE), "--format", "json", "--output-file", str(tmp_path))
    assert refused.exit_code == 2
    assert "--output-file" in refused.stderr


@pytest.mark.parametrize("format_name", ["svg", "mermaid", "dot", "json"])
def test_names_are_text(format_name: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SHOP.replace("shop", '"##[group]<script>]\\"\\e[31m\\\\N"'))
    printed = run(str(tmp_path), "--format", format_name).stdout
    assert "NodePort" in printed
    assert "##[" not in printed
    assert "\x1b" not in printed
    assert format_name in ("dot", "json") or "<script" not in printed
    assert format_name != "dot" or r"Service ##[group]<script>]\"\\x1b[31m\\N/web" in printed.replace("&#35;", "#")


# Folded


def services(count: int, namespace: str = "a") -> str:
    """As many Services, each of which leads to pods of its own that are not there."""
    return "\n---\n".join(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": f"s{number}", "namespace": namespace},
                "spec": {"type": "NodePort", "selector": {"app": f"x{number}"}, "ports": [{"port": 80}]},
            }
        )
        for number in range(count)
    )


def told_in(found: Sequence[Picture], layer: str) -> list[str]:
    return [group_title(group) for picture in found for group in picture.groups if group.layer == layer]


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        (services(6), 6, [f"Service a/s{number}" for number in range(6)]),
        (services(FEW), 3, [f"Service a/s{number}" for number in range(FEW)]),
        (services(6), 5, ["6 Services in a"]),
        (f"{services(6)}\n---\n{services(7, 'b')}", 5, ["6 Services in a", "7 Services in b"]),
        (f"{services(6)}\n---\n{services(7, 'b')}", 1, ["13 Services in 2 namespaces"]),
    ],
)
def test_many_are_told_as_one(text: str, most: int, expected: list[str]) -> None:
    def fits(found: Sequence[Picture]) -> bool:
        return len(told_in(found, "distribution")) <= most

    found = pictures(map_of(graph_of_text(text)), fits)
    assert told_in(found, "distribution") == expected
    for picture in found:
        assert sorted(stop.id for group in picture.groups for stop in group.stops) == sorted(
            stop.id for stop in picture.area.stops
        )
        assert sum(len(link.lines) for link in picture.links) == len(picture.area.lines)


def test_alike_are_folded_before_others() -> None:
    pods = "\n---\n".join(json.dumps(pod(f"p{number}", namespace="shop")) for number in range(7))
    found = pictures(map_of(graph_of_text(f"{SHOP}---\n{pods}")), lambda several: len(several[0].groups) < 8)
    assert told_in(found, "workload") == ["Deployment shop/web", "7 Pods in shop"]


# Drawn


def test_mermaid(example: ExposureMap) -> None:
    lines = chart(example)
    assert '    b1n1["LoadBalancer 443 of Service traefik/traefik, open to the world"]' in lines
    assert '    b1n12["Service search-api, missing"]:::broken' in lines
    assert "    b1n6 --x b1n12" in lines
    assert any(line.startswith("  classDef broken ") for line in lines)
    assert chart(ExposureMap(())) == []


def test_mermaid_of_many_is_one_that_it_draws() -> None:
    lines = chart(map_of(_fan(400)))
    assert sum("--" in line for line in lines) <= MAX_EDGES
    assert sum(map(len, lines)) + len(lines) <= MAX_TEXT
    assert any("401 Services in shop" in line for line in lines)


def test_the_chart_of_the_docs_is_what_the_command_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLE.parent)
    printed = run("example", "--environment", "production", "--format", "mermaid").stdout
    assert f"```mermaid\n{printed}```\n" in (EXAMPLE.parent / "docs/maps.md").read_text("utf-8")


def test_dot(example: ExposureMap) -> None:
    lines = map_dot.render(example).splitlines()
    stops = {stop.id: title(stop) for stop in example.stops}
    nodes = [line for line in lines if "label=" in line and "->" not in line and '    "' in line]
    assert len(nodes) == len(stops)
    assert sum("->" in line for line in lines) == len(list(example.lines))
    (world,) = (line for line in nodes if "LoadBalancer 443" in line)
    assert world.endswith('[label="LoadBalancer 443 of Service traefik/traefik\\nopen to the world", shape=ellipse];')


def svg_of(drawn: ExposureMap) -> ElementTree.Element:
    text = map_svg.render(drawn)
    assert text == map_svg.render(drawn)
    return ElementTree.fromstring(text)  # noqa: S314 - made here


SVG = "{http://www.w3.org/2000/svg}"


def test_svg_has_every_stop_and_every_line(example: ExposureMap) -> None:
    root = svg_of(example)
    drawn = [item for item in root.iter(f"{SVG}g") if item.get("class", "").startswith("stop")]
    tips = [str(item.findtext(f"{SVG}title")).split("\n")[0] for item in drawn]
    assert sorted(tips) == sorted(title(stop) for stop in example.stops)
    assert len(list(root.iter(f"{SVG}path"))) == len(list(example.lines))
    (missing,) = (item for item in drawn if item.findtext(f"{SVG}title", "").startswith("Service search-api"))
    assert missing.get("class") == "stop distribution broken"


def test_stops_of_a_column_do_not_overlap(example: ExposureMap) -> None:
    for drawn in (example, map_of(_fan(20))):
        for area in svg_of(drawn).iter(f"{SVG}g"):
            boxes = [item.find(f"{SVG}rect") for item in area if item.get("class", "").startswith("stop")]
            places = sorted(
                (float(box.get("x", 0)), float(box.get("y", 0)), float(box.get("height", 0)))
                for box in boxes
                if box is not None
            )
            for (x, y, height), (other_x, other_y, _) in pairwise(places):
                assert x != other_x or y + height < other_y


def test_stops_stand_as_near_to_where_they_are_wanted_as_the_others_let_them() -> None:
    column = [Slot(0, 10.0) for _ in range(4)]
    _place(column, [0.0, 5.0, 6.0, 100.0], 2.0)
    assert [round(slot.y, 3) for slot in column] == [-8.333, 3.667, 15.667, 100.0]


def test_lines_that_need_not_cross_do_not() -> None:
    """Services whose order is the other way round than that of what leads to them."""
    backends = [{"name": f"s{number}", "port": 80} for number in reversed(range(4))]
    routes = (
        route(
            "HTTPRoute",
            f"r{number}",
            {"parentRefs": [{"name": "door"}], "rules": [{"backendRefs": [backend]}]},
            "gateway.networking.k8s.io/v1",
        )
        for number, backend in enumerate(backends)
    )
    text = "\n---\n".join((SHOP, *routes, services(4, "shop")))
    (picture,) = pictures(map_of(graph_of_text(text)), lambda _: True)
    layout = lay_out(picture, [40] * len(picture.groups), 10, 5)
    pairs = [(layout.slots[link.source], layout.slots[link.target]) for link in picture.links]
    for (start, end), (other, end_of_other) in combinations(pairs, 2):
        if start.column == other.column == 1 and end.column == end_of_other.column == 2:
            assert (start.y - other.y) * (end.y - end_of_other.y) > 0


def test_colours_are_those_of_pages() -> None:
    light, dark = map_svg._palettes()
    assert light.keys() == dark.keys() > {"ink", "ground", "world", "error", "nobody-knows"}


def test_pictures_grow_with_what_they_show() -> None:
    assert_linear(lambda count: map_of(_fan(count)), lambda drawn: (map_svg.render(drawn), chart(drawn)), start=50)

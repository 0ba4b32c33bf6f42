"""klint map: what is open to whom and where it leads, compared with a walk that knows nothing of klint."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given

from klint import Graph
from klint.cli.commands import klint
from klint.hops import State
from klint.maps.areas import exposure_map
from klint.maps.model import Area, ExposureMap, Line, Stop
from klint.registry import load_rules
from klint.report.map_json import document
from klint.report.map_words import title
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
    """The lines that requests from outside come to."""
    stops = {stop.id: stop for stop in area.stops}
    waiting = [stop.id for stop in area.stops if stop.layer == "entry"]
    seen = set(waiting)
    while waiting:
        here = waiting.pop()
        for line in area.lines:
            if line.source == here:
                yield line, stops[here], stops[line.target]
                if line.state is not State.BROKEN and line.target not in seen:
                    seen.add(line.target)
                    waiting.append(line.target)


@given(workspaces())
def test_lines_are_the_steps_of_a_walk(objects: list[Object]) -> None:
    expected = {pair for way in walk(objects) for pair in walked_pairs(way, objects)}
    found = {(told(start), told(end)) for area in map_of(graph_of(objects)).areas for _, start, end in followed(area)}
    assert found == expected


@given(workspaces())
def test_every_stop_is_drawn_once_and_lines_lead_to_stops(objects: list[Object]) -> None:
    for area in map_of(graph_of(objects)).areas:
        ids = [stop.id for stop in area.stops]
        assert len(ids) == len(set(ids))
        assert {end for line in area.lines for end in (line.source, line.target)} <= set(ids)
        assert len({(line.source, line.target, line.state) for line in area.lines}) == len(area.lines)
        assert len({(title(stop), stop.state) for stop in area.stops}) == len(ids)


def test_a_map_grows_with_the_parts_of_ways() -> None:
    assert_linear(_fan, map_of, start=50)


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


def example() -> ExposureMap:
    report = Session.of([str(EXAMPLE)], load_rules(())[0]).report()
    return exposure_map(report.graphs, report.findings)


def test_findings_stand_at_what_they_are_about() -> None:
    report = Session.of([str(EXAMPLE)], load_rules(())[0]).report()
    drawn = exposure_map(report.graphs, report.findings)
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


def test_guards_are_those_that_every_request_passes() -> None:
    guards = {
        (title(start), title(end)): [kind.value for kind in line.guards]
        for area in example().areas
        for line, start, end in followed(area)
    }
    assert guards["LoadBalancer 443 of Service traefik/traefik", "Ingress shop/shop"] == ["TLS"]
    assert guards["LoadBalancer 80 of Service traefik/traefik", "Ingress shop/shop"] == []
    assert guards["Service shop/storefront", "Deployment shop/storefront"] == ["NetworkPolicy"]


# The command


def test_json() -> None:
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
    assert written == json.loads(json.dumps(document(example())))


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


def test_names_are_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SHOP.replace("shop", '"##[group]<script>\\e[31m"'))
    printed = run(str(tmp_path), "--format", "json").stdout
    assert "##[" not in printed
    assert "\x1b" not in printed

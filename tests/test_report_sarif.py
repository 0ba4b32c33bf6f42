"""SARIF is valid, and none of the traps of GitHub code scanning that others fell into is in it.

Every log that a test looks at is validated against the OASIS schema first.
"""

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

import klint
from klint import Finding, Graph, Related, Severity, Source, rule
from klint.engine import Report
from klint.errors import Failure
from klint.hops import Hop, HopKind, State
from klint.kube.ref import Ref
from klint.reasons import Reason, why
from klint.registry import Rule, load_rules
from klint.report import Options, render, sarif
from klint.session import Session
from tests.reports import line_fingerprints

SHOP = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
spec:
  ingressClassName: traefik
  defaultBackend:
    service:
      name: gone
      port: {number: 80}
---
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations: {klint.dev/ignore: "type-of-service: it is known"}
spec:
  type: NodePort
  ports:
    - {name: "😀", port: 80}
    - {name: "b", port: 81}
---
apiVersion: v1
kind: Service
metadata:
  name: cart
spec:
  type: NodePort
"""


@rule(severity="warning")
def any_port(graph: Graph) -> Iterator[Finding]:
    """Fires at the number and the name of each port of each Service."""
    for service in graph.services:
        for port in service.ports:
            yield Finding(f"{service} has port {port.number}", port.at("port"), (Related("[its] name", service.place),))
            yield Finding(f"{service} names a port", port.at("name"), (), (), Severity.ERROR)


@rule(severity={"production": "error", "local": None}, otherwise="note")
def dead_end(graph: Graph) -> Iterator[Finding]:
    """Fires at each Ingress, with a path."""
    for ingress in graph.ingresses:
        at = ingress.at("spec", "defaultBackend", "service", "name")
        path = (
            Hop(
                HopKind.CLASS,
                ingress,
                ingress.at("spec", "ingressClassName"),
                Ref("networking.k8s.io", "IngressClass", "", "traefik"),
                State.UNKNOWN,
                (),
                why(Reason.SAID, "who knows"),
            ),
            Hop(
                HopKind.BACKEND,
                ingress,
                at,
                Ref("", "Service", "", "gone"),
                State.BROKEN,
                (),
                why(Reason.SAID, "there is no such Service"),
            ),
        )
        yield Finding(f"{ingress} leads to Service gone, which is not there", at, (), path)


@rule(severity="note")
def type_of_service(graph: Graph) -> Iterator[Finding]:
    """Fires at the type of each Service, with a path that reaches it."""
    for service in graph.services:
        at = service.at("spec", "type")
        path = (Hop(HopKind.ENTRY, service, at, Ref("", "NodePort"), State.RESOLVED, (service,)),)
        yield Finding(f"{service} is of type {service.type}", at, (), path)


RULES = [
    Rule("type-of-service", "entry", type_of_service, Path("rules/entry/type_of_service")),
    Rule("dead-end", "routing", dead_end, Path("rules/routing/dead_end")),
    Rule("any-port", "distribution", any_port, Path("packs/distribution/any_port"), "pack"),
]

Lint = Callable[..., Report]


@pytest.fixture
def lint_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lint:
    """Lints one file with the rules above, from its folder."""

    def lint_text(text: str, name: str = "shop.yaml") -> Report:
        monkeypatch.chdir(tmp_path)
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(text.encode("utf-8"))
        return Session.of(["."], RULES, today=date(2026, 1, 1)).report()

    return lint_text


@cache
def validator() -> Draft4Validator:
    file = Path(__file__).parent / "data" / "sarif-schema-2.1.0.json"
    return Draft4Validator(json.loads(file.read_text("utf-8")))


def run_of(report: Report, **options: Any) -> dict[str, Any]:
    """The one run of the report's log, which is valid."""
    log = json.loads(render("sarif", report, Options(**options)))
    errors = [f"{list(error.absolute_path)}: {error.message}" for error in validator().iter_errors(log)]
    assert not errors
    assert len(log["runs"]) == 1
    run: dict[str, Any] = log["runs"][0]
    return run


def results_of(report: Report, rule_id: str = "", **options: Any) -> list[dict[str, Any]]:
    results = run_of(report, **options)["results"]
    return [result for result in results if not rule_id or result["ruleId"] == rule_id]


def with_findings(*findings: Finding) -> Report:
    """A report of these findings, all of the rule `any-port`."""
    named = (replace(item, rule="any-port", severity=item.severity or Severity.ERROR) for item in findings)
    return replace(Session.of([], RULES, isolated=True).report(), findings=tuple(named))


def everything(value: Any) -> Iterator[Any]:
    """Every value in a document."""
    yield value
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from everything(child)


def locations_of(value: Any) -> list[dict[str, Any]]:
    return [item for item in everything(value) if isinstance(item, dict) and "artifactLocation" in item]


# The log and its run


def test_the_schema_refuses_what_is_wrong() -> None:
    assert list(validator().iter_errors({"version": "2.1.0", "runs": [{"results": []}]}))


def test_the_log(lint_text: Lint) -> None:
    text = render("sarif", lint_text(SHOP))
    assert text.startswith('{\n  "$schema": "https://json.schemastore.org/sarif-2.1.0.json",\n  "version": "2.1.0",\n')
    assert text.isascii()


def test_the_driver(lint_text: Lint) -> None:
    driver = run_of(lint_text(SHOP))["tool"]["driver"]
    assert driver["name"] == "klint"
    assert driver["version"] == driver["semanticVersion"] == klint.__version__
    assert driver["informationUri"] == "https://github.com/klint-k8s/klint"


def test_results_are_there_when_there_are_none(lint_text: Lint) -> None:
    assert run_of(lint_text("a: b\n"))["results"] == []


def test_nothing_is_null(lint_text: Lint) -> None:
    assert None not in list(everything(run_of(lint_text(SHOP), show_suppressed=True)))


def test_the_same_report_gives_the_same_bytes(lint_text: Lint) -> None:
    report = lint_text(SHOP)
    assert render("sarif", report) == render("sarif", report)


def test_no_path_of_this_machine_is_told(lint_text: Lint, tmp_path: Path) -> None:
    assert str(tmp_path) not in render("sarif", lint_text(SHOP))


def test_failures_are_notifications_of_a_run_that_was_successful(lint_text: Lint) -> None:
    """GitHub drops a whole file whose run was not."""
    report = replace(lint_text(SHOP), failures=(Failure("a.yaml", "It cannot be\nread", "Mend it"),))
    (invocation,) = run_of(report)["invocations"]
    assert invocation["executionSuccessful"] is True
    assert invocation["toolExecutionNotifications"] == [
        {"level": "error", "message": {"text": "a.yaml: It cannot be\\nread. Mend it"}}
    ]


@pytest.mark.parametrize(("category", "expected"), [("shop", "shop/"), ("shop/", "shop/"), ("a/b", "a/b/")])
def test_a_category_ends_in_a_slash(lint_text: Lint, category: str, expected: str) -> None:
    assert run_of(lint_text(SHOP), sarif_category=category)["automationDetails"] == {"id": expected}


def test_without_a_category_the_action_that_uploads_has_its_say(lint_text: Lint) -> None:
    assert "automationDetails" not in run_of(lint_text(SHOP))


# Rules


def descriptors(report: Report) -> dict[str, dict[str, Any]]:
    return {item["id"]: item for item in run_of(report)["tool"]["driver"]["rules"]}


def test_every_rule_that_ran_is_there_once_whatever_was_found(lint_text: Lint) -> None:
    expected = ["any-port", "dead-end", "type-of-service"]
    for text in (SHOP, "a: b\n"):
        assert [item["id"] for item in run_of(lint_text(text))["tool"]["driver"]["rules"]] == expected


def test_results_point_at_their_rules(lint_text: Lint) -> None:
    run = run_of(lint_text(SHOP))
    rules = run["tool"]["driver"]["rules"]
    assert {result["ruleId"] for result in run["results"]} == {"any-port", "dead-end", "type-of-service"}
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])


def test_a_rule_has_the_highest_level_it_can_be(lint_text: Lint) -> None:
    levels = {name: item["defaultConfiguration"]["level"] for name, item in descriptors(lint_text(SHOP)).items()}
    assert levels == {"any-port": "warning", "dead-end": "error", "type-of-service": "note"}


def test_rules_about_exposure_to_the_world_are_security_rules(lint_text: Lint) -> None:
    found = {name: item["properties"] for name, item in descriptors(lint_text(SHOP)).items()}
    assert found == {
        "any-port": {
            "tags": ["kubernetes", "distribution"],
            "precision": "high",
            "problem.severity": "warning",
        },
        "dead-end": {
            "tags": ["kubernetes", "routing"],
            "precision": "very-high",
            "problem.severity": "error",
        },
        "type-of-service": {
            "tags": ["kubernetes", "entry", "security"],
            "precision": "medium",
            "problem.severity": "recommendation",
            "security-severity": "2.0",
        },
    }


def test_security_severities_are_numbers_in_strings_and_rise_with_the_severity() -> None:
    values = [sarif.SECURITY_SEVERITY[severity] for severity in Severity]
    assert all(isinstance(value, str) and re.fullmatch(r"\d\.\d", value) for value in values)
    assert [0.1 <= float(value) <= 3.9 for value in values] == [True, False, False]
    assert [4.0 <= float(value) <= 6.9 for value in values] == [False, True, False]
    assert [7.0 <= float(value) <= 8.9 for value in values] == [False, False, True]


def test_names_and_help_links(lint_text: Lint) -> None:
    found = descriptors(lint_text(SHOP))
    home = "https://github.com/klint-k8s/klint/blob/main/rules"
    assert found["dead-end"]["name"] == "DeadEnd"
    assert found["dead-end"]["helpUri"] == f"{home}/routing/dead_end/README.md"
    assert found["type-of-service"]["helpUri"] == f"{home}/entry/type_of_service/README.md"
    assert "helpUri" not in found["any-port"]  # nobody knows where the page of another pack is


PAGE = """\
# long-page

The first paragraph
goes on here.

## Why

Because.

    ## not a heading

## Bad

```yaml
a: b
```
"""


def test_the_help_is_the_page(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(PAGE, "utf-8")
    report = replace(with_findings(), rules=(Rule("long-page", "routing", dead_end, tmp_path),))
    found = descriptors(report)["long-page"]
    link = f"https://github.com/klint-k8s/klint/blob/main/rules/routing/{tmp_path.name}/README.md"
    assert found["shortDescription"]["text"] == (__doc__ or "").partition("\n")[0]
    assert found["fullDescription"]["text"] == "The first paragraph goes on here."
    assert found["help"]["text"] == (
        f"The first paragraph goes on here.\n\nBecause.\n\n    ## not a heading\n\nSee {link}"
    )
    assert found["help"]["markdown"] == f"{PAGE.strip()}\n\n[long-page in klint's documentation]({link})"


def test_a_rule_without_a_page_has_all_that_github_requires(lint_text: Lint) -> None:
    found = descriptors(lint_text(SHOP))["any-port"]
    for text in (found["shortDescription"], found["fullDescription"], found["help"]):
        assert text == {"text": (__doc__ or "").partition("\n")[0]}


def test_a_long_description_is_cut_between_words(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(f"# long\n\n{'words ' * 300}\n", "utf-8")
    report = replace(with_findings(), rules=(Rule("long", "routing", dead_end, tmp_path),))
    text = descriptors(report)["long"]["fullDescription"]["text"]
    assert 1000 < len(text) <= 1024
    assert text.endswith("words…")


def test_klints_own_rules_keep_to_githubs_limits() -> None:
    rules, failures = load_rules()
    assert not failures
    report = replace(with_findings(), rules=rules)
    found = descriptors(report)
    assert set(found) == {item.name for item in rules}
    for item in found.values():
        assert 0 < len(item.get("name", item["id"])) <= 255
        assert item.get("name", "").lower() != item["id"]
        assert 0 < len(item["shortDescription"]["text"]) <= 1024
        assert 0 < len(item["fullDescription"]["text"]) <= 1024
        assert item["help"]["markdown"].startswith(f"# {item['id']}\n")
        assert len(item["help"]["text"]) > len(item["fullDescription"]["text"])
        assert urlsplit(item["helpUri"]).scheme == "https"
        assert len(item["properties"]["tags"]) <= 10
        assert "security-severity" not in item["properties"] or "security" in item["properties"]["tags"]


# Levels


def test_every_result_has_its_level(lint_text: Lint) -> None:
    """Warning is SARIF's default and must be written all the same: a result without a level takes its rule's."""
    span = Source("a.yaml", "a: b\n").span(0, 1)
    for severity in Severity:
        (result,) = results_of(with_findings(Finding("So", span, severity=severity)))
        assert result["level"] == str(severity)
    assert all("level" in result for result in results_of(lint_text(SHOP)))


# Places


def test_each_result_has_one_location_with_four_numbers(lint_text: Lint) -> None:
    (result,) = results_of(lint_text(SHOP), "dead-end")
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "shop.yaml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 9, "startColumn": 13, "endLine": 9, "endColumn": 17},
            }
        }
    ]


def test_columns_count_utf_16_code_units(lint_text: Lint) -> None:
    report = lint_text(SHOP)
    (finding,) = [item for item in report.findings if item.message == "Service web has port 80"]
    assert (finding.span.column, finding.span.end_column) == (25, 27)
    assert run_of(report)["columnKind"] == "utf16CodeUnits"
    related = [item for result in results_of(report, "any-port") for item in result["relatedLocations"]]
    (region,) = [item["physicalLocation"]["region"] for item in related if item["message"]["text"] == finding.message]
    assert (region["startColumn"], region["endColumn"]) == (26, 28)


@given(before=st.text(st.characters(exclude_characters="\r\n")), span=st.text(st.characters(exclude_characters="\r\n")))
def test_columns_are_those_of_an_editor_that_counts_utf_16(before: str, span: str) -> None:
    source = Source("a.yaml", f"first\r\n{before}{span}\r\nlast")
    report = with_findings(Finding("So", source.span(7 + len(before), 7 + len(before) + len(span))))
    (result,) = json.loads(render("sarif", report))["runs"][0]["results"]
    region = result["locations"][0]["physicalLocation"]["region"]

    def units(text: str) -> int:
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    assert region == {
        "startLine": 2,
        "startColumn": 1 + units(before),
        "endLine": 2,
        "endColumn": 1 + units(before) + units(span),
    }


def test_no_number_is_below_one(lint_text: Lint) -> None:
    spans = [Source("empty.yaml", "", is_oversized=True).span(0, 0), Source("a.yaml", "\n\n").span(2, 2)]
    for report in (lint_text(SHOP), with_findings(*(Finding("So", span) for span in spans))):
        for location in locations_of(run_of(report, show_suppressed=True)):
            region = location["region"]
            assert min(region.values()) >= 1
            assert (region["endLine"], region["endColumn"]) >= (region["startLine"], region["startColumn"])


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("web.yaml", "web.yaml"),
        ("a b/[x].yaml", "a%20b/%5Bx%5D.yaml"),
        ("50%#1?.yaml", "50%25%231%3F.yaml"),
        ("back\\slash.yaml", "back%5Cslash.yaml"),
        ("https:web.yaml", "https%3Aweb.yaml"),
        ("Zürich/東京.yaml", "Z%C3%BCrich/%E6%9D%B1%E4%BA%AC.yaml"),
    ],
)
def test_uris_are_percent_encoded_and_relative(lint_text: Lint, name: str, uri: str) -> None:
    found = {item["artifactLocation"]["uri"] for item in locations_of(run_of(lint_text(SHOP, name)))}
    assert found == {uri}
    assert unquote(uri) == name
    assert not urlsplit(uri).scheme


def test_a_name_that_is_no_utf_8_keeps_its_bytes() -> None:
    name = b"caf\xe9.yaml".decode("utf-8", "surrogateescape")
    (result,) = results_of(with_findings(Finding("So", Source(name, "a").span(0, 1))))
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "caf%E9.yaml"


def test_paths_are_relative_to_the_repository_wherever_klint_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "deploy" / "shop"
    folder.mkdir(parents=True)
    (folder / "shop.yaml").write_text(SHOP, "utf-8")
    for directory, named in [(folder, "."), (folder, "shop.yaml"), (tmp_path, "deploy"), (folder.parent, "..")]:
        monkeypatch.chdir(directory)
        run = run_of(Session.of([named], RULES).report())
        assert {item["artifactLocation"]["uri"] for item in locations_of(run)} == {"deploy/shop/shop.yaml"}


def test_without_a_repository_paths_are_relative_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "shop.yaml").write_text(SHOP, "utf-8")
    monkeypatch.chdir(tmp_path)
    run = run_of(Session.of(["shop"], RULES).report())
    assert {item["artifactLocation"]["uri"] for item in locations_of(run)} == {"shop/shop.yaml"}


def test_a_file_outside_the_repository_has_a_whole_uri_and_no_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop repo" / ".git").mkdir(parents=True)
    (tmp_path / "out side.yaml").write_text(SHOP, "utf-8")
    monkeypatch.chdir(tmp_path / "shop repo")
    report = Session.of(["."], RULES).report()
    source = Source("../out side.yaml", SHOP, "../out side.yaml")
    found = Finding("So", source.span(0, 1), rule="any-port", severity=Severity.ERROR)
    (result,) = results_of(replace(report, findings=(found,)))
    expected = (tmp_path / "out side.yaml").as_uri()
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": expected}


def test_a_link_is_reported_at_what_it_leads_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "real.yaml").write_text(SHOP, "utf-8")
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    monkeypatch.chdir(tmp_path)
    run = run_of(Session.of(["link.yaml"], RULES).report())
    assert {item["artifactLocation"]["uri"] for item in locations_of(run)} == {"real.yaml"}


def test_the_base_of_paths_is_named_but_not_told(lint_text: Lint) -> None:
    assert run_of(lint_text(SHOP))["originalUriBaseIds"] == {
        "%SRCROOT%": {"description": {"text": "The root of the repository"}}
    }


# Messages and related locations


LINK = re.compile(r"\[((?:\\.|[^\]\\])*)\]\((\d+)\)")


def test_the_first_sentence_stands_alone_and_links_follow(lint_text: Lint) -> None:
    (result,) = [item for item in results_of(lint_text(SHOP), "any-port") if "81" in item["message"]["text"]]
    first, _, rest = result["message"]["text"].partition(". ")
    assert first == "Service web names a port"
    assert rest == r"Also on this line: [Service web has port 81](1). See [\[its\] name](2)."
    assert [(item["id"], item["message"]["text"]) for item in result["relatedLocations"]] == [
        (1, "Service web has port 81"),
        (2, "[its] name"),
    ]


def test_a_finding_alone_is_one_sentence(lint_text: Lint) -> None:
    (result,) = results_of(lint_text(SHOP), "dead-end")
    assert result["message"] == {"text": "Ingress shop leads to Service gone, which is not there."}
    assert "relatedLocations" not in result


@given(message=st.text(), related=st.lists(st.text(), max_size=15), others=st.lists(st.text(), max_size=15))
def test_links_lead_to_locations_and_nothing_else_is_a_link(
    message: str, related: list[str], others: list[str]
) -> None:
    span = Source("a.yaml", "a: b\n").span(0, 1)
    places = tuple(Related(text, span) for text in related)
    report = with_findings(Finding(message, span, places), *(Finding(text, span) for text in others))
    (result,) = json.loads(render("sarif", report))["runs"][0]["results"]
    ids = [item["id"] for item in result.get("relatedLocations", [])]
    assert ids == list(range(1, len(related) + len(others) + 1))
    assert result["message"]["text"].encode("utf-8")
    linked = [int(number) for _, number in LINK.findall(result["message"]["text"])]
    assert len(linked) == min(len(related), 10) + min(len(others), 10)
    assert set(linked) <= set(ids)


@pytest.mark.parametrize("hostile", ["[click](1)", "[click](https://example.com)", "![x](https://example.com/x.png)"])
def test_a_manifest_cannot_write_links(hostile: str) -> None:
    span = Source("a.yaml", "a: b\n").span(0, 1)
    (result,) = results_of(with_findings(Finding(f"Service {hostile} is open", span, (Related("here", span),))))
    text = result["message"]["text"]
    assert text.count("](") == 1
    assert text.endswith(" is open. See [here](1).")


def test_where_it_was_rendered_and_how_sure_the_place_is() -> None:
    span = Source("a.yaml", "a: b\n").span(0, 1, approximate=True)
    (result,) = results_of(with_findings(Finding("It is so", span, bundles=("overlays/eu", "overlays/us"))))
    assert result["message"]["text"] == ("It is so. Rendered by overlays/eu, overlays/us. The location is approximate.")


# Findings of one rule on one line: GitHub knows them by the line's hash alone


def on_one_line(*severities: Severity) -> Report:
    source = Source("a.yaml", "{a: 1, b: 2, c: 3, d: 4}\n" * 2)
    return with_findings(
        *(
            Finding(f"number {index}", source.span(1 + 6 * index, 2 + 6 * index), severity=severity)
            for index, severity in enumerate(severities)
        )
    )


def test_findings_of_one_rule_on_one_line_are_one_result_that_names_them_all() -> None:
    (result,) = results_of(on_one_line(Severity.NOTE, Severity.ERROR, Severity.WARNING))
    assert result["level"] == "error"
    assert result["message"]["text"] == "number 0. Also on this line: [number 1](1); [number 2](2)."
    columns = [item["physicalLocation"]["region"]["startColumn"] for item in result["relatedLocations"]]
    assert columns == [8, 14]


def test_no_two_results_have_what_github_tells_alerts_apart_by(lint_text: Lint) -> None:
    results = results_of(lint_text(SHOP))
    assert len(results) < len(lint_text(SHOP).findings)
    keys = [
        (
            result["ruleId"],
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            result["partialFingerprints"]["primaryLocationLineHash"],
        )
        for result in results
    ]
    assert len(set(keys)) == len(keys)


def test_findings_on_equal_lines_stay_apart() -> None:
    source = Source("a.yaml", "a: 1\n" * 30)
    results = results_of(with_findings(*(Finding("So", source.span(5 * line, 5 * line + 1)) for line in range(30))))
    assert len({result["partialFingerprints"]["primaryLocationLineHash"] for result in results}) == 30


def test_of_very_many_on_one_line_some_are_counted() -> None:
    source = Source("a.json", "x" * 2000)
    (result,) = results_of(with_findings(*(Finding(f"number {n}", source.span(n, n + 1)) for n in range(500))))
    assert result["message"]["text"].endswith("[number 10](10) and 489 more.")
    assert len(result["relatedLocations"]) == 100


def test_rules_and_files_are_not_folded_together() -> None:
    source = Source("a.yaml", "a: b\n")
    report = with_findings(Finding("one", source.span(0, 1)), Finding("two", Source("b.yaml", "a: b\n").span(0, 1)))
    other = replace(report.findings[0], rule="dead-end")
    assert len(results_of(replace(report, findings=(*report.findings, other)))) == 3


# Fingerprints


def test_fingerprints_are_those_of_the_lines(lint_text: Lint) -> None:
    expected = line_fingerprints(SHOP, 30)
    for result in results_of(lint_text(SHOP)):
        line = result["locations"][0]["physicalLocation"]["region"]["startLine"]
        assert result["partialFingerprints"]["primaryLocationLineHash"] == expected[line - 1]
        assert set(result["partialFingerprints"]) == {"primaryLocationLineHash", "klint/identity/v1"}


def test_line_breaks_do_not_change_them_and_a_byte_order_mark_changes_the_first(lint_text: Lint) -> None:
    text = '{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: "a", port: 1}]}}\n'

    def fingerprint(text: str) -> str:
        (result,) = results_of(lint_text(text), "any-port")
        return str(result["partialFingerprints"]["primaryLocationLineHash"])

    assert fingerprint(text) == fingerprint(text.replace("\n", "\r\n")) == line_fingerprints(text, 1)[0]
    assert fingerprint("\ufeff" + text) == line_fingerprints(text, 1, has_bom=True)[0] != fingerprint(text)


def test_a_file_that_was_not_read_has_none() -> None:
    (result,) = results_of(with_findings(Finding("So", Source("big.yaml", "", is_oversized=True).span(0, 0))))
    assert "partialFingerprints" not in result


# Code flows


def steps(result: dict[str, Any]) -> list[tuple[int, str, str]]:
    (flow,) = result["codeFlows"]
    (thread,) = flow["threadFlows"]
    return [
        (
            step["location"]["physicalLocation"]["region"]["startLine"],
            step["location"]["message"]["text"],
            step.get("importance", "important"),
        )
        for step in thread["locations"]
    ]


def test_a_broken_path_is_a_code_flow_that_ends_where_it_breaks(lint_text: Lint) -> None:
    (result,) = results_of(lint_text(SHOP), "dead-end")
    assert steps(result) == [
        (6, "Ingress shop → IngressClass traefik (unknown): who knows", "important"),
        (9, "Ingress shop → Service gone (broken): there is no such Service", "essential"),
    ]


def test_a_whole_path_ends_at_what_it_reaches(lint_text: Lint) -> None:
    (result,) = results_of(lint_text(SHOP), "type-of-service")
    assert steps(result) == [(28, "Service cart → NodePort", "important"), (26, "Service cart", "important")]


def test_a_finding_without_a_path_has_no_code_flow(lint_text: Lint) -> None:
    assert all("codeFlows" not in result for result in results_of(lint_text(SHOP), "any-port"))


# Suppressed findings: to GitHub they would be open alerts


def test_suppressed_findings_are_left_out(lint_text: Lint) -> None:
    report = lint_text(SHOP)
    assert len(report.suppressed) == 1
    assert "it is known" not in render("sarif", report)
    assert all("suppressions" not in result for result in results_of(report))


def test_suppressed_findings_are_marked_when_asked_for(lint_text: Lint) -> None:
    cart, web = results_of(lint_text(SHOP), "type-of-service", show_suppressed=True)
    assert cart["suppressions"] == []
    (suppression,) = web["suppressions"]
    location = suppression.pop("location")
    assert suppression == {"kind": "inSource", "justification": "it is known"}
    assert location["physicalLocation"]["region"]["startLine"] == 16


def test_what_the_configuration_suppresses_is_external(lint_text: Lint) -> None:
    report = lint_text(SHOP)
    ignore = replace(report.suppressed[0].ignore, origin="configuration", reason="")
    report = replace(report, suppressed=(replace(report.suppressed[0], ignore=ignore),))
    (suppression,) = results_of(report, "type-of-service", show_suppressed=True)[1]["suppressions"]
    assert suppression["kind"] == "external"
    assert "justification" not in suppression


# Limits


def test_more_results_than_github_takes_are_cut_to_the_worst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_RESULTS", 3)
    source = Source("a.yaml", "a: b\n" * 9)
    severities = [Severity.NOTE, Severity.ERROR, Severity.WARNING, Severity.NOTE, Severity.ERROR]
    report = with_findings(
        *(
            Finding(f"number {number}", source.span(5 * number, 5 * number + 1), severity=severity)
            for number, severity in enumerate(severities)
        )
    )
    run = run_of(report)
    assert [result["message"]["text"] for result in run["results"]] == ["number 1.", "number 2.", "number 4."]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["level"] == "warning"
    assert notification["message"]["text"].startswith("2 results are left out")


def test_as_many_as_github_takes_are_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_RESULTS", 3)
    source = Source("a.yaml", "a: b\n" * 9)
    run = run_of(with_findings(*(Finding("So", source.span(5 * n, 5 * n + 1)) for n in range(3))))
    assert len(run["results"]) == 3
    assert run["invocations"][0]["toolExecutionNotifications"] == []


def test_silenced_results_count_and_are_the_first_to_go(lint_text: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    report = lint_text(SHOP)
    active = len(results_of(report))
    monkeypatch.setattr(sarif, "MAX_RESULTS", active)
    run = run_of(report, show_suppressed=True)
    assert len(run["results"]) == active
    assert all(result["suppressions"] == [] for result in run["results"])
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 1


def many(count: int) -> Report:
    """So many findings, each on a line of its own, with a related place."""
    found = []
    for file in range(count // 100):
        text = "".join(f"key{line}: value{line}\n" for line in range(100))
        source = Source(f"shop/{file}.yaml", text, f"shop/{file}.yaml")
        for start in source.line_starts[:100]:
            span = source.span(start, start + 3)
            message = f"Ingress shop/web-{file} leads to Service web-{start}, which is not there"
            found.append(Finding(message, span, (Related("Service web is here", span),), severity=Severity.NOTE))
    return with_findings(*found)


def test_as_many_results_as_github_takes_are_below_its_limits() -> None:
    fifth = gzip.compress(render("sarif", many(sarif.MAX_RESULTS // 5)).encode())
    assert 5 * len(fifth) <= sarif.MAX_BYTES


def test_a_log_that_is_too_large_is_cut_to_the_worst(monkeypatch: pytest.MonkeyPatch) -> None:
    report = many(300)
    worst = replace(report.findings[150], severity=Severity.ERROR)
    report = replace(report, findings=(*report.findings[:150], worst, *report.findings[151:]))
    whole = len(zlib.compress(render("sarif", report).encode()))
    monkeypatch.setattr(sarif, "MAX_BYTES", whole // 2)
    run = run_of(report)
    assert len(zlib.compress(render("sarif", report).encode())) <= whole // 2
    assert 50 < len(run["results"]) < 200
    assert "error" in {result["level"] for result in run["results"]}
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith(f"{300 - len(run['results'])} results are left out")


def test_a_log_that_is_not_too_large_once_compressed_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    report = many(300)
    text = render("sarif", report)
    for size in (len(text) - 1, len(text) // 3, len(zlib.compress(text.encode(), 1))):
        monkeypatch.setattr(sarif, "MAX_BYTES", size)
        assert render("sarif", report) == text


def test_a_result_has_no_more_steps_than_github_shows(lint_text: Lint) -> None:
    (finding,) = [item for item in lint_text(SHOP).findings if item.rule == "dead-end"]
    long = replace(finding, path=finding.path * 300)
    (result,) = results_of(with_findings(*[long] * 5))
    assert [len(flow["threadFlows"][0]["locations"]) for flow in result["codeFlows"]] == [600]


def test_it_takes_little_more_time_than_json() -> None:
    report = many(2_000)

    def seconds(name: str) -> float:
        start = process_time()
        render(name, report)
        return process_time() - start

    assert min(seconds("sarif") for _ in range(3)) < 6 * min(seconds("json") for _ in range(3))

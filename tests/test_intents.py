"""Declared intents: what is declared of an object, and which findings that explains."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from klint import Finding, PodTemplate, rule
from klint.engine import Report
from klint.errors import RuleError
from klint.intents import Exposure
from klint.registry import Rule, load_rules
from klint.session import Session
from tests.conftest import GraphOf

RULES, _ = load_rules()
HOST_PORT = tuple(rule for rule in RULES if rule.name in ("host-port-in-production", "unused-ignore"))

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: turn
  annotations: {klint.dev/exposure: WORD}
spec:
  template:
    metadata: {labels: {app: turn}}
    spec:
      containers:
        - name: turn
          ports: [{containerPort: 3478, hostPort: 3478}]
"""
SERVICE = """\
---
apiVersion: v1
kind: Service
metadata: {name: turn}
spec:
  selector: {app: turn}
  ports: [{port: 80}]
"""


def lint(folder: Path, files: dict[str, str]) -> Report:
    (folder / ".git").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text))
    report = Session.of([str(folder)], HOST_PORT, known=RULES).report()
    assert not report.failures
    return report


def test_what_an_annotation_explains_is_silenced_with_it(tmp_path: Path) -> None:
    report = lint(tmp_path, {"production/turn.yaml": DEPLOYMENT.replace("WORD", "public")})
    assert report.findings == ()
    (item,) = report.suppressed
    assert (item.finding.rule, item.ignore.reason, item.ignore.origin) == (
        "host-port-in-production",
        "declared public",
        "annotation",
    )
    assert (item.ignore.span.line, item.ignore.span.column) == (5, 37)


def test_what_the_configuration_explains_is_silenced_with_the_reason(tmp_path: Path) -> None:
    config = "exposure: [{exposure: internal, name: turn, reason: the nodes have private addresses}]\n"
    text = DEPLOYMENT.replace("  annotations: {klint.dev/exposure: WORD}\n", "")
    report = lint(tmp_path, {"production/turn.yaml": text, ".klint.yaml": config})
    (item,) = report.suppressed
    assert item.ignore.reason == "declared internal: the nodes have private addresses"
    assert (Path(item.ignore.span.file).name, item.ignore.span.column) == (".klint.yaml", 23)


def test_an_ignore_goes_before_an_intent_and_has_its_use(tmp_path: Path) -> None:
    text = DEPLOYMENT.replace("WORD", "public").replace("}]", "}] # klint: ignore[host-port-in-production] known")
    report = lint(tmp_path, {"production/turn.yaml": text})
    assert report.findings == ()
    assert [item.ignore.reason for item in report.suppressed] == ["known"]


def test_what_only_one_overlay_declares_is_a_finding(tmp_path: Path) -> None:
    overlay = "resources: [../../base]\npatches:\n  - patch: |-\n{}\n"
    patch = """\
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: turn
        annotations: {klint.dev/exposure: WORD}"""
    files = {
        "base/kustomization.yaml": "resources: [turn.yaml]\n",
        "base/turn.yaml": DEPLOYMENT.replace("  annotations: {klint.dev/exposure: WORD}\n", ""),
        "overlays/production-a/kustomization.yaml": overlay.format(patch.replace("WORD", "public")),
        "overlays/production-b/kustomization.yaml": overlay.format(patch.replace("WORD", "cluster")),
    }
    report = lint(tmp_path, files)
    assert [Path(finding.span.file).name for finding in report.findings] == ["turn.yaml"]
    files["overlays/production-b/kustomization.yaml"] = overlay.format(patch.replace("WORD", "public"))
    assert lint(tmp_path, files).findings == ()


@pytest.mark.parametrize(
    ("word", "intent"),
    [
        ("public", Exposure.PUBLIC),
        ("internal", Exposure.INTERNAL),
        ('" cluster "', Exposure.CLUSTER),
        ("Public", None),
        ("'${EXPOSURE}'", None),
        ("[public]", None),
        ("true", None),
    ],
)
def test_words(graph_of: GraphOf, word: str, intent: Exposure | None) -> None:
    graph = graph_of(DEPLOYMENT.replace("WORD", word))
    found = graph.intent(graph.workloads[0])
    assert (found.exposure if found else None) is intent


def test_a_service_has_what_all_its_workloads_have(graph_of: GraphOf) -> None:
    public = DEPLOYMENT.replace("WORD", "public")
    other = public.replace("name: turn", "name: other", 1)

    def of_service(*texts: str) -> str | None:
        graph = graph_of("---\n".join(texts) + SERVICE)
        found = graph.intent(graph.services[0])
        return found.exposure if found else None

    assert of_service(public) == "public"
    assert of_service(public, other) == "public"
    assert of_service(public, other.replace("public", "internal")) is None
    assert of_service(public, other.replace("public", "nobody")) is None
    assert of_service() is None


def test_what_a_service_has_of_its_own_goes_before(graph_of: GraphOf) -> None:
    service = SERVICE.replace("{name: turn}", "{name: turn, annotations: {klint.dev/exposure: cluster}}")
    graph = graph_of(DEPLOYMENT.replace("WORD", "public") + service)
    found = graph.intent(graph.services[0])
    assert found is not None
    assert found.exposure is Exposure.CLUSTER


def test_kinds_that_open_nothing_are_declared_nothing(graph_of: GraphOf) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {klint.dev/exposure: public}}\n"
    graph = graph_of(text, "exposure: [{exposure: public, name: a}]")
    assert graph.intent(graph.resources[0]) is None


def test_a_rule_names_intents_that_there_are() -> None:
    with pytest.raises(RuleError, match="'everybody' is no intent; there are public, internal, cluster"):

        @rule(severity="note", explained_by=("everybody",))
        def open_port(pod: PodTemplate) -> Iterator[Finding]:
            yield Finding("open", at=pod.at("spec"))


def test_a_rule_without_a_word_for_it_is_explained_by_nothing(tmp_path: Path) -> None:
    @rule(severity="note")
    def open_port(pod: PodTemplate) -> Iterator[Finding]:
        yield Finding("open", at=pod.at("spec"))

    (tmp_path / "turn.yaml").write_text(DEPLOYMENT.replace("WORD", "public"))
    report = Session.of([str(tmp_path)], [Rule("open-port", "entry", open_port, tmp_path)]).report()
    assert [finding.rule for finding in report.findings] == ["open-port"]


def test_a_rule_may_ask_for_the_annotation_of_the_object_itself(tmp_path: Path) -> None:
    @rule(severity="note", explained_by=("public",), explained_on="itself")
    def open_port(pod: PodTemplate) -> Iterator[Finding]:
        yield Finding("open", at=pod.at("spec"))

    def found(annotation: str, config: str = "") -> int:
        text = DEPLOYMENT.replace("  annotations: {klint.dev/exposure: WORD}\n", annotation)
        (tmp_path / "turn.yaml").write_text(text)
        (tmp_path / ".klint.yaml").write_text(config)
        rules = [Rule("open-port", "entry", open_port, tmp_path)]
        return len(Session.of([str(tmp_path)], rules, config_file=str(tmp_path / ".klint.yaml")).report().findings)

    assert found("") == 1
    assert found("", "exposure: [{exposure: public, name: turn}]") == 1
    assert found("  annotations: {klint.dev/exposure: public}\n") == 0
    assert found("  annotations: {klint.dev/exposure: internal}\n") == 1

"""What is deployed with nothing beside it, and what does not exist in a workspace that holds everything."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from klint.cli.commands import klint
from klint.config.config import Config
from klint.config.reading import parse_config
from klint.engine import lint
from klint.findings import Severity
from klint.registry import load_rules
from klint.session import Options, Session
from klint.text.source import Source
from klint.workspace.target import Targets

RULES = load_rules()[0]


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


def said(files: Mapping[str, str], *, closed_world: bool = False) -> list[str]:
    """Findings above a note, as `severity file rule`."""
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, "utf-8")
    workspace = Session.of(["."], options=Options(use_cache=False)).workspace
    object.__setattr__(workspace, "config", workspace.config.told(closed_world=closed_world))
    report = lint(workspace, RULES)
    assert report.failures == ()
    return [
        f"{item.severity} {item.span.source.relative} {item.rule}"
        for item in report.findings
        if item.severity is not Severity.NOTE
    ]


def service(port: int, name: str = "web") -> str:
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\n"
        f"spec: {{selector: {{app: {name}}}, ports: [{{port: {port}}}]}}\n"
    )


def route(port: int, name: str = "web") -> str:
    return (
        f"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {name}, namespace: shop}}\n"
        "spec:\n  ingressClassName: nginx\n"
        f"  defaultBackend: {{service: {{name: {name}, port: {{number: {port}}}}}}}\n"
    )


def pods(name: str = "web") -> str:
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n"
        f"  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n"
        f"    spec: {{containers: [{{name: a, image: a}}]}}\n"
    )


@pytest.mark.parametrize(
    ("folder", "is_fixture"),
    [
        ("testdata", True),
        ("pkg/render/testdata/a", True),
        ("test-data", True),
        ("fixtures", True),
        ("__fixtures__", True),
        ("golden", True),
        ("e2e/manifests", True),
        ("__snapshots__", True),
        ("tests", False),
        ("deploy", False),
        ("e2e-runner", False),
        ("golden-image", False),
        ("", False),
    ],
)
def test_names_of_fixtures(folder: str, is_fixture: bool) -> None:
    assert Targets(Config(), ()).is_fixture(f"{folder}/web.yaml".lstrip("/")) is is_fixture


def test_the_configuration_tells_fixtures() -> None:
    targets = Targets(parse_config(Source(".klint.yaml", "fixtures: [samples/, '!deploy/e2e/']\n")), ())
    assert targets.is_fixture("samples/a.yaml")
    assert not targets.is_fixture("deploy/e2e/a.yaml")
    assert targets.is_fixture("testdata/a.yaml")


MISMATCH = service(80) + "---\n" + pods()


def test_fixtures_do_not_meet_by_name() -> None:
    grpc = route(9000)
    http = MISMATCH + "---\n" + route(80)
    assert said({"testdata/grpc.yaml": grpc, "testdata/http.yaml": http}) == []


def test_the_same_files_elsewhere_meet() -> None:
    files = {"deploy/grpc.yaml": route(9000, "web"), "deploy/http.yaml": MISMATCH}
    assert said(files) == ["error deploy/grpc.yaml backend-port-mismatch"]


def test_a_reference_within_a_fixture_is_followed_where_nothing_is_nearer() -> None:
    files = {"testdata/a/route.yaml": route(9000), "testdata/a/service.yaml": MISMATCH}
    assert said(files) == ["warning testdata/a/route.yaml backend-port-mismatch"]


def test_input_and_output_of_a_golden_test_do_not_meet() -> None:
    assert said({"testdata/in.yaml": route(9000), "testdata/out.yaml": MISMATCH}) == []


def test_findings_in_fixtures_drop_one_severity() -> None:
    assert said({"fixtures/web.yaml": service(0)}) == ["warning fixtures/web.yaml invalid-service"]


def test_what_a_kustomization_leaves_out_does_not_meet_what_it_builds() -> None:
    files = {
        "app/kustomization.yaml": "resources: [web.yaml]\n#- old.yaml\n",
        "app/web.yaml": MISMATCH,
        "app/old.yaml": route(9000),
        "other/route.yaml": service(80, "other"),
    }
    assert said(files) == []


def test_a_route_alone_is_unknown_and_in_a_closed_world_broken() -> None:
    files = {"web.yaml": route(80)}
    assert said(files) == []
    assert "error web.yaml dangling-backend" in said(files, closed_world=True)


def test_a_selection_in_a_closed_world() -> None:
    files = {"web.yaml": service(80)}
    assert said(files) == []
    assert said(files, closed_world=True) == ["error web.yaml service-selects-nothing"]


def test_a_closed_world_that_is_not_read_whole_is_open() -> None:
    files = {"web.yaml": service(80), "broken.yaml": "apiVersion: v1\nkind: [Pod\n"}
    assert said(files, closed_world=True) == ["error broken.yaml syntax-error"]


def test_a_closed_world_and_what_is_declared_to_exist() -> None:
    config = """\
        targets:
          - path: "**"
            closed-world: true
            exists: {services: [web], ingress-classes: [nginx]}
        """
    assert said({".klint.yaml": config, "web.yaml": route(80)}) == []
    assert "error b.yaml dangling-backend" in said({".klint.yaml": config, "b.yaml": route(80, "billing")})


def test_the_command_line_goes_before_the_configuration() -> None:
    config = parse_config(Source(".klint.yaml", "targets: [{path: '**', environment: staging, platform: gke}]\n"))
    target = Targets(config.told("production", "eks"), ()).target(())
    assert (target.environment, target.platform) == ("production", "eks")
    assert target.reasons == ("production: --environment says so", "eks: --platform says so")
    assert config.told() is config


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--environment", "prod", "There is no environment 'prod'"),
        ("--platform", "ekss", "There is no platform 'ekss'. Did you mean 'eks'?"),
    ],
)
def test_what_the_command_line_may_name(option: str, value: str, message: str) -> None:
    result = CliRunner().invoke(klint, ["check", option, value])
    assert result.exit_code == 2
    assert message in result.output


def test_closed_world_on_the_command_line() -> None:
    Path("web.yaml").write_text(route(80), "utf-8")
    assert CliRunner().invoke(klint, ["check", "web.yaml"]).exit_code == 0
    result = CliRunner().invoke(klint, ["check", "--closed-world", "web.yaml"])
    assert result.exit_code == 1
    assert "dangling-backend" in result.output

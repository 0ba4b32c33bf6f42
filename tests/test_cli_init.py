"""klint init: the file it writes says what klint sees, and klint can read it."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from klint.cli.commands import klint
from klint.config.config import Config
from klint.config.reading import parse_config
from klint.registry import load_rules
from klint.render.helm.embedded import EmbeddedHelm
from klint.render.kustomize.builder import find_builder
from klint.session import Options, Session
from klint.text.source import Source
from klint.workspace.configuration import load_config
from klint.workspace.disk import DiskTree
from klint.workspace.target import Target

SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: {namespace}\nspec: {{}}\n"


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def service(name: str = "web", namespace: str = "shop") -> str:
    return SERVICE.format(name=name, namespace=namespace)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(klint, ["init", *arguments], catch_exceptions=False)


def uncommented(text: str) -> str:
    """The text with its examples in use: lines that begin with `#` and do not read as a sentence."""
    return re.sub(r"^#(?! \S)", "", text, flags=re.MULTILINE)


def targets_of(config: Config) -> list[tuple[tuple[str, ...], str, str]]:
    return [(target.path.lines, target.environment, target.platform) for target in config.targets]


def parse(text: str) -> Config:
    return parse_config(Source(".klint.yaml", text))


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_it_writes() -> None:
    write({"production/web.yaml": service(), "local/web.yaml": service(), "apps/web.yaml": service("api")})
    result = run()
    assert result.stderr == "klint: .klint.yaml is written. Correct what it says of targets, then run klint check\n"
    assert (result.stdout, result.exit_code) == ("", 0)
    text = Path(".klint.yaml").read_text("utf-8")
    assert text[text.index("targets:") : text.index("  # And")] == dedent("""\
        targets:
          # production: the path production/web.yaml
          - path: /production/
            environment: production
        #    platform: eks
          # local: the path local/web.yaml
          - path: /local/
            environment: local
        #    platform: eks
          # Nothing tells where these go:
        #  - path: /apps/
        #    environment: production
        #    platform: eks
        """)
    assert targets_of(load_config(DiskTree(Path()), Path(".klint.yaml"), ".klint.yaml")) == [
        (("/production/",), "production", ""),
        (("/local/",), "local", ""),
    ]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"web.yaml": service()},
        {"web.yaml": service(namespace="production")},
        {"a/web.yaml": service(), "b/web.yaml": service()},
        {"c/prod/eu/web.yaml": service(), "c/prod/us/web.yaml": service(), "c/dev/web.yaml": service()},
        {"k8s/web-prod.yaml": service(), "k8s/web-staging.yaml": service(), "k8s/readme.yaml": service("api")},
        {"we[i]rd !#*?/prod/web.yaml": service(), "we[i]rd !#*?/it's: \"so\"/web.yaml": service(namespace="dev")},
        {"prod/lb.yaml": service() + "---\n" + service("lb").replace(
            "spec:", "  annotations:\n    service.beta.kubernetes.io/aws-load-balancer-type: nlb\nspec:")},
    ],
)  # fmt: skip
def test_klint_sees_the_same_with_the_file_as_without(files: dict[str, str]) -> None:
    write(files)

    def targets() -> list[tuple[str, str, str]]:
        def seen(target: Target) -> tuple[str, str]:
            return target.environment, target.platform

        return [(bundle.name, *seen(bundle.target)) for bundle in Session.of(["."], ()).report().bundles]

    before = targets()
    assert run().exit_code == 0
    assert targets() == before
    assert len(before) == 0 if not files else before


def test_its_examples_are_right_once_they_are_uncommented() -> None:
    write({"production/web.yaml": service(), "apps/web.yaml": service("api"), "apps/b/web.yaml": service("b", "dev")})
    text = run("--output", "-").stdout
    config = parse(uncommented(text))
    assert len(config.targets) == len(parse(text).targets) + 2
    assert {target.platform for target in config.targets} == {"eks", "bare-metal"}
    assert config.include.lines
    assert config.exclude.lines
    assert config.select
    assert config.ignore
    assert config.rules
    assert config.workloads
    assert config.suppress
    Path(".klint.yaml").write_text(uncommented(text))
    rules, _ = load_rules()
    assert Session.of(["."], rules).report().failures == ()


def test_an_empty_workspace_gives_examples_only() -> None:
    text = run("--output", "-").stdout
    assert parse(text) == Config()
    assert "\n#targets:\n" in text
    assert parse(uncommented(text)).targets


def test_a_file_that_exists_is_kept() -> None:
    write({".klint.yaml": "ignore: []\n"})
    result = run()
    assert result.stderr == "klint: .klint.yaml: This file exists already. Use --force to replace it\n"
    assert result.exit_code == 2
    assert Path(".klint.yaml").read_text() == "ignore: []\n"
    assert run("--force").exit_code == 0
    assert Path(".klint.yaml").read_text() != "ignore: []\n"


def test_it_does_not_repeat_what_an_older_file_says() -> None:
    write({"apps/web.yaml": service(), ".klint.yaml": "targets: [{path: /apps/, environment: production}]\n"})
    assert parse(run("--output", "-").stdout).targets == ()


def test_another_folder_and_another_file() -> None:
    write({"shop/production/web.yaml": service(), "other/local/web.yaml": service()})
    assert run("shop").exit_code == 0
    assert targets_of(load_config(DiskTree(Path()), Path("shop/.klint.yaml"), "")) == [(("*",), "production", "")]
    assert run("--output", "klint.yaml").exit_code == 0
    assert len(load_config(DiskTree(Path()), Path("klint.yaml"), "").targets) == 2


def test_a_file_that_cannot_be_written() -> None:
    result = run("--output", "no/such/folder.yaml")
    assert result.stderr.startswith("klint: no/such/folder.yaml: The configuration cannot be written: ")
    assert result.exit_code == 2


def test_a_folder_that_is_not_there() -> None:
    result = run("nowhere")
    assert result.stderr == "klint: nowhere: There is no such file or folder. Check the path\n"
    assert result.exit_code == 2


def test_a_name_cannot_leave_its_comment() -> None:
    write({"production/web\nrules: {}.yaml": service()})
    assert "production/web\\nrules: {}.yaml" in run("--output", "-").stdout


@pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
def test_charts_and_kustomizations_are_seen_as_they_render() -> None:
    chart = {
        "shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
        "shop/values.yaml": "type: ClusterIP\n",
        "shop/values-prod.yaml": "type: LoadBalancer\n",
        "shop/values-dev.yaml": "type: NodePort\n",
        "shop/templates/web.yaml": service().replace("{}", "{type: {{ .Values.type }}}"),
    }
    kustomization = {
        "app/base/web.yaml": service("api"),
        "app/base/kustomization.yaml": "resources: [web.yaml]\n",
        "app/overlays/staging/kustomization.yaml": "resources: [../../base]\nnamePrefix: s-\n",
    }
    write({**chart, **(kustomization if find_builder() else {})})

    def targets() -> list[tuple[str, str]]:
        bundles = Session.of(["."], options=Options(use_cache=False)).report().bundles
        return [(bundle.name, bundle.target.environment) for bundle in bundles]

    before = targets()
    assert ("shop with values-prod.yaml", "production") in before
    assert run().exit_code == 0
    config = load_config(DiskTree(Path()), Path(".klint.yaml"), ".klint.yaml")
    told = {line: target.environment for target in config.targets for line in target.path.lines}
    assert told["/shop/values-prod.yaml"] == "production"
    assert told["/shop/values-dev.yaml"] == "development"
    assert not find_builder() or told["/app/"] == "staging"
    assert targets() == before


def test_what_cannot_be_read_is_said_and_the_rest_is_written() -> None:
    write({"production/web.yaml": service()})
    Path("bad.yaml").write_bytes(b"apiVersion: v1\nkind: Service # caf\xe9\n")
    result = run()
    assert "bad.yaml: This is not UTF-8 text" in result.stderr
    assert targets_of(load_config(DiskTree(Path()), Path(".klint.yaml"), ""))[0][1] == "production"
    assert result.exit_code == 2

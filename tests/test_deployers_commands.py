"""What commands in scripts, Makefiles and pipelines install charts with."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from klint.render.helm.embedded import EmbeddedHelm
from klint.render.helm.installed.commands import commanded
from klint.render.helm.installed.scripts import installing
from klint.render.helm.values import ValueSet
from klint.testing.running import lint_files
from klint.workspace.disk import DiskTree

CHART = {"charts/shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n"}
FILES = {
    **CHART,
    "charts/shop/values-prod.yaml": "a: 1\n",
    "charts/shop/values-staging.yaml": "{}\n",
    "env/base.yaml": "b: 1\n",
}


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (file := folder / name).parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


def sets_by_chart(folder: Path, name: str) -> Mapping[Path, Sequence[ValueSet]]:
    """The sets of values that a file installs charts with."""
    tree = DiskTree(folder)
    return commanded(installing([folder / name], tree, folder), tree, folder)


def installed(folder: Path, name: str, text: str) -> list[str]:
    """What a file installs the chart as: release, namespace, files, flags and the file that says where it goes."""
    write(folder, {**FILES, name: text})
    return [
        " ".join(
            (
                values.release,
                *(f"-n {namespace}" for namespace in [values.namespace] if namespace),
                *(file.relative_to(folder).as_posix() for file in values.files),
                *(f"{flag}" for flag in (*values.sets, *values.strings, *values.literals)),
                *(f"→ {target}" for target in [values.target] if target),
                *("…" for is_less in [values.is_partial] if is_less),
            )
        )
        for values in sets_by_chart(folder, name).get(folder / "charts/shop", ())
    ]


PROD = "charts/shop/values-prod.yaml"
FOLLOWED = {
    f"helm upgrade --install shop charts/shop -n web -f {PROD}": f"shop -n web {PROD} → {PROD}",
    f"helm install shop ./charts/shop/ --values=env/base.yaml,{PROD}": f"shop env/base.yaml {PROD} → {PROD}",
    f"helm upgrade shop charts/shop -f {PROD} --set a=1,b.c=x --set-string d=2": f"shop {PROD} a=1,b.c=x d=2 → {PROD}",
    f'helm upgrade shop "$(dirname "$0")/charts/shop" -f "$(dirname "$0")/{PROD}"': f"shop {PROD} → {PROD}",
    f"helm install charts/shop --generate-name -f {PROD}": f"release-name {PROD} → {PROD}",
    # what only the run knows is still to be filled in, or left off
    f"helm upgrade shop charts/shop -f {PROD} --set image.tag=$TAG": f"shop {PROD} image.tag=$(unknown) → {PROD} …",
    f'helm upgrade shop charts/shop -f {PROD} --set "$KEY=1"': f"shop {PROD} → {PROD} …",
    f'helm upgrade "$NAME" charts/shop -n "$NS" -f {PROD} $MORE': f"release-name {PROD} → {PROD} …",
    f"helm upgrade shop charts/shop -f {PROD} --set-json 'a=[1]'": f"shop {PROD} → {PROD} …",
    # and what the command is told to open: that is told of itself
    "helm upgrade shop charts/shop --set a=1 --set service.type=NodePort": "shop a=1 …",
}


@pytest.mark.parametrize(("command", "expected"), FOLLOWED.items(), ids=range(len(FOLLOWED)))
def test_what_stands_there_plainly_is_followed(tmp_path: Path, command: str, expected: str) -> None:
    assert installed(tmp_path, "deploy.sh", f"#!/bin/sh\n{command}\n") == [expected]


NOT_FOLLOWED = [
    "helm upgrade shop charts/shop",
    "helm upgrade shop charts/shop -f values-$ENV.yaml",
    f"helm upgrade shop charts/shop -f {PROD} -f secrets.yaml",
    f"helm upgrade shop charts/shop -f {PROD} -f ../../../etc/hosts",
    f"helm upgrade shop charts/$NAME -f {PROD}",
    f"helm upgrade shop shop --repo https://charts.example.com -f {PROD}",
    f"helm upgrade shop charts/shop --post-renderer ./patch.sh -f {PROD}",
    f"helm upgrade shop bitnami/shop -f {PROD}",
    f"helm upgrade shop charts/shop -f {PROD} --dry-run",
    f"helm template shop charts/shop -f {PROD}",
    f"echo helm upgrade shop charts/shop -f {PROD}",
    f"# helm upgrade shop charts/shop -f {PROD}",
    f"kind create cluster\nhelm upgrade shop charts/shop -f {PROD}",
    f"helm $FLAGS shop charts/shop -f {PROD}",
]


@pytest.mark.parametrize("text", NOT_FOLLOWED, ids=range(len(NOT_FOLLOWED)))
def test_what_does_not_is_not(tmp_path: Path, text: str) -> None:
    assert installed(tmp_path, "deploy.sh", f"#!/bin/sh\n{text}\n") == []


WORKFLOW = """\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - working-directory: charts
        run: |
          for env in staging prod; do
            helm upgrade --install shop-$env shop \\
              -f shop/values-$env.yaml
          done
"""
STAGING = "charts/shop/values-staging.yaml"
ELSEWHERE = {
    ".github/workflows/deploy.yaml": (
        WORKFLOW,
        [f"shop-staging {STAGING} → {STAGING}", f"shop-prod {PROD} → {PROD}"],
    ),
    "Makefile": (
        f"VALUES = {PROD}\ndeploy:\n\thelm upgrade shop charts/shop -f $(VALUES)\n",
        [f"shop {PROD} → {PROD}"],
    ),
    "charts/shop/deploy-prod.sh": ("helm upgrade shop . --set a=1", ["shop a=1 → charts/shop/deploy-prod.sh"]),
    "tests/e2e.sh": (f"helm upgrade shop charts/shop -f {PROD}", []),
    ".github/workflows/test.yaml": (
        "jobs: {test: {steps: [{uses: helm/kind-action@v1}, {run: helm install shop charts/shop --set a=1}]}}",
        [],
    ),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_where_commands_are(tmp_path: Path, name: str) -> None:
    text, expected = ELSEWHERE[name]
    assert installed(tmp_path, name, text) == expected


@pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
def test_the_command_goes_before_its_files_by_themselves() -> None:
    """Unless the chart does not render with it: what it sets is not all known, and that is no mistake."""
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {}}}\ndata: {{a: {{{{ .Values.a }}}}}}\n"
    fails = '{{ if eq .Values.a 2.0 }}{{ fail "no" }}{{ end }}' + config.format("a")
    commands = [
        f"helm upgrade shop charts/shop -f charts/shop/values-{name}.yaml --set a={value}"
        for name, value in {"prod": "3", "staging": "$A,a=2"}.items()
    ]
    chart = {"charts/shop/values.yaml": "a: 1\n", "charts/shop/templates/a.yaml": fails}
    report = lint_files({**FILES, **chart, "deploy.sh": "\n".join(commands)}, [])
    assert [bundle.name for bundle in report.bundles] == [
        "charts/shop",
        "charts/shop with values-staging.yaml",
        "charts/shop with deploy.sh, helm upgrade shop",
    ]


def test_sets_are_called_by_the_command_and_its_job(tmp_path: Path) -> None:
    job = "deploy:NAME:\n  script: [helm upgrade shop charts/shop --set to=NAME]\n"
    write(tmp_path, {**FILES, ".gitlab-ci.yml": job.replace("NAME", "staging") + job.replace("NAME", "prod")})
    sets = sets_by_chart(tmp_path, ".gitlab-ci.yml")[tmp_path / "charts/shop"]
    names = [values.name.removeprefix(f"{tmp_path}/") for values in sets]
    assert names == [f".gitlab-ci.yml, job deploy:{name}, helm upgrade shop" for name in ("staging", "prod")]

"""Which sets of values the charts of a workspace are rendered with, and what environment each tells."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from klint.render.helm.embedded import EmbeddedHelm
from klint.session import Session

pytestmark = pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: NAME}
spec:
  type: {{ .Values.type }}
  ports: [{port: {{ .Values.port }}}]
"""


def chart(name: str = "shop", folder: str = "", template: str = "", more: str = "") -> dict[str, str]:
    """The files of a chart that knows `type` and `port`."""
    folder = folder or name
    return {
        f"{folder}/Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 0.1.0\n{more}",
        f"{folder}/values.yaml": "type: ClusterIP\nport: 80\n",
        f"{folder}/templates/service.yaml": (template or SERVICE).replace("NAME", name),
    }


def environments(root: Path, files: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The bundles that come of charts, and the environment of each; all charts have one of their own values."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.chdir(root)
    report = Session.of(["."]).report()
    assert report.failures == ()
    found = {bundle.name: bundle.target.environment for bundle in report.bundles if bundle.is_rendered}
    plain = {name for name in found if " with " not in name}
    charts = {name.removesuffix("/Chart.yaml") for name in files if name.endswith("/Chart.yaml")}
    assert plain == {name for name in charts if "shop/charts/" not in name}
    return {name: environment for name, environment in found.items() if name not in plain}


PORT = "port: 8080\n"
LAYOUTS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "beside the chart's own": (
        {"shop/values-prod.yaml": PORT, "shop/staging.values.yaml": PORT, "shop/dev-values.yml": PORT},
        {
            "shop with values-prod.yaml": "production",
            "shop with staging.values.yaml": "staging",
            "shop with dev-values.yml": "development",
        },
    ),
    "in folders of the chart": (
        {"shop/values/prod.yaml": PORT, "shop/env/uat.yaml": PORT, "shop/environments/dev/values.yaml": PORT},
        {
            "shop with values/prod.yaml": "production",
            "shop with env/uat.yaml": "staging",
            "shop with environments/dev/values.yaml": "development",
        },
    ),
    "what a values file is made from is none": (
        {"shop/values-prod.tpl.yaml": PORT, "shop/values.schema.yaml": PORT},
        {},
    ),
    "of another chart, as its keys say": ({"shop/tempo-values.yaml": "tempo: {a: 1}\npersistence: {}\nport: 1\n"}, {}),
    "of another chart of the workspace": ({**chart("blog"), "shop/values-blog.yaml": PORT}, {}),
    "of a part of the chart": (
        {
            "shop/charts/db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 0.1.0\n",
            "shop/values-db.yaml": "db: {port: 1}\n",
        },
        {"shop with values-db.yaml": ""},
    ),
    "a feature with keys that the chart knows": (
        {"shop/values-minimal.yaml": PORT},
        {"shop with values-minimal.yaml": ""},
    ),
    "an environment, whatever its keys": (
        {"shop/values-prod.yaml": "other: 1\n"},
        {"shop with values-prod.yaml": "production"},
    ),
    "nothing but a comment": ({"shop/values-tls.yaml": "# none\n"}, {"shop with values-tls.yaml": ""}),
    "globals say nothing of a chart": ({"shop/values-tls.yaml": "global: {a: 1}\n"}, {"shop with values-tls.yaml": ""}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_values_files_of_a_chart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str) -> None:
    files, expected = LAYOUTS[layout]
    assert environments(tmp_path, {**chart(), **files}, monkeypatch).items() == expected.items()


BESIDE: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "a folder beside that of the only chart": (
        {"deploy/values/prod.yaml": PORT, "deploy/values/staging-eu-1.yaml": PORT},
        {
            "charts/shop with deploy/values/prod.yaml": "production",
            "charts/shop with deploy/values/staging-eu-1.yaml": "staging",
        },
    ),
    "a folder an environment": (
        {"environments/prod/values.yaml": PORT, "environments/dev/shop.yaml": PORT},
        {
            "charts/shop with environments/prod/values.yaml": "production",
            "charts/shop with environments/dev/shop.yaml": "development",
        },
    ),
    "beside the charts": (
        {"charts/values-prod.yaml": PORT, "values-shop-dev.yaml": PORT},
        {
            "charts/shop with charts/values-prod.yaml": "production",
            "charts/shop with values-shop-dev.yaml": "development",
        },
    ),
    "called after one of several charts": (
        {
            **chart("blog", "charts/blog"),
            "values/shop/prod.yaml": PORT,
            "values/prod/blog.yaml": PORT,
            "values/prod.yaml": PORT,
        },
        {
            "charts/shop with values/shop/prod.yaml": "production",
            "charts/blog with values/prod/blog.yaml": "production",
        },
    ),
    "called after another chart": ({"values/redis.yaml": PORT, "values/redis-prod.yaml": PORT}, {}),
    "of a chart that is installed from elsewhere": (
        {"monitoring/values-prod.yaml": PORT, "monitoring/values/dev.yaml": PORT},
        {},
    ),
    "keys that the chart does not know": ({"values/prod.yaml": "grafana: {}\nport: 1\n"}, {}),
    "no environment and no chart": ({"values/common.yaml": PORT, "values/all.yaml": PORT}, {}),
    "a manifest": ({"env/prod.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"}, {}),
    "what git ignores": ({".gitignore": "values/\n", "values/prod.yaml": PORT}, {}),
    "what the configuration excludes": ({".klint.yaml": "exclude: [values/]\n", "values/prod.yaml": PORT}, {}),
}


@pytest.mark.parametrize("layout", BESIDE)
def test_values_files_beside_charts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str) -> None:
    files, expected = BESIDE[layout]
    assert environments(tmp_path, {**chart("shop", "charts/shop"), **files}, monkeypatch) == expected


TEMPLATES = [
    ('{{ index .Values "exporter-port" }}', True),
    ("{{ $.Values.exporter.port }}", False),
    ("{{ toYaml .Values | indent 2 }}", True),
    ("{{ with .Values }}{{ end }}", True),
    ('{{ include "elsewhere.name" . }}', True),
]


@pytest.mark.parametrize(("template", "is_known"), TEMPLATES)
def test_keys_that_templates_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str, is_known: bool
) -> None:
    """What an action with all values may read, and a template that a missing chart defines, is not known."""
    missing = "dependencies: [{name: elsewhere, version: 1.x, repository: 'https://charts.example.com'}]\n"
    files = chart(more=missing if "elsewhere" in template else "")
    files["shop/templates/other.yaml"] = f"{{{{/* {template} */}}}}{{{{ if false }}}}{template}{{{{ end }}}}\n"
    files["shop/values-exporter.yaml"] = "exporter-port: 9100\n"
    assert bool(environments(tmp_path, files, monkeypatch)) is is_known

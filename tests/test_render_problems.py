"""What is said of charts and kustomizations that are not rendered, and of what they render to."""

from pathlib import Path

import pytest

from klint.engine import lint
from klint.registry import load_rules
from klint.render.renderings import render
from klint.render.worker import EmbeddedHelm
from klint.report.text import line
from klint.workspace import open_workspace

CHART = "apiVersion: v2\nname: shop\nversion: 0.1.0\n"


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Said":
    monkeypatch.chdir(tmp_path)
    return Said(tmp_path)


class Said:
    """Lints files as `klint check` does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, files: dict[str, str]) -> list[str]:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        rules, _ = load_rules()
        report = lint(render(open_workspace(["."]), use_cache=False), rules)
        assert not report.failures
        return [line(finding) for finding in report.findings]


def test_charts_without_helm_are_a_note(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("klint.render.renderings.find_helm", lambda: None)
    (found,) = said({"a/Chart.yaml": CHART, "b/Chart.yaml": CHART})
    assert found.startswith("a/Chart.yaml:1:1: note: 2 Helm charts: not rendered and so not linted; install")


def test_kustomizations_without_kustomize_are_a_note_and_linted_as_written(
    said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("klint.render.renderings.find_builder", lambda: None)
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  type: NodePort\n  selector: {a: b}\n"
    found = said(
        {
            "kustomization.yaml": "resources: [web.yaml]\n",
            "web.yaml": f"{service}  ports: [{{port: 80, nodePort: 1}}]\n",
        }
    )
    assert [text.partition(": ")[0] for text in found] == ["kustomization.yaml:1:1", "web.yaml:7:32"]
    assert "1 kustomization: linted as written, not as built" in found[0]


@pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")
def test_what_a_chart_renders_to_may_be_no_yaml(said: Said) -> None:
    template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: 1\n  a: 2\n---\nkind: Pod\nspec: [\n"
    found = said({"shop/Chart.yaml": CHART, "shop/templates/a.yaml": template})
    assert [text.rpartition("[")[2] for text in found] == ["duplicate-key]", "syntax-error]"]
    assert found[0].startswith("shop/templates/a.yaml:6:3: ")
    assert found[1].startswith("shop/templates/a.yaml:9:")

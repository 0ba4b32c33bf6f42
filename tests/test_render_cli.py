"""klint render: what it prints, in which columns, and how it says what is wrong."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from klint.cli.commands import klint
from klint.render.helm.embedded import EmbeddedHelm
from klint.text import yaml

CHARTS = Path(__file__).parent / "charts"

pytestmark = pytest.mark.skipif(not EmbeddedHelm.is_available(), reason="the extra klint-k8s[helm] is not installed")


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_chart(folder: Path, template: str) -> None:
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {folder.name}\nversion: 0.1.0\n")
    (folder / "values.yaml").write_text("port: 80\n")
    (folder / "templates" / "x.yaml").write_text(template)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(klint, ["render", "--no-cache", *arguments], prog_name="klint", catch_exceptions=False)


def test_each_line_stands_beside_its_place(root: Path) -> None:
    write_chart(
        root / "shop", "kind: Service\n# note\nmetadata:\n  name: {{ .Release.Name }}\nport: {{ .Values.port }}\n"
    )
    result = run("--color", "never")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "# shop",
        f"{'':25}---",
        "shop/templates/x.yaml:1  kind: Service",
        f"{'':25}# note",
        "shop/templates/x.yaml:3  metadata:",
        "shop/templates/x.yaml:4    name: release-name",
        f"{'shop/values.yaml:1':25}port: 80",
    ]


def test_approximate_places_are_marked(root: Path) -> None:
    """Two actions in a row print lines that only the two together are known to make."""
    template = (
        '{{ define "two" }}\n{{ .Values.a }}\n{{ .Values.b }}{{ end }}kind: List\nx:{{ include "two" . }}\ny: 1\n'
    )
    write_chart(root / "shop", template)
    (root / "shop" / "values.yaml").write_text('a: "  k: 1\\n  l: 2"\nb: "  m: 3\\n  n: 4"\n')
    lines = run().stdout.splitlines()
    assert next(line for line in lines if line.endswith("  k: 1")).startswith("~shop/templates/x.yaml:")
    assert next(line for line in lines if line.endswith("y: 1")).startswith("shop/templates/x.yaml:")


def test_plain_is_the_text_alone() -> None:
    result = run("--plain", str(CHARTS / "hooks"))
    assert result.exit_code == 0
    documents = list(yaml.split(result.stdout))
    assert len(documents) > 1
    assert all(yaml.load(result.stdout[start:end])[0]["kind"] for start, end in documents)
    assert str(CHARTS) not in result.stdout


def test_one_rendering_a_set_of_values() -> None:
    names = [line for line in run(str(CHARTS / "environments")).stdout.splitlines() if line.startswith("# ")]
    folder = CHARTS / "environments"
    assert names == [
        f"# {folder}{values}"
        for values in ("", " with values-prod.yaml", " with values.local.yaml", " with ci/plain-values.yaml")
    ]


def test_control_characters_are_shown_not_sent(root: Path) -> None:
    write_chart(root / "shop", 'kind: Service\nx: "{{ .Values.x }}"\n')
    (root / "shop" / "values.yaml").write_text('x: "\\e[31m"\n')
    assert "\x1b" not in run().stdout


PROBLEMS = [
    ("a: {{ .Values.x.y }}\n", "klint: shop/templates/x.yaml:1:1: Chart shop does not render: at <.Values.x.y>: nil "),
    ("a: {{ fail `no` }}\n", "klint: shop/templates/x.yaml:1:1: Chart shop does not render: no\n"),
]


@pytest.mark.parametrize(("template", "message"), PROBLEMS)
def test_what_does_not_render_is_said(root: Path, template: str, message: str) -> None:
    """And what does is printed all the same."""
    write_chart(root / "shop", template)
    write_chart(root / "well", "kind: Service\n")
    result = run()
    assert result.exit_code == 2
    assert result.stderr.startswith(message)
    assert "kind: Service" in result.stdout


def test_nothing_to_render() -> None:
    result = run()
    assert result.exit_code == 2
    assert result.stderr == ("klint: There is no chart and no kustomization here. Name a folder that holds one\n")


def test_folder_that_is_not_there() -> None:
    result = run("nowhere")
    assert result.exit_code == 2
    assert result.stderr == "klint: nowhere: There is no such file or folder. Check the path\n"


ODD = "a\u202eb\u200bc"


def test_plain_text_goes_into_a_pipe_as_it_is(root: Path) -> None:
    """kubectl gets what is deployed, to the byte."""
    write_chart(root / "shop", f'kind: ConfigMap\ndata: {{a: "{ODD}"}}\n')
    result = run("--plain")
    assert result.stdout_bytes == f'---\nkind: ConfigMap\ndata: {{a: "{ODD}"}}\n'.encode()


def test_plain_text_that_a_person_sees_is_escaped(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_chart(root / "shop", f'kind: ConfigMap\ndata: {{a: "{ODD}", b: {{{{ "\\x1b[31m" }}}}}}\n')
    monkeypatch.setattr("klint.cli.render._is_seen", lambda: True)
    printed = run("--plain").stdout
    assert printed.count("\n") == 3
    assert not {"\u202e", "\u200b", "\x1b"} & set(printed)
    assert "kind: ConfigMap" in printed

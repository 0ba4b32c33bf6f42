"""Kustomizations that lack something, or have something wrong: what is there is built, the rest is said once."""

from pathlib import Path

import pytest

from klint.engine import lint
from klint.registry import load_rules
from klint.render.kustomize.builder import find_builder
from klint.render.kustomize.kustomizations import Kustomizations
from klint.render.kustomize.rendering import render_kustomization
from klint.render.kustomize.staging.stage import Stage
from klint.render.outcomes import RenderError
from klint.report.text import line
from klint.session import Options, Session
from klint.workspace.rendering import Missing, Sources
from klint.workspace.workspace import Workspace
from tests.sessions import opened

pytestmark = pytest.mark.skipif(find_builder() is None, reason="the extra klint-k8s[kustomize] is not installed")

SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector: {a: b}\n  ports: [{port: 80}]\n"
REMOTE = "https://example.com/base?ref=v1"
GONE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: gone\nspec: {type: NodePort}\n"


class Folder:
    """A workspace to write into, and what is said of it; it is rendered once for what was written last."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._rendered: Workspace | None = None

    def write(self, files: dict[str, str]) -> None:
        self._rendered = None
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def rendered(self) -> Workspace:
        if self._rendered is None:
            self._rendered = Session.of(["."], options=Options(use_cache=False)).workspace
            assert self._rendered.failures == ()
        return self._rendered

    def said(self) -> list[str]:
        return [line(finding) for finding in lint(self.rendered(), load_rules()[0]).findings]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return Folder(tmp_path)


LACKING = {
    "a remote base": (f"resources: [web.yaml, '{REMOTE}']\n", Missing.BASES, "1:23", REMOTE),
    "a remote base over ssh": (
        "resources: [web.yaml, 'ssh://git@example.com/org/base']\n",
        Missing.BASES,
        "1:23",
        "ssh://git@example.com/org/base",
    ),
    "a remote base by scp": (
        "resources: [web.yaml, 'git@example.com:org/base.git']\n",
        Missing.BASES,
        "1:23",
        "git@example.com:org/base.git",
    ),
    "a remote component": (f"resources: [web.yaml]\ncomponents: ['{REMOTE}']\n", Missing.BASES, "2:14", REMOTE),
    "a chart": (
        "resources: [web.yaml]\nhelmCharts: [{name: redis, repo: 'https://example.com'}]\n",
        Missing.CHARTS,
        "2:21",
        "Chart redis of https://example.com is not in the workspace",
    ),
    "a plugin": ("resources: [web.yaml]\ngenerators: [ksops.yaml]\n", Missing.PLUGINS, "2:14", "ksops is left out"),
    "a remote patch": (
        f"resources: [web.yaml]\npatches: [{{path: '{REMOTE}'}}]\n",
        Missing.REMOTE_FILES,
        "2:18",
        REMOTE,
    ),
    "a base outside": (
        "resources: [web.yaml, /usr]\n",
        Missing.OUTSIDE,
        "1:23",
        "/usr is left out: it leads out of the workspace",
    ),
    "a patch outside": (
        "resources: [web.yaml]\npatches: [{path: /etc/hosts}]\n",
        Missing.OUTSIDE,
        "2:18",
        "/etc/hosts is left out: it leads out of the workspace",
    ),
    "a name that is filled in later": (
        "resources: [web.yaml, '${APP}.yaml']\n",
        Missing.PLACEHOLDERS,
        "1:23",
        "${APP}.yaml is filled in later",
    ),
    "a field in other letters": (
        "resources: [web.yaml]\nPatches: [{path: patch.yaml}]\n",
        Missing.FIELDS,
        "2:1",
        "Patches is left out: the field is called patches",
    ),
    "a file that is no text": (
        "resources: [web.yaml, latin.yaml]\n",
        Missing.FILES,
        "1:23",
        "latin.yaml is left out: it is not UTF-8",
    ),
}
SUMMARIES = {
    Missing.BASES: "is linted without its remote bases: --allow-network fetches them",
    Missing.REMOTE_FILES: "is linted without its remote files: keep them in the repository",
    Missing.OUTSIDE: "is linted without its files outside the workspace: lint the folder that holds them all",
    Missing.PLACEHOLDERS: "is linted without its files with placeholders for names: lint what the pipeline makes of it",
    Missing.FIELDS: "is linted without its misspelt fields: write them as kustomize does",
}


@pytest.mark.parametrize("what", LACKING)
def test_what_is_missing_is_a_note_and_the_rest_is_built(folder: Folder, what: str) -> None:
    kustomization, missing, place, words = LACKING[what]
    ksops = "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: {name: x}\n"
    folder.write({"kustomization.yaml": kustomization, "web.yaml": SERVICE, "ksops.yaml": ksops})
    (folder.root / "latin.yaml").write_bytes(b"a: \xe9\n")
    (rendering,) = folder.rendered().renderings
    assert [item.data["metadata"]["name"] for item in rendering.documents] == ["web"]
    assert [gap.missing for gap in rendering.gaps] == [missing]
    (found,) = folder.said()
    assert found.startswith(f"kustomization.yaml:{place}: note: {words}")
    if missing in SUMMARIES:
        assert missing.summary(1) == f"1 kustomization {SUMMARIES[missing]}"


def test_a_patch_whose_target_is_in_what_is_missing_is_left_out(folder: Folder) -> None:
    kustomization = f"resources: [web.yaml, '{REMOTE}']\npatches: [{{path: patch.yaml}}]\nnamePrefix: a-\n"
    folder.write({"kustomization.yaml": kustomization, "web.yaml": SERVICE, "patch.yaml": GONE})
    (rendering,) = folder.rendered().renderings
    assert [item.data["metadata"]["name"] for item in rendering.documents] == ["a-web"]
    assert folder.said()[1] == (
        "patch.yaml:4:9: note: This patch is left out: its target, Service gone, is in what is missing "
        "[incomplete-rendering]"
    )


def test_a_service_that_may_be_in_what_is_missing_is_unknown(folder: Folder) -> None:
    ingress = (
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec:\n  ingressClassName: nginx\n"
        "  defaultBackend: {service: {name: wbe, port: {number: 80}}}\n"
    )
    resources = "resources: [web.yaml, ingress.yaml]\n"
    folder.write({"kustomization.yaml": resources, "web.yaml": SERVICE, "ingress.yaml": ingress})
    assert any("[dangling-backend]" in text for text in folder.said())
    folder.write({"kustomization.yaml": resources.replace("]", f", '{REMOTE}']")})
    assert not any("[dangling-backend]" in text for text in folder.said())


WRONG = {
    "no target": (
        "patches: [{path: patch.yaml}]\n",
        "patch.yaml:4:9: error: This patch has no target: there is no Service gone that it could change",
    ),
    "no target of an inline patch": (
        "patches:\n  - patch: |\n      apiVersion: v1\n      kind: Service\n      metadata:\n        name: gone\n",
        "kustomization.yaml:7:15: error: This patch has no target: there is no Service gone",
    ),
    "no target of an old patch": (
        "patchesStrategicMerge: [patch.yaml]\n",
        "patch.yaml:4:9: error: This patch has no target",
    ),
    "nothing to merge into": (
        "configMapGenerator: [{name: settings, behavior: merge, literals: [a=b]}]\n",
        "kustomization.yaml:2:29: error: There is no settings to merge this into",
    ),
    "an operation on nothing": (
        (
            "patches:\n  - target: {kind: Service}\n    patch: |\n      - op: remove\n        path: /spec/none\n"
            "        value: 1\n"
        ),
        "kustomization.yaml:6:15: error: This patch does not apply: its target has no /spec/none",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_mistake_stands_at_its_line_and_the_rest_is_built(folder: Folder, what: str) -> None:
    text, message = WRONG[what]
    folder.write({"kustomization.yaml": f"resources: [web.yaml]\n{text}", "web.yaml": SERVICE})
    if "patch.yaml" in text:
        folder.write({"patch.yaml": GONE})
    (rendering,) = folder.rendered().renderings
    assert [item.data["metadata"]["name"] for item in rendering.documents] == ["web"]
    (found,) = folder.said()
    assert found.startswith(message)


NO_PATCHES = {
    "a URL": ('patches: [{patch: "HTTP://a.example/q.yaml"}]', "2:19", "it is neither"),
    "a number": ('patches: [{patch: "5", target: {kind: Service}}]', "2:19", "it is neither"),
    "no kind": ('patches: [{patch: "a: b"}]', "2:19", "it is neither"),
    "no name": ('patches: [{patch: "{apiVersion: v1, kind: Service}"}]', "2:19", "it is neither"),
    "in a file": ("patches: [{path: text.yaml}]", "2:18", "it is neither"),
    "no operation": (
        "patches: [{patch: '- {op: put, path: /a}', target: {kind: Service}}]",
        "2:19",
        "there is no operation put",
    ),
    "no JSON": (
        "patches: [{patch: '[{op: remove, path: /a}]', target: {kind: Service}}]",
        "2:19",
        "what starts with [ is",
    ),
    "no target": ("patches: [{patch: '- {op: remove, path: /a}'}]", "2:19", "a list of operations needs a target"),
    "no list": (
        "patchesJson6902: [{path: text.yaml, target: {version: v1, kind: Service, name: web}}]",
        "2:26",
        "it is no list of operations",
    ),
    "beside another": ("patchesStrategicMerge: [good.yaml, text.yaml]", "2:36", "it is no object"),
}


@pytest.mark.parametrize("what", NO_PATCHES)
def test_what_is_no_patch_stands_at_its_entry_and_the_others_are_applied(folder: Folder, what: str) -> None:
    text, place, reason = NO_PATCHES[what]
    good = "apiVersion: v1\nkind: Service\nmetadata: {name: web, labels: {is: patched}}\n"
    more = "" if "Strategic" in text else "patchesStrategicMerge: [good.yaml]\n"
    folder.write(
        {
            "kustomization.yaml": f"resources: [web.yaml]\n{text}\n{more}",
            "web.yaml": SERVICE,
            "text.yaml": "plain text\n",
            "good.yaml": good,
        }
    )
    (rendering,) = folder.rendered().renderings
    assert [item.data["metadata"]["labels"] for item in rendering.documents] == [{"is": "patched"}]
    (found,) = folder.said()
    assert found.startswith(f"kustomization.yaml:{place}: error: kustomize refuses this patch: {reason}")


def test_an_object_that_is_built_twice(folder: Folder) -> None:
    folder.write({"kustomization.yaml": "resources: [web.yaml, b.yaml]\n", "web.yaml": SERVICE, "b.yaml": SERVICE})
    found = [text for text in folder.said() if "[unrendered]" in text]
    assert found == ["b.yaml:4:9: error: Service web is built twice, and kustomize refuses the second [unrendered]"]


def test_a_mistake_of_a_base_is_said_once_and_the_overlays_are_named(folder: Folder) -> None:
    folder.write({"base/kustomization.yaml": "resources: [web.yaml, gone.yaml]\n", "base/web.yaml": SERVICE})
    for name in ("dev", "prod", "test"):
        folder.write({f"{name}/kustomization.yaml": f"resources: [../base]\nnameSuffix: -{name}\n"})
    found = [text for text in folder.said() if "[unrendered]" in text]
    assert found == [
        (
            "base/kustomization.yaml:1:23: error: gone.yaml: there is no such file or folder (met by dev, prod, test) "
            "[unrendered]"
        )
    ]
    assert len([item for item in folder.rendered().renderings if item.documents]) == 3


def test_what_is_missing_of_a_base_is_said_once(folder: Folder) -> None:
    folder.write({"base/kustomization.yaml": f"resources: ['{REMOTE}']\n"})
    for name in ("dev", "prod", "test"):
        folder.write({f"{name}/kustomization.yaml": "resources: [../base]\n"})
    assert len(folder.said()) == 1


PORTS = """\
resources: [web.yaml]
patches:
  - target: {kind: Service, name: web}
    patch: |-

      # the second port
      - op: replace
        path: /spec/ports
        value:
          - port: 80
            targetPort: 8080
            nodePort: 99
"""


def test_a_value_of_an_inline_patch_stands_on_its_line(folder: Folder) -> None:
    folder.write({"kustomization.yaml": PORTS, "web.yaml": SERVICE.replace("spec:", "spec:\n  type: NodePort")})
    (found,) = [text for text in folder.said() if "node-port" in text]
    assert found.startswith("kustomization.yaml:12:23: error: nodePort 99 of Service web")


def test_a_list_that_a_patch_changed_leads_to_the_patch(folder: Folder) -> None:
    patch = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector:\n    a: c\n"
    files = {"kustomization.yaml": "resources: [web.yaml]\npatches: [{path: patch.yaml}]\n", "patch.yaml": patch}
    folder.write({**files, "web.yaml": SERVICE})
    (rendering,) = folder.rendered().renderings
    (document,) = rendering.documents
    assert document.origin
    places = [str(span) for _, span in document.origin.related(document, ("spec", "selector"))]
    assert places == ["patch.yaml:6:3"]
    assert document.origin.related(document, ("spec", "ports")) == ()


def test_what_is_said_is_the_same_twice(folder: Folder) -> None:
    text = "resources: [web.yaml]\nvars: [{name: X, objref: {kind: Pod, name: x, apiVersion: v1}}]\n"
    folder.write(files := {"a/kustomization.yaml": text, "a/web.yaml": SERVICE})
    first = folder.said()
    folder.write(files)
    assert first == folder.said()
    assert not any(str(folder.root) in item or "stage/" in item or "0x" in item for item in first)


def merge(spec: str, kind: str = "Service") -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: web, annotations: {{is: patched}}}}\nspec: {spec}\n"


UNNAMED = {
    "no list": ("{ports: {port: 80}}", "a list is expected, and a mapping found: {port: 80}"),
    "no mapping": ("[1]", "a mapping is expected, and a list found: [1]"),
    "a number": ("{ports: 80}", "a list is expected, and a plain value found: 80"),
    "no strategy": ("{ports: [{port: 80, $patch: put}]}", "unknown patch strategy 'put'"),
}


@pytest.mark.parametrize(
    ("what", "where"), [*((what, 2) for what in UNNAMED), ("no list", 0), ("no list", 1), ("no list", 4)]
)
def test_a_patch_that_kustomize_refuses_without_naming_it(folder: Folder, what: str, where: int) -> None:
    spec, reason = UNNAMED[what]
    names = [f"{number}.yaml" for number in range(5)]
    folder.write({name: merge("{type: ClusterIP}") for name in names})
    folder.write({names[where]: merge(spec), "web.yaml": SERVICE})
    folder.write({"kustomization.yaml": f"resources: [web.yaml]\npatchesStrategicMerge: [{', '.join(names)}]\n"})
    (rendering,) = folder.rendered().renderings
    assert [item.data["metadata"]["annotations"] for item in rendering.documents] == [{"is": "patched"}]
    (found,) = folder.said()
    assert found == (
        f"kustomization.yaml:2:{25 + 8 * where}: error: kustomize refuses this patch: {reason} [unrendered]"
    )


def test_several_patches_that_are_refused_without_being_named(folder: Folder) -> None:
    """Each is found, in a base as well, and by few builds."""
    wrong, right = merge("[1]"), merge("{type: ClusterIP}")
    folder.write({"base/web.yaml": SERVICE, "base/a.yaml": right, "base/b.yaml": wrong, "c.yaml": wrong})
    folder.write({"base/kustomization.yaml": "resources: [web.yaml]\npatches: [{path: a.yaml}, {path: b.yaml}]\n"})
    folder.write({"kustomization.yaml": "resources: [base]\npatches: [{path: c.yaml}]\n"})
    places = [text.partition(": ")[0] for text in folder.said()]
    assert places == ["base/kustomization.yaml:2:34", "kustomization.yaml:2:18"]
    (rendering,) = folder.rendered().renderings
    assert [item.data["spec"]["type"] for item in rendering.documents] == ["ClusterIP"]


def test_a_selector_that_is_no_regular_expression(folder: Folder) -> None:
    files = {"web.yaml": SERVICE, "a.yaml": merge("{type: ClusterIP}")}
    text = "resources: [web.yaml]\npatches: [{path: a.yaml}, {path: a.yaml, target: {name: '(['}}]\n"
    folder.write({"kustomization.yaml": text, **files})
    (found,) = folder.said()
    assert found.startswith("kustomization.yaml:2:34: error: kustomize refuses this patch: error parsing regexp: ")


def test_what_no_patch_makes_is_said_of_the_kustomization(folder: Folder) -> None:
    """Though it has some: each is left out for a trial, and none for good."""
    text = "resources: [web.yaml]\npatches: [{path: a.yaml}]\nsortOptions: {order: none}\n"
    folder.write({"kustomization.yaml": text, "web.yaml": SERVICE, "a.yaml": merge("{type: ClusterIP}")})
    (found,) = folder.said()
    assert found.startswith("kustomization.yaml:3:1: error: kustomize refuses this kustomization: ")


def test_which_patch_is_found_by_halving(folder: Folder) -> None:
    """By as many builds as a search among sorted things takes."""
    names = [f"{number}.yaml" for number in range(64)]
    folder.write({**{name: merge("{type: ClusterIP}") for name in names}, "50.yaml": merge("[1]"), "web.yaml": SERVICE})
    folder.write({"kustomization.yaml": f"resources: [web.yaml]\npatchesStrategicMerge: [{', '.join(names)}]\n"})
    workspace = opened(".")
    kustomizations = Kustomizations(Sources(str, str, workspace.tree))
    root = kustomizations.get(workspace.kustomizations[0])
    assert root
    asked = []

    def build(staged: Stage) -> str | RenderError:
        asked.append(staged)
        is_wrong = any(b"spec: [1]" in data for data in staged.files.values())
        return RenderError("Error: wrong node kind") if is_wrong else "kind: Service\nmetadata: {name: web}\n"

    rendering = render_kustomization(root, kustomizations, build)
    assert [problem.message for problem in rendering.problems] == ["kustomize refuses this patch: wrong node kind"]
    assert root.document.data["patchesStrategicMerge"][50] == "50.yaml"
    assert rendering.problems[0].span == root.span("patchesStrategicMerge", 50)
    assert len(asked) <= 2 + 1 + 6

"""Updates that lint a part of a workspace: what they say is what a new Session says, and they do lint only a part."""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import klint.session
from klint.config.config import Config
from klint.engine import Joined, Report, judge
from klint.findings import Finding
from klint.incremental.local import is_local, outline
from klint.kube.objects import read_resources
from klint.registry import load_rules
from klint.registry.folders import built_in_folder
from klint.render.helm.embedded import EmbeddedHelm
from klint.session import Options, Session
from klint.testing.cases import read_cases
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.workspace.disk import DiskTree
from klint.workspace.overlay import OverlayTree

RULES = load_rules()[0]

APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: SPACE}
spec:
  replicas: 3
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec: {containers: [{name: app, image: "registry.example.com/NAME:1", ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: NAME, namespace: SPACE}
spec: {selector: {app: NAME}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: NAME, namespace: SPACE}
spec:
  ingressClassName: nginx
  tls: [{hosts: [NAME.SPACE.example.com], secretName: NAME-tls}]
  rules:
    - host: NAME.SPACE.example.com
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: NAME, port: {name: http}}}}]}
"""


def words(finding: Finding) -> tuple[Any, ...]:
    related = [(item.message, item.at.span.sort_key) for item in finding.related]
    hops = [(hop.kind, hop.state, str(hop.why), hop.at.span.sort_key, [*map(str, hop.targets)]) for hop in finding.path]
    edits = [(edit.span.sort_key, str(edit)) for edit in finding.fix.edits()] if finding.fix else None
    named = (finding.rule, finding.severity, finding.message, finding.span.sort_key, finding.bundles, finding.key)
    return (*named, str(finding.about), finding.intent is None, related, hops, edits)


def said(report: Report) -> list[Any]:
    """All that a report says, for reports to be compared."""
    return [
        [*map(words, report.findings)],
        [words(item.finding) for item in report.suppressed],
        [*map(words, report.consequences)],
        report.failures,
        [(bundle.name, bundle.target.reasons, [*map(str, bundle.resources)]) for bundle in report.bundles],
        report.workspace.passed_over,
    ]


@pytest.fixture
def linted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many objects were linted, each time that any were."""
    counts: list[int] = []

    def count(workspace: Any, joined: Joined, *rest: Any, **more: Any) -> Report:
        counts.append(len(joined.resources))
        return judge(workspace, joined, *rest, **more)

    monkeypatch.setattr(klint.session, "judge", count)
    return counts


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twelve namespaces with ten files of an app each: 360 objects."""
    monkeypatch.chdir(tmp_path)
    for space in range(12):
        (tmp_path / f"team-{space}").mkdir()
        for app in range(10):
            text = APP.replace("NAME", f"app-{app}").replace("SPACE", f"team-{space}")
            (tmp_path / f"team-{space}" / f"app-{app}.yaml").write_text(text)
    return tmp_path


def anew(session: Session) -> Report:
    return Session(session.tree, session.config, RULES, options=Options(render=False)).report()


def test_the_ways_of_what_a_controller_takes_begin_at_its_own_namespace(root: Path, linted: list[int]) -> None:
    controller = root / "team-7" / "app-0.yaml"
    image = "registry.k8s.io/ingress-nginx/controller:v1"
    controller.write_text(controller.read_text().replace("registry.example.com/app-0:1", image))
    session = Session(DiskTree(root), Config(), RULES)
    session.report()
    linted.clear()
    file = root / "team-3" / "app-4.yaml"
    report = session.update({file: file.read_bytes().replace(b"{name: http}}}", b"{name: web}}}")}, touched=())
    assert max(linted) < 100
    assert "backend-port-mismatch" in [finding.rule for finding in report.findings]
    assert said(report) == said(anew(session))


def test_an_edit_in_a_large_workspace_lints_its_namespace(root: Path, linted: list[int]) -> None:
    session = Session(DiskTree(root), Config(), RULES)
    session.report()
    linted.clear()
    file = root / "team-3" / "app-4.yaml"
    buffer = file.read_bytes().replace(b"targetPort: http", b"targetPort: web")
    report = session.update({file: buffer}, touched=())
    assert linted == [31, 31], "an Ingress of the class, and the namespace before the edit, and after it"
    (found,) = report.findings
    assert (found.rule, found.span.file) == ("target-port-unresolved", "team-3/app-4.yaml")
    assert said(report) == said(anew(session))
    linted.clear()
    assert not session.update({file: buffer.replace(b"targetPort: web", b"targetPort: 8080")}, touched=()).findings
    assert linted == [31], "what the last edit left is known"


def test_routes_that_share_a_host_are_linted_together(root: Path, linted: list[int]) -> None:
    session = Session(DiskTree(root), Config(), RULES)
    session.report()
    linted.clear()
    file = root / "team-3" / "app-4.yaml"
    buffer = file.read_bytes().replace(b"app-4.team-3.example.com", b"app-7.team-5.example.com")
    report = session.update({file: buffer}, touched=())
    assert linted == [61, 61]
    assert "duplicate-route" in {item.rule for item in report.findings}
    assert said(report) == said(anew(session))


def test_what_others_may_look_at_is_linted_with_all(root: Path, linted: list[int]) -> None:
    session = Session(DiskTree(root), Config(), RULES)
    session.report()
    file = root / "team-3" / "app-4.yaml"
    for old, new in (
        ("name: app-4, namespace: team-3", "name: app-5, namespace: team-3"),
        ("selector: {app: app-4},", "type: NodePort, selector: {app: app-4},"),
        ("containerPort: 8080", "containerPort: 8080, hostPort: 80"),
        ("app-4.team-3.example.com", "'*.example.com'"),
        ("registry.example.com/app-4", "traefik"),
        ("replicas: 3", "replicas: ["),
    ):
        linted.clear()
        session.update({file: file.read_text().replace(old, new).encode()}, touched=())
        assert max(linted) > 350, new


def test_files_that_are_touched_on_disk_are_read_again(root: Path, linted: list[int]) -> None:
    session = Session(DiskTree(root), Config(), RULES)
    first = session.report()
    linted.clear()
    file = root / "team-3" / "app-4.yaml"
    assert session.update({}, touched=[file]) is first
    assert linted == []
    text = file.read_text()
    file.write_text(text.replace("targetPort: http", "targetPort: web"))
    assert len(session.update({}, touched=[file]).findings) == 1
    assert linted == [31, 31]
    file.unlink()
    assert not session.update({}, touched=[file]).findings
    file.write_text(text)
    (root / "team-3" / "new.yaml").write_text(text)
    report = session.update({}, touched=[file, root / "team-3"])
    assert linted[-1] == 363
    assert said(report) == said(anew(session))


def test_edits_that_move_objects_lint_what_they_are_tied_to(root: Path, linted: list[int]) -> None:
    session = Session(DiskTree(root), Config(), RULES)
    session.report()
    file = root / "team-3" / "cart.yaml"
    cart = APP.replace("NAME", "cart").replace("SPACE", "team-3")
    around = [31, 34]
    for text in (
        cart,
        cart.replace("labels: {app: cart}", "labels: {app: basket}"),
        cart.replace("service: {name: cart", "service: {name: basket"),
        cart.replace("metadata: {name: cart, namespace: team-3}", "metadata: {name: basket, namespace: team-3}"),
        "---\n".join(cart.split("---\n")[:2]),
        cart.replace("ingressClassName: nginx", "ingressClassName: other"),
    ):
        linted.clear()
        report = session.update({file: text.encode()}, touched=())
        assert linted, text
        assert max(linted) <= max(around), text
        assert said(report) == said(anew(session)), text
    linted.clear()
    moved = session.update({root / "team-3" / "basket.yaml": cart.encode()}, touched=())
    assert linted
    assert max(linted) <= max(around)
    assert said(moved) == said(anew(session))
    linted.clear()
    assert said(session.update({}, touched=())) == said(anew(session))
    assert linted[:-1] == [34, 31]


def test_what_has_the_words_of_other_namespaces_is_linted_with_them(root: Path, linted: list[int]) -> None:
    session = Session(DiskTree(root), Config(), RULES)
    session.report()
    cart = APP.replace("NAME", "cart")
    buffers: dict[Path, bytes | None] = {
        root / "team-3" / "cart.yaml": cart.replace("SPACE", "team-3").encode(),
        root / "team-5" / "basket.yaml": cart.split("---")[0]
        .replace("SPACE", "team-5")
        .replace("cart", "basket")
        .encode(),
    }
    session.update(buffers, touched=())
    linted.clear()
    buffers[root / "team-3" / "cart.yaml"] = (
        cart.replace("SPACE", "team-3").replace("{app: cart}, p", "{app: basket}, p").encode()
    )
    report = session.update(buffers, touched=())
    assert linted == [65], "an Ingress of the class, and two namespaces, which the last edit left known"
    assert any("Deployment team-5/basket has these labels" in item.message for item in report.findings)
    assert said(report) == said(anew(session))


def test_what_may_look_anywhere_is_linted_with_all_that_is_beside_it(root: Path) -> None:
    """A Route of team-5 leads to a Service that another Bundle has; what else team-5 has shows that it has none."""
    head = "{apiVersion: route.openshift.io/v1, kind: Route, metadata: {name: a, namespace: team-5}, spec: "
    (root / "team-5" / "route.yaml").write_text(head + "{to: {kind: Service, name: cart}}}")
    cart = APP.replace("NAME", "cart").replace("SPACE", "other")
    file = root / "far" / "away" / "cart.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(cart)
    session = Session(DiskTree(root), Config(), RULES)
    assert "dangling-backend" not in {item.rule for item in session.report().findings}
    report = session.update({file: cart.replace("cart", "basket").encode()}, touched=())
    assert said(report) == said(anew(session))
    assert "dangling-backend" in {item.rule for item in report.findings}


def test_pods_that_no_service_selects_any_more_may_be_meant_by_others(root: Path) -> None:
    cart = APP.split("---\n")[:2]
    texts = {
        space: "---\n".join(cart).replace("NAME", "cart").replace("SPACE", space) for space in ("team-3", "team-5")
    }
    texts["team-5"] = texts["team-5"].split("---\n")[1]
    for space, text in texts.items():
        (root / space / "cart.yaml").write_text(text)
    session = Session(DiskTree(root), Config(), RULES)
    session.report()
    other = texts["team-3"].replace("spec: {selector: {app: cart}", "spec: {selector: {tier: cart}")
    report = session.update({root / "team-3" / "cart.yaml": other.encode()}, touched=())
    assert said(report) == said(anew(session))
    assert any("Deployment team-3/cart has these labels" in item.message for item in report.findings)


@pytest.fixture
def open_root(root: Path) -> Path:
    """The same without any namespace, each folder a Bundle."""
    for file in root.glob("*/*.yaml"):
        text = file.read_text().replace(f", namespace: {file.parent.name}", "")
        file.write_text(text.replace("app-", f"{file.parent.name}-"))
    return root


def test_what_leaves_its_namespace_open_is_linted_with_its_bundle(open_root: Path, linted: list[int]) -> None:
    session = Session(DiskTree(open_root), Config(), RULES)
    assert len(session.report().bundles) == 12
    file = open_root / "team-3" / "app-4.yaml"
    text = file.read_text()
    for other in (
        text.replace("targetPort: http", "targetPort: web"),
        text.replace("labels: {app: team-3-4}", "labels: {app: basket}"),
        text.replace("service: {name: team-3-4", "service: {name: team-5-4"),
    ):
        linted.clear()
        report = session.update({file: other.encode()}, touched=())
        assert linted, other
        assert max(linted) <= 70, other
        assert said(report) == said(anew(session)), other
    linted.clear()
    new = text.replace("team-3-4", "new")
    report = session.update({file.with_name("new.yaml"): new.encode()}, touched=())
    assert linted
    assert max(linted) <= 73
    assert said(report) == said(anew(session))
    linted.clear()
    other = text.replace("name: team-3-4}", "name: team-3-4, namespace: shop}")
    assert said(session.update({file: other.encode()}, touched=())) == said(anew(session))
    assert max(linted) == 360, "a namespace among what leaves it open may be that of any"


CHART = """\
apiVersion: v1
kind: Service
metadata: {name: NAME, namespace: team-3}
spec:
  type: {{ .Values.spec.type }}
  selector: {app: web}
  ports: [{port: {{ .Values.port }}, nodePort: {{ (.Files.Get "read.yaml" | fromYaml).metadata.name | len }}}]
"""
TYPED = "apiVersion: v1\nkind: Service\nmetadata: {name: typed, namespace: team-5}\nspec: {type: NodePort}\n"


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Grows each time that charts and kustomizations are rendered; new Sessions count besides."""
    if not EmbeddedHelm.is_available():
        pytest.skip("the extra klint-k8s[helm] is not installed")
    times: list[bool] = []
    render = Session._render

    def count(self: Session, *rest: Any, **more: Any) -> Any:
        times.append(True)
        return render(self, *rest, **more)

    monkeypatch.setattr(Session, "_render", count)
    monkeypatch.setattr(klint.session, "FEWEST", 0)
    return times


def write_charts(folder: Path) -> None:
    """Two charts that look into a manifest, one of which a script installs with another manifest as its values."""
    for name in ("one", "two"):
        (folder / name / "templates").mkdir(parents=True)
        (folder / name / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n")
        (folder / name / "values.yaml").write_text("port: 80\nspec: {type: ClusterIP}\n")
        (folder / name / "templates" / "web.yaml").write_text(CHART.replace("NAME", name))
        (folder / name / "read.yaml").write_text(TYPED)
    (folder / "typed.yaml").write_text(TYPED)
    (folder / "install.sh").write_text("helm upgrade --install one ./one -f typed.yaml\n")


def rendered_anew(session: Session) -> list[Any]:
    return said(Session(session.tree, session.config, RULES, paths=session.paths).report())


def opened(root: Path, rendered: list[bool], paths: list[Path] | None = None) -> Session:
    session = Session(DiskTree(root), Config(), RULES, paths=paths)
    session.report()
    rendered.clear()
    return session


def save(session: Session, file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    session.update({}, touched=[file])


def test_a_save_beside_charts_renders_none(root: Path, rendered: list[bool], linted: list[int]) -> None:
    write_charts(root)
    session = opened(root, rendered)
    linted.clear()
    save(session, root / "team-7" / "app-4.yaml", "targetPort: http", "targetPort: web")
    assert not rendered
    assert 0 < max(linted) < 100
    assert session.report().findings
    assert said(session.report()) == rendered_anew(session)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("one/values.yaml", "80", "81"),
        ("two/templates/web.yaml", "app: web", "app: wbe"),
        ("two/Chart.yaml", "1.0.0", "1.0.1"),
        ("install.sh", "./one", "./two"),
        ("typed.yaml", "NodePort", "LoadBalancer"),
        ("two/read.yaml", "name: typed", "name: t"),
        ("team-1/app-1.yaml", "kind: Service", "kind: List"),
        ("team-1/app-1.yaml", "apiVersion: v1\nkind: Service", "apiVersion: argoproj.io/v1alpha1\nkind: Application"),
        ("options.yaml", "kustomize: ''", "kustomize.buildOptions: --load-restrictor LoadRestrictionsNone"),
    ],
)
def test_a_save_of_what_charts_follow_from_renders(
    name: str, old: str, new: str, root: Path, rendered: list[bool]
) -> None:
    write_charts(root)
    options = "{apiVersion: v1, kind: ConfigMap, metadata: {name: argocd-cm}, data: {kustomize: ''}}"
    (root / "options.yaml").write_text(options)
    session = opened(root, rendered)
    save(session, root / name, old, new)
    assert rendered == [True]
    assert said(session.report()) == rendered_anew(session)


def test_a_save_of_what_kept_a_chart_from_rendering_renders(root: Path, rendered: list[bool]) -> None:
    write_charts(root)
    template = root / "one" / "templates" / "web.yaml"
    template.write_text(f'{{{{ if eq .Values.spec.type "NodePort" }}}}{{{{ fail "no" }}}}{{{{ end }}}}\n{CHART}')
    session = opened(root, rendered)
    assert "typed.yaml" not in session.workspace.renderings_of
    save(session, root / "typed.yaml", "NodePort", "LoadBalancer")
    assert rendered == [True]
    assert said(session.report()) == rendered_anew(session)


def test_what_was_typed_in_a_chart_is_rendered_with_the_next_save(root: Path, rendered: list[bool]) -> None:
    write_charts(root)
    session = opened(root, rendered)
    values, file = root / "two" / "values.yaml", root / "team-7" / "app-4.yaml"
    typed: dict[Path, bytes | None] = {values: b"port: 81\nspec: {type: NodePort}\n"}
    session.update(typed, touched=(), render=False)
    session.update(typed, touched=[file], render=False)
    assert not rendered
    report = session.update(typed, touched=[file])
    assert rendered == [True]
    assert said(report) == rendered_anew(session)
    rendered.clear()
    assert session.update(typed, touched=[file]) is report
    assert not rendered


def test_a_new_file_of_a_chart_is_rendered(root: Path, rendered: list[bool]) -> None:
    write_charts(root)
    session = opened(root, rendered)
    (root / "two" / "values-prod.yaml").write_text("spec: {type: NodePort}\n")
    session.update({}, touched=[root / "two" / "values-prod.yaml"])
    assert rendered == [True]
    assert said(session.report()) == rendered_anew(session)


def test_charts_made_of_what_nobody_watches_are_rendered_with_every_save(root: Path, rendered: list[bool]) -> None:
    write_charts(root)
    (root / "team-7" / "install.sh").write_text("helm upgrade --install one ../one -f ../typed.yaml\n")
    session = opened(root, rendered, [root / "one", root / "team-7"])
    save(session, root / "team-7" / "app-4.yaml", "targetPort: http", "targetPort: web")
    assert rendered == [True]
    assert said(session.report()) == rendered_anew(session)


def test_after_any_saves_a_report_is_that_of_a_new_session(
    root: Path, rendered: list[bool], request: pytest.FixtureRequest
) -> None:
    """Few files are linted, and saved in any order with what was typed in others."""
    is_fuzzed = request.config.getoption("--fuzz")
    chance = random.Random(None if is_fuzzed else 1)  # noqa: S311 -- edits are no secrets
    write_charts(root)
    charts = [root / name / file for name in ("one", "two") for file in ("values.yaml", "templates/web.yaml")]
    plain = [root / f"team-{number}" / "app-1.yaml" for number in range(4)]
    first = {file: file.read_text() for file in (*charts, *plain, root / "typed.yaml", root / "two" / "read.yaml")}
    session = opened(root, rendered, [root / "one", root / "two", root / "typed.yaml", root / "install.sh", *plain])
    apart = 0
    for number in range(200 if is_fuzzed else 16):
        file = chance.choice(plain if chance.random() < 0.6 else [*first])
        text = first[file] if chance.random() < 0.3 else edited(chance, file.read_text() or first[file])
        if chance.random() < 0.3:
            session.update({file: text.encode()}, touched=(), render=False)
            continue
        file.write_text(text)
        rendered.clear()
        report = session.update({}, touched=[file])
        apart += not rendered
        assert said(report) == rendered_anew(session), number
    assert apart, "some saves render nothing"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".gitignore", "new*\n"),
        ("team-3/.gitignore", "*.yaml\n!app-*\n"),
        ("team-3/kustomization.yaml", "resources: [app-1.yaml]\n"),
        ("team-3/Chart.yaml", "apiVersion: v2\nname: team\nversion: 1.0.0\n"),
    ],
)
def test_a_new_file_that_may_not_be_linted_has_all_looked_at(
    name: str, text: str, root: Path, linted: list[int]
) -> None:
    (root / name).write_text(text)
    session = Session(DiskTree(root), Config(), RULES, options=Options(render=False))
    session.report()
    linted.clear()
    new = APP.replace("NAME", "new").replace("SPACE", "team-3").replace("targetPort: http", "targetPort: web")
    report = session.update({root / "team-3" / "new.yaml": new.encode()}, touched=())
    assert said(report) == said(anew(session))
    assert max(linted) > 350


def test_a_file_beside_those_that_are_named_is_not_linted(root: Path) -> None:
    paths = sorted(root.glob("team-*/app-*.yaml"))
    session = Session(DiskTree(root), Config(), RULES, paths=paths)
    before = said(session.report())
    new = APP.replace("NAME", "new").replace("SPACE", "team-3").replace("targetPort: http", "targetPort: web")
    assert said(session.update({root / "team-3" / "new.yaml": new.encode()}, touched=())) == before


def objects(text: str) -> Iterator[Any]:
    for document in read_documents(Source("a.yaml", text)):
        yield from read_resources(document, {})


def test_what_is_local_shows_others_nothing_of_its_ports_and_hosts() -> None:
    text = APP.replace("NAME", "web").replace("SPACE", "shop")
    other = re.sub(r"\b(80|8080|3)\b", "81", text).replace("web:1", "web:2").replace("/,", "/x,")
    found = [*objects(text)]
    assert all(map(is_local, found))
    assert [*map(outline, found)] == [*map(outline, objects(other))]


HOSTS = ("shop.example.com", "blog.example.com", "a.example.com", "Shop.example.com")
PORTS = ("80", "81", "443", "8080", "5432", "http", "web", "htttp", "70000")
VALUES = {
    **dict.fromkeys(("containerPort", "port", "targetPort", "number"), PORTS),
    "replicas": ("0", "1", "3"),
    "host": HOSTS,
    "secretName": ("tls", "web-tls", "web-tl"),
    "path": ("/", "/api", "/web", "api"),
    "pathType": ("Prefix", "Exact", "ImplementationSpecific"),
    "protocol": ("TCP", "UDP", "http"),
}
_VALUE = re.compile(rf"\b({'|'.join(VALUES)}): *([^,}}\]\n{{\[#]+)")
_NAMED = re.compile(r"metadata: \{name: ([\w.-]+)(?=[,}])")


_WORD = re.compile(r"\b[a-z][a-z0-9-]*\b")


def edited(chance: random.Random, text: str) -> str:
    """A text with one value changed, or one word wherever it stands or once; at times with a line or an object more or
    less, or broken."""
    values, documents = list(_VALUE.finditer(text)), text.split("\n---\n")
    kind = chance.random()
    if values and kind < 0.4:
        found = chance.choice(values)
        return text[: found.start(2)] + chance.choice(VALUES[found[1]]) + text[found.end(2) :]
    if kind < 0.8:
        words = [found for found in _WORD.finditer(text) if found[0] in WORDS]
        if words:
            found, other = chance.choice(words), chance.choice(WORDS)
            if chance.random() < 0.4:
                return re.sub(rf"\b{found[0]}\b", other, text)
            return text[: found.start()] + other + text[found.end() :]
    if kind < 0.9:
        index = chance.randrange(len(documents))
        documents[index : index + 1] = chance.choice(([], [documents[index]] * 2))
        return "\n---\n".join(documents)
    lines = text.split("\n")
    index = chance.randrange(len(lines))
    lines[index : index + 1] = chance.choice(([], [lines[index]] * 2, [lines[index].replace("web", "wbe")], ["a: ["]))
    return "\n".join(lines)


WORDS = ("web", "shop", "api", "app", "blog", "pay", "db", "backend", "frontend", "web-svc", "shop-web", "wbe", "http")


def cases() -> list[dict[str, str]]:
    """The small workspaces of plain manifests that the cases of rules are."""
    found = []
    for file in sorted(built_in_folder().glob("*/*/cases.txt")):
        for case in read_cases(file.read_text("utf-8"), str(file)):
            if all(name.endswith(".yaml") and "ustom" not in name and "hart" not in name for name in case.files):
                found.append(case.files)
    return found


def several_apps(chance: random.Random, folder: Path) -> dict[Path, str]:
    """Files of apps and of cases, in namespaces that they share; or each folder for a namespace that is left open."""
    texts: dict[Path, str] = {}
    share = chance.choice((0, 0.3, 1))
    apps = [{name: APP.replace("NAME", name)} for name in ("web", "api", "app", "shop-web", "db", "backend", "web-svc")]
    for number, files in enumerate([*apps, *chance.sample(CASES, 2)]):
        space = chance.choice(("shop", "blog", "pay"))
        is_open = chance.random() < share
        for name, text in files.items():
            file = folder / (space if is_open else chance.choice((space, "all"))) / f"{number}-{Path(name).stem}.yaml"
            text = text.replace(", namespace: SPACE", "").replace("SPACE", space)
            texts[file] = text if is_open else _NAMED.sub(rf"metadata: {{name: \1, namespace: {space}", text)
    return texts


EDITS = 20
"""Of one workspace: after many more, little is left of it that can be linted in part."""


@pytest.mark.parametrize("seed", range(3))
def test_after_any_edit_a_report_is_that_of_a_new_session(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Workspaces of several apps and cases, however small they are."""
    monkeypatch.setattr(klint.session, "FEWEST", 0)
    is_fuzzed = request.config.getoption("--fuzz")
    chance = random.Random(None if is_fuzzed else seed)  # noqa: S311 -- edits are no secrets
    apart, workspaces = 0, 50 if is_fuzzed else 1
    for number in range(workspaces):
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        apart += linted_in_part(chance, folder)
    assert apart * 5 > workspaces * EDITS, "many edits lint a part alone"


def linted_in_part(chance: random.Random, folder: Path) -> int:
    """How many random edits of a workspace were followed by a look at a part alone; each is checked."""
    texts = several_apps(chance, folder)
    for file, text in texts.items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    first, gone, apart = dict(texts), dict[Path, str](), 0
    session = Session(DiskTree(folder), Config(), RULES)
    session.report()
    for number in range(EDITS):
        kind = chance.random()
        if gone and kind < 0.1:
            file = chance.choice([*gone])
            texts[file.parent.parent / chance.choice((file.parent.name, "shop", "new")) / file.name] = gone.pop(file)
        elif len(texts) > 3 and kind < 0.2:
            file = chance.choice([*texts])
            gone[file] = texts.pop(file)
            if kind < 0.15:
                texts[file.with_name(f"{number % 10}-moved.yaml")] = gone.pop(file)
        else:
            file = chance.choice([*texts])
            texts[file] = first.get(file, texts[file]) if kind < 0.4 else edited(chance, texts[file])
        buffers = {file: texts[file].encode() if file in texts else None for file in {*first, *texts}}
        report = session.update(buffers, touched=(), render=False)
        apart += session._divided is not None
        assert said(report) == said(Session(OverlayTree(DiskTree(folder), buffers), Config(), RULES).report()), number
    return apart


CASES = cases()

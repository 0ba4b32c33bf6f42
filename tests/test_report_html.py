"""klint report: what the page tells, that nothing in manifests becomes markup, and that it ends."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from klint import Severity
from klint.baseline.entries import Entry, Known
from klint.cli.commands import klint
from klint.engine import Report
from klint.errors import Failure
from klint.exposure.audience import Who
from klint.hops import State
from klint.maps.areas import exposure_map
from klint.maps.openings import Opening, openings
from klint.registry import load_rules
from klint.report.html import pictures
from klint.report.html import report as page
from klint.report.html.opened import opened_section
from klint.report.html.pictures import map_section
from klint.report.html.report import render
from klint.report.layers import Environments
from klint.session import Options, Session
from klint.workspace.rendering import Gap, Missing, Rendering
from klint.workspace.unfollowed import Unfollowed
from klint.workspace.workspace import PassedOver
from tests.conftest import graph_of_text
from tests.manifests import DEPLOYMENT, INGRESS, SERVICE
from tests.reports import finding, report_of
from tests.test_html_page import Parsed

EXAMPLE = Path(__file__).parents[1] / "example"
TODAY = date(2031, 1, 2)
RULES = load_rules()[0]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(klint, ["report", *arguments], catch_exceptions=False)


def report_on(*paths: Path) -> Report:
    options = Options(render=False)
    return Session.of([str(path) for path in paths], RULES, known=RULES, options=options, today=TODAY).report()


def sections(text: str) -> dict[str, str]:
    """What a reader sees of each section, by its id."""
    parts = re.split(r'<section aria-labelledby="([^"]*)">', text.partition("</main>")[0])
    return {name: seen(part) for name, part in zip(parts[1::2], parts[2::2], strict=True)}


def seen(markup: str) -> str:
    text = re.sub(r"<[^>]*>", "", re.sub(r"<(/?)(li|p|td|th|h\d|div|pre|summary)\b", r" <\1\2", markup))
    for name, character in {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#58;": ":", "&#35;": "#", "&amp;": "&"}.items():
        text = text.replace(name, character)
    return " ".join(text.split())


@pytest.fixture(scope="module")
def example() -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(EXAMPLE.parent)
        return render(report_on(Path("example")), "example", TODAY)


TOLD = [
    ("summary", "It found 7 errors, 4 warnings. 1 more is silenced."),
    ("summary", "Open to the world 1 audience unknown 2 a private network 5"),
    ("summary", "Findings Production Local External entry 1 error 2 errors 1 warning Traffic distribution"),
    ("summary", "example/production production eks, Kubernetes 1.34"),
    ("opened", "LoadBalancer 80, 443 of Service traefik/traefik example/production/traefik.yaml:63:13 production"),
    ("opened", "production the world AWS Load Balancer Controller reads service.beta.kubernetes.io/aws-load"),
    ("opened", "shop.example.com, status.shop.example.com Deployment traefik/traefik, Deployment shop/storefront"),
    ("opened", "4 references broken"),
    ("findings", "External entry where requests come into the cluster Production 1 error"),
    ("findings", "error hostPort 8443 exposes Deployment shop/payments on its node, bypassing Services and Ingress"),
    ("findings", "example/production/payments.yaml:25:25 25 hostPort: 8443"),
    ("findings", "line 7: 3 replicas An application in production that exposes a port on its node"),
    ("findings", "distribution Service shop/orders line 29 ✗ port http/TCP of the pods: Deployment shop/orders names"),
    ("unseen", "No Kubernetes manifest: 1 file"),
    ("silenced", "hostPort 3478/UDP exposes StatefulSet shop/turn on its node"),
    ("silenced", "browsers must see the node's own address no end comment example/production/video.yaml:25:30"),
    ("rules", "backend-port-mismatch A route to a port that its Service does not have. 1 finding"),
    ("rules", "On the web Why "),
]


@pytest.mark.parametrize(("section", "told"), TOLD)
def test_what_is_told_of_the_example(example: str, section: str, told: str) -> None:
    assert told in sections(example)[section]


def test_a_span_is_marked(example: str) -> None:
    assert "hostPort: <mark>8443</mark></span></pre>" in example
    assert example.count("<mark>") == 11


def parsed(text: str) -> Parsed:
    """The page, of which every element is closed, every id is there once, and every link within it leads somewhere."""
    found = Parsed(text)
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] or "" for attributes in found.attributes("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert "script" not in dict(found.elements)
    assert not [name for _, attributes in found.elements for name in attributes if name.startswith("on")]
    return found


def test_the_page_is_whole_and_the_same_again(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed(example)
    monkeypatch.chdir(EXAMPLE.parent)
    assert render(report_on(Path("example")), "example", TODAY) == example
    assert "2 January 2031" in example


def test_the_map_is_pictures_within_the_page(example: str) -> None:
    found = parsed(example)
    images = [(attributes["alt"], str(attributes["src"]).split(",", 1)) for attributes in found.attributes("img")]
    assert [alt for alt, _ in images] == [
        "Map of example/production (production, eks)",
        "Map of example/local (local, kind)",
    ]
    for _, (kind, data) in images:
        assert kind == "data:image/svg+xml;base64"
        assert b"<svg " in b64decode(data, validate=True)
    (policy,) = (item["content"] for item in found.attributes("meta") if "http-equiv" in item)
    assert "; img-src data:; " in str(policy)


def test_pictures_for_which_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = exposure_map([graph_of_text(f"{LOAD_BALANCER}---\n{DEPLOYMENT}")], [])
    assert "<img " in map_section(drawn)
    monkeypatch.setattr(pictures, "ROOM", 100)
    assert seen(map_section(drawn)) == (
        "Map There is no room for 1 other bundle. klint map makes a page of the map alone, which can be searched."
    )


def test_nothing_found() -> None:
    told = sections(render(report_of(), "example", TODAY))
    assert told["findings"] == "Findings Nothing was found."
    assert told["opened"].endswith("Nothing here is open from outside the cluster.")
    assert told["map"].endswith("There is nothing to draw.")
    assert told["unseen"].endswith("Everything that klint met was.")
    assert told["silenced"].endswith("Nothing is.")
    assert told.keys() == {"summary", "opened", "map", "findings", "unseen", "silenced"}
    parsed(render(report_of(), "example", TODAY))


# What is data stays data

EVIL = "</section><script>alert(1)</script><img src=x onerror=alert(1)>"


def test_markup_in_manifests_stays_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = SERVICE.replace("name: web", f"name: '{EVIL}'").replace("spec:", "spec:\n  type: LoadBalancer")
    ingress = INGRESS.replace("web.example.com", f"'{EVIL}'").replace("name: web", f"name: '{EVIL}'")
    ignored = DEPLOYMENT.replace(
        "image: registry.example/web:1.0", f"ports: [{{containerPort: 1, hostPort: 1}}] # klint: ignore {EVIL}"
    )
    folder = tmp_path / "<script>alert(1)"
    folder.mkdir()
    (folder / "web.yaml").write_text(f"{service}---\n{ingress}---\n{ignored}---\n'{EVIL}: [")
    monkeypatch.chdir(tmp_path)
    report = report_on(tmp_path)
    assert report.findings
    assert report.suppressed
    text = render(report, "example", TODAY, [EVIL])
    parsed(text)
    assert text.count(EVIL) == 0
    for name in ("opened", "findings", "silenced", "unseen"):
        assert EVIL in sections(text)[name]


def test_characters_that_are_not_seen_are_spelled_out() -> None:
    text = render(
        report_of(finding("a\u202eb\n::error::c \udc80"), failures=(Failure("\x1b[2J", "x"),)), "example", TODAY
    )
    assert r"a\u202eb\n::error::c \udc80" in sections(text)["findings"]
    assert r"\x1b[2J: x" in sections(text)["unseen"]
    assert not re.search(r"^\s*::", text.split("<body>")[1], re.MULTILINE)


# How much of it


@pytest.mark.parametrize(
    ("limit", "kinds"),
    [(400_000, {"full"}), (205_000, {"full", "brief"}), (80_000, {"full", "brief", "left"})],
)
def test_what_there_is_no_room_for(limit: int, kinds: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "LIMIT", limit)
    found = [
        finding(f"No. {number} " + "é" * 200, Severity.NOTE if number % 3 else Severity.ERROR, line=number + 1)
        for number in range(240)
    ]
    text = render(report_of(*found), "example", TODAY)
    assert len(text.encode()) <= limit
    parsed(text)
    told = sections(text)["findings"]
    full, brief = text.count("<article "), len(re.findall(r'<li id="finding-', text))
    assert {"full": full, "brief": brief, "left": 240 - full - brief}.keys() >= kinds
    assert [bool(full), bool(brief), full + brief < 240] == [name in kinds for name in ("full", "brief", "left")]
    assert full < 80 or all(f"No. {number} " in told for number in range(0, 240, 3))  # the worst go first
    if kinds != {"full"}:
        assert f"There is no room for all of 240 findings: the worst {full} are told in full, {brief} in a line" in told


def test_findings_that_are_alike_have_ids_of_their_own() -> None:
    parsed(render(report_of(finding(), finding(), finding()), "example", TODAY))


def test_lists_end() -> None:
    report = report_of(failures=tuple(Failure(f"f{number}", "It broke") for number in range(300)))
    told = sections(render(report, "example", TODAY))
    assert "klint could not do all of its job: 300 failures. What was not analysed says which." in told["summary"]
    assert "f199: It broke and 100 more" in told["unseen"]


# What was not analysed, and what is silenced


def test_what_was_not_analysed() -> None:
    report = report_of(finding("It is no YAML", rule="syntax-error"))
    lacking = [
        Rendering("shop", (), (), gaps=(Gap(Missing.DEPENDENCIES, Path("/charts/shop")),)),
        Rendering("blog", (), (), gaps=(Gap(Missing.BASES, Path("/blog")),)),
    ]
    workspace = replace(
        report.workspace,
        renderings=tuple(lacking),
        unfollowed=(Unfollowed("HelmRelease", "db", "db.yaml", "its chart is not in the workspace"),) * 2,
        passed_over=(PassedOver("b.txt", "no manifest"), PassedOver("a.txt", "no manifest"), PassedOver("c", "a link")),
    )
    told = sections(render(replace(report, workspace=workspace), "example", TODAY, ["dangling-backend"]))["unseen"]
    assert told == (
        "What was not analysed "
        "What could not be read or rendered web.yaml:1:4: It is no YAML "
        "What charts and kustomizations were read without What these may hold is taken for unknown, never for missing. "
        "1 kustomization is linted without its remote bases: --allow-network fetches them /blog "
        "1 chart is linted without its dependencies: run helm dependency build /charts/shop "
        "What is deployed and was not linted db.yaml HelmRelease db: its chart is not in the workspace "
        "Files that were passed over No manifest: 2 files a.txt b.txt A link: 1 file c "
        "Rules that did not run 1 rule dangling-backend"
    )


def test_what_is_silenced_and_until_when(tmp_path: Path) -> None:
    opened = DEPLOYMENT.replace("image: registry.example/web:1.0", "ports: [{containerPort: 1, hostPort: 1}]")
    (tmp_path / "web.yaml").write_text(opened)
    (tmp_path / ".klint.yaml").write_text(
        "targets: [{path: /, environment: production}]\n"
        "suppress: [{rule: host-port-in-production, name: web, reason: nodes are private, expires: '2031-01-02'}]\n"
    )
    told = sections(render(report_on(tmp_path), "example", TODAY))["silenced"]
    assert "1 finding by 1 ignore or declaration." in told
    assert re.search(r"nodes are private 2031-01-02 configuration \S*\.klint\.yaml:2:\d+$", told)


def test_what_is_no_news() -> None:
    stale = Entry("1" * 32, "dangling-backend", "Service web", "old.yaml", "It was so", count=2)
    known = (
        Known("baseline", ".klint-baseline.yaml", (finding("It is known"),), (stale,)),
        Known("revision", "main", (finding("It was there"), finding("It was there"))),
    )
    told = sections(render(replace(report_of(), known=known), "example", TODAY))
    assert "3 more are no news." in told["summary"]
    assert told["silenced"] == (
        "What is silenced "
        "In the baseline 1 finding is known from the baseline .klint-baseline.yaml, and told here alone. "
        "error It is known web.yaml:1:4 dangling-backend "
        "No longer there klint baseline --prune takes 2 findings out. old.yaml It was so dangling-backend, 2 times "
        "There before 2 findings are known from main, and told here alone. "
        "error It was there web.yaml:1:4 dangling-backend error It was there web.yaml:1:4 dangling-backend"
    )


# What is open


def opened(manifests: str, config: str = "") -> list[Opening]:
    return openings(exposure_map([graph_of_text(manifests, config)], []))


LOAD_BALANCER = SERVICE.replace("spec:", "spec:\n  type: LoadBalancer").replace(
    "    - port: 80\n", "    - {name: a, port: 80}\n    - {name: b, port: 443, targetPort: 80}\n"
)


def test_ports_that_lead_to_the_same_are_one_opening() -> None:
    (found,) = opened(f"{LOAD_BALANCER}---\n{DEPLOYMENT}")
    assert [str(stop.entry) for stop in found.stops] == [
        "LoadBalancer 80 of Service web",
        "LoadBalancer 443 of Service web",
    ]
    assert [str(stop.resource) for stop in found.passed] == ["Service web", "Deployment web"]
    assert [str(stop.resource) for stop in found.ends] == ["Deployment web"]
    assert (found.hosts, found.routes, found.broken) == ((), (), 0)


def test_what_does_not_lead_on_is_counted() -> None:
    (found,) = opened(f"{LOAD_BALANCER}---\n{DEPLOYMENT.replace('labels: {app: web}', 'labels: {app: wab}')}")
    assert found.broken == 1
    assert [str(stop.resource) for stop in found.passed] == ["Service web"]
    assert found.ends == ()


def test_hosts_are_those_of_the_routes_behind() -> None:
    found = opened(f"{INGRESS}---\n{SERVICE}---\n{DEPLOYMENT}")
    assert [opening.hosts for opening in found] == [("web.example.com",)]
    assert [stop.state for opening in found for stop in opening.ends] == [State.RESOLVED]


@pytest.mark.parametrize("host", ["    - http:", "    - host: '*'\n      http:"])
def test_routes_without_a_host_take_any(host: str) -> None:
    ingress = INGRESS.replace("    - host: web.example.com\n      http:", host)
    assert seen(opened_section(opened(f"{ingress}---\n{SERVICE}"))).endswith("is not known any pods with app=web")


def test_the_widest_audience_is_first() -> None:
    config = "targets: [{path: /, platform: eks}]"
    scheme = "service.beta.kubernetes.io/aws-load-balancer-scheme"
    services = [
        LOAD_BALANCER.replace("name: web", f"name: {name}\n  annotations: {{{scheme}: {word}}}", 1)
        for name, word in (("own", "internal"), ("all", "internet-facing"))
    ]
    found = opened("---\n".join((*services, DEPLOYMENT)), config)
    assert [opening.audience.who for opening in found] == [Who.WORLD, Who.UNKNOWN]


def test_circles_end() -> None:
    proxies = "".join(
        f"---\napiVersion: projectcontour.io/v1\nkind: HTTPProxy\nmetadata: {{name: {name}}}\n"
        f"spec: {{virtualhost: {{fqdn: {name}.example.com}}, includes: [{{name: {other}}}]}}\n"
        for name, other in (("a", "b"), ("b", "a"))
    )
    assert all(len(opening.passed) <= 3 for opening in opened(proxies))


# The environments of findings


def test_a_finding_is_in_the_environment_that_matters_most(tmp_path: Path) -> None:
    text = DEPLOYMENT.replace("image: registry.example/web:1.0", "ports: [{containerPort: 1, hostPort: 1}]")
    for name in ("staging", "production"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "web.yaml").write_text(text)
    report = report_on(tmp_path)
    environments = Environments(report)
    assert {environments.of(item) for item in report.findings} == {"production", "staging"}
    of_both = replace(report.findings[0], bundles=tuple(bundle.name for bundle in report.bundles))
    assert environments.of(of_both) == "production"
    assert environments.of(finding()) == ""


# The command


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with one finding."""
    (tmp_path / "web.yaml").write_text(INGRESS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_writes_a_page_whatever_is_in_it(shop: Path) -> None:
    result = run("--closed-world")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "klint: klint-report.html is written\n")
    text = (shop / "klint-report.html").read_text("utf-8")
    assert "dangling-backend" in sections(text)["rules"]
    assert run("--closed-world", "--select", "entry").exit_code == 0
    again = (shop / "klint-report.html").read_text("utf-8")
    assert "dangling-backend" in sections(again)["unseen"]  # it did not run
    assert [file.name for file in shop.iterdir() if file.name.endswith(".tmp")] == []


def test_it_prints_or_writes_elsewhere(shop: Path) -> None:
    printed = run("-o", "-")
    assert (printed.exit_code, printed.stderr) == (0, "")
    assert run("--output-file", "out/page.html").exit_code == 0
    assert (shop / "out" / "page.html").read_text("utf-8") == printed.stdout


@pytest.mark.parametrize("text", ["<!DOCTYPE html>\n<html>mine</html>", "x", '<meta name="generator" content="other">'])
def test_what_is_no_page_of_klints_is_not_replaced(shop: Path, text: str) -> None:
    file = shop / "klint-report.html"
    file.write_text(text)
    result = run()
    assert result.exit_code == 2
    assert result.stderr == (
        "klint: klint-report.html: This is no page of klint's, and is not replaced by one. "
        "Choose another file with --output-file\n"
    )
    assert file.read_text() == text


def test_a_folder_is_no_place_for_it(shop: Path) -> None:
    result = run("-o", str(shop))
    assert result.exit_code == 2
    assert "is not replaced by one" in result.stderr


def test_what_klint_could_not_do_is_on_the_page_and_in_the_exit_code(shop: Path) -> None:
    (shop / "gone.yaml").symlink_to(shop / "nowhere")
    result = run("web.yaml", "gone.yaml")
    assert result.exit_code == 2
    assert "gone.yaml" in result.stderr
    assert "gone.yaml" in sections((shop / "klint-report.html").read_text("utf-8"))["unseen"]


def test_what_the_baseline_knows_is_told_apart(shop: Path) -> None:
    assert CliRunner().invoke(klint, ["baseline", "--closed-world"]).exit_code == 0
    assert run("--closed-world", "--baseline", ".klint-baseline.yaml").exit_code == 0
    told = sections((shop / "klint-report.html").read_text("utf-8"))
    assert told["findings"] == "Findings Nothing was found."
    assert "dangling-backend" in told["silenced"]

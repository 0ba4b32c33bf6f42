"""The text report: what a person sees, to the letter."""

import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from textwrap import dedent

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint import Finding, Graph, Related, Severity, Source, Span, rule
from klint.engine import Report
from klint.errors import Failure
from klint.hops import Hop, HopKind, State
from klint.kube.ref import Ref
from klint.kube.resource import Resource
from klint.reasons import Reason, why
from klint.registry import Rule
from klint.report import Options, render
from klint.report.text import line
from klint.report.words import wanted
from klint.session import Session

SHOP = {
    "production/traefik.yaml": """\
        apiVersion: networking.k8s.io/v1
        kind: IngressClass
        metadata:
          name: traefik
        spec:
          controller: traefik.io/ingress-controller
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: traefik
        spec:
          selector:
            matchLabels: {app: traefik}
          template:
            metadata:
              labels: {app: traefik}
            spec:
              containers:
                - name: traefik
                  image: traefik:v3.5
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: traefik
        spec:
          type: LoadBalancer
          selector: {app: traefik}
          ports:
            - port: 443
        """,
    "production/shop.yaml": """\
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: shop
        spec:
          ingressClassName: traefik
          rules:
            - host: shop.example.com
              http:
                paths:
                  - path: /
                    pathType: Prefix
                    backend:
                      service:
                        name: web
                        port:
                          number: 80
                  - path: /cart
                    pathType: Prefix
                    backend:
                      service:
                        name: carts
                        port:
                          number: 80
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
        spec:
          selector: {app: web}
          ports:
            - port: 80
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: cart
          annotations:
            klint.dev/ignore: "service-name: it is not ours to rename"
        spec:
          selector: {app: cart}
          ports:
            - port: 80
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
        spec:
          selector:
            matchLabels: {app: web}
          template:
            metadata:
              labels: {app: web}
            spec:
              containers:
                - name: web
                  image: web:1
        """,
    "production/values.yaml": "image: web\n",
    ".klint.yaml": """\
        targets:
          - path: "production/**"
            platform: eks
            kubernetes: "1.34"
        """,
}


@rule(severity="error")
def dead_end(graph: Graph) -> Iterator[Finding]:
    """Fires at every hop that does not lead on, with the whole path."""
    for path in dict.fromkeys(way.hops for way in graph.ways):
        hop = path[-1]
        if hop.state is not State.RESOLVED:
            related = (Related("the route", hop.source.place),)
            severity = Severity.ERROR if hop.state is State.BROKEN else Severity.NOTE
            told = (*path[:-1], replace(hop, why=why(Reason.SAID, "it is spelled otherwise")))
            yield Finding(f"{hop.source} leads to {wanted(hop)}, which is not there", hop.at, related, told, severity)


@rule(severity="warning")
def open_entry(graph: Graph) -> Iterator[Finding]:
    """Fires at the entry of every path that reaches pods."""
    for path in dict.fromkeys(way.hops for way in graph.ways):
        if path[-1].state is State.RESOLVED:
            yield Finding(f"{path[-1].targets[0]} is open to the world", path[0].at, (), path)


@rule(severity="note")
def service_name(graph: Graph) -> Iterator[Finding]:
    """Fires at Services."""
    for service in graph.services:
        yield Finding(f"{service} is a Service", service.place)


RULES = [
    Rule("dead-end", "routing", dead_end, Path("rules/routing/dead_end"), "pack"),
    Rule("open-entry", "entry", open_entry, Path("rules/entry/open_entry"), "pack"),
    Rule("service-name", "distribution", service_name, Path("rules/distribution/service_name"), "pack"),
]

Lint = Callable[..., Report]


@pytest.fixture
def lint_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lint:
    def lint_files(files: dict[str, str], *rules: str) -> Report:
        monkeypatch.chdir(tmp_path)
        for name, text in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(dedent(text), "utf-8")
        chosen = [item for item in RULES if item.name in rules]
        return Session.of(["."], chosen, known=RULES, today=date(2026, 1, 1)).report()

    return lint_files


def text(report: Report, **options: bool | str) -> str:
    return render("text", report, Options(**options))  # type: ignore[arg-type]


def shown(expected: str) -> str:
    return dedent(expected).lstrip("\n")


def test_full(lint_files: Lint) -> None:
    assert text(lint_files(SHOP, "dead-end", "open-entry")) == shown(
        """
        production/shop.yaml:22:23: error: Ingress shop leads to Service carts, which is not there [dead-end]
         22 │                 name: carts
            │                       ^^^^^
            see line 4: the route
            distribution   Service traefik       production/traefik.yaml:26
            workload     ↓ Deployment traefik    production/traefik.yaml:11
            routing      ↓ IngressClass traefik  production/traefik.yaml:4
            routing      ↓ Ingress shop          line 4
                         ✗ Service carts: it is spelled otherwise

        production/traefik.yaml:28:9: warning: Deployment traefik is open to the world [open-entry]
         28 │   type: LoadBalancer
            │         ^^^^^^^^^^^^
            entry          LoadBalancer
            distribution ↓ Service traefik     line 26
            workload     ↓ Deployment traefik  line 11

        production/traefik.yaml:28:9: warning: Deployment web is open to the world [open-entry]
         28 │   type: LoadBalancer
            │         ^^^^^^^^^^^^
            distribution   Service traefik       line 26
            workload     ↓ Deployment traefik    line 11
            routing      ↓ IngressClass traefik  line 4
            routing      ↓ Ingress shop          production/shop.yaml:4
            distribution ↓ Service web           production/shop.yaml:29
            workload     ↓ Deployment web        production/shop.yaml:49

        1 error, 2 warnings in 2 files, 1 bundle
        """
    )


def test_concise(lint_files: Lint) -> None:
    assert text(lint_files(SHOP, "dead-end", "open-entry"), style="concise") == shown(
        """
        production/shop.yaml:22:23: error: Ingress shop leads to Service carts, which is not there [dead-end]
        production/traefik.yaml:28:9: warning: Deployment traefik is open to the world [open-entry]
        production/traefik.yaml:28:9: warning: Deployment web is open to the world [open-entry]
        1 error, 2 warnings in 2 files, 1 bundle
        """
    )


def test_nothing_found(lint_files: Lint) -> None:
    assert text(lint_files(SHOP)) == "No findings in 2 files, 1 bundle\n"


def test_quiet_leaves_out_the_summary(lint_files: Lint) -> None:
    assert text(lint_files(SHOP), quiet=True) == ""
    assert text(lint_files(SHOP, "dead-end"), quiet=True, style="concise").count("\n") == 1


def test_the_summary_counts_what_is_suppressed_and_what_failed(lint_files: Lint) -> None:
    report = replace(lint_files(SHOP, "service-name"), failures=(Failure("a.yaml", "It cannot be read"),))
    assert text(report).splitlines()[-1] == "2 notes in 2 files, 1 bundle; 1 suppressed; 1 failure"


def test_suppressed_findings_are_shown_when_asked_for(lint_files: Lint) -> None:
    report = lint_files(SHOP, "service-name")
    assert "not ours" not in text(report)
    assert text(report, show_suppressed=True, style="concise") == shown(
        """
        production/shop.yaml:29:9: note: Service web is a Service [service-name]
        production/traefik.yaml:26:9: note: Service traefik is a Service [service-name]

        Suppressed
          production/shop.yaml:38:9: note: Service cart is a Service [service-name]
            annotation at production/shop.yaml:40:23: it is not ours to rename

        2 notes in 2 files, 1 bundle; 1 suppressed
        """
    )


def test_verbose_says_what_klint_saw_and_why(lint_files: Lint) -> None:
    assert text(lint_files(SHOP, "dead-end", "service-name"), style="concise", verbose=True) == shown(
        """
        production/shop.yaml:22:23: error: Ingress shop leads to Service carts, which is not there [dead-end]
        production/shop.yaml:29:9: note: Service web is a Service [service-name]
        production/traefik.yaml:26:9: note: Service traefik is a Service [service-name]

        Suppressed
          production/shop.yaml:38:9: note: Service cart is a Service [service-name]
            annotation at production/shop.yaml:40:23: it is not ours to rename

        Bundles
          production: production, eks, Kubernetes 1.34, node ports 30000-32767 (the Kubernetes default), 7 resources
            production: the path production/shop.yaml
            eks: .klint.yaml says so

        Rules that ran
          routing: dead-end
          distribution: service-name

        Files passed over
          2 no Kubernetes manifest
            .klint.yaml
            production/values.yaml

        1 error, 2 notes in 2 files, 1 bundle; 1 suppressed
        """
    )


def test_what_is_not_known_of_a_bundle_is_called_unknown(lint_files: Lint) -> None:
    files = {"web.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"}
    assert (
        "Bundles\n  web.yaml: environment unknown, platform unknown, "
        "node ports 30000-32767 (the Kubernetes default), 1 resource\n"
    ) in text(lint_files(files), verbose=True)


# Paths


@pytest.fixture
def resources(lint_files: Lint) -> dict[str, Resource]:
    """The shop's resources by kind and name."""
    return {str(resource): resource for bundle in lint_files(SHOP).bundles for resource in bundle.resources}


def drawn(*path: Hop) -> str:
    finding = Finding("It is so", path[-1].at, (), path, Severity.ERROR, "any")
    report = replace(EMPTY, findings=(finding,))
    return dedent("\n".join(text(report, quiet=True).splitlines()[3:]))


def test_a_class_that_is_not_there_comes_before_the_route_it_should_serve(resources: dict[str, Resource]) -> None:
    ingress, service = resources["Ingress shop"], resources["Service web"]
    path = (
        Hop(
            HopKind.CLASS,
            ingress,
            ingress.at("spec", "ingressClassName"),
            Ref("networking.k8s.io", "IngressClass", "", "internal"),
            State.BROKEN,
            (),
            why(Reason.SAID, "it is gone"),
        ),
        Hop(
            HopKind.BACKEND,
            ingress,
            ingress.at("spec", "rules"),
            Ref("", "Service", "", "web"),
            State.RESOLVED,
            (service,),
        ),
        Hop(
            HopKind.SELECTION,
            service,
            service.at("spec", "selector"),
            Ref("", "Pod", labels=(("app", "web"),)),
            State.UNKNOWN,
            (),
            why(Reason.SAID, "nobody knows"),
        ),
    )
    assert drawn(*path) == shown(
        """
                     ✗ IngressClass internal: it is gone  line 6
        routing        Ingress shop  line 4
        distribution ↓ Service web   line 29
                     ? pods with app=web: nobody knows
        """
    )


def test_a_broken_entry_is_told_at_its_workload(resources: dict[str, Resource]) -> None:
    workload, ingress = resources["Deployment traefik"], resources["Ingress shop"]
    path = (
        Hop(
            HopKind.ENTRY,
            workload,
            workload.place,
            Ref("", ""),
            State.BROKEN,
            (),
            why(Reason.SAID, "nothing leads here"),
        ),
        Hop(
            HopKind.CLASS,
            ingress,
            ingress.place,
            Ref("networking.k8s.io", "IngressClass"),
            State.RESOLVED,
            (),
            why(Reason.SAID, "traefik takes it"),
        ),
    )
    assert drawn(*path) == shown(
        """
        workload   Deployment traefik  production/traefik.yaml:11
                 ✗ an external entry: nothing leads here
                 ↓ a default IngressClass: traefik takes it
        routing  ↓ Ingress shop        line 4
        """
    )


def test_what_refers_to_one_parent_and_is_that_of_another_is_shown_once(resources: dict[str, Resource]) -> None:
    ingress, service, workload = resources["Ingress shop"], resources["Service web"], resources["Deployment traefik"]
    path = (
        Hop(HopKind.PARENT, service, service.place, Ref("", ""), State.RESOLVED, (workload,)),
        Hop(HopKind.PARENT, ingress, ingress.place, Ref("", ""), State.RESOLVED, (service,)),
    )
    assert drawn(*path) == shown(
        """
        workload     ↓ Deployment traefik  production/traefik.yaml:11
        distribution ↓ Service web         line 29
        routing      ↓ Ingress shop        line 4
        """
    )


def test_a_port_is_looked_for_in_the_service_the_route_came_to(resources: dict[str, Resource]) -> None:
    ingress, service = resources["Ingress shop"], resources["Service web"]
    path = (
        Hop(
            HopKind.BACKEND,
            ingress,
            ingress.at("spec", "rules"),
            Ref("", "Service", "", "web"),
            State.RESOLVED,
            (service,),
        ),
        Hop(
            HopKind.PORT,
            ingress,
            ingress.at("spec", "rules", 0, "host"),
            Ref("", "Service", "", "web", 81),
            State.BROKEN,
            (service,),
            why(Reason.SAID, "no"),
        ),
    )
    assert drawn(*path) == shown(
        """
        routing        Ingress shop  line 4
        distribution ↓ Service web   line 29
                     ✗ port 81 of Service web: no
        """
    )


def test_many_targets_are_counted(resources: dict[str, Resource]) -> None:
    service, deployment = resources["Service web"], resources["Deployment web"]
    assert drawn(
        Hop(
            HopKind.SELECTION,
            service,
            service.place,
            Ref("", "Pod", labels=(("app", "web"),)),
            State.RESOLVED,
            (deployment,) * 5,
        )
    ) == shown(
        """
        distribution   Service web                                                line 29
        workload     ↓ Deployment web, Deployment web, Deployment web and 2 more  line 49
        """
    )


# Places of findings that are out of the ordinary


def report_on(finding: Finding, lint_files: Lint) -> Report:
    return replace(lint_files({}), findings=(replace(finding, rule="any", severity=Severity.ERROR),))


def test_a_file_that_was_not_read_has_no_frame(lint_files: Lint) -> None:
    span = Source("big.yaml", "", is_oversized=True).span(0, 0)
    report = report_on(Finding("The file is larger than 16 MiB", span), lint_files)
    assert text(report, quiet=True) == "big.yaml:1:1: error: The file is larger than 16 MiB [any]\n\n"


def test_rendered_places_say_how_sure_they_are_and_where_they_come_from(lint_files: Lint) -> None:
    span = Source("chart/templates/web.yaml", "kind: Service\n").span(6, 13, approximate=True)
    report = report_on(Finding("It is so", span, bundles=("overlays/production", "overlays/staging")), lint_files)
    assert text(report, quiet=True) == shown(
        """
        chart/templates/web.yaml:1:7: error: It is so [any]
         1 │ kind: Service
           │       ^^^^^^^
           approximate location
           rendered by overlays/production, overlays/staging

        """
    )


# Text from manifests is data


def test_the_form_of_a_line_is_a_promise() -> None:
    span = Span(Source("web.yaml", "a: b\n"), 1, 4, 1, 5)
    assert line(Finding("It is so", span, rule="any-rule", severity=Severity.NOTE)) == (
        "web.yaml:1:4: note: It is so [any-rule]"
    )


def test_names_from_manifests_cannot_steer_the_terminal(lint_files: Lint) -> None:
    name = '"web\\e[2J\\u202e\\n::error::x"'
    files = {"a.yaml": f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{type: NodePort}}\n"}
    found = text(lint_files(files, "service-name"), verbose=True)
    assert "Service web\\x1b[2J\\u202e\\n::error::x is a Service" in found
    assert "\x1b" not in found
    assert "\u202e" not in found
    assert not any(item.startswith("::") for item in found.splitlines())


@given(message=st.text(), file=st.text(), related=st.text(), reason=st.text(), bundle=st.text())
def test_whatever_a_finding_says_stays_on_its_lines(
    message: str, file: str, related: str, reason: str, bundle: str
) -> None:
    span = Span(Source(file, f"{reason}\n"), 1, 1, 1, 2)
    finding = Finding(message, span, (Related(related, span),), (), Severity.ERROR, "any", (bundle,))
    report = replace(EMPTY, findings=(finding,))
    for style in ("concise", "full"):
        found = text(report, style=style, quiet=True)
        assert found.encode("utf-8")
        assert not any(unicodedata.category(item) in ("Cc", "Cs", "Zl", "Zp") for item in found.replace("\n", ""))
        assert found.split("\n")[0] == line(finding)
        assert found.count("\n") <= (1 if style == "concise" else 6)


EMPTY = Session.of([], [], isolated=True).report()


# Colour


@pytest.mark.parametrize("style", ["full", "concise"])
def test_colour_changes_nothing_but_the_colour(lint_files: Lint, style: str) -> None:
    report = lint_files(SHOP, "dead-end", "open-entry", "service-name")
    plain = text(report, style=style, verbose=True)
    colored = text(report, style=style, verbose=True, color=True)
    assert "\x1b" not in plain
    assert colored != plain
    assert click.unstyle(colored) == plain
    assert "\x1b[31m\x1b[1merror\x1b[0m" in colored


def test_click_is_not_imported_without_colour() -> None:
    program = """if True:
        import sys
        from klint.session import Session
        from klint.report import Options, render
        report = Session.of([], [], isolated=True).report()
        render("text", report, Options(verbose=True))
        print("click" in sys.modules)
        """
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"

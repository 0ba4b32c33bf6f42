"""Comments, annotations and configuration silence what they name and nothing else; the useless ones are told."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from klint import Finding, Graph, Ignores, Related, Workspace, rule
from klint.config.config import Suppression
from klint.config.patterns import Patterns
from klint.engine import Report
from klint.kube.objects import read_resources
from klint.kube.resource import Resource
from klint.records import replace
from klint.registry import Rule
from klint.session import Session
from klint.suppress import Ignore, apply, collect
from klint.text.reading import read_documents
from klint.text.source import Source
from tests.growth import assert_linear

TODAY = date(2026, 6, 15)


@rule(severity="error")
def bad_port(graph: Graph) -> Iterator[Finding]:
    """Fires at every Service port and every container port 80."""
    for service in graph.services:
        for port in service.ports:
            if port.number == 80:
                yield Finding("port 80", at=port.at("port"))
    for pod in graph.pods:
        for container_port in pod.ports:
            if container_port.number == 80:
                yield Finding("port 80", at=container_port.at("containerPort"))


@rule(severity="warning")
def bad_name(graph: Graph) -> Iterator[Finding]:
    """Fires at the name of every Service called bad, with its type as a related place."""
    for service in graph.services:
        if service.name == "bad":
            yield Finding("named bad", at=service.place, related=(Related("its type", service.at("spec", "type")),))


@rule(severity="error")
def duplicate_key(workspace: Workspace) -> Iterator[Finding]:
    """Fires without an object: at a span of text."""
    for document in workspace.documents:
        for problem in document.problems:
            if problem.rule == "duplicate-key":
                yield Finding(problem.message, at=problem.span)


@rule(severity="warning")
def unused_ignore(ignores: Ignores) -> Iterator[Finding]:
    for item in ignores.useless:
        yield Finding(f"unused {item.rule or 'all'}: {item.why}", at=item.ignore.span)


@rule(severity="warning")
def unknown_rule(ignores: Ignores) -> Iterator[Finding]:
    for item in ignores.unknown:
        yield Finding(f"unknown {item.name}, perhaps {item.closest or '-'}", at=item.ignore.span)


RULES = tuple(
    Rule(name, "test", check, Path())
    for name, check in (
        ("bad-port", bad_port),
        ("bad-name", bad_name),
        ("duplicate-key", duplicate_key),
        ("unused-ignore", unused_ignore),
        ("unknown-rule", unknown_rule),
    )
)

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: bad
spec:
  type: ClusterIP
  selector:
    app: web
  ports:
    - port: 80
"""


CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: script
data:
"""


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Check":
    monkeypatch.chdir(tmp_path)
    return Check(tmp_path)


class Check:
    """Writes files and lints them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self, files: str | Mapping[str, str], *, paths: tuple[str, ...] = (".",), rules: tuple[str, ...] = ()
    ) -> Report:
        for name, text in ({"web.yaml": files} if isinstance(files, str) else files).items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(text.encode())
        chosen = [item for item in RULES if not rules or item.name in rules]
        report = Session.of(paths, chosen, known=RULES, today=TODAY).report()
        assert not report.failures
        return report


def told(report: Report) -> list[str]:
    return [f"{item.span.file}:{item.span.line}: {item.message} [{item.rule}]" for item in report.findings]


def rules_of(report: Report) -> list[str]:
    return [item.rule for item in report.findings]


def with_line(number: int, comment: str, text: str = SERVICE) -> str:
    """The text with a comment at the end of a line."""
    lines = text.splitlines()
    lines[number - 1] += f"  {comment}"
    return "\n".join(lines) + "\n"


def before_line(number: int, comment: str, text: str = SERVICE) -> str:
    """The text with lines before a line."""
    lines = text.splitlines()
    return "\n".join([*lines[: number - 1], *comment.splitlines(), *lines[number - 1 :]]) + "\n"


def test_without_ignores_everything_is_reported(check: Check) -> None:
    report = check(SERVICE)
    assert told(report) == ["web.yaml:4: named bad [bad-name]", "web.yaml:10: port 80 [bad-port]"]
    assert report.suppressed == ()


# Comments: where


def test_comment_at_the_end_of_the_line(check: Check) -> None:
    report = check(with_line(10, "# klint: ignore[bad-port] the port is agreed"))
    assert rules_of(report) == ["bad-name"]
    assert [(item.finding.rule, item.ignore.reason) for item in report.suppressed] == [
        ("bad-port", "the port is agreed")
    ]


def test_comment_on_the_line_of_a_related_place(check: Check) -> None:
    report = check(with_line(6, "# klint: ignore[bad-name]"))
    assert rules_of(report) == ["bad-port"]


def test_comment_on_another_line_of_the_object(check: Check) -> None:
    report = check(with_line(9, "# klint: ignore[bad-port]"))
    assert told(report) == [
        "web.yaml:4: named bad [bad-name]",
        "web.yaml:9: unused bad-port: nothing here breaks that rule [unused-ignore]",
        "web.yaml:10: port 80 [bad-port]",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        "    # klint: ignore[bad-port] agreed",
        "# klint: ignore[bad-port] agreed",
        "    # klint: ignore[bad-port] agreed\n    # by everyone\n\n    # really",
        "    # agreed:\n    # klint: ignore[bad-port]",
    ],
)
def test_comment_alone_is_about_the_next_line_that_is_no_comment(check: Check, lines: str) -> None:
    assert rules_of(check(before_line(10, lines))) == ["bad-name"]


def test_comment_alone_is_not_about_the_line_after_the_next(check: Check) -> None:
    assert rules_of(check(before_line(9, "  # klint: ignore[bad-port]"))) == ["bad-name", "unused-ignore", "bad-port"]


def test_comment_at_the_end_of_a_line_is_not_about_the_next(check: Check) -> None:
    assert "bad-port" in rules_of(check(with_line(9, "# klint: ignore[bad-port]")))


def test_comment_after_the_last_line(check: Check) -> None:
    assert rules_of(check(SERVICE + "# klint: ignore[bad-port]")) == ["bad-name", "bad-port", "unused-ignore"]


def test_comment_in_another_document_of_the_file(check: Check) -> None:
    text = SERVICE + "---\n" + with_line(10, "# klint: ignore[bad-port]").replace("bad\n", "good\n")
    assert told(check(text)) == ["web.yaml:4: named bad [bad-name]", "web.yaml:10: port 80 [bad-port]"]


def test_comment_in_another_file(check: Check) -> None:
    files = {"a/web.yaml": SERVICE, "b/web.yaml": with_line(10, "# klint: ignore[bad-port]")}
    assert "a/web.yaml:10: port 80 [bad-port]" in told(check(files))
    assert "b/web.yaml:10: port 80 [bad-port]" not in told(check(files))


def test_comment_silences_a_finding_that_stands_in_no_object(check: Check) -> None:
    text = SERVICE.replace(
        "  type: ClusterIP\n", "  type: ClusterIP\n  type: NodePort # klint: ignore[duplicate-key]\n"
    )
    assert rules_of(check(text)) == ["bad-name", "bad-port"]
    assert "duplicate-key" in rules_of(check(text.replace("# klint: ignore[duplicate-key]", "")))


def test_crlf(check: Check) -> None:
    text = with_line(10, "# klint: ignore[bad-port] agreed").replace("\n", "\r\n")
    report = check(text)
    assert rules_of(report) == ["bad-name"]
    assert report.suppressed[0].ignore.reason == "agreed"
    text = before_line(10, "    # klint: ignore[bad-port]\n\n    # more").replace("\n", "\r\n")
    assert rules_of(check(text)) == ["bad-name"]


def test_byte_order_mark(check: Check) -> None:
    assert rules_of(check("\ufeff" + with_line(10, "# klint: ignore[bad-port]"))) == ["bad-name"]


# Comments: what they say


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        ("# klint: ignore[bad-port]", ""),
        ("#klint:ignore[bad-port]", ""),
        ("#  klint:  ignore[ bad-port ]  why", "why"),
        ("# klint: ignore[bad-port, bad-name] both", "both"),
        ("# klint: ignore[bad-name,bad-port]: both", "both"),
        ("# klint: ignore[bad-port] - see ADR 7", "see ADR 7"),
        ("# klint: ignore[bad-port] because port=80: see [ADR 7] # and the wiki", None),
        ("# the usual # klint: ignore[bad-port] why", "why"),
        ("# klint: ignore", ""),
        ("# klint: ignore everything here", "everything here"),
        ("# klint: ignore: everything here", "everything here"),
    ],
)
def test_comment_forms(check: Check, comment: str, reason: str | None) -> None:
    report = check(with_line(10, comment), rules=("bad-port",))
    assert rules_of(report) == []
    expected = comment.partition("] ")[2] if reason is None else reason
    assert [item.ignore.reason for item in report.suppressed] == [expected]


@pytest.mark.parametrize(
    "comment",
    [
        "# klint: ignored[bad-port]",
        "# klint: ignore-file[bad-port]",
        "# klint: ignores bad-port",
        "# klint ignore[bad-port]",
        "# Klint: ignore[bad-port]",
        "# see klint: ignore[bad-port]",
        "# klint: ignore[bad-name]",
        "# klint: ignore[BAD-PORT]",
        "# klint: ignore[bad_port]",
        "# klint: ignore[]",
        "# klint: ignore[bad-name because",
    ],
)
def test_comments_that_do_not_silence(check: Check, comment: str) -> None:
    assert "bad-port" in rules_of(check(with_line(10, comment)))


def test_two_rules_on_one_line_are_judged_apart(check: Check) -> None:
    assert told(check(with_line(10, "# klint: ignore[bad-port, bad-name]"))) == [
        "web.yaml:4: named bad [bad-name]",
        "web.yaml:10: unused bad-name: nothing here breaks that rule [unused-ignore]",
    ]


def test_unknown_rules_are_told_where_they_stand_with_the_nearest(check: Check) -> None:
    report = check(with_line(10, "# klint: ignore[bad-prot]") + "# klint: ignore[xyz] why\n")
    assert told(report)[1:] == [
        "web.yaml:10: port 80 [bad-port]",
        "web.yaml:10: unknown bad-prot, perhaps bad-port [unknown-rule]",
        "web.yaml:11: unknown xyz, perhaps - [unknown-rule]",
    ]
    assert [item.span.column for item in report.findings[1:]] == [13, 17, 1]


# Comments: text that looks like one


@pytest.mark.parametrize(
    "value",
    [
        '"80 # klint: ignore[bad-port]"',
        "'80 # klint: ignore[bad-port]'",
        "|\n      echo # klint: ignore[bad-port]",
        ">-\n      one\n\n      # klint: ignore[bad-port]\n",
        '"one\n      # klint: ignore[bad-port]\n      two"',
    ],
)
def test_text_is_no_comment(check: Check, value: str) -> None:
    text = CONFIG_MAP + f"    run: {value}\n"
    assert told(check(text)) == []
    assert told(check({"a.yaml": text, "b.yaml": "---\n" + text + "---\n" + SERVICE}))[:2] == [
        f"b.yaml:{len(text.splitlines()) + 6}: named bad [bad-name]",
        f"b.yaml:{len(text.splitlines()) + 12}: port 80 [bad-port]",
    ]


def test_a_quoted_key_is_no_comment(check: Check) -> None:
    assert told(check(CONFIG_MAP + '  "x # klint: ignore[bad-port]": y\n')) == []


@pytest.mark.parametrize("header", ["|", "|-  ", ">+", "|2"])
def test_a_comment_beside_a_block_scalar_is_one(check: Check, header: str) -> None:
    text = CONFIG_MAP + f"  x: {header} # klint: ignore[bad-port]\n    y\n"
    assert told(check(text)) == ["web.yaml:6: unused bad-port: nothing here breaks that rule [unused-ignore]"]


@pytest.mark.parametrize(
    "text", ["  x: |\n    y\n# klint: ignore[bad-port]\n", "  x: |\n    y\n  # klint: ignore[bad-port]\n"]
)
def test_a_comment_after_a_block_scalar_is_one(check: Check, text: str) -> None:
    assert told(check(CONFIG_MAP + text)) == [
        "web.yaml:8: unused bad-port: nothing here breaks that rule [unused-ignore]"
    ]


def test_json_has_no_comments(check: Check) -> None:
    text = """{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "bad",
      "annotations": {"note": "see # klint: ignore[bad-name]"}}, "spec": {"ports": [{"port": 80}]}}"""
    assert told(check({"web.json": text})) == [
        "web.json:1: named bad [bad-name]",
        "web.json:2: port 80 [bad-port]",
    ]


def test_flow_style_yaml_has_comments(check: Check) -> None:
    text = """{
      apiVersion: "v1", kind: "Service", metadata: {name: "good"},
      spec: {ports: [{
        port: 80, # klint: ignore[bad-port]
      }]}
    }"""
    assert told(check(text)) == []


# Annotations

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations: {}
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
      annotations: {}
    spec:
      containers:
        - name: web
          image: web
          ports:
            - containerPort: 80
"""

CRON_JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: web
spec:
  schedule: "@daily"
  jobTemplate:
    spec:
      template:
        metadata:
          annotations: {}
        spec:
          restartPolicy: Never
          containers:
            - name: web
              image: web
              ports:
                - containerPort: 80
"""


def annotated(text: str, which: int, value: str) -> str:
    parts = text.split("annotations: {}")
    return (
        "annotations: {}".join(parts[:which])
        + f'annotations: {{klint.dev/ignore: "{value}"}}'
        + "annotations: {}".join(parts[which:])
    )


@pytest.mark.parametrize(("text", "which"), [(DEPLOYMENT, 1), (DEPLOYMENT, 2), (CRON_JOB, 1)])
def test_annotation_on_the_object_and_on_its_pod_template(check: Check, text: str, which: int) -> None:
    assert rules_of(check(text)) == ["bad-port"]
    report = check(annotated(text, which, "bad-port: agreed"))
    assert rules_of(report) == []
    assert report.suppressed[0].ignore.reason == "agreed"


@pytest.mark.parametrize("which", [1, 2])
def test_a_useless_annotation_is_told_where_it_stands(check: Check, which: int) -> None:
    line = (5, 12)[which - 1]
    assert told(check(annotated(DEPLOYMENT, which, "bad-name, bad-nam")))[:3] == [
        f"web.yaml:{line}: unknown bad-nam, perhaps bad-name [unknown-rule]",
        f"web.yaml:{line}: unused bad-name: nothing here breaks that rule [unused-ignore]",
        "web.yaml:18: port 80 [bad-port]",
    ]


def test_annotation_on_a_pod_counts_once(check: Check) -> None:
    text = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations: {klint.dev/ignore: bad-name}
spec:
  containers: [{name: web, image: web, ports: [{containerPort: 80}]}]
"""
    assert rules_of(check(text)) == ["unused-ignore", "bad-port"]


@pytest.mark.parametrize(
    ("value", "silenced"),
    [
        ("bad-port", {"bad-port": ""}),
        ("bad-port, bad-name", {"bad-port": "", "bad-name": ""}),
        ("bad-port,bad-name: both", {"bad-port": "both", "bad-name": "both"}),
        ("bad-port: one; bad-name: other", {"bad-port": "one", "bad-name": "other"}),
        ("bad-port: port=80: agreed; bad-name", {"bad-port": "port=80: agreed", "bad-name": ""}),
        ("bad-port: agreed; see the wiki; bad-name: other", {"bad-port": "agreed; see the wiki", "bad-name": "other"}),
        (" bad-port : a\\n bad-name : b\\n", {"bad-port": "a", "bad-name": "b"}),
    ],
)
def test_annotation_forms(check: Check, value: str, silenced: dict[str, str]) -> None:
    text = SERVICE.replace("  name: bad\n", f'  name: bad\n  annotations: {{klint.dev/ignore: "{value}"}}\n')
    report = check(text)
    assert {item.finding.rule: item.ignore.reason for item in report.suppressed} == silenced
    assert rules_of(report) == [name for name in ("bad-name", "bad-port") if name not in silenced]


def test_annotation_on_another_object(check: Check) -> None:
    other = SERVICE.replace("  name: bad\n", "  name: good\n  annotations: {klint.dev/ignore: bad-port}\n")
    assert told(check(other + "---\n" + SERVICE)) == [
        "web.yaml:16: named bad [bad-name]",
        "web.yaml:22: port 80 [bad-port]",
    ]


@pytest.mark.parametrize("kind", ["List", "ServiceList"])
def test_annotation_on_an_object_inside_a_list(check: Check, kind: str) -> None:
    def item(name: str, annotations: str) -> str:
        head = "apiVersion: v1, kind: Service, " if kind == "List" else ""
        metadata = f"metadata: {{name: {name}, annotations: {{{annotations}}}}}"
        return f"  - {{{head}{metadata}, spec: {{ports: [{{port: 80}}]}}}}\n"

    text = f"apiVersion: v1\nkind: {kind}\nitems:\n" + item("one", "klint.dev/ignore: bad-port") + item("two", "")
    assert told(check(text)) == ["web.yaml:5: port 80 [bad-port]"]


# Configuration


def configured(entry: str) -> str:
    return "suppress:\n  - " + dedent(entry).strip().replace("\n", "\n    ") + "\n    reason: agreed\n"


@pytest.mark.parametrize(
    ("entry", "silenced"),
    [
        ("rule: bad-port", ["a/web.yaml bad-port", "b/web.yaml bad-port"]),
        ("rule: [bad-port, bad-name]\npath: a/", ["a/web.yaml bad-name", "a/web.yaml bad-port"]),
        ("path: a/", ["a/web.yaml bad-name", "a/web.yaml bad-port"]),
        ("path: ['b/*.yaml']\nrule: bad-port", ["b/web.yaml bad-port"]),
        ("kind: Service\nrule: bad-port", ["a/web.yaml bad-port", "b/web.yaml bad-port"]),
        ("kind: S*\nrule: bad-port\nnamespace: shop", ["b/web.yaml bad-port"]),
        ("namespace: sh?p", ["b/web.yaml bad-name", "b/web.yaml bad-port"]),
        ("name: b*\nrule: bad-name", ["a/web.yaml bad-name", "b/web.yaml bad-name"]),
        ("name: '[ab]*'\nrule: bad-name", ["a/web.yaml bad-name", "b/web.yaml bad-name"]),
    ],
)
def test_configuration_silences_what_matches_all_it_says(check: Check, entry: str, silenced: list[str]) -> None:
    other = SERVICE.replace("  name: bad\n", "  name: bad\n  namespace: shop\n")
    report = check({"a/web.yaml": SERVICE, "b/web.yaml": other, ".klint.yaml": configured(entry)})
    assert [f"{item.finding.span.file} {item.finding.rule}" for item in report.suppressed] == silenced
    assert {item.ignore.reason for item in report.suppressed} == {"agreed"}
    assert len(report.findings) == 4 - len(silenced)


@pytest.mark.parametrize(
    "entry",
    [
        "rule: bad-port\nkind: Deployment",
        "rule: bad-port\nkind: service",
        "rule: bad-port\nnamespace: default",
        "rule: bad-port\nname: ba",
        "rule: bad-port\npath: other/",
        "rule: bad-port\nkind: Service\nname: bad\nnamespace: '*?'",
    ],
)
def test_configuration_that_matches_nothing_is_told_where_it_stands(check: Check, entry: str) -> None:
    report = check({"web.yaml": SERVICE, ".klint.yaml": "ignore: []\n" + configured(entry)})
    assert told(report) == [
        ".klint.yaml:3: unused bad-port: nothing here breaks that rule [unused-ignore]",
        "web.yaml:4: named bad [bad-name]",
        "web.yaml:10: port 80 [bad-port]",
    ]


def test_configured_path_is_that_of_the_finding_not_of_related_places(check: Check) -> None:
    @rule(severity="error")
    def across(graph: Graph) -> Iterator[Finding]:
        one, other = sorted(graph.services, key=lambda service: service.document.source.path)
        yield Finding("across", at=one.place, related=(Related("there", other.place),))

    files = {"a.yaml": SERVICE, "b.yaml": SERVICE.replace("bad", "other"), ".klint.yaml": configured("path: b.yaml")}
    for name, text in files.items():
        (check.folder / name).write_text(text)
    report = Session.of(["."], [Rule("across", "test", across, Path())], today=TODAY).report()
    assert [item.rule for item in report.findings] == ["across"]


def test_configuration_may_match_an_object_inside_a_list(check: Check) -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n" + "".join(
        f"  - {{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{ports: [{{port: 80}}]}}}}\n"
        for name in ("one", "two")
    )
    report = check({"web.yaml": text, ".klint.yaml": configured("rule: bad-port\nname: one")})
    assert told(report) == ["web.yaml:5: port 80 [bad-port]"]


def test_a_finding_that_stands_in_no_object_is_matched_by_rule_and_path_only(check: Check) -> None:
    cluster = "service-node-port-range: 30000-31000\nservice-node-port-range: 30000-32000\n"
    files = {"config.yaml": cluster, "web.yaml": SERVICE}
    report = check({**files, ".klint.yaml": configured("rule: duplicate-key\npath: config.yaml")})
    assert rules_of(report) == ["bad-name", "bad-port"]
    report = check({**files, ".klint.yaml": configured("rule: duplicate-key\nkind: Service")})
    assert sorted(rules_of(report)) == ["bad-name", "bad-port", "duplicate-key", "unused-ignore"]


def test_a_finding_about_the_text_of_an_object_is_matched_as_the_object(check: Check) -> None:
    text = SERVICE + "  type: NodePort\n"
    assert rules_of(check({"web.yaml": text})) == ["bad-name", "bad-port", "duplicate-key"]
    report = check({"web.yaml": text, ".klint.yaml": configured("rule: duplicate-key\nkind: Service")})
    assert rules_of(report) == ["bad-name", "bad-port"]
    report = check({"web.yaml": text, ".klint.yaml": configured("rule: duplicate-key\nkind: Ingress")})
    assert rules_of(report) == ["unused-ignore", "bad-name", "bad-port", "duplicate-key"]


@pytest.mark.parametrize(("expires", "holds"), [("2026-06-16", True), ("2026-06-15", True), ("2026-06-14", False)])
def test_expiry_day_is_the_last_that_it_holds(check: Check, expires: str, holds: bool) -> None:
    report = check({"web.yaml": SERVICE, ".klint.yaml": configured(f"rule: bad-port\nexpires: {expires}")})
    if holds:
        assert rules_of(report) == ["bad-name"]
    else:
        assert told(report) == [
            ".klint.yaml:2: unused all: it expired on 2026-06-14 [unused-ignore]",
            "web.yaml:4: named bad [bad-name]",
            "web.yaml:10: port 80 [bad-port]",
        ]


def test_configuration_is_judged_only_when_the_whole_workspace_was_seen(check: Check) -> None:
    entry = "rule: [bad-port, bad-prot]\nname: other"
    files = {"a/web.yaml": SERVICE, "b/web.yaml": SERVICE, ".klint.yaml": configured(entry)}
    assert rules_of(check(files)).count("unused-ignore") == 1
    assert rules_of(check(files)).count("unknown-rule") == 1
    assert rules_of(check(files, paths=("a",))) == ["bad-name", "bad-port"]
    assert rules_of(check(files, paths=("a/web.yaml", "b/web.yaml"))) == ["bad-name", "bad-port"] * 2


# Which of them are useless


def test_ignores_of_rules_that_did_not_run_are_not_useless(check: Check) -> None:
    text = with_line(10, "# klint: ignore[bad-name]")
    assert rules_of(check(text, rules=("bad-port", "unused-ignore"))) == ["bad-port"]
    assert rules_of(check(text, rules=("bad-name", "unused-ignore"))) == ["bad-name", "unused-ignore"]


def test_a_rule_that_is_off_did_not_run(check: Check) -> None:
    files = {"web.yaml": with_line(10, "# klint: ignore[bad-port]"), ".klint.yaml": "rules:\n  bad-port: off\n"}
    assert rules_of(check(files)) == ["bad-name"]
    files[".klint.yaml"] = "rules:\n  bad-port: {severity: {otherwise: off, production: error}}\n"
    assert rules_of(check(files)) == ["bad-name", "unused-ignore"]


def test_ignores_in_a_document_that_does_not_parse_are_not_judged(check: Check) -> None:
    broken = "apiVersion: v1\nkind: Service\nmetadata:\n  name: @bad # klint: ignore[bad-port, bad-prot]\n"
    assert told(check(broken + "---\n" + with_line(9, "# klint: ignore[bad-port]"))) == [
        "web.yaml:4: unknown bad-prot, perhaps bad-port [unknown-rule]",
        "web.yaml:9: named bad [bad-name]",
        "web.yaml:14: unused bad-port: nothing here breaks that rule [unused-ignore]",
        "web.yaml:15: port 80 [bad-port]",
    ]


def test_an_ignore_of_everything_is_useless_only_when_every_rule_ran(check: Check) -> None:
    text = with_line(9, "# klint: ignore")
    assert "web.yaml:9: unused all: nothing here breaks any rule [unused-ignore]" in told(check(text))
    assert rules_of(check(text, rules=("bad-name", "unused-ignore"))) == ["bad-name"]


def test_every_ignore_that_applies_is_used(check: Check) -> None:
    text = with_line(10, "# klint: ignore[bad-port]").replace(
        "  name: bad\n", "  name: bad\n  annotations: {klint.dev/ignore: bad-port}\n"
    )
    report = check({"web.yaml": text, ".klint.yaml": configured("rule: bad-port")})
    assert rules_of(report) == ["bad-name"]
    assert len(report.suppressed) == 1


def test_the_rules_about_ignores_cannot_be_ignored_beside_them(check: Check) -> None:
    text = with_line(9, "# klint: ignore[bad-port, unused-ignore]")
    assert told(check(text))[1:3] == [
        "web.yaml:9: unused bad-port: nothing here breaks that rule [unused-ignore]",
        "web.yaml:9: unused unused-ignore: nothing here breaks that rule [unused-ignore]",
    ]


def test_many_ignores_and_findings_stay_fast(check: Check) -> None:
    text = "---\n".join(with_line(10, "# klint: ignore[bad-port]").replace("bad\n", f"s{i}\n") for i in range(3000))
    report = check(text, rules=("bad-port", "unused-ignore"))
    assert (len(report.findings), len(report.suppressed)) == (0, 3000)


# Growth

Silencing = tuple[list[Finding], list[Ignore], list[Resource]]


def many(count: int, *, in_list: bool, silence: str) -> Silencing:
    """Findings about as many Services, each silenced by an ignore of its own."""
    service = "{apiVersion: v1, kind: Service, metadata: {name: s%d%s}, spec: {type: NodePort}}"
    annotation = ', annotations: {klint.dev/ignore: "bad-port: known"}' if silence == "annotation" else ""
    services = [service % (number, annotation) for number in range(count)]
    text = "".join(f"- {item}\n" for item in services) if in_list else "---\n".join(f"{item}\n" for item in services)
    source = Source("web.yaml", f"apiVersion: v1\nkind: List\nitems:\n{text}" if in_list else text, "web.yaml")
    resources = [item for document in read_documents(source) for item in read_resources(document, {})]
    at = resources[0].place
    entries = []
    if silence == "name":
        entries = [Suppression("known", at, ("bad-port",), name=f"s{number}") for number in range(count)]
    elif silence == "path":
        entries = [Suppression("known", at, path=Patterns((f"{number}.yaml",))) for number in range(count)]
    found = [Finding("port 80", item.at("spec", "type"), rule="bad-port") for item in resources]
    return found, collect((), resources, entries), resources


@pytest.mark.parametrize("in_list", [False, True], ids=["documents", "list"])
@pytest.mark.parametrize("silence", ["annotation", "name", "path"])
def test_many_ignores_of_many_findings(silence: str, *, in_list: bool) -> None:
    def work(made: Silencing) -> None:
        found, ignores, resources = made
        reported, suppressed, _ = apply(
            found, ignores, resources, known=["bad-port"], ran=["bad-port"], is_whole=True, today=TODAY
        )
        assert len(reported if silence == "path" else suppressed) == len(found)

    assert_linear(lambda count: many(count, in_list=in_list, silence=silence), work, start=200)


def test_findings_in_the_commands_of_many_documents() -> None:
    """They stand on lines, not in places of the data."""

    def work(made: Silencing) -> None:
        found, ignores, resources = made
        spans = [replace(finding, at=finding.span) for finding in found]
        apply(spans, ignores, resources, known=["bad-port"], ran=["bad-port"], is_whole=True, today=TODAY)

    assert_linear(lambda count: many(count, in_list=False, silence="annotation"), work, start=200)


@pytest.mark.parametrize(
    ("entry", "silenced"),
    [
        ("name: bad", True),
        ("name: b*", True),
        ("name: '[a-c]ad'", True),
        ("name: other", False),
        ("path: web.yaml", True),
        ("path: /prod/web.yaml", True),
        ("path: prod/", True),
        ("path: /prod", True),
        ("path: staging/", False),
        ("path: '*.yaml'", True),
        ("path: '!web.yaml'", False),
        ("kind: Ser*\nname: bad\npath: web.yaml", True),
        ("namespace: shop", False),
        ("rule: bad-name\nname: bad", False),
    ],
)
def test_an_entry_is_found_by_whatever_it_names(check: Check, entry: str, *, silenced: bool) -> None:
    report = check({"prod/web.yaml": SERVICE, ".klint.yaml": configured(entry)})
    assert ("bad-port" in {item.finding.rule for item in report.suppressed}) is silenced

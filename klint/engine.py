"""lint(workspace) → Report: what the command line, the tests and editors all call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from klint import suppress
from klint.bundles import Bundle, make_bundles
from klint.config import RuleSettings
from klint.errors import Failure, KlintError, nearest
from klint.exposure.graph import Graph
from klint.findings import Finding, Severity
from klint.index import Index
from klint.kube.cluster import is_cluster_file
from klint.kube.objects import read_resources
from klint.registry import Rule
from klint.suppress import Suppressed
from klint.target import Targets
from klint.workspace import Workspace


@dataclass(frozen=True)
class Report:
    """What a run found. `findings` are sorted by file, span and rule; each has its rule and severity.

    `rules` are those that ran; `failures` are what klint could not do, and make the exit code 2.
    """

    workspace: Workspace
    bundles: tuple[Bundle, ...]
    rules: tuple[Rule, ...]
    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()
    failures: tuple[Failure, ...] = ()

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity is severity for finding in self.findings)


def lint(
    workspace: Workspace,
    rules: Sequence[Rule],
    *,
    known: Sequence[Rule] | None = None,
    today: date | None = None,
    on_crash: Callable[[str], None] | None = None,
) -> Report:
    """Run rules over a workspace.

    Args:
        workspace: files, read.
        rules: the rules that run.
        known: every rule there is, so that an ignore of a rule which did not run is not taken for a mistake.
        today: the day on which ignores expire or not.
        on_crash: called with the traceback when a rule crashes.

    Raises:
        KlintError: the configuration sets options that a rule does not have.
    """
    known = rules if known is None else known
    settings = _checked_settings(workspace, known)
    rules = [rule for rule in rules if rule.name not in settings or not settings[rule.name].is_off]
    resources = [
        resource
        for document in workspace.documents
        if document.data is not None and not is_cluster_file(document.data)
        for resource in read_resources(document, workspace.config.workloads)
    ]
    index = Index(resources)
    targets = Targets(workspace.config, workspace.documents)
    bundles = make_bundles(index, targets)
    environments = {
        resource.document.source.path: bundle.target.environment for bundle in bundles for resource in bundle.resources
    }
    graphs = [Graph(bundle, index, environments) for bundle in bundles]
    run = _Run(settings, on_crash)
    found: list[Finding] = []
    for rule in rules:
        if rule.check.subject == "graph":
            for graph in graphs:
                found.extend(run.check(rule, graph, graph.target.environment, graph.bundle.name))
        elif rule.check.subject == "workspace":
            found.extend(run.check(rule, workspace, "", "the workspace"))
    ignores = suppress.collect(workspace.documents, resources, workspace.config.suppress)
    reported, suppressed, leftovers = suppress.apply(
        _ordered(found),
        ignores,
        resources,
        known=[rule.name for rule in known],
        ran=[rule.name for rule in rules],
        is_whole=workspace.is_whole,
        today=today or date.today(),
    )
    for rule in rules:
        if rule.check.subject == "ignores":
            reported.extend(run.check(rule, leftovers, "", "the workspace"))
    return Report(
        workspace,
        bundles,
        tuple(rules),
        tuple(_ordered(reported)),
        tuple(suppressed),
        (*workspace.failures, *run.failures),
    )


class _Run:
    """Runs checks: fills in rule and severity, and keeps a crash of one from costing the others."""

    def __init__(self, settings: dict[str, RuleSettings], on_crash: Callable[[str], None] | None) -> None:
        self.settings = settings
        self.on_crash = on_crash
        self.failures: list[Failure] = []

    def check(self, rule: Rule, subject: Any, environment: str, name: str) -> Iterator[Finding]:
        settings = self.settings.get(rule.name)
        options: dict[str, Any] = {}
        if settings is not None:
            by_name = {option.name: option for option in rule.check.options}
            options = {
                by_name[key].parameter: tuple(value) if isinstance(value, list) else value
                for key, value in settings.options.items()
            }
        try:
            for finding in rule.check(subject, **options):
                severity = _severity(rule, finding, environment, settings)
                if severity is not None:
                    yield replace(finding, rule=rule.name, severity=severity)
        except Exception as error:
            import traceback

            place = traceback.extract_tb(error.__traceback__)[-1]
            message = f"Rule {rule.name} crashed on {name}: {type(error).__name__}: {error}"
            self.failures.append(
                Failure(f"{place.filename}:{place.lineno}", message, "Run with --debug and report it, or --ignore it")
            )
            if self.on_crash is not None:
                self.on_crash("".join(traceback.format_exception(error)))


def _severity(rule: Rule, finding: Finding, environment: str, settings: RuleSettings | None) -> Severity | None:
    """The configuration's word, else the finding's own, else the rule's; a rule silent in an environment stays so."""
    if settings is not None:
        for key in (environment, "otherwise"):
            if key in settings.severity:
                return settings.severity[key]
    usual = rule.severity_in(environment)
    return None if usual is None else finding.severity or usual


def _ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Sorted by file, span, rule and message; the same said twice of one place is said once."""
    ordered = sorted(findings, key=lambda finding: (finding.span.sort_key, finding.rule, finding.message))
    unique: dict[Any, Finding] = {}
    for finding in ordered:
        unique.setdefault((finding.span.sort_key, finding.rule, finding.message), finding)
    return list(unique.values())


def _checked_settings(workspace: Workspace, known: Sequence[Rule]) -> dict[str, RuleSettings]:
    """The configuration's word on rules, once every rule and option in it is known to exist."""
    by_name = {rule.name: rule for rule in known}
    failures: list[Failure] = []
    for name, settings in workspace.config.rules.items():
        rule = by_name.get(name)
        if rule is None:
            failures.append(Failure(settings.where, f"There is no rule {name!r}", nearest(name, list(by_name))))
            continue
        options = {option.name: option for option in rule.check.options}
        for key, value in settings.options.items():
            if key not in options:
                remedy = nearest(key, ["severity", *options])
                failures.append(Failure(settings.where, f"Rule {name} has no option {key!r}", remedy))
            elif not options[key].accepts(value):
                message = f"Option {key} of {name} cannot be {value!r}"
                failures.append(Failure(settings.where, message, f"It is of type {options[key].type}"))
    if failures:
        raise KlintError(*failures)
    return dict(workspace.config.rules)

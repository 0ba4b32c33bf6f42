"""A workspace is joined, and rules judge what it is joined to: Workspace → Joined → Report."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING, Any

from klint import suppress
from klint.config.config import RuleSettings
from klint.errors import Failure, OutOfTime, described
from klint.exposure.graph import Graph
from klint.findings import Finding, Related, Severity
from klint.intents import ANNOTATION
from klint.kube.cluster import is_cluster_file
from klint.kube.index import Index
from klint.kube.resource import Resource
from klint.kube.workload import PodTemplate
from klint.merging import Objects, in_order, ordered, with_consequences
from klint.records import dataclass, replace
from klint.registry import Rule, fitting_settings
from klint.scripts.hints import concerns_manifest
from klint.suppress import Suppressed
from klint.text.document import Document, ObjectPlace, Place
from klint.text.words import abridged
from klint.timings import Measure, unmeasured
from klint.workspace.apart import Apart
from klint.workspace.bundles import Bundle, make_bundles
from klint.workspace.common_platform import with_common_platform
from klint.workspace.rendering import Rendering
from klint.workspace.target import Target, Targets
from klint.workspace.workspace import Workspace

if TYPE_CHECKING:
    from datetime import date

    from klint.baseline.entries import Known


@dataclass(frozen=True)
class Report:
    """What a run found. `findings` are sorted by file, span and rule; each has its rule and severity.

    `rules` are those that ran; `failures` are what klint could not do, and make the exit code 2. `known` are findings
    that are no news, where what is new was asked for: they are not among `findings`. `graphs` are those of the bundles.
    `consequences` are told with the finding at their place that they follow from.
    """

    workspace: Workspace
    bundles: tuple[Bundle, ...]
    rules: tuple[Rule, ...]
    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()
    failures: tuple[Failure, ...] = ()
    known: tuple[Known, ...] = ()
    graphs: tuple[Graph, ...] = ()
    consequences: tuple[Finding, ...] = ()

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
    measure: Measure = unmeasured,
) -> Report:
    """Run rules over a workspace.

    Args:
        workspace: files, read.
        rules: the rules that run.
        known: every rule there is, so that an ignore of a rule which did not run is not taken for a mistake.
        today: the day on which ignores expire or not.
        on_crash: called with the traceback when a rule crashes.
        measure: measures the steps `graph`, `scripts` and `suppress`, and each rule by its name.
    """
    with measure("graph"):
        joined = join(workspace, rules)
    return judge(workspace, joined, rules, known=known, today=today, on_crash=on_crash, measure=measure)


def join(workspace: Workspace, rules: Sequence[Rule]) -> Joined:
    """Put a workspace's resources together, for rules to look at."""
    if not all(rule.is_built_in for rule in rules):
        from klint.registry.foreign import freeze

        freeze(workspace.documents)
        freeze(document for rendering in workspace.renderings for document in rendering.documents)
    return _join(workspace, Targets(workspace.config, workspace.documents))


def join_again(workspace: Workspace, before: Joined) -> Joined:
    """Put a workspace's resources together after an edit that tells nothing of clusters, for built-in rules."""
    return _join(workspace, before.targets)


def judge(
    workspace: Workspace,
    joined: Joined,
    rules: Sequence[Rule],
    *,
    known: Sequence[Rule] | None = None,
    today: date | None = None,
    on_crash: Callable[[str], None] | None = None,
    measure: Measure = unmeasured,
) -> Report:
    """Run rules over what a workspace is joined to; the arguments are those of `lint`."""
    known = rules if known is None else known
    settings, misfits = fitting_settings(known, workspace.config)
    rules = [rule for rule in rules if rule.name not in settings or not settings[rule.name].is_off]
    targets = joined.targets
    with measure("graph"):
        objects = Objects([*joined.bundles, *(graph.bundle for graph in joined.off)])
    run = _Run(settings, targets, objects, on_crash)
    found: list[Finding] = []
    found_off: list[Finding] = []
    if joined.off:
        from klint.exposure_on import judges_what_is_off, mistakes, news  # most workspaces have nothing that is off
    for rule in rules:
        with measure(rule.name):
            found.extend(_check(rule, run, workspace, joined.graphs))
            if joined.off and judges_what_is_off(rule):
                found_off.extend(mistakes(rule, _check(rule, run, workspace, joined.off)))
    if any(rule.check.looks_at("Scripts") for rule in rules) and _has_scripts(workspace):
        found.extend(_check_scripts(rules, run, workspace, joined, targets, measure))
    with measure("suppress"):
        resources_off = [resource for graph in joined.off for resource in graph.resources]
        ignores = suppress.collect(
            _written_documents(workspace), joined.resources, workspace.config.suppress, workspace.scripts, resources_off
        )
        said = ordered(found, objects.called)
        reported, suppressed, leftovers = suppress.apply(
            in_order([*said, *news(found_off, said, joined.off)]) if found_off else said,
            ignores,
            [*joined.resources, *resources_off],
            known=[rule.name for rule in known],
            ran=[rule.name for rule in rules],
            is_whole=workspace.is_whole,
            today=today,
        )
    follows = {rule.name: rule.check.follows for rule in rules if rule.check.follows}
    unused: list[Finding] = []
    for rule in rules:
        if rule.check.looks_at("Ignores"):
            with measure(rule.name):
                unused.extend(run.check(rule, [leftovers]))
    findings, consequences = with_consequences(reported, follows)
    return Report(
        workspace,
        joined.bundles,
        tuple(rules),
        tuple(in_order([*findings, *ordered(unused)])),
        tuple(suppressed),
        (*workspace.failures, *misfits, *run.failures),
        graphs=tuple(joined.graphs),
        consequences=tuple(consequences),
    )


@dataclass(frozen=True)
class Joined:
    """A workspace's bundles, each with its graph, and what is in all of them."""

    bundles: tuple[Bundle, ...]
    resources: Sequence[Resource]
    index: Index
    """Of everything, with what the configuration says is in any cluster."""
    graphs: Sequence[Graph]
    targets: Targets
    destinations: Mapping[str, Target]
    """Where each file goes."""
    apart: frozenset[str] = frozenset()
    """Files that meet nothing outside their own bundle."""
    off: Sequence[Graph] = ()
    """Of charts with exposure on: what is in them is no part of the others' workspace."""
    unknown: tuple[Sequence[str], Sequence[str]] = ((), ())
    """Texts of what does not parse, and of what charts that do not render whole are made of."""

    @classmethod
    def of(
        cls,
        bundles: tuple[Bundle, ...],
        off: Sequence[Bundle],
        targets: Targets,
        destinations: Mapping[str, Target],
        apart: frozenset[str],
        unknown: tuple[Sequence[str], Sequence[str]],
        index: Index | None = None,
    ) -> Joined:
        """Bundles joined; `index` is that of all their resources, if there is one already."""
        resources = [resource for bundle in bundles for resource in bundle.resources]
        index = Index(resources, *unknown) if index is None else index
        graphs = [Graph(bundle, index, destinations, apart) for bundle in bundles]
        graphs_off: list[Graph] = []
        if off:
            around = Index([*resources, *(resource for bundle in off for resource in bundle.resources)], *unknown)
            graphs_off = [Graph(bundle, around, destinations, apart) for bundle in off]
        declared = index.joined_with(targets.objects)
        return cls(bundles, resources, declared, graphs, targets, destinations, apart, graphs_off, unknown)

    def with_bundles(self, bundles: tuple[Bundle, ...], off: Sequence[Bundle] | None = None) -> Joined:
        """Other bundles in the place of these, and of those that are `off`: of the same files or fewer, which go where
        they go.
        """
        off = [graph.bundle for graph in self.off] if off is None else off
        return Joined.of(bundles, off, self.targets, self.destinations, self.apart, self.unknown)


def _join(workspace: Workspace, targets: Targets) -> Joined:
    unread = [document.text for document in workspace.documents if document.data is None]
    unrendered = tuple(dict.fromkeys(text for rendering in workspace.renderings for text in rendering.unread))
    plain = Index(resources_of(workspace, workspace.documents), unread, unrendered)
    built = [
        rendered_bundle(workspace, item, targets)
        for item in workspace.renderings
        if item.documents or item.absent_charts
    ]
    rendered = [bundle for bundle in built if bundle.exposure_on is None]
    off = [bundle for bundle in built if bundle.exposure_on is not None]
    standing = Apart.of(workspace, targets)
    bundles = with_common_platform((*make_bundles(plain, targets, standing.holds), *rendered))
    destinations = {resource.document.source.path: bundle.target for bundle in bundles for resource in bundle.resources}
    apart = frozenset(
        source.path
        for bundle in bundles
        for source in {resource.document.source for resource in bundle.resources}
        if standing.holds(source.relative, is_rendered=bundle.is_rendered)
    )
    return Joined.of(bundles, off, targets, destinations, apart, (unread, unrendered), None if rendered else plain)


def _check(rule: Rule, run: _Run, workspace: Workspace, graphs: Sequence[Graph]) -> Iterator[Finding]:
    """What a rule about graphs, or about the workspace, finds."""
    if rule.check.is_in_graph:
        for graph in graphs:
            yield from run.check(rule, rule.check.find(graph), graph)
    elif rule.check.looks_at("Workspace"):
        yield from run.check(rule, [workspace])
    elif rule.check.looks_at("Declarations") and _declares(workspace):
        # Imported late: most workspaces declare nothing.
        from klint.exposure.declarations import Declarations

        entries = workspace.config.declared_exposures
        yield from run.check(rule, [Declarations(graphs, entries, workspace.is_whole)])


def _declares(workspace: Workspace) -> bool:
    return bool(workspace.config.exposure) or any(ANNOTATION in text for text in _texts(workspace))


def _has_scripts(workspace: Workspace) -> bool:
    return bool(workspace.scripts) or any(map(concerns_manifest, _texts(workspace)))


def _texts(workspace: Workspace) -> set[str]:
    """What the workspace's manifests are written and rendered as."""
    rendered = (document for rendering in workspace.renderings for document in rendering.documents)
    return {document.source.text for document in (*workspace.documents, *rendered)}


def _check_scripts(
    rules: Sequence[Rule], run: _Run, workspace: Workspace, joined: Joined, targets: Targets, measure: Measure
) -> Iterator[Finding]:
    # Imported late: a run without scripts does not pay for their parser.
    from klint.exposure.scripts import read_scripts
    from klint.workspace.sourced import SourcedFiles

    with measure("scripts"):
        found = SourcedFiles(workspace).find
        read = list(read_scripts(workspace.scripts, joined.bundles, targets, joined.index, found))
    for rule in rules:
        if rule.check.looks_at("Scripts"):
            with measure(rule.name):
                for scripts in read:
                    yield from run.check(rule, [scripts], environment=scripts.environment)


def resources_of(workspace: Workspace, documents: Iterable[Document]) -> list[Resource]:
    """What the objects of documents of a workspace are: the same each time for a document that is kept."""
    return [
        resource
        for document in documents
        if document.data is not None and not is_cluster_file(document.data)
        for resource in workspace.parsed.resources(document, workspace.config.workloads)
    ]


def rendered_bundle(workspace: Workspace, rendering: Rendering, targets: Targets) -> Bundle:
    """What a rendering is deployed as."""
    resources = resources_of(workspace, rendering.documents)
    return Bundle(
        rendering.name,
        tuple(resources),
        targets.target(resources, rendering.delivery),
        is_rendered=True,
        has_gaps=rendering.has_gaps,
        absent_charts=rendering.absent_charts,
        delivery=rendering.delivery,
        exposure_on=rendering.exposure_on,
    )


def _written_documents(workspace: Workspace) -> Iterator[Document]:
    """What people write comments in: the manifests, and the files that renderings were made from."""
    yield from workspace.documents
    written = {source.path: source for rendering in workspace.renderings for source in rendering.written}
    for source in written.values():
        if suppress.MARK in source.text:
            # A template that is no YAML was rendered all the same: it is no problem that nobody could look into it.
            documents = [replace(document, problems=()) for document in workspace.parsed.documents(source)]
            yield from documents or [Document(source, 0, len(source.text), None)]


_LOWER = {Severity.ERROR: Severity.WARNING, Severity.WARNING: Severity.NOTE, Severity.NOTE: Severity.NOTE}
"""What becomes of a severity in the fixtures of tests, which nobody deploys."""


class _Run:
    """Runs checks: fills in rule and severity, and keeps a crash of one from costing the others."""

    def __init__(
        self,
        settings: dict[str, RuleSettings],
        targets: Targets,
        objects: Objects,
        on_crash: Callable[[str], None] | None,
    ) -> None:
        self.settings = settings
        self.targets = targets
        self.objects = objects
        self.on_crash = on_crash
        self._crashes: dict[tuple[str, str, str], list[str]] = {}
        self._seconds: dict[str, float] = {}

    @property
    def failures(self) -> Iterator[Failure]:
        """One for each line and error that a rule crashed with, however many subjects it crashed on."""
        for (rule, where, error), names in self._crashes.items():
            message = f"Rule {rule} crashed on {abridged(names, 1)}: {error}"
            yield Failure(where, message, "Run with --debug and report it, or --ignore it")

    def check(
        self, rule: Rule, subjects: Iterable[Any], graph: Graph | None = None, environment: str = ""
    ) -> list[Finding]:
        """Run one check on each subject. `graph` is what they are in, if they are in one."""
        settings = self.settings.get(rule.name)
        bundle = graph.bundle if graph is not None else None
        environment = bundle.target.environment if bundle else environment
        found: list[Finding] = []
        for subject, finding in self._said(rule, subjects, graph, _options(rule, settings)):
            with self._contained(rule, subject, graph):
                severity = _severity(rule, finding, environment, settings)
                if severity is not None:
                    opener = self.objects.around(finding.at)
                    intent = graph.intent(opener) if rule.check.explained_by and graph and opener else None
                    if intent and opener and not rule.check.is_explained_by(intent, opener):
                        intent = None
                    about = finding.about or opener
                    finding = replace(finding, rule=rule.name, severity=severity, about=about, intent=intent)
                    finding = _traced(finding, bundle) if bundle and bundle.is_rendered else finding
                    is_of_test = self.targets.is_fixture(finding.span.source.relative)
                    found.append(replace(finding, severity=_LOWER[severity]) if is_of_test else finding)
        return found

    def _said(
        self, rule: Rule, subjects: Iterable[Any], graph: Graph | None, options: Mapping[str, Any]
    ) -> list[tuple[Any, Finding]]:
        """What a rule says, and of what; rules of packs are held to limits."""
        said: list[tuple[Any, Finding]] = []
        if rule.is_built_in:
            self._ask(said, rule, subjects, graph, options)
            return said
        from time import monotonic

        from klint.registry import foreign

        left = self._seconds.setdefault(rule.name, foreign.SECONDS)
        if left <= 0:
            return said
        start = monotonic()
        try:
            with foreign.time_limit(left):
                self._ask(said, rule, subjects, graph, options, foreign.judged)
        except OutOfTime:
            start = -inf
            error = foreign.MisbehaviourError(f"it took more than {foreign.SECONDS:g} seconds")
            self._fail(rule, graph, graph, error)
        self._seconds[rule.name] -= monotonic() - start
        return said

    def _ask(
        self,
        said: list[tuple[Any, Finding]],
        rule: Rule,
        subjects: Iterable[Any],
        graph: Graph | None,
        options: Mapping[str, Any],
        judged: Callable[[Any, int], Iterable[Finding]] = lambda findings, _: findings,
    ) -> None:
        """Add what a rule says of each subject; what it said before it crashed counts."""
        try:  # `_contained` costs too much where bundles, rules and subjects are many
            for subject in subjects:
                try:
                    for finding in judged(rule.check(subject, graph, **options), len(said)):
                        said.append((subject, finding))
                except (KeyboardInterrupt, OutOfTime):
                    raise
                except BaseException as error:
                    self._fail(rule, subject, graph, error)
        except (KeyboardInterrupt, OutOfTime):
            raise
        except BaseException as error:
            self._fail(rule, graph, graph, error)

    @contextmanager
    def _contained(self, rule: Rule, subject: Any, graph: Graph | None) -> Iterator[None]:
        """Whatever a rule does on a subject ends no more than that; sys.exit(), for one, does not end klint."""
        try:
            yield
        except (KeyboardInterrupt, OutOfTime):
            raise
        except BaseException as error:
            self._fail(rule, subject, graph, error)

    def _fail(self, rule: Rule, subject: Any, graph: Graph | None, error: BaseException) -> None:
        import traceback

        frames = traceback.extract_tb(error.__traceback__)
        folder = f"{rule.folder}{os.sep}"
        own = next((frame for frame in reversed(frames) if frame.filename.startswith(folder)), None)
        where = f"{own.filename}:{own.lineno}" if own else str(rule.folder / "rule.py")
        names = self._crashes.setdefault((rule.name, where, described(error)), [])
        names.append(_called(subject, graph))
        if self.on_crash is not None and len(names) == 1:
            self.on_crash("".join(traceback.format_exception(error)))


def _called(subject: Any, graph: Graph | None) -> str:
    """What a rule looked at, as failures name it."""
    if isinstance(subject, Resource | PodTemplate):
        return f"{subject} of {subject.document.source.path}"
    return graph.bundle.name if graph is not None else "the workspace"


def _options(rule: Rule, settings: RuleSettings | None) -> Mapping[str, Any]:
    """The options that the configuration sets, by parameter."""
    if settings is None:
        return {}
    by_name = {option.name: option for option in rule.check.options}
    return {
        by_name[key].parameter: tuple(value) if isinstance(value, list) else value
        for key, value in settings.options.items()
    }


def _severity(rule: Rule, finding: Finding, environment: str, settings: RuleSettings | None) -> Severity | None:
    """The configuration's word, else the finding's own, else the rule's; a rule silent in an environment stays so."""
    if settings is not None:
        for key in (environment, "otherwise"):
            if key in settings.severity:
                return settings.severity[key]
    usual = rule.severity_in(environment)
    return None if usual is None else finding.severity or usual


def _traced(finding: Finding, bundle: Bundle) -> Finding:
    """A finding in something rendered: out of which bundle, and which other lines made the value what it is."""
    at = finding.at
    origin = at.document.origin if isinstance(at, Place) and not isinstance(at, ObjectPlace) else None
    traces = origin.related(at.document, at.path) if origin and isinstance(at, Place) else ()
    related = tuple(Related(message, span) for message, span in traces)
    return replace(finding, related=(*finding.related, *related), bundles=(bundle.name,))

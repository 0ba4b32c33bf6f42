"""What .klint.yaml says."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from klint.config import FILE_NAME
from klint.config.entries import Entries
from klint.config.patterns import Patterns
from klint.findings import Severity
from klint.intents import Intent
from klint.kube.objects import WorkloadKinds
from klint.kube.ports import NodePortRange
from klint.kube.resource import Resource
from klint.records import cached_property, dataclass, field, replace
from klint.text.document import Document, Path, Place
from klint.text.source import Span

if TYPE_CHECKING:
    from datetime import date

ENVIRONMENTS = ("production", "staging", "development", "local")


@dataclass(frozen=True)
class Exists:
    """What is in the cluster though no manifest of the workspace says so."""

    services: tuple[str, ...] = ()
    ingress_classes: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    pods: tuple[Mapping[str, str], ...] = ()

    def has_service(self, namespace: str, name: str) -> bool:
        """Whether a Service is declared, as `name` or `namespace/name`."""
        return _declared(self.services, namespace, name)

    def has_gateway(self, namespace: str, name: str) -> bool:
        """Whether a Gateway is declared, as `name` or `namespace/name`."""
        return _declared(self.gateways, namespace, name)

    def has_ingress_class(self, name: str) -> bool:
        """Whether an IngressClass is declared."""
        return any(fnmatchcase(name, pattern) for pattern in self.ingress_classes)


def _declared(patterns: tuple[str, ...], namespace: str, name: str) -> bool:
    return any(fnmatchcase(f"{namespace}/{name}", pattern) or fnmatchcase(name, pattern) for pattern in patterns)


EVERYTHING = Patterns(("**",))


@dataclass(frozen=True)
class TargetSettings:
    """One entry of `targets`: what it says about the bundles its path matches; or `cluster`, about all of them."""

    path: Patterns
    environment: str = ""
    platform: str = ""
    kubernetes: str = ""
    node_ports: NodePortRange | None = None
    exists: Exists = Exists()
    objects: tuple[Resource, ...] = ()
    """What is in the cluster, as manifests have it; its documents are the configuration's."""
    closed_world: bool | None = None
    must_declare_exposure: bool | None = None
    told_by: str = FILE_NAME


@dataclass(frozen=True)
class ChartSettings:
    """One entry of `charts`: a set of values for the charts that its path matches. Files are relative to the root."""

    path: Patterns
    name: str = ""
    values: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    release: str = ""
    namespace: str = ""
    kubernetes: str = ""
    api_versions: tuple[str, ...] = ()


Level = Severity | None
"""A severity, or None for off."""


@dataclass(frozen=True)
class RuleSettings:
    """What the configuration says of one rule. `severity` maps environments and `otherwise` to levels.

    `at` is the rule's entry in the file.
    """

    at: Place
    severity: Mapping[str, Level] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Where the rule is named, as file, line and column."""
        return str(key_span(self.at.document, self.at.path))

    def where_option(self, name: str) -> str:
        """Where an option is named."""
        return str(key_span(self.at.document, (*self.at.path, name)))

    def where_value(self, name: str) -> str:
        """Where an option's value stands."""
        return str(self.at.document.span((*self.at.path, name)))

    @property
    def is_off(self) -> bool:
        """Whether the rule is silent in every environment."""
        return "otherwise" in self.severity and not any(self.severity.values())


@dataclass(frozen=True)
class Suppression:
    """One entry of `suppress`: a finding that matches all it says is silenced until it expires.

    `at` is the entry in the file.
    """

    reason: str
    at: Place
    rules: tuple[str, ...] = ()
    kind: str = ""
    namespace: str = ""
    name: str = ""
    path: Patterns = Patterns()
    expires: date | None = None


@dataclass(frozen=True)
class DeclaredExposure:
    """One entry of `exposure`: what is declared of the objects that match all it says."""

    intent: Intent
    kind: str = ""
    namespace: str = ""
    name: str = ""
    path: Patterns = Patterns()


@dataclass(frozen=True)
class Config:
    """What .klint.yaml says; the defaults where it is silent.

    `folder` is the one it is in, which its patterns are relative to. What `cluster` says of everything, an entry of
    `targets` may say otherwise.
    """

    include: Patterns = Patterns()
    exclude: Patterns = Patterns()
    fixtures: Patterns = Patterns()
    cluster: TargetSettings = TargetSettings(EVERYTHING)
    targets: tuple[TargetSettings, ...] = ()
    workloads: WorkloadKinds = field(default_factory=dict)
    charts: tuple[ChartSettings, ...] = ()
    build_bases: bool = False
    exposure_on: bool = True
    build_options: str = ""
    """Options of `kustomize build`."""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    rules: Mapping[str, RuleSettings] = field(default_factory=dict)
    suppress: tuple[Suppression, ...] = ()
    exposure: tuple[DeclaredExposure, ...] = ()
    baseline: str = ""
    document: Document | None = None
    folder: pathlib.Path | None = None

    def told(self, environment: str = "", platform: str = "", *, closed_world: bool = False) -> Config:
        """This configuration with what the command line says of every target, which goes before what it says itself."""
        told = (
            TargetSettings(EVERYTHING, environment, told_by="--environment") if environment else None,
            TargetSettings(EVERYTHING, platform=platform, told_by="--platform") if platform else None,
            TargetSettings(EVERYTHING, closed_world=True, told_by="--closed-world") if closed_world else None,
        )
        return replace(self, targets=(*self.targets, *filter(None, told))) if any(told) else self

    @cached_property
    def declared_exposures(self) -> Entries[DeclaredExposure]:
        """The entries of `exposure`, by what they are about."""
        entries: Entries[DeclaredExposure] = Entries()
        for entry in self.exposure:
            entries.add(entry, entry)
        return entries

    def where(self, key: str, index: int) -> str:
        """Where an item of a setting stands, as file, line and column; empty when there is no file."""
        return str(self.document.span((key, index))) if self.document else ""


def key_span(document: Document, path: Path) -> Span:
    """Where the key at the end of a path stands."""
    node = document.root
    for step in path[:-1]:
        entry = node.child(step) if node else None
        node = entry.node if entry else None
    entry = node.child(path[-1]) if node else None
    if entry is None:
        return document.span(path)
    return document.source.span(document.start + entry.key_start, document.start + entry.key_end)

""".klint.yaml → Config, checked against config.schema.json, with errors that name file, line and the nearest key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from klint.document import Document, Source, read_documents
from klint.errors import Failure, KlintError, nearest
from klint.findings import Severity
from klint.kube.objects import WorkloadKinds
from klint.kube.ports import NodePortRange
from klint.patterns import Patterns

FILE_NAME = ".klint.yaml"
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


@dataclass(frozen=True)
class TargetSettings:
    """One entry of `targets`: what it says about the bundles its path matches."""

    path: Patterns
    environment: str = ""
    platform: str = ""
    kubernetes: str = ""
    node_ports: NodePortRange | None = None
    exists: Exists = Exists()


Level = Severity | None
"""A severity, or None for off."""


@dataclass(frozen=True)
class RuleSettings:
    """What the configuration says of one rule. `severity` maps environments and `otherwise` to levels."""

    severity: Mapping[str, Level] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    where: str = ""

    @property
    def is_off(self) -> bool:
        """Whether the rule is silent in every environment."""
        return "otherwise" in self.severity and not any(self.severity.values())


@dataclass(frozen=True)
class Suppression:
    """One entry of `suppress`: a finding that matches all it says is silenced until it expires."""

    reason: str
    where: Document
    index: int
    rules: tuple[str, ...] = ()
    kind: str = ""
    namespace: str = ""
    name: str = ""
    path: Patterns = Patterns()
    expires: date | None = None


@dataclass(frozen=True)
class Config:
    """What .klint.yaml says; the defaults where it is silent."""

    include: Patterns = Patterns()
    exclude: Patterns = Patterns()
    targets: tuple[TargetSettings, ...] = ()
    workloads: WorkloadKinds = field(default_factory=dict)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    rules: Mapping[str, RuleSettings] = field(default_factory=dict)
    suppress: tuple[Suppression, ...] = ()


def schema() -> dict[str, Any]:
    """The JSON schema of .klint.yaml, which editors read too."""
    text = Path(__file__).with_name("config.schema.json").read_text("utf-8")
    return dict(json.loads(text))


def load_config(file: Path, shown: str) -> Config:
    """The configuration in a file; `shown` is the path that errors name.

    Raises:
        KlintError: the file cannot be read, is not YAML, or says something klint does not know.
    """
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise KlintError(Failure(shown, f"The configuration cannot be read: {reason}")) from None
    return parse_config(Source(shown, text))


def parse_config(source: Source) -> Config:
    """The configuration in a text. Raises KlintError as `load_config` does."""
    documents = list(read_documents(source))
    problems = [problem for document in documents for problem in document.problems]
    if problems:
        raise KlintError(*(Failure(str(problem.span), problem.message) for problem in problems))
    if not documents or documents[0].data is None:
        return Config()
    document = documents[0]
    failures = list(_schema_failures(document))
    if failures:
        raise KlintError(*failures)
    return _config(document)


def _schema_failures(document: Document) -> Iterator[Failure]:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError, best_match

    validator = Draft202012Validator(schema())
    errors = sorted(validator.iter_errors(document.data), key=lambda error: [str(step) for step in error.absolute_path])
    for error in errors:
        deepest: ValidationError = best_match([error]) or error
        yield from _explain(document, deepest)


def _explain(document: Document, error: Any) -> Iterator[Failure]:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = list(error.schema.get("properties", {}))
        for key in error.instance:
            if key not in known:
                span = _key_span(document, (*path, key))
                yield Failure(str(span), f"There is no setting {key!r} here", nearest(str(key), known))
        return
    name = ".".join(map(str, path)) or "the configuration"
    where = str(document.span(path))
    if error.validator == "enum":
        known = [str(value) for value in error.validator_value]
        yield Failure(where, f"{name} cannot be {error.instance!r}", nearest(str(error.instance), known))
    elif error.validator == "required":
        yield Failure(where, f"{name}: {error.message}")
    else:
        yield Failure(where, f"{name}: {error.message}")


def _key_span(document: Document, path: tuple[str | int, ...]) -> Any:
    parent = document.root
    for step in path[:-1]:
        entry = parent.child(step) if parent else None
        parent = entry.node if entry else None
    entry = parent.child(path[-1]) if parent else None
    if entry is None:
        return document.span(path)
    return document.source.span(document.start + entry.key_start, document.start + entry.key_end)


def _config(document: Document) -> Config:
    data = document.data
    failures: list[Failure] = []
    config = Config(
        include=Patterns(_texts(data.get("include"))),
        exclude=Patterns(_texts(data.get("exclude"))),
        targets=tuple(_target(document, index, item, failures) for index, item in enumerate(data.get("targets") or ())),
        workloads={(item["group"], item["kind"]): _texts(item["template"]) for item in data.get("workloads") or ()},
        select=_texts(data.get("select")),
        ignore=_texts(data.get("ignore")),
        rules={
            name: _rule_settings(value, str(_key_span(document, ("rules", name))))
            for name, value in (data.get("rules") or {}).items()
        },
        suppress=tuple(
            _suppression(document, index, item, failures) for index, item in enumerate(data.get("suppress") or ())
        ),
    )
    if failures:
        raise KlintError(*failures)
    return config


def _target(document: Document, index: int, item: Mapping[str, Any], failures: list[Failure]) -> TargetSettings:
    node_ports = None
    if "node-ports" in item:
        place = document.span(("targets", index, "node-ports"))
        node_ports = NodePortRange.parse(item["node-ports"], f"{place.file}:{place.line}")
        if node_ports is None:
            remedy = "Write A-B with 1 <= A <= B <= 65535"
            failures.append(Failure(str(place), f"{item['node-ports']!r} is no range of ports", remedy))
    exists = item.get("exists") or {}
    return TargetSettings(
        path=Patterns(_texts(item["path"])),
        environment=item.get("environment", ""),
        platform=item.get("platform", ""),
        kubernetes=item.get("kubernetes", "").removeprefix("v"),
        node_ports=node_ports,
        exists=Exists(
            services=_texts(exists.get("services")),
            ingress_classes=_texts(exists.get("ingress-classes")),
            gateways=_texts(exists.get("gateways")),
            pods=tuple(exists.get("pods") or ()),
        ),
    )


def _rule_settings(value: Any, where: str) -> RuleSettings:
    if isinstance(value, dict):
        options = {key: item for key, item in value.items() if key != "severity"}
        return RuleSettings(_levels(value["severity"]) if "severity" in value else {}, options, where)
    return RuleSettings(_levels(value), {}, where)


def _levels(value: Any) -> Mapping[str, Level]:
    if isinstance(value, dict):
        return {environment: _level(item) for environment, item in value.items()}
    return {"otherwise": _level(value)}


def _level(value: object) -> Level:
    return None if value in ("off", False) else Severity(str(value))


def _suppression(document: Document, index: int, item: Mapping[str, Any], failures: list[Failure]) -> Suppression:
    expires = None
    if "expires" in item:
        try:
            expires = date.fromisoformat(item["expires"])
        except ValueError:
            where = document.span(("suppress", index, "expires"))
            failures.append(Failure(str(where), f"{item['expires']!r} is no date", "Write YYYY-MM-DD"))
    return Suppression(
        reason=item["reason"],
        where=document,
        index=index,
        rules=_texts(item.get("rule")),
        kind=item.get("kind", ""),
        namespace=item.get("namespace", ""),
        name=item.get("name", ""),
        path=Patterns(_texts(item.get("path"))),
        expires=expires,
    )


def _texts(value: Any) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else tuple(value)

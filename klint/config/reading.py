"""A text → Config, checked against schema.json, with errors that name file, line and the nearest key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from klint.config.config import (
    EVERYTHING,
    ChartSettings,
    Config,
    DeclaredExposure,
    Exists,
    Level,
    RuleSettings,
    Suppression,
    TargetSettings,
    key_span,
)
from klint.config.patterns import Patterns
from klint.errors import Failure, KlintError
from klint.findings import Severity
from klint.intents import Exposure, Intent
from klint.kube.objects import WorkloadKinds, read_resources
from klint.kube.ports import NodePortRange
from klint.text.document import Document, Place
from klint.text.reading import read_documents
from klint.text.source import Source


def schema() -> dict[str, Any]:
    """The JSON schema of .klint.yaml: what schema.json says, which editors read, without the time that JSON takes."""
    from klint.config.schema_data import SCHEMA

    return SCHEMA


def parse_config(source: Source) -> Config:
    """The configuration in a text.

    Raises:
        KlintError: it is not YAML, or says something klint does not know.
    """
    documents = list(read_documents(source))
    problems = [problem for document in documents for problem in document.problems]
    if problems:
        raise KlintError(*(Failure(str(problem.span), problem.sentence) for problem in problems))
    if len(documents) > 1:
        where = documents[1].source.span(documents[1].start, documents[1].start)
        raise KlintError(Failure(str(where), "A second document starts here", "Keep the configuration in one"))
    if not documents or documents[0].data is None:
        return Config()
    from klint.config.schema import Schema

    document = documents[0]
    data = _without_nulls(document.data)
    failures = [
        Failure(
            str((key_span if misfit.is_key else Document.span)(document, misfit.path)), misfit.message, misfit.remedy
        )
        for misfit in Schema(schema()).misfits(document, data)
    ]
    if failures:
        raise KlintError(*failures)
    return _config(document, data)


def _name(at: Place) -> str:
    from klint.config.schema import name_of

    return name_of(at.path)


def _without_nulls(value: Any) -> Any:
    """The data without keys that have no value: a list whose every entry is commented out says nothing."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _config(document: Document, data: Mapping[str, Any]) -> Config:
    failures: list[Failure] = []
    workloads = {(item["group"], item["kind"]): _texts(item["template"]) for item in data.get("workloads", ())}
    config = Config(
        include=_patterns(Place(document, ("include",)), data, failures),
        exclude=_patterns(Place(document, ("exclude",)), data, failures),
        fixtures=_patterns(Place(document, ("fixtures",)), data, failures),
        cluster=_target(Place(document, ("cluster",)), data.get("cluster", {}), workloads, failures),
        targets=tuple(
            _target(Place(document, ("targets", index)), item, workloads, failures)
            for index, item in enumerate(data.get("targets", ()))
        ),
        workloads=workloads,
        charts=tuple(
            _chart(Place(document, ("charts", index)), item, failures)
            for index, item in enumerate(data.get("charts", ()))
        ),
        exposure_on=data.get("helm", {}).get("exposure-on", True),
        build_bases=data.get("kustomize", {}).get("bases", False),
        build_options=data.get("kustomize", {}).get("build-options", ""),
        select=_texts(data.get("select")),
        ignore=_texts(data.get("ignore")),
        rules={
            name: _rule_settings(Place(document, ("rules", name)), value)
            for name, value in data.get("rules", {}).items()
        },
        suppress=tuple(
            _suppression(Place(document, ("suppress", index)), item, failures)
            for index, item in enumerate(data.get("suppress", ()))
        ),
        exposure=tuple(
            _declared(Place(document, ("exposure", index)), item, failures)
            for index, item in enumerate(data.get("exposure", ()))
        ),
        baseline=data.get("baseline", ""),
        document=document,
    )
    if failures:
        raise KlintError(*failures)
    return config


def _target(at: Place, item: Mapping[str, Any], workloads: WorkloadKinds, failures: list[Failure]) -> TargetSettings:
    """An entry of `targets`; or `cluster`, which has no path."""
    node_ports = None
    if "node-ports" in item:
        span = _below(at, "node-ports").span
        node_ports = NodePortRange.parse(item["node-ports"], f"{span.file}:{span.line}")
        if node_ports is None:
            message = f"{_name(at)}.node-ports cannot be {item['node-ports']!r}"
            failures.append(Failure(str(span), message, "Write A-B with 1 <= A <= B <= 65535"))
    exists = item.get("exists", {})
    return TargetSettings(
        path=_patterns(_below(at, "path"), item, failures) if "path" in item else EVERYTHING,
        environment=item.get("environment", ""),
        platform=item.get("platform", ""),
        kubernetes=item.get("kubernetes", "").removeprefix("v"),
        node_ports=node_ports,
        closed_world=item.get("closed-world"),
        must_declare_exposure=item.get("declare-exposure"),
        exists=Exists(
            services=_texts(exists.get("services")),
            ingress_classes=_texts(exists.get("ingress-classes")),
            gateways=_texts(exists.get("gateways")),
            pods=tuple(exists.get("pods", ())),
        ),
        objects=tuple(
            found
            for index in range(len(item.get("objects", ())))
            for found in read_resources(at.document, workloads, (*at.path, "objects", index))
        ),
    )


def _chart(at: Place, item: Mapping[str, Any], failures: list[Failure]) -> ChartSettings:
    return ChartSettings(
        path=_patterns(_below(at, "path"), item, failures),
        name=item.get("name", ""),
        values=_texts(item.get("values")),
        sets=_texts(item.get("set")),
        release=item.get("release", ""),
        namespace=item.get("namespace", ""),
        kubernetes=item.get("kubernetes", "").removeprefix("v"),
        api_versions=_texts(item.get("api-versions")),
    )


def _rule_settings(at: Place, value: Any) -> RuleSettings:
    if isinstance(value, dict):
        options = {key: item for key, item in value.items() if key != "severity"}
        return RuleSettings(at, _levels(value["severity"]) if "severity" in value else {}, options)
    return RuleSettings(at, _levels(value))


def _levels(value: Any) -> Mapping[str, Level]:
    if isinstance(value, dict):
        return {environment: _level(item) for environment, item in value.items()}
    return {"otherwise": _level(value)}


def _level(value: object) -> Level:
    return None if value in ("off", False) else Severity(str(value))


def _suppression(at: Place, item: Mapping[str, Any], failures: list[Failure]) -> Suppression:
    expires = None
    if "expires" in item:
        # Imported late: few configurations have a date in them.
        from datetime import date

        try:
            expires = date.fromisoformat(item["expires"])
        except ValueError:
            message = f"{_name(at)}.expires cannot be {item['expires']!r}, which is not a date"
            failures.append(Failure(str(_below(at, "expires").span), message))
    return Suppression(
        reason=item["reason"],
        at=at,
        rules=_texts(item.get("rule")),
        kind=item.get("kind", ""),
        namespace=item.get("namespace", ""),
        name=item.get("name", ""),
        path=_patterns(_below(at, "path"), item, failures),
        expires=expires,
    )


def _declared(at: Place, item: Mapping[str, Any], failures: list[Failure]) -> DeclaredExposure:
    exposure = _below(at, "exposure")
    return DeclaredExposure(
        Intent(Exposure(item["exposure"]), exposure, "configuration", item.get("reason", "")),
        kind=item.get("kind", ""),
        namespace=item.get("namespace", ""),
        name=item.get("name", ""),
        path=_patterns(_below(at, "path"), item, failures),
    )


def _patterns(at: Place, owner: Mapping[str, Any], failures: list[Failure]) -> Patterns:
    patterns = Patterns(_texts(owner.get(str(at.path[-1]))))
    for line in patterns.invalid:
        message = f"{_name(at)} cannot be {line!r}, which is not a .gitignore pattern"
        failures.append(Failure(str(at.span), message))
    return patterns


def _below(at: Place, key: str) -> Place:
    return Place(at.document, (*at.path, key))


def _texts(value: Any) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else tuple(value)

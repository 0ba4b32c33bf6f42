"""JSON schemas for kubeconform, made of what Kubernetes publishes of its API, so that it needs no network.

`KUBECONFORM_SCHEMAS=$(python -m benchmarks.schemas FOLDER) python -m benchmarks` has kubeconform measured with them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

VERSION = "1.36.3"
"""Of Kubernetes; the module is fetched as Go fetches any."""

Schema = Mapping[str, Any]

_LOOSER: Mapping[str, Schema] = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"type": ["string", "integer", "null"]},
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": ["string", "number", "null"]},
}
"""What the API takes where its description says no more than `string`."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.schemas", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder.absolute()
    write_schemas(_published(), folder)
    print(folder / "{{.ResourceKind}}{{.KindSuffix}}.json")


def write_schemas(definitions: Mapping[str, Schema], folder: Path) -> None:
    """Write a file for each kind that has a name of its own, with all the definitions that it needs."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, definition in definitions.items():
        for identity in definition.get("x-kubernetes-group-version-kind", ()):
            group = identity["group"].split(".")[0]
            suffix = "-".join(word for word in (group, identity["version"]) if word)
            schema = {
                **_schema(definition),
                "definitions": {needed: _schema(definitions[needed]) for needed in _needed(definitions, name)},
            }
            (folder / f"{identity['kind'].lower()}-{suffix}.json").write_text(json.dumps(schema), "utf-8")


def _published() -> Mapping[str, Schema]:
    """The definitions of Kubernetes' API."""
    command = ("go", "mod", "download", "-json", f"k8s.io/kubernetes@v{VERSION}")
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    published = Path(told["Dir"], "api", "openapi-spec", "swagger.json")
    definitions: Mapping[str, Schema] = json.loads(published.read_text("utf-8"))["definitions"]
    return {name: _LOOSER.get(name, definition) for name, definition in definitions.items()}


def _needed(definitions: Mapping[str, Schema], name: str) -> list[str]:
    """The definitions that one refers to, however many lie between."""
    needed: set[str] = set()
    waiting = [name]
    while waiting:
        found = {*_references(definitions[waiting.pop()])} - needed
        needed |= found
        waiting.extend(found)
    return sorted(needed)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        reference = value.get("$ref")
        if isinstance(reference, str):
            yield reference.rpartition("/")[2]
    for below in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _references(below)


def _schema(value: Any, *, may_be_null: bool = False) -> Any:
    """A part of the description as JSON Schema: without what is for readers, and with null for what may be left out."""
    if not isinstance(value, Mapping):
        return value
    made: dict[str, Any] = {key: value[key] for key in ("$ref", "type", "format", "required", "enum") if key in value}
    required = value.get("required", ())
    if "properties" in value:
        made["properties"] = {
            key: _schema(below, may_be_null=key not in required) for key, below in value["properties"].items()
        }
    made.update((key, _schema(value[key])) for key in ("items", "additionalProperties") if key in value)
    if may_be_null and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made


if __name__ == "__main__":
    main()

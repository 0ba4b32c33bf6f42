"""What is filled in after a build: the variables of a delivery, and the ConfigMaps and Secrets that define some."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from klint.kube.resource import Resource, mapping, string
from klint.records import cached_property, dataclass, field
from klint.regex import regex
from klint.text.document import Document, Place
from klint.text.placeholders import is_template
from klint.workspace.deployers.delivery import Delivery, VariableSource
from klint.workspace.deployers.envsubst import UNDEFINED, Value, fill_in, variables_in

_SUBSTITUTE = "kustomize.toolkit.fluxcd.io/substitute"
_VARIABLE_NAME = regex(r"[_A-Za-z][_A-Za-z0-9]*\Z")
"""Source: fluxcd/pkg's kustomize_varsub.go, varsubRegex."""


@dataclass(frozen=True, eq=False)
class Values:
    """The values of a delivery's variables, and where each is said.

    `is_whole` is whether no others may be defined, so that a variable which is not here has its default. A value that
    is encrypted, or still to be filled in itself, is None.
    """

    texts: Mapping[str, str | None]
    places: Mapping[str, Place]
    is_whole: bool = True

    def of(self, name: str) -> Value:
        """A variable's value."""
        return self.texts.get(name, UNDEFINED if self.is_whole else None)

    def fill_in(self, document: Document) -> str:
        """The text of a built document with its variables filled in, unless it says that it has none."""
        text = document.text
        metadata = mapping(mapping(document.data).get("metadata"))
        said = (mapping(metadata.get(name)).get(_SUBSTITUTE) for name in ("labels", "annotations"))
        if "$" not in text or "disabled" in said:
            return text
        try:
            return fill_in(text, self.of)
        except ValueError:
            return text

    def used_in(self, value: Any) -> Iterator[tuple[str, Place]]:
        """The variables that a value has, as it was built, and where each is defined."""
        for name in dict.fromkeys(variables_in(value)) if isinstance(value, str) else ():
            if self.texts.get(name) is not None:
                yield name, self.places[name]


@dataclass(frozen=True, eq=False)
class _Definition:
    """A ConfigMap or Secret, and the cluster it goes to, empty where unknown."""

    item: Resource
    cluster: str
    is_deployed: bool

    @cached_property
    def content(self) -> str:
        """What tells whether two say the same."""
        return repr((self.item.get("data"), self.item.get("stringData")))


@dataclass(frozen=True)
class Definitions:
    """The ConfigMaps and Secrets of a workspace: as they are written, and as they are deployed to a cluster."""

    _found: dict[tuple[str, str, str], list[_Definition]] = field(default_factory=dict)

    def add(self, documents: Iterable[Document], cluster: str, *, is_deployed: bool) -> None:
        """Add those among some documents, which go to a cluster as far as that is known."""
        for document in documents:
            data = mapping(document.data)
            if data.get("apiVersion") == "v1" and data.get("kind") in ("ConfigMap", "Secret"):
                item = Resource(document, (), data)
                key = (item.kind, item.namespace, item.name)
                self._found.setdefault(key, []).append(_Definition(item, cluster, is_deployed))

    def values(self, delivery: Delivery) -> Values | None:
        """The values of a delivery's variables; None where it has none.

        What it says itself goes before what a source says, and a later source before the ones above it.
        """
        variables = delivery.variables
        if variables is None:
            return None
        texts: dict[str, str | None] = {}
        places: dict[str, Place] = {}
        is_whole = True
        for source in variables.sources:
            found = self._named(source, delivery.cluster)
            is_whole = is_whole and found is not None
            for name, (text, place) in (_said_by(found) if found else {}).items():
                texts[name], places[name] = text, place
        for name, place in variables.given.items():
            texts[name], places[name] = _known(place.value), place
        named = {name: text for name, text in texts.items() if _VARIABLE_NAME.match(name)}
        return Values(named, places, is_whole)

    def _named(self, source: VariableSource, cluster: str) -> Resource | None:
        """The one object that a source can be: of the same cluster, and as it is deployed rather than written."""
        named = (self._found.get((source.kind, namespace, source.name), []) for namespace in ("", source.namespace))
        found = [item for items in named for item in items if not cluster or item.cluster in ("", cluster)]
        sure = [item for item in found if item.cluster == cluster] or found
        chosen = [item for item in sure if item.is_deployed] or sure
        return chosen[0].item if len({item.content for item in chosen}) == 1 else None


def _said_by(item: Resource) -> Mapping[str, tuple[str | None, Place]]:
    """The values that a ConfigMap or Secret has, by name; None for those that are encrypted or to be filled in."""
    said: dict[str, tuple[str | None, Place]] = {}
    is_encrypted = "sops" in item.data
    for name, value in mapping(item.get("data")).items():
        text = _decoded(value) if item.kind == "Secret" else value
        said[str(name)] = (None if is_encrypted and item.kind == "Secret" else _known(text), item.at("data", name))
    for name, value in mapping(item.get("stringData")).items() if item.kind == "Secret" else ():
        said[str(name)] = (None if is_encrypted else _known(value), item.at("stringData", name))
    return said


def _known(value: Any) -> str | None:
    """A value that is text, on one line as Flux has it; None if it is to be filled in, or is none that Flux takes."""
    return value.replace("\n", "") if isinstance(value, str) and not is_template(value) else None


def _decoded(value: Any) -> str | None:
    try:
        return base64.b64decode(string(value), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None

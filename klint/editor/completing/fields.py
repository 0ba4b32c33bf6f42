"""What is being typed, and what may be named there: the objects of a bundle, or of what is beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from klint.editor.completing.typed import Typed
from klint.editor.completing.typing import Sketch
from klint.kube.namespace import may_be_one_namespace
from klint.kube.resource import Resource
from klint.kube.service import Service
from klint.kube.workload import PodTemplate, Workload
from klint.records import dataclass
from klint.text.data import is_same
from klint.text.document import Path
from klint.text.placeholders import is_placeholder
from klint.text.yaml import resolve

if TYPE_CHECKING:
    from klint.exposure.graph import Graph

ResourceType = TypeVar("ResourceType", bound=Resource)


@dataclass(frozen=True, slots=True)
class Offer:
    """A text that may stand in a field, and what it is. `is_plain` where it is no text to YAML: a number, a pair."""

    text: str
    detail: str
    is_plain: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is being typed, and the document that it is in."""

    sketch: Sketch
    typed: Typed

    @property
    def path(self) -> Path:
        """The path of the value; of a key that of what it is in."""
        return self.typed.path

    def beside(self, up: int, *path: str) -> str:
        """The text of another field: at a path below what is so many steps above."""
        return self.sketch.text(*self.path[: len(self.path) - up], *path)

    @property
    def namespace(self) -> str:
        """The namespace of what is named here: that which stands beside the name, or else the object's."""
        return self.beside(1, "namespace") or self.sketch.namespace


@dataclass(frozen=True, slots=True)
class Known:
    """What may be named in a bundle: what is in it, and where it has none of a kind, what is beside it."""

    graph: Graph
    graphs: Sequence[Graph]

    def objects(self, cls: type[ResourceType], namespace: str = "", kind: str = "") -> list[ResourceType]:
        """The objects of a class, and of a kind if it is given, in what may be a namespace."""
        beside = (other for other in self.graphs if self.graph.target.may_be_beside(other.target))
        for graphs in ((self.graph,), beside):
            found = [
                item
                for graph in graphs
                for item in graph.resources
                if isinstance(item, cls)
                and (not kind or item.kind == kind)
                and may_be_one_namespace(item.namespace, namespace)
                and item.name
                and not is_placeholder(item.name)
            ]
            if found:
                return found
        return []

    def service(self, name: str, namespace: str) -> Service | None:
        """The Service of a name."""
        return next((item for item in self.objects(Service, namespace) if item.name == name), None)

    def pods(self, namespace: str) -> Iterator[PodTemplate]:
        """The pod templates in what may be a namespace."""
        for workload in self.objects(Workload, namespace):
            yield from workload.pods


Make = Callable[[Field, Known], Iterator[Offer]]
"""What is offered in a field."""


def quoted(text: str) -> str:
    """A text as YAML has it: in quotes where it would be something else than a text without."""
    return text if is_same(resolve(text), text) else f'"{text}"'

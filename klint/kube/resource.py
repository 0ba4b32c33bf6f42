"""Views: typed, frozen windows on a document's plain data. They never fail on malformed data, they see nothing there.

A view holds the data and the path to it, so that every value a rule reads can be pointed at: `port.at("nodePort")`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from klint.records import cached_property, dataclass
from klint.text.data import MISSING, value_at
from klint.text.document import Document, ObjectPlace, Path, Place
from klint.text.yaml import key_text

if TYPE_CHECKING:
    from klint.kube.keys import ListKeys
    from klint.text.changes import Insert, Remove, Replace


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def texts(value: Any) -> tuple[str, ...]:
    """The strings of a list; what else is in it is left out."""
    return tuple(item for item in sequence(value) if isinstance(item, str))


def string(value: Any) -> str:
    """The value if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def integer(value: Any) -> int | None:
    """The value if it is an integer (a boolean is none), else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def strings(value: Any) -> Mapping[str, str]:
    """The string values of a mapping, as labels and annotations have them."""
    found = mapping(value)
    if not found:
        return _NO_STRINGS
    if _STRING.issuperset(map(type, found)) and _STRING.issuperset(map(type, found.values())):
        return MappingProxyType(found)  # as nearly all are: nothing to copy
    return MappingProxyType({key_text(key): item for key, item in found.items() if isinstance(item, str)})


_STRING = frozenset((str,))
_NO_STRINGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class View:
    """A mapping in a document: its data and the path to it."""

    document: Document
    path: Path
    data: Mapping[str, Any]

    def get(self, *path: str | int) -> Any:
        """The value at a path below, or None."""
        value: Any = self.data
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
                value = value[step]
            else:
                return None
        return value

    def at(self, *path: str | int) -> Place:
        """The place of a path below, whether or not something is there."""
        return Place(self.document, self.path + path)

    def setting(self, value: Any, *path: str) -> Replace | Insert:
        """The change that gives a field a value, whether or not the field and what it is in are there yet."""
        from klint.text.changes import Insert, Replace

        if value_at(self.data, path) is not MISSING:
            return Replace(self.at(*path), value)
        *above, step = path
        return Insert(self.at(*above), step, value) if self.get(*above) else self.setting({step: value}, *above)

    def child(self, cls: type[ViewType], *path: str | int) -> ViewType:
        """A view on the mapping at a path below; an empty one if there is none."""
        return cls(self.document, self.path + path, mapping(self.get(*path)))

    def children(self, cls: type[ViewType], *path: str | int) -> tuple[ViewType, ...]:
        """A view on each mapping in the list at a path below."""
        items = self.get(*path)
        if not items or not isinstance(items, list):
            return ()
        start = self.path + path
        document = self.document
        return tuple([cls(document, (*start, step), item) for step, item in enumerate(items) if isinstance(item, dict)])


ViewType = TypeVar("ViewType", bound=View)  # below the class: a bound that is text would be compiled on import


@dataclass(frozen=True, eq=False)
class Resource(View):
    """A Kubernetes object."""

    layer: ClassVar[str] = ""
    """The exposure layer the object belongs to: entry, distribution, routing, workload or none."""

    @property
    def is_hook(self) -> bool:
        """Whether Helm runs it at install, upgrade or test time only, so that it is no part of what stays."""
        return "helm.sh/hook" in self.annotations

    @property
    def is_from_cluster(self) -> bool:
        """Whether a cluster printed it (`kubectl get -o yaml`): then the cluster may have chosen what is in it."""
        return bool(self.get("metadata", "uid") or self.get("metadata", "resourceVersion"))

    @cached_property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return api_group(self.data)

    @property
    def version(self) -> str:
        """The API version within its group, such as v1."""
        return string(self.data.get("apiVersion")).rpartition("/")[2]

    @cached_property
    def kind(self) -> str:
        """The kind."""
        return string(self.data.get("kind"))

    @cached_property
    def name(self) -> str:
        """metadata.name; empty when it is missing or generated."""
        return string(self.get("metadata", "name"))

    @cached_property
    def namespace(self) -> str:
        """metadata.namespace; empty when the object leaves it to whoever deploys it."""
        return string(self.get("metadata", "namespace"))

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """metadata.labels that are strings."""
        return strings(self.get("metadata", "labels"))

    @cached_property
    def annotations(self) -> Mapping[str, str]:
        """metadata.annotations that are strings."""
        return strings(self.get("metadata", "annotations"))

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Group, kind, namespace and name: what two objects of one bundle cannot share."""
        return (self.group, self.kind, self.namespace, self.name)

    @property
    def written_identity(self) -> tuple[str, str, str, str]:
        """The identity that a person wrote, before an overlay changed names; the same where nobody knows of another."""
        written = self.document.origin.written if self.document.origin and not self.path else None
        if written is None or not isinstance(written.data, dict) or written.data.get("kind") != self.kind:
            return self.identity
        return Resource(written, (), written.data).identity

    @cached_property
    def list_keys(self) -> ListKeys:
        """What names the items of its lists."""
        from klint.kube.keys import ListKeys

        return ListKeys(self.data)

    @property
    def place(self) -> Place:
        """The object as a whole: its name."""
        return ObjectPlace(self.document, (*self.path, "metadata", "name"))

    def without_annotation(self, name: str) -> Remove:
        """The change that takes an annotation away; all of `annotations` if it is the only one."""
        from klint.text.changes import Remove

        place = self.at("metadata", "annotations", name)
        return Remove(self.at("metadata", "annotations") if len(self.get("metadata", "annotations")) == 1 else place)

    def at(self, *path: str | int) -> Place:
        """The place of a path below; of the name when there is not even the path's first step."""
        if path and self.get(path[0]) is None:
            return self.place
        return Place(self.document, self.path + path)

    def __str__(self) -> str:
        return f"{self.kind} {self.qualified_name}"

    @property
    def qualified_name(self) -> str:
        """`namespace/name`, or the name alone."""
        name = self.name or "(unnamed)"
        return f"{self.namespace}/{name}" if self.namespace else name

    @classmethod
    def of(cls, document: Document, path: Path = ()) -> Self:
        """A view on the object at a path of a document."""
        data: Any = document.data
        for step in path:
            data = data[step]
        return cls(document, path, data)


def api_group(data: Mapping[str, Any]) -> str:
    """The API group of an object's apiVersion; empty for the core group."""
    version = data.get("apiVersion")
    return version.rpartition("/")[0] if isinstance(version, str) else ""

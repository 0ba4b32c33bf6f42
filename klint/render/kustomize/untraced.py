"""Built objects without the annotations that kustomize traces them by, since a patch takes all annotations away.

Such an object is found by what kustomize makes of its name, and went through what any object of its kustomization does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from klint.kube.resource import api_group, mapping, string
from klint.records import cached_property, dataclass
from klint.render.kustomize.kustomizations import Kustomization
from klint.render.kustomize.staging.stage import ROOT, Stage, StagedObject
from klint.text.data import value_at

KINDS = (
    "PatchStrategicMergeTransformer",
    "PatchTransformer",
    "NamespaceTransformer",
    "PrefixTransformer",
    "SuffixTransformer",
    "LabelTransformer",
    "AnnotationsTransformer",
    "PatchJson6902Transformer",
    "ReplicaCountTransformer",
    "ImageTagTransformer",
    "ReplacementTransformer",
)
"""What a kustomization does to objects in this order (kustomize's api/internal/target/kusttarget_configplugin.go)."""

_Id = tuple[str, str, str]
"""The group, the kind and the name."""


@dataclass(frozen=True, eq=False)
class Untraced:
    """Finds what such objects are made of, in what kustomize was given."""

    staged: Stage

    def find(self, data: Mapping[str, Any]) -> tuple[StagedObject, tuple[str, ...]] | None:
        """The one object that can have become this, and the staged folders whose kustomizations it went through."""
        found = self._by_id.get(_id(data, string(value_at(data, ("metadata", "name")))), [])
        namespace = value_at(data, ("metadata", "namespace"), None)
        same = [name for name in found if self._namespace(name) == namespace]
        (name, *others) = same or found or ("",)
        if not name or others:
            return None
        return self.staged.objects[name], self._way(name.partition("/")[0])

    @cached_property
    def _by_id(self) -> Mapping[_Id, list[str]]:
        """The files of staged objects, by what kustomize makes of their names."""
        result: dict[_Id, list[str]] = {}
        for file, item in self.staged.objects.items():
            data = mapping(value_at(item.document.data, item.path))
            name = string(value_at(data, ("metadata", "name")))
            for folder in self._way(file.partition("/")[0]):
                said = self.staged.kustomizations[folder].data
                name = f"{string(said.get('namePrefix'))}{name}{string(said.get('nameSuffix'))}"
            result.setdefault(_id(data, name), []).append(file)
        return result

    def _namespace(self, file: str) -> Any:
        item = self.staged.objects[file]
        namespace = value_at(item.document.data, (*item.path, "metadata", "namespace"), None)
        for folder in self._way(file.partition("/")[0]):
            namespace = self.staged.kustomizations[folder].data.get("namespace", namespace)
        return namespace

    def _way(self, folder: str) -> tuple[str, ...]:
        """The folders of the kustomizations that an object out of one goes through, the components of each before it.

        Where several take one in, the way ends there.
        """
        found: dict[str, None] = {}
        seen = {folder}
        while True:
            found.update(dict.fromkeys(self._with_components(folder)))
            above = self._above.get(folder, [])
            if len(above) != 1 or above[0] in seen:
                return tuple(found)
            folder = above[0]
            seen.add(folder)

    def _with_components(self, folder: str) -> Iterator[str]:
        """A kustomization's folder, after those of its components and of theirs."""
        waiting, found = [folder], dict[str, None]()
        while waiting:
            current = waiting.pop()
            if current not in found:
                found[current] = None
                kustomization = self.staged.kustomizations[current]
                waiting += [self._folders[path] for path in _components(kustomization) if path in self._folders]
        return reversed(found)

    @cached_property
    def _folders(self) -> Mapping[Path, str]:
        return {item.folder: name for name, item in self.staged.kustomizations.items()}

    @cached_property
    def _above(self) -> Mapping[str, list[str]]:
        """The folders of the kustomizations that take one in, by its own."""
        result: dict[str, list[str]] = {}
        for name, item in self.staged.kustomizations.items():
            for below in dict.fromkeys(item.below):
                if below in self._folders and self._folders[below] != ROOT:
                    result.setdefault(self._folders[below], []).append(name)
        return result


def _components(kustomization: Kustomization) -> Iterator[Path]:
    return (kustomization.path(name) for name, _ in kustomization.entries("components"))


def _id(data: Mapping[str, Any], name: str) -> _Id:
    return api_group(data), string(data.get("kind")), name

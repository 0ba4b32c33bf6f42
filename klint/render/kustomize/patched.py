"""What patches make of an object, with the place that wrote each value last.

Kustomize's own steps are taken again here, on the object as its file has it: operations of JSON patches one by one, and
strategic merge patches by the merge keys of the lists that they are about.

Sources: RFC 6902; kustomize's kyaml/yaml/merge2/merge2.go and kyaml/yaml/walk/associative_sequence.go (what a patch
names in a list goes before the rest of it); the `patchMergeKey` tags of k8s.io/api, which kustomize knows of
Kubernetes' own groups alone: other lists are replaced whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from klint.kube.resource import api_group, mapping, string
from klint.records import dataclass, replace
from klint.text.document import Document, Place
from klint.text.document import Path as DataPath
from klint.text.source import Span

BASE = -1
"""The step that wrote what no patch did."""

_IDENTITY = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))
"""By which a merge patch finds its object, and which it does not change."""

_OWN_GROUPS = frozenset(
    ("", "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "apps", "autoscaling",
     "batch", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "extensions",
     "flowcontrol.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io", "policy", "rbac.authorization.k8s.io",
     "scheduling.k8s.io", "storage.k8s.io")
)  # fmt: skip

_MERGE_KEYS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("containers", "initContainers", "ephemeralContainers", "env", "volumes"), ("name",)),
    **dict.fromkeys(("imagePullSecrets", "secrets", "resourceClaims", "webhooks"), ("name",)),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "conditions": ("type",),
    "ownerReferences": ("uid",),
}
"""By the field that holds a list, the fields that name its items."""

_CONTAINERS = frozenset(("containers", "initContainers", "ephemeralContainers"))
_DIRECTIVE = "$patch"


class NotAppliedError(Exception):
    """A patch that this module cannot apply: what it writes is not known."""


@dataclass(slots=True)
class Written:
    """A value, or a mapping or list of such, the place that wrote it and the step at which it did."""

    value: Any
    place: Place | Span
    step: int = BASE

    @classmethod
    def read(cls, place: Place, data: Any, step: int = BASE) -> Written:
        """What is written at a place."""
        below: Any = data
        if isinstance(data, dict):
            below = {key: cls.read(place.below(key), item, step) for key, item in data.items()}
        elif isinstance(data, list):
            below = [cls.read(place.below(index), item, step) for index, item in enumerate(data)]
        return cls(below, place, step)

    @classmethod
    def made(cls, data: Any, place: Place | Span) -> Written:
        """What something made at one place, however much it is."""
        below: Any = data
        if isinstance(data, dict):
            below = {key: cls.made(item, place) for key, item in data.items()}
        elif isinstance(data, list):
            below = [cls.made(item, place) for item in data]
        return cls(below, place)

    @property
    def data(self) -> Any:
        """The value as plain data."""
        if isinstance(self.value, dict):
            return {key: item.data for key, item in self.value.items()}
        return [item.data for item in self.value] if isinstance(self.value, list) else self.value

    @property
    def identity(self) -> dict[str, Any]:
        """Of an object the part that selects it."""
        below = self.value if isinstance(self.value, dict) else {}
        return {key: below[key].data for key in ("apiVersion", "kind", "metadata") if key in below}

    def at(self, path: DataPath) -> Written | None:
        """What is at a path; None if there is nothing."""
        found = self
        for step in path:
            below: Written | None = None
            if isinstance(found.value, dict):
                below = found.value.get(step)
            elif isinstance(found.value, list) and isinstance(step, int) and 0 <= step < len(found.value):
                below = found.value[step]
            if below is None:
                return None
            found = below
        return found


def with_annotations(root: Written) -> Written:
    """An object with annotations, if only with none: kustomize keeps its own there, so that patches may add some.

    Source: kustomize api/internal/utils/annotations.go.
    """
    metadata = root.at(("metadata",))
    if metadata is None or not isinstance(metadata.value, dict) or "annotations" in metadata.value:
        return root
    annotated = replace(metadata, value={**metadata.value, "annotations": Written({}, metadata.place)})
    return replace(root, value={**root.value, "metadata": annotated})


# JSON patches


def operate(root: Written, patch: Document, step: int) -> Written:
    """An object after the operations of a JSON patch.

    Raises:
        NotAppliedError: one of them leads nowhere.
    """
    for index, operation in enumerate(patch.data):
        given = mapping(operation)
        place = Place(patch, (index, "value"))
        kind, path = given.get("op"), pointer(string(given.get("path")))
        if kind in ("add", "replace"):
            root = _put(root, path, Written.read(place, given.get("value"), step), inserts=kind == "add")
        elif kind == "remove":
            root = _take(root, path)[0]
        elif kind == "move":
            root, taken = _take(root, pointer(string(given.get("from"))))
            root = _put(root, path, taken, inserts=True)
        elif kind == "copy":
            root = _put(root, path, _followed(root, pointer(string(given.get("from")))), inserts=True)
        elif kind != "test":
            raise NotAppliedError
    return root


def pointer(text: str) -> tuple[str, ...]:
    """The steps of a JSON pointer (RFC 6901)."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])


def _put(root: Written, path: Sequence[str], item: Written, *, inserts: bool) -> Written:
    if not path:
        return item

    def put(holder: Any, step: str) -> None:
        if isinstance(holder, dict):
            holder[_key(holder, step)] = item
        elif inserts:
            holder.insert(_index(step, len(holder)), item)
        else:
            holder[_index(step, len(holder) - 1)] = item

    return _with(root, path, put)


def _take(root: Written, path: Sequence[str]) -> tuple[Written, Written]:
    """An object without what is at a path, and that."""
    taken: list[Written] = []

    def take(holder: Any, step: str) -> None:
        if isinstance(holder, list):
            taken.append(holder.pop(_index(step, len(holder) - 1)))
        elif _key(holder, step) in holder:
            taken.append(holder.pop(_key(holder, step)))
        else:
            raise NotAppliedError

    return _with(root, path, take), taken[0]


def _followed(root: Written, path: Sequence[str]) -> Written:
    for step in path:
        holder = root.value
        key = _index(step, len(holder) - 1) if isinstance(holder, list) else _key(holder, step)
        found = root.at((key,))
        if found is None:
            raise NotAppliedError
        root = found
    return root


def _with(root: Written, path: Sequence[str], change: Callable[[Any, str], None]) -> Written:
    """An object in which what holds a path's last step is another mapping or list; what lies beside is shared."""
    if not path or not isinstance(root.value, dict | list):
        raise NotAppliedError
    copy = root.value.copy()
    if len(path) == 1:
        change(copy, path[0])
    else:
        key = _index(path[0], len(copy) - 1) if isinstance(copy, list) else _key(copy, path[0])
        if root.at((key,)) is None:
            raise NotAppliedError
        copy[key] = _with(copy[key], path[1:], change)
    return replace(root, value=copy)


def _key(holder: Any, step: str) -> Any:
    """The key that a step of a pointer means: YAML has some that are no texts."""
    if not isinstance(holder, dict):
        raise NotAppliedError
    return step if step in holder else next((key for key in holder if str(key) == step), step)


def _index(step: str, last: int) -> int:
    if step == "-":
        return last
    if not step.removeprefix("-").isdecimal() or len(step) > 9:
        raise NotAppliedError
    index = int(step) if int(step) >= 0 else last + 1 + int(step)
    if not 0 <= index <= last:
        raise NotAppliedError
    return index


# Strategic merge patches


def merge(root: Written, patch: Document, step: int, *, is_targeted: bool) -> Written | None:
    """An object after a strategic merge patch; None if that deletes it.

    `is_targeted` is set where a selector found the object, so that the patch sets its version as anything else.

    Raises:
        NotAppliedError: it has a directive that is not known here.
    """
    data = root.identity
    kind = string(data.get("kind")) if api_group(data) in _OWN_GROUPS else ""
    new = Written.read(Place(patch, ()), patch.data, step)
    made = _merged(root, new, (), kind)
    version = new.value.get("apiVersion") if is_targeted else None
    return made if made is None or version is None else replace(made, value={**made.value, "apiVersion": version})


def _keys(kind: str, path: DataPath) -> tuple[str, ...]:
    """What names the items of the list at a path of a kind, empty for those that are not Kubernetes' own.

    Nothing does where a patch replaces the list whole.
    """
    fields = [step for step in path if isinstance(step, str)]
    if not (kind and fields):
        return ()
    if fields[-1] == "ports":
        if not _CONTAINERS.isdisjoint(fields):
            return ("containerPort", "protocol")
        return ("port", "protocol") if kind == "Service" and fields[0] == "spec" else ()
    return _MERGE_KEYS.get(fields[-1], ())


def _merged(old: Written, new: Written, path: DataPath, kind: str) -> Written | None:
    if isinstance(new.value, dict):
        return _merged_mapping(old, new, path, kind)
    if isinstance(new.value, list):
        keys = _keys(kind, path)
        if keys and isinstance(old.value, list) and not any(_directive(item) == "replace" for item in new.value):
            return _merged_list(old, new, keys, path, kind)
        return _bare(new)
    return old if path in _IDENTITY else new


def _merged_mapping(old: Written, new: Written, path: DataPath, kind: str) -> Written | None:
    directive = _directive(new)
    if directive == "delete":
        return None
    if directive == "replace" or not isinstance(old.value, dict):
        return _bare(new)
    result = dict(old.value)
    for key, item in new.value.items():
        if key == _DIRECTIVE:
            continue
        if str(key).startswith("$"):
            raise NotAppliedError
        if item.value is None:
            result.pop(key, None)
            continue
        made = _merged(result[key], item, (*path, key), kind) if key in result else _bare(item)
        if made is None:
            result.pop(key, None)
        else:
            result[key] = made
    return replace(old, value=result)


def _merged_list(old: Written, new: Written, keys: tuple[str, ...], path: DataPath, kind: str) -> Written | None:
    """A list after that of a patch: what the patch names comes first, the rest as it was."""
    by_key: dict[str, list[Written]] = defaultdict(list)
    for item in old.value:
        by_key[_first(item, keys)].append(item)
    taken: set[int] = set()
    result: list[Written] = []
    for item in new.value:
        alike = (other for other in by_key[_first(item, keys)] if id(other) not in taken)
        named = next((other for other in alike if _is_alike(other, item, keys)), None)
        if named is None:
            added = _bare(item)
            result += [added] if added is not None else []
            continue
        taken.add(id(named))
        made = _merged(named, item, (*path, 0), kind)
        if made is not None:
            identity = {key: named.value[key] for key in keys if key in named.value}
            result.append(replace(made, value={**made.value, **identity}))
    return replace(old, value=[*result, *(item for item in old.value if id(item) not in taken)])


def _first(item: Written, keys: tuple[str, ...]) -> str:
    """An item's first key as text."""
    found = item.value.get(keys[0]) if isinstance(item.value, dict) else None
    return "" if found is None else str(found.value)


def _is_alike(one: Written, other: Written, keys: tuple[str, ...]) -> bool:
    """Whether two items have the same key. Of further keys one may be left out."""
    if not (isinstance(one.value, dict) and isinstance(other.value, dict)):
        return False
    first, *others = ((one.value.get(key), other.value.get(key)) for key in keys)
    if first[0] is None or first[1] is None or first[0].value != first[1].value:
        return False
    return all(a is None or b is None or a.value == b.value for a, b in others)


def _directive(item: Written) -> Any:
    found = item.value.get(_DIRECTIVE) if isinstance(item.value, dict) else None
    return found.value if found is not None else None


def _bare(new: Written) -> Written | None:
    """What a patch adds, without its directives and what it deletes; None where that is all it is."""
    if isinstance(new.value, dict):
        directive = _directive(new)
        if directive == "delete" or (directive is not None and len(new.value) == 1):
            return None
        below = {key: _bare(item) for key, item in new.value.items() if key != _DIRECTIVE and item.value is not None}
        return replace(new, value={key: item for key, item in below.items() if item is not None})
    if isinstance(new.value, list):
        return replace(new, value=[made for item in new.value if (made := _bare(item)) is not None])
    return new

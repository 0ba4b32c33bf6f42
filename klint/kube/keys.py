"""What names the items of a list, so that a path to one still leads there when others come before it.

Sources: the `patchMergeKey` and `listMapKey` tags of k8s.io/api and sigs.k8s.io/gateway-api; where those name nothing,
what the API server holds apart by (an Ingress's hosts and paths, a policy's addresses).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

Path = tuple[str | int, ...]

_KEYS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "ports": (("name",), ("port", "protocol"), ("containerPort", "protocol")),
    "rules": (("name",), ("host",)),
    "tls": (("secretName",),),
    "parentRefs": (("name", "namespace", "sectionName"),),
    "backendRefs": (("name", "namespace"),),
    "ownerReferences": (("name", "kind"),),
    "matchExpressions": (("key", "operator"),),
    "tolerations": (("key", "effect"),),
    "volumeMounts": (("mountPath",),),
}
"""By the field that holds the list, what names its items: the first group whose first field an item has, with those of
the others that it has."""

_COMMON = (("name",), ("host",), ("path",), ("key",), ("type",), ("cidr",), ("ip",))
"""What names the items of other lists."""

_DEFAULTS: Mapping[str, str] = {"protocol": "TCP"}
"""What the API server takes for a field that is left out."""


class ListKeys:
    """The names of the items of an object's lists, each list looked through once."""

    def __init__(self, data: Any) -> None:
        self._data = data
        self._names: dict[int, Sequence[str]] = {}

    def path(self, path: Path) -> list[str]:
        """The steps of a path, an item of a list by what names it: `containers`, `[name=web]`, `ports`, `[name=http]`.

        An item that nothing names is called by its index, and of two with one name the second is `[name=http]#2`.
        """
        steps: list[str] = []
        value, field = self._data, ""
        for step in path:
            if isinstance(value, list) and isinstance(step, int):
                inside = 0 <= step < len(value)
                steps.append(self._of(value, field)[step] if inside else f"[{step}]")
                value = value[step] if inside else None
            else:
                field = str(step)
                steps.append(field)
                value = value.get(step) if isinstance(value, dict) else None
        return steps

    def _of(self, items: list[Any], field: str) -> Sequence[str]:
        if id(items) not in self._names:
            self._names[id(items)] = _apart([_name(item, field, index) for index, item in enumerate(items)])
        return self._names[id(items)]


def _name(item: Any, field: str, index: int) -> str:
    if isinstance(item, str | int):
        return f"[{item}]"
    if not isinstance(item, dict):
        return f"[{index}]"
    metadata = item.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("name"), str):
        return f"[{item.get('kind')} {metadata['name']}]"
    for fields in (*_KEYS.get(field, ()), *_COMMON):
        if _is_name(item.get(fields[0])):
            found = ((name, item.get(name, _DEFAULTS.get(name))) for name in fields)
            return f"[{','.join(f'{name}={value}' for name, value in found if _is_name(value))}]"
    path = _first_path(item)
    return f"[path={path}]" if path else f"[{index}]"


def _is_name(value: Any) -> bool:
    return isinstance(value, str | int) and value != ""


def _first_path(item: Mapping[str, Any]) -> str:
    """The first path that a rule of an HTTPRoute matches, or a match itself."""
    matches = item.get("matches")
    for match in (item, *(matches if isinstance(matches, list) else ())):
        path = match.get("path") if isinstance(match, dict) else None
        value = path.get("value") if isinstance(path, dict) else None
        if isinstance(value, str):
            return value
    return ""


def _apart(names: list[str]) -> list[str]:
    """The names, the second of a kind told from the first."""
    if len(set(names)) == len(names):
        return names
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        seen[name] += 1
        told.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return told

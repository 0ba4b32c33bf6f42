"""What Contour refuses in the conditions of an HTTPProxy: it then serves none of the object's requests.

Source: projectcontour/contour internal/dag/conditions.go (pathMatchConditionsValid, includeMatchConditionsValid,
headerMatchConditionsValid, queryParameterMatchConditionsValid). Of a header that is wanted present, no value is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.resource import Resource, View, mapping, string
from klint.kube.routes.contour import HttpProxy
from klint.kube.validation.problem import FieldProblem, is_patch
from klint.kube.validation.remedies import write_path
from klint.text.placeholders import is_placeholder

_PATHS = ("prefix", "exact", "regex")
_VALUES = {"header": "header", "queryParameter": "query parameter"}
_PRESENCE = ("present", "notpresent")


def http_proxy_problems(route: Resource) -> Iterator[FieldProblem]:
    """What is wrong with the conditions of an HTTPProxy, one in a block; nothing for a patch, or another kind."""
    if not isinstance(route, HttpProxy) or is_patch(route):
        return
    for include in route.children(View, "spec", "includes"):
        yield from _of_paths(f"An include of {route}", include, ("prefix",))
        yield from _of_values(f"An include of {route}", include)
    for item in route.children(View, "spec", "routes"):
        yield from _of_paths(f"A route of {route}", item, _PATHS)
        yield from _of_values(f"A route of {route}", item)


def _of_paths(what: str, owner: View, allowed: tuple[str, ...]) -> Iterator[FieldProblem]:
    conditions = owner.children(View, "conditions")
    paths = [(item, field) for item in conditions for field in _PATHS if string(item.data.get(field))]
    if len(paths) > 1:
        item, field = paths[1]
        names = " and ".join(f"{field} {item.data[field]}" for item, field in paths)
        yield FieldProblem(item.at(field), f"{what} asks for {names}, and can ask for one path only")
        return
    for item, field in paths:
        at, text = item.at(field), item.data[field]
        if field not in allowed:
            yield FieldProblem(at, f"{what} asks for {field} {text}, and can ask for a prefix only")
        elif not text.startswith("/") and not is_placeholder(text):
            message = f'{what} asks for {field} "{text}", which does not begin with a slash'
            yield FieldProblem(at, message, fix=write_path(at))


def _of_values(what: str, owner: View) -> Iterator[FieldProblem]:
    """A header or query parameter has one value; what it is called is compared without its case."""
    seen: dict[tuple[str, str], str] = {}
    for item in owner.children(View, "conditions"):
        for field, noun in _VALUES.items():
            asked = mapping(item.data.get(field))
            name, value = string(asked.get("name")), string(asked.get("exact"))
            if not name or not value or any(asked.get(key) is True for key in _PRESENCE):
                continue
            first = seen.setdefault((field, name.lower()), value)
            if first is not value:
                yield FieldProblem(item.at(field), f"{what} asks for {noun} {name} twice: {first} and {value}")

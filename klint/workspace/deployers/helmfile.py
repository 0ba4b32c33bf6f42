"""What helmfiles install: releases of charts, once for each environment.

A state is a helmfile with what it is based on, for one environment: its parts, divided by `---`, are filled in one
after another, each with the values of the environment that those before it name, and go over each other. What klint
cannot fill in (see `klint.text.go_templates`) is said by `Helmfiles.unread`, and never guessed.

Sources: helmfile's docs configuration.md, environments.md, values-and-merging.md, writing-helmfile.md and paths.md;
pkg/app/desired_state_file_loader.go (paths in a base start at the folder of what is based on it); pkg/state/state.go
(ConditionEnabled) and chart.go (isLocalChart).
"""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from klint.kube.resource import mapping, sequence, string
from klint.records import dataclass, field
from klint.regex import regex
from klint.text.document import Document, Place
from klint.text.expanded import expanded_documents
from klint.text.go_expressions import SPRIG, Functions, Unknown
from klint.text.go_templates import NotPlainError, expand, is_template
from klint.text.source import Source
from klint.workspace.deployers.delivery import Setting
from klint.workspace.deployers.settings import as_text, with_operations
from klint.workspace.rendering import Sources

_BETWEEN_WORDS = regex(r"[-._]")

_MAX_LOADS = 5000
_MAX_DEPTH = 8
_MAX_ENVIRONMENTS = 64
_MAX_RELEASES = 5000

UNKNOWN = Unknown("a value that klint does not know")
"""What a path in a helmfile's template leads to where nobody knows."""

_PATCHES = {
    "strategicMergePatches": ("patchesStrategicMerge", as_text),
    "jsonPatches": ("patchesJson6902", with_operations),
}
"""Fields of a release by which kustomize changes what its chart renders to, as a kustomization has them.

Source: helmfile/chartify's patch.go.
"""

_POSTPROCESSING = ("transformers", "postRenderer")
"""Other fields by which that is changed."""

_UNFILLED = "template actions that klint cannot fill in"
_CHANGED = "releases whose objects are changed after they are rendered"


def _get(path: str, *rest: Any) -> Any:
    """`get PATH [DEFAULT] VALUES`, where sprig's `get` takes one key."""
    *default, found = rest
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return default[0] if found is None and default else found


FUNCTIONS: Functions = {
    **SPRIG,
    "get": _get,
    "getOrNil": _get,
    "toYaml": lambda value: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
}
"""The functions of helmfile's templates. YAML is on one line, which says the same.

Source: helmfile's docs templating_funcs.md.
"""


def is_helmfile(path: Path) -> bool:
    """Whether a file is called as helmfiles are, or lies in a folder `helmfile.d`, where each is one."""
    stem = _stem(path.name)
    return bool(stem) and (path.parent.name == "helmfile.d" or "helmfile" in _BETWEEN_WORDS.split(stem))


def _stem(name: str) -> str:
    """A file's name without an ending that helmfiles have; empty where it has none."""
    stem, _, ending = name.removesuffix(".gotmpl").rpartition(".")
    return stem if ending in ("yaml", "yml") else ""


@dataclass(frozen=True, eq=False)
class GivenValues:
    """Values that a release is given, in full, and where they stand."""

    data: Any
    at: Place


@dataclass(frozen=True, eq=False)
class Release:
    """A release that a helmfile installs in one environment, of a chart in a folder, or of one that is elsewhere.

    `at` is its item in the list of releases. `values` go over each other in order, files among them; `sets` and
    `strings` are `name=value`. `absent` are values files that are not there. `patches` are made by kustomize, once the
    chart is rendered.
    """

    at: Place
    environment: str
    name: str
    folder: Path | None
    namespace: str = ""
    values: tuple[Path | GivenValues, ...] = ()
    sets: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    absent: tuple[tuple[str, Place], ...] = ()
    patches: tuple[Setting, ...] = ()


@dataclass(eq=False)
class _State:
    """What is known while the parts of a helmfile are put together, for one environment."""

    folder: Path
    environment: str
    given: Mapping[str, Any]
    """Values that whoever includes the helmfile gives it, which go over all others."""
    values: dict[str, Any] = field(default_factory=dict)
    is_known: bool = True
    """Whether all of its values are known."""
    fields: dict[str, Place] = field(default_factory=dict)
    environments: dict[str, list[Place]] = field(default_factory=dict)

    def look(self, path: Sequence[str]) -> Any:
        """What a path in a template leads to."""
        match path:
            case ["Environment", "Name"]:
                return self.environment
            case ["Values" | "StateValues", *rest] | ["Environment", "Values", *rest]:
                return self._value(rest)
            case ["Namespace"]:
                return UNKNOWN
        return UNKNOWN

    def _value(self, path: Sequence[str]) -> Any:
        found: Any = self.values
        for step in path:
            found = found.get(step, UNKNOWN) if isinstance(found, dict) else UNKNOWN
        return found if self.is_known else UNKNOWN

    def get(self, name: str) -> Any:
        """A field at the top of the helmfile."""
        return self.fields[name].value if name in self.fields else None


class Helmfiles:
    """The helmfiles among some files, and what they install.

    `unread` are those of which something cannot be filled in, or is not looked into, each with what that is;
    `values_files` the files of values that they and their releases use.
    """

    def __init__(self, files: Iterable[Path], sources: Sources) -> None:
        self.sources = sources
        self.unread: dict[Path, str] = {}
        self.values_files: set[Path] = set()
        self._files = sorted(filter(is_helmfile, files))
        self._loads = 0
        self._included: set[Path] = set()

    def releases(self) -> Iterator[Release]:
        """The releases of every helmfile that no other includes, in each of its environments."""
        named = {file: self._environments(file) for file in self._files}
        count = 0
        for file, environments in named.items():
            if file in self._included:
                continue
            for environment in environments or ["default"]:
                for release in self._releases(file, environment, {}, 0):
                    count += 1
                    if count > _MAX_RELEASES:
                        self.unread[file] = "more releases than klint looks at"
                        return
                    yield release

    def _environments(self, file: Path) -> list[str]:
        """The environments that a helmfile and those that it includes know."""
        found: dict[str, None] = {}
        waiting = [(file, 0)]
        seen = {file}
        while waiting:
            current, depth = waiting.pop()
            state = self._load(current, "default", {})
            if state is None:
                continue
            found |= dict.fromkeys(state.environments)
            for path, _ in self._inner(state):
                self._included.add(path)
                if path not in seen and depth < _MAX_DEPTH:
                    seen.add(path)
                    waiting.append((path, depth + 1))
        return list(found)[:_MAX_ENVIRONMENTS]

    def _releases(self, file: Path, environment: str, given: Mapping[str, Any], depth: int) -> Iterator[Release]:
        state = self._load(file, environment, given)
        if state is None or (state.environments and environment not in {*state.environments, "default"}):
            return
        for item in state.fields["releases"].items if "releases" in state.fields else ():
            release = _Reader(state, self.sources, item).release()
            if isinstance(release, Release):
                self.values_files.update(value for value in release.values if isinstance(value, Path))
                yield release
            elif release:
                self.unread.setdefault(file, release)
        for path, values in self._inner(state) if depth < _MAX_DEPTH else ():
            if values is None:
                self.unread.setdefault(path, "values that klint cannot fill in")
            else:
                yield from self._releases(path, environment, values, depth + 1)

    def _inner(self, state: _State) -> Iterator[tuple[Path, Mapping[str, Any] | None]]:
        """The helmfiles that one includes, each with the values that it gives them, None where nobody knows."""
        for item in sequence(state.get("helmfiles")):
            entry = item if isinstance(item, dict) else {"path": item}
            values: dict[str, Any] = {}
            is_known = True
            for given in sequence(entry.get("values")):
                found = self._state_values(given, state)
                is_known = is_known and found is not None
                values = merged(values, found or {})
            for path in self._helmfiles(string(entry.get("path")), state.folder):
                yield path, values if is_known else None

    def _helmfiles(self, name: str, folder: Path) -> list[Path]:
        """The helmfiles that a path leads to: all those in it, if it is a folder."""
        inner = Path(os.path.normpath(folder / name))
        if name and self.sources.tree.is_folder(inner):
            entries = self.sources.tree.entries(inner)
            return [inner / entry.name for entry in entries if _stem(entry.name)]
        return self._found(name, folder)

    def _load(self, file: Path, environment: str, given: Mapping[str, Any]) -> _State | None:
        """A helmfile in an environment; None where it cannot be filled in."""
        state = _State(file.parent, environment, given)
        state.values = dict(given)
        try:
            self._add(file, state, 0)
        except NotPlainError as error:
            self.unread.setdefault(file, _UNFILLED + (f" ({error})" if str(error) else ""))
            return None
        return state

    def _add(self, file: Path, state: _State, depth: int) -> None:
        """Add the parts of a file to a state, each after what it is based on."""
        self._loads += 1
        if self._loads > _MAX_LOADS or depth > _MAX_DEPTH:
            raise NotPlainError
        for document in self._parts(file, state):
            data = mapping(document.data)
            for base in sequence(data.get("bases")):
                for path in self._found(string(base), state.folder):
                    self._add(path, state, depth + 1)
            place = Place(document, ())
            for name in data:
                if name == "environments":
                    for environment in mapping(data[name]):
                        state.environments.setdefault(str(environment), []).append(place.below(name, environment))
                else:
                    state.fields[str(name)] = place.below(name)
            if "environments" in data or "values" in data:
                self._settle(state)

    def _parts(self, file: Path, state: _State) -> Iterator[Document]:
        """The documents of a file, each filled in once those before it are known."""
        source = self.sources.get(file)
        if not is_template(source.text):
            found: Iterable[Document] = self.sources.documents(file)
        else:
            found = (
                document
                for part in _divided(source)
                for document in expanded_documents(part, state.look, FUNCTIONS, keep=_OF_RELEASE)
            )
        for document in found:
            if document.data is None and document.problems:
                raise NotPlainError
            yield document

    def _settle(self, state: _State) -> None:
        """Put the values together, as far as the parts so far say what they are."""
        layers = [sequence(state.get("values"))]
        for place in state.environments.get(state.environment, ()):
            settings = mapping(place.value)
            named = [sequence(settings.get(name)) for name in ("defaults", "values", "secrets")]
            if settings.get("mergeStrategy") == "fallback":
                named[1].reverse()
            layers += named
        state.values, state.is_known = {}, True
        for given in (item for layer in layers for item in layer):
            found = self._state_values(given, state)
            state.is_known = state.is_known and found is not None
            state.values = merged(state.values, found or {})
        state.values = merged(state.values, state.given)

    def _state_values(self, given: Any, state: _State) -> Mapping[str, Any] | None:
        """Values for templates: as they are written, or as the files of a name have them; None where nobody knows."""
        if isinstance(given, dict):
            return given
        files = self._found(string(given), state.folder)
        if not files or not all(file.name.endswith((".yaml", ".yml", ".gotmpl")) for file in files):
            return None
        values: dict[str, Any] = {}
        self.values_files.update(files)
        for file in files:
            try:
                documents = [*self._parts(file, state)]
            except NotPlainError:
                return None
            for document in documents:
                values = merged(values, mapping(document.data))
        return values

    def _found(self, name: str, folder: Path) -> list[Path]:
        """The files that a path leads to, which may be a pattern."""
        tree = self.sources.tree
        if not name or "://" in name or name.startswith("git::"):
            return []
        path = Path(os.path.normpath(folder / name))
        if not any(mark in name for mark in "*?["):
            return [path] if tree.is_file(path) else []
        fixed = next(index for index, part in enumerate(path.parts) if any(mark in part for mark in "*?["))
        found = [Path(*path.parts[:fixed])]
        for part in path.parts[fixed:]:
            found = [
                above / entry.name
                for above in found
                if tree.is_folder(above)
                for entry in tree.entries(above)
                if fnmatchcase(entry.name, part)
            ][:_MAX_RELEASES]
        return sorted(filter(tree.is_file, found))


_OF_RELEASE = (".Release",)
"""Paths in templates that are known of each release, once the others are filled in."""


def _divided(source: Source) -> Iterator[Source]:
    """The parts of a text, each where it stands: what is before it is left empty."""
    start = 0
    for match in (*_DIVISION.finditer(source.text), None):
        end = match.start() if match else len(source.text)
        above = "\n" * source.text.count("\n", 0, start)
        yield Source(source.path, above + source.text[start:end], source.relative, has_bom=source.has_bom)
        start = match.end() if match else end


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Values over others: mappings go into each other, anything else takes the place of what was there."""
    result = dict(base)
    for key, value in over.items():
        held = result.get(key)
        result[key] = merged(held, value) if isinstance(held, dict) and isinstance(value, dict) else value
    return result


class _Reader:
    """Reads one release of a state."""

    def __init__(self, state: _State, sources: Sources, at: Place) -> None:
        self.state = state
        self.sources = sources
        self.at = at
        self.fields = dict(self._inherited())
        self.fields |= {str(name): at.below(name) for name in mapping(at.value)}
        self.name = self._text("name")
        self.absent: list[tuple[str, Place]] = []

    def _inherited(self) -> Iterator[tuple[str, Place]]:
        """The fields of the templates that it inherits, or that all releases do."""
        default = self.state.get("defaultInherit")
        names = default if isinstance(default, list) else [default]
        inherited = [{"template": name} for name in names] + sequence(mapping(self.at.value).get("inherit"))
        for item in map(mapping, inherited):
            template = self.state.fields.get("templates")
            name = string(item.get("template"))
            place = template.below(name) if template is not None and name else None
            for field_name in mapping(place.value) if place is not None else ():
                if place is not None and field_name not in sequence(item.get("except")):
                    yield str(field_name), place.below(field_name)

    def release(self) -> Release | str:
        """The release; why it is not looked into, or nothing where it is not installed."""
        if not self.name or not self._is_installed():
            return ""
        if any(self._get(name) for name in _POSTPROCESSING):
            return _CHANGED
        try:
            patches = tuple(self._patches())
        except NotPlainError:
            return _CHANGED
        try:
            values = tuple(self._values())
            sets, strings = tuple(self._sets("set")), tuple(self._sets("setString"))
        except NotPlainError:
            return _UNFILLED
        handler = self._text("missingFileHandler") or string(self.state.get("missingFileHandler"))
        return Release(
            self.at,
            self.state.environment,
            self.name,
            self._folder(),
            string(self.state.get("namespace")) or self._text("namespace"),
            values,
            sets,
            strings,
            self._text("kubeVersion") or string(self.state.get("kubeVersion")),
            tuple(map(string, sequence(self._get("apiVersions")) or sequence(self.state.get("apiVersions")))),
            () if handler in _LENIENT else tuple(self.absent),
            patches,
        )

    def _get(self, name: str) -> Any:
        place = self.fields.get(name)
        return None if place is None else place.value

    def _text(self, name: str) -> str:
        return string(self._filled_in(self._get(name)))

    def look(self, path: Sequence[str]) -> Any:
        """What a path in a template of the release leads to."""
        match path:
            case ["Release", "Name"]:
                return string(self._get("name"))
            case ["Release", "Namespace"]:
                return string(self.state.get("namespace")) or string(self._get("namespace"))
            case ["Release", "Chart"]:
                return string(self._get("chart"))
            case ["Release", "Labels", name]:
                labels = {**mapping(self.state.get("commonLabels")), **mapping(self._get("labels"))}
                return labels.get(name, UNKNOWN)
        return self.state.look(path)

    def _filled_in(self, value: Any) -> Any:
        """A value with the templates in its texts filled in."""
        if isinstance(value, str):
            return expand(value, self.look, FUNCTIONS) if is_template(value) else value
        if isinstance(value, list):
            return [self._filled_in(item) for item in value]
        if isinstance(value, dict):
            return {key: self._filled_in(item) for key, item in value.items()}
        return value

    def _is_installed(self) -> bool:
        """Whether it is installed at all, as far as that is known."""
        for name in ("installed", "installedTemplate", "conditionTemplate"):
            if self._filled_in(self._get(name)) in (False, "false"):
                return False
        condition = self._get("condition")
        if not isinstance(condition, str) or not condition:
            return condition is not False
        found = self.state.look(["Values", *condition.split(".")])
        return found is True or not self.state.is_known

    def _folder(self) -> Path | None:
        """The folder of its chart; None where there is none of that name, as for a chart of a repository.

        Source: helm's pkg/action/install.go, LocateChart, which looks for a path first.
        """
        chart = self._text("chart")
        folder = Path(os.path.normpath(self.state.folder / chart))
        return folder if chart and "://" not in chart and self.sources.tree.is_folder(folder) else None

    def _values(self) -> Iterator[Path | GivenValues]:
        for name in ("values", "valuesTemplate"):
            for item in self.fields[name].items if name in self.fields else ():
                if isinstance(item.value, dict):
                    yield GivenValues(self._filled_in(item.value), item)
                else:
                    yield from self._file(item)
        for item in self.fields["secrets"].items if "secrets" in self.fields else ():
            for file in self._file(item):
                # What is encrypted is still to be filled in, and how is no value.
                documents = self.sources.documents(file) if isinstance(file, Path) else ()
                for document in documents:
                    data = {key: value for key, value in mapping(document.data).items() if key != "sops"}
                    yield GivenValues(data, Place(document, ()))

    def _file(self, item: Place) -> Iterator[Path | GivenValues]:
        """The file of values that an item names: as it is, or, if it is a template, what it is filled in to."""
        name = string(self._filled_in(item.value))
        prefix = self._text("valuesPathPrefix")
        path = Path(os.path.normpath(self.state.folder / posixpath.join(prefix, name)))
        if not name:
            return
        if "://" in name or not self.sources.tree.is_file(path):
            self.absent.append((name, item))
        elif path.name.endswith(".gotmpl"):
            for document in expanded_documents(self.sources.get(path), self.look, FUNCTIONS):
                if document.data is None and document.problems:
                    raise NotPlainError
                yield GivenValues(document.data, Place(document, ()))
        else:
            yield path

    def _patches(self) -> Iterator[Setting]:
        """The patches, each an object in the helmfile or in a file that it names."""
        for name, (field_name, dump) in _PATCHES.items():
            for item in self.fields[name].items if name in self.fields else ():
                data = self._filled_in(item.value)
                if isinstance(data, str):
                    yield from self._patches_in(data, field_name, item)
                elif isinstance(data, dict) and data and "path" not in data:
                    yield Setting(field_name, dump(data), item, is_entry=True)
                else:
                    raise NotPlainError

    def _patches_in(self, name: str, field_name: str, item: Place) -> Iterator[Setting]:
        path = Path(os.path.normpath(self.state.folder / name))
        if "://" in name or not self.sources.tree.is_file(path) or is_template(self.sources.get(path).text):
            raise NotPlainError
        if field_name == "patchesStrategicMerge":
            yield Setting(field_name, str(path), item, is_entry=True)
            return
        for document in self.sources.documents(path):
            made = with_operations(document.data)
            if made is None or "path" in made:
                raise NotPlainError
            yield Setting(field_name, made, Place(document, ()), is_entry=True)

    def _sets(self, name: str) -> Iterator[str]:
        """Single values as `name=value`, as `helm --set` takes them."""
        for field_name in (name, f"{name}Template"):
            for item in map(mapping, sequence(self._filled_in(self._get(field_name)))):
                if "file" in item:
                    raise NotPlainError
                values = item.get("values")
                text = (
                    "{" + ",".join(map(_escaped, values)) + "}"
                    if isinstance(values, list)
                    else _escaped(item.get("value"))
                )
                if string(item.get("name")):
                    yield f"{item['name']}={text}"


def _escaped(value: Any) -> str:
    """A value that `--set` takes as it is. Source: helmfile's pkg/state/state.go, escape."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
    return _SPECIAL.sub(r"\\\g<0>", text)


_SPECIAL = regex(r"[{},]")
_LENIENT = ("Warn", "Info", "Debug")
_DIVISION = regex(r"^---[^\n]*$", 8)

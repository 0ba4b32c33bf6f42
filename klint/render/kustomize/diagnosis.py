"""What kustomize refuses to build → the entry that makes it, in a few words that are the same on every run."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from klint.kube.resource import mapping, sequence, string
from klint.records import dataclass
from klint.regex import regex
from klint.render.kustomize.kustomizations import Kustomization
from klint.render.kustomize.staging.stage import ROOT, LeftOut, Stage, StagedEntry
from klint.render.outcomes import InterruptedRenderError, RenderError
from klint.text.document import Document, Problem
from klint.text.document import Path as DataPath
from klint.text.source import Span
from klint.text.words import clipped

MAX_MESSAGE = 200

_ID = (
    r"(?P<kind>[A-Za-z]\w{0,62})\.[^/\s]{0,253}/(?P<name>[^\s\"']{1,253}?)\.(?:\[noNs\]|[a-z0-9-]{1,63})"
    r"(?=[\s\"':;,]|\Z)"
)
_ANY_ID = regex(_ID)
_NO_TARGET = regex(rf"no (?:matches for Id|resource matches strategic merge patch) \"?{_ID}")
_MERGED = regex(r"Name:\"(?P<name>[^\"]*)\"")
_TWICE = regex(rf"already registered id: {_ID}")
_ONE_NAMESPACE = "namespace transformation produces ID conflict: ["
_OPERATION = regex(r"(?:path|key): ['\"]?(/[^\s'\":]*)")
_NOT_APPLIED = regex(r"operation does not apply|doc is missing|error in \w+ for path")
_REFUSED_PATCH = regex(r"trouble configuring builtin Patch\w+|JSON patch \[path: ")
_STAGED_FILE = regex(r"(?<![\w./-])\d+\.yaml\b")
_UNKNOWN_OPERATION = regex(r"Unexpected kind: (.+)")
_PATCH_REASONS = {
    "unable to parse SM or JSON patch": "it is neither an object with a kind and a name nor a list of operations",
    "must specify a target for JSON patch": "a list of operations needs a target",
    "missing Resource metadata": "it is no object with a kind and a name",
    "cannot unmarshal": "it is no list of operations",
}
"""Words of kustomize's about a patch that it cannot read, and what they mean."""

_WRONG_NODE = regex(
    r"wrong node kind: expected (?P<wanted>\w+)Node but got (?P<got>\w+)Node: node contents: (?P<contents>.*)"
)
_NODES = defaultdict(lambda: "something else", Sequence="a list", Mapping="a mapping", Scalar="a plain value")

_REPLACEMENT = regex(r"replacement|unable to find field|nothing selected by|fieldPath", re.IGNORECASE)
_VARIABLE = regex(r"\bvar ['\"]|variable", re.IGNORECASE)
_FOLDER = regex(r"(?:accumulation of path|make target for path) '(?:[^'\d]|\d++(?!'))*+(\d+)'")
_CHAIN = regex(r"\A.*(?:accumulation of path|make target for path) '[^']*': ", re.DOTALL)
_FILE_NAME = regex(r"(?:(?<![^\s'\":])(?:[^\s'\":/]*/)*?)?\b(?:(\d+)/)?(\d+\.(?:yaml|json)|kustomization\.yaml)\b")
_FOLDER_NAME = regex(r"(?<![^\s'\":])([^\s'\":/]*)/[^\s'\":]*/stage/(\d+)\b")
_POINTER = regex(r"\(?0x[0-9a-f]{6,}\)?")


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong, and what to leave out to build the rest; nothing where that would not help."""

    problems: tuple[Problem, ...]
    left_out: frozenset[tuple[Path, DataPath]] = frozenset()


Attempt = Callable[[LeftOut], tuple[Stage, str | RenderError]]
"""Builds the kustomization without some more entries: what was staged, and what came of it."""


def diagnose(error: RenderError, staged: Stage, root: Kustomization, attempt: Attempt) -> Diagnosis:
    """What kustomize's message means; where that does not tell, what attempts without some patches tell."""
    message = _text(error)
    if isinstance(error, InterruptedRenderError):
        return Diagnosis((Problem("incomplete-rendering", f"This kustomization is not built: {message}", root.span()),))
    folders = _FOLDER.findall(message)
    folder = folders[-1] if folders and folders[-1] in staged.kustomizations else ROOT
    entries = [entry for name, entry in staged.entries if name == folder]
    message = _CHAIN.sub("", message)
    found = staged.kustomizations[folder]
    said = _Message(message, _plain(message, staged, folder), found, entries, staged)
    return (
        said.read()
        or _by_trial(said, error, attempt)
        or Diagnosis(
            (Problem("unrendered", f"kustomize refuses this kustomization: {said.words}", _span(found, message)),)
        )
    )


def _text(error: RenderError) -> str:
    """The message on one line, without warnings."""
    lines = [line for line in str(error).splitlines() if not line.startswith("#")]
    return " ".join(" ".join(lines).split()).removeprefix("Error: ").removeprefix("error: ")


@dataclass(frozen=True)
class _Message:
    """A message, in plain words as well, and the kustomization that it is about, with the entries that it may mean."""

    message: str
    words: str
    found: Kustomization
    entries: Sequence[StagedEntry]
    staged: Stage

    def read(self) -> Diagnosis | None:
        """What is meant, if klint knows such messages."""
        return (
            self._no_target()
            or self._not_merged()
            or self._twice()
            or self._one_namespace()
            or self._operation()
            or self._no_patch()
            or self._whole_field()
        )

    def _no_target(self) -> Diagnosis | None:
        """A patch for an object that is not there."""
        match = _NO_TARGET.search(self.message)
        if match is None:
            return None
        named = (match["kind"], match["name"])
        blamed = [
            (entry, entry.document.span(("metadata", "name")))
            for entry in self.entries
            if entry.document is not None and _name(entry.document, ()) == named
        ]
        what = " ".join(named)
        wrong = f"This patch has no target: there is no {what} that it could change"
        return self._without(blamed, wrong, f"This patch is left out: its target, {what}, is in what is missing")

    def _not_merged(self) -> Diagnosis | None:
        """A generator that merges into an object that is not there."""
        match = _MERGED.search(self.message)
        if match is None or "does not exist; cannot merge or replace" not in self.message[match.end() :]:
            return None
        name = match["name"]
        blamed = [(entry, entry.span) for entry in self.entries if entry.document is None and entry.name == name]
        wrong = f"There is no {name} to merge this into"
        return self._without(blamed, wrong, f"{name} is left out: what it is merged into is in what is missing")

    def _twice(self) -> Diagnosis | None:
        """An object that is there already."""
        match = _TWICE.search(self.message)
        if match is None:
            return None
        named = (match["kind"], match["name"])
        same = [item for item in self.staged.objects.values() if _name(item.document, item.path) == named]
        places = list(dict.fromkeys(item.document.span((*item.path, "metadata", "name")) for item in same))
        if not places:
            return None
        words = f"{' '.join(named)} is built twice, and kustomize refuses the second"
        related = tuple(("the first", place) for place in places[:-1][:1])
        return Diagnosis((Problem("unrendered", words, places[-1], related),))

    def _one_namespace(self) -> Diagnosis | None:
        """Objects of one name that come into one namespace. The message has them as JSON."""
        objects = self.message.partition(_ONE_NAMESPACE)[2]
        try:
            first = mapping(json.JSONDecoder().raw_decode(objects)[0])
        except (ValueError, RecursionError):
            return None
        metadata = mapping(first.get("metadata"))
        what, namespace = f"{first.get('kind')} {metadata.get('name')}", metadata.get("namespace")
        words = f"{what} is built twice for namespace {namespace}, and kustomize refuses the second"
        span = self.found.span("namespace") if "namespace" in self.found.data else self.found.span()
        return Diagnosis((Problem("unrendered", words, span),))

    def _operation(self) -> Diagnosis | None:
        """A JSON patch that writes to what is not there."""
        if not _NOT_APPLIED.search(self.message):
            return None
        match = _OPERATION.search(self.message)
        path = match[1].rstrip(":") if match else ""
        blamed = []
        for entry in self.entries:
            document = entry.document
            for index, operation in enumerate(sequence(document.data)) if document else ():
                if document and path and string(mapping(operation).get("path")) == path:
                    blamed.append((entry, document.span((index, "path"))))
                    break
        wrong = f"This patch does not apply: its target has no {path}"
        return self._without(blamed, wrong, f"This patch is left out: {path} of its target is in what is missing")

    def _no_patch(self) -> Diagnosis | None:
        """A patch that kustomize cannot read, whatever it is for."""
        unknown = _UNKNOWN_OPERATION.search(self.message)
        patches = [(entry, entry.document) for entry in self.entries if entry.document is not None]
        if unknown:
            blamed = [entry for entry, document in patches if unknown[1] in _operations(document)]
            reason = f"there is no operation {unknown[1]}"
        elif _REFUSED_PATCH.search(self.message):
            named = set(_STAGED_FILE.findall(self.message))
            patches = [(entry, document) for entry, document in patches if entry.file in named]
            if len({entry.path for entry, _ in patches}) > 1:  # all merge patches are read at once
                patches = [(entry, document) for entry, document in patches if not all(_name(document, ()))]
            blamed = [entry for entry, _ in patches]
            own = self.words.rpartition("`: ")[2]
            reason = next((why for words, why in _PATCH_REASONS.items() if words in self.message), own)
            if any(_is_taken_for_json(document) for _, document in patches):
                reason = "what starts with [ is read as JSON, and this is YAML"
        else:
            return None
        problems = [Problem("unrendered", f"kustomize refuses this patch: {reason}", entry.span) for entry in blamed]
        left_out = frozenset((entry.kustomization.file, entry.path) for entry in blamed)
        return Diagnosis(tuple(dict.fromkeys(problems)), left_out) if blamed else None

    def _whole_field(self) -> Diagnosis | None:
        """Replacements or variables: kustomize does not say which."""
        for name, pattern in (("replacements", _REPLACEMENT), ("vars", _VARIABLE)):
            if name in self.found.data and pattern.search(self.message):
                paths: list[DataPath] = [(name,)]
                if name == "replacements":
                    paths = [(name, index) for index in range(len(sequence(self.found.data[name])))]
                if self.staged.gaps:
                    message = f"The {name} are left out: some of what they name is in what is missing"
                    problem = Problem("incomplete-rendering", message, self.found.span(name))
                else:
                    message = f"kustomize refuses the {name}: {self.words}"
                    problem = Problem("unrendered", message, self.found.span(name))
                return Diagnosis((problem,), frozenset((self.found.file, path) for path in paths))
        return None

    def _without(self, blamed: Sequence[tuple[StagedEntry, Span]], wrong: str, missing: str) -> Diagnosis | None:
        """Leave entries out: their mistake, unless something is missing that klint was not given."""
        if not blamed:
            return None
        rule, message = ("incomplete-rendering", missing) if self.staged.gaps else ("unrendered", wrong)
        return Diagnosis(
            tuple(Problem(rule, message, span) for _, span in blamed),
            frozenset((entry.kustomization.file, entry.path) for entry, _ in blamed),
        )


def _by_trial(said: _Message, error: RenderError, attempt: Attempt) -> Diagnosis | None:
    """The patch that kustomize refuses without naming it: it says the same until that one is left out.

    It ends with the first that it refuses. So as many of the first ones are left out as it takes, which halving finds.
    """
    patches = {(entry.kustomization.file, entry.path): entry for entry in said.entries if entry.document is not None}
    paths = list(patches)
    known: dict[int, bool] = {0: True}

    def says_the_same(count: int) -> bool:
        if count not in known:
            staged, outcome = attempt(frozenset(paths[:count]))
            if isinstance(outcome, InterruptedRenderError):
                raise outcome
            known[count] = isinstance(outcome, RenderError) and _anywhere(outcome, staged) == same
        return known[count]

    same = _anywhere(error, said.staged)
    try:
        if says_the_same(len(paths)):
            return None
        least = bisect_left(range(1, len(paths)), True, key=lambda count: not says_the_same(count))
    except InterruptedRenderError:
        return None
    entry = patches[paths[least]]
    problem = Problem("unrendered", f"kustomize refuses this patch: {_reason(said.words)}", entry.span)
    return Diagnosis((problem,), frozenset((paths[least],)))


def _anywhere(error: RenderError, staged: Stage) -> str:
    """A message that is the same wherever and as whatever the files are staged."""
    return _plain(_text(error), staged, ROOT)


def _reason(words: str) -> str:
    """Why a patch cannot be merged, in the words of YAML."""
    match = _WRONG_NODE.match(words)
    if match is None:
        return words.rpartition("`: ")[2]
    return f"{_NODES[match['wanted']]} is expected, and {_NODES[match['got']]} found: {match['contents']}"


def _operations(document: Document) -> list[str]:
    """What the operations of a JSON patch do."""
    return [string(mapping(operation).get("op")) for operation in sequence(document.data)]


def _is_taken_for_json(document: Document) -> bool:
    """Whether it is a list in YAML that looks like JSON to kustomize (api/internal/builtins/PatchTransformer.go)."""
    text = document.text.strip()
    if not text.startswith("["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return isinstance(document.data, list)
    return False


def _name(document: Document, path: DataPath) -> tuple[str, str]:
    """The kind and the name of an object."""
    data = document.data
    for step in path:
        data = data[step]
    return string(mapping(data).get("kind")), string(mapping(mapping(data).get("metadata")).get("name"))


def _span(found: Kustomization, message: str) -> Span:
    """The field that a message names, else the kustomization."""
    for key in found.data:
        if re.search(rf"\b{re.escape(key)}\b", message) and key not in ("apiVersion", "kind"):
            return found.span(key)
    return found.span()


def _plain(message: str, staged: Stage, folder: str) -> str:
    """A message without the names that klint made up, and without what changes from run to run."""

    def file(match: re.Match[str]) -> str:
        name = f"{match[1] or folder}/{match[2]}"
        if name in staged.objects:
            return staged.objects[name].document.file.path
        if name in staged.settings:
            return staged.settings[name].source.path
        owner = staged.kustomizations.get(match[1] or folder)
        return owner.document.source.path if owner else match[2]

    def place(match: re.Match[str]) -> str:
        owner = staged.kustomizations.get(match[2])
        return match[1] + (owner.sources.shown(owner.folder) if owner else "")

    text = _FOLDER_NAME.sub(place, _FILE_NAME.sub(file, message))
    text = _ANY_ID.sub(lambda match: f"{match['kind']} {match['name']}", _POINTER.sub("", text))
    return clipped(" ".join(text.split()), MAX_MESSAGE)

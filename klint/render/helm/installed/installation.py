"""A chart that a GitOps object installs, and what such objects have in common."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from klint.kube.resource import mapping, sequence, string
from klint.records import dataclass, field
from klint.render.helm.charts import is_chart
from klint.render.helm.request import is_release_name
from klint.render.helm.values import InlineValues, ValueSet
from klint.text.document import Document, Place
from klint.text.document import Path as DataPath
from klint.text.placeholders import is_placeholder
from klint.workspace.deployers.delivery import Delivery
from klint.workspace.tree import Tree
from klint.workspace.unfollowed import Unfollowed


@dataclass(frozen=True)
class Installation:
    """A chart that a GitOps object installs: its folder, None when it is not in the workspace, and the values.

    `delivery` says where it goes, if that is known.
    """

    document: Document
    folder: Path | None
    values: ValueSet
    delivery: Delivery | None = None

    @property
    def identity(self) -> object:
        """The same for those that install the same chart with the same values in the same place.

        An object that several overlays build, and one that is built as it is written, is followed once for each place
        that it goes to.
        """
        data, values = mapping(self.document.data), self.values
        return (
            data.get("kind"),
            string(mapping(data.get("metadata")).get("name")),
            self.folder,
            values.files,
            tuple(item.text for item in values.inline),
            (values.sets, values.strings, values.literals),
            (values.release, values.namespace, values.target, self.delivery.cluster if self.delivery else ""),
            (values.kube_version, values.api_versions, values.skips_definitions),
            repr([[(setting.field, setting.value) for setting in step] for step in values.post_renderers]),
        )


def called(document: Document) -> str:
    """What reports call the values of an object that installs a chart: its file, and its name if it is one of many that
    something rendered."""
    if document.origin is None:
        return document.source.path
    name = string(mapping(mapping(document.data).get("metadata")).get("name"))
    return f"{document.span(('metadata', 'name')).file} ({name})"


@dataclass(frozen=True)
class Released:
    """What helmfiles install: the sets of values by the chart's folder, each with what deploys it; all files of values
    that they use, and what of them is not linted."""

    sets: Mapping[Path, Sequence[tuple[ValueSet, Delivery]]] = field(default_factory=dict)
    files: frozenset[Path] = frozenset()
    unfollowed: tuple[Unfollowed, ...] = ()


def chart_folder(tree: Tree, path: Any) -> Path | None:
    """The chart that a path from the root leads to."""
    folder = Path(os.path.normpath(tree.root / string(path).strip("/"))) if string(path) else None
    return folder if folder is not None and is_chart(folder, tree) else None


def release_name(given: Any, otherwise: Any) -> str:
    """The name of a release: as given, unless it is still to be filled in; else the object's, as far as it is one."""
    name = string(otherwise)
    return filled_in(given) or (name if is_release_name(name) else ValueSet.release)


def filled_in(value: Any) -> str:
    """A value, unless it is still to be filled in."""
    return "" if is_placeholder(value) else string(value)


def values_files(
    document: Document, owner: Mapping[str, Any], path: DataPath, folder: Path, tree: Tree, references: set[str]
) -> tuple[tuple[Path, ...], tuple[tuple[str, Place], ...]]:
    """Values files that are there, relative to the chart, or to the root after the name of another source; and others.

    What is still to be filled in is among the others.
    """
    files, absent = [], []
    for index, item in enumerate(sequence(owner.get(str(path[-1])))):
        name = string(item)
        first, _, rest = name.partition("/")
        file = Path(os.path.normpath(tree.root / rest if first in references else folder / name.lstrip("/")))
        if tree.is_file(file):
            files.append(file)
        elif name:
            absent.append((name, Place(document, (*path, index))))
    return tuple(files), tuple(absent)


def inline_values(
    document: Document, owner: Mapping[str, Any], path: DataPath, fields: tuple[str, ...]
) -> Iterator[InlineValues]:
    """Values as a mapping, whose lines are known, or as a text, which counts as its whole."""
    for name in fields:
        value = owner.get(name)
        if isinstance(value, dict) and value:
            yield InlineValues(json.dumps(value), document, (*path, name))
        elif isinstance(value, str) and value.strip():
            yield InlineValues(value, document, (*path, name))

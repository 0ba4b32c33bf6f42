"""Whether manifests that are deployed together mention something: an image, a chart, a group, an annotation."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from klint.exposure.scope import Scope
from klint.kube.index import Index, grouped
from klint.kube.resource import Resource

Folders = tuple[str, ...]

_SAMPLES = re.compile(r"(?:samples?|examples?|demos?|docs?|snippets?|tutorials?|tests?|testdata)\Z", re.IGNORECASE)
"""How the names of folders end whose manifests are deployed with nothing outside them."""


def is_mentioned_beside(resource: Resource, pattern: re.Pattern[str], scope: Scope) -> bool:
    """Whether a manifest that may be deployed with a resource has a pattern.

    What a folder of samples holds is not deployed with what is outside it.
    """
    own, everywhere = _by_samples(pattern, scope.own), _by_samples(pattern, scope.index)
    folders = _folders(resource)
    around = (folders[:depth] for depth in range(len(folders) + 1))
    return any(scope.has_any(own.get(folder, ()), everywhere.get(folder, ())) for folder in around)


def _by_samples(pattern: re.Pattern[str], index: Index) -> dict[Folders, list[Resource]]:
    """The resources in documents that have a pattern, by the folder of samples that they are in."""
    return index.kept(
        ("mentions", pattern),
        lambda: grouped((_samples(_folders(item)), item) for item in index.resources_mentioning(pattern)),
    )


def _folders(resource: Resource) -> Folders:
    return PurePosixPath(resource.document.source.relative).parent.parts


def _samples(folders: Folders) -> Folders:
    """The outermost folder of samples; none where there is no such folder."""
    return folders[: next((depth for depth, name in enumerate(folders, 1) if _SAMPLES.search(name)), 0)]

"""Whether manifests that are deployed together mention something: an image, a chart, a group, an annotation."""

from __future__ import annotations

import re

from klint.exposure.samples import Folders, folders_of, samples_of
from klint.exposure.scope import Scope
from klint.kube.index import Index, grouped
from klint.kube.resource import Resource


def is_mentioned_beside(resource: Resource, pattern: re.Pattern[str], scope: Scope) -> bool:
    """Whether a manifest that may be deployed with a resource has a pattern.

    What a folder of samples holds is not deployed with what is outside it.
    """
    own, everywhere = _by_samples(pattern, scope.own), _by_samples(pattern, scope.index)
    folders = folders_of(resource)
    around = (folders[:depth] for depth in range(len(folders) + 1))
    return any(scope.has_any(own.get(folder, ()), everywhere.get(folder, ())) for folder in around)


def _by_samples(pattern: re.Pattern[str], index: Index) -> dict[Folders, list[Resource]]:
    """The resources in documents that have a pattern, by the folder of samples that they are in."""
    return index.kept(
        ("mentions", pattern),
        lambda: grouped((samples_of(item), item) for item in index.resources_mentioning(pattern)),
    )

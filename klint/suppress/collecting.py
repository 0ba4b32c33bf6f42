"""Every ignore of a workspace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from klint.config.config import Suppression
from klint.kube.resource import Resource
from klint.suppress.annotations import annotation_ignores
from klint.suppress.comments import comment_ignores, script_ignores
from klint.suppress.ignores import ConfiguredIgnore, Ignore
from klint.text.document import Document
from klint.text.source import Source


def collect(
    documents: Iterable[Document],
    resources: Iterable[Resource],
    entries: Iterable[Suppression],
    scripts: Iterable[Source] = (),
) -> list[Ignore]:
    """Every ignore of a workspace. `scripts` are files that carry shell; a file of manifests is none of them."""
    by_source: dict[int, list[Document]] = defaultdict(list)
    for document in documents:
        by_source[id(document.source)].append(document)
    ignores: list[Ignore] = []
    for group in by_source.values():
        ignores.extend(comment_ignores(group))
    manifests = {group[0].source.path for group in by_source.values()}
    for source in scripts:
        if source.path not in manifests:
            ignores.extend(script_ignores(source))
    for resource in resources:
        ignores.extend(annotation_ignores(resource))
    for entry in entries:
        ignores.append(
            ConfiguredIgnore(entry.at, entry.rules, entry.reason, "configuration", entry.expires, entry=entry)
        )
    return ignores

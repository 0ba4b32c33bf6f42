"""Every ignore of a workspace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from klint.config.config import Suppression
from klint.kube.resource import Resource
from klint.records import replace
from klint.suppress.annotations import annotation_ignores
from klint.suppress.ignores import MARK, ConfiguredIgnore, Ignore
from klint.text.document import Document
from klint.text.source import Source


def collect(
    documents: Iterable[Document],
    resources: Iterable[Resource],
    entries: Iterable[Suppression],
    scripts: Iterable[Source] = (),
    off: Iterable[Resource] = (),
) -> list[Ignore]:
    """Every ignore of a workspace. `scripts` are files that carry shell; a file of manifests is none of them.

    `off` are resources that nobody deploys: only some rules look at them, so that none of their ignores is useless.
    """
    by_source: dict[int, list[Document]] = defaultdict(list)
    for document in documents:
        by_source[id(document.source)].append(document)
    manifests = {group[0].source.path for group in by_source.values()}
    ignores = list(
        _in_comments(
            [group for group in by_source.values() if MARK in group[0].source.text],
            [source for source in scripts if source.path not in manifests and MARK in source.text],
        )
    )
    for resource in resources:
        ignores.extend(annotation_ignores(resource))
    for resource in off:
        ignores.extend(replace(ignore, is_judged=False) for ignore in annotation_ignores(resource))
    for entry in entries:
        ignores.append(
            ConfiguredIgnore(entry.at, entry.rules, entry.reason, "configuration", entry.expires, entry=entry)
        )
    return ignores


def _in_comments(manifests: Sequence[Sequence[Document]], scripts: Sequence[Source]) -> Iterator[Ignore]:
    """Those in the comments of files that mention klint, of which most workspaces have few or none."""
    if manifests or scripts:
        from klint.suppress.comments import comment_ignores, script_ignores

        for documents in manifests:
            yield from comment_ignores(documents)
        for source in scripts:
            yield from script_ignores(source)

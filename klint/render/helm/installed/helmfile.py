"""What helmfiles install."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from klint.kube.resource import Resource
from klint.render.helm.charts import is_chart
from klint.render.helm.installed.installation import Released, filled_in, release_name
from klint.render.helm.values import InlineValues, ValueSet
from klint.workspace.deployers.delivery import Delivery
from klint.workspace.deployers.helmfile import Helmfiles, Release
from klint.workspace.rendering import Sources
from klint.workspace.unfollowed import ELSEWHERE, Unfollowed


def released(files: Iterable[Path], sources: Sources) -> Released:
    """What the helmfiles among some files install."""
    helmfiles = Helmfiles(files, sources)
    sets: dict[Path, list[tuple[ValueSet, Delivery]]] = defaultdict(list)
    unfollowed = []
    for release in helmfiles.releases():
        if release.folder is not None and is_chart(release.folder, sources.tree):
            sets[release.folder].append((_values(release, sources), _delivery(release)))
        else:
            file = release.at.document.source.path
            unfollowed.append(Unfollowed("helmfile release", release.name, file, ELSEWHERE))
    for path, why in helmfiles.unread.items():
        unfollowed.append(Unfollowed("helmfile", "", sources.shown(path), f"it has {why}"))
    return Released(sets, frozenset(helmfiles.values_files), tuple(unfollowed))


def _values(release: Release, sources: Sources) -> ValueSet:
    files, inline = _in_order(release, sources)
    source = release.at.document.source
    environment = "" if release.environment == "default" else f" in {release.environment}"
    return ValueSet(
        name=f"{source.path}, release {release.name}{environment}",
        files=files,
        inline=inline,
        sets=release.sets,
        strings=release.strings,
        release=release_name(release.name, ""),
        namespace=filled_in(release.namespace),
        kube_version=filled_in(release.kube_version),
        api_versions=release.api_versions,
        target=source.relative,
        at={"release": release.at.below("name"), "namespace": release.at.below("namespace")},
        absent=release.absent,
        post_renderers=(release.patches,) if release.patches else (),
    )


def _in_order(release: Release, sources: Sources) -> tuple[tuple[Path, ...], tuple[InlineValues, ...]]:
    """Its values: files as far as nothing else comes before them, and then the rest in its order."""
    files: list[Path] = []
    inline: list[InlineValues] = []
    for item in release.values:
        if not isinstance(item, Path):
            inline.append(InlineValues(json.dumps(item.data), item.at.document, item.at.path))
        elif not inline:
            files.append(item)
        else:
            for document in sources.documents(item):
                inline.append(InlineValues(document.text, document, ()))
    return tuple(files), tuple(inline)


def _delivery(release: Release) -> Delivery:
    """A release as what deploys: the environments of a helmfile are clusters, or parts of one."""
    data = {"kind": "release", "metadata": {"name": release.name}}
    by = Resource(release.at.document, release.at.path, data)
    cluster = "" if release.environment == "default" else f"environment {release.environment}"
    return Delivery(by, release.at, release.folder, release.namespace, cluster)

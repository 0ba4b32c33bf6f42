"""What kustomize makes of the objects that a chart renders to, where whoever installs the chart has some of it changed.

Hooks, and definitions that are no templates, go past it.

Sources: helm-controller's docs/spec/v2/helmreleases.md, "Post renderers", and internal/postrender/kustomize.go; helm's
pkg/action/action.go, renderResources; helmfile/chartify's patch.go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from klint.kube.resource import mapping
from klint.records import replace
from klint.render.kustomize.assembled import assembled
from klint.render.kustomize.kustomizations import Kustomization
from klint.text.document import Document
from klint.workspace.deployers.delivery import Setting
from klint.workspace.rendering import Rendering, Sources

_HOOK = "helm.sh/hook"


def post_rendered(
    rendering: Rendering,
    renderers: Sequence[Sequence[Setting]],
    build: Callable[[Kustomization, Sequence[Document]], Rendering],
    sources: Sources,
    file: Path,
) -> Rendering:
    """A rendered chart after each of some kustomizations has changed its objects.

    `build` builds a kustomization over objects; `file` is what asks for it.
    """
    objects = [document for document in rendering.documents if _is_handed_on(document)]
    others = [document for document in rendering.documents if not _is_handed_on(document)]
    for settings in renderers if objects else ():
        built = build(assembled(file, {}, settings, settings[0].at, sources), objects)
        objects = [*built.documents]
        rendering = replace(
            rendering,
            problems=(*rendering.problems, *built.problems),
            gaps=(*rendering.gaps, *built.gaps),
            unread=(*rendering.unread, *built.unread),
        )
    return replace(rendering, documents=(*objects, *others))


def _is_handed_on(document: Document) -> bool:
    annotations = mapping(mapping(mapping(document.data).get("metadata")).get("annotations"))
    return document.origin is not None and _HOOK not in annotations

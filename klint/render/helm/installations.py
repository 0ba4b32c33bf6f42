"""Sets of values that GitOps objects install charts of the workspace with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from klint.kube.resource import api_group, mapping
from klint.render.helm.installed.argo import of_application
from klint.render.helm.installed.flux import of_helm_release
from klint.render.helm.installed.installation import Installation
from klint.text.document import Document
from klint.workspace.tree import Tree

_INSTALLERS = {
    ("argoproj.io", "Application"): of_application,
    ("helm.toolkit.fluxcd.io", "HelmRelease"): of_helm_release,
}


def installations(documents: Iterable[Document], tree: Tree) -> Iterator[Installation]:
    """What the Applications and HelmReleases among some documents install. Paths in them start at the tree's root."""
    for document in documents:
        data = mapping(document.data)
        kind = data.get("kind")
        installed = _INSTALLERS.get((api_group(data), kind)) if isinstance(kind, str) else None
        if installed is not None:
            yield from installed(document, data, tree)

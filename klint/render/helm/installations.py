"""Sets of values that GitOps objects install charts of the workspace with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from klint.kube.resource import api_group, mapping
from klint.render.helm.installed.flux import FluxHelm, of_helm_release
from klint.render.helm.installed.installation import Installation
from klint.text.document import Document
from klint.workspace.tree import Tree

if TYPE_CHECKING:
    from klint.workspace.deployers.argo.applications import ArgoCD


def installations(
    documents: Sequence[Document],
    tree: Tree,
    argo_cd: Callable[[], ArgoCD] | None = None,
    flux: FluxHelm | None = None,
) -> Iterator[Installation]:
    """What the Applications and HelmReleases among some documents install. Paths in them start at the tree's root.

    `argo_cd` makes what Argo CD knows of the workspace; if it is not given, that is what the documents say. `flux`
    knows what HelmReleases refer to; the documents are added to that.
    """
    flux = flux or FluxHelm(tree)
    flux.add(documents)
    for document in documents:
        data = mapping(document.data)
        kind = (api_group(data), data.get("kind"))
        if kind == ("helm.toolkit.fluxcd.io", "HelmRelease"):
            yield from of_helm_release(document, data, flux)
        elif kind[0] == "argoproj.io":
            # Imported late: most workspaces have nothing of Argo CD's.
            from klint.render.helm.installed.argo import of_application
            from klint.workspace.deployers.argo.applications import ArgoCD

            argo = argo_cd() if argo_cd else ArgoCD(tree, documents)
            for application in argo.applications([document]):
                yield from of_application(application)

"""What is deployed of a workspace, step by step: what deploys may itself be deployed, and patched on the way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from klint.records import cached_property
from klint.text.document import Document
from klint.workspace.deployers.delivery import Delivery
from klint.workspace.deployers.flux import Flux
from klint.workspace.deployers.kinds import is_argo, is_deployer
from klint.workspace.deployers.lists import unlisted
from klint.workspace.deployers.variables import Definitions, Values
from klint.workspace.rendering import Rendering
from klint.workspace.workspace import Workspace

if TYPE_CHECKING:
    from klint.workspace.deployers.argo.applications import ArgoCD


class Deployments:
    """What the objects of a workspace that deploy say, each of them followed once: as it is deployed, if it is.

    `documents` are those of the workspace, with the objects of Lists in the place of these.
    """

    def __init__(self, workspace: Workspace, argo_cd: Callable[[], ArgoCD]) -> None:
        self.documents = tuple(unlisted(workspace.documents))
        self._root = workspace.root
        self._flux = Flux(self.documents, workspace.tree, workspace.root)
        self._argo_cd = argo_cd
        self._argo = [*self._of_argo(self.documents)]
        self._written = [*self._flux.written, *self._argo]
        self._seen: set[Hashable] = set()
        self._rendered: set[str] = set()
        self._definitions = Definitions()
        for document in self.documents:
            cluster = self._flux.cluster_of(workspace.root / document.source.relative)
            self._definitions.add((document,), cluster, is_deployed=False)

    @cached_property
    def folders(self) -> set[Path]:
        """The folders that are deployed, if all the objects are deployed as they are written."""
        return {item.folder for item in self._written if item.folder is not None}

    def first(self, patched: Collection[Path]) -> list[Delivery]:
        """What is deployed by objects that no other deploys. Those of Argo CD in files that may be patched wait."""
        waiting = {id(item) for item in self._argo if self._root / item.file in patched}
        return self._new(
            item for item in self._written if id(item) not in waiting and not self._is_held(item, self.folders)
        )

    def waiting(self) -> set[Path]:
        """The files of Argo CD's objects that nothing rendered so far holds: kustomizations may patch them."""
        return {
            self._root / document.source.relative
            for document in self.documents
            if is_argo(document.data) and document.source.path not in self._rendered
        }

    def _is_held(self, item: Delivery, folders: set[Path]) -> bool:
        above = (self._root / item.file).parents
        return any(folder in folders and folder != item.folder for folder in above)

    def following(self, renderings: Iterable[Rendering]) -> list[Delivery]:
        """What is deployed by objects that were rendered."""
        found: list[Delivery] = []
        for rendering in renderings:
            cluster = rendering.delivery.cluster if rendering.delivery else ""
            self._definitions.add(rendering.documents, cluster, is_deployed=True)
            deployers = [*unlisted(document for document in rendering.documents if is_deployer(document.data))]
            self._rendered.update(document.file.path for document in deployers)
            found += self._flux.rendered(deployers, rendering.delivery)
            found += self._of_argo(deployers)
        return self._new(found)

    def values(self, delivery: Delivery) -> Values | None:
        """What is filled in once a folder is built: of what is known so far; None if nothing is."""
        return self._definitions.values(delivery)

    def rest(self) -> list[Delivery]:
        """What is deployed by objects that nothing rendered so far holds."""
        return self._new(item for item in self._written if item.by.document.source.path not in self._rendered)

    def _of_argo(self, documents: Iterable[Document]) -> Iterator[Delivery]:
        found = [document for document in documents if is_argo(document.data)]
        if found:
            from klint.workspace.deployers.argo.deliveries import deliveries

            for application in self._argo_cd().applications(found):
                yield from deliveries(application)

    def _new(self, found: Iterable[Delivery]) -> list[Delivery]:
        new = []
        for item in found:
            if item.folder is not None and item.identity not in self._seen:
                self._seen.add(item.identity)
                new.append(item)
        return new

"""What is deployed of a workspace, step by step: what deploys may itself be deployed, and patched on the way."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from pathlib import Path

from klint.workspace.deployers.delivery import Delivery
from klint.workspace.deployers.flux import Flux
from klint.workspace.deployers.kinds import is_deployer
from klint.workspace.deployers.variables import Definitions, Values
from klint.workspace.rendering import Rendering
from klint.workspace.workspace import Workspace


class Deployments:
    """What the objects of a workspace that deploy say, each of them followed once: as it is deployed, if it is."""

    def __init__(self, workspace: Workspace) -> None:
        self._root = workspace.root
        self._flux = Flux(workspace.documents, workspace.tree, workspace.root)
        self._seen: set[Hashable] = set()
        self._rendered: set[str] = set()
        self._definitions = Definitions()
        for document in workspace.documents:
            cluster = self._flux.cluster_of(workspace.root / document.source.relative)
            self._definitions.add((document,), cluster, is_deployed=False)

    def first(self) -> list[Delivery]:
        """What is deployed by objects that no other deploys."""
        folders = {item.folder for item in self._flux.written if item.folder is not None}
        return self._new(item for item in self._flux.written if not self._is_held(item, folders))

    def _is_held(self, item: Delivery, folders: set[Path]) -> bool:
        above = (self._root / item.file).parents
        return any(folder in folders and folder != item.folder for folder in above)

    def following(self, renderings: Iterable[Rendering]) -> list[Delivery]:
        """What is deployed by objects that were rendered."""
        found: list[Delivery] = []
        for rendering in renderings:
            cluster = rendering.delivery.cluster if rendering.delivery else ""
            self._definitions.add(rendering.documents, cluster, is_deployed=True)
            deployers = [document for document in rendering.documents if is_deployer(document.data)]
            self._rendered.update(document.file.path for document in deployers)
            found += self._flux.rendered(deployers, rendering.delivery)
        return self._new(found)

    def values(self, delivery: Delivery) -> Values | None:
        """What is filled in once a folder is built: of what is known so far; None if nothing is."""
        return self._definitions.values(delivery)

    def rest(self) -> list[Delivery]:
        """What is deployed by objects that nothing rendered so far holds."""
        return self._new(item for item in self._flux.written if item.by.document.source.path not in self._rendered)

    def _new(self, found: Iterable[Delivery]) -> list[Delivery]:
        new = []
        for item in found:
            if item.folder is not None and item.identity not in self._seen:
                self._seen.add(item.identity)
                new.append(item)
        return new

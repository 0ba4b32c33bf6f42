"""Deliveries: what an object that deploys says it deploys, and where to."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

from klint.config.patterns import Patterns
from klint.kube.resource import Resource
from klint.records import dataclass
from klint.text.document import Place


@dataclass(frozen=True)
class Setting:
    """What a deployer adds to the kustomization that it builds: a field, or one entry of a list, as kustomize has it.

    A field goes over the kustomization's own, an entry goes after its own: of `images`, over the one of the same name.
    `at` is where the deployer says so.
    """

    field: str
    value: Any
    at: Place
    is_entry: bool = False


@dataclass(frozen=True)
class VariableSource:
    """A ConfigMap or Secret whose keys are variables."""

    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, eq=False)
class Variables:
    """What is filled in once a folder is built: where the object says a value itself, and where others come from."""

    given: Mapping[str, Place]
    sources: tuple[VariableSource, ...] = ()


NOTHING = Patterns()


@dataclass(frozen=True, eq=False)
class Delivery:
    """A folder of the workspace that somebody deploys.

    `by` is the object that says so, and `at` where it names the folder, which is None when that is not in the
    workspace. `namespace` is what all objects are put into, `cluster` what tells the cluster from others; each is empty
    where unknown. `files` are all that is deployed of a folder without a kustomization, where that is not everything
    below. `settings` are added to the build, and `variables` filled in after it; `reads_above` is set where the
    build may read files that are not below the folder. `is_sync` is set for what syncs a whole cluster, and `ignored`
    is what its source leaves out of the workspace, by paths from the root of the tree.
    """

    by: Resource
    at: Place
    folder: Path | None
    namespace: str = ""
    cluster: str = ""
    settings: tuple[Setting, ...] = ()
    variables: Variables | None = None
    reads_above: bool = False
    is_sync: bool = False
    ignored: Patterns = NOTHING
    files: tuple[Path, ...] | None = None

    @property
    def file(self) -> str:
        """The file that a person writes the object in, from the workspace's root."""
        return self.by.document.file.relative

    @property
    def identity(self) -> Hashable:
        """What tells it from others: the object, what that deploys, and to which cluster."""
        return (*self.by.identity, self.folder, self.cluster)

    def __str__(self) -> str:
        return f"{self.by.kind} {self.by.name}".strip()

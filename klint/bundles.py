"""Documents → bundles: which plain manifests are deployed together.

Nothing in a folder of manifests says so, and reading too much or too little together is where linters go wrong:
two examples side by side are no unit, a Service and its Deployment in sibling folders are. So:

1. Files of different environments are never together.
2. The files of one folder are together, except those that define an object another one defines too.
3. Folders are together where a reference crosses between them, into the folders above or below, into a sibling
   folder when the referring one holds nothing of the kind (a folder of Services beside a folder of Deployments), or
   inside a namespace that both name; never when both define the same object.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from klint.index import Index
from klint.kube.resource import Resource
from klint.kube.routes import Route
from klint.kube.service import Service
from klint.kube.workload import Workload
from klint.target import Target, Targets, shared_folders

_SHARED_NAMESPACES = frozenset(("", "default", "kube-system", "kube-public"))


@dataclass(frozen=True, eq=False)
class Bundle:
    """Resources that are deployed together, and where to.

    `name` is the folder or file they are known by; for what was rendered, the kustomization or the chart and its values.
    """

    name: str
    resources: tuple[Resource, ...]
    target: Target
    is_rendered: bool = False


def make_bundles(index: Index, targets: Targets) -> tuple[Bundle, ...]:
    """The bundles of plain manifests, in the order of their first files."""
    groups = _Groups(index.resources, targets)
    groups.join_folders()
    groups.join_references(index)
    return tuple(Bundle(_name(members), tuple(members), targets.target(members)) for members in groups.members())


def _name(members: Sequence[Resource]) -> str:
    """The file, or the innermost folder that holds all."""
    paths = {resource.document.source.path for resource in members}
    if len(paths) == 1:
        return next(iter(paths))
    folders = [PurePosixPath(path).parent.parts for path in paths]
    shared = 0
    while all(len(parts) > shared for parts in folders) and len({parts[shared] for parts in folders}) == 1:
        shared += 1
    return "/".join(folders[0][:shared]).replace("//", "/") or "."


class _Groups:
    """Files joined into groups (a disjoint-set forest); a group keeps the identities it defines."""

    def __init__(self, resources: Sequence[Resource], targets: Targets) -> None:
        self.files: dict[str, list[Resource]] = defaultdict(list)
        for resource in resources:
            self.files[resource.document.source.path].append(resource)
        self.parent = {file: file for file in self.files}
        self.identities = {file: {resource.identity for resource in members} for file, members in self.files.items()}
        self.relative = {file: members[0].document.source.relative or file for file, members in self.files.items()}
        self.folder = {file: str(PurePosixPath(path).parent) for file, path in self.relative.items()}
        self.kinds: dict[str, set[type[Resource]]] = defaultdict(set)
        for file, members in self.files.items():
            self.kinds[self.folder[file]].update(type(resource) for resource in members)
        self.environment = {file: targets.environment_of_file(path) for file, path in self.relative.items()}

    def find(self, file: str) -> str:
        while self.parent[file] != file:
            self.parent[file] = self.parent[self.parent[file]]
            file = self.parent[file]
        return file

    def join(self, first: str, second: str) -> None:
        """Put two files' groups together unless they define the same object or go to different environments."""
        one, other = self.find(first), self.find(second)
        if one == other or self.environment[one] != self.environment[other]:
            return
        small, large = sorted((self.identities[one], self.identities[other]), key=len)
        if any(identity in large for identity in small):
            return
        large.update(small)
        self.parent[other] = one
        self.identities[one] = large

    def join_folders(self) -> None:
        by_folder: dict[tuple[str, str], list[str]] = defaultdict(list)
        for file in self.files:
            by_folder[self.folder[file], self.environment[file]].append(file)
        for files in by_folder.values():
            defined = Counter(identity for file in files for identity in self.identities[file])
            peaceful = [
                file
                for file in files
                if all(defined[resource.identity] == 1 for resource in self.files[file]) or len(files) == 1
            ]
            for file in peaceful[1:]:
                self.join(peaceful[0], file)

    def join_references(self, index: Index) -> None:
        """Follow the references that lead nowhere inside their own group."""
        for file, members in self.files.items():
            for resource in members:
                for candidates, kind in _references(resource, index):
                    self._follow(file, resource, candidates, kind)

    def _follow(self, file: str, resource: Resource, candidates: list[Resource], kind: type[Resource]) -> None:
        files = [candidate.document.source.path for candidate in candidates]
        if any(self.find(found) == self.find(file) for found in files):
            return
        allowed = [
            (-shared_folders(self.relative[file], self.relative[found]), found)
            for found, candidate in zip(files, candidates, strict=True)
            if self._may_cross(file, found, resource, candidate, kind)
        ]
        for _, found in sorted(allowed)[:1]:
            self.join(file, found)

    def _may_cross(self, file: str, found: str, resource: Resource, candidate: Resource, kind: type[Resource]) -> bool:
        if resource.namespace == candidate.namespace and resource.namespace not in _SHARED_NAMESPACES:
            return True
        here, there = PurePosixPath(self.folder[file]), PurePosixPath(self.folder[found])
        if here == there or here in there.parents or there in here.parents:
            return True
        return here.parent == there.parent and not any(issubclass(held, kind) for held in self.kinds[str(here)])

    def members(self) -> Iterator[list[Resource]]:
        groups: dict[str, list[Resource]] = defaultdict(list)
        for file, members in self.files.items():
            groups[self.find(file)].extend(members)
        yield from groups.values()


def _references(resource: Resource, index: Index) -> Iterator[tuple[list[Resource], type[Resource]]]:
    """For each reference of a resource, everything in the workspace it could mean, and of which kind that is."""
    if isinstance(resource, Service) and resource.selector:
        yield [pod.workload for pod in index.pods_with(resource.selector, resource.namespace)], Workload
    elif isinstance(resource, Route):
        for backend in resource.backends:
            yield list(index.services_named(backend.namespace, backend.service)), Service

"""Documents → bundles: which plain manifests are deployed together.

Nothing in a folder of manifests says so, and reading too much or too little together is where linters go wrong:
two examples side by side are no unit, a Service and its Deployment in sibling folders are. So:

1. Files of different environments are never together.
2. The files of one folder are together, except those that define an object another one defines too. Each OpenShift
   Template counts as a file.
3. Folders are together where a reference crosses between them: inside a namespace that both name; else into the
   folders above or below, or into a sibling folder when the referring one holds nothing of the kind (a folder of
   Services beside a folder of Deployments), if it is plain which folder is meant. Never when both define the same
   object.
4. Sibling folders that are called after a namespace they hold are together (`shop` beside `blog`), and those called
   after kinds they hold (`services` beside `deployments`): they divide one tree. Where such a name is in the singular
   (`Service` beside `Ingress`), they may as well be examples of each, until a reference crosses between two of them.
5. What is deployed with nothing beside it stands apart: the fixtures of tests, and files that a kustomization leaves
   out. Such a file is joined with another one of its own folder only where a reference leads there, to something that
   the other file's own routes do not lead to; and never the input of a test with its output.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from klint.kube.index import Index
from klint.kube.namespace import may_be_one_namespace
from klint.kube.resource import Resource
from klint.kube.routes.shape import Route
from klint.kube.selector import matches
from klint.kube.service import Service
from klint.kube.workload import PodTemplate, Workload
from klint.records import dataclass
from klint.regex import regex
from klint.workspace.environments import environment_of_name
from klint.workspace.paths import folder_of, shared_folders
from klint.workspace.rendering import AbsentChart, ExposureOn
from klint.workspace.target import Target, Targets

if TYPE_CHECKING:
    from klint.workspace.deployers.delivery import Delivery

_NEIGHBOURS = 32
"""Of what a reference could mean, that many are looked at before and after its own place in the order of paths."""

_OUTPUT = regex(r"(?<![a-z])(?:out(?:put)?|expected|golden|want(?:ed)?|result)s?(?![a-z])")
"""What the names of the outputs of golden tests, or their folders, hold."""

OBJECTS = "objects"
"""The field of a Template that has its objects: no other document has resources there."""

_SHARED_NAMESPACES = frozenset(("", "default", "kube-system", "kube-public"))


@dataclass(frozen=True, eq=False)
class Bundle:
    """Resources that are deployed together, and where to.

    `name` is the folder or file they are known by; for what was rendered, the kustomization, or the chart and its
    values. `has_gaps` is set when something that belongs to it could not be rendered, as the `absent_charts` that it
    depends on. `delivery` is what deploys it, where something in the workspace does. `exposure_on` is set where klint
    turned on what a chart has off: nobody deploys such a Bundle, and rules judge in it only what is wrong wherever it
    is deployed.
    """

    name: str
    resources: tuple[Resource, ...]
    target: Target
    is_rendered: bool = False
    has_gaps: bool = False
    absent_charts: tuple[AbsentChart, ...] = ()
    delivery: Delivery | None = None
    exposure_on: ExposureOn | None = None


def make_bundles(index: Index, targets: Targets, apart: Callable[[str], bool] | None = None) -> tuple[Bundle, ...]:
    """The bundles of plain manifests, in the order of their first files.

    `apart` tells of a file, by its path from the root, whether it stands apart; fixtures do if it is not given.
    """
    groups = _Groups(index.resources, targets, apart or targets.is_fixture)
    groups.join_folders()
    groups.join_references(index)
    groups.join_siblings()
    return tuple(Bundle(_name(members), tuple(members), targets.target(members)) for members in groups.members())


def _name(members: Sequence[Resource]) -> str:
    """The file, or the innermost folder that holds all."""
    paths = {resource.document.source.path for resource in members}
    if len(paths) == 1:
        return next(iter(paths))
    first, last = min(paths), max(paths)
    return "/".join(first.split("/")[: shared_folders(first, last)]) or ("/" if first.startswith("/") else ".")


class _Groups:
    """Files joined into groups (a disjoint-set forest); a group keeps the identities it defines."""

    def __init__(self, resources: Sequence[Resource], targets: Targets, apart: Callable[[str], bool]) -> None:
        self.files: dict[str, list[Resource]] = defaultdict(list)
        for resource in resources:
            self.files[_file(resource)].append(resource)
        self.parent = {file: file for file in self.files}
        self.identities = {
            file: {resource.identity for resource in members if resource.name} for file, members in self.files.items()
        }
        self.relative = {file: members[0].document.source.relative or file for file, members in self.files.items()}
        self.folder = {file: folder_of(path) for file, path in self.relative.items()}
        self.order = {file: number for number, file in enumerate(self.files)}
        self.kinds: dict[str, set[type[Resource]]] = defaultdict(set)
        for file, members in self.files.items():
            self.kinds[self.folder[file]].update(type(resource) for resource in members)
        self.environment = {file: targets.environment_of_file(path) for file, path in self.relative.items()}
        self.apart = {file for file, path in self.relative.items() if apart(path)}
        self.peaceful: dict[tuple[str, str], list[str]] = {}

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
        """Put the files of each folder together. Those that define nothing another one defines are `peaceful`."""
        by_folder: dict[tuple[str, str], list[str]] = defaultdict(list)
        for file in self.files:
            if file not in self.apart:
                by_folder[self.folder[file], self.environment[file]].append(file)
        for folder, files in by_folder.items():
            defined = Counter(identity for file in files for identity in self.identities[file])
            peaceful = [
                file
                for file in files
                if all(defined[identity] == 1 for identity in self.identities[file]) or len(files) == 1
            ]
            for file in peaceful[1:]:
                self.join(peaceful[0], file)
            self.peaceful[folder] = peaceful

    def join_siblings(self) -> None:
        """Put folders together that divide one tree."""
        by_kind: dict[tuple[str, str], list[str]] = defaultdict(list)
        by_namespace: dict[tuple[str, str], list[str]] = defaultdict(list)
        for (folder, environment), peaceful in self.peaceful.items():
            resources = [item for file in peaceful for item in self.files[file]]
            if peaceful and _is_called_after_kind(folder, resources):
                by_kind[folder_of(folder), environment].append(peaceful[0])
            elif peaceful and _is_called_after_namespace(folder, resources):
                by_namespace[folder_of(folder), environment].append(peaceful[0])
        divided = [files for files in by_kind.values() if self._have_plurals(files) or self._are_joined(files)]
        for first, *others in (*divided, *by_namespace.values()):
            for other in others:
                self.join(first, other)

    def _have_plurals(self, files: Sequence[str]) -> bool:
        """Whether all the folders these are in are called after several of a kind."""
        return all(_word_of(self.folder[file]) not in _kinds(self.files[file]) for file in files)

    def _are_joined(self, files: Sequence[str]) -> bool:
        """Whether any two of these are together already."""
        return len({self.find(file) for file in files}) < len(files)

    def join_references(self, index: Index) -> None:
        """Follow the references that lead nowhere inside their own group."""
        if len(self.files) == 1:
            return
        for file, members in self.files.items():
            for resource in members:
                for candidates, fits, kind in _references(resource, index):
                    found = [item for item in self._nearby(file, candidates) if fits(item)]
                    self._follow(file, resource, found, kind)

    def _nearby(self, file: str, candidates: Sequence[_Meant]) -> Sequence[_Meant]:
        """The candidates around a file: what is near in the tree of folders is near in the order of paths."""
        if len(candidates) <= 2 * _NEIGHBOURS:
            return candidates
        here = bisect_left(candidates, self.order[file], key=lambda item: self.order[_file(item)])
        return candidates[max(0, here - _NEIGHBOURS) : here + _NEIGHBOURS]

    def _follow(self, file: str, resource: Resource, found: Sequence[_Meant], kind: type[Resource]) -> None:
        files = dict.fromkeys(map(_file, found))
        if any(self.find(other) == self.find(file) for other in files):
            return
        if resource.namespace not in _SHARED_NAMESPACES and file not in self.apart:
            for item in found:
                if item.namespace == resource.namespace and _file(item) not in self.apart:
                    self.join(file, _file(item))
        if any(self.find(other) == self.find(file) for other in files):
            return
        allowed = [other for other in files if self._may_cross(file, other, kind)]
        nearness = {other: shared_folders(self.relative[file], self.relative[other]) for other in allowed}
        nearest = {self.find(other) for other in allowed if nearness[other] == max(nearness.values())}
        if len(nearest) == 1:
            self.join(file, nearest.pop())

    def _may_cross(self, file: str, found: str, kind: type[Resource]) -> bool:
        here, there = self.folder[file], self.folder[found]
        if file in self.apart or found in self.apart:
            return file in self.apart and found in self.apart and here == there and self._are_of_one_test(file, found)
        if here == there or _holds(here, there) or _holds(there, here):
            return True
        return folder_of(here) == folder_of(there) and not any(issubclass(held, kind) for held in self.kinds[here])

    def _are_of_one_test(self, file: str, found: str) -> bool:
        """Whether two files apart may be meant for each other: the other one is no whole of its own."""
        first, second = (_OUTPUT.search(self.relative[path].lower()) is None for path in (file, found))
        has_route = any(isinstance(resource, Route) for resource in self.files[found])
        return first == second and not has_route

    def members(self) -> Iterator[list[Resource]]:
        groups: dict[str, list[Resource]] = defaultdict(list)
        for file, members in self.files.items():
            groups[self.find(file)].extend(members)
        yield from groups.values()


def _is_called_after_kind(folder: str, resources: Sequence[Resource]) -> bool:
    """Whether a folder has the name of a kind that it holds: `services`, `10-deployment`, `ingresses`."""
    word = _word_of(folder)
    return any(word in (kind, f"{kind}s", f"{kind}es", f"{kind[:-1]}ies") for kind in _kinds(resources))


def _is_called_after_namespace(folder: str, resources: Sequence[Resource]) -> bool:
    """Whether a folder has the name of a namespace in it, unless that is an environment."""
    name = _name_of(folder)
    return name != "" and any(resource.namespace == name for resource in resources) and not environment_of_name(name)


def _kinds(resources: Sequence[Resource]) -> set[str]:
    return {resource.kind.lower() for resource in resources}


def _word_of(folder: str) -> str:
    """A folder's name without a number before it and without hyphens: `10-network-policies` is `networkpolicies`."""
    return _name_of(folder).lstrip("0123456789-_").replace("-", "").replace("_", "")


def _name_of(folder: str) -> str:
    return folder.rpartition("/")[2].lower()


def _holds(folder: str, other: str) -> bool:
    return not folder or other.startswith(folder + "/")


_Meant = PodTemplate | Resource


def _file(item: _Meant) -> str:
    """The file that something is in; an OpenShift Template, which is processed by itself, is as good as a file."""
    holder = item.workload if isinstance(item, PodTemplate) else item
    document, path = holder.document, holder.path
    if OBJECTS not in path:
        return document.source.path
    return f"{document.source.path} {document.start} {path[: path.index(OBJECTS)]}"


def _references(
    resource: Resource, index: Index
) -> Iterator[tuple[Sequence[_Meant], Callable[[_Meant], bool], type[Resource]]]:
    """For each reference of a resource: candidates in the order of files, which of them fit, and of which kind."""
    if isinstance(resource, Service) and resource.selector:
        yield index.pods_sharing(resource.selector), partial(_is_selected, resource), Workload
    elif isinstance(resource, Route):
        for backend in resource.backends:
            in_namespace = partial(_is_in, backend.namespace)
            yield index.services_called(backend.service), in_namespace, Service


def _is_selected(service: Service, item: _Meant) -> bool:
    return isinstance(item, PodTemplate) and _is_in(service.namespace, item) and matches(service.selector, item.labels)


def _is_in(namespace: str, item: _Meant) -> bool:
    return may_be_one_namespace(item.namespace, namespace)

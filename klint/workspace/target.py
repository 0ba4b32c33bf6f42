"""Where a bundle goes: environment, platform and facts of the cluster, each with the reason it is believed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from klint.config.config import EVERYTHING, Config, DeclaredExposure, Exists, TargetSettings
from klint.config.entries import Entries
from klint.kube.classes import IngressClass
from klint.kube.cluster import (
    KindCluster,
    disabled_service_lb,
    kind_cluster,
    may_tell_of_cluster,
    node_port_ranges,
    platform_of_cluster_file,
)
from klint.kube.ports import DEFAULT_NODE_PORTS, NodePortRange
from klint.kube.resource import Resource
from klint.records import dataclass, field
from klint.text.document import Document, Place
from klint.text.words import joined
from klint.workspace.environments import environment_guesses, environment_of_name, environment_of_path
from klint.workspace.fixtures import TEST_SCRIPTS, is_among_fixtures
from klint.workspace.paths import folder_of, shared_folders
from klint.workspace.platforms import BARE_METAL_PLATFORMS, LOCAL_PLATFORMS, platform_guesses

if TYPE_CHECKING:
    from klint.workspace.deployers.delivery import Delivery

Item = TypeVar("Item")

_TEST_FOLDERS = TEST_SCRIPTS | {".github", "ci"}
"""Names of folders whose clusters are made for a test and are gone with it."""


@dataclass(frozen=True)
class Target:
    """The cluster a bundle is for. Empty strings are unknown; `reasons` says why the others are believed.

    `told_by` is who says the environment outright, a configuration or an option; empty where it is guessed, by
    `environment_reason`.
    """

    environment: str = ""
    platform: str = ""
    kubernetes: tuple[int, int] | None = None
    node_ports: NodePortRange = DEFAULT_NODE_PORTS
    exists: tuple[Exists, ...] = ()
    objects: tuple[Resource, ...] = ()
    """What is in the cluster, as the configuration has it in full."""
    reasons: tuple[str, ...] = ()
    is_closed_world: bool = False
    """Whether what is neither in the workspace nor in `exists` does not exist."""
    must_declare_exposure: bool = False
    """Whether the configuration asks that whatever is open to the world be declared."""
    declared_exposures: Entries[DeclaredExposure] = field(default_factory=Entries, compare=False, repr=False)
    """What the configuration declares of objects, of this target or not."""
    told_by: str = ""
    environment_reason: str = ""
    disabled_service_lb: Place | None = None
    """What takes ServiceLB from a k3d cluster, whose load balancers it would otherwise serve."""
    kind_clusters: tuple[KindCluster, ...] = ()
    """The kind clusters that the workspace's configurations describe and that this may be."""
    cluster: str = ""
    """What tells its cluster from others, as what deploys the bundle has it; empty where nothing does."""

    def is_apart_from(self, other: Target) -> bool:
        """Whether it is known to be another cluster than another one is."""
        return bool(self.cluster and other.cluster) and not _is_one_cluster(self.cluster, other.cluster)

    def may_be_beside(self, other: Target) -> bool:
        """Whether what goes to both may meet. Where both clusters are known, the environments say no more."""
        if self.cluster and other.cluster:
            return _is_one_cluster(self.cluster, other.cluster)
        return not self.environment or not other.environment or self.environment == other.environment

    @property
    def is_production(self) -> bool:
        """Whether it is known to be production."""
        return self.environment == "production"

    @property
    def is_local_cluster(self) -> bool:
        """Whether it is known to run on a laptop: no cloud hands out load balancers there."""
        return self.platform in LOCAL_PLATFORMS

    @property
    def is_on_bare_metal(self) -> bool:
        """Whether it is known to run on machines of one's own: no cloud hands out load balancers there either."""
        return self.platform in BARE_METAL_PLATFORMS

    @property
    def ingress_classes(self) -> tuple[str, ...]:
        """The cluster's ingress classes, as far as the configuration lists them: a class that is not among them, nor in
        the workspace, is missing. `*` stands for anything."""
        named = {name for exists in self.exists for name in exists.ingress_classes}
        return tuple(sorted(named | {item.name for item in self.objects if isinstance(item, IngressClass)}))


class Targets:
    """Finds each bundle's target: the configuration first, else what is plain to see."""

    def __init__(self, config: Config, documents: Iterable[Document]) -> None:
        self._settings = (config.cluster, *config.targets)
        self._objects: dict[tuple[int, ...], tuple[Resource, ...]] = {}
        self._declared_exposures = config.declared_exposures
        self._fixtures = config.fixtures
        telling = [document for document in documents if may_tell_of_cluster(document.data)]
        self._clusters = {
            folder_of(document.source.relative): (platform, document.source.path)
            for document in telling
            if (platform := platform_of_cluster_file(document.data))
        }
        self._ranges = [
            (document.source.relative, found) for document in telling for found in node_port_ranges(document)
        ]
        self._k3d = [
            (document.source.relative, disabled_service_lb(document))
            for document in telling
            if platform_of_cluster_file(document.data) == "k3d"
        ]
        self._kind_clusters = [
            (document.source.relative, found) for document in telling if (found := kind_cluster(document)) is not None
        ]

    @property
    def are_told_by_documents(self) -> bool:
        """Whether any document says something of a cluster."""
        return bool(self._clusters or self._ranges or self._k3d or self._kind_clusters)

    def environment_of_file(self, relative: str) -> str:
        """The environment of a single file, by configuration or path."""
        return self.configured_environment(relative)[0] or environment_of_path(relative)

    def is_fixture(self, relative: str) -> bool:
        """Whether a file is the input or the output of a test, which is deployed with nothing."""
        told = self._fixtures.decision(relative)
        return is_among_fixtures(folder_of(relative)) if told is None else told

    def environment_of_script(self, relative: str) -> str:
        """The environment that a script runs against, by configuration or path."""
        found = self.environment_of_file(relative)
        folders = relative.lower().split("/")[:-1]
        return found or ("development" if not TEST_SCRIPTS.isdisjoint(folders) else "")

    def configured_environment(self, relative: str) -> tuple[str, str]:
        """The environment that the configuration or an option gives a file, and which; empty if they say nothing."""
        settings = list(self._matching([relative]))
        environment = _last(settings, "environment")
        return environment, _teller(settings, "environment") if environment else ""

    @property
    def exists(self) -> tuple[Exists, ...]:
        """What the configuration says exists outside the workspace, in whichever target."""
        return tuple(item.exists for item in self._settings)

    @property
    def objects(self) -> tuple[Resource, ...]:
        """What the configuration has of clusters in full, of whichever target."""
        return self._objects_of(self._settings)

    def _objects_of(self, settings: Sequence[TargetSettings]) -> tuple[Resource, ...]:
        """One tuple for all targets that the same settings apply to: what is found in it is found once."""
        telling = [item for item in settings if item.objects]
        key = tuple(map(id, telling))
        if key not in self._objects:
            self._objects[key] = tuple(found for item in telling for found in item.objects)
        return self._objects[key]

    def target(self, resources: Sequence[Resource], delivery: Delivery | None = None) -> Target:
        """The target of resources that are deployed together: what deploys them, if anything does, tells the most."""
        paths = sorted({resource.document.source.relative for resource in resources})
        if delivery is not None:
            paths = [*dict.fromkeys((delivery.file, delivery.by.document.source.relative)), *paths]
        settings = list(self._matching(paths))
        reasons: list[tuple[str, str]] = []
        told_by = ""
        environment = _last(settings, "environment")
        if environment:
            told_by = _teller(settings, "environment")
            reasons.append((environment, f"{told_by} says so"))
        else:
            guesses = _told_by_delivery(delivery) if delivery is not None else ()
            environment = _first_guess(chain(guesses, environment_guesses(paths, resources)), reasons)
        platform = _last(settings, "platform")
        if platform:
            reasons.append((platform, f"{_teller(settings, 'platform')} says so"))
        else:
            platform = _first_guess(platform_guesses(paths, resources), reasons)
        if not platform and environment in ("", "local", "development"):
            platform = _first_guess(self._cluster_guesses(paths), reasons)
        if not environment and platform in LOCAL_PLATFORMS:
            environment = "local"
            reasons.append(("local", f"{platform} runs on a developer's machine"))
        version = _last(settings, "kubernetes")
        return Target(
            environment,
            platform,
            _version(version) if version else None,
            self._node_ports(settings, paths),
            tuple(item.exists for item in settings),
            self._objects_of(settings),
            tuple(f"{value}: {why}" for value, why in reasons),
            is_closed_world=_last_word(item.closed_world for item in settings),
            declared_exposures=self._declared_exposures,
            must_declare_exposure=_last_word(item.must_declare_exposure for item in settings),
            told_by=told_by,
            environment_reason=next((why for value, why in reasons if value == environment), ""),
            disabled_service_lb=self._disabled_service_lb(paths) if platform == "k3d" else None,
            kind_clusters=self._kind_clusters_near(paths, platform, environment),
            cluster=delivery.cluster if delivery is not None else "",
        )

    def _kind_clusters_near(self, paths: Sequence[str], platform: str, environment: str) -> tuple[KindCluster, ...]:
        """Those of the nearest kind configurations.

        Where nothing says what the platform is it may still be the one kind cluster that there is, unless that is for
        tests or there are clusters of other kinds.
        """
        if not self._kind_clusters or platform not in ("", "kind") or not paths:
            return ()
        nearness = [max(_nearness(path, file) for path in paths) for file, _ in self._kind_clusters]
        nearest = [
            item for item, found in zip(self._kind_clusters, nearness, strict=True) if found[0] == max(nearness)[0]
        ]
        if not platform:
            is_for_tests = any(not _TEST_FOLDERS.isdisjoint(file.lower().split("/")[:-1]) for file, _ in nearest)
            others = {platform for platform, _ in self._clusters.values()} - {"kind"}
            if len(nearest) > 1 or is_for_tests or others or environment not in ("", "local"):
                return ()
        return tuple(found for _, found in nearest)

    def _cluster_guesses(self, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
        """A cluster's own file in the same folder: manifests beside a kind configuration are for kind."""
        for path in paths:
            found = self._clusters.get(folder_of(path))
            if found:
                yield found[0], f"{found[1]} beside it makes such a cluster"

    def _matching(self, paths: Sequence[str]) -> Iterator[TargetSettings]:
        return (
            item for item in self._settings if item.path is EVERYTHING or any(item.path.match(path) for path in paths)
        )

    def _node_ports(self, settings: Sequence[TargetSettings], paths: Sequence[str]) -> NodePortRange:
        """The configured range; else that of the nearest cluster file; of equally near ones, all they span."""
        configured = [item.node_ports for item in settings if item.node_ports is not None]
        if configured:
            return configured[-1]
        nearest = _nearest(self._ranges, paths)
        if not nearest:
            return DEFAULT_NODE_PORTS
        if len({(item.first, item.last) for item in nearest}) == 1:
            return nearest[0]
        origins = joined([*dict.fromkeys(item.origin for item in nearest)])
        places = tuple(place for item in nearest for place in item.places)
        return NodePortRange(min(item.first for item in nearest), max(item.last for item in nearest), origins, places)

    def _disabled_service_lb(self, paths: Sequence[str]) -> Place | None:
        """What takes ServiceLB from the cluster of the nearest k3d file; None where one of several has it."""
        found = _nearest(self._k3d, paths)
        return found[0] if found and None not in found else None


def _told_by_delivery(delivery: Delivery) -> Iterator[tuple[str, str]]:
    """What the names of a cluster, and of the object that deploys, tell of the environment."""
    for name in (delivery.cluster.rpartition("/")[2], delivery.cluster, delivery.by.name):
        found = environment_of_name(name)
        if found:
            yield (
                found,
                f"{delivery} of {delivery.file} deploys it" + (f" to {delivery.cluster}" if delivery.cluster else ""),
            )


def _nearest(files: Sequence[tuple[str, Item]], paths: Sequence[str]) -> list[Item]:
    """What the cluster files nearest to the paths say; of equally near ones, all."""
    if not files or not paths:
        return []
    nearness = [max(_nearness(path, file) for path in paths) for file, _ in files]
    return [item for (_, item), found in zip(files, nearness, strict=True) if found == max(nearness)]


def _nearness(path: str, file: str) -> tuple[int, int]:
    """Greater for a cluster file that shares more folders with a path, and of those for one that lies less deep."""
    return shared_folders(path, file), -file.count("/")


def _teller(settings: Sequence[TargetSettings], name: str) -> str:
    """Who says the last word on a field."""
    return [item.told_by for item in settings if getattr(item, name)][-1]


def _last(settings: Sequence[TargetSettings], name: str) -> str:
    values = [str(getattr(item, name)) for item in settings if getattr(item, name)]
    return values[-1] if values else ""


def _last_word(said: Iterable[bool | None]) -> bool:
    return ([False] + [word for word in said if word is not None])[-1]


def _first_guess(guesses: Iterator[tuple[str, str]], reasons: list[tuple[str, str]]) -> str:
    for value, reason in guesses:
        reasons.append((value, reason))
        return value
    return ""


def _is_one_cluster(one: str, other: str) -> bool:
    """Whether two known clusters may be the same: one's folder is the other's, or is in it."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _version(text: str) -> tuple[int, int]:
    major, minor = re.findall(r"\d+", text)[:2]
    return int(major), int(minor)

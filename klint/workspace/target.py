"""Where a bundle goes: environment, platform and facts of the cluster, each with the reason it is believed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from klint.config.config import EVERYTHING, Config, Exists, TargetSettings
from klint.kube.cluster import node_port_ranges, platform_of_cluster_file
from klint.kube.ports import DEFAULT_NODE_PORTS, NodePortRange
from klint.kube.resource import Resource, mapping, string
from klint.records import dataclass
from klint.text.document import Document
from klint.text.placeholders import is_placeholder
from klint.workspace.paths import folder_of, shared_folders

ENVIRONMENT_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("production", "prod", "prd", "live"), "production"),
    **dict.fromkeys(
        ("staging", "stage", "stg", "preprod", "preproduction", "uat", "qa", "acceptance", "integration", "nonprod"),
        "staging",
    ),
    **dict.fromkeys(
        ("development", "dev", "devel", "develop", "sandbox", "playground", "preview", "test", "testing", "e2e"),
        "development",
    ),
    **dict.fromkeys(("local", "localhost", "laptop", "kind", "minikube", "k3d", "tilt", "localdev"), "local"),
}
"""Words in names of folders, namespaces and labels that say an environment."""

_LAST_WORDS = frozenset(
    ("live", "stage", "acceptance", "sandbox", "playground", "preview", "test", "testing", "e2e", "local", "localhost",
     "laptop", "tilt", "develop", "localdev")
)  # fmt: skip
"""Those that say so as the last word of a name, as `shop-test` does, or before another such word: what `local-storage`
and `preview-channel` are about comes after them. The others say so anywhere: `prod-eu-1`."""

_PLACES = frozenset(
    ("cluster", "env", "environment", "namespace", "ns", "site", "region", "eu", "us", "ap", "east", "west", "north",
     "south", "central")
)  # fmt: skip
"""Words that may follow: `test-cluster`, `live-eu-west-1`."""

_WHOLE_NAMES = frozenset(("devel", "integration"))
"""Those that say so by themselves: `kernel-devel` is a package and `slack-integration` a feature."""

_DEV_THINGS = frozenset(
    ("spaces", "space", "tools", "tooling", "kit", "container", "containers", "portal", "hub", "server", "guide",
     "docs", "ops", "environment", "environments", "box", "workspaces", "workspace")
)  # fmt: skip
"""What `dev` before it makes something for developers, rather than a place: `dev-spaces`."""

_LOCAL_PLACES = frozenset(("cluster", "node", "link", "zone", "region", "svc", "topology"))
"""What `local` after it says how far something is heard, rather than where it is: `cluster-local`."""

_DOMAIN = re.compile(r"(?<=[a-z0-9])\.(?:dev|local|live|test|localhost)\Z")
"""The end of a host name: `tekton.dev`."""

_FIXTURES = re.compile(
    r"_*(?:test[-_]?(?:data|cases?|fixtures?)|fixtures?|golden(?:s|[-_]?files)?|snapshots?|e2e|conformance)_*\Z"
)
"""Names of folders that hold the inputs and outputs of tests."""

_SCRIPT_FOLDERS = frozenset(("test", "tests", "e2e", "hack"))
"""Names of folders whose scripts run against no cluster that anybody depends on."""

_FILE_NAME_WORDS = frozenset(
    ("production", "prod", "prd", "staging", "stg", "preprod", "uat", "qa", "development", "dev", "local", "nonprod")
)
"""Those that do so in a file's name too, where `preview`, `test` or `kind` are about something else."""

_VALUES = "values"
"""A file with this word in its name has a chart's values: every other word says what they are for."""

PLATFORM_WORDS: Mapping[str, str] = {
    "eks": "eks",
    "gke": "gke",
    "aks": "aks",
    "openshift": "openshift",
    "ocp": "openshift",
    "okd": "openshift",
    "k3s": "k3s",
    "k3d": "k3d",
    "k0s": "k0s",
    "rke2": "rke2",
    "kind": "kind",
    "minikube": "minikube",
    "microk8s": "microk8s",
    "baremetal": "bare-metal",
    "digitalocean": "digitalocean",
    "hetzner": "hetzner",
    "scaleway": "scaleway",
}
"""Words in names of folders that say a platform."""

LOCAL_PLATFORMS = frozenset(("kind", "minikube", "k3d", "docker-desktop", "rancher-desktop"))

_PLATFORM_ANNOTATIONS: tuple[tuple[str, str], ...] = (
    ("alb.ingress.kubernetes.io/", "eks"),
    ("service.beta.kubernetes.io/aws-load-balancer-", "eks"),
    ("service.beta.kubernetes.io/azure-", "aks"),
    ("appgw.ingress.kubernetes.io/", "aks"),
    ("cloud.google.com/", "gke"),
    ("networking.gke.io/", "gke"),
    ("ingress.gcp.kubernetes.io/", "gke"),
    ("kubernetes.io/ingress.global-static-ip-name", "gke"),
    ("kubernetes.io/ingress.regional-static-ip-name", "gke"),
    ("service.beta.kubernetes.io/do-loadbalancer-", "digitalocean"),
    ("load-balancer.hetzner.cloud/", "hetzner"),
    ("service.beta.kubernetes.io/scw-loadbalancer-", "scaleway"),
)
"""Annotation prefixes that only one platform's controllers read."""

_PLATFORM_KINDS: Mapping[tuple[str, str], str] = {
    ("route.openshift.io", "Route"): "openshift",
    ("apps.openshift.io", "DeploymentConfig"): "openshift",
    ("networking.gke.io", "ManagedCertificate"): "gke",
    ("networking.gke.io", "FrontendConfig"): "gke",
    ("cloud.google.com", "BackendConfig"): "gke",
}

_ENVIRONMENT_LABELS = ("environment", "env", "stage", "app.kubernetes.io/environment", "tags.datadoghq.com/env")
_WORD = re.compile(r"[a-z0-9]+")


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
    reasons: tuple[str, ...] = ()
    is_closed_world: bool = False
    """Whether what is neither in the workspace nor in `exists` does not exist."""
    told_by: str = ""
    environment_reason: str = ""

    @property
    def is_production(self) -> bool:
        """Whether it is known to be production."""
        return self.environment == "production"

    @property
    def is_local_cluster(self) -> bool:
        """Whether it is known to run on a laptop: no cloud hands out load balancers there."""
        return self.platform in LOCAL_PLATFORMS

    @property
    def declares_ingress_classes(self) -> bool:
        """Whether the configuration lists the cluster's ingress classes."""
        return any(exists.ingress_classes for exists in self.exists)


def environment_of_path(relative: str) -> str:
    """The environment that a file's folders and name tell; the deepest word counts. Empty if none does."""
    words = _words_of_file(relative)
    if not _FILE_NAME_WORDS.isdisjoint(words) or _VALUES in words:
        found = environment_of_name(" ".join(word for word in words if word != _VALUES))
        if found:
            return found
    return _environment_of_folder(folder_of(relative))


_RELEASES = ("channel", "channels", "stream", "streams")
"""Folders whose folders are how far a release has come: `channels/preview` goes wherever somebody subscribes to it."""


@lru_cache(maxsize=1024)
def _environment_of_folder(folder: str) -> str:
    parts = folder.split("/")
    places = [part for above, part in zip(("", *parts), parts, strict=False) if above not in _RELEASES]
    return next((found for part in reversed(places) if (found := environment_of_name(part))), "")


@lru_cache(maxsize=1024)
def environment_of_name(name: str) -> str:
    """The environment a name tells by one of its words: `shop-prod` is production, `non-prod` is not."""
    words = [word for word in _WORD.findall(_DOMAIN.sub("", name.lower())) if not word.isdigit()]
    joined = "".join(words)
    if "nonprod" in joined or "preprod" in joined:
        return "staging"
    return next((ENVIRONMENT_WORDS[word] for index, word in enumerate(words) if _says_where(words, index)), "")


def _says_where(words: Sequence[str], index: int) -> bool:
    """Whether a word of a name says where something goes, rather than what it is."""
    word, after = words[index], words[index + 1 :]
    if word not in ENVIRONMENT_WORDS:
        return False
    if word in _WHOLE_NAMES:
        return len(words) == 1
    if word == "dev":
        return not (after and after[0] in _DEV_THINGS)
    if word == "local" and (words[max(0, index - 1)] in _LOCAL_PLACES or "cluster" in after):
        return False
    return word not in _LAST_WORDS or all(other in ENVIRONMENT_WORDS or other in _PLACES for other in after)


def platform_of_path(relative: str) -> str:
    """The platform that a file's folders tell, or the name of a values file; the deepest counts. Empty if none does."""
    words = _words_of_file(relative)
    if _VALUES in words:
        found = _platform_of_words([word for word in words if word != _VALUES])
        if found:
            return found
    return _platform_of_folder(folder_of(relative))


@lru_cache(maxsize=1024)
def _platform_of_folder(path: str) -> str:
    folders = (_WORD.findall(folder.lower()) for folder in reversed(path.split("/")))
    return next((found for words in folders if (found := _platform_of_words(words))), "")


def _platform_of_words(words: Sequence[str]) -> str:
    if "".join(words) == "baremetal":
        return "bare-metal"
    found = (word for word in words if word in PLATFORM_WORDS and (word != "kind" or words[0] == "kind"))
    return PLATFORM_WORDS.get(next(found, ""), "")


def _words_of_file(relative: str) -> list[str]:
    """The words in a file's name, without its suffix."""
    name = relative.rpartition("/")[2]
    return _WORD.findall((name.rpartition(".")[0] or name).lower())


class Targets:
    """Finds each bundle's target: the configuration first, else what is plain to see."""

    def __init__(self, config: Config, documents: Iterable[Document]) -> None:
        self._settings = config.targets
        self._fixtures = config.fixtures
        self._clusters = {
            folder_of(document.source.relative): (platform, document.source.path)
            for document in documents
            if (platform := platform_of_cluster_file(document.data))
        }
        self._ranges = [
            (document.source.relative, found)
            for document in documents
            if document.data is not None
            for found in node_port_ranges(document)
        ]

    def environment_of_file(self, relative: str) -> str:
        """The environment of a single file, by configuration or path."""
        return self.configured_environment(relative)[0] or environment_of_path(relative)

    def is_fixture(self, relative: str) -> bool:
        """Whether a file is the input or the output of a test, which is deployed with nothing."""
        told = self._fixtures.decision(relative)
        return _is_among_fixtures(folder_of(relative)) if told is None else told

    def environment_of_script(self, relative: str) -> str:
        """The environment that a script runs against, by configuration or path."""
        found = self.environment_of_file(relative)
        folders = relative.lower().split("/")[:-1]
        return found or ("development" if not _SCRIPT_FOLDERS.isdisjoint(folders) else "")

    def configured_environment(self, relative: str) -> tuple[str, str]:
        """The environment that the configuration or an option gives a file, and which; empty if they say nothing."""
        settings = list(self._matching([relative]))
        environment = _last(settings, "environment")
        return environment, _teller(settings, "environment") if environment else ""

    @property
    def exists(self) -> tuple[Exists, ...]:
        """What the configuration says exists outside the workspace, in whichever target."""
        return tuple(item.exists for item in self._settings)

    def target(self, resources: Sequence[Resource]) -> Target:
        """The target of resources that are deployed together."""
        paths = sorted({resource.document.source.relative for resource in resources})
        settings = list(self._matching(paths))
        reasons: list[tuple[str, str]] = []
        told_by = ""
        environment = _last(settings, "environment")
        if environment:
            told_by = _teller(settings, "environment")
            reasons.append((environment, f"{told_by} says so"))
        else:
            environment = _first_guess(_environment_guesses(paths, resources), reasons)
        platform = _last(settings, "platform")
        if platform:
            reasons.append((platform, f"{_teller(settings, 'platform')} says so"))
        else:
            platform = _first_guess(_platform_guesses(paths, resources), reasons)
        if not platform and environment in ("", "local"):
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
            tuple(f"{value}: {why}" for value, why in reasons),
            is_closed_world=next(
                (item.closed_world for item in reversed(settings) if item.closed_world is not None), False
            ),
            told_by=told_by,
            environment_reason=next((why for value, why in reasons if value == environment), ""),
        )

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
        if not self._ranges or not paths:
            return DEFAULT_NODE_PORTS
        nearness = [max(_nearness(path, file) for path in paths) for file, _ in self._ranges]
        nearest = [item for (_, item), found in zip(self._ranges, nearness, strict=True) if found == max(nearness)]
        if len({(item.first, item.last) for item in nearest}) == 1:
            return nearest[0]
        origins = " and ".join(dict.fromkeys(item.origin for item in nearest))
        return NodePortRange(min(item.first for item in nearest), max(item.last for item in nearest), origins)


@lru_cache(maxsize=4096)
def _is_among_fixtures(folder: str) -> bool:
    return any(_FIXTURES.match(name) for name in folder.lower().split("/"))


def _nearness(path: str, file: str) -> tuple[int, int]:
    """Greater for a cluster file that shares more folders with a path, and of those for one that lies less deep."""
    return shared_folders(path, file), -file.count("/")


def _teller(settings: Sequence[TargetSettings], name: str) -> str:
    """Who says the last word on a field."""
    return [item.told_by for item in settings if getattr(item, name)][-1]


def _last(settings: Sequence[TargetSettings], name: str) -> str:
    values = [str(getattr(item, name)) for item in settings if getattr(item, name)]
    return values[-1] if values else ""


def _first_guess(guesses: Iterator[tuple[str, str]], reasons: list[tuple[str, str]]) -> str:
    for value, reason in guesses:
        reasons.append((value, reason))
        return value
    return ""


def _environment_guesses(paths: Sequence[str], resources: Sequence[Resource]) -> Iterator[tuple[str, str]]:
    for path in paths:
        found = environment_of_path(path)
        if found:
            yield found, f"the path {path}"
    for namespace in dict.fromkeys(resource.namespace for resource in resources):
        found = "" if is_placeholder(namespace) else environment_of_name(namespace)
        if found:
            yield found, f"the namespace {namespace}"
    for resource in resources:
        labels = mapping(resource.get("metadata", "labels"))
        for label in _ENVIRONMENT_LABELS:
            if label in labels and not is_placeholder(labels[label]) and environment_of_name(string(labels[label])):
                yield environment_of_name(labels[label]), f"the label {label}={labels[label]}"


def _platform_guesses(paths: Sequence[str], resources: Sequence[Resource]) -> Iterator[tuple[str, str]]:
    for path in paths:
        found = platform_of_path(path)
        if found:
            yield found, f"the path {path}"
    for resource in resources:
        found = _PLATFORM_KINDS.get((resource.group, resource.kind), "")
        if found:
            yield found, f"{resource} is of that platform"
    annotated = {
        platform: f"{resource} is annotated with {annotation}"
        for resource in reversed(resources)
        for annotation in mapping(resource.get("metadata", "annotations"))
        for prefix, platform in _PLATFORM_ANNOTATIONS
        if str(annotation).startswith(prefix)
    }
    if len(annotated) == 1:  # what is annotated for several clouds goes to any of them
        yield from annotated.items()


def _version(text: str) -> tuple[int, int]:
    major, minor = re.findall(r"\d+", text)[:2]
    return int(major), int(minor)

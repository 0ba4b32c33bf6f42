"""What tells an environment: words in the names of folders, files and namespaces, and labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from klint.config.config import ENVIRONMENTS
from klint.kube.resource import Resource, mapping, string
from klint.regex import regex
from klint.text.placeholders import is_placeholder
from klint.workspace.names import VALUES, WORD, words_of_file
from klint.workspace.paths import folder_of

ENVIRONMENT_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("production", "productions", "prod", "prods", "prd", "live"), "production"),
    **dict.fromkeys(
        ("staging", "stagings", "stage", "stg", "preprod", "preprods", "preproduction", "uat", "uats", "qa",
         "acceptance", "integration", "nonprod", "nonprods"),
        "staging",
    ),
    **dict.fromkeys(
        ("development", "developments", "dev", "devs", "devel", "develop", "sandbox", "sandboxes", "playground",
         "playgrounds", "preview", "previews", "test", "testing", "e2e"),
        "development",
    ),
    **dict.fromkeys(
        ("local", "localhost", "laptop", "kind", "minikube", "k3d", "tilt", "localdev", "colima", "orbstack"), "local"
    ),
}  # fmt: skip
"""Words in names of folders, namespaces and labels that say an environment."""

_OF_ARGO_CD = "argocd.argoproj.io/secret-type"
"""Source: argo-cd's docs operator-manual/declarative-setup.md, "Clusters"."""

_LAST_WORDS = frozenset(
    ("live", "stage", "acceptance", "sandbox", "sandboxes", "playground", "playgrounds", "preview", "previews", "test",
     "testing", "e2e", "local", "localhost", "laptop", "tilt", "develop", "developments", "localdev")
)  # fmt: skip
"""Those that say so as the last word of a name, as `shop-test` does, or before another such word: what `local-storage`
and `preview-channel` are about comes after them. The others say so anywhere: `prod-eu-1`."""

_PLACES = frozenset(
    ("cluster", "clusters", "env", "envs", "environment", "environments", "namespace", "namespaces", "ns", "site",
     "sites", "region", "regions", "zone", "eks", "gke", "aks", "ocp", "openshift", "rke", "k3s", "k8s", "kubernetes",
     "eu", "us", "ap", "europe", "asia", "east", "west", "north", "south", "central", "northeast", "northwest",
     "southeast", "southwest", "eastus", "westus", "northeurope", "westeurope")
)  # fmt: skip
"""Words that may follow: `test-cluster`, `live-eu-west-1`, `sandbox-eks-01`."""

_OF_VALUES = _PLACES | {VALUES, "non", "pre"}
"""Words that say nothing more of a set of values than its environment does: `values-non-prod-eu-1`."""

_WHOLE_NAMES = frozenset(("devel", "devs", "integration"))
"""Those that say so by themselves: `kernel-devel` is a package, `slack-integration` a feature, `shop-devs` people."""

_DEV_THINGS = frozenset(
    ("spaces", "space", "tools", "tooling", "kit", "container", "containers", "portal", "hub", "server", "guide",
     "docs", "ops", "environment", "environments", "box", "workspaces", "workspace")
)  # fmt: skip
"""What `dev` before it makes something for developers, rather than a place: `dev-spaces`."""

_LOCAL_PLACES = frozenset(("cluster", "node", "link", "zone", "region", "svc", "topology"))
"""What `local` after it says how far something is heard, rather than where it is: `cluster-local`."""

_DESKTOPS = ("dockerdesktop", "rancherdesktop")

_GKE_CONTEXT = regex(r"gke_[^_]+_[^_]+_(.+)")
"""`gke_PROJECT_LOCATION_CLUSTER`, as `gcloud container clusters get-credentials` calls it."""

_DOMAIN = regex(r"(?<=[a-z0-9])\.(?:dev|local|live|test|localhost)\Z")
"""The end of a host name: `tekton.dev`."""

_FILE_NAME_WORDS = frozenset(
    ("production", "prod", "prd", "staging", "stg", "preprod", "uat", "qa", "development", "dev", "local", "nonprod")
)
"""Those that do so in a file's name too, where `preview`, `test` or `kind` are about something else."""

_ENVIRONMENT_LABELS = ("environment", "env", "stage", "app.kubernetes.io/environment", "tags.datadoghq.com/env")


def environment_of_path(relative: str) -> str:
    """The environment that a file's folders and name tell; the deepest word counts. Empty if none does."""
    words = words_of_file(relative)
    if not _FILE_NAME_WORDS.isdisjoint(words) or VALUES in words:
        found = environment_of_name(" ".join(word for word in words if word != VALUES))
        if found:
            return found
    return _environment_of_folder(folder_of(relative))


_MANY_TOPICS = 2

_RELEASES = ("channel", "channels", "stream", "streams")
"""Folders whose folders are how far a release has come: `channels/preview` goes wherever somebody subscribes to it."""


@lru_cache(maxsize=1024)
def _environment_of_folder(folder: str) -> str:
    parts = folder.split("/")
    places = [part for above, part in zip(("", *parts), parts, strict=False) if above not in _RELEASES]
    return next((found for part in reversed(places) if (found := environment_of_name(part))), "")


@lru_cache(maxsize=1024)
def environment_weight(environment: str) -> int:
    """Where an environment stands among the others: production is 0, and what is not known comes last."""
    return ENVIRONMENTS.index(environment) if environment in ENVIRONMENTS else len(ENVIRONMENTS)


def environment_of_name(name: str) -> str:
    """The environment a name tells by one of its words: `shop-prod` is production, `non-prod` is not.

    Of the context that gcloud makes for a cluster the cluster's name goes before the project's.
    """
    gke = _GKE_CONTEXT.match(name) if name.startswith("gke_") else None
    if gke and environment_of_name(gke[1]):
        return environment_of_name(gke[1])
    words = [_without_number(word) for word in WORD.findall(_without_domain(name.lower())) if not word.isdigit()]
    joined = "".join(words)
    if "nonprod" in joined or "preprod" in joined:
        return "staging"
    if joined in _DESKTOPS:
        return "local"
    return next((ENVIRONMENT_WORDS[word] for index, word in enumerate(words) if _says_where(words, index)), "")


def _without_domain(name: str) -> str:
    return _DOMAIN.sub("", name) if "." in name else name


def _without_number(word: str) -> str:
    """A word without the number of the cluster: `prod01`, `west1`."""
    bare = word.rstrip("0123456789")
    return bare if bare in ENVIRONMENT_WORDS or bare in _PLACES else word


def without_environment(name: str) -> str:
    """What a name says besides an environment, a place and that it is of values: `shop` of `shop-prod-eu-1-values`."""
    words = (_without_number(word) for word in WORD.findall(name.lower()) if not word.isdigit())
    return "-".join(word for word in words if word not in _OF_VALUES and word not in ENVIRONMENT_WORDS)


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


def _is_of_system(namespace: str) -> bool:
    """Whether a namespace is beside those of an environment, too."""
    return namespace == "default" or namespace.startswith("kube-") or namespace.endswith("-system")


def _told_by_namespaces(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The namespaces that tell an environment. Among those of topics `dev` is one: `media`, `home`, `dev`."""
    told = {name: environment_of_name(name) for name in names if name and not is_placeholder(name)}
    topics = sum(not found and not _is_of_system(name) for name, found in told.items())
    for name, found in told.items():
        is_topic = topics >= _MANY_TOPICS and name in ENVIRONMENT_WORDS and found != "production"
        if found and not is_topic:
            yield name, found


def environment_guesses(paths: Sequence[str], resources: Sequence[Resource]) -> Iterator[tuple[str, str]]:
    """What resources and their paths tell, the surest first: an environment, and the reason to believe it."""
    for path in paths:
        found = environment_of_path(path)
        if found:
            yield found, f"the path {path}"
    for namespace, found in _told_by_namespaces(dict.fromkeys(resource.namespace for resource in resources)):
        yield found, f"the namespace {namespace}"
    for resource in resources:
        labels = mapping(resource.get("metadata", "labels"))
        if labels.keys().isdisjoint(_ENVIRONMENT_LABELS):
            continue
        if _OF_ARGO_CD in labels:  # a cluster that Argo CD deploys to, which need not be its own
            continue
        for label in _ENVIRONMENT_LABELS:
            if label in labels and not is_placeholder(labels[label]) and environment_of_name(string(labels[label])):
                yield environment_of_name(labels[label]), f"the label {label}={labels[label]}"

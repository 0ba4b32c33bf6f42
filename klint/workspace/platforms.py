"""What tells a platform: words in the names of folders and values files, annotations, and kinds that only one has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from klint.kube.resource import Resource, mapping
from klint.workspace.names import VALUES, WORD, words_of_file
from klint.workspace.paths import folder_of

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

_PLATFORM_NAMES = frozenset(("bare-metal", "docker-desktop", "rancher-desktop"))
"""Names of folders that say one as a whole."""

LOCAL_PLATFORMS = frozenset(("kind", "minikube", "k3d", "docker-desktop", "rancher-desktop"))

BARE_METAL_PLATFORMS = frozenset(("bare-metal", "k3s", "k0s", "rke2", "microk8s"))
"""Platforms on which no cloud hands out load balancers, so that ports of the nodes are the usual way in."""

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


def platform_of_path(relative: str) -> str:
    """The platform that a file's folders tell, or the name of a values file; the deepest counts. Empty if none does."""
    words = words_of_file(relative)
    if VALUES in words:
        found = _platform_of_words([word for word in words if word != VALUES])
        if found:
            return found
    return _platform_of_folder(folder_of(relative))


@lru_cache(maxsize=1024)
def _platform_of_folder(path: str) -> str:
    folders = (WORD.findall(folder.lower()) for folder in reversed(path.split("/")))
    return next((found for words in folders if (found := _platform_of_words(words))), "")


def _platform_of_words(words: Sequence[str]) -> str:
    if "-".join(words) in _PLATFORM_NAMES:
        return "-".join(words)
    found = (word for word in words if word in PLATFORM_WORDS and (word != "kind" or words[0] == "kind"))
    return PLATFORM_WORDS.get(next(found, ""), "")


def platform_guesses(paths: Sequence[str], resources: Sequence[Resource]) -> Iterator[tuple[str, str]]:
    """What resources and their paths tell, the surest first: a platform, and the reason to believe it."""
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

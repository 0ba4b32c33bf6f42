"""Folders of samples: a reader takes one manifest or another, and what two files say may be alternatives."""

from __future__ import annotations

from functools import lru_cache
from pathlib import PurePosixPath

from klint.kube.resource import Resource
from klint.workspace.paths import folder_of

Folders = tuple[str, ...]

_ALTERNATIVES = tuple(
    f"{word}{end}" for word in ("sample", "example", "doc", "snippet", "tutorial") for end in ("", "s")
)
_SAMPLES = (*_ALTERNATIVES, "demo", "demos", "test", "tests", "testdata")
"""How the names of folders end whose manifests are deployed with nothing outside them."""


def folders_of(resource: Resource) -> Folders:
    """The folders that its file lies in, from the root."""
    return _folders(resource.document.source.relative)


def samples_of(resource: Resource) -> Folders:
    """The outermost folder of samples that its file lies in; none where there is no such folder."""
    return _samples(folders_of(resource))


def sample_of(resource: Resource) -> str:
    """The file that it is a sample in, of which others may be alternatives; empty where files belong together.

    So do those of a test, of a demonstration, and of a kustomization or a chart, which is one sample.
    """
    path = resource.document.source.relative
    return path if _is_sample(folder_of(path)) else ""


@lru_cache(maxsize=4096)
def _folders(path: str) -> Folders:
    return PurePosixPath(path).parent.parts


@lru_cache(maxsize=4096)
def _samples(folders: Folders) -> Folders:
    return folders[: next((depth for depth, name in enumerate(folders, 1) if name.lower().endswith(_SAMPLES)), 0)]


@lru_cache(maxsize=4096)
def _is_sample(folder: str) -> bool:
    return any(name.endswith(_ALTERNATIVES) for name in folder.lower().split("/"))

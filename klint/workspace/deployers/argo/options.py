"""Options with which Argo CD builds kustomizations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from klint.kube.resource import api_group, mapping, string
from klint.regex import regex
from klint.text.document import Document

_UNRESTRICTED = regex(r"--load[-_]restrictor[= ]+(?:LoadRestrictionsNone|none)\b")


def is_unrestricted(options: str) -> bool:
    """Whether options of `kustomize build` let it read files that are not below the kustomization.

    Source: kustomize's kustomize/commands/build/flagloadrestrictor.go; version 3 called them `--load_restrictor none`.
    """
    return _UNRESTRICTED.search(options) is not None


def build_options(documents: Iterable[Document]) -> Iterator[str]:
    """The options that Argo CD is told among some documents: by its ConfigMap, or by the resource of its operator.

    Sources: argo-cd's docs user-guide/kustomize.md; argocd-operator's docs reference/argocd.md, "Kustomize Build
    Options".
    """
    for document in documents:
        data = mapping(document.data)
        if data.get("kind") == "ConfigMap" and _name(data) == "argocd-cm" and not api_group(data):
            options = mapping(data.get("data")).items()
            yield from (string(value) for key, value in options if str(key).startswith("kustomize.buildOptions"))
        elif data.get("kind") == "ArgoCD" and api_group(data) == "argoproj.io":
            yield string(mapping(data.get("spec")).get("kustomizeBuildOptions"))


def _name(data: Mapping[str, Any]) -> str:
    return string(mapping(data.get("metadata")).get("name"))

"""Which objects deploy others."""

from __future__ import annotations

from typing import Any

from klint.kube.resource import api_group, string

FLUX_KUSTOMIZE = "kustomize.toolkit.fluxcd.io"
FLUX_OPERATOR = "fluxcd.controlplane.io"
FLUX_HELM = "helm.toolkit.fluxcd.io"
ARGO = "argoproj.io"

_DEPLOYERS = frozenset(
    (
        (FLUX_KUSTOMIZE, "Kustomization"),
        (FLUX_OPERATOR, "FluxInstance"),
        (FLUX_HELM, "HelmRelease"),
        (ARGO, "Application"),
        (ARGO, "ApplicationSet"),
    )
)
_KINDS = frozenset(kind for _, kind in _DEPLOYERS)


def is_argo(data: Any) -> bool:
    """Whether it is one of Argo CD's that do."""
    return isinstance(data, dict) and api_group(data) == ARGO and data.get("kind") in ("Application", "ApplicationSet")


def is_deployer(data: Any) -> bool:
    """Whether an object deploys others, or is a list that may hold some that do."""
    kind = string(data.get("kind")) if isinstance(data, dict) else ""
    return kind == "List" or (kind in _KINDS and (api_group(data), kind) in _DEPLOYERS)

"""Services of several clusters: what a ServiceExport exports, a ServiceImport of its name and namespace leads to.

Sources: GEP-1748 of the Gateway API and KEP-1645 (multicluster.x-k8s.io); cloud.google.com GKE multi-cluster Gateways
(net.gke.io); gateway-api-controller.eks.aws.dev ServiceExport and ServiceImport (application-networking.k8s.aws).
"""

from __future__ import annotations

IMPORT_GROUPS = frozenset(("multicluster.x-k8s.io", "net.gke.io", "application-networking.k8s.aws"))
"""API groups of ServiceExport and ServiceImport."""


def is_import(group: str, kind: str) -> bool:
    """Whether these are the group and kind of a ServiceImport."""
    return kind == "ServiceImport" and group in IMPORT_GROUPS

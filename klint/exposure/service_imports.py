"""HTTP routing → traffic distribution: a route's backend that is a ServiceImport → the Service that is exported."""

from __future__ import annotations

from klint.exposure.scope import Scope
from klint.kube.namespace import may_be_one_namespace
from klint.kube.ref import Ref
from klint.kube.service import Service
from klint.kube.service_imports import IMPORT_GROUPS


def exported(wants: Ref, scope: Scope) -> tuple[Service, ...]:
    """The Services that a ServiceImport leads to; none where they, or their ServiceExport, are in another cluster."""
    found = (
        item for item in scope.index.named(wants.name) if item.kind == "ServiceExport" and item.group in IMPORT_GROUPS
    )
    if any(may_be_one_namespace(item.namespace, wants.namespace) for item in scope.sort(found).nearest):
        return scope.services_named(wants.namespace, wants.name).nearest
    return ()

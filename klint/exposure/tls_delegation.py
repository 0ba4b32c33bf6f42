"""Secrets of other namespaces that Contour reads for an HTTPProxy only where a TLSCertificateDelegation lets it.

Source: projectcontour.io/docs config/tls-delegation: an object of the Secret's namespace, with
`delegations[].secretName` (`*` for all) and `targetNamespaces` (`*` for all).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from klint.kube.namespace import may_be_one_namespace
from klint.kube.resource import Resource, View, string, texts
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.exposure.scope import Scope

_GROUP, _KIND, _ALL = "projectcontour.io", "TLSCertificateDelegation", "*"


def is_undelegated(owner: Resource, namespace: str, name: str, scope: Scope) -> bool:
    """Whether an HTTPProxy names a Secret of another namespace that nothing there lets it read."""
    if owner.group != _GROUP or may_be_one_namespace(owner.namespace, namespace) or scope.may_hide([name]):
        return False
    return not any(
        may_be_one_namespace(item.namespace, namespace) and _lets(item, name, owner.namespace)
        for item in scope.index.of_kind(_GROUP, _KIND)
    )


def _lets(delegation: Resource, name: str, namespace: str) -> bool:
    for view in delegation.children(View, "spec", "delegations"):
        secret, targets = string(view.data.get("secretName")), texts(view.data.get("targetNamespaces"))
        is_meant = secret in (name, _ALL) or is_placeholder(secret)
        if is_meant and any(target in (namespace, _ALL) or is_placeholder(target) for target in targets):
            return True
    return False

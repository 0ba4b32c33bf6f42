"""What Pod Security admission refuses because of the labels of a namespace.

Sources: k8s.io/pod-security-admission api/constants.go, policy/check_hostPorts.go and check_hostNamespaces.go: baseline
and, with it, restricted forbid host ports and the node's network, in every version. `warn` and `audit` refuse nothing.
"""

from __future__ import annotations

from klint.exposure.scope import Scope
from klint.kube.namespace import Namespace
from klint.kube.workload import PodTemplate
from klint.records import dataclass
from klint.text.document import Place

_ENFORCE = "pod-security.kubernetes.io/enforce"
_FORBIDDING = ("baseline", "restricted")
_SINCE = (1, 23)
"""The version since which every cluster has the admission plugin switched on (kubernetes.io pod-security-admission)."""


@dataclass(frozen=True, slots=True)
class PodSecurity:
    """The level that a namespace holds its pods to, and the label that says so."""

    namespace: Namespace
    level: str
    at: Place


def pod_security(pod: PodTemplate, scope: Scope) -> PodSecurity | None:
    """The level that keeps a pod from its node's ports and network; None where there is none, or nobody knows.

    The namespace must be the pod's for certain; where the workspace has several of that name, they must agree.
    """
    if not pod.namespace or (scope.target.kubernetes or _SINCE) < _SINCE:
        return None
    called = [item for item in scope.index.named(pod.namespace) if isinstance(item, Namespace)]
    found = scope.sort(called).nearest
    levels = {item.labels.get(_ENFORCE, "") for item in found}
    level = levels.pop() if len(levels) == 1 else ""
    if level not in _FORBIDDING:
        return None
    return PodSecurity(found[0], level, found[0].at("metadata", "labels", _ENFORCE))

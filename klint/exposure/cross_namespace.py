"""References of Traefik's objects to other namespaces, which Traefik refuses unless it is told to allow them.

Sources: doc.traefik.io reference/install-configuration/providers/kubernetes/kubernetes-crd (allowCrossNamespace, false
by default); traefik/traefik pkg/provider/kubernetes/crd (isNamespaceAllowed, makeMiddlewareKeys).
"""

from __future__ import annotations

from klint.exposure.scope import Scope
from klint.hops import Hop, State
from klint.kube.controllers import controller_called
from klint.kube.namespace import is_open_namespace
from klint.kube.routes import TRAEFIK_GROUPS
from klint.reasons import Reason, why
from klint.records import replace

_SWITCH = "providers.kubernetescrd.allowCrossNamespace"


def if_allowed(hop: Hop, scope: Scope) -> Hop:
    """The hop itself, or a broken one where it leads to another namespace and the Traefik that is here refuses that."""
    here, there = hop.source.namespace, hop.wants.namespace
    if hop.source.group not in TRAEFIK_GROUPS or here == there or is_open_namespace(here) or is_open_namespace(there):
        return hop
    if hop.state is not State.RESOLVED or _is_allowed(scope) is not False:
        return hop
    return replace(hop, state=State.BROKEN, why=why(Reason.CROSS_NAMESPACE), certain=True)


def if_qualified(hop: Hop, scope: Scope) -> Hop:
    """The hop of a name with its namespace in front, which Traefik allows in its own kinds where it allows other
    namespaces: it does not know which part of the name the namespace is."""
    if _is_allowed(scope) is not False:
        return hop
    return replace(hop, state=State.BROKEN, why=why(Reason.QUALIFIED_NAME), near=(), certain=True)


def _is_allowed(scope: Scope) -> bool | None:
    """Whether Traefik allows it; None where what it is told is not known."""
    from klint.exposure.controller_flags import controller_flags

    return controller_flags(controller_called("Traefik"), scope).is_on(_SWITCH)

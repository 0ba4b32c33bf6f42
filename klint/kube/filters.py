"""What the filters of routes ask of requests, as a table: the fields of Traefik's Middlewares.

A filter that is not here changes requests, or limits them for all alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from klint.kube.ref import Ref
from klint.kube.resource import Resource, View, string

_TRAEFIK_AUTHENTICATION = frozenset(("basicAuth", "digestAuth", "forwardAuth"))
_TRAEFIK_ALLOW_LISTS = frozenset(("ipAllowList", "ipWhiteList", "clientip"))

AUTHENTICATION: Mapping[str, frozenset[str]] = {
    # doc.traefik.io reference/routing-configuration/http/middlewares
    "traefik.io": _TRAEFIK_AUTHENTICATION,
    "traefik.containo.us": _TRAEFIK_AUTHENTICATION,
}
"""By API group, the fields that let in only who proves who they are."""

ALLOW_LISTS: Mapping[str, frozenset[str]] = {
    # The same; ipWhiteList is the name of v2. ClientIP is a matcher of rules: doc.traefik.io routing/routers.
    "traefik.io": _TRAEFIK_ALLOW_LISTS,
    "traefik.containo.us": _TRAEFIK_ALLOW_LISTS,
}
"""By API group, the fields that let in only some addresses."""


def members(resource: Resource) -> Iterator[Ref]:
    """The other filters that one is made of: those of Traefik's `chain`."""
    for view in resource.children(View, "spec", "chain", "middlewares"):
        namespace = string(view.data.get("namespace")) or resource.namespace
        yield Ref(resource.group, resource.kind, namespace, string(view.data.get("name")))

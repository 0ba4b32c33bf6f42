"""Middleware and MiddlewareTCP of Traefik: what its routers have requests pass.

Source: doc.traefik.io reference/routing-configuration/http/middlewares (chain).
"""

from __future__ import annotations

from klint.kube.ref import Ref
from klint.kube.resource import Resource, View, string
from klint.kube.routes.shape import Filter
from klint.records import cached_property, dataclass
from klint.text.document import Place

CRD = "@kubernetescrd"
"""The end of a name that has the namespace in front: `shop-auth@kubernetescrd`. What else comes after an `@` is the
provider that knows the object, which is then none of the cluster's (doc.traefik.io providers/overview)."""

QUALIFIED, ELSEWHERE = "qualified", "of another provider"
"""The names of Filters whose objects are named so, in the one way and in the other."""


def named(name: str, at: Place, ref: Ref) -> Filter:
    """What a field of Traefik's names; `ref` is what it means without a provider."""
    if "@" not in name:
        return Filter("", at, ref)
    return Filter(QUALIFIED if name.endswith(CRD) else ELSEWHERE, at, ref)


@dataclass(frozen=True, eq=False)
class Middleware(Resource):
    """A Middleware or a MiddlewareTCP."""

    layer = "routing"

    @cached_property
    def members(self) -> tuple[Filter, ...]:
        """The others that a `chain` is made of; those of other providers are none of the cluster's objects."""
        return tuple(
            Filter("", view.at("name"), Ref(self.group, self.kind, namespace, name))
            for view in self.children(View, "spec", "chain", "middlewares")
            if (name := string(view.data.get("name"))) and "@" not in name
            for namespace in (string(view.data.get("namespace")) or self.namespace,)
        )

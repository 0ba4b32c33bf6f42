"""Middleware and MiddlewareTCP of Traefik: what its routers have requests pass.

Source: doc.traefik.io reference/routing-configuration/http/middlewares (chain).
"""

from __future__ import annotations

from functools import cached_property

from klint.kube.ref import Ref
from klint.kube.resource import Resource, View, string
from klint.kube.routes.shape import Filter
from klint.records import dataclass


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

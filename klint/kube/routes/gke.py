"""MultiClusterIngress and MultiClusterService of GKE: one load balancer for pods in several clusters of a fleet.

Both are written for one cluster, whose controller makes a Service of each MultiClusterService in every cluster of the
fleet; an Ingress' fields stand below `spec.template`, and its backends are called as in v1beta1.

Source: cloud.google.com kubernetes-engine docs how-to/multi-cluster-ingress and concepts/multi-cluster-ingress.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from klint.kube.ref import Ref
from klint.kube.resource import View, string
from klint.kube.routes.ingress import IngressRule, tls_in
from klint.kube.routes.shape import ANY_PATH, Delegate, Ending, Match, PathMatch, Route, Tls
from klint.records import cached_property, dataclass
from klint.text.document import Place

_SPEC = ("spec", "template", "spec")


@dataclass(frozen=True, eq=False)
class MultiClusterIngress(Route):
    """A MultiClusterIngress."""

    comes_through: ClassVar[str] = "the load balancer of the fleet"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts of its rules."""
        return tuple(rule.host for rule in self._rules if rule.host)

    def host_at(self, host: str) -> Place:
        """The rule's host."""
        return next((rule.at("host") for rule in self._rules if rule.host == host), self.place)

    @cached_property
    def _rules(self) -> tuple[IngressRule, ...]:
        return self.children(IngressRule, *_SPEC, "rules")

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """The default backend, which takes what no rule does, then each path of each rule."""
        return tuple(
            Match(self, hosts, path or ANY_PATH, (), at, (), None, Ending.DELEGATE, path is None)
            for hosts, path, _, at in self._targets()
        )

    @cached_property
    def delegates(self) -> tuple[Delegate, ...]:
        """The MultiClusterServices that it sends to, which are in its own namespace."""
        return tuple(
            Delegate(
                Ref(self.group, "MultiClusterService", self.namespace, name), path, backend.at("serviceName"), hosts
            )
            for hosts, path, backend, _ in self._targets()
            if (name := string(backend.data.get("serviceName")))
        )

    def _targets(self) -> Iterator[tuple[tuple[str, ...], PathMatch | None, View, Place]]:
        default = self.child(View, *_SPEC, "backend")
        if default.data:
            yield (), None, default, default.at()
        for rule in self._rules:
            for path in rule.paths:
                yield (rule.host,) if rule.host else (), path.match, path.child(View, "backend"), path.at("path")

    @cached_property
    def tls(self) -> tuple[Tls, ...]:
        """TLS with Secrets; certificates of Google are named in annotations."""
        return tls_in(self, *_SPEC, "tls")


@dataclass(frozen=True, eq=False)
class MultiClusterService(Route):
    """A MultiClusterService, which takes what a MultiClusterIngress sends to it. Its pods may be in other clusters."""

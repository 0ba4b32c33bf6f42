"""DomainMapping and Route of Knative Serving.

A DomainMapping gives a host, its name, to a Knative Service or Route, or to a Service; a Route shares its requests
among Configurations and their revisions. Which gateway serves them is an affair of Knative's own settings.

Sources: knative/serving pkg/apis/serving/v1beta1/domainmapping_types.go, pkg/apis/serving/v1/route_types.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from klint.kube.ref import Ref
from klint.kube.resource import View, string
from klint.kube.routes.shape import ANY_PATH, Backend, Delegate, Ending, Match, PortMeaning, Role, Route, Tls, TlsMode
from klint.records import cached_property, dataclass

KNATIVE = "serving.knative.dev"


@dataclass(frozen=True, eq=False)
class DomainMapping(Route):
    """A DomainMapping: all requests for one host."""

    comes_through: ClassVar[str] = "the ingress of Knative"

    @cached_property
    def _ref(self) -> Ref:
        """spec.ref, which is in the mapping's own namespace; its group may stand in apiVersion or alone."""
        view = self.child(View, "spec", "ref")
        group = string(view.data.get("group")) or string(view.data.get("apiVersion")).rpartition("/")[0]
        return Ref(group, string(view.data.get("kind")), self.namespace, string(view.data.get("name")))

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Its host, with a Service of the core group as the backend."""
        backends = tuple(self._backends())
        ends_in = None if backends else Ending.DELEGATE
        return (Match(self, (self.name,), ANY_PATH, backends, self.at("metadata", "name"), ends_in=ends_in),)

    def _backends(self) -> Iterator[Backend]:
        ref = self._ref
        if (ref.group, ref.kind) == ("", "Service") and ref.name and self.get("spec", "ref", "apiVersion") == "v1":
            at = self.at("spec", "ref", "name")
            yield Backend(self, ref.name, self.namespace, None, at, at, Role.SHARE, PortMeaning.NUMBER_OR_ONLY)

    @cached_property
    def delegates(self) -> tuple[Delegate, ...]:
        """The Knative Service or Route that it maps its host to."""
        ref = self._ref
        if ref.group != KNATIVE or ref.kind not in ("Service", "Route") or not ref.name:
            return ()
        return (Delegate(ref, ANY_PATH, self.at("spec", "ref", "name"), (self.name,)),)

    @cached_property
    def tls(self) -> tuple[Tls, ...]:
        """spec.tls.secretName; without it Knative may get a certificate itself."""
        secret = string(self.get("spec", "tls", "secretName"))
        return (Tls((), TlsMode.TERMINATE, secret, self.at("spec", "tls", "secretName")),) if secret else ()


@dataclass(frozen=True, eq=False)
class KnativeRoute(Route):
    """A Route of Knative: shares among Configurations. Revisions have names that Knative makes."""

    @cached_property
    def delegates(self) -> tuple[Delegate, ...]:
        """The Configurations that it names."""
        return tuple(
            Delegate(Ref(KNATIVE, "Configuration", self.namespace, name), ANY_PATH, target.at("configurationName"))
            for target in self.children(View, "spec", "traffic")
            if (name := string(target.data.get("configurationName")))
        )

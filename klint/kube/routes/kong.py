"""TCPIngress and UDPIngress of Kong: a port of the proxy, for TLS a host by SNI, and one Service; KongServiceFacade.

Source: developer.konghq.com kubernetes-ingress-controller concepts/custom-resources, configuration.konghq.com/v1beta1:
`rules[].{host, port, backend{serviceName, servicePort}}` and `tls[].{hosts, secretName}`; Kong/
kubernetes-ingress-controller pkg/apis/incubator/v1alpha1/kongservicefacade_types.go: `backendRef.{name, port}`.
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.resource import View, integer, string
from klint.kube.routes.ingress import tls_in_spec
from klint.kube.routes.shape import (
    ANY_PATH,
    Attachment,
    Backend,
    Match,
    Route,
    Tls,
    taken_by,
)
from klint.records import cached_property, dataclass


@dataclass(frozen=True, eq=False)
class StreamIngress(Route):
    """A TCPIngress or a UDPIngress."""

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """Kong."""
        return taken_by("Kong", self.place)

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Each of its rules: what comes in on a port, and for a host if it names one."""
        return tuple(self._matches())

    def _matches(self) -> Iterator[Match]:
        for rule in self.children(View, "spec", "rules"):
            host, name = string(rule.data.get("host")), string(rule.get("backend", "serviceName"))
            port = integer(rule.get("backend", "servicePort"))
            at = rule.at("backend", "serviceName"), rule.at("backend", "servicePort")
            backends = (Backend(self, name, self.namespace, port, *at),) if name else ()
            listening = (("port", str(rule.data.get("port"))),)
            yield Match(self, (host,) if host else (), None, backends, rule.at("port"), listening)

    @cached_property
    def tls(self) -> tuple[Tls, ...]:
        """spec.tls."""
        return tls_in_spec(self)


@dataclass(frozen=True, eq=False)
class KongServiceFacade(Route):
    """A KongServiceFacade: a Service by another name, with settings of its own, which Ingresses name as a resource."""

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """All that Ingresses send to it."""
        view = self.child(View, "spec", "backendRef")
        name, port = string(view.data.get("name")), integer(view.data.get("port"))
        backends = (Backend(self, name, self.namespace, port, view.at("name"), view.at("port")),) if name else ()
        return (Match(self, (), ANY_PATH, backends, view.at()),)

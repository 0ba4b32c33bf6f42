"""TCPIngress and UDPIngress of Kong: a port of the proxy, for TLS a host by SNI, and one Service.

Source: developer.konghq.com kubernetes-ingress-controller concepts/custom-resources, configuration.konghq.com/v1beta1:
`rules[].{host, port, backend{serviceName, servicePort}}` and `tls[].{hosts, secretName}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from klint.kube.classes import controller_ref
from klint.kube.resource import View, integer, sequence, string
from klint.kube.routes.shape import Attachment, AttachmentKind, Backend, Match, Route, Tls, TlsMode
from klint.records import dataclass


@dataclass(frozen=True, eq=False)
class StreamIngress(Route):
    """A TCPIngress or a UDPIngress."""

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """Kong."""
        return (Attachment(AttachmentKind.CLASS, controller_ref("Kong"), self.place),)

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
        return tuple(
            Tls(
                tuple(host for host in sequence(item.data.get("hosts")) if isinstance(host, str)),
                TlsMode.TERMINATE,
                string(item.data.get("secretName")),
                item.at("secretName"),
            )
            for item in self.children(View, "spec", "tls")
        )

"""Route of route.openshift.io: up to four Services in its own namespace, and one port for all of them."""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.classes import ROUTER
from klint.kube.resource import View, integer, string
from klint.kube.routes.shape import (
    Attachment,
    AttachmentKind,
    Backend,
    Match,
    PathKind,
    PathMatch,
    PortMeaning,
    Role,
    Route,
    Tls,
    TlsMode,
)
from klint.records import cached_property, dataclass
from klint.text.document import Place

_TERMINATION = ("spec", "tls", "termination")
_MODES = {"edge": TlsMode.TERMINATE, "passthrough": TlsMode.PASSTHROUGH, "reencrypt": TlsMode.REENCRYPT}


@dataclass(frozen=True, eq=False)
class OpenShiftRoute(Route):
    """A Route."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """spec.host, where it is set: without it the cluster makes one. `wildcardPolicy` adds the names beside it."""
        host = string(self.get("spec", "host"))
        domain = host.partition(".")[2]
        if domain and self.get("spec", "wildcardPolicy") == "Subdomain":
            return (host, f"*.{domain}")
        return (host,) if host else ()

    def host_at(self, host: str) -> Place:
        """spec.host, or the policy that makes it a wildcard; the spec that lacks a host where the cluster makes one."""
        return self.at("spec", "wildcardPolicy" if host.startswith("*.") else "host")

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Its one host and path. The router takes a path as whole segments (pkg/router/template/util/haproxy)."""
        path = PathMatch(PathKind.SEGMENT, string(self.get("spec", "path")) or "/")
        return (Match(self, self.hosts, path, tuple(self._backends()), self.at("spec", "host")),)

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """The cluster's router."""
        return (Attachment(AttachmentKind.CLASS, ROUTER, self.place),)

    @cached_property
    def tls(self) -> tuple[Tls, ...]:
        """spec.tls; a Secret of the same namespace may hold its certificate (openshift/enhancements ingress/
        route-secret-injection-for-external-certificate-management)."""
        termination = string(self.get(*_TERMINATION))
        if termination not in _MODES:
            return ()
        external = ("spec", "tls", "externalCertificate", "name")
        secret = string(self.get(*external))
        return (Tls((), _MODES[termination], secret, self.at(*external) if secret else self.at(*_TERMINATION)),)

    def _backends(self) -> Iterator[Backend]:
        value = self.get("spec", "port", "targetPort")
        port = string(value) or integer(value)
        targets = (self.child(View, "spec", "to"), *self.children(View, "spec", "alternateBackends"))
        for target in targets:
            name = string(target.data.get("name"))
            if name and target.data.get("kind", "Service") == "Service":
                at = target.at("name"), self.at("spec", "port", "targetPort")
                weight = integer(target.data.get("weight"))
                yield Backend(self, name, self.namespace, port, *at, Role.SHARE, PortMeaning.ENDPOINT, weight)

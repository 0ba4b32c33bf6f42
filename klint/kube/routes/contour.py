"""HTTPProxy of Contour: a root has a virtual host, and includes others that decide about a part of its requests.

Without a virtual host it takes requests only where another one includes it. Prefixes of includes come before those of
what is included. Sources: projectcontour.io/docs config/fundamentals, inclusion-delegation, request-routing,
tls-termination, ip-filtering, jwt-verification, client-authorization; projectcontour/contour
apis/projectcontour/v1/httpproxy.go, internal/dag/conditions.go (a prefix is one of characters).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from klint.kube.ref import Ref
from klint.kube.resource import View, integer, mapping, sequence, string
from klint.kube.routes.shape import (
    ANY_PATH,
    Attachment,
    Backend,
    Delegate,
    Ending,
    Filter,
    Match,
    PathKind,
    PathMatch,
    Role,
    Route,
    Tls,
    TlsMode,
    taken_by,
)
from klint.records import cached_property, dataclass
from klint.text.document import Place

_PATHS = {"prefix": PathKind.STRING, "exact": PathKind.EXACT, "regex": PathKind.REGEX}
_ENDINGS = {"requestRedirectPolicy": Ending.REDIRECT, "directResponsePolicy": Ending.RESPONSE}


@dataclass(frozen=True, eq=False)
class HttpProxy(Route):
    """An HTTPProxy."""

    def host_at(self, host: str) -> Place:
        """spec.virtualhost.fqdn, its only host."""
        return self.at("spec", "virtualhost", "fqdn") if host else self.place

    @property
    def is_root(self) -> bool:
        """Whether it takes requests from outside itself."""
        return isinstance(self.get("spec", "virtualhost"), dict)

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """The name of its virtual host; none where it has to be included."""
        name = string(self.get("spec", "virtualhost", "fqdn"))
        return (name,) if name else ()

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """Contour, if it is a root."""
        if not self.is_root:
            return ()
        return taken_by("Contour", self.at("spec", "virtualhost", "fqdn"))

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Each of its routes; with a TCP proxy its connections alone."""
        proxy = self.child(View, "spec", "tcpproxy")
        if proxy.data:
            backends = tuple(self._backends(proxy))
            ends_in = None if backends else Ending.DELEGATE
            return (Match(self, self.hosts, None, backends, proxy.at(), ends_in=ends_in, filters=self._filters),)
        return tuple(self._match(route) for route in self.children(View, "spec", "routes"))

    def _match(self, route: View) -> Match:
        path, conditions = _asked(route)
        ending = next((ending for field, ending in _ENDINGS.items() if field in route.data), None)
        backends = tuple(self._backends(route)) if ending is None else ()
        filters = (*self._filters_for(route), *_lists(route))
        at = route.at("conditions") if "conditions" in route.data else route.at()
        return Match(self, self.hosts, path or ANY_PATH, backends, at, conditions, None, ending, filters=filters)

    def _backends(self, owner: View) -> Iterator[Backend]:
        for view in owner.children(View, "services"):
            name = string(view.data.get("name"))
            if name:
                role = Role.MIRROR if view.data.get("mirror") is True else Role.SHARE
                weight = integer(view.data.get("weight")) if role is Role.SHARE else None
                port = integer(view.data.get("port"))
                yield Backend(self, name, self.namespace, port, view.at("name"), view.at("port"), role, weight=weight)

    @cached_property
    def delegates(self) -> tuple[Delegate, ...]:
        """The HTTPProxies that it includes."""
        tcp = (self.child(View, "spec", "tcpproxy", field) for field in ("include", "includes"))
        found = (*self.children(View, "spec", "includes"), *(view for view in tcp if view.data))
        return tuple(self._delegate(view) for view in found if string(view.data.get("name")))

    def _delegate(self, view: View) -> Delegate:
        namespace = string(view.data.get("namespace")) or self.namespace
        ref = Ref(self.group, "HTTPProxy", namespace, string(view.data.get("name")))
        path, conditions = _asked(view)
        return Delegate(ref, path, view.at("name"), self.hosts, conditions, self._filters, is_relative=True)

    @cached_property
    def tls(self) -> tuple[Tls, ...]:
        """TLS of its virtual host."""
        view = self.child(View, "spec", "virtualhost", "tls")
        if not view.data:
            return ()
        mode = TlsMode.PASSTHROUGH if view.data.get("passthrough") is True else TlsMode.TERMINATE
        secret = string(view.data.get("secretName"))
        return (Tls(self.hosts, mode, secret, view.at("secretName") if secret else view.at()),)

    @cached_property
    def _filters(self) -> tuple[Filter, ...]:
        """What its virtual host asks of every request, those of included ones too."""
        host = self.child(View, "spec", "virtualhost")
        return (*_lists(host), *self._authentication(host))

    def _authentication(self, host: View) -> Iterator[Filter]:
        if host.get("authorization") and host.get("authorization", "authPolicy", "disabled") is not True:
            yield Filter("authorization", host.at("authorization"))
        if any(mapping(item).get("default") is True for item in sequence(host.get("jwtProviders"))):
            yield Filter("jwtProviders", host.at("jwtProviders"))
        validation = mapping(host.get("tls", "clientValidation"))
        if validation and not validation.get("skipClientCertValidation"):
            yield Filter("clientValidation", host.at("tls", "clientValidation"))

    @cached_property
    def settings(self) -> tuple[Filter, ...]:
        """The ExtensionService that authorizes its requests."""
        view = self.child(View, "spec", "virtualhost", "authorization", "extensionRef")
        name = string(view.data.get("name"))
        namespace = string(view.data.get("namespace")) or self.namespace
        group = "projectcontour.io"
        return (Filter("", view.at("name"), Ref(group, "ExtensionService", namespace, name)),) if name else ()

    def _filters_for(self, route: View) -> Iterator[Filter]:
        """What a route asks, of what its virtual host does but what it is told to leave out."""
        off = {
            "authorization": route.get("authPolicy", "disabled") is True,
            "jwtProviders": route.get("jwtVerificationPolicy", "disabled") is True,
        }
        yield from (item for item in self._filters if not off.get(item.name))
        if string(route.get("jwtVerificationPolicy", "require")):
            yield Filter("jwtProviders", route.at("jwtVerificationPolicy"))


def _lists(owner: View) -> Iterator[Filter]:
    if owner.get("ipAllowPolicy"):
        yield Filter("ipAllowPolicy", owner.at("ipAllowPolicy"))


def _asked(owner: View) -> tuple[PathMatch | None, tuple[tuple[str, str], ...]]:
    """The path and the further conditions of a route or an include."""
    path, conditions = None, []
    for item in owner.children(View, "conditions"):
        for field, value in item.data.items():
            if field in _PATHS and isinstance(value, str):
                is_everything = field == "prefix" and value == "/"
                path = ANY_PATH if is_everything else PathMatch(_PATHS[field], value)
            elif isinstance(value, dict):
                conditions.append((field, _text(value)))
    return path, tuple(conditions)


def _text(condition: dict[str, Any]) -> str:
    others = " ".join(f"{key} {value}" for key, value in condition.items() if key != "name")
    return f"{condition.get('name', '')} {others}".strip()

"""Ingress of networking.k8s.io and extensions, every version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from klint.kube.ref import Ref
from klint.kube.resource import View, integer, mapping, string, texts
from klint.kube.routes.shape import (
    ANY_PATH,
    Attachment,
    AttachmentKind,
    Backend,
    Delegate,
    Ending,
    Match,
    PathKind,
    PathMatch,
    PortMeaning,
    Role,
    Route,
    Tls,
    TlsMode,
    Undefined,
    undefined,
)
from klint.records import cached_property, dataclass
from klint.text.document import Place

if TYPE_CHECKING:
    from klint.kube.routes.alb import Action

CLASS_ANNOTATION = "kubernetes.io/ingress.class"
FACADE = ("incubator.ingress-controller.konghq.com", "KongServiceFacade")
"""A kind of resource that stands for a Service as a backend. Source: Kong/kubernetes-ingress-controller
pkg/apis/incubator/v1alpha1/kongservicefacade_types.go."""

_USE_ANNOTATION = "use-annotation"
"""The name of a backend's port that makes an action of an ALB of it."""

_PATH_KINDS = {"Exact": PathKind.EXACT, "Prefix": PathKind.SEGMENT}
"""What `pathType` says; the rest, ImplementationSpecific and what v1beta1 leaves out, is the controller's."""


@dataclass(frozen=True, eq=False)
class IngressBackend(View):
    """A backend of v1 or v1beta1: a Service and its port, or a resource that stands for one."""

    @cached_property
    def _service(self) -> Mapping[str, Any] | None:
        """The Service as v1 has it; None where it is written as in v1beta1."""
        service = self.data.get("service")
        return service if isinstance(service, dict) and string(service.get("name")) else None

    @cached_property
    def name(self) -> str:
        """The name of the Service; empty when absent."""
        return string(self._service["name"] if self._service else self.data.get("serviceName"))

    @cached_property
    def port(self) -> str | int | None:
        """The name or the number of its port."""
        if self._service is None:
            value = self.data.get("servicePort")
            return string(value) or integer(value)
        port = mapping(self._service.get("port"))
        return string(port.get("name")) or integer(port.get("number"))

    @property
    def name_at(self) -> Place:
        """Where the name stands."""
        return self.at("service", "name") if self._service else self.at("serviceName")

    @property
    def port_at(self) -> Place:
        """Where the port stands."""
        if self._service is None:
            return self.at("servicePort")
        return self.at("service", "port", "name" if "name" in mapping(self._service.get("port")) else "number")

    @property
    def ends_in(self) -> Ending | None:
        """How it ends where it is a resource of a kind which names a Service."""
        resource = mapping(self.data.get("resource"))
        return Ending.DELEGATE if (resource.get("apiGroup"), resource.get("kind")) == FACADE else None


@dataclass(frozen=True, eq=False)
class IngressPath(View):
    """A path of an Ingress rule."""

    @property
    def http_path(self) -> str:
        """The path; empty when absent."""
        return string(self.data.get("path"))

    @property
    def path_type(self) -> str:
        """pathType; empty when absent."""
        return string(self.data.get("pathType"))

    @property
    def match(self) -> PathMatch:
        """What it takes."""
        return PathMatch(_PATH_KINDS.get(self.path_type, PathKind.IMPLEMENTATION), self.http_path)

    @cached_property
    def backend(self) -> IngressBackend:
        """Where it leads; an empty one when absent."""
        return self.child(IngressBackend, "backend")


@dataclass(frozen=True, eq=False)
class IngressRule(View):
    """A host of an Ingress and its paths."""

    @cached_property
    def host(self) -> str:
        """The host; empty for any."""
        return string(self.data.get("host"))

    @cached_property
    def paths(self) -> tuple[IngressPath, ...]:
        """The paths; empty for a rule with a host only, which leads to the default backend."""
        return self.children(IngressPath, "http", "paths")


def tls_in_spec(route: Route) -> tuple[Tls, ...]:
    """spec.tls of an Ingress, or of a kind that has it as Ingress does."""
    return tls_in(route, "spec", "tls")


def tls_in(route: Route, *path: str) -> tuple[Tls, ...]:
    """TLS as an Ingress has it, at a path of another kind."""
    return tuple(
        Tls(
            texts(item.data.get("hosts")), TlsMode.TERMINATE, string(item.data.get("secretName")), item.at("secretName")
        )
        for item in route.children(View, *path)
    )


@dataclass(frozen=True, eq=False)
class Ingress(Route):
    """An Ingress."""

    @cached_property
    def class_name(self) -> str:
        """spec.ingressClassName; empty when absent."""
        return string(self.get("spec", "ingressClassName"))

    @property
    def class_annotation(self) -> str:
        """The annotation that came before the field."""
        return self.annotations.get(CLASS_ANNOTATION, "")

    @property
    def wanted_class(self) -> str:
        """The class it asks for, by field or annotation; empty when it leaves that to the cluster's default."""
        return self.class_name or self.class_annotation

    @property
    def class_place(self) -> Place:
        """Where the class stands; the object's name when nowhere."""
        if self.class_name:
            return self.at("spec", "ingressClassName")
        return self.at("metadata", "annotations", CLASS_ANNOTATION) if self.class_annotation else self.place

    @cached_property
    def rules(self) -> tuple[IngressRule, ...]:
        """The rules."""
        return self.children(IngressRule, "spec", "rules")

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts of its rules."""
        return tuple(rule.host for rule in self.rules if rule.host)

    def host_at(self, host: str) -> Place:
        """The rule's host; the rule of one without."""
        return next((rule.at("host") for rule in self.rules if rule.host == host), self.place)

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """The default backend, which takes what no rule does, then each path of each rule."""
        return tuple(self._matches())

    @cached_property
    def _default_backends(self) -> tuple[IngressBackend, ...]:
        """What takes the requests that no rule does: `defaultBackend` in v1, `backend` before."""
        spec = mapping(self.data.get("spec"))
        fields = (field for field in ("defaultBackend", "backend") if isinstance(spec.get(field), dict) and spec[field])
        return tuple(self.child(IngressBackend, "spec", field) for field in fields)

    @cached_property
    def _backends(self) -> tuple[tuple[IngressRule | None, IngressPath | None, IngressBackend], ...]:
        """Every backend, with the rule and the path that send to it."""
        defaults = ((None, None, backend) for backend in self._default_backends)
        return (*defaults, *((rule, path, path.backend) for rule in self.rules for path in rule.paths))

    def _matches(self) -> Iterator[Match]:
        default: tuple[Backend, ...] = ()
        for backend in self._default_backends:
            default, action = self._target(backend, Role.DEFAULT)
            ends_in = action.ends_in if action else backend.ends_in
            yield Match(self, (), ANY_PATH, default, backend.at(), ends_in=ends_in, is_fallback=True)
        for rule in self.rules:
            hosts = (rule.host,) if rule.host else ()
            for path in rule.paths:
                backends, action = self._target(path.backend, Role.SHARE)
                conditions, ends_in = (action.conditions, action.ends_in) if action else ((), path.backend.ends_in)
                yield Match(self, hosts, path.match, backends, path.at("path"), conditions, None, ends_in)
            if not rule.paths:
                yield Match(self, hosts, ANY_PATH, default, rule.at("host"), is_fallback=True)

    @cached_property
    def delegates(self) -> tuple[Delegate, ...]:
        """The facades of Services that its backends name, which are in its own namespace."""
        return tuple(
            Delegate(
                Ref(*FACADE, self.namespace, name),
                path.match if path else None,
                backend.at("resource", "name"),
                (rule.host,) if rule and rule.host else (),
            )
            for rule, path, backend in self._backends
            if backend.ends_in and (name := string(backend.get("resource", "name")))
        )

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """Its class; without a name where it leaves that to the cluster's default."""
        ref = Ref("networking.k8s.io", "IngressClass", "", self.wanted_class)
        return (Attachment(AttachmentKind.CLASS, ref, self.class_place),)

    @cached_property
    def undefined(self) -> tuple[Undefined, ...]:
        """The actions of an ALB that its backends name and its annotations do not have."""
        backends = (backend for _, _, backend in self._backends)
        used = [(backend.name, backend.name_at) for backend in backends if backend.port == _USE_ANNOTATION]
        annotations = self.get("metadata", "annotations")
        if not used or not isinstance(annotations or {}, dict):
            return ()
        from klint.kube.routes.alb import names_of_actions

        return tuple(undefined("action", used, names_of_actions(annotations)))

    @cached_property
    def tls(self) -> tuple[Tls, ...]:
        """spec.tls."""
        return tls_in_spec(self)

    def _target(self, backend: IngressBackend, role: Role) -> tuple[tuple[Backend, ...], Action | None]:
        """The Services that a backend sends to, and the action that it is. `resource` backends are no Services."""
        name, port, meaning = backend.name, backend.port, PortMeaning.NUMBER_OR_NAME
        if port != _USE_ANNOTATION:
            at = backend.name_at, backend.port_at
            return (Backend(self, name, self.namespace, port, *at, role, meaning),) if name else (), None
        from klint.kube.routes.alb import action_called

        action = action_called(name, self.annotations)
        if action is None:
            return (), None
        said = self.at("metadata", "annotations", action.annotation)
        return tuple(
            Backend(self, group.service, self.namespace, group.port, said, said, role, meaning, group.weight)
            for group in action.groups
        ), action

"""What the API server makes of a resource on its own, as far as klint knows its kind."""

from __future__ import annotations

from collections.abc import Iterator

from klint.exposure.scope import Scope
from klint.kube.classes import GATEWAY_API, IngressClass
from klint.kube.resource import Resource
from klint.kube.routes.ingress import Ingress
from klint.kube.service import Service
from klint.kube.validation import ingress as of_ingress
from klint.kube.validation import service as of_service
from klint.kube.validation.problem import FieldProblem


def problems_of(resource: Resource, scope: Scope, *, is_built: bool) -> Iterator[FieldProblem]:
    """What is wrong with a Service, Ingress, IngressClass, or a route of the Gateway API, OpenShift, Contour or NGINX.

    A fragment is judged by what stands in it: something with its name completes it elsewhere. What a chart or a
    kustomization builds is whole.
    """
    version = scope.target.kubernetes
    if isinstance(resource, Service):
        is_fragment = not is_built and of_service.is_bare(resource) and scope.is_completed(resource)
        yield from of_service.service_problems(resource, version, is_fragment=is_fragment)
    elif isinstance(resource, Ingress):
        is_fragment = not is_built and of_ingress.is_bare(resource) and scope.is_completed(resource)
        yield from of_ingress.ingress_problems(resource, version, is_fragment=is_fragment)
    elif isinstance(resource, IngressClass):
        yield from of_ingress.ingress_class_problems(resource)
    elif resource.group == "route.openshift.io":
        from klint.kube.validation.openshift_route import openshift_route_problems

        yield from openshift_route_problems(resource)
    elif resource.group == "projectcontour.io":
        from klint.kube.validation.contour import http_proxy_problems

        yield from http_proxy_problems(resource)
    elif resource.group == "k8s.nginx.org":
        from klint.kube.validation.nginx import split_problems

        yield from split_problems(resource)
    elif resource.group == GATEWAY_API:
        from klint.exposure.backend_kinds import backend_kind_problems
        from klint.kube.validation.gateway_routes import route_problems

        yield from route_problems(resource)
        yield from backend_kind_problems(resource, scope)

"""What OpenShift's API server refuses in a Route.

Source: openshift/library-go pkg/route/validation/validation.go ValidateRoute; openshift/api route/v1 types.go (the
enums of `termination` and `wildcardPolicy`; `to.kind` is Service unless given).
"""

from __future__ import annotations

from collections.abc import Iterator

from klint.kube.names import is_dns_subdomain
from klint.kube.resource import Resource, View, string
from klint.kube.routes.openshift import OpenShiftRoute
from klint.kube.validation.problem import FieldProblem, is_patch, not_among
from klint.kube.validation.remedies import write_host, write_number, write_path
from klint.text.placeholders import is_placeholder, is_placeholder_for_host

_TERMINATIONS = ("edge", "passthrough", "reencrypt")
_WILDCARDS = ("None", "Subdomain")
_ALTERNATES, _HEAVIEST = 3, 256


def openshift_route_problems(route: Resource) -> Iterator[FieldProblem]:
    """What is wrong with a Route by itself; nothing for a patch, or another kind."""
    if not isinstance(route, OpenShiftRoute) or is_patch(route):
        return
    spec = route.child(View, "spec")
    yield from _of_requests(route, spec)
    yield from not_among(spec, ("wildcardPolicy",), _WILDCARDS, f"wildcardPolicy of {route}")
    yield from not_among(spec, ("tls", "termination"), _TERMINATIONS, f"tls.termination of {route}")
    alternates = spec.children(View, "alternateBackends")
    if len(alternates) > _ALTERNATES:
        at = spec.at("alternateBackends", _ALTERNATES)
        yield FieldProblem(at, f"{route} has {len(alternates)} alternate backends, and may have {_ALTERNATES}")
    for backend in (spec.child(View, "to"), *alternates):
        yield from _of_backend(route, backend)


def _of_requests(route: OpenShiftRoute, spec: View) -> Iterator[FieldProblem]:
    host, path = string(spec.data.get("host")), string(spec.data.get("path"))
    if host and not is_dns_subdomain(host) and not is_placeholder_for_host(host):
        at = spec.at("host")
        fix = write_host(at, is_dns_subdomain)
        yield FieldProblem(at, f'{route} has the host "{host}", which is no DNS name', fix=fix)
    if not path or is_placeholder(path):
        return
    if not path.startswith("/"):
        at = spec.at("path")
        yield FieldProblem(at, f'{route} has the path "{path}", which does not begin with a slash', fix=write_path(at))
    elif spec.get("tls", "termination") == "passthrough":
        yield FieldProblem(spec.at("path"), f"{route} has a path, and passes TLS through: the router sees none")


def _of_backend(route: OpenShiftRoute, backend: View) -> Iterator[FieldProblem]:
    yield from not_among(backend, ("kind",), ("Service",), f"The kind of a backend of {route}")
    weight = backend.data.get("weight")
    if weight is not None and not is_placeholder(weight) and not _is_weight(weight):
        at = backend.at("weight")
        message = (
            f"Backend {backend.data.get('name')} of {route} has the weight {weight}, which is no integer from 0 to"
        )
        yield FieldProblem(at, f"{message} {_HEAVIEST}", fix=write_number(at))


def _is_weight(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _HEAVIEST

"""Settings of a route with TLS that have plain HTTP answered, and not sent on to HTTPS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.exposure.certificates import asked_tls, listened
from klint.exposure.host_tls import TlsState
from klint.kube.certificates import ALLOWS_PLAIN, ASKS_FOR_HTTPS, LISTEN_PORTS
from klint.kube.resource import mapping, sequence
from klint.kube.routes.shape import Route, TlsMode
from klint.kube.validation.remedies import mended
from klint.records import dataclass
from klint.regex import regex
from klint.text.changes import Change, Insert, Replace
from klint.text.document import Place

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.exposure.scope import Scope
    from klint.fixes import Fix

SSL_REDIRECT = "alb.ingress.kubernetes.io/ssl-redirect"
"""The port of the listener with TLS that plain HTTP is sent on to (docs/guide/ingress/annotations.md)."""

_HTTPS = regex(r'"HTTPS"\s*:\s*([0-9]+)')
_TITLE = "Redirect plain HTTP to HTTPS"
_GRPC = ("GRPC", "GRPCS")
_REDIRECTS = "alb.ingress.kubernetes.io/actions."


@dataclass(frozen=True, slots=True)
class PlainBesideTls:
    """What has a route answer plain HTTP for hosts that have TLS, and where that one is; and what redirects it."""

    route: Route
    hosts: tuple[str, ...]
    setting: str
    at: Place
    tls_at: Place
    fix: Fix


def plain_beside_tls(route: Route, graph: Graph, scope: Scope) -> Iterator[PlainBesideTls]:
    """The first such setting of a route.

    It is right where TLS ends before the controller, which then sees plain HTTP alone and would redirect for ever; and
    of no matter where only a private network gets to.
    """
    settings = list(_settings(route, graph))
    if not settings or _is_redirected(route):
        return
    from klint.exposure.tls import has_public_inlet, tls_before

    asked = asked_tls(route, route.hosts, _controller_name(route, graph))
    ended = next((place for mode, place in asked if mode is not TlsMode.PASSTHROUGH), None)
    if (
        ended is None
        or tls_before(route, graph, scope).state is not TlsState.NONE
        or not has_public_inlet(route, graph)
    ):
        return
    first = settings[0]
    fix = mended(_TITLE, *(setting.change for setting in settings))
    yield PlainBesideTls(route, route.hosts, first.text, first.at, ended, fix)


def _controller_name(route: Route, graph: Graph) -> str:
    """The first known controller that serves a route; empty where none is known."""
    return next((serving.controller.name for serving in graph.servings(route) if serving.controller), "")


@dataclass(frozen=True, slots=True)
class _Setting:
    """What has plain HTTP answered, in words, its place, and what has it redirected."""

    text: str
    at: Place
    change: Change


def _settings(route: Route, graph: Graph) -> Iterator[_Setting]:
    for annotation in ALLOWS_PLAIN if route.annotations else ():
        if annotation.is_on(route.annotations, _controller_name(route, graph)):
            value = route.annotations[annotation.name]
            at = route.at("metadata", "annotations", annotation.name)
            yield _Setting(f"{annotation.name} is {value}", at, Replace(at, "false" if value == "true" else "true"))
    if {"HTTP", "HTTPS"} <= listened(route) and not _has_parameters(route, graph):
        at = route.at("metadata", "annotations", LISTEN_PORTS)
        port = _HTTPS.search(route.annotations[LISTEN_PORTS])
        added = Insert(route.at("metadata", "annotations"), SSL_REDIRECT, port[1] if port else "443")
        yield _Setting("its ALB listens for HTTP and has no ssl-redirect", at, added)
    policy = ("spec", "tls", "insecureEdgeTerminationPolicy")
    if route.get(*policy) == "Allow":
        change = Replace(route.at(*policy), "Redirect")
        yield _Setting("insecureEdgeTerminationPolicy is Allow", route.at(*policy), change)
    redirect = ("spec", "tls", "redirect", "enable")
    if route.kind == "VirtualServer" and route.get(*redirect) is False:
        yield _Setting("tls.redirect.enable is false", route.at(*redirect), Replace(route.at(*redirect), True))
    if route.kind == "HTTPProxy":
        for index, item in enumerate(sequence(route.get("spec", "routes"))):
            if mapping(item).get("permitInsecure") is True:
                at = route.at("spec", "routes", index, "permitInsecure")
                yield _Setting("permitInsecure is true", at, Replace(at, False))


def _has_parameters(route: Route, graph: Graph) -> bool:
    """Whether the class of a route has parameters, which may hold settings of their own."""
    classes = (item for serving in graph.servings(route) for item in serving.class_hop.targets)
    return any(item.get("spec", "parameters") for item in classes)


def _is_redirected(route: Route) -> bool:
    """Whether something else of the route sends HTTP on, or a proxy in front does; gRPC follows no redirect."""
    annotations = route.annotations
    return (
        annotations.get("nginx.ingress.kubernetes.io/backend-protocol", "").upper() in _GRPC
        or any(key.startswith(_REDIRECTS) and "redirect" in value.lower() for key, value in annotations.items())
        or any(
            name in annotations and (not values or annotations[name] in values)
            for name, values in ASKS_FOR_HTTPS.items()
        )
    )

"""Mergeable Ingresses of NGINX's own controller: a master has a host and its TLS, and minions have paths of the host.

Source: nginx/kubernetes-ingress examples/ingress-resources/mergeable-ingress-types; internal/k8s/configuration.go
(NoIngressMasterFound).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from klint.exposure.scope import Scope
from klint.kube.index import Index, grouped
from klint.kube.precedence import MERGEABLE
from klint.kube.routes.ingress import Ingress
from klint.kube.routes.shape import Route
from klint.text.placeholders import is_placeholder

_MASTER, _MINION = "master", "minion"


def is_master(route: Route) -> bool:
    """Whether it has a host for others, the minions."""
    return route.annotations.get(MERGEABLE) == _MASTER


def is_minion(route: Route) -> bool:
    """Whether it has paths of another one's host, to whom TLS is left."""
    return route.annotations.get(MERGEABLE) == _MINION


def minions_of(master: Route, scope: Scope) -> Iterator[Ingress]:
    """The minions with a master's host, in whatever namespace; its own bundle's, or those elsewhere."""
    for host in master.hosts[:1]:
        yield from scope.sort(_by_host(_MINION, scope.index).get(host, ())).nearest


def without_master(route: Ingress, scope: Scope) -> str:
    """Why a minion gets no requests, as a clause: its bundle has masters, and none in the workspace has its host."""
    own, masters, host = _by_host(_MASTER, scope.own), _by_host(_MASTER, scope.index), next(iter(route.hosts), "")
    if not own or not host or host in masters or any(map(is_placeholder, (host, *masters))):
        return ""
    return f"no master of the workspace has its host {host}"


def _by_host(role: str, index: Index) -> Mapping[str, Sequence[Ingress]]:
    return index.kept(
        ("mergeable", role),
        lambda: grouped(
            (host, item)
            for item in index.of_type(Ingress)
            if item.annotations.get(MERGEABLE) == role
            for host in item.hosts
        ),
    )

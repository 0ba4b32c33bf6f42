"""Hosts of an Ingress that its own certificates are not for, and hosts of these that it does not serve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from klint.exposure.certificates import covers, tls_by_annotation
from klint.exposure.near import are_similar
from klint.kube.certificates import issuer_annotation
from klint.kube.resource import sequence
from klint.kube.routes.ingress import Ingress
from klint.records import dataclass
from klint.text.document import Place
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.exposure.graph import Graph
    from klint.exposure.scope import Scope
    from klint.fixes import Fix

_WWW = "nginx.ingress.kubernetes.io/from-to-www-redirect"
_ALIAS = "nginx.ingress.kubernetes.io/server-alias"
"""Annotations by which ingress-nginx serves hosts that no rule has (annotations.md)."""


@dataclass(frozen=True, slots=True)
class HostMismatch:
    """A host that a rule of an Ingress has and no entry of its spec.tls, or the other way round, and where.

    `others` are the hosts on the other side, each with its place. `fix` is set where cert-manager issues the one
    certificate, so that it will be for one host more.
    """

    ingress: Ingress
    host: str
    at: Place
    is_served: bool
    others: tuple[tuple[str, Place], ...]
    fix: Fix | None = None


def host_mismatches(ingress: Ingress, graph: Graph, scope: Scope) -> Iterator[HostMismatch]:
    """The hosts of rules that no entry covers; where all are covered, those of entries that no rule serves.

    An entry without hosts is for all of them, a rule without a host serves all, and so does a default backend.
    """
    if not ingress.tls or any(not tls.hosts for tls in ingress.tls):
        return
    if {rule.host for rule in ingress.rules} == {host for tls in ingress.tls for host in tls.hosts}:
        return  # as nearly all have it
    controller = graph.serving(ingress).controller
    if any(True for _ in tls_by_annotation(ingress, controller.name if controller else "")):
        return
    certified = list(_certified(ingress))
    served = [(rule.host, rule.at("host")) for rule in ingress.rules]
    if any(is_placeholder(host) for host, _ in (*certified, *served)):
        return
    beside = scope.index.kept("hosts of Ingresses by class", lambda: _by_class(scope.index.of_type(Ingress)))
    served_beside, certified_beside = beside.get(ingress.wanted_class, (frozenset(), frozenset()))
    uncovered = [
        (host, at) for host, at in served if host and not (_is_among(host, certified) or host in certified_beside)
    ]
    for host, at in uncovered:
        fix = _certify(host, certified, ingress)
        yield HostMismatch(ingress, host, at, is_served=True, others=tuple(certified), fix=fix)
    serves_all = not ingress.rules or any(not host for host, _ in served) or ingress.get("spec", "defaultBackend")
    if uncovered or serves_all or _ALIAS in ingress.annotations:
        return
    for host, at in certified:
        is_apex = any(other == f"*.{host}" for other, _ in certified)
        if not (_is_used(host, served, ingress) or is_apex or host in served_beside):
            yield HostMismatch(ingress, host, at, is_served=False, others=tuple(served))


def _certify(host: str, certified: Sequence[tuple[str, Place]], ingress: Ingress) -> Fix | None:
    """What asks cert-manager for a certificate that is for a host, too; of like hosts one may be the other misspelt."""
    from klint.fixes import Fix
    from klint.text.changes import Insert

    is_alike = any(are_similar(other, host) for other, _ in certified)
    if len(ingress.tls) != 1 or host.startswith("*") or is_alike or not issuer_annotation(ingress.annotations):
        return None
    hosts = ingress.at("spec", "tls", 0, "hosts")
    return Fix(f"Add {host} to the certificate", [Insert(hosts, len(ingress.tls[0].hosts), host)])


def _certified(ingress: Ingress) -> Iterator[tuple[str, Place]]:
    for index, item in enumerate(sequence(ingress.get("spec", "tls"))):
        for number, host in enumerate(sequence(item.get("hosts")) if isinstance(item, dict) else ()):
            if isinstance(host, str):
                yield host, ingress.at("spec", "tls", index, "hosts", number)


def _by_class(ingresses: Sequence[Ingress]) -> dict[str, tuple[set[str], set[str]]]:
    """The hosts that all Ingresses of each class serve, and have certificates for."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for ingress in ingresses:
        served, certified = found.setdefault(ingress.wanted_class, (set(), set()))
        served.update(ingress.hosts)
        certified.update(host for tls in ingress.tls for host in tls.hosts)
    return found


def _is_among(host: str, certified: Sequence[tuple[str, Place]]) -> bool:
    return any(covers(name, host) for name, _ in certified)


def _is_used(certified: str, served: Sequence[tuple[str, Place]], ingress: Ingress) -> bool:
    """Whether a rule has the host of a certificate, or a part of what a wildcard stands for."""
    names = [host for host, _ in served]
    if ingress.annotations.get(_WWW) == "true":
        names += [f"www.{host}" for host in names] + [host.removeprefix("www.") for host in names]
    return any(covers(certified, host) or covers(host, certified) for host in names)

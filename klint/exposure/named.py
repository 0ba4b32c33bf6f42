"""Objects of any kind that something refers to by name: found, missing or unknown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from klint.exposure.near import Names
from klint.exposure.scope import Scope
from klint.hops import Hop, Near, State
from klint.kube.index import Index
from klint.kube.namespace import ByNamespace, may_be_one_namespace
from klint.kube.ref import Ref
from klint.kube.resource import Resource
from klint.kube.routes import TRAEFIK_GROUPS
from klint.reasons import Reason, Why, why
from klint.records import replace
from klint.text.placeholders import is_placeholder

_ALSO_MEANT = {
    # A Knative Service has a Route and a Configuration of its own name: knative/serving
    # pkg/reconciler/service/resources.
    ("serving.knative.dev", "Route"): "Service",
    ("serving.knative.dev", "Configuration"): "Service",
    # Kong looks for a KongPlugin in the namespace, then for a KongClusterPlugin: developer.konghq.com
    # kubernetes-ingress-controller reference annotations, konghq.com/plugins.
    ("configuration.konghq.com", "KongPlugin"): "KongClusterPlugin",
}
"""Kinds in whose place an object of another kind of their group is as good."""

_GROUPS = dict.fromkeys(TRAEFIK_GROUPS, TRAEFIK_GROUPS)
"""Groups that one controller reads alike: Traefik 2.10 reads the one of v2 and that of v3."""


def objects_named(ref: Ref, scope: Scope) -> Sequence[Resource]:
    """The objects that a reference by name means, or what makes them: the bundle's, or else those elsewhere."""
    kinds, groups = _kinds(ref.group, ref.kind), _groups(ref.group)
    found = (
        item
        for item in scope.index.named(ref.name)
        if item.kind in kinds
        and item.group in groups
        and not item.is_hook
        and may_be_one_namespace(item.namespace, ref.namespace)
    )
    return scope.sort(found).nearest


def follow(hop: Hop, scope: Scope) -> Hop:
    """A hop to what it wants by name. Its state is not read."""
    found = objects_named(hop.wants, scope)
    return replace(hop, state=State.RESOLVED, targets=tuple(found)) if found else absent_object(hop, scope)


def _kinds(group: str, kind: str) -> tuple[str, str]:
    return kind, _ALSO_MEANT.get((group, kind), kind)


def _groups(group: str) -> tuple[str, ...]:
    return _GROUPS.get(group, (group,))


def absent_object(hop: Hop, scope: Scope) -> Hop:
    """Why there is no such object: broken where the bundle shows what was meant, or has others of the kind in the
    namespace.

    Args:
        hop: to an object by its group, kind, namespace and name; its state is not read.
        scope: how far to look.
    """
    ref = hop.wants

    def absent(state: State, reason: Why, *near: Resource, certain: bool = False) -> Hop:
        return replace(
            hop, state=state, why=reason, near=tuple(Near(item, item.place) for item in near), certain=certain
        )

    if is_placeholder(ref.name) or is_placeholder(ref.namespace):
        return absent(State.UNKNOWN, why(Reason.FILLED_IN_LATER, ref.name))
    hidden = scope.may_hide([ref.name])
    if hidden:
        return absent(State.UNKNOWN, why(Reason.HIDDEN_DEFINITION, hidden))
    alike = scope.own.kept(("objects of a kind", ref.group, ref.kind), lambda: _Alike(ref.group, ref.kind, scope.own))
    if alike.has_open_names:
        return absent(State.UNKNOWN, why(Reason.NOT_IN_WORKSPACE))
    elsewhere = alike.by_name.anywhere(ref.name)
    if elsewhere:
        places = ", ".join(sorted({item.namespace for item in elsewhere}))
        return absent(State.BROKEN, why(Reason.IN_OTHER_NAMESPACE, places), *elsewhere, certain=True)
    similar = (item for name in alike.names.like(ref.name) for item in alike.by_name.within(name, ref.namespace))
    meant = next((item for item in similar if item is not hop.source), None)
    if meant is not None:
        return absent(State.BROKEN, why(Reason.SIMILAR, meant), meant, certain=True)
    if scope.is_closed or any(item is not hop.source for item in alike.by_kind.within(None, ref.namespace)):
        return absent(State.BROKEN, why(Reason.DEFINED_NOWHERE), certain=scope.is_closed)
    return absent(State.UNKNOWN, why(Reason.NOT_IN_WORKSPACE))


class _Alike:
    """The objects of one kind in a bundle that something refers to, and of what makes them."""

    def __init__(self, group: str, kind: str, index: Index) -> None:
        found = list(_alike(group, kind, index))
        self.has_open_names = any(is_placeholder(item.name) for item in found)
        self.by_kind: ByNamespace[None, Resource] = ByNamespace((None, item.namespace, item) for item in found)
        self.by_name: ByNamespace[str, Resource] = ByNamespace((item.name, item.namespace, item) for item in found)
        self.names = Names(item.name for item in found)


def _alike(group: str, kind: str, index: Index) -> Iterator[Resource]:
    kinds, groups = _kinds(group, kind), _groups(group)
    return (item for item in index.resources if item.group in groups and item.kind in kinds)

"""A Service that something names and the bundle does not have: whether it is missing, and what was meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from klint.exposure.near import parts
from klint.exposure.scope import Scope
from klint.hops import Hop, Near, State
from klint.kube.names import is_dns_label
from klint.kube.resource import Resource
from klint.kube.service import Service
from klint.reasons import Reason, Why, why
from klint.records import replace
from klint.text.placeholders import is_placeholder

Named = Mapping[str, Sequence[Resource]]
"""By the name of a Service, the resources that name it where the hop does."""


def absent_service(hop: Hop, scope: Scope, named: Named) -> Hop:
    """Why there is no such Service: broken when the bundle shows what was meant, or has the other Services.

    Args:
        hop: to the Service; its state is not read.
        scope: how far to look.
        named: what else names Services in the way that the hop's source does.
    """
    name, namespace = hop.wants.name, hop.wants.namespace

    def absent(state: State, reason: Why, *near: Service, certain: bool = False, is_slip: bool = True) -> Hop:
        meant = tuple(Near(service, service.place, is_slip) for service in near)
        return replace(hop, state=state, targets=near, why=reason, near=meant, certain=certain)

    if any(exists.has_service(namespace, name) for exists in scope.target.exists):
        return absent(State.RESOLVED, why(Reason.DECLARED))
    if is_placeholder(name) or not is_dns_label(name):
        return absent(State.UNKNOWN, why(Reason.FILLED_IN_LATER, name))
    if scope.has_service_names_to_fill_in:
        return absent(State.UNKNOWN, why(Reason.SERVICE_NAMES_FILLED_IN))
    hidden = scope.may_hide([name])
    if hidden:
        return absent(State.UNKNOWN, why(Reason.HIDDEN_DEFINITION, hidden))
    if name.startswith("cm-acme-http-solver-"):
        return absent(State.UNKNOWN, why(Reason.SOLVER))
    maker = next((found[0] for stem in (name, *parts(name)) if (found := scope.makers.get(stem))), None)
    if maker is not None:
        return absent(State.UNKNOWN, why(Reason.MADE_BY, maker))
    others = scope.own.services_called(name)
    if others:
        places = ", ".join(sorted({service.namespace for service in others}))
        return absent(State.BROKEN, why(Reason.IN_OTHER_NAMESPACE, places), *others, certain=True)
    stayed = left_behind(hop, scope, named)
    if stayed:
        return absent(State.BROKEN, why(Reason.SIMILAR, stayed[0]), *stayed, certain=True, is_slip=False)
    if any(not scope.goes_to_another_cluster(service) for service in scope.index.services_called(name)):
        return absent(State.UNKNOWN, why(Reason.IN_OTHER_BUNDLE))
    near = _called(scope.service_names.like(name), hop, scope)
    if near:
        return absent(State.BROKEN, why(Reason.SIMILAR, near[0]), *near, certain=True)
    if scope.free_makers:
        return absent(State.UNKNOWN, why(Reason.MADE_BY, scope.free_makers[0]))
    renamed = _renamed(hop, scope, named)
    if len(renamed) == 1:
        return absent(State.BROKEN, why(Reason.SIMILAR, renamed[0]), *renamed, is_slip=False)
    if namespace in scope.service_namespaces or scope.is_closed:
        return absent(State.BROKEN, why(Reason.DEFINED_NOWHERE), certain=scope.is_closed)
    return absent(State.UNKNOWN, why(Reason.NAMESPACE_UNSEEN))


def left_behind(hop: Hop, scope: Scope, named: Named) -> list[Service]:
    """The one Service whose name has words more than the wanted one, if the name of what asks for it has them too.

    So Kustomize's namePrefix and nameSuffix leave a reference that they do not know behind.
    """
    words, wanted = set(hop.source.name.split("-")), set(hop.wants.name.split("-"))
    added = [(service, set(service.name.split("-")) - wanted) for service in _renamed(hop, scope, named)]
    found = [service for service, extra in added if extra and extra <= words]
    return found if len(found) == 1 else []


def _renamed(hop: Hop, scope: Scope, named: Named) -> list[Service]:
    """Services of the bundle with a prefix or suffix more, or less, than the wanted name, which nothing else names."""
    name = hop.wants.name
    found = _called([*scope.services_named_more(name), *parts(name)], hop, scope)
    return [service for service in found if not named.get(service.name)]


def _called(names: Iterable[str], hop: Hop, scope: Scope) -> list[Service]:
    """The bundle's Services with these names that the hop could reach."""
    return [service for name in names for service in scope.own.services_named(hop.wants.namespace, name)]

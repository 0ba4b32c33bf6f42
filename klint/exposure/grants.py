"""References across namespaces: the ReferenceGrant that permits them, or the one that was meant to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.exposure.near import are_similar
from klint.exposure.scope import Scope
from klint.hops import Hop, HopKind, Near, State
from klint.kube.classes import ListenerOwner, ReferenceGrant
from klint.kube.grants import Reference, certificate_references
from klint.kube.namespace import Namespace, is_open_namespace
from klint.kube.ref import Ref
from klint.kube.resource import Resource, View, string
from klint.reasons import Reason, Why, why
from klint.records import dataclass, replace
from klint.text.document import Place
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.fixes import Fix

_NEARLY = 2
"""A grant that differs in more fields than these was not meant."""


def grant_hop(reference: Reference, scope: Scope) -> Hop | None:
    """Whether a ReferenceGrant permits a reference; None within one namespace, where none is needed.

    It is broken when the workspace shows that there is none: a grant that nearly fits, or the bundle has what is
    referred to, its Namespace or Services beside it. A grant may stand in any bundle, for grants add up.
    """
    source, wants = reference.source, reference.wants
    if wants.namespace == source.namespace:
        return None
    hop = Hop(HopKind.GRANT, source, reference.at, wants, State.UNKNOWN)
    if is_open_namespace(source.namespace) or is_open_namespace(wants.namespace) or is_placeholder(wants.name):
        return hop
    found = [_compare(grant, reference) for grant in _grants(scope)]
    fitting = [item.grant for item in found if not item.differing and item.is_in_place]
    if fitting:
        return replace(hop, state=State.RESOLVED, targets=tuple(fitting))
    if any(item.may_fit for item in found) or scope.may_hide([ReferenceGrant.__name__]):
        return hop
    near = min((item for item in found if item.is_near), key=lambda item: item.distance, default=None)
    if near is not None:
        meant = (Near(near.grant, near.at),)
        remedy = _remedy(near, reference)
        return replace(hop, state=State.BROKEN, near=meant, why=near.why, certain=True, remedy=remedy)
    certain = _shows_all(wants, scope)
    state = State.UNKNOWN if certain is None else State.BROKEN
    return replace(hop, state=state, why=why(Reason.NOT_GRANTED, wants.namespace), certain=bool(certain))


def certificate_hops(scope: Scope) -> Iterator[Hop]:
    """From each of the bundle's Gateways and ListenerSets to the certificates of other namespaces that it names."""
    for owner in scope.own.of_type(ListenerOwner):
        for reference in certificate_references(owner):
            hop = grant_hop(reference, scope)
            if hop is not None:
                yield hop


def _grants(scope: Scope) -> list[ReferenceGrant]:
    found = scope.sort(scope.index.kept("grants", lambda: scope.index.of_type(ReferenceGrant)))
    return [*found.own, *found.elsewhere]


def _shows_all(wants: Ref, scope: Scope) -> bool | None:
    """Whether a grant would be in the workspace if there were one: yes, probably, or nobody knows.

    It would stand beside what is referred to. Secrets are seldom in a repository: there the Namespace has to do.
    """
    beside = (item.namespace == wants.namespace for item in scope.own.named(wants.name))
    has_namespace = any(isinstance(item, Namespace) for item in scope.own.named(wants.namespace))
    is_service = (wants.group, wants.kind) == ("", "Service")
    if any(beside) or scope.is_closed or (has_namespace and not is_service):
        return True
    called = scope.services_named(wants.namespace, wants.name).nearest if is_service else ()
    is_elsewhere = any(service.namespace == wants.namespace for service in called)
    return False if has_namespace or is_elsewhere or wants.namespace in scope.service_namespaces else None


# A reference and a grant


@dataclass(frozen=True, slots=True)
class _Difference:
    field: str
    has: str
    wanted: str
    at: Place

    @property
    def is_slip(self) -> bool:
        """Whether nobody could have meant what it has: a kind has one group."""
        is_written = self.at.value == self.has
        return is_written and (self.field.endswith(".group") or are_similar(self.has, self.wanted))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A grant and a reference: the fields in which they differ, and whether these or its place are filled in later."""

    grant: ReferenceGrant
    wants: Ref
    differing: tuple[_Difference, ...]

    @property
    def is_in_place(self) -> bool:
        return self.grant.namespace == self.wants.namespace

    @property
    def may_fit(self) -> bool:
        is_here = self.is_in_place or is_open_namespace(self.grant.namespace)
        return is_here and all(is_placeholder(item.has) for item in self.differing)

    @property
    def distance(self) -> int:
        return len(self.differing) + (not self.is_in_place)

    @property
    def is_near(self) -> bool:
        """Whether it was meant: it has the right place and differs a little, or has all but the right place."""
        return self.distance <= _NEARLY and self.distance == (len(self.differing) if self.is_in_place else 1)

    @property
    def at(self) -> Place:
        return self.differing[0].at if self.differing else self.grant.at("metadata", "namespace")

    @property
    def why(self) -> Why:
        if not self.differing:
            return why(Reason.GRANTED_ELSEWHERE, self.grant, self.wants.namespace)
        first = self.differing[0]
        return why(Reason.GRANTED_OTHERWISE, self.grant, first.field, first.has or '""', first.wanted or '""')


def _remedy(found: _Comparison, reference: Reference) -> Fix | None:
    """What has a grant permit a reference that it was written for: one of the same objects, but for a slip."""
    from klint.fixes import Fix
    from klint.text.changes import Replace

    grant, source, wants = found.grant, reference.source, reference.wants
    changes = [Replace(item.at, item.wanted) for item in found.differing if item.is_slip]
    if not found.is_in_place and grant.namespace == source.namespace:  # beside what refers, not what is referred to
        changes.append(Replace(found.at, wants.namespace))
    return Fix(f"Have {grant} permit it", changes) if len(changes) == found.distance else None


def _compare(grant: ReferenceGrant, reference: Reference) -> _Comparison:
    source, wants = reference.source, reference.wants
    asked = {"group": source.group, "kind": source.kind, "namespace": source.namespace}
    offered = {"group": wants.group, "kind": wants.kind, "name": wants.name}
    differing = (
        *_least(grant, "from", grant.sources, asked),
        *_least(grant, "to", grant.targets, offered),
    )
    return _Comparison(grant, wants, differing)


def _least(grant: Resource, field: str, entries: tuple[View, ...], wanted: dict[str, str]) -> tuple[_Difference, ...]:
    """The differences of the entry that has the fewest; more than any near one has where there is no entry."""
    none = tuple(_Difference(f"{field}.{name}", "", value, grant.at("spec", field)) for name, value in wanted.items())
    return min((tuple(_differences(field, entry, wanted)) for entry in entries), key=len, default=none)


def _differences(field: str, entry: View, wanted: dict[str, str]) -> Iterator[_Difference]:
    for name, value in wanted.items():
        has = string(entry.data.get(name))
        if has != value and not (name == "name" and not has):
            yield _Difference(f"{field}.{name}", has, value, entry.at(name))

"""Who can use a load balancer: which implementation takes a Service, and what that makes of its fields and annotations.

The facts are in `klint.kube.clouds`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from klint.exposure.audience import Audience, Who, behind_addresses, behind_nodes
from klint.exposure.scope import Scope
from klint.kube.address_pools import AddressPool
from klint.kube.address_set import AddressSet, private_addresses
from klint.kube.clouds import (
    INGRESS_LOAD_BALANCERS,
    LOAD_BALANCERS,
    LoadBalancer,
    Ranges,
    Reach,
    load_balancer_of_class,
    load_balancers_claimed_by,
    load_balancers_marked_by,
    load_balancers_of_platform,
)
from klint.kube.resource import Resource, mapping, string, strings
from klint.kube.routes.shape import Route
from klint.kube.service import Service, SourceRange
from klint.reasons import Reason, why
from klint.records import cached_property, dataclass
from klint.text.document import Path, Place
from klint.text.placeholders import is_placeholder, is_placeholder_for_word

_WIDE_IPV4 = 2**24
_WIDE_IPV6 = 2**112
"""A range of source addresses of that size, an IPv4 /8 or an IPv6 /16, limits nothing to speak of."""


@dataclass(frozen=True, eq=False)
class _Annotations:
    """Annotations that a load balancer reads, and where they stand."""

    resource: Resource
    path: Path

    @cached_property
    def raw(self) -> Mapping[str, Any]:
        """As they are written, whatever their values are."""
        return mapping(self.resource.get(*self.path))

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """Those that are strings, as they have to be."""
        return strings(self.raw)

    @property
    def is_open(self) -> bool:
        """Whether some are still to be filled in."""
        return is_placeholder(self.resource.get(*self.path)) or any(map(is_placeholder, self.raw))

    def at(self, *key: str) -> Place:
        """The place of one of them, or of all."""
        return self.resource.at(*self.path, *key)


def _annotations_of(service: Service) -> _Annotations:
    return _Annotations(service, ("metadata", "annotations"))


_ANY = LoadBalancer("a load balancer", "", None)
"""What stands for an implementation that nobody knows: it does what Kubernetes asks for."""


class LoadBalancing:
    """What is made of the load balancers of a scope."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def takers(self, service: Service) -> Sequence[LoadBalancer]:
        """The implementations of which one takes a Service; none where klint does not know them."""
        name = service.load_balancer_class
        if name:
            named = load_balancer_of_class(name)
            return () if named is None else (named,)
        annotations = _annotations_of(service)
        return () if annotations.is_open else self._candidates(annotations)

    def audience(self, service: Service) -> Audience:
        """Who can use the load balancer of a Service. Where several may take it, and differ, nobody knows."""
        found = [(balancer, self._of(balancer, service)) for balancer in self.takers(service)]
        if found:
            return _agreed(found)
        annotations = _annotations_of(service)
        name, at = service.load_balancer_class, service.at("spec", "loadBalancerClass")
        if name:
            reason = Reason.FILLED_IN_LATER if is_placeholder(name) else Reason.CLASS_NOT_KNOWN
            return Audience(Who.UNKNOWN, why(reason, name), at)
        if annotations.is_open:
            return Audience(Who.UNKNOWN, why(Reason.FILLED_IN_LATER, "what it is annotated with"), annotations.at())
        return _asked_address(service) or self._of_unknown(service)

    def _of_unknown(self, service: Service) -> Audience:
        """Who can use what nobody knows the implementation of.

        Where all there is is in the workspace, there is none of one's own, whose pools or classes would be there: it is
        a cloud's, and each of those that klint knows makes it public, AWS' second one excepted.
        """
        at = service.at("spec", "type")
        if not self._scope.is_closed or self._scope.target.platform:
            return Audience(Who.UNKNOWN, why(Reason.LOAD_BALANCER_NOT_KNOWN), at)
        return _limited(Audience(Who.WORLD, why(Reason.CLOUDS_ARE_PUBLIC), at), _limit(_ANY, service))

    def needs_node_ports(self, service: Service) -> bool | None:
        """Whether whatever takes a Service sends to its node ports; None where nobody knows."""
        found = {balancer.takes_node_ports(service.annotations) for balancer in self.takers(service)}
        return found.pop() if len(found) == 1 else None

    def allow_list(self, service: Service) -> Place | None:
        """Where it says who may come in through the load balancer of a Service; None where everybody may.

        What nobody knows the effect of counts as one.
        """
        limits = [_limit(balancer, service) for balancer in self.takers(service) or (_ANY,)]
        return next((limit.at for limit in limits if limit is not None and limit.who is not Who.WORLD), None)

    def of_ingress(self, route: Route, controller: str, params: Resource | None) -> Audience | None:
        """Who can use the load balancer that a cloud's controller has for an Ingress; None for another controller.

        `params` are the IngressClassParams of its class, which come before annotations.
        """
        balancer = INGRESS_LOAD_BALANCERS.get(controller)
        if balancer is None:
            return None
        annotations = _Annotations(route, ("metadata", "annotations"))
        scheme = string(params.get("spec", "scheme")) if params else ""
        if params is not None and scheme in ("internal", "internet-facing"):
            who, reason = (
                (Who.PRIVATE, Reason.MADE_INTERNAL) if scheme == "internal" else (Who.WORLD, Reason.MADE_PUBLIC)
            )
            found = Audience(who, why(reason, params, "scheme", scheme), params.at("spec", "scheme"))
        else:
            found = _switched(balancer, annotations) or self._unswitched(balancer, annotations)
        return _limited(found, _limit_of(balancer, annotations, ()))

    def _unswitched(self, balancer: LoadBalancer, annotations: _Annotations) -> Audience:
        """What an implementation with a default makes of annotations that do not decide."""
        if annotations.is_open:
            return Audience(Who.UNKNOWN, why(Reason.FILLED_IN_LATER, "what it is annotated with"), annotations.at())
        if balancer.groups and balancer.groups in annotations.raw:
            at = annotations.at(balancer.groups)
            return Audience(Who.UNKNOWN, why(Reason.GROUP_DECIDES, balancer.groups), at)
        return _by_default(balancer, annotations.resource.place)

    def by_annotation(self, resource: Resource, path: Path) -> Audience | None:
        """What annotations alone say of the load balancer that is made for a resource; None where they are silent."""
        annotations = _Annotations(resource, path)
        found = [(balancer, _switched(balancer, annotations)) for balancer in self._candidates(annotations)]
        telling = [(balancer, audience) for balancer, audience in found if audience is not None]
        return _agreed(telling) if telling else None

    def _candidates(self, annotations: _Annotations) -> Sequence[LoadBalancer]:
        """Those that may take a Service without a class: as it asks, else of the platform, else as annotations suggest.

        On one's own machines those whose pools are in the workspace come before what the platform brings along.
        """
        claimed = load_balancers_claimed_by(annotations.texts)
        if claimed:
            return claimed
        usual = load_balancers_of_platform(self._scope.target.platform)
        running = [item for item in usual if item.controller and item.controller in self._controllers]
        if usual and not all(item.is_on_nodes for item in usual):
            return running or usual
        marked = load_balancers_marked_by(annotations.raw)
        return marked or [item for item in LOAD_BALANCERS if self._pools(item)] or usual

    @cached_property
    def _controllers(self) -> frozenset[str]:
        return frozenset(controller.name for controller in self._scope.controllers)

    def _pools(self, balancer: LoadBalancer) -> Sequence[AddressPool]:
        """The pools of an implementation: the bundle's, or if it has none those elsewhere."""
        return self._scope.address_pools.get(balancer.name, ())

    def _of(self, balancer: LoadBalancer, service: Service) -> Audience:
        return _limited(self._unlimited(balancer, service, _annotations_of(service)), _limit(balancer, service))

    def _unlimited(self, balancer: LoadBalancer, service: Service, annotations: _Annotations) -> Audience:
        """Whom a load balancer is made for, whatever limits it then."""
        name = service.load_balancer_class
        fixed = balancer.classes.get(name)
        if fixed is not None:
            reason = Reason.CLASS_PUBLIC if fixed is Reach.PUBLIC else Reason.CLASS_INTERNAL
            return Audience(_WHO[fixed], why(reason, name), service.at("spec", "loadBalancerClass"))
        switched = _switched(balancer, annotations)
        if switched is not None:
            return switched
        at = service.at("spec", "type")
        if balancer.default is not None:
            return _by_default(balancer, at)
        if balancer.is_on_nodes:
            return behind_nodes(at)
        return _by_address(balancer, service, annotations) or self._by_pool(balancer, service)

    def _by_pool(self, balancer: LoadBalancer, service: Service) -> Audience:
        """What the addresses say of which a Service gets one."""
        pools = [pool for pool in self._pools(balancer) if pool.serves(service) is not False]
        known = [(pool, AddressSet.of(*pool.addresses)) for pool in pools]
        at = pools[0].at if pools else service.at("spec", "type")
        if not known or any(not addresses for _, addresses in known):
            return Audience(Who.UNKNOWN, why(Reason.POOL_NOT_KNOWN, balancer.name), at)
        everything = AddressSet.union(addresses for _, addresses in known if addresses)
        if private_addresses().covers(everything):
            return Audience(Who.PRIVATE, why(Reason.PRIVATE_POOL, pools[0].resource), at)
        if not private_addresses().overlaps(everything):
            return Audience(Who.WORLD, why(Reason.PUBLIC_POOL, pools[0].resource), at)
        return Audience(Who.UNKNOWN, why(Reason.POOLS_DIFFER, balancer.name), at)


def _by_default(balancer: LoadBalancer, at: Place) -> Audience:
    if balancer.default is Reach.PUBLIC:
        return Audience(Who.WORLD, why(Reason.PUBLIC_BY_DEFAULT, balancer.name), at)
    return Audience(Who.PRIVATE, why(Reason.INTERNAL_BY_DEFAULT, balancer.name), at)


_WHO = {Reach.PUBLIC: Who.WORLD, Reach.INTERNAL: Who.PRIVATE}


def _agreed(found: Sequence[tuple[LoadBalancer, Audience]]) -> Audience:
    """What all of them come to. Where they differ, nobody knows."""
    (balancer, first), *others = found
    for other, audience in others:
        if audience.who is not first.who:
            doubt = next((item for item in (first, audience) if item.who is Who.UNKNOWN), None)
            differ = why(Reason.LOAD_BALANCERS_DIFFER, balancer.name, first.who.value, other.name, audience.who.value)
            return doubt or Audience(Who.UNKNOWN, differ, first.at)
    return first


def _switched(balancer: LoadBalancer, annotations: _Annotations) -> Audience | None:
    """What the first annotation that decides says; None where there is none."""
    for switch in balancer.switches:
        for key in switch.keys:
            if key not in annotations.raw:
                continue
            value, at = annotations.raw[key], annotations.at(key)
            value = "" if value is None else value
            if not isinstance(value, str):
                return Audience(Who.UNKNOWN, why(Reason.NO_STRING, key), at)
            if is_placeholder_for_word(value):
                return Audience(Who.UNKNOWN, why(Reason.FILLED_IN_LATER, value), at)
            reach = switch.reach(value)
            if reach is None and switch.passes_over:
                continue
            if reach is None:
                return Audience(Who.UNKNOWN, why(Reason.ANNOTATION_REFUSED, balancer.name, key, f'"{value}"'), at)
            reason = Reason.MADE_PUBLIC if reach is Reach.PUBLIC else Reason.MADE_INTERNAL
            return Audience(_WHO[reach], why(reason, balancer.name, key, f'"{value}"'), at)
    return None


def _by_address(balancer: LoadBalancer, service: Service, annotations: _Annotations) -> Audience | None:
    """What the addresses say that a Service asks for."""
    for key in balancer.addresses:
        if annotations.texts.get(key):
            return behind_addresses((text.strip(), annotations.at(key)) for text in annotations.texts[key].split(","))
    return _asked_address(service)


def _asked_address(service: Service) -> Audience | None:
    address = string(service.get("spec", "loadBalancerIP"))
    return behind_addresses([(address, service.at("spec", "loadBalancerIP"))]) if address else None


def _limited(audience: Audience, limit: Audience | None) -> Audience:
    """The same after source ranges, and other lists of who comes in, have left out whom they leave out."""
    if limit is None or audience.who not in (Who.WORLD, Who.UNKNOWN):
        return audience
    return audience if audience.who is Who.UNKNOWN and limit.who is not Who.PRIVATE else limit


def _limit(balancer: LoadBalancer, service: Service) -> Audience | None:
    return _limit_of(balancer, _annotations_of(service), service.sources)


def _limit_of(balancer: LoadBalancer, annotations: _Annotations, ranges: tuple[SourceRange, ...]) -> Audience | None:
    """Whom source ranges, and what annotations let in besides, leave of everybody; None where that is everybody."""
    limit = next((key for key in balancer.limits if annotations.raw.get(key)), "")
    if limit:
        return Audience(Who.UNKNOWN, why(Reason.LIMITED_BY, limit), annotations.at(limit))
    for key in balancer.allow_lists:
        texts, at = annotations.texts.get(key, "").split(","), annotations.at(key)
        ranges += tuple(SourceRange(text.strip(), at, at) for text in texts if text.strip())
    if not ranges:
        return None
    at = ranges[0].within
    if balancer.ranges is Ranges.IGNORED:
        return Audience(Who.WORLD, why(Reason.RANGES_IGNORED, balancer.name), at)
    open_range = next((item for item in ranges if is_placeholder(item.text)), None)
    if open_range is not None:
        return Audience(Who.UNKNOWN, why(Reason.FILLED_IN_LATER, open_range.text), at)
    addresses = AddressSet.of(*(item.text for item in ranges))
    if addresses is None:
        return Audience(Who.UNKNOWN, why(Reason.ADDRESS_NOT_KNOWN, ", ".join(item.text for item in ranges)), at)
    if _is_wide(addresses - private_addresses()):
        return None
    depends = any(annotations.texts.get(key) in values for key, values in balancer.ranges_depend_on.items())
    if depends or balancer.ranges is Ranges.DEPENDS:
        return Audience(Who.UNKNOWN, why(Reason.RANGES_NOT_KNOWN, balancer.name), at)
    is_private = private_addresses().covers(addresses)
    return Audience(Who.PRIVATE, why(Reason.RANGES_PRIVATE if is_private else Reason.RANGES_LISTED), at)


def _is_wide(addresses: AddressSet) -> bool:
    wide = ((addresses.ipv4, _WIDE_IPV4), (addresses - addresses.ipv4, _WIDE_IPV6))
    return any(last - first >= size - 1 for family, size in wide for first, last in family.ranges)

"""The rules of NetworkPolicies: which peers each admits, and to which ports.

Sources: k8s.io/api networking/v1 types.go NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort, IPBlock;
k8s.io/kubernetes pkg/apis/networking/validation ValidateNetworkPolicySpec. What the API server refuses is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from klint.kube.address_set import AddressSet, public_ipv4_addresses, public_ipv6_addresses
from klint.kube.ports import is_port_number, port_name_errors
from klint.kube.resource import View, ViewType, integer, string
from klint.kube.selector import KnownLabels, label_selector_admits
from klint.kube.ternary import Ternary, all_of, any_of
from klint.kube.workload import PodTemplate
from klint.records import cached_property, dataclass
from klint.text.placeholders import is_placeholder

_PROTOCOLS = ("TCP", "UDP", "SCTP")
_LAST_PORT = 65535


def items(view: View, cls: type[ViewType], *path: str) -> tuple[ViewType, ...] | None:
    """A view on each item of a list, one that is null seen as empty, as Go reads it; None if it is no such list."""
    found = view.get(*path)
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(item, dict | None) for item in found):
        return None
    return tuple(cls(view.document, (*view.path, *path, index), item or {}) for index, item in enumerate(found))


@dataclass(frozen=True, eq=False)
class PolicyPort(View):
    """A port of the pods that a rule admits, or a range of them, or every port of a protocol."""

    @property
    def protocol(self) -> str:
        """TCP unless given; empty where the API server refuses it."""
        found = self.data.get("protocol")
        return "TCP" if found is None else found if found in _PROTOCOLS else ""

    @property
    def name(self) -> str:
        """The container port that it names; empty where it names none, or one whose name is refused or to come."""
        name = self.data.get("port")
        is_name = isinstance(name, str) and not is_placeholder(name) and not port_name_errors(name)
        return string(name) if is_name and self.data.get("endPort") is None else ""

    @property
    def numbers(self) -> range:
        """The numbers from port to endPort; empty where it names a port or means all, and where they are refused."""
        first, end = integer(self.data.get("port")), self.data.get("endPort")
        last = first if end is None else integer(end)
        if first is None or last is None or not is_port_number(first) or not first <= last <= _LAST_PORT:
            return range(0)
        return range(first, last + 1)

    def __str__(self) -> str:
        end = self.data.get("endPort")
        numbers = f"port {self.data.get('port')}" if end is None else f"ports {self.data.get('port')}-{end}"
        return numbers if self.protocol in ("", "TCP") else f"{numbers}/{self.protocol}"

    def admits(self, pod: PodTemplate, port: int | str | None, protocol: str) -> Ternary:
        """Whether traffic to a port of the pod is meant: a number, the name of a container port, or None for any one.

        A name stands for the number that the pod itself gives it under the protocol.
        """
        if not self.protocol:
            return None
        if self.protocol != protocol:
            return False
        wanted, end = self.data.get("port"), self.data.get("endPort")
        if wanted is None:
            return True if end is None else None
        number = _number(pod, port, protocol) if isinstance(port, str) else port
        if isinstance(wanted, str):
            return _is_named(pod, wanted, number, protocol) if end is None else None
        return None if number is None or not self.numbers else number in self.numbers


@dataclass(frozen=True, eq=False)
class PolicyPeer(View):
    """Whom a rule admits: pods by their labels and those of their namespace, or a block of addresses."""

    @property
    def is_valid(self) -> bool:
        """Whether it is one of the two, as the API server wants it."""
        return self._has("ipBlock") != (self._has("podSelector") or self._has("namespaceSelector"))

    @property
    def is_block(self) -> bool:
        """Whether it names addresses."""
        return self._has("ipBlock")

    @property
    def selects_namespaces(self) -> bool:
        """Whether it has a namespaceSelector; without one it means pods of the policy's own namespace."""
        return self._has("namespaceSelector")

    @cached_property
    def addresses(self) -> AddressSet | None:
        """What an ipBlock covers, without its exceptions; None where that is unknown.

        An exception has to lie inside of the block, and be smaller.
        """
        cidr, exceptions = self.get("ipBlock", "cidr"), self.get("ipBlock", "except")
        if not self.is_valid or not isinstance(exceptions, list | None):
            return None
        block, *left_out = (_network(text) for text in (cidr, *(exceptions or ())))
        if block is None:
            return None
        for found in left_out:
            if found is None or not block.covers(found) or found.covers(block):
                return None
        return block - AddressSet.union(found for found in left_out if found)

    @property
    def pod_selector(self) -> Any:
        """Its podSelector; None for every pod."""
        return self.data.get("podSelector")

    @property
    def namespace_selector(self) -> Any:
        """Its namespaceSelector; None for the policy's own namespace."""
        return self.data.get("namespaceSelector")

    def selects(self, labels: KnownLabels, namespace: KnownLabels) -> Ternary:
        """Whether a pod with these labels is meant, of a namespace with those if it has a namespaceSelector."""
        return all_of(
            (
                label_selector_admits(self.pod_selector, labels),
                label_selector_admits(self.namespace_selector, namespace),
            )
        )

    def _has(self, key: str) -> bool:
        return self.data.get(key) is not None


@dataclass(frozen=True, eq=False)
class PolicyRule(View):
    """An item of spec.ingress or spec.egress: it admits what comes from, or goes to, one of its peers on one of its
    ports."""

    @cached_property
    def peers(self) -> tuple[PolicyPeer, ...] | None:
        """Its `from` or `to`; empty for anywhere, None where they are unknown."""
        return items(self, PolicyPeer, "from" if self.path[-2] == "ingress" else "to")

    @cached_property
    def open_to_world(self) -> tuple[PolicyPeer, ...]:
        """Its blocks of addresses that hold the whole Internet, by themselves or together; empty if they do not."""
        blocks = [(peer, peer.addresses) for peer in self.peers or () if peer.addresses is not None]
        for world in (public_ipv4_addresses(), public_ipv6_addresses()) if blocks else ():
            alone = next(((peer,) for peer, addresses in blocks if addresses.covers(world)), ())
            if alone:
                return alone
            if AddressSet.union(addresses for _, addresses in blocks).covers(world):
                return tuple(peer for peer, addresses in blocks if addresses.overlaps(world))
        return ()

    @cached_property
    def ports(self) -> tuple[PolicyPort, ...] | None:
        """Its ports; empty for all, None where they are unknown."""
        return items(self, PolicyPort, "ports")

    def admits_port(self, pod: PodTemplate, port: int | str | None, protocol: str) -> Ternary:
        """Whether traffic to a port of the pod is meant. See `PolicyPort.admits`."""
        if self.ports is None:
            return None
        return any_of(item.admits(pod, port, protocol) for item in self.ports) if self.ports else True


def _network(text: Any) -> AddressSet | None:
    return AddressSet.of(text) if isinstance(text, str) and "/" in text and "-" not in text else None


def _number(pod: PodTemplate, name: str, protocol: str) -> int | None:
    """The number that a pod gives a port."""
    port = pod.named_port(name, protocol)
    return port.number if port else None


def _numbers(pod: PodTemplate, name: str, protocol: str) -> Iterator[int | None]:
    return (port.number for port in pod.ports if port.name == name and port.protocol == protocol)


def _is_named(pod: PodTemplate, name: str, number: int | None, protocol: str) -> Ternary:
    """Whether a port of the pod has this name. Where containers give it to several, the first one's certainly has."""
    if is_placeholder(name) or port_name_errors(name):
        return None
    numbers = list(_numbers(pod, name, protocol))
    if not numbers:
        return None if pod.may_offer(name, protocol) else False
    if number is None or numbers[0] is None:
        return None
    return True if number == numbers[0] else None if number in numbers or None in numbers else False

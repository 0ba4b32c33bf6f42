"""Pools that load balancers on one's own machines take addresses from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from klint.kube.resource import Resource, mapping, sequence, string
from klint.kube.selector import KnownLabels, label_selector_admits
from klint.kube.service import Service
from klint.kube.ternary import Ternary
from klint.records import dataclass
from klint.text.document import Place

_POOL_ANNOTATIONS = ("metallb.io/address-pool", "metallb.universe.tf/address-pool")


@dataclass(frozen=True, eq=False)
class AddressPool:
    """CIDRs and ranges that a load balancer hands out, and the place that says so.

    `balancer` is its name in `LOAD_BALANCERS`. A pool that is not `automatic` serves those that ask for it by name;
    `services` is a LabelSelector for the Services that it serves, `namespace` the one that they are in, empty for any.
    """

    balancer: str
    resource: Resource
    at: Place
    addresses: tuple[str, ...]
    automatic: bool = True
    services: Any = None
    namespace: str = ""

    def serves(self, service: Service) -> Ternary:
        """Whether a Service may get an address of it."""
        wanted = next((service.annotations[key] for key in _POOL_ANNOTATIONS if key in service.annotations), "")
        if self.balancer == "MetalLB" and (wanted or not self.automatic):
            return wanted == self.resource.name
        if self.namespace:
            return self.namespace == service.namespace
        own = {
            "io.kubernetes.service.name": service.name,
            "io.kubernetes.service.namespace": service.namespace,
        }
        return label_selector_admits(self.services, KnownLabels({**service.labels, **own}))


def address_pools(resource: Resource) -> Iterator[AddressPool]:
    """The pools that a resource is or holds.

    Sources: metallb/metallb api/v1beta1 IPAddressPool (addresses, autoAssign); cilium/cilium pkg/k8s/apis/cilium.io
    CiliumLoadBalancerIPPool (blocks, serviceSelector and its special keys, disabled); kube-vip.io
    docs/usage/cloud-provider (the ConfigMap kubevip).
    """
    match resource.group, resource.kind:
        case "metallb.io", "IPAddressPool":
            addresses = _texts(sequence(resource.get("spec", "addresses")))
            automatic = resource.get("spec", "autoAssign") is not False
            yield AddressPool("MetalLB", resource, resource.at("spec", "addresses"), addresses, automatic)
        case "cilium.io", "CiliumLoadBalancerIPPool":
            yield from _cilium(resource)
        case "", "ConfigMap":
            if resource.name == "kubevip":
                yield from _kube_vip(resource)


def _cilium(resource: Resource) -> Iterator[AddressPool]:
    if resource.get("spec", "disabled") is True:
        return
    for key in ("blocks", "cidrs"):
        blocks = [mapping(block) for block in sequence(resource.get("spec", key))]
        if blocks:
            addresses = _texts([block.get("cidr") or f"{block.get('start')}-{block.get('stop')}" for block in blocks])
            services = resource.get("spec", "serviceSelector")
            yield AddressPool("Cilium", resource, resource.at("spec", key), addresses, services=services)


def _kube_vip(resource: Resource) -> Iterator[AddressPool]:
    """Keys such as `cidr-shop` and `range-global`; those for a namespace are for it alone."""
    data: Mapping[str, Any] = mapping(resource.get("data"))
    for key, value in data.items():
        kind, dash, namespace = str(key).partition("-")
        if kind in ("cidr", "range") and dash:
            addresses = tuple(text.strip() for text in string(value).split(","))
            inside = "" if namespace == "global" else namespace
            yield AddressPool("kube-vip", resource, resource.at("data", key), addresses, namespace=inside)


def _texts(values: list[Any]) -> tuple[str, ...]:
    return tuple(map(str, values))

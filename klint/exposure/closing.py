"""A Service that others open → the same for the cluster alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint.kube.service import Service
from klint.text.changes import Change, Remove, Replace

if TYPE_CHECKING:
    from klint.fixes import Fix

_FIELDS = (
    *("externalTrafficPolicy", "healthCheckNodePort", "allocateLoadBalancerNodePorts"),
    *("loadBalancerClass", "loadBalancerIP", "loadBalancerSourceRanges"),
)
"""What a ClusterIP Service may not have, or has no use for: pkg/apis/core/validation ValidateService."""


def closing(service: Service) -> Fix:
    """What makes a Service one of type ClusterIP. Its annotations stay, for what else may read them."""
    from klint.fixes import Fix

    return Fix("Make it a ClusterIP Service", tuple(_changes(service)))


def _changes(service: Service) -> Iterator[Change]:
    yield Replace(service.at("spec", "type"), "ClusterIP")
    for port in service.ports:
        if "nodePort" in port.data:
            yield Remove(port.at("nodePort"))
    for field in _FIELDS:
        if service.get("spec", field) is not None:
            yield Remove(service.at("spec", field))

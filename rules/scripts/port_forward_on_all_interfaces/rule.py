"""A port-forward that listens on all addresses of its machine: anyone who can reach the machine reaches the pod.

Source: k8s.io/client-go tools/portforward parseAddresses: addresses are IP addresses or `localhost`, and by default
localhost. Anything else, such as `*` or nothing, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from klint import Edit, Finding, Fix, rule

if TYPE_CHECKING:
    from klint import Invocation, Scripts

_FIX = "Listen on localhost alone"


@rule(severity="error")
def port_forward_on_all_interfaces(scripts: Scripts) -> Iterator[Finding]:
    for invocation in (item for together in scripts.port_forwards for item in together):
        forward = invocation.port_forward
        if forward is None or forward.address is None:
            continue
        address = _open(forward.addresses)
        if address:
            yield Finding(
                f"--address {address} exposes {invocation.forwarded} to anyone who can reach the machine this runs on",
                at=invocation.place(forward.address.span),
                fix=_narrowed(invocation),
            )
    for declared in scripts.forwards:
        address = _open(declared.address.split(","))
        if address:
            yield Finding(
                f"{declared.tool} forwards {declared.name or 'a pod'} on {address}, "
                "which exposes it to anyone who can reach the machine this runs on",
                at=declared.at,
                fix=Fix(_FIX, [Edit(declared.address_at, "127.0.0.1")]) if declared.address_at else None,
            )


def _narrowed(invocation: Invocation) -> Fix | None:
    """The addresses that are not open, or localhost. What a container forwards is meant for others."""
    forward = invocation.port_forward
    if forward is None or forward.address is None or invocation.is_in_pod:
        return None
    kept = [address for address in forward.addresses if not _open([address])]
    edit = invocation.reworded(forward.address.value, ",".join(kept) or "localhost")
    return Fix(_FIX, [edit]) if edit else None


def _open(addresses: Iterable[str]) -> str:
    """The first of these that stands for every address of a machine; empty if none does."""
    return next((address for address in addresses if _is_unspecified(address.strip().strip("[]"))), "")


def _is_unspecified(address: str) -> bool:
    from ipaddress import ip_address

    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_unspecified

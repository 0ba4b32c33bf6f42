"""IP addresses and ranges as the API server reads them, which is not quite as others do.

Sources: k8s.io/utils/net ParseIPSloppy and ParseCIDRSloppy; k8s.io/apimachinery pkg/util/validation/ip.go
IsValidIPForLegacyField and IsValidCIDRForLegacyField; k8s.io/kubernetes pkg/apis/core/validation ValidateEndpointIP.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from klint.records import dataclass
from klint.regex import regex

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

STRICT = (1, 36)
"""The first Kubernetes that refuses what programs read in several ways (StrictIPCIDRValidation, KEP-4858, beta)."""

_LEADING_ZEROS = regex(r"(?<![0-9A-Fa-f])0+(?=[0-9A-Fa-f])")


@dataclass(frozen=True, slots=True)
class Address:
    """What a text says: an address, and its form where only API servers before `STRICT` accept that."""

    ip: IPv4Address | IPv6Address
    form: str = ""

    @property
    def family(self) -> str:
        """IPv4 or IPv6."""
        return f"IPv{self.ip.version}"


@lru_cache(maxsize=256)
def parse_address(text: str) -> Address | None:
    """The address, or None if it is none to any API server. One that is mapped into IPv6 is the IPv4 address."""
    from ipaddress import IPv6Address, ip_address

    if "%" in text or len(text) > 1000:
        return None
    form = ""
    try:
        address = ip_address(text)
    except ValueError:
        try:
            address = ip_address(_LEADING_ZEROS.sub("", text))
        except ValueError:
            return None
        form = "has leading zeros"
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return Address(mapped or address, form or ("is an IPv4 address mapped into IPv6" if mapped else ""))


def is_address(text: str) -> bool:
    """Whether it is an address to every program, however strict."""
    if ":" not in text and not text[-1:].isdigit():
        return False  # as nearly all host names
    from ipaddress import ip_address

    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=256)
def range_form(text: str) -> str | None:
    """Why API servers since `STRICT` refuse a range; empty when they do not, None if it is no range to any of them."""
    from ipaddress import ip_network

    address, _, length = text.partition("/")
    parsed = parse_address(address)
    bits = length.lstrip("0") or length[:1]
    if parsed is None or not (bits.isascii() and bits.isdigit() and len(bits) <= 3):
        return None
    if int(bits) > (128 if ":" in address else 32):
        return None
    if parsed.form:
        return parsed.form
    if length != bits:
        return "has leading zeros"
    network = ip_network(f"{address}/{length}", strict=False)
    return "" if network.network_address == parsed.ip else f"has bits set behind its /{length}"


def special_use(address: Address) -> str:
    """Why no others can use an address, as the end of a sentence; empty when they can."""
    ip = address.ip
    if ip.is_unspecified:
        return "is not a specific address"
    if ip.is_loopback:
        return "is a loopback address"
    if ip.is_link_local:
        return "is a link-local address"
    first = ip.packed
    is_multicast = first[:3] == b"\xe0\x00\x00" if ip.version == 4 else first[0] == 0xFF and first[1] & 0xF == 2
    return "is a link-local multicast address" if is_multicast else ""

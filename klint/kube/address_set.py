"""Sets of IP addresses: what CIDRs cover together, and which addresses are private."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from klint.kube.validation.addresses import parse_address
from klint.records import dataclass

Range = tuple[int, int]
"""The first and last number of a range. IPv6 addresses are numbered on from the last IPv4 address."""

_IPV4 = 2**32
_IPV6 = 2**128


@dataclass(frozen=True, slots=True)
class AddressSet:
    """IP addresses of both families, as disjoint ranges in order."""

    ranges: tuple[Range, ...] = ()

    @classmethod
    def of(cls, *texts: str) -> AddressSet | None:
        """All addresses of some CIDRs, single addresses and ranges `a-b`; None if a text is none of these."""
        found = [_range(text.strip()) for text in texts]
        return cls(_merged(found)) if None not in found else None

    @classmethod
    def union(cls, sets: Iterable[AddressSet]) -> AddressSet:
        """All addresses of several sets."""
        return cls(_merged(item for found in sets for item in found.ranges))

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __sub__(self, other: AddressSet) -> AddressSet:
        left = []
        for first, last in self.ranges:
            for low, high in other.ranges:
                if high < first or low > last:
                    continue
                if low > first:
                    left.append((first, low - 1))
                first = high + 1
            if first <= last:
                left.append((first, last))
        return AddressSet(tuple(left))

    def covers(self, other: AddressSet) -> bool:
        """Whether every address of the other set is in this one."""
        return not other - self

    def overlaps(self, other: AddressSet) -> bool:
        """Whether the sets have an address in common."""
        return (other - self).ranges != other.ranges

    @property
    def ipv4(self) -> AddressSet:
        """The IPv4 addresses alone."""
        return self - ALL_IPV6


def _merged(ranges: Iterable[Range | None]) -> tuple[Range, ...]:
    merged: list[Range] = []
    for first, last in sorted(item for item in ranges if item is not None):
        if merged and first <= merged[-1][1] + 1 and (merged[-1][1] < _IPV4) == (first < _IPV4):
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


@lru_cache(maxsize=1024)
def _range(text: str) -> Range | None:
    if "-" in text:
        ends = [_range(part.strip()) for part in text.split("-", 1)]
        if ends[0] is None or ends[1] is None:
            return None
        first, last = ends[0][0], ends[1][1]
        return (first, last) if first <= last and (first < _IPV4) == (last < _IPV4) else None
    address, slash, length = text.partition("/")
    parsed = parse_address(address)
    if parsed is None or (slash and not (length.isascii() and length.isdigit() and len(length) <= 3)):
        return None
    written = 128 if ":" in address else 32
    bits = parsed.ip.max_prefixlen
    kept = int(length) - (written - bits) if slash else bits
    if not 0 <= kept <= bits:
        return None
    size = 1 << (bits - kept)
    first = int(parsed.ip) // size * size + (_IPV4 if bits == 128 else 0)
    return first, first + size - 1


ALL_IPV4 = AddressSet(((0, _IPV4 - 1),))
ALL_IPV6 = AddressSet(((_IPV4, _IPV4 + _IPV6 - 1),))


@lru_cache(maxsize=1)
def private_addresses() -> AddressSet:
    """Addresses that the Internet does not route: RFC 1918, 6598 (carrier-grade NAT), 1122, 3927, 4193 and 4291."""
    return _all_of(
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "fc00::/7", "fe80::/10", "::1",
    )  # fmt: skip


@lru_cache(maxsize=1)
def public_ipv4_addresses() -> AddressSet:
    """Every IPv4 address that a host on the Internet may have; those kept for documentation stand for such."""
    return ALL_IPV4 - private_addresses() - _all_of("0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4")


@lru_cache(maxsize=1)
def public_ipv6_addresses() -> AddressSet:
    """The IPv6 addresses that are given to hosts on the Internet: RFC 4291, section 2.4, and IANA's registry."""
    return _all_of("2000::/3")


def _all_of(*texts: str) -> AddressSet:
    return AddressSet(_merged(map(_range, texts)))

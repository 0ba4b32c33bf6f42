"""Who can use an entry, as data; and what an address says of that."""

from __future__ import annotations

from collections.abc import Iterable

from klint.enums import Enum
from klint.reasons import Reason, Why, why
from klint.records import dataclass
from klint.text.document import Place
from klint.text.placeholders import is_placeholder


class Who(Enum):
    """Who can send requests to an entry."""

    WORLD = "the world"
    """Anybody on the Internet."""
    PRIVATE = "a private network"
    """Those on a network, or in a list of addresses, that most are not in."""
    CLUSTER = "the cluster"
    """Nobody outside the cluster."""
    UNKNOWN = "unknown"

    @property
    def narrowness(self) -> int:
        """0 for the world, which is the widest, and more for who is fewer; unknown is next to the world: it may be."""
        return WIDEST_FIRST.index(self)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who can use an entry, why klint thinks so, and the place that decides; None where no field does."""

    who: Who
    why: Why
    at: Place | None = None

    @property
    def is_world(self) -> bool:
        """Whether it is anybody on the Internet."""
        return self.who is Who.WORLD

    @property
    def may_be_world(self) -> bool:
        """Whether it is, or would be if one of two implementations that differ has its way."""
        return self.is_world or (self.why.reason is Reason.LOAD_BALANCERS_DIFFER and Who.WORLD.value in self.why.about)


def behind_nodes(at: Place) -> Audience:
    """The audience of what is open on the nodes themselves."""
    return Audience(Who.UNKNOWN, why(Reason.NODE_ADDRESSES), at)


def behind_addresses(addresses: Iterable[tuple[str, Place]]) -> Audience:
    """The audience of what is open on some addresses, each with its place: the widest of theirs."""
    found = [_behind_address(text, at) for text, at in addresses]
    return min(found, key=lambda audience: audience.who.narrowness)


WIDEST_FIRST = (Who.WORLD, Who.UNKNOWN, Who.PRIVATE, Who.CLUSTER)


def _behind_address(text: str, at: Place) -> Audience:
    if is_placeholder(text):
        return Audience(Who.UNKNOWN, why(Reason.FILLED_IN_LATER, text), at)
    from klint.kube.address_set import AddressSet, private_addresses

    found = AddressSet.of(text)
    if found is None or text in ("0.0.0.0", "::"):
        return Audience(Who.UNKNOWN, why(Reason.ADDRESS_NOT_KNOWN, text), at)
    if private_addresses().covers(found):
        return Audience(Who.PRIVATE, why(Reason.PRIVATE_ADDRESS, text), at)
    return Audience(Who.WORLD, why(Reason.PUBLIC_ADDRESS, text), at)

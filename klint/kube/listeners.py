"""Which listeners are distinct: a request must be for exactly one of them.

Source: sigs.k8s.io/gateway-api apis/v1 gateway_types.go GatewaySpec.Listeners, "Distinct Listeners" and "Handling
indistinct Listeners": those that share a protocol differ in port or, for HTTP, HTTPS and TLS, in hostname; whatever
shares a port with a TCP listener is not distinct; none of those that are not distinct is picked as the winner.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping

from klint.kube.classes import Listener, ListenerOwner
from klint.records import dataclass
from klint.text.document import Path
from klint.text.placeholders import is_placeholder, is_placeholder_for_word

_WITH_HOSTS = frozenset(("HTTP", "HTTPS", "TLS"))
_STREAMS = frozenset(("HTTP", "HTTPS", "TLS", "TCP"))


@dataclass(frozen=True, slots=True)
class Conflict:
    """A listener that is not distinct from an earlier one.

    `over` is what they contend for: `name`, `hostname` (the same protocol, port and host), `port` (the same protocol
    and port, where there are no hosts), `protocol` (a port shared with TCP), or `TLS` (a port with and without TLS,
    which no rule of the API forbids and few implementations serve).
    """

    listener: Listener
    first: Listener
    over: str

    @property
    def is_certain(self) -> bool:
        """Whether the API says that neither may be accepted."""
        return self.over != "TLS"


def conflicts_of(owner: ListenerOwner) -> Mapping[Path, Conflict]:
    """The listeners of a Gateway or ListenerSet that are conflicted, by path: all of them, without a winner."""
    found: dict[Path, Conflict] = {}
    for conflict in conflicts(owner.listeners):
        if not conflict.is_certain:
            continue
        found.setdefault(conflict.first.path, Conflict(conflict.first, conflict.listener, conflict.over))
        found.setdefault(conflict.listener.path, conflict)
    return found


def conflicts(listeners: Iterable[Listener], *, of_one: bool = True) -> Iterator[Conflict]:
    """Each listener that is not distinct from an earlier one of a list, with that one.

    Args:
        listeners: of one Gateway or ListenerSet, or of a Gateway and its ListenerSets together.
        of_one: whether they are of one object, which needs different names, and has none that wins; of several the
            one that comes first does, and what conflicts with it is out of the way of others.
    """
    names: dict[str, Listener] = {}
    claims: dict[Hashable, Listener] = {}
    ports: dict[int, dict[str, Listener]] = {}
    for listener in listeners:
        name, port, protocol = listener.name, listener.port, listener.protocol
        if of_one and name and not is_placeholder(name) and names.setdefault(name, listener) is not listener:
            yield Conflict(listener, names[name], "name")
            continue
        if port is None or not protocol or is_placeholder_for_word(protocol) or is_placeholder(listener.hostname):
            continue
        claim = (port, protocol, listener.hostname.lower() if protocol in _WITH_HOSTS else "")
        if claims.setdefault(claim, listener) is not listener:
            yield Conflict(listener, claims[claim], "hostname" if protocol in _WITH_HOSTS else "port")
            continue
        if protocol in _STREAMS:
            before = ports.setdefault(port, {})
            first = before.setdefault(protocol, listener)
            tcp = next(iter(before.values())) if protocol == "TCP" else before.get("TCP", first)
            if tcp is not listener and tcp is not first:
                if first is listener and not of_one:
                    del before[protocol]
                yield Conflict(listener, tcp, "protocol")
                continue
            others = ("HTTPS", "TLS") if protocol == "HTTP" else ("HTTP",)
            other = next((before[item] for item in others if item in before and protocol != "TCP"), None)
            if other is not None and first is listener:
                yield Conflict(listener, other, "TLS")

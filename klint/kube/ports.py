"""Port numbers, port names and node port ranges."""

from __future__ import annotations

from functools import lru_cache

from klint.records import dataclass, field
from klint.regex import regex
from klint.text.document import Place

_RANGE = regex(r"\s*+(\d+)\s*+(?:([-+])\s*+(\d+)\s*+)?\Z")
_PORT_NAME = regex(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\Z")


@dataclass(frozen=True, slots=True)
class NodePortRange:
    """The ports a cluster gives to NodePort Services, both ends included.

    `origin` says in words where that is written; `places` are where, as far as files of the cluster's own say it.
    """

    first: int
    last: int
    origin: str = "the Kubernetes default"
    places: tuple[Place, ...] = field(default=(), compare=False, repr=False)

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    @property
    def first_dynamic(self) -> int:
        """The first port that the cluster hands out by itself as long as any from there on is free.

        It comes to those before only when there is none. A range of 16 ports or fewer has no such part before.

        Source: k8s.io/kubernetes pkg/registry/core/service/portallocator calculateRangeOffset; KEP-3668.
        """
        size = self.last - self.first + 1
        return self.first + (min(max(16, size // 32), 128) if size > 16 else 0)

    @classmethod
    def parse(cls, text: str, origin: str, places: tuple[Place, ...] = ()) -> NodePortRange | None:
        """`A-B`, `A+offset` or a single port, as `--service-node-port-range` reads it; None for anything else.

        Source: k8s.io/apimachinery pkg/util/net/port_range.go.
        """
        match = _RANGE.match(text)
        if match is None:
            return None
        first = int(match[1])
        last = first if match[2] is None else first + int(match[3]) if match[2] == "+" else int(match[3])
        return cls(first, last, origin, places) if 0 < first <= last <= 65535 else None


DEFAULT_NODE_PORTS = NodePortRange(30000, 32767)


def is_port_number(number: int) -> bool:
    """1 to 65535."""
    return 1 <= number <= 65535


@lru_cache(maxsize=1024)
def port_name_errors(name: str) -> str:
    """What is wrong with a name for a container port, a string targetPort or an Ingress backend port; else empty.

    Source: k8s.io/apimachinery pkg/util/validation IsValidPortName: at most 15 characters of [a-z0-9-], at least
    one letter, no hyphen at either end, no two in a row.
    """
    if len(name) > 15:
        return "it is longer than 15 characters"
    if not _PORT_NAME.match(name):
        return "it may hold only lower-case letters, digits and hyphens between them"
    if "--" in name:
        return "it may not hold two hyphens in a row"
    if not any(character.isalpha() for character in name):
        return "it must hold a letter"
    return ""

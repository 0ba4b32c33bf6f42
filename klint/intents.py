"""What people declare of an object: for whom it is meant to be open."""

from __future__ import annotations

from typing import Literal

from klint.enums import StrEnum
from klint.records import dataclass
from klint.text.document import Place

ANNOTATION = "klint.dev/exposure"
"""On a Service, a route, a Gateway, a workload or its pod template: `klint.dev/exposure: public`."""


class Exposure(StrEnum):
    """For whom something is meant to be open."""

    PUBLIC = "public"
    """For the world."""
    INTERNAL = "internal"
    """For a private network, in the cluster and around it."""
    CLUSTER = "cluster"
    """For the cluster alone."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A declaration, and the place that makes it. `reason` is what its author says, if anything."""

    exposure: Exposure
    at: Place
    origin: Literal["annotation", "configuration"]
    reason: str = ""

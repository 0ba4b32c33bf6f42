"""What becomes of TLS for a host of a route, and the place that says so."""

from __future__ import annotations

from klint.enums import Enum
from klint.records import dataclass
from klint.text.document import Place


class TlsState(Enum):
    """What becomes of TLS for a host of a route."""

    TERMINATED = "terminated"
    PASSTHROUGH = "passed through to the pods"
    NONE = "none"
    UNKNOWN = "unknown"
    """It may be ended by something that is not in the workspace."""


@dataclass(frozen=True, slots=True)
class HostTls:
    """TLS of a host, and the place that says so; None where nothing does."""

    state: TlsState
    at: Place | None = None


NO_TLS, UNKNOWN = HostTls(TlsState.NONE), HostTls(TlsState.UNKNOWN)

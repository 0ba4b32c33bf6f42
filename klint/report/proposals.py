"""What a report proposes to write: the fixes of its findings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.fixing import Offer


def proposals(report: Report, *, with_shown: bool = False) -> Iterable[Offer]:
    """The fixes that klint makes itself; `with_shown` adds those that it only shows."""
    found = [finding for finding in report.findings if finding.fix is not None]
    if not found:
        return ()
    from klint.fixes import Safety
    from klint.fixing import Editable, offers

    levels = tuple(Safety) if with_shown else (Safety.SAFE, Safety.UNSAFE)
    return offers(found, Editable(report.workspace, reads_again=False), levels)

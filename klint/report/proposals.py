"""What a report proposes to write: the fixes of its findings that klint would make itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.fixing import Offer


def proposals(report: Report) -> Iterable[Offer]:
    """The fixes that klint makes; what is only shown is no proposal."""
    found = [finding for finding in report.findings if finding.fix is not None]
    if not found:
        return ()
    from klint.fixes import Safety
    from klint.fixing import Editable, offers

    return offers(found, Editable(report.workspace), (Safety.SAFE, Safety.UNSAFE))

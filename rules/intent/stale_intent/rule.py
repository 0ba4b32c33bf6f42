"""A declared exposure that the manifests contradict, or that matches nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from klint import Exposure, Finding, Fix, Related, Replace, Severity, rule

if TYPE_CHECKING:
    from klint import Contradiction, Declarations


@rule(severity="warning")
def stale_intent(declarations: Declarations) -> Iterator[Finding]:
    for found in declarations.contradictions:
        yield Finding(
            f"{found.resource} is declared {found.intent.exposure}, and {_instead(found)}",
            at=found.intent.at,
            related=(Related("what exposes it", found.inlet.at),) if found.inlet else (),
            severity=None if found.certain else Severity.NOTE,
            about=found.resource,
            key=str(found.inlet.resource) if found.inlet else "",
        )
    for word in declarations.unknown_words:
        fix = Fix(f"Make it {word.closest}", [Replace(word.at, word.closest)]) if word.closest else None
        yield Finding(f"{word} is not an exposure: the values are {', '.join(Exposure)}", at=word.at, fix=fix)
    for entry in declarations.unmatched:
        yield Finding("This entry matches no Service, workload, route or Gateway", at=entry.intent.at)


def _instead(found: Contradiction) -> str:
    if found.inlet is None:
        return "nothing exposes it"
    audience = found.inlet.audience
    alone = " alone" if found.intent.exposure is Exposure.PUBLIC else ""
    return f"{found.inlet} is open to {audience.who.value}{alone}: {audience.why}"

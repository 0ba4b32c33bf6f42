"""Which findings are silenced, and which ignores silence nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from klint.errors import closest
from klint.findings import Finding
from klint.intents import Intent
from klint.kube.resource import Resource
from klint.records import dataclass
from klint.suppress.ignores import Ignore, Ignores, UnknownRule, UselessIgnore
from klint.suppress.lookup import Lookup

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True)
class Suppressed:
    """A finding that an ignore silenced, or that a declared intent explains."""

    finding: Finding
    ignore: Ignore


def apply(
    findings: Sequence[Finding],
    ignores: Sequence[Ignore],
    resources: Iterable[Resource],
    *,
    known: Sequence[str],
    ran: Sequence[str],
    is_whole: bool,
    today: date | None,
) -> tuple[list[Finding], list[Suppressed], Ignores]:
    """Part findings into those to report and those that are silenced, and find the ignores that do nothing.

    Args:
        known: names of every rule; ran: names of those that ran. An ignore of a rule that did not run is not useless.
        is_whole: whether the run saw the whole workspace; else entries of the configuration may have their use
            elsewhere and are not reported.
        today: an ignore holds until the end of the day it expires on. None is the day that it is.
    """
    lookup = Lookup([ignore for ignore in ignores if not ignore.has_expired(today)], resources)
    used: set[tuple[str, str]] = set()
    reported: list[Finding] = []
    suppressed: list[Suppressed] = []
    for finding in findings:
        silencing = [ignore for ignore in lookup.about(finding) if ignore.names(finding.rule)]
        used.update((str(ignore.span), finding.rule if ignore.rules else "") for ignore in silencing)
        if silencing:
            suppressed.append(Suppressed(finding, silencing[0]))
        elif finding.intent is not None:
            suppressed.append(Suppressed(finding, _declared(finding.rule, finding.intent)))
        else:
            reported.append(finding)
    judged = [ignore for ignore in ignores if is_whole or ignore.origin != "configuration"]
    useless = [
        found for ignore in judged if ignore.is_judged for found in _useless(ignore, used, set(known), set(ran), today)
    ]
    unknown = [
        UnknownRule(ignore, name, closest(name, list(known)))
        for ignore in judged
        for name in ignore.rules
        if name not in known
    ]
    return reported, suppressed, Ignores(tuple(useless), tuple(unknown))


def _declared(rule: str, intent: Intent) -> Ignore:
    """What a declaration comes to for a finding that it explains."""
    reason = f"declared {intent.exposure}" + (f": {intent.reason}" if intent.reason else "")
    return Ignore(intent.at, (rule,), reason, intent.origin)


def _useless(
    ignore: Ignore, used: set[tuple[str, str]], known: set[str], ran: set[str], today: date | None
) -> Iterator[UselessIgnore]:
    if ignore.expires is not None and ignore.has_expired(today):
        yield UselessIgnore(ignore, "", f"it expired on {ignore.expires.isoformat()}")
        return
    # By place: an object that several overlays render has its annotation once in the base, and uses it in some of them.
    for name in dict.fromkeys(ignore.rules):
        if name in known and name in ran and (str(ignore.span), name) not in used:
            yield UselessIgnore(ignore, name, "nothing here breaks that rule")
    if not ignore.rules and known <= ran and (str(ignore.span), "") not in used:
        yield UselessIgnore(ignore, "", "nothing here breaks any rule")

"""A change of exposure as a sentence, for every format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from klint.diffing.changes import Change, Exposed, Kind, Side, What
from klint.exposure.audience import Who
from klint.hops import GuardKind
from klint.report.audiences import audience_words
from klint.report.words import wanted
from klint.text.words import abridged, counted

if TYPE_CHECKING:
    from klint.diffing.comparing import Difference

MANY = 3
"""Things of a kind that a sentence names; it counts the others."""

OPEN = {who: audience_words(who) for who in Who} | {Who.UNKNOWN: "open (audience unknown)"}
"""Who can use something, as sentences say it."""

_GUARDS = {
    GuardKind.TLS: "TLS",
    GuardKind.AUTHENTICATION: "authentication",
    GuardKind.ALLOW_LIST: "an allow-list",
}
_NOTHING = Side()


def label(change: Change) -> str:
    """The word for a change, with a question mark where it depends on what is in no manifest."""
    return change.kind.value if change.is_certain else f"{change.kind.value}?"


def sentence(change: Change) -> str:
    """What has changed, in one line, without a full stop."""
    before, after = change.before or _NOTHING, change.after or _NOTHING
    what = _Subject(change.subjects)
    match change.what:
        case What.DOOR if change.before is None or change.after is None:
            return _door(change)
        case What.DOOR if change.kind is Kind.MOVED:
            return f"{what} {'takes' if len(change.subjects) == 1 else 'take'} the place of {_some(before.through)}"
        case What.SERVED | What.COMING if change.kind is Kind.MOVED:
            through = f"through {_some(after.through)}, no longer through {_some(before.through)}"
            return f"{what} {what.is_} now open {through}"
        case What.DOOR | What.SERVED:
            through = _through(before) if before.through != after.through else ""
            return f"{what} {what.is_} now {_open(after)}; before, {what.it_was} {_open(before)}{through}"
        case What.REQUEST if change.after is not None:
            return f"{what} {what.is_} new and {_open(after)}{_through(after)}, leading to {_some(after.to)}"
        case What.REQUEST:
            led = f"leading to {_some(before.to)}"
            return f"{what} {what.is_} gone; {what.it_was} {_open(before)}{_through(before)}, {led}"
        case What.COMING if change.kind is Kind.BROKEN and after.hop is not None:
            return f"Nothing comes in for {what} any longer: {_end(after)}"
        case What.COMING if change.kind is Kind.MENDED and before.hop is not None:
            return f"Requests for {what} come in{_through(after)} again"
        case What.COMING:
            was = f"before, {what.it_was} {_open(before)}{_through(before)}"
            return f"{what} {what.is_} now {_open(after)}{_through(after)}; {was}"
        case What.GOING | What.LEADING:
            return _going(change, what)
        case What.GUARD if change.guard is GuardKind.POLICY:
            return f"{what} {what.is_} {_now(change)} selected by a NetworkPolicy"
        case What.GUARD:
            guard = _GUARDS[change.guard or GuardKind.TLS]
            return f"Requests to {what} {_now(change)} pass {guard}"
        case What.ISOLATION:
            return f"NetworkPolicies {_now(change)} keep the outside away from {what}"
        case What.NAME:
            return f"{what} {what.is_} now called {_some(after.to)}"
        case What.REACHED:
            is_now = change.after is not None
            return f"{what} {what.is_} {'now' if is_now else 'no longer'} {_open(after if is_now else before)}"


def _consequences(pairs: Sequence[Exposed], now: str, most: int | None) -> list[str]:
    """The ports of pods that come with a change, or go, by who can reach them."""
    by_who: dict[Who, list[str]] = {}
    for end, who in pairs:
        by_who.setdefault(who, []).append(str(end))
    return [
        f"{abridged(ends, most or len(ends))} {'is' if len(ends) == 1 else 'are'} {now} {OPEN[who]}"
        for who, ends in by_who.items()
    ]


def remarks(change: Change, most: int | None) -> list[str]:
    """What else there is to say: why others can use it, and what follows; all of that, or so many things and how many
    more."""
    after = change.after
    said = []
    if change.kind is Kind.WIDENED and after is not None and after.audience is not None and after.audience.why:
        said.append(f"because {after.audience.why}")
    if after is not None and _is_about_audience(change):
        said.append(f"leads to {abridged(after.to, most or len(after.to))}")
    elif change.what is not What.REACHED and not (change.what is What.DOOR and _ends(change)):
        said += _consequences(change.opened, "now", most) + _consequences(change.closed, "no longer", most)
    return said


def _is_about_audience(change: Change) -> bool:
    """Whether others can use, or use in another way, what is there on both sides."""
    sides = (change.before, change.after)
    is_there = all(side is not None and side.hop is None for side in sides)
    return is_there and change.what in (What.DOOR, What.SERVED, What.COMING)


class _Subject:
    """What a sentence is about, with the verbs that go with it."""

    def __init__(self, names: Sequence[str]) -> None:
        self._text = abridged(together(names), MANY)
        is_one = len(names) == 1
        self.is_ = "is" if is_one else "are"
        self.it_was = "it was" if is_one else "they were"
        self.leads = "leads" if is_one else "lead"

    def __str__(self) -> str:
        return self._text


def _door(change: Change) -> str:
    """What an entry opens, or opened: the ports of a few pods by name, where it leads straight there."""
    side, now = (change.after, "now") if change.after is not None else (change.before, "no longer")
    side = side or _NOTHING
    through = _some(change.subjects)
    ends = _ends(change)
    if ends:
        what = _Subject(ends)
        return f"{what} {what.is_} {now} {_open(side)} through {through}"
    what = _Subject(change.subjects)
    to = f", leading to {_some(side.to)}" if side.to else ""
    return f"{what} {what.is_} {now} {_open(side)}{to}"


def _ends(change: Change) -> tuple[str, ...]:
    """The ends that a new entry, or one that is gone, leads straight to: none where that is so of others, too."""
    side = change.after if change.after is not None else change.before
    pairs = change.opened or change.closed
    ends = tuple(dict.fromkeys(str(item.end) for item in pairs))
    is_one_sided = (change.before is None) is not (change.after is None)
    return ends if is_one_sided and side is not None and set(ends) <= set(side.to) and len(ends) <= MANY else ()


def _going(change: Change, what: _Subject) -> str:
    before, after = change.before or _NOTHING, change.after or _NOTHING
    match change.kind:
        case Kind.BROKEN:
            gone = ": it is no longer defined" if change.what is What.LEADING and not after.places else ""
            because = f": {_end(after)}" if after.hop is not None else gone
            return f"{what} no longer {what.leads} to {_some(before.to)}{because}"
        case Kind.MENDED:
            return f"{what} {what.leads} to {_some(after.to)} again"
        case Kind.MOVED:
            return f"{what} now {what.leads} to {_some(after.to)}, no longer to {_some(before.to)}"
        case Kind.WIDENED:
            return f"{what} now {what.leads} to {_some(after.to)}, too"
    return f"{what} no longer {what.leads} to {_some(before.to)}"


def _now(change: Change) -> str:
    return "now" if change.kind is Kind.GUARDED else "no longer"


def _open(side: Side) -> str:
    audience = side.audience
    if side.who is Who.UNKNOWN and audience is not None and audience.may_be_world:
        return "open, perhaps to the world"
    return OPEN[side.who or Who.UNKNOWN]


def _through(side: Side) -> str:
    return f" through {_some(side.through)}" if side.through else ""


def _some(names: Sequence[str]) -> str:
    return abridged(together(names), MANY) if names else "what is not known"


def together(names: Sequence[str]) -> list[str]:
    """The names with the ports of one thing told together: `LoadBalancer 80, 443 of Service web`."""
    found: dict[tuple[str, str], list[str]] = {}
    for name in names:
        how, _, owner = name.partition(" of ")
        mechanism, _, port = how.rpartition(" ") if owner else (name, "", "")
        found.setdefault((mechanism, owner), []).append(port)
    return [
        f"{mechanism} {abridged(ports, MANY)} of {owner}"
        if owner and mechanism
        else f"{', '.join(ports)} of {owner}"
        if owner
        else mechanism
        for (mechanism, owner), ports in found.items()
    ]


def _end(side: Side) -> str:
    """Where requests end, and why."""
    if side.hop is None:
        return "it is not known why"
    why = str(side.hop.why)
    return f"{wanted(side.hop)}: {why}" if why else wanted(side.hop)


def not_compared(difference: Difference) -> list[str]:
    """What is said of the bundles that klint could not compare."""
    names = difference.unrendered
    return [f"Not compared, since it does not render on both sides: {name}" for name in names]


def summary(changes: Iterable[Change]) -> str:
    """How many there are of each kind."""
    found = [change.kind for change in changes]
    said = [f"{found.count(kind)} {kind.value}" for kind in Kind if kind in found]
    return f"{counted(len(found), 'change')} of exposure: {', '.join(said)}" if said else "No change of exposure"

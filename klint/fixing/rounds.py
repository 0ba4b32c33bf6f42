"""Makes fixes, round by round, and keeps those that prove good."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from math import inf
from pathlib import Path

from klint.edits import Edit, edited
from klint.engine import Report
from klint.findings import Finding
from klint.fixes import Safety, edits_of
from klint.fixing.editable import STDIN, Editable
from klint.fixing.offers import Offer, offers
from klint.records import dataclass, field
from klint.session import Session
from klint.text.document import Place
from klint.text.encoding import encode
from klint.text.reading import read_documents
from klint.text.source import Source

_YAML = (".yaml", ".yml", ".json")

MOST_ATTEMPTS = 100
"""How often a run lints texts with fixes made. Each costs as much as the run itself; what is left then is left out."""


@dataclass(frozen=True)
class Fixed:
    """What fixes make of files. Nothing is written yet.

    `report` is what is found then. `before` and `after` are the contents of those files that are another, by the paths
    that links lead to, STDIN being standard input. `made` are the findings that are gone, as they were when they were
    fixed. `left_out` are those whose fix would have brought up something else, or not have mended them; `unsafe` are
    those whose fix is made only on request.
    """

    report: Report
    before: Mapping[Path, bytes]
    after: Mapping[Path, bytes]
    made: tuple[Finding, ...]
    left_out: tuple[Finding, ...]
    unsafe: tuple[Finding, ...]


def make_fixes(
    session: Session,
    *,
    is_unsafe: bool = False,
    wanted: Callable[[Finding], bool] = lambda _: True,
    held: Mapping[Path, bytes | None] | None = None,
    render: bool = True,
) -> Fixed:
    """Make the fixes of a Session's findings, in memory.

    Every fix that is kept takes a finding away and brings none, so that there is an end, and a second run changes
    nothing.

    Args:
        session: what is linted; afterwards it has the changed files laid over its Tree.
        is_unsafe: make unsafe fixes, too.
        wanted: which findings are to be fixed.
        held: what is laid over the Tree already, as `Session.update` was told.
        render: whether charts and kustomizations are rendered again with the changed files.
    """
    return _Rounds(session, is_unsafe=is_unsafe, wanted=wanted, held=held or {}, render=render).run()


class _Rounds:
    def __init__(
        self,
        session: Session,
        *,
        is_unsafe: bool,
        wanted: Callable[[Finding], bool],
        held: Mapping[Path, bytes | None],
        render: bool,
    ) -> None:
        self.session = session
        self.held = held
        self.render = render
        self.levels = (Safety.SAFE, Safety.UNSAFE) if is_unsafe else (Safety.SAFE,)
        self.wanted = wanted
        self.report = session.report()
        self.before: dict[Path, bytes] = {}
        self.texts: dict[Path, str] = {}
        self.made: list[Finding] = []
        self.left_out: list[Finding] = []
        self.attempts = 0

    def run(self) -> Fixed:
        """Round by round: what a round makes, the next one stands on."""
        while self._round():
            pass
        more = [] if Safety.UNSAFE in self.levels else self._offers(self._editable, (Safety.UNSAFE,))
        after = {path: encode(text, self.before[path]) for path, text in sorted(self.texts.items())}
        after = {path: content for path, content in after.items() if content != self.before[path]}
        return Fixed(
            self.report,
            {path: self.before[path] for path in after},
            after,
            tuple(self.made),
            tuple(self.left_out),
            tuple(offer.finding for offer in more),
        )

    def _round(self) -> bool:
        """Make what can be made of the texts as they are now; whether it was anything."""
        editable = self._editable
        waiting = list(self._offers(editable, self.levels))
        self.left_out = []
        while waiting:
            together, waiting = _together(waiting, editable)
            kept = _Kept()
            self._settle(kept, together, editable)
            if kept.outcome is not None:
                self.report, self.texts = kept.outcome.report, kept.outcome.texts
                self.made.extend(offer.finding for offer in kept.offers)
                return True
        return False

    @property
    def _editable(self) -> Editable:
        return Editable(self.report.workspace)

    def _content(self, path: Path, editable: Editable) -> bytes:
        piped = self.session.piped
        return piped.data if piped is not None and path == STDIN else editable.workspace.tree.read(path)

    def _offers(self, editable: Editable, levels: Sequence[Safety]) -> Iterator[Offer]:
        return offers(filter(self.wanted, self.report.findings), editable, levels)

    def _settle(self, kept: _Kept, offered: Sequence[Offer], editable: Editable) -> None:
        """Keep what proves good beside what is kept already: all of it, else what does of each half."""
        if not offered:
            return
        if self.attempts >= MOST_ATTEMPTS:
            self.left_out.extend(offer.finding for offer in offered)
            return
        self.attempts += 1
        together = [*kept.offers, *offered]
        outcome = self._outcome(together, editable)
        if outcome and not _is_worse(self.report, outcome.report, [offer.finding for offer in together]):
            kept.offers, kept.outcome = together, outcome
            return
        if len(offered) == 1:
            self.left_out.append(offered[0].finding)
            return
        half = len(offered) // 2
        self._settle(kept, offered[:half], editable)
        self._settle(kept, offered[half:], editable)

    def _outcome(self, offered: Sequence[Offer], editable: Editable) -> _Outcome | None:
        """What some fixes make of the texts, linted; None if they do not go together."""
        edits = edits_of(offer.fix for offer in offered)
        if edits is None:
            return None
        by_path: defaultdict[Path, list[Edit]] = defaultdict(list)
        for edit in edits:
            path = editable.path(edit.source)
            if path is None:
                return None
            by_path[path].append(edit)
        texts = dict(self.texts)
        for path, made in by_path.items():
            try:
                texts[path] = edited(made[0].source.text, made)
            except ValueError:  # one file by two names
                return None
            if made[0].source.path.endswith(_YAML) and _read(texts[path]) != _read(made[0].source.text):
                return None
            if path not in self.before:
                self.before[path] = self._content(path, editable)
        contents = {path: encode(text, self.before[path]) for path, text in texts.items()}
        piped = contents.pop(STDIN, None)
        changed = {**self.held, **contents}
        return _Outcome(self.session.update(changed, touched=(), render=self.render, piped=piped), texts)


@dataclass(frozen=True)
class _Outcome:
    """The report on texts, and the texts by path."""

    report: Report
    texts: dict[Path, str]


@dataclass
class _Kept:
    """The fixes of a round that are kept, and what they make."""

    offers: list[Offer] = field(default_factory=list)
    outcome: _Outcome | None = None


def _together(offered: Sequence[Offer], editable: Editable) -> tuple[list[Offer], list[Offer]]:
    """Those whose edits stand apart from each other, the first before all others; and the rest, which waits."""
    taken: defaultdict[Path | None, list[tuple[int, int]]] = defaultdict(list)
    together: list[Offer] = []
    waiting: list[Offer] = []
    for offer in offered:
        ranges = [(editable.path(edit.source), (edit.span.start, edit.span.end)) for edit in offer.edits]
        if any(_meets(taken[path], *found) for path, found in ranges):
            waiting.append(offer)
            continue
        together.append(offer)
        for path, found in ranges:
            insort(taken[path], found)
    fitting = _fitting(together)
    return fitting, [offer for offer in offered if offer not in fitting] if fitting != together else waiting


def _fitting(offered: list[Offer]) -> list[Offer]:
    """Those that can be made at once, at least the first: edits that stand apart may still be of the same data."""
    if len(offered) == 1 or edits_of(offer.fix for offer in offered) is not None:
        return offered
    half = len(offered) // 2
    first, second = _fitting(offered[:half]), _fitting(offered[half:])
    both = [*first, *second]
    return both if edits_of(offer.fix for offer in both) is not None else first


def _meets(taken: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a range touches one of those that are taken, which stand apart and in order."""
    index = bisect_right(taken, (end, inf))
    return index > 0 and taken[index - 1][1] >= start


def _read(text: str) -> list[bool]:
    """Which documents of a text can be read. A script in a file that cannot be read any more says nothing, either."""
    return [document.data is not None for document in read_documents(Source("", text))]


def _is_worse(before: Report, after: Report, fixed: Sequence[Finding]) -> bool:
    """Whether a report has more to say than the one before it has without the findings that are fixed."""
    if len(after.failures) > len(before.failures) or _unread(after) > _unread(before):
        return True
    known = _without(before.findings, fixed, _by_identity)
    new: Sequence[Finding] = after.findings
    for key in _KNOWN_BY:
        known, new = _without(known, new, key), _without(new, known, key)
    told = {item.message for finding in fixed for item in finding.related}
    return any(finding.message not in told for finding in new)


def _without(findings: Sequence[Finding], others: Sequence[Finding], key: _Key) -> Sequence[Finding]:
    """Findings less as many as others have of the same key."""
    counts = Counter(map(key, others))
    left: list[Finding] = []
    for finding in findings:
        if counts[key(finding)] > 0:
            counts[key(finding)] -= 1
        else:
            left.append(finding)
    return left


def _by_identity(finding: Finding) -> Hashable:
    return finding.identity


def _by_words(finding: Finding) -> Hashable:
    return finding.rule, finding.message


def _by_place(finding: Finding) -> Hashable:
    at, about = finding.at, finding.about
    if about is None or not isinstance(at, Place):
        return finding.identity
    return finding.rule, finding.severity, about.written_identity, at.path


_Key = Callable[[Finding], Hashable]
_KNOWN_BY: Sequence[_Key] = (_by_identity, _by_words, _by_place)
"""How a finding is known again. What is fixed may be part of what others are known by, such as the version of an
object or the host of a rule, and part of their words as well: then they stand where they stood."""


def _unread(report: Report) -> int:
    """How much could not be read or rendered."""
    workspace = report.workspace
    return sum(document.data is None for document in workspace.documents) + sum(
        len(rendering.problems) + len(rendering.gaps) for rendering in workspace.renderings
    )

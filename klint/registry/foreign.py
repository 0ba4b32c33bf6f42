"""What keeps a misbehaving rule from costing more than itself.

Rules are Python and may do what klint may do: this is no sandbox. It turns mistakes into that rule's failure: data that
is written to, an end that never comes, findings that are none.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from klint.edits import Edit
from klint.errors import OutOfTime
from klint.findings import Finding, Related, Severity
from klint.fixes import Fix, Safety
from klint.hops import Hop
from klint.kube.resource import Resource
from klint.text.changes import Insert, Remove, Rename, Replace
from klint.text.document import Document, Place
from klint.text.source import Source, Span

SECONDS = 60.0
"""How long a rule of a pack may take in one run, in all."""

MOST_FINDINGS = 100_000
"""How many findings a rule of a pack may have in one bundle."""


class MisbehaviourError(Exception):
    """What a rule did that rules may not do; the message is a clause."""


# Findings


def judged(findings: Any, count: int) -> Iterator[Finding]:
    """Findings, each looked at before it is passed on; `count` is how many there were before.

    Raises:
        MisbehaviourError: they are none, or too many.
    """
    if not isinstance(findings, Iterable):
        raise MisbehaviourError(f"it returned a {_type(findings)}, no findings")
    for number, finding in enumerate(findings, count):
        if number >= MOST_FINDINGS:
            raise MisbehaviourError(f"it has more than {MOST_FINDINGS:,} findings")
        yield judge(finding)


def judge(finding: Any) -> Finding:
    """The finding, if it is one.

    Raises:
        MisbehaviourError: it is none, or has something in it that a finding has not.
    """
    if not isinstance(finding, Finding):
        raise MisbehaviourError(f"it yielded a {_type(finding)}, not a Finding")
    if type(finding.message) is not str or not finding.message.strip():
        raise MisbehaviourError(f"the message of a finding is a {_type(finding.message)}, not text")
    if not _is_at(finding.at):
        raise MisbehaviourError(f"a finding is at a {_type(finding.at)}, not at a Place or Span that there is")
    if not isinstance(finding.severity, Severity | None):
        raise MisbehaviourError(f"the severity of a finding is a {_type(finding.severity)}, not a Severity")
    if not isinstance(finding.related, tuple) or not all(map(_is_related, finding.related)):
        raise MisbehaviourError("the related places of a finding are no tuple of Related")
    if not isinstance(finding.path, tuple) or not all(isinstance(hop, Hop) for hop in finding.path):
        raise MisbehaviourError("the path of a finding is no tuple of Hop")
    if not isinstance(finding.about, Resource | None):
        raise MisbehaviourError(f"a finding is about a {_type(finding.about)}, not about a Resource")
    if type(finding.key) is not str:
        raise MisbehaviourError(f"the key of a finding is a {_type(finding.key)}, not text")
    if finding.fix is not None and not _is_fix(finding.fix):
        raise MisbehaviourError("the fix of a finding is no Fix with changes of Places that there are")
    return finding


def _is_related(related: Any) -> bool:
    return isinstance(related, Related) and type(related.message) is str and _is_at(related.at)


def _is_at(at: Any) -> bool:
    if isinstance(at, Place):
        is_path = isinstance(at.path, tuple) and all(isinstance(step, str | int) for step in at.path)
        return isinstance(at.document, Document) and is_path
    if not isinstance(at, Span) or not isinstance(at.source, Source):
        return False
    numbers = (at.line, at.column, at.end_line, at.end_column)
    if not all(type(number) is int and number > 0 for number in numbers):
        return False
    return at.line <= at.end_line <= len(at.source.line_starts)


def _is_fix(fix: Any) -> bool:
    is_fix = isinstance(fix, Fix) and type(fix.title) is str and isinstance(fix.safety, Safety)
    return is_fix and isinstance(fix.changes, Sequence) and all(map(_is_change, fix.changes))


def _is_change(change: Any) -> bool:
    match change:
        case Edit(span=span, text=str()):
            return isinstance(span, Span) and _is_at(span)
        case (
            Insert(place=Place() as place, step=str() | int(), value=value)
            | Replace(place=Place() as place, value=value)
        ):
            return _is_at(place) and _is_plain(value)
        case Remove() | Rename(key=str()):
            return _is_at(change.place)
    return False


def _is_plain(value: Any) -> bool:
    """Whether a value is one that YAML and JSON have."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float | bool)


def _type(value: Any) -> str:
    return type(value).__name__


# Time


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in what runs inside after so many seconds, where the system has timers: not on Windows."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _ring)
    # Once more each second: a rule may catch what it does not know.
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001), 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _ring(*_: object) -> NoReturn:
    raise OutOfTime


# Data


class FrozenDict(dict[Any, Any]):
    """A mapping that is read only."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise MisbehaviourError("the data of a document cannot be changed: copy it first")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse


class FrozenList(list[Any]):
    """A list that is read only."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise MisbehaviourError("the data of a document cannot be changed: copy it first")

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse


def freeze(documents: Iterable[Document]) -> None:
    """Put read-only data in the place of what documents have, before views look at it."""
    for document in documents:
        object.__setattr__(document, "data", _frozen(document.data))


def _frozen(data: Any) -> Any:
    """The same data, read only; the parser has bounded how deep it goes. What aliases share is shared again."""
    done: dict[int, Any] = {}

    def frozen(value: Any) -> Any:
        if not isinstance(value, dict | list):
            return value
        if id(value) not in done:
            if isinstance(value, dict):
                done[id(value)] = FrozenDict((key, frozen(item)) for key, item in value.items())
            else:
                done[id(value)] = FrozenList(map(frozen, value))
        return done[id(value)]

    return frozen(data)

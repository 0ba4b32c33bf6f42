"""Yes, no, or not known yet: what is left open by a manifest must make no answer wrong. Kleene's three-valued logic."""

from __future__ import annotations

from collections.abc import Iterable

Ternary = bool | None
"""None where nobody knows yet."""


def all_of(answers: Iterable[Ternary]) -> Ternary:
    """False if any is, whatever the others turn out to be; True if all are."""
    found: Ternary = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            found = None
    return found


def any_of(answers: Iterable[Ternary]) -> Ternary:
    """True if any is, whatever the others turn out to be; False if all are."""
    found: Ternary = False
    for answer in answers:
        if answer:
            return True
        if answer is None:
            found = None
    return found


def negation(answer: Ternary) -> Ternary:
    """The opposite of what is known."""
    return None if answer is None else not answer

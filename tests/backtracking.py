"""Texts on which a regular expression may take long, made from its own parts, and whether it does."""

import re
from collections.abc import Callable, Iterator
from itertools import product
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from time import process_time
from typing import Any, NamedTuple

REPETITIONS = (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT)
SINGLE = (constants.LITERAL, constants.NOT_LITERAL, constants.IN, constants.ANY)
LOOKING = (constants.ASSERT, constants.ASSERT_NOT)
CHARACTERS = " \t\n-/.,:;=_a0x\"'\\#({[<$%@|&!?*+~^`)}]>ébkyzABXYZ12\0"

MANY = 100
"""A repetition that may be repeated more often than this counts as one without an end."""

SAMPLES = 8
"""How many texts stand for all that several parts of a pattern match; one part has one for each kind of character."""

ROUNDS = (64, 256)
"""How often a pump is repeated in the texts that are tried first: what is cubic shows at the first, before it takes
too long."""

SHORTEST = 1_024
"""Characters of the second of these texts, at least."""

SLOW = 1.5e-7
"""Seconds for each character from which a second look is worth its time; what is linear mostly takes a third."""

STEEP = 6.0
"""How many times as long four times the text takes where that is looked at again: 4 when linear, 16 when quadratic."""

QUADRATIC = 2.8
"""How many times as long twice the text takes where it is measured at last: 2 when linear, 4 when quadratic."""

FLOOR = 1e-3
"""Seconds that a run takes at least when it is measured at last."""


def parsed(pattern: re.Pattern[str]) -> Any:
    return parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)


def bodies(operator: Any, argument: Any) -> list[Any]:
    """The parts below an item of a parsed pattern."""
    if operator in REPETITIONS:
        return [argument[2]]
    if operator is constants.SUBPATTERN:
        return [argument[3]]
    if operator is constants.ATOMIC_GROUP:
        return [argument]
    if operator is constants.BRANCH:
        return list(argument[1])
    if operator in LOOKING:
        return [argument[1]]
    if operator is constants.GROUPREF_EXISTS:
        return [body for body in argument[1:] if body]
    return []


CATEGORIES = {
    constants.CATEGORY_DIGIT: r"\d",
    constants.CATEGORY_NOT_DIGIT: r"\D",
    constants.CATEGORY_SPACE: r"\s",
    constants.CATEGORY_NOT_SPACE: r"\S",
    constants.CATEGORY_WORD: r"\w",
    constants.CATEGORY_NOT_WORD: r"\W",
}


def one_character(operator: Any, argument: Any) -> str:
    """The pattern of an item that matches one character."""
    if operator is constants.ANY:
        return r"[^\n]"
    if operator is constants.LITERAL:
        return re.escape(chr(argument))
    if operator is constants.NOT_LITERAL:
        return f"[^{re.escape(chr(argument))}]"
    inside = ""
    for kind, value in argument:
        if kind is constants.NEGATE:
            inside += "^"
        elif kind is constants.LITERAL:
            inside += re.escape(chr(value))
        elif kind is constants.RANGE:
            inside += f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
        else:
            inside += CATEGORIES[value]
    return f"[{inside}]"


class Attack:
    """The texts that one pattern is tried on.

    Characters that no part of the pattern tells apart are the same to it, so one of each kind stands for the others.
    """

    def __init__(self, pattern: re.Pattern[str]):
        self.items = parsed(pattern)
        kinds = [re.compile(each, re.DOTALL | pattern.flags & re.IGNORECASE) for each in sorted(_singles(self.items))]
        known = dict.fromkeys(CHARACTERS + "".join(_literals(self.items)))
        told_apart = {tuple(bool(kind.fullmatch(one)) for kind in kinds): one for one in reversed(known)}
        self.characters = list(told_apart.values())
        self.flags = pattern.flags & re.IGNORECASE
        self.groups: dict[int, list[str]] = {}

    def texts(self, *, searches: bool) -> Iterator["Text"]:
        """A way into a repetition, its pump, and an end on which the rest may fail.

        Where a pattern `searches`, each round of a pump may also begin a match anew.
        """
        gaps = ("", " ", "\n") if searches else ("",)
        for before, body in self.repetitions(self.items, [""]):
            begins = {one[:1] for one in body}
            ends = ["", *[one for one in self.characters if one not in begins][:2]]
            restarts = (gap + way + one for gap in gaps for way, one in product(before[:3], body[:2]))
            for pump, way in product(dict.fromkeys(filter(None, (*body, *restarts))), before[:2]):
                yield from (Text(way, pump, end) for end in ends)

    def repetitions(self, items: Any, before: list[str]) -> Iterator[tuple[list[str], list[str]]]:
        """Texts that lead to each repetition without an end, and texts that are one round of it."""
        before = list(before)
        for operator, argument in items:
            if operator in REPETITIONS and argument[1] > MANY:
                yield before, self.samples(argument[2])
            for body in bodies(operator, argument):
                yield from self.repetitions(body, before)
            before = _joined([before, self.samples([(operator, argument)])])

    def samples(self, items: Any) -> list[str]:
        """Some texts that the items match in turn, as far as no part looks around itself."""
        return _joined([self.samples_of(operator, argument) for operator, argument in items])

    def samples_of(self, operator: Any, argument: Any) -> list[str]:
        if operator in SINGLE:
            single = re.compile(one_character(operator, argument), re.DOTALL | self.flags)
            return [one for one in self.characters if single.fullmatch(one)] or [_any_of(single)]
        if operator is constants.SUBPATTERN:
            self.groups[argument[0]] = self.samples(argument[3])
            return self.groups[argument[0]]
        if operator is constants.GROUPREF:
            return self.groups.get(argument, [""])
        if operator in REPETITIONS:
            least, body = argument[0], self.samples(argument[2])
            return [one * max(least, 1) for one in body] + ([""] if not least else [])
        return list(
            dict.fromkeys(
                text for body in bodies(operator, argument) if operator not in LOOKING for text in self.samples(body)
            )
        ) or [""]


def _joined(parts: list[list[str]]) -> list[str]:
    """Texts of one from each part: each of each turns up, not all combinations."""
    parts = [part for part in parts if part != [""]]
    if len(parts) == 1:
        return parts[0]
    count = min(SAMPLES, max(map(len, parts), default=1))
    return list(dict.fromkeys("".join(part[n % len(part)] for part in parts) for n in range(count)))


def _singles(items: Any) -> set[str]:
    found = set()
    for operator, argument in items:
        if operator in SINGLE:
            found.add(one_character(operator, argument))
        for body in bodies(operator, argument):
            found |= _singles(body)
    return found


def _literals(items: Any) -> Iterator[str]:
    for operator, argument in items:
        if operator is constants.LITERAL:
            yield chr(argument)
        for body in bodies(operator, argument):
            yield from _literals(body)


def _any_of(single: re.Pattern[str]) -> str:
    return next((chr(code) for code in range(0x3000) if single.fullmatch(chr(code))), "")


class Text(NamedTuple):
    """A text of any length."""

    before: str
    pump: str
    end: str

    def __call__(self, rounds: int) -> str:
        return self.before + self.pump * rounds + self.end


def slow_text(pattern: re.Pattern[str], use: str) -> str:
    """A text on which a use of a pattern takes more than linear time, shortened; empty where none is found."""
    run = uses(pattern, use)
    searches = use not in ("match", "fullmatch")
    for make in dict.fromkeys(Attack(pattern).texts(searches=searches)):
        few, many = ROUNDS
        for rounds in (few, max(many, SHORTEST // len(make.pump))):
            text = make(rounds)
            time = taken(run, text)
            if time > SLOW * len(text):
                time = min(time, taken(run, text))
                if taken(run, make(4 * rounds)) > STEEP * time and is_quadratic(run, make, rounds):
                    return make(8)
                break
    return ""


def uses(pattern: re.Pattern[str], use: str) -> Callable[[str], object]:
    if use in ("match", "fullmatch", "search"):
        method: Callable[[str], object] = getattr(pattern, use)
        return method
    return lambda text: sum(1 for _ in pattern.finditer(text))


def is_quadratic(run: Callable[[str], object], make: Text, rounds: int) -> bool:
    """Whether twice the text takes much more than twice the processor time, at each of two measurements.

    Short and long texts take turns, and the fastest run of each counts: what disturbs a run only makes it slower.
    """
    while taken(run, make(rounds)) < FLOOR and rounds < 2**20:
        rounds *= 2
    texts = make(rounds), make(2 * rounds)
    for _ in range(2):
        turns = [[taken(run, text) for text in texts] for _ in range(5)]
        short, long = map(min, zip(*turns, strict=True))
        if long < QUADRATIC * short:
            return False
    return True


def taken(run: Callable[[str], object], text: str) -> float:
    before = process_time()
    run(text)
    return process_time() - before

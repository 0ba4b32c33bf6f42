"""The format of cases: small workspaces, and marks that say what is found in them. `klint.testing` documents it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from klint.records import dataclass, field, replace

_MARK = re.compile(r"(?:\A|(?<![ \t])[ \t]+)#!(?P<said>(?: +[a-z].*)?)\Z", re.DOTALL)
"""At the end of a line, or alone on one: then the match begins where the line does. `#!/bin/sh` is none."""

_SAID = re.compile(
    r" +(?P<severity>error|warning|note)(?: (?P<rule>[a-z0-9-]+))??(?: at (?P<column>\d{1,9}): (?P<message>.+))?"
)


_TITLES = ("=====", "-----", "+++++")
"""What a case, a file and a fixed file begin with. Lines that end there have no mark beside them."""


class CaseError(ValueError):
    """Cases that are not written as cases are: file, line, and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said of a line. A bare mark, with no severity, is yet to be filled in.

    `rule` is empty for the rule whose folder the cases are in. `column` counts from 1; it is 0, and the message empty,
    where a case is not about them.
    """

    severity: str = ""
    rule: str = ""
    column: int = 0
    message: str = ""

    @property
    def is_brief(self) -> bool:
        """Whether it leaves column and message open."""
        return bool(self.severity) and not self.column

    @property
    def brief(self) -> Mark:
        """The same without column and message."""
        return Mark(self.severity, self.rule)

    def __str__(self) -> str:
        column = f"at {self.column}: {self.message}" if self.column else ""
        return " ".join(filter(None, ("#!", self.severity, self.rule, column)))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file, and the marks that speak of it."""

    text: str
    marks: tuple[Mark, ...] = ()

    def written(self) -> Iterator[str]:
        """As a case has it: one brief mark beside the line, any others below, as deep as the line."""
        marks = list(map(str, self.marks))
        is_open = bool(self.text) and not self.text[-1].isspace() and self.text not in _TITLES
        if marks and self.marks[0].is_brief and is_open:
            yield f"{self.text}  {marks.pop(0)}"
        else:
            yield self.text
        indent = self.text[: len(self.text) - len(self.text.lstrip())]
        yield from (f"{indent}{mark}" for mark in marks)


@dataclass(frozen=True, slots=True)
class File:
    """A file of a case."""

    lines: tuple[Line, ...]
    is_crlf: bool = False

    @property
    def text(self) -> str:
        """What is linted."""
        end = "\r\n" if self.is_crlf else "\n"
        return "".join(f"{line.text}{end}" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Case:
    """A workspace and what is said of it.

    `number` is the line of its title; `others` are the rules that run beside the usual ones; `notes` are the lines that
    say why it is so; `written` has the files by path. `fixed` has files as all fixes leave them, where a case is about
    that.
    """

    title: str
    number: int
    others: tuple[str, ...]
    notes: tuple[str, ...]
    written: dict[str, File]
    fixed: dict[str, File] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, str]:
        """The texts that are linted, by path."""
        return {path: file.text for path, file in self.written.items()}

    @property
    def marks(self) -> list[Mark]:
        """Everything that is said, from top to bottom."""
        return [mark for file in self.written.values() for line in file.lines for mark in line.marks]

    @property
    def text(self) -> str:
        """The case as it is written."""
        lines = [f"===== {self.title}", *([f"with: {', '.join(self.others)}"] if self.others else ()), *self.notes]
        for mark, files in (("-----", self.written), ("+++++", self.fixed)):
            for path, file in files.items():
                lines.append(f"{mark} {path}{' crlf' if file.is_crlf else ''}")
                lines.extend(text for line in file.lines for text in line.written())
        return "".join(f"{line}\n" for line in lines)

    def saying(self, found: Mapping[tuple[str, int], Sequence[Mark]]) -> Case:
        """The case with what is found, by path and line, in place of its marks: as exact as they are."""
        written = {
            path: File(
                tuple(
                    Line(line.text, _as_exact_as(line.marks, found.get((path, number), ())))
                    for number, line in enumerate(file.lines, 1)
                ),
                file.is_crlf,
            )
            for path, file in self.written.items()
        }
        return replace(self, written=written)

    def becoming(self, texts: Mapping[str, str]) -> Case:
        """The case with what fixes make of its files, by path, in place of what it says of that."""
        fixed = {
            path: File(tuple(map(Line, _lines(texts.get(path, file.text)))), file.is_crlf)
            for path, file in self.written.items()
            if path in self.fixed or path in texts
        }
        return replace(self, fixed=fixed)


_LIKENESS: tuple[Callable[[Mark, Mark], bool], ...] = (
    lambda mark, found: mark == found,
    lambda mark, found: mark == found.brief,
    lambda mark, found: mark.rule == found.rule and bool(mark.severity),
    lambda mark, _: not mark.severity,
)
"""Whether a mark is like what is found, closest first: it says the same, says it in brief, is of the rule, is bare."""


def _as_exact_as(marks: Sequence[Mark], found: Sequence[Mark]) -> tuple[Mark, ...]:
    """What is found on a line, each as exact as the mark that is most like it; what no mark is like is exact.

    Marks that say all that is found stay in their order.
    """
    left, said = list(marks), list[Mark]()
    for is_like in _LIKENESS:
        unlike = []
        for item in found:
            mark = next((mark for mark in left if is_like(mark, item)), None)
            if mark is None:
                unlike.append(item)
            else:
                left.remove(mark)
                said.append(item.brief if mark.is_brief else item)
        found = unlike
    said.extend(found)
    return tuple(marks) if sorted(map(str, said)) == sorted(map(str, marks)) else tuple(said)


def write_cases(cases: Iterable[Case]) -> str:
    """The text of a file of cases."""
    return "\n".join(case.text for case in cases)


def read_cases(text: str, name: str = "cases.txt") -> list[Case]:
    """The cases in a file's text, in order.

    Raises:
        CaseError: the text is not written as cases are; `name` is what the file is called then.
    """
    before, *chunks = re.split(r"^===== ", text, flags=re.MULTILINE)
    if before.strip():
        raise CaseError(f"{name}:1: a case begins with ===== and its title")
    cases: dict[str, Case] = {}
    number = 1 + before.count("\n")
    for chunk in chunks:
        case = _read_case(chunk, name, number)
        if case.title in cases:
            raise CaseError(f"{name}:{number}: there is a case {case.title!r} already")
        cases[case.title] = case
        number += chunk.count("\n")
    return list(cases.values())


def _read_case(chunk: str, name: str, number: int) -> Case:
    head, *files = re.split(r"^(?=(?:-----|\+\+\+\+\+) )", chunk, flags=re.MULTILINE)
    title, *notes = (line.strip() for line in head.rstrip().split("\n"))
    if not (title and files):
        raise CaseError(f"{name}:{number}: a case has a title and files")
    others: tuple[str, ...] = ()
    if notes and notes[0].startswith("with: "):
        others = tuple(word.strip() for word in notes.pop(0).removeprefix("with: ").split(","))
    case = Case(title, number, others, tuple(notes), {})
    number += head.count("\n")
    for text in files:
        mark, _, title = text.partition("\n")[0].partition(" ")
        path, _, option = title.strip().partition(" ")
        if not path or option not in ("", "crlf"):
            raise CaseError(f"{name}:{number}: a file has a path, and crlf or nothing after it")
        kept = case.fixed if mark == "+++++" else case.written
        if path in kept:
            raise CaseError(f"{name}:{number}: {path} is in this case twice")
        kept[path] = File(tuple(_read_lines(text, name, number)), is_crlf=bool(option))
        number += text.count("\n")
    if not case.fixed.keys() <= case.written.keys():
        raise CaseError(f"{name}:{number}: what fixes make of a file stands below that file")
    return case


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").rstrip("\n").split("\n")


def _read_lines(text: str, name: str, title: int) -> list[Line]:
    """The lines of a file after `title`, the number of the one with its path."""
    lines: list[Line] = []
    for number, line in enumerate(text.rstrip("\n").split("\n")[1:], title + 1):
        found = _MARK.search(line)
        if found is None:
            lines.append(Line(line))
        elif found.start():
            lines.append(Line(line[: found.start()], (_read_mark(found["said"], name, number),)))
        elif lines:
            lines[-1] = Line(lines[-1].text, (*lines[-1].marks, _read_mark(found["said"], name, number)))
        else:
            raise CaseError(f"{name}:{number}: there is no line above for this mark to speak of")
    return lines


def _read_mark(said: str, name: str, number: int) -> Mark:
    if not said:
        return Mark()
    words = _SAID.fullmatch(said.rstrip())
    if words is None:
        raise CaseError(f"{name}:{number}: a mark is #! SEVERITY [RULE] [at COLUMN: MESSAGE], not #!{said}")
    return Mark(words["severity"], words["rule"] or "", int(words["column"] or 0), words["message"] or "")

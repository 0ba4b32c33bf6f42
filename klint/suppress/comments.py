"""Ignores in comments: `# klint: ignore[rule] reason`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from klint.records import cached_property
from klint.scripts.hints import concerns_manifest
from klint.suppress.ignores import CommentIgnore, Ignore
from klint.text.document import Document
from klint.text.source import Source, Span

_COMMENT = re.compile(
    r"""
    (?:^|(?<=\s)) \#[ \t]* klint:[ \t]* ignore
    (?: \[ (?P<rules>[^\]\r\n]*) \]?  # an open bracket must not make it an ignore of everything
      | (?![^\s:])                    # `ignored` and `ignore-file` are other words
    )
    [ \t:-]* (?P<reason>[^\r\n]*)
    """,
    re.VERBOSE | re.MULTILINE,
)


def comment_ignores(documents: Sequence[Document]) -> Iterator[Ignore]:
    """The ignores in a file's comments. A `#` inside a scalar is text, unless it may be a script.

    Nobody is told that one in a script is useless: it may be text all the same.
    """
    source = documents[0].source
    lines = _Lines(source)
    unread = [document for document in documents if document.data is None and document.problems]
    ranges: list[tuple[int, int]] | None = None
    for match in _COMMENT.finditer(source.text):
        if ranges is None:
            ranges = sorted(item for document in documents for item in document.text_ranges())
        position = bisect_right(ranges, (match.start(), len(source.text))) - 1
        if position >= 0 and ranges[position][0] <= match.start() < ranges[position][1]:
            if concerns_manifest(source.text):
                yield _comment(lines, match, in_script=True, is_judged=False)
            continue
        is_read = not any(item.start <= match.start() < item.end for item in unread)
        yield _comment(lines, match, is_judged=is_read)


def script_ignores(source: Source) -> Iterator[Ignore]:
    """The ignores in the comments of a shell script, or of a file that holds some."""
    lines = _Lines(source)
    for match in _COMMENT.finditer(source.text):
        yield _comment(lines, match, in_script=True)


def _comment(lines: _Lines, match: re.Match[str], *, in_script: bool = False, is_judged: bool = True) -> Ignore:
    span = lines.source.span(match.start(), match.end())
    rules = () if match["rules"] is None else tuple(name.strip() for name in match["rules"].split(","))
    about = lines.about(span)
    command = lines.command(about[-1]) if in_script else range(0)
    return CommentIgnore(
        span, rules, match["reason"].strip(), "comment", is_judged=is_judged, lines=about, command=command
    )


class _Lines:
    """What the lines of a source are to the comments in it. Each is looked at once, however many comments there are."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def about(self, span: Span) -> tuple[int, ...]:
        """The lines a comment is about: its own, and when it stands alone the next that is no comment."""
        if self.source.line(span.line)[: span.column - 1].strip():
            return (span.line,)
        return (span.line, self._following[span.line])

    def command(self, line: int) -> range:
        """A line with those that backslashes join to it: they are one command."""
        if line > len(self.source.line_starts):
            return range(line, line + 1)
        return self._commands[line - 1]

    @cached_property
    def _following(self) -> list[int]:
        """For each line by its number, the next below that is neither empty nor a comment, or the one past the last."""
        count = len(self.source.line_starts)
        following = [count + 1] * (count + 1)
        for number in range(count - 1, 0, -1):
            below = self.source.line(number + 1).strip()[:1]
            following[number] = following[number + 1] if below in ("", "#") else number + 1
        return following

    @cached_property
    def _commands(self) -> list[range]:
        count = len(self.source.line_starts)
        commands: list[range] = []
        while len(commands) < count:
            first = last = len(commands) + 1
            while last < count and self.source.line(last).endswith("\\"):
                last += 1
            commands += [range(first, last + 1)] * (last + 1 - first)
        return commands

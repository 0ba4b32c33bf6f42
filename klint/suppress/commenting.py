"""The edit that writes a comment which ignores a rule: only where it is one, and about what it is meant for."""

from __future__ import annotations

from collections.abc import Iterator

from klint.edits import Edit, edited
from klint.suppress.comments import comment_ignores, script_ignores
from klint.suppress.ignores import CommentIgnore, Ignore
from klint.text.document import Document
from klint.text.reading import read_documents
from klint.text.source import Source, Span

_TRIMS_BEFORE, _TRIMS_BEHIND = "{{-", "-}}"
"""What has a template of Helm take the white space away beside an action (Go's text/template): with a line break, a
comment would run into what follows it."""


def commenting(at: Span, rule: str, reason: str, *, in_script: bool = False) -> Edit | None:
    """The edit that has a comment ignore a rule on the line of a span: above it, else behind it.

    None where no comment can stand: in JSON, and in a text of several lines. It is tried out: what the documents say is
    the same with it, and the ignore is read back.

    Args:
        at: where the finding stands.
        rule: the rule.
        reason: what its author says.
        in_script: whether the file is a script, or holds some and no manifests.
    """
    source = at.source
    if source.path.endswith(".json") or source.is_oversized or not source.relative:
        return None
    comment = f"# klint: ignore[{rule}] {reason}".rstrip()
    old = [] if in_script else list(read_documents(source))
    is_template = any(document.data is None for document in old)
    if is_template and _is_in_block(source, at.line):
        return None
    for edit, line in _candidates(at, comment):
        after = Source(source.path, edited(source.text, [edit]), source.relative)
        if in_script:
            ignores = script_ignores(after)
        elif is_template:
            ignores = comment_ignores([Document(after, 0, len(after.text), None)])
        else:
            new = list(read_documents(after))
            is_same = [document.data for document in old] == [document.data for document in new]
            ignores = (ignore for ignore in comment_ignores(new) if is_same or _is_in_script(ignore))
        if any(_is_about(ignore, rule, line) for ignore in ignores):
            return edit
    return None


def _candidates(at: Span, comment: str) -> Iterator[tuple[Edit, int]]:
    """The edits that may do, each with the line that the finding is on then."""
    source, line = at.source, at.line
    first = line
    while first > 1 and source.line(first - 1).endswith("\\"):
        first -= 1  # a comment among the lines of a command would end it
    start, end = source.line_range(line)
    above = source.line_range(first)[0]
    text = source.line(first)
    before = source.line(first - 1) if first > 1 else ""
    if not text.lstrip().startswith(_TRIMS_BEFORE) and not before.rstrip().endswith(_TRIMS_BEHIND):
        indent = text[: len(text) - len(text.lstrip())]
        ending = "\r\n" if source.text[end : end + 2] == "\r\n" else "\n"
        yield Edit(source.extent(above, above), f"{indent}{comment}{ending}"), line + 1
    if not source.text[start:end].rstrip().endswith((_TRIMS_BEHIND, "\\")):
        yield Edit(source.extent(end, end), f" {comment}"), line


def _is_about(ignore: Ignore, rule: str, line: int) -> bool:
    return (
        isinstance(ignore, CommentIgnore) and rule in ignore.rules and (line in ignore.lines or line in ignore.command)
    )


def _is_in_script(ignore: Ignore) -> bool:
    """Whether it stands in a text that may be a script: there it is no part of what a manifest says."""
    return isinstance(ignore, CommentIgnore) and bool(ignore.command)


def _is_in_block(source: Source, line: int) -> bool:
    """Whether a line of a template seems to be part of a block scalar: below one that ends with its mark."""
    depth = _depth(source.line(line))
    for number in range(line - 1, 0, -1):
        text = source.line(number)
        if text.strip() and _depth(text) < depth:
            depth = _depth(text)
            if text.rstrip().endswith(("|", "|-", "|+", ">", ">-", ">+")):
                return True
    return False


def _depth(text: str) -> int:
    return len(text) - len(text.lstrip())

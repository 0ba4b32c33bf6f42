"""Dockerfiles: RUN in its shell and exec forms, HEALTHCHECK, and what ENTRYPOINT and CMD make together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from klint.records import dataclass, field
from klint.scripts.commands import Command, Context, Word
from klint.scripts.images import with_entry_point
from klint.scripts.snippet import Snippet
from klint.scripts.sources.base import NewShell, split_words, word_of
from klint.scripts.sources.shebang import has_other_interpreter, is_shell
from klint.text.source import Source

_INSTRUCTION = re.compile(r"[ \t]*(?:ONBUILD[ \t]+)?([A-Za-z]+)[ \t]+", re.IGNORECASE)
_ESCAPE_DIRECTIVE = re.compile(r"(?:#[^\n]*\n)*#[ \t]*escape[ \t]*=[ \t]*`", re.IGNORECASE)
_HEREDOC = re.compile(r"<<-?[ \t]*([\"']?)([A-Za-z_]\w*)\1")
_FLAGS = re.compile(r"(?:--\S+\s+)*")
_PAIR = re.compile(r"\b([A-Za-z_]\w*)=(\"(?:[^\"\\]|\\.)*\"|'[^']*'|\S*)")
_JSON_STRING = re.compile(r'(?<!\\)"(?:[^"\\]|\\.)*+"')
_JSON_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)")


@dataclass
class _Stage:
    name: str
    variables: dict[str, str] = field(default_factory=dict)
    shell: str = "/bin/sh"
    image: str = ""
    entrypoint: Snippet | None = None
    command: Snippet | None = None


def commands(source: Source, new_shell: NewShell) -> Iterator[Command]:
    """The commands that building runs, and those that containers of each stage run."""
    stage = _Stage("")
    outer: dict[str, str] = {}
    for name, arguments in _instructions(Snippet.whole(source)):
        if name == "FROM":
            yield from _start(stage, new_shell)
            words = arguments.text.split()
            named = [word for word in words if not word.startswith("--")]
            stage = _Stage(named[-1] if len(named) > 2 else "", dict(outer), image=named[0] if named else "")
        elif name in ("ENV", "ARG"):
            _set(stage.variables, name, arguments.text)
            if name == "ARG" and not stage.name:
                _set(outer, name, arguments.text)
        elif name == "SHELL":
            stage.shell = " ".join(re.findall(r'"([^"]*)"', arguments.text))
        elif name == "RUN":
            yield from _run(stage, arguments, new_shell)
        elif name == "HEALTHCHECK":
            check = re.search(r"\bCMD\s+", arguments.text)
            if check is not None:
                rest = arguments.cut(check.end(), len(arguments.text))
                yield from _read([rest], stage, "the health check", new_shell)
        elif name == "ENTRYPOINT":
            stage.entrypoint, stage.command = arguments, None
        elif name == "CMD":
            stage.command = arguments
    yield from _start(stage, new_shell)


def _instructions(snippet: Snippet) -> Iterator[tuple[str, Snippet]]:
    """Each instruction's name and arguments: continued lines joined, comments between them dropped."""
    escape = "`" if _ESCAPE_DIRECTIVE.match(snippet.text) else "\\"
    lines = snippet.lines()
    index = 0
    while index < len(lines):
        line = lines[index]
        index += 1
        if not line.text.strip() or line.text.lstrip().startswith("#"):
            continue
        parts = [line]
        while parts[-1].text.rstrip().endswith(escape) and index < len(lines):
            following = lines[index]
            index += 1
            if following.text.lstrip().startswith("#") or not following.text.strip():
                continue
            parts.append(following)
        for _, mark in _HEREDOC.findall(parts[-1].text):
            while index < len(lines):
                parts.append(lines[index])
                index += 1
                if parts[-1].text.lstrip("\t") == mark:
                    break
        joined = Snippet.join([_with_backslash(part, escape) for part in parts], "\n")
        found = _INSTRUCTION.match(joined.text)
        if found is not None:
            yield found[1].upper(), joined.cut(found.end(), len(joined.text))


def _with_backslash(line: Snippet, escape: str) -> Snippet:
    """The line with the shell's own mark for going on, and no blanks behind it."""
    stripped = line.text.rstrip()
    if not stripped.endswith(escape):
        return line
    if escape == "\\":
        return line.cut(0, len(stripped))
    return Snippet.join([line.cut(0, len(stripped) - 1), Snippet.standing_at(line.source, "\\", *line.range(0, 1))])


def _set(variables: dict[str, str], name: str, text: str) -> None:
    pairs = _PAIR.findall(text)
    if not pairs and name == "ENV":
        pairs = [tuple(text.split(maxsplit=1))] if len(text.split(maxsplit=1)) == 2 else []
    for key, value in pairs:
        variables[key] = value.strip("\"'")


def _run(stage: _Stage, arguments: Snippet, new_shell: NewShell) -> Iterator[Command]:
    flags = _FLAGS.match(arguments.text)
    rest = arguments.cut(flags.end() if flags else 0, len(arguments.text))
    heredoc = _HEREDOC.match(rest.text)
    if heredoc is not None and not rest.text[heredoc.end() :].partition("\n")[0].strip():
        body_start = rest.text.find("\n") + 1
        body = rest.cut(body_start, rest.text.rfind("\n") + 1) if body_start else rest
        if not has_other_interpreter(body.text):
            yield from _read([body], stage, "the build", new_shell)
    else:
        yield from _read([rest], stage, "the build", new_shell)


def _start(stage: _Stage, new_shell: NewShell) -> Iterator[Command]:
    """What a container runs: ENTRYPOINT with CMD behind it, or one of them."""
    parts = [part for part in (stage.entrypoint, stage.command) if part is not None]
    if parts and not _is_json(parts[0]):
        parts = parts[:1]
    yield from _read(parts, stage, "the container", new_shell, is_start=stage.entrypoint is None)


def _read(
    parts: list[Snippet], stage: _Stage, unit: str, new_shell: NewShell, *, is_start: bool = False
) -> Iterator[Command]:
    if not parts:
        return
    shell = new_shell(Context(kind="Dockerfile", unit=unit, variables=stage.variables))
    if _is_json(parts[0]):
        argv: list[Word] = []
        for part in parts:
            argv += _json_words(part) if _is_json(part) else split_words(part)
        if is_start and argv:
            argv = with_entry_point(stage.image, argv, argv[0])
        shell.run_words(argv)
    elif is_shell(stage.shell):
        shell.run(parts[0])
    yield from shell.finish()


def _is_json(snippet: Snippet) -> bool:
    text = snippet.text.strip()
    if not text.startswith("["):
        return False
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, list) and all(isinstance(item, str) for item in found)


def _json_words(snippet: Snippet) -> list[Word]:
    words = []
    for match in _JSON_STRING.finditer(snippet.text):
        inside = snippet.cut(match.start() + 1, match.end() - 1)
        words.append(word_of(inside.replace(_JSON_ESCAPE, lambda escape: str(json.loads(f'"{escape[0]}"')))))
    return words

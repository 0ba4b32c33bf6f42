"""Files of lines: systemd units, crontabs, Procfiles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from klint.scripts.commands import Command, Context
from klint.scripts.snippet import HOLE, Snippet
from klint.scripts.sources.base import NewShell, split_words

_EXEC = re.compile(r"[ \t]*(Exec(?:Start|StartPre|StartPost|Condition|Reload|Stop|StopPost))[ \t]*=[ \t]*[@\-:+!|]*")
_SETTING = re.compile(r"^[ \t]*([A-Za-z]+)[ \t]*=[ \t]*+(.*)$", re.MULTILINE)
_ENVIRONMENT = re.compile(r"""["']?\b([A-Za-z_]\w*)=([^"'\s]*)["']?""")
_UNIT_VARIABLE = re.compile(r"%%|%[A-Za-z]|\$\$|\$\{?([A-Za-z_]\w*)\}?")

_SCHEDULE = re.compile(r"[ \t]*(?:@\w+|(?:[\w*/,.?#~-]+[ \t]+){4}[\w*/,.?#~-]+)[ \t]+")
_VARIABLE = re.compile(r"[ \t]*([A-Za-z_]\w*)[ \t]*=[ \t]*(.*)\Z", re.DOTALL)
_USER = re.compile(r"(?:root|www-data|nobody|[a-z_][a-z0-9_-]*)[ \t]+(?=\S)")
_PROCESS = re.compile(r"([A-Za-z0-9_-]+):[ \t]*")


def systemd(snippet: Snippet, new_shell: NewShell) -> Iterator[Command]:
    """The commands of a unit. systemd runs no shell: it splits words and fills in its own variables."""
    joined = snippet.replace(re.compile(r"\\\r?\n"), lambda _: " ")
    pairs = [(name, value.rstrip(" \t")) for name, value in _SETTING.findall(joined.text)]
    settings = dict(pairs)
    variables: dict[str, str] = {}
    for name, value in pairs:
        if name == "Environment":
            variables.update(_ENVIRONMENT.findall(value))
    restart = settings.get("Restart", "no")
    context = Context(
        kind="systemd unit",
        variables=variables,
        working_directory=settings.get("WorkingDirectory", ""),
        kept_alive=f"Restart={restart}" if restart != "no" else "",
    )

    def fill(match: re.Match[str]) -> str:
        if match[0] in ("%%", "$$"):
            return match[0][0]
        return variables.get(match[1] or "", HOLE)

    shell = new_shell(context)
    for line in joined.lines():
        found = _EXEC.match(line.text)
        if found is not None:
            shell.run_words(split_words(line.cut(found.end(), len(line.text)).replace(_UNIT_VARIABLE, fill)))
    yield from shell.finish()


def crontab(snippet: Snippet, new_shell: NewShell) -> Iterator[Command]:
    """The commands of a crontab; those below /etc name a user in front of the command."""
    path = snippet.source.relative or snippet.source.path
    has_user = "cron.d/" in path or path.endswith("etc/crontab")
    variables: dict[str, str] = {}
    for line in snippet.lines():
        text = line.text
        if text.lstrip().startswith("#"):
            continue
        schedule = _SCHEDULE.match(text)
        if schedule is None:
            variable = _VARIABLE.match(text)
            if variable is not None:
                variables[variable[1]] = variable[2].strip(" \t").strip("\"'")
            continue
        start = schedule.end()
        user = _USER.match(text, start) if has_user else None
        start = user.end() if user is not None else start
        end = next((match.start() for match in re.finditer(r"(?<!\\)%", text[start:])), len(text) - start) + start
        shell = new_shell(Context(kind="crontab", triggers=("schedule",), variables=dict(variables)))
        shell.run(line.cut(start, end))
        yield from shell.finish()


def procfile(snippet: Snippet, new_shell: NewShell) -> Iterator[Command]:
    """The commands of a Procfile's processes, which are kept running."""
    for line in snippet.lines():
        found = _PROCESS.match(line.text)
        if found is not None:
            shell = new_shell(Context(kind="Procfile", unit=f"process {found[1]}"))
            shell.run(line.cut(found.end(), len(line.text)))
            yield from shell.finish()

"""Where commands are found: one adapter for each sort of file, loaded when such a file is met."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from klint.scripts.sources.shebang import has_other_interpreter, is_shell_script
from klint.text.document import Document
from klint.text.source import Source

if TYPE_CHECKING:
    from klint.scripts.commands import Command
    from klint.scripts.forwards import Forward
    from klint.scripts.shell.reader import IsIdle
    from klint.scripts.shell.sourced import Find

_YAML = r"\.ya?ml\Z"

_BY_PATH: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("sh", ".bats", ".command"), r"\.(?:sh|bash|ksh|zsh|bats|command)\Z", "shell"),
    ((".github/", "action"), rf"(?:^|/)\.github/workflows/[^/]+{_YAML}|(?:^|/)action{_YAML}", "github"),
    (("gitlab",), rf"(?:^|/)(?=[^/]*gitlab-ci)[^/]*{_YAML}|^(?=.*{_YAML})(?:.*/)?\.gitlab/", "gitlab"),
    ((".circleci/",), rf"^(?=.*{_YAML})(?:.*/)?\.circleci/", "circleci"),
    (("azure",), rf"(?:^|/)(?=[^/]*azure[-_]?pipeline)[^/]*{_YAML}", "azure"),
    ((".azure",), rf"^(?=.*{_YAML})(?:.*/)?\.azure(?:-pipelines|devops)?/", "azure"),
    (("bitbucket",), rf"(?:^|/)bitbucket-pipelines{_YAML}", "bitbucket"),
    (("compose",), rf"(?:^|/)(?:docker-|podman-)?compose[^/]*{_YAML}", "compose"),
    (("askfile",), rf"(?:^|/)[Tt]askfile[^/]*{_YAML}", "task"),
    (("skaffold",), rf"(?:^|/)skaffold[^/]*{_YAML}", "skaffold"),
    (("package.json",), r"(?:^|/)package\.json\Z", "npm"),
    (("akefile", ".mk"), r"(?:^|/)(?:GNU)?[Mm]akefile(?:\.[^/]*)?\Z|\.mk\Z", "make"),
    (("ustfile", ".just"), r"(?:^|/)\.?[Jj]ustfile\Z|\.just\Z", "just"),
    (("enkinsfile",), r"(?:^|/)Jenkinsfile[^/]*\Z|\.[Jj]enkinsfile\Z", "jenkins"),
    (("ockerfile", "Containerfile"), r"(?:^|/)(?:Docker|Container)file(?:\.[^/]*)?\Z|\.[Dd]ockerfile\Z", "docker"),
    (("Procfile",), r"(?:^|/)Procfile(?:\.[^/]*)?\Z", "procfile"),
    ((".service",), r"\.service\Z", "systemd"),
    (("cron",), r"(?:^|/)(?:crontab[^/]*|cron\.d/[^/]+)\Z|\.cron(?:tab)?\Z", "crontab"),
    (("iltfile",), r"(?:^|/)Tiltfile\Z|\.tiltfile\Z", "tilt"),
)
"""Of each sort of file the words of which its path has one, a pattern of the path, and the adapter.

A pattern is compiled, and tried, where there is such a word: every run asks this of every path.
"""

_MODULES = {"skaffold": "develop", "tilt": "develop", "systemd": "lines", "crontab": "lines", "procfile": "lines"}
_ON_SNIPPETS = frozenset(("systemd", "crontab", "procfile"))


def adapter_for(relative: str, head: str = "") -> str:
    """The adapter for a file, by its path; for one without a suffix also by its first line. Empty if there is none."""
    for words, pattern, adapter in _BY_PATH:
        for word in words:
            if word in relative and re.search(pattern, relative, re.DOTALL):
                return adapter
    return "shell" if is_shell_script(head) and not PurePosixPath(relative).suffix else ""


def read_commands(
    source: Source,
    programs: frozenset[str] | None = None,
    find: Find | None = None,
    is_idle: IsIdle | None = None,
) -> tuple[Command, ...]:
    """The commands in a file that carries shell, in the order they run; none if no adapter is for it.

    `programs` are those whose commands are asked for, None for all, `find` finds the files that it sources, `is_idle`
    tells commands that nobody asks about: see `klint.scripts.shell.reader.Shell`.
    """
    from klint.scripts.shell.reader import Shell, read_script
    from klint.scripts.snippet import Snippet

    adapter = adapter_for(source.relative or source.path, source.text[:200])
    if not adapter:
        return ()
    if adapter == "shell":
        if has_other_interpreter(source.text):
            return ()
        from klint.scripts.commands import Context

        return read_script(Snippet.whole(source), Context(kind="shell script"), programs, find, is_idle)
    module = import_module(f"klint.scripts.sources.{_MODULES.get(adapter, adapter)}")
    read = getattr(module, adapter if adapter in _MODULES else "commands")
    given = Snippet.whole(source) if adapter in _ON_SNIPPETS else source
    return tuple(read(given, partial(Shell, programs=programs, find=find, is_idle=is_idle)))


def read_manifest_commands(
    document: Document, programs: frozenset[str] | None = None, is_idle: IsIdle | None = None
) -> tuple[Command, ...]:
    """The commands that a manifest's containers run, and those of scripts that it carries.

    `programs` are those whose commands are asked for, None for all, `is_idle` tells those that nobody asks about: see
    `klint.scripts.shell.reader.Shell`.
    """
    from klint.scripts.shell.reader import Shell
    from klint.scripts.sources.manifests import commands

    return tuple(commands(document, partial(Shell, programs=programs, is_idle=is_idle)))


def read_declared_forwards(source: Source) -> Iterator[Forward]:
    """The port-forwards that a Skaffold file or a Tiltfile declares."""
    adapter = adapter_for(source.relative or source.path)
    if adapter in ("skaffold", "tilt"):
        from klint.scripts.sources import develop

        yield from (develop.skaffold_forwards if adapter == "skaffold" else develop.tilt_forwards)(source)

"""Programs that run another command: sudo, nohup, `bash -c`, ssh, `docker run` and so on, as tables of data.

`unwrap` takes one such program off a command line. What is left is words of another command, or text that some shell
reads as a script.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from klint.scripts.commands import Word, names, program_name
from klint.scripts.kubectl import PROGRAMS as KUBECTLS
from klint.scripts.options import read_options
from klint.scripts.wrappers.containers import ENGINES, container, pod
from klint.scripts.wrappers.inner import Inner, code_of
from klint.scripts.wrappers.placeholders import filled
from klint.scripts.wrappers.prefixes import PREFIXES, prefixed

__all__ = ["SHELLS", "Inner", "may_wrap", "unwrap"]

SHELLS = frozenset(("sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "rbash"))
_SHELL_VALUES = frozenset(("-o", "-O", "+o", "+O", "--rcfile", "--init-file"))

_RUNNER_WORDS = names(
    """retry retries repeat backoff attempt attempts eventually loop forever try run runs exec execute spawn background
    bg daemonize until poll silent silently quiet quietly must do"""
)
"""Words in the name of a function of some library that say that it runs the command it is given."""

_NAME_PARTS = re.compile(r"[^a-z]+")
_MANY = frozenset(("concurrently", "run-p", "run-s", "npm-run-all", "pm2", "stmux", "mprocs"))
_SPECIAL = frozenset(("command", "exec", "eval", "trap", "source", ".", "find", "npx", "start-stop-daemon", "tmux"))


def may_wrap(name: str) -> bool:
    """Whether a program of this name may run another command."""
    return (
        name in PREFIXES
        or name in SHELLS
        or name in _SPECIAL
        or name in ENGINES
        or name in KUBECTLS
        or name in _MANY
        or not _RUNNER_WORDS.isdisjoint(_NAME_PARTS.split(name.lower()))
    )


def unwrap(argv: Sequence[Word]) -> tuple[Inner, ...]:
    """What a command line runs, if its program is a wrapper; several where it runs several."""
    name = program_name(argv[0])
    rest = argv[1:]
    if name in SHELLS:
        return _shell(name, rest)
    if name in ("command", "exec") and _only_looks_up(name, rest):
        return ()
    if name == "command":
        return (Inner(name, tuple(read_options(rest, _never, stop=0).positionals)),)
    if name == "eval":
        return code_of(name, rest, is_same_shell=True)
    if name == "trap":
        words = read_options(rest, _never, stop=0).positionals
        return code_of(name, words[:1], is_same_shell=True) if len(words) > 1 and words[0].text != "-" else ()
    if name in ("source", "."):
        return (Inner(name, reads_stdin=True, is_same_shell=True),) if rest and rest[0].text == "/dev/stdin" else ()
    if name == "find":
        return _find(rest)
    if name in _MANY:
        return tuple(inner for word in rest if " " in word.value for inner in code_of(name, [word]))
    if name in ENGINES:
        return container(name, rest)
    if name in KUBECTLS:
        return pod(name, rest)
    if name == "npx":
        return _npx(rest)
    if name == "start-stop-daemon":
        return _daemon(name, rest)
    if name == "tmux" and rest and rest[0].text in ("send-keys", "send"):
        return _keys(name, rest[1:])
    if name in PREFIXES:
        return prefixed(name, rest)
    return _runner(name, rest)


def _never(_flag: str) -> bool:
    return False


def _only_looks_up(name: str, rest: Sequence[Word]) -> bool:
    """`command -v kubectl` runs nothing."""
    flags = read_options(rest, _never, stop=0).flags
    return name == "command" and any(flag.name in ("-v", "-V") for flag in flags)


def _shell(name: str, rest: Sequence[Word]) -> tuple[Inner, ...]:
    """`bash -c 'code' name args`; a shell without a script reads one from its standard input."""
    reads_code = reads_stdin = False
    index = 0
    while index < len(rest):
        text = rest[index].value
        if text in ("--", "-"):
            index += 1
            break
        if not text.startswith(("-", "+")):
            break
        if not text.startswith("--"):
            reads_code |= "c" in text[1:] and text[0] == "-"
            reads_stdin |= "s" in text[1:]
        index += 2 if text in _SHELL_VALUES or (text[-1] == "o" and not text.startswith("--")) else 1
    words = rest[index:]
    if reads_code:
        if not words:
            return ()
        positional = tuple(words[2:])
        return (Inner(name, code=words[0].code(), positional=positional),)
    if reads_stdin or not words or words[0].text == "/dev/stdin":
        return (Inner(name, reads_stdin=True, positional=tuple(words)),)
    return ()


_DAEMON_VALUES = names(
    """-p -n -u -c -g -r -d -N -I -k -R -s -O -x -a --pidfile --name --user --chuid --group --chdir --exec
    --startas"""
)


def _daemon(name: str, rest: Sequence[Word]) -> tuple[Inner, ...]:
    """`start-stop-daemon --start --exec program -- arguments`."""
    options = read_options(rest, lambda flag: flag in _DAEMON_VALUES)
    program = options.last("-x", "-a", "--exec", "--startas")
    if program is None or program.value is None or options.last("-K", "--stop") is not None:
        return ()
    return (Inner(name, (program.value, *(options.rest or ()))),)


def _keys(name: str, rest: Sequence[Word]) -> tuple[Inner, ...]:
    """`tmux send-keys -t pane 'command' Enter`."""
    words = read_options(rest, lambda flag: flag in ("-t", "-N")).positionals
    return code_of(name, [word for word in words if word.value not in ("Enter", "ENTER", "C-m", "KPEnter")])


def _find(rest: Sequence[Word]) -> tuple[Inner, ...]:
    found = []
    index = 0
    while index < len(rest):
        if rest[index].value in ("-exec", "-execdir", "-ok"):
            end = next((at for at in range(index + 1, len(rest)) if rest[at].value in (";", "+")), len(rest))
            if end > index + 1:
                found.append(Inner("find", tuple(filled(word, "{}") for word in rest[index + 1 : end])))
            index = end
        index += 1
    return tuple(found)


def _npx(rest: Sequence[Word]) -> tuple[Inner, ...]:
    options = read_options(rest, lambda flag: flag in ("-p", "--package"), stop=0)
    return (Inner("npx", options.positionals),) if options.positionals else ()


def _runner(name: str, rest: Sequence[Word]) -> tuple[Inner, ...]:
    """A function of some library that runs what it is given: `retry 5 kubectl …`, by its name and its words."""
    if _RUNNER_WORDS.isdisjoint(_NAME_PARTS.split(name.lower())):
        return ()
    for index, word in enumerate(rest):
        if program_name(word) in KUBECTLS:
            return (Inner(name, tuple(rest[index:]), runs_functions=True),)
    return ()

"""Programs whose command line ends in another command, as a table: sudo, nohup, timeout, ssh and so on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from klint.records import dataclass
from klint.scripts.commands import Word, names
from klint.scripts.options import read_options
from klint.scripts.wrappers.inner import Inner, code_of
from klint.scripts.wrappers.placeholders import with_arguments


@dataclass(frozen=True, slots=True)
class _Prefix:
    """A program whose command line ends in another command.

    `values` are its flags that take a value, `skipped` the words of its own before the command. `code` are flags whose
    value is a script. `joined` is set where the words are joined and given to a shell.
    """

    values: frozenset[str] = frozenset()
    skipped: int = 0
    code: tuple[str, ...] = ()
    joined: bool = False
    assignments: bool = False
    in_loop: bool = False
    is_elsewhere: bool = False
    is_kept: bool = False


def _prefix(
    values: str = "",
    skipped: int = 0,
    code: str = "",
    *,
    joined: bool = False,
    assignments: bool = False,
    in_loop: bool = False,
    is_elsewhere: bool = False,
    is_kept: bool = False,
) -> _Prefix:
    return _Prefix(names(values), skipped, tuple(code.split()), joined, assignments, in_loop, is_elsewhere, is_kept)


_SSH_FLAGS = "-i -p -l -L -R -D -o -F -J -b -c -E -e -I -m -O -Q -S -W -w -B"

PREFIXES: Mapping[str, _Prefix] = {
    "sudo": _prefix("-u -g -h -p -C -D -R -T -r -t -U --user --group --host --prompt --chdir", assignments=True),
    "doas": _prefix("-u -C"),
    "env": _prefix("-u -C --unset --chdir", code="-S --split-string", assignments=True),
    "cross-env": _prefix(assignments=True),
    "cross-env-shell": _prefix(assignments=True, joined=True),
    "timeout": _prefix("-s -k --signal --kill-after", 1),
    "gtimeout": _prefix("-s -k --signal --kill-after", 1),
    "nohup": _prefix(),
    "setsid": _prefix(),
    "nice": _prefix("-n --adjustment"),
    "ionice": _prefix("-c -n --class --classdata"),
    "chrt": _prefix("-T -P -D", 1),
    "taskset": _prefix("", 1),
    "stdbuf": _prefix("-i -o -e --input --output --error"),
    "unbuffer": _prefix(),
    "time": _prefix("-f -o --format --output"),
    "coproc": _prefix(),
    "builtin": _prefix(),
    "exec": _prefix("-a"),
    "busybox": _prefix(),
    "chronic": _prefix(),
    "caffeinate": _prefix("-t -w"),
    "catchsegv": _prefix(),
    "proxychains": _prefix("-f"),
    "proxychains4": _prefix("-f"),
    "flock": _prefix("-w -E --timeout --conflict-exit-code", 1, code="-c --command"),
    "chroot": _prefix("", 1),
    "nsenter": _prefix("-t -S -G --target --setuid --setgid"),
    "unshare": _prefix("-S -G -R -w"),
    "runuser": _prefix("-u -g -G -s --user --group", code="-c --command --session-command"),
    "su": _prefix("-g -G -s -w", 1, code="-c --command --session-command"),
    "gosu": _prefix("", 1),
    "su-exec": _prefix("", 1),
    "tini": _prefix("-e -p"),
    "dumb-init": _prefix("-r --rewrite"),
    "catatonit": _prefix(),
    "with-contenv": _prefix(),
    "systemd-run": _prefix("-p -u -H -M --property --unit --uid --gid --slice --on-active --on-calendar -E --setenv"),
    "systemd-inhibit": _prefix("--what --who --why --mode"),
    "daemonize": _prefix("-c -e -o -p -l -u -E"),
    "screen": _prefix("-S -t -c -h -e -p -s -T"),
    "xargs": _prefix(
        "-I -n -P -d -L -s -E -a --replace --max-args --max-procs --delimiter --max-lines --max-chars --arg-file"
    ),
    "parallel": _prefix("-j --jobs -N -I -a --arg-file --delay --retries --timeout -C --colsep"),
    "watch": _prefix("-n --interval", joined=True, in_loop=True),
    "viddy": _prefix("-n --interval", joined=True, in_loop=True),
    "entr": _prefix("", in_loop=True),
    "watchexec": _prefix("-w -e -i -f -W -d --watch --exts --ignore --filter", joined=True, in_loop=True),
    "nodemon": _prefix("-w -e -i --watch --ext --ignore", code="-x --exec", in_loop=True),
    "script": _prefix("-E -I -O -B -T -m -o", 9, code="-c --command"),
    "dockerize": _prefix("-wait -timeout -template -stdout -stderr --wait --timeout"),
    "wait-for-it": _prefix("-h -p -t", 1),
    "wait-for-it.sh": _prefix("-h -p -t", 1),
    "wait-for": _prefix("-t", 1),
    "direnv": _prefix("", 2),
    "dotenv": _prefix("-e -c -f"),
    "aws-vault": _prefix("-d --duration --region", 2),
    "chamber": _prefix("-b -r", 2),
    "doppler": _prefix("-p -c -t --project --config --token", 1),
    "infisical": _prefix("--env --path --projectId --token", 1),
    "op": _prefix("--env-file --account", 1),
    "teller": _prefix("-c --config", 1),
    "sops": _prefix("", 2),
    "envconsul": _prefix("-prefix -secret -config"),
    "poetry": _prefix("-C --directory", 1),
    "pipenv": _prefix("", 1),
    "bundle": _prefix("", 1),
    "mise": _prefix("-C", 1),
    "devbox": _prefix("-c", 1),
    "nix-shell": _prefix("-p -I --argstr", 9, code="--run --command"),
    "tmux": _prefix("-s -n -t -c -L -S -f -x -y -e -F", 1, joined=True),
    "ssh": _prefix(_SSH_FLAGS, 1, joined=True, is_elsewhere=True, is_kept=True),
    "autossh": _prefix(f"{_SSH_FLAGS} -M", 1, joined=True, is_elsewhere=True, is_kept=True),
    "vagrant": _prefix("", 9, code="-c --command", is_elsewhere=True),
    "gcloud": _prefix("", 99, code="--command", is_elsewhere=True, is_kept=True),
    "multipass": _prefix("-d --working-directory", 2, is_elsewhere=True),
    "lxc": _prefix("--env --cwd --user --group", 2, is_elsewhere=True),
    "lxc-attach": _prefix("-n -P", is_elsewhere=True),
    "limactl": _prefix("--workdir", 2, is_elsewhere=True),
    "machinectl": _prefix("-M --uid", 2, is_elsewhere=True),
}

_SUBCOMMANDS: Mapping[str, frozenset[str]] = {
    "direnv": frozenset(("exec",)),
    "aws-vault": frozenset(("exec",)),
    "chamber": frozenset(("exec",)),
    "doppler": frozenset(("run",)),
    "infisical": frozenset(("run",)),
    "op": frozenset(("run",)),
    "teller": frozenset(("run",)),
    "sops": frozenset(("exec-env", "exec-file")),
    "poetry": frozenset(("run",)),
    "pipenv": frozenset(("run",)),
    "bundle": frozenset(("exec",)),
    "mise": frozenset(("exec", "x")),
    "devbox": frozenset(("run",)),
    "tmux": frozenset(("new", "new-session", "new-window", "neww", "split-window", "splitw", "respawn-pane")),
    "vagrant": frozenset(("ssh",)),
    "multipass": frozenset(("exec",)),
    "lxc": frozenset(("exec",)),
    "limactl": frozenset(("shell",)),
    "machinectl": frozenset(("shell",)),
}
"""Subcommands that run something. The others (`bundle install`) do not."""

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=")


def prefixed(name: str, rest: Sequence[Word]) -> tuple[Inner, ...]:
    """What a program of the table runs."""
    prefix = PREFIXES[name]

    def takes_value(flag: str) -> bool:
        return flag in prefix.values or flag in prefix.code

    options = read_options(rest, takes_value, stop=prefix.skipped)
    subcommands = _SUBCOMMANDS.get(name)
    if subcommands is not None and not (options.positionals and options.positionals[0].text in subcommands):
        return ()
    scripts = [flag.value for flag in options.flags if flag.name in prefix.code and flag.value is not None]
    if not scripts and prefix.code:
        # Behind its own words a program may still take the flag: `su user -c 'code'`.
        behind = read_options(options.positionals, takes_value)
        scripts = [flag.value for flag in behind.flags if flag.name in prefix.code and flag.value is not None]
    more = {"is_elsewhere": prefix.is_elsewhere, "in_loop": prefix.in_loop, "is_kept": prefix.is_kept}
    if scripts:
        return code_of(name, [scripts[0], *options.positionals] if name == "env" else scripts, **more)
    words = list(read_options(options.positionals[prefix.skipped :], takes_value, stop=0).positionals)
    environment: list[tuple[str, str]] = []
    while prefix.assignments and words and (match := _ASSIGNMENT.match(words[0].value)):
        environment.append((match[1], words.pop(0).value[match.end() :]))
    if name == "nice" and words and re.fullmatch(r"-?\d+", words[0].value):
        words.pop(0)
    if name in ("xargs", "parallel"):
        words = with_arguments(name, words, options.last("-I", "-i", "--replace"))
    if prefix.joined and prefix.is_elsewhere and not words:
        return (Inner(name, reads_stdin=True, is_elsewhere=True, is_kept=True),)
    if not words:
        return ()
    if name == "sops" and len(words) == 1:
        return code_of(name, words)
    if prefix.joined:
        return code_of(name, words, **more)
    return (
        Inner(
            name,
            tuple(words),
            environment=tuple(environment),
            is_elsewhere=prefix.is_elsewhere,
            in_loop=prefix.in_loop,
            runs_functions=name in ("time", "coproc"),
            is_kept=prefix.is_kept,
        ),
    )

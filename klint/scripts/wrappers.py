"""Programs that run another command: sudo, nohup, `bash -c`, ssh, `docker run` and so on, as tables of data.

`unwrap` takes one such program off a command line. What is left is words of another command, or text that some shell
reads as a script.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from klint.records import dataclass
from klint.scripts.commands import Piece, Word, names, program_name
from klint.scripts.kubectl import PROGRAMS as KUBECTLS
from klint.scripts.kubectl import takes_value as kubectl_takes_value
from klint.scripts.options import Flag, read_options
from klint.scripts.snippet import HOLE, Snippet


@dataclass(frozen=True, slots=True)
class Inner:
    """What a wrapper runs: the words of a command, or `code` that a shell reads.

    `reads_stdin` says that a shell reads its script from what is piped into it or from a heredoc.
    """

    name: str
    argv: tuple[Word, ...] = ()
    code: Snippet | None = None
    positional: tuple[Word, ...] | None = None
    reads_stdin: bool = False
    environment: tuple[tuple[str, str], ...] = ()
    is_elsewhere: bool = False
    """It runs on another machine or in a container: the script's variables and functions are not there."""
    is_same_shell: bool = False
    runs_functions: bool = False
    """It may run a function of the script; a program cannot."""
    in_loop: bool = False
    is_kept: bool = False
    """The outer command is one of its own, too: `ssh -R … host command`."""


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

_PREFIXES: Mapping[str, _Prefix] = {
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

SHELLS = frozenset(("sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "rbash"))
_SHELL_VALUES = frozenset(("-o", "-O", "+o", "+O", "--rcfile", "--init-file"))

_CONTAINERS = frozenset(("docker", "podman", "nerdctl", "docker-compose", "podman-compose", "buildah", "finch"))
_CONTAINER_SWITCHES = names(
    """-d -i -t -q -P --detach --interactive --tty --rm --privileged --init --read-only --no-healthcheck --publish-all
    --oom-kill-disable --disable-content-trust --sig-proxy --quiet --quiet-pull --no-deps --service-ports --use-aliases
    --build --remove-orphans --no-TTY -T --help --debug -D --tls --tlsverify --replace --no-hosts --tls-verify
    --compatibility --dry-run --all-resources"""
)
_KUBECTL_IMAGE = re.compile(r"(?:^|/)(?:kubectl|k8s-kubectl|hyperkube|oc|openshift-client)(?:[:@]|\Z)")
"""Images whose entry point is kubectl itself (bitnami/kubectl, rancher/kubectl, registry.k8s.io/kubectl)."""

_RUNNER_WORDS = names(
    """retry retries repeat backoff attempt attempts eventually loop forever try run runs exec execute spawn background
    bg daemonize until poll silent silently quiet quietly must do"""
)
"""Words in the name of a function of some library that say that it runs the command it is given."""

_NAME_PARTS = re.compile(r"[^a-z]+")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=")
_MANY = frozenset(("concurrently", "run-p", "run-s", "npm-run-all", "pm2", "stmux", "mprocs"))


_SPECIAL = frozenset(("command", "exec", "eval", "trap", "source", ".", "find", "npx", "start-stop-daemon", "tmux"))


def may_wrap(name: str) -> bool:
    """Whether a program of this name may run another command."""
    return (
        name in _PREFIXES
        or name in SHELLS
        or name in _SPECIAL
        or name in _CONTAINERS
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
        return _code(name, rest, is_same_shell=True)
    if name == "trap":
        words = read_options(rest, _never, stop=0).positionals
        return _code(name, words[:1], is_same_shell=True) if len(words) > 1 and words[0].text != "-" else ()
    if name in ("source", "."):
        return (Inner(name, reads_stdin=True, is_same_shell=True),) if rest and rest[0].text == "/dev/stdin" else ()
    if name == "find":
        return _find(rest)
    if name in _MANY:
        return tuple(inner for word in rest if " " in word.value for inner in _code(name, [word]))
    if name in _CONTAINERS:
        return _container(name, rest)
    if name in KUBECTLS:
        return _pod(name, rest)
    if name == "npx":
        return _npx(rest)
    if name == "start-stop-daemon":
        return _daemon(name, rest)
    if name == "tmux" and rest and rest[0].text in ("send-keys", "send"):
        return _keys(name, rest[1:])
    prefix = _PREFIXES.get(name)
    if prefix is not None:
        return _prefixed(name, prefix, rest)
    return _runner(name, rest)


def _never(_flag: str) -> bool:
    return False


def _only_looks_up(name: str, rest: Sequence[Word]) -> bool:
    """`command -v kubectl` runs nothing."""
    flags = read_options(rest, _never, stop=0).flags
    return name == "command" and any(flag.name in ("-v", "-V") for flag in flags)


def _code(
    name: str,
    words: Sequence[Word],
    *,
    is_same_shell: bool = False,
    is_elsewhere: bool = False,
    in_loop: bool = False,
    is_kept: bool = False,
) -> tuple[Inner, ...]:
    """The words, joined by blanks and read by a shell."""
    if not words:
        return ()
    code = Snippet.join([word.code() for word in words], " ")
    return (
        Inner(
            name,
            code=code,
            is_same_shell=is_same_shell,
            is_elsewhere=is_elsewhere,
            in_loop=in_loop,
            is_kept=is_kept,
        ),
    )


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


def _prefixed(name: str, prefix: _Prefix, rest: Sequence[Word]) -> tuple[Inner, ...]:
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
        return _code(name, [scripts[0], *options.positionals] if name == "env" else scripts, **more)
    words = list(read_options(options.positionals[prefix.skipped :], takes_value, stop=0).positionals)
    environment: list[tuple[str, str]] = []
    while prefix.assignments and words and (match := _ASSIGNMENT.match(words[0].value)):
        environment.append((match[1], words.pop(0).value[match.end() :]))
    if name == "nice" and words and re.fullmatch(r"-?\d+", words[0].value):
        words.pop(0)
    if name in ("xargs", "parallel"):
        words = _with_arguments(name, words, options.last("-I", "-i", "--replace"))
    if prefix.joined and prefix.is_elsewhere and not words:
        return (Inner(name, reads_stdin=True, is_elsewhere=True, is_kept=True),)
    if not words:
        return ()
    if name == "sops" and len(words) == 1:
        return _code(name, words)
    if prefix.joined:
        return _code(name, words, **more)
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
    return _code(name, [word for word in words if word.value not in ("Enter", "ENTER", "C-m", "KPEnter")])


def _with_arguments(name: str, words: list[Word], placeholder: Flag | None) -> list[Word]:
    """A command that xargs or parallel completes with words that cannot be known."""
    if name == "parallel":
        words = words[: next((index for index, word in enumerate(words) if word.value.startswith(":::")), len(words))]
    mark = "{}" if name == "parallel" or (placeholder and placeholder.value is None) else ""
    if placeholder is not None and placeholder.value is not None:
        mark = placeholder.value.value
    if mark and any(mark in word.value for word in words):
        return [_filled(word, mark) for word in words]
    if not words or placeholder is not None:
        return words
    last = words[-1]
    return [*words, Word(HOLE, last.source, last.end, last.end, True)]


def _filled(word: Word, mark: str) -> Word:
    if mark not in word.value:
        return word
    pieces = tuple(
        Piece(piece.text.replace(mark, HOLE), piece.snippet, piece.start, piece.end) for piece in word.pieces
    )
    return Word(word.value.replace(mark, HOLE), word.source, word.start, word.end, False, pieces)


def _find(rest: Sequence[Word]) -> tuple[Inner, ...]:
    found = []
    index = 0
    while index < len(rest):
        if rest[index].value in ("-exec", "-execdir", "-ok"):
            end = next((at for at in range(index + 1, len(rest)) if rest[at].value in (";", "+")), len(rest))
            if end > index + 1:
                found.append(Inner("find", tuple(_filled(word, "{}") for word in rest[index + 1 : end])))
            index = end
        index += 1
    return tuple(found)


def _container(name: str, rest: Sequence[Word]) -> tuple[Inner, ...]:
    """`docker run image command`, `docker exec container command`, and the same through compose."""

    def takes_value(flag: str) -> bool:
        return flag not in _CONTAINER_SWITCHES

    words = read_options(rest, takes_value, stop=0).positionals
    if words and words[0].text in ("compose", "container"):
        words = read_options(words[1:], takes_value, stop=0).positionals
    if not words or words[0].text not in ("run", "exec"):
        return ()
    options = read_options(words[1:], takes_value, stop=1)
    if not options.positionals:
        return ()
    image, *argv = options.positionals
    entrypoint = options.last("--entrypoint")
    if entrypoint is not None and entrypoint.value is not None:
        argv = [entrypoint.value, *argv] if entrypoint.value.value else argv
    elif words[0].text == "run" and runs_kubectl(image.value) and not (argv and program_name(argv[0]) in KUBECTLS):
        argv = [_named(image, "kubectl"), *argv]
    if not argv:
        return ()
    return (Inner(name, tuple(argv), is_elsewhere=True, is_kept=True),)


def runs_kubectl(image: str) -> bool:
    """Whether an image's entry point is kubectl."""
    return _KUBECTL_IMAGE.search(image) is not None


def _named(word: Word, text: str) -> Word:
    return Word(text, word.source, word.start, word.end)


_IN_PODS = frozenset(("exec", "run", "debug", "rsh"))


def _pod(name: str, rest: Sequence[Word]) -> tuple[Inner, ...]:
    """`kubectl exec pod -- command`, `kubectl run name --image=… -- command`."""
    if not any(word.value in _IN_PODS for word in rest):
        return ()
    options = read_options(rest, lambda flag: kubectl_takes_value("exec", flag))
    if not options.positionals or options.positionals[0].text not in _IN_PODS:
        return ()
    return (Inner(name, options.rest, is_elsewhere=True, is_kept=True),) if options.rest else ()


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

"""Command lines that give the outside a way in which no entry of the cluster knows: ngrok, `ssh -R` and their kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from klint.records import dataclass
from klint.scripts.commands import Command, Word, names
from klint.scripts.options import Options, read_options


@dataclass(frozen=True, slots=True)
class Tunnel:
    """What a command opens, as a clause whose subject is the program.

    `restarts_itself` is set where the program starts the tunnel again by itself when
    it breaks.
    """

    program: str
    deed: str
    restarts_itself: bool = False


_INTERNET = "opens a way in from the internet past every entry"

_SSH_VALUES = names("-B -b -c -D -E -e -F -I -i -J -L -l -M -m -O -o -P -p -Q -R -S -W -w")
"""Flags of OpenSSH that take a value; `-M` takes one in autossh alone."""

_PUBLIC_HOSTS = re.compile(
    r"(?:\A|[@.])(?:serveo\.net|localhost\.run|pinggy\.(?:io|link|online)|srv\.us|tuns\.sh|tunnel\.us\.ngrok\.com"
    r"|connect\.(?:[\w-]+\.)?ngrok-agent\.com|lhr\.life|bore\.pub|telebit\.(?:io|cloud))\Z"
)
"""Hosts that publish what is forwarded to them."""

_LOOPBACK = re.compile(r"localhost|127(?:\.\d+){3}|\[?::1\]?")
_FORWARD = re.compile(
    r"\A(?:(?P<bind>\[[^\]]*\]|[^:/]*):)?(?P<port>\d+|[^:/\d][^:/]*)(?::(?:\[[^\]]*\]|[^:]*):[^:]+|:/.*)?\Z"
)


def read_tunnel(command: Command) -> Tunnel | None:
    """The tunnel that a command opens; None if it opens none, or that cannot be known."""
    reader = _READERS.get(command.program)
    words = command.argv[1:]
    if reader is None or any(word.value in ("--help", "--version") for word in words):
        return None
    return reader(command.program, words)


def _verbs(verbs: str, deed: str, values: str = "") -> Callable[[str, Sequence[Word]], Tunnel | None]:
    """A program that opens a tunnel by one of its subcommands."""
    known, taking = frozenset(verbs.split("|")), names(values)

    def read(program: str, words: Sequence[Word]) -> Tunnel | None:
        positionals = read_options(words, lambda flag: flag in taking).positionals
        said = " ".join(word.value for word in positionals[:2])
        found = next((verb for verb in known if said == verb or said.startswith(f"{verb} ")), None)
        return Tunnel(f"{program} {found}", deed) if found else None

    return read


def _cloudflared(_program: str, words: Sequence[Word]) -> Tunnel | None:
    """A quick tunnel has a name of Cloudflare's making; a named one is an entry that somebody meant."""
    options = read_options(words, _takes_value_of_cloudflared)
    verbs = [word.text for word in options.positionals]
    if options.last("--url", "--hello-world", "--unix-socket") is None or verbs not in ([], ["tunnel"]):
        return None
    if options.last("--name", "-n", "--hostname", "--token", "--token-file", "--credentials-file") is not None:
        return None
    return Tunnel("cloudflared tunnel --url", _INTERNET)


def _takes_value_of_cloudflared(flag: str) -> bool:
    return flag not in ("--hello-world", "--no-autoupdate", "--no-tls-verify", "--no-chunked-encoding", "--bastion")


def _ssh(program: str, words: Sequence[Word]) -> Tunnel | None:
    """`ssh -R`. A forward to the host's loopback while a command runs there lends that command a port, no more."""
    options = read_options(words, lambda flag: flag in _SSH_VALUES, stop=1)
    control = options.last("-O")
    if control is not None and (control.value is None or control.value.text != "forward"):
        return None
    host, *remote_command = options.positionals or (None,)
    if host is None:
        return None
    for forward in _remote_forwards(options):
        found = _FORWARD.match(forward.partition(" ")[0])
        if found is None:
            continue
        if _PUBLIC_HOSTS.search(host.value):
            return Tunnel(f"{program} -R", _INTERNET, program == "autossh")
        bind = found["bind"]
        is_loopback = bind is not None and _LOOPBACK.fullmatch(bind) is not None
        if not is_loopback and (bind is not None or not remote_command):
            deed = f"opens a way in from port {found['port']} of {host.text or 'a host'} past every entry"
            return Tunnel(f"{program} -R", deed, program == "autossh")
    return None


def _remote_forwards(options: Options) -> list[str]:
    """What `-R` and `-o RemoteForward=` forward."""
    found = [flag.value.text for flag in options.all("-R") if flag.value is not None]
    for flag in options.all("-o"):
        setting = flag.value.text if flag.value is not None else None
        name, _, value = (setting or "").replace("=", " ", 1).partition(" ")
        if name.lower() == "remoteforward":
            found.append(value.strip())
    return [item for item in found if item]


def _localtunnel(program: str, words: Sequence[Word]) -> Tunnel | None:
    options = read_options(words, lambda _: True)
    return Tunnel(program, _INTERNET) if options.last("--port", "-p") is not None else None


def _pinggy(program: str, words: Sequence[Word]) -> Tunnel | None:
    options = read_options(words, lambda flag: flag in ("-p", "-R", "-L", "-l", "-o", "--localport", "--token"))
    local = options.last("-R", "-l", "--localport")
    is_given = any(re.match(r"\d+\Z|.*pinggy\.io\Z", word.value) for word in options.positionals)
    return Tunnel(program, _INTERNET) if local is not None or is_given else None


def _minikube(_program: str, words: Sequence[Word]) -> Tunnel | None:
    options = read_options(words, lambda flag: flag in ("-p", "--profile", "-n", "--namespace"))
    verb = options.positionals[0].text if options.positionals else None
    if verb == "tunnel" and options.last("--cleanup", "-c") is None:
        return Tunnel("minikube tunnel", "gives a cluster on one machine its load balancers")
    if verb == "service" and options.last("--url") is not None:
        return Tunnel("minikube service", "opens a Service of a cluster on one machine")
    return None


_READERS: Mapping[str, Callable[[str, Sequence[Word]], Tunnel | None]] = {
    "ngrok": _verbs("http|tcp|tls|start|tunnel|service start|service run", _INTERNET, "--config --log --region"),
    "cloudflared": _cloudflared,
    "ssh": _ssh,
    "autossh": _ssh,
    "lt": _localtunnel,
    "localtunnel": _localtunnel,
    "bore": _verbs("local", _INTERNET),
    "zrok": _verbs("share public", _INTERNET),
    "pinggy": _pinggy,
    "inlets": _verbs("client|http client|tcp client", _INTERNET),
    "inlets-pro": _verbs("client|http client|tcp client", _INTERNET),
    "telebit": _verbs("http|tcp", _INTERNET, "--config"),
    "minikube": _minikube,
}

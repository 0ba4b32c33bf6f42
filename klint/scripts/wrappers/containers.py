"""What runs in a container: `docker run image command`, `kubectl exec pod -- command`."""

from __future__ import annotations

from collections.abc import Sequence

from klint.scripts.commands import Word, names
from klint.scripts.images import with_entry_point
from klint.scripts.kubectl import takes_value as kubectl_takes_value
from klint.scripts.options import read_options
from klint.scripts.wrappers.inner import Inner

ENGINES = frozenset(("docker", "podman", "nerdctl", "docker-compose", "podman-compose", "buildah", "finch"))
_CONTAINER_SWITCHES = names(
    """-d -i -t -q -P --detach --interactive --tty --rm --privileged --init --read-only --no-healthcheck --publish-all
    --oom-kill-disable --disable-content-trust --sig-proxy --quiet --quiet-pull --no-deps --service-ports --use-aliases
    --build --remove-orphans --no-TTY -T --help --debug -D --tls --tlsverify --replace --no-hosts --tls-verify
    --compatibility --dry-run --all-resources"""
)
_IN_PODS = frozenset(("exec", "run", "debug", "rsh"))


def container(name: str, rest: Sequence[Word]) -> tuple[Inner, ...]:
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
    elif words[0].text == "run":
        argv = with_entry_point(image.value, argv, image)
    if not argv:
        return ()
    return (Inner(name, tuple(argv), is_elsewhere=True, is_kept=True),)


def pod(name: str, rest: Sequence[Word]) -> tuple[Inner, ...]:
    """`kubectl exec pod -- command`, `kubectl run name --image=… -- command`."""
    if not any(word.value in _IN_PODS for word in rest):
        return ()
    options = read_options(rest, lambda flag: kubectl_takes_value("exec", flag))
    if not options.positionals or options.positionals[0].text not in _IN_PODS:
        return ()
    return (Inner(name, options.rest, is_elsewhere=True, is_kept=True),) if options.rest else ()

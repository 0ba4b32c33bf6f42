"""Port-forwards, whether kubectl is told to make them or a development tool's file declares them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from klint.document import Span
from klint.shell.commands import Command
from klint.shell.kubectl import KINDS, PortForward, read_kubectl, read_port_forward


@dataclass(frozen=True, slots=True)
class Forward:
    """A port-forward that a file declares: `portForward` of Skaffold, `port_forwards` of Tilt.

    Empty is unknown. `profile` is the Skaffold profile that has it.
    """

    tool: str
    at: Span
    kind: str = ""
    name: str = ""
    namespace: str = ""
    port: str = ""
    local_port: str = ""
    address: str = ""
    profile: str = ""


def kind_of(name: str) -> str:
    """A kind by any name that kubectl and the tools take for it; empty when none is known."""
    return KINDS.get(name.lower(), "")


def selector_of(forward: PortForward, commands: Sequence[Command]) -> str:
    """The selector by which a script finds the pod that it forwards to, if it asks kubectl for it.

    `kubectl port-forward $(kubectl get pod -l app=web -o name) 80`, or by way of a variable. `commands` are those of
    the same script.
    """
    target = forward.target
    if target is None or target.text is not None:
        return ""
    found = ""
    for command in commands:
        if command is forward.kubectl.command:
            break
        is_inside = target.start <= command.start and command.end <= target.end
        if not is_inside and not (command.assigned_to and _names(target.raw, command.assigned_to)):
            continue
        asked = read_kubectl(command)
        selector = asked.value("-l", "--selector") if asked is not None and asked.name == "get" else None
        if selector is not None:
            found = selector.text or ""
    return found


def _names(raw: str, variable: str) -> bool:
    return re.search(rf"\$\{{?{re.escape(variable)}(?!\w)", raw) is not None


def read_forwards(commands: Sequence[Command]) -> list[PortForward]:
    """The port-forwards among a script's commands."""
    found = (read_kubectl(command) for command in commands)
    return [forward for item in found if item is not None and (forward := read_port_forward(item)) is not None]

"""Port-forwards, whether kubectl is told to make them or a development tool's file declares them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from klint.records import dataclass
from klint.scripts.commands import Command
from klint.scripts.kubectl import KINDS, Kubectl, PortForward, read_kubectl, read_port_forward
from klint.text.source import Span


@dataclass(frozen=True, slots=True)
class Forward:
    """A port-forward that a file declares: `portForward` of Skaffold, `port_forwards` of Tilt.

    Empty is unknown. `profile` is the Skaffold profile that has it, `address_at` where the address alone is written.
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
    address_at: Span | None = None


_VARIABLE = re.compile(r"\$\{?(\w+)")


def kind_of(name: str) -> str:
    """A kind by any name that kubectl and the tools take for it; empty when none is known."""
    return KINDS.get(name.lower(), "")


class Questions:
    """The selectors by which a script asks kubectl for pods: `kubectl get pod -l app=web -o name`.

    `commands` are those of one script, in order, each with how kubectl reads it.
    """

    def __init__(self, commands: Iterable[tuple[Command, Kubectl | None]]) -> None:
        self._by_variable: dict[str, list[tuple[int, str]]] = {}
        by_start: list[tuple[int, int, int, str]] = []
        for position, (command, kubectl) in enumerate(commands):
            selector = kubectl.value("-l", "--selector") if kubectl is not None and kubectl.name == "get" else None
            if selector is None:
                continue
            text = selector.text or ""
            by_start.append((command.start, command.end, position, text))
            if command.assigned_to:
                self._by_variable.setdefault(command.assigned_to, []).append((position, text))
        self._by_start = sorted(by_start)

    def selector_for(self, forward: PortForward, before: int) -> str:
        """The selector by which the script finds the pod that it forwards to, if it asks kubectl for it.

        `kubectl port-forward $(kubectl get pod -l app=web -o name) 80`, or by way of a variable. The last question
        before the command at position `before` counts.
        """
        target = forward.target
        if target is None or target.text is not None:
            return ""
        found = [(-1, "")]
        for index in range(bisect_left(self._by_start, (target.start,)), len(self._by_start)):
            start, end, position, text = self._by_start[index]
            if start > target.end:
                break
            if end <= target.end and position < before:
                found.append((position, text))
        for name in set(_VARIABLE.findall(target.raw)):
            asked = self._by_variable.get(name, [])
            earlier = bisect_left(asked, (before,))
            if earlier:
                found.append(asked[earlier - 1])
        return max(found)[1]


def read_forwards(commands: Sequence[Command]) -> list[PortForward]:
    """The port-forwards among a script's commands."""
    found = (read_kubectl(command) for command in commands)
    return [forward for item in found if item is not None and (forward := read_port_forward(item)) is not None]

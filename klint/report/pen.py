"""Colours text for a terminal."""

from __future__ import annotations

from klint.findings import Severity
from klint.hops import State


class Pen:
    """Colours text, or leaves it alone. Each method is one meaning."""

    def __init__(self, *, is_on: bool) -> None:
        self.is_on = is_on

    def style(self, text: str, **style: str | bool) -> str:
        """Text in a style of click's, where it is on."""
        if not (self.is_on and text):
            return text
        from click import style as styled

        return styled(text, **style)  # type: ignore[arg-type]

    def severity(self, text: str, severity: Severity | None) -> str:
        """How grave something is."""
        color = {Severity.ERROR: "red", Severity.WARNING: "yellow"}.get(severity or Severity.NOTE, "cyan")
        return self.style(text, fg=color, bold=True)

    def state(self, text: str, state: State | None) -> str:
        """Whether a hop leads on."""
        if state in (None, State.RESOLVED):
            return text
        return self.style(text, fg="red" if state is State.BROKEN else "yellow", bold=True)

    def change(self, text: str, *, is_worse: bool) -> str:
        """What a change is."""
        return self.style(text, fg="red" if is_worse else "green", bold=True)

    def strong(self, text: str) -> str:
        """What a reader looks for."""
        return self.style(text, bold=True)

    def faint(self, text: str) -> str:
        """What is by the way."""
        return self.style(text, dim=True)

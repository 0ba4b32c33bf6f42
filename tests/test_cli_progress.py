"""The line that tells how far something slow has come: when it is shown, what it says, and that it goes."""

import io
from threading import Event
from types import SimpleNamespace

import pytest

from klint.cli import progress
from klint.cli.progress import LONG, PATIENCE, Progress


class Terminal(io.StringIO):
    """A terminal that can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.is_written = Event()

    def isatty(self) -> bool:
        return True

    def flush(self) -> None:
        self.is_written.set()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=terminal))  # pytest sets that of sys itself
    return terminal


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "monotonic", clock)
    return clock


def test_what_is_quick_shows_nothing(terminal: Terminal, clock: Clock) -> None:
    with Progress("Rendering", is_shown=True) as shown:
        shown.update(1, 2)
        clock.now += PATIENCE / 2
        shown.update(2, 2)
    assert terminal.getvalue() == ""


def test_what_is_slow_says_how_far_it_is_and_leaves_nothing(terminal: Terminal, clock: Clock) -> None:
    with Progress("Rendering", is_shown=True) as shown:
        clock.now += 3
        shown.update(1, 20)
        clock.now += LONG
        shown.update(2, 20)
    first, second, last = terminal.getvalue().split("\r")[:-1]
    assert first == "Rendering 1 of 20, 3 s"
    assert second == "Rendering 2 of 20, 13 s (Ctrl-C reports on what is done)"
    assert last == " " * len(second)


def test_what_takes_long_in_one_piece_is_seen_to_go_on(
    terminal: Terminal, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is done meanwhile, and nobody tells."""
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    clock.now -= 5
    shown = Progress("Rendering", is_shown=True)
    clock.now += 5
    with shown:
        assert terminal.is_written.wait(60)
    assert terminal.getvalue().startswith("Rendering, 5 s\r")


def test_nothing_is_shown_where_nobody_sees_it(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (io.StringIO(), None):
        monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=stream))
        with Progress("Rendering", is_shown=True) as shown:
            clock.now += 100
            shown.update(1, 2)
        assert stream is None or stream.getvalue() == ""


def test_nothing_is_shown_that_nobody_wants(terminal: Terminal, clock: Clock) -> None:
    with Progress("Rendering", is_shown=False) as shown:
        clock.now += 100
        shown.update(1, 2)
    assert terminal.getvalue() == ""

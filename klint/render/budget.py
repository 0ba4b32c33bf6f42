"""How long rendering may take: a render of its chart's time, a chart of the run's."""

from __future__ import annotations

import threading

from klint.render.outcomes import InterruptedRenderError

RENDER_LIMIT = 30.0
"""Seconds one chart may take with one set of values. Large public charts take less than one."""

CHART_LIMIT = 90.0
"""Seconds one chart may take with all its sets of values."""

BUILD_LIMIT = 60.0
"""Seconds one build of a kustomization may take."""

RUN_LIMIT = 900.0
"""Seconds all of a run's renders may take, unless the command line says otherwise."""


class RunOutOfTimeError(Exception):
    """The run has spent what it may spend on rendering: what is not rendered yet will not be."""


class Budget:
    """Seconds of processor time that may be spent, by several threads at once, and how much of them is left.

    What is spent of a chart's budget is spent of the run's, too. Renders that run at the same time may each take what
    is left, so that together they can take somewhat more.
    """

    def __init__(self, seconds: float, error: Exception, within: Budget | None = None) -> None:
        """`error` is what there is to say when nothing is left; `within` is the budget that this is a part of."""
        self._left = seconds
        self.error = error
        self._within = within
        self._lock = threading.Lock()

    def left(self, most: float) -> float:
        """Seconds that one more render may take: `most`, or what is left.

        Raises:
            InterruptedRenderError, RunOutOfTimeError: nothing is left of this budget, or of the run's.
        """
        error = self._spent()
        if error is not None:
            raise error
        within = self._within.left(most) if self._within else most
        return min(within, self._left)

    def spend(self, seconds: float) -> None:
        """Take off what a render took."""
        with self._lock:
            self._left -= seconds
        if self._within:
            self._within.spend(seconds)

    def exceeded(self, most: float) -> Exception:
        """What to say of a render that was ended, once what it took is spent."""
        return self._spent() or InterruptedRenderError(f"it takes longer than {most:.0f} seconds")

    def _spent(self) -> Exception | None:
        """What to say if nothing is left."""
        error = self._within._spent() if self._within else None
        return error or (self.error if self._left <= 0 else None)


def run_budget(seconds: float = RUN_LIMIT) -> Budget:
    """What a run may spend."""
    return Budget(seconds, RunOutOfTimeError())


def chart_budget(run: Budget | None = None) -> Budget:
    """What a chart may spend, with whatever values."""
    message = f"it takes longer than {CHART_LIMIT:.0f} seconds with all its sets of values"
    return Budget(CHART_LIMIT, InterruptedRenderError(message), run)

"""The Helm library, in a process of its own that can be ended."""

from __future__ import annotations

import base64
import json
import subprocess
import threading
from collections.abc import Sequence
from importlib.util import find_spec
from types import TracebackType
from typing import IO, Any, Self

from klint.render.budget import RENDER_LIMIT, Budget
from klint.render.cache import identity
from klint.render.helm.answer import Answer, Rendered, answer
from klint.render.helm.request import TemplateRequest
from klint.render.outcomes import InterruptedRenderError, RenderError
from klint.render.sandbox import ENDED, start
from klint.render.stopwatch import Stopwatch

MAX_ANSWER = 2**29
"""Characters of what the process that renders answers: a chart and its marked copy, escaped."""


class EmbeddedHelm:
    """The Helm library in a process of its own, started when first asked and again after a time-out."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._is_killed = False
        library = find_spec("helm_python")
        self.version = identity((library.origin if library else "") or "")

    @staticmethod
    def is_available() -> bool:
        """Whether the extra that brings it is installed."""
        return find_spec("helm_python") is not None

    def render(self, request: TemplateRequest) -> Answer:
        """Render a chart. Raises RenderError when the templates fail or take too long."""
        return answer(self, request)

    def outcomes(
        self, request: TemplateRequest, archives: Sequence[bytes], *, until_one_renders: bool = False
    ) -> list[Rendered | RenderError]:
        """Render each archive with the same values unless the first fails, or one by one until one renders."""
        message = {
            "archives": [base64.b64encode(archive).decode() for archive in archives],
            "until_one_renders": until_one_renders,
            "texts": list(request.texts),
            "sets": list(request.sets),
            "strings": list(request.strings),
            "literals": list(request.literals),
            "options": request.options(),
        }
        try:
            answer = self._ask(json.dumps(message), request.budget)
        except RenderError as error:
            return [error for _ in archives]
        return [_outcome(item) for item in answer]

    def kill(self) -> None:
        """End what is rendered, and render no more; for another thread than the one that renders."""
        self._is_killed = True
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _ask(self, line: str, budget: Budget) -> list[dict[str, Any]]:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        process = self._process = self._process or start("helm.worker", "helm_python")
        if self._is_killed:  # asked for last, so that whoever kills sees the process or is seen here
            raise InterruptedRenderError("it was interrupted")
        limit = budget.left(RENDER_LIMIT)
        with _Deadline(process, limit) as deadline:
            try:
                stdin, stdout = _pipes(process)
                stdin.write(line + "\n")
                stdin.flush()
                text = stdout.readline(MAX_ANSWER)
            except OSError:
                text = ""
        budget.spend(limit if deadline.is_over else deadline.watch.taken())
        if text.endswith("\n"):
            return list(json.loads(text))
        self.close()
        if deadline.is_over:
            raise budget.exceeded(RENDER_LIMIT)
        raise InterruptedRenderError(ENDED["crash"])


def _outcome(item: dict[str, Any]) -> Rendered | RenderError:
    """What the process answered for one archive."""
    if "ended" in item:
        return InterruptedRenderError(ENDED[item["ended"]])
    return RenderError(item["error"]) if "error" in item else item["rendered"]


class _Deadline:
    """Ends a process that takes too long, unless this is left before."""

    def __init__(self, process: subprocess.Popen[str], limit: float) -> None:
        self.watch = Stopwatch(process.pid)
        self.is_over = False
        self._process = process
        self._limit = limit
        self._is_left = threading.Event()
        self._thread = threading.Thread(target=self._attend, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_left.set()
        self._thread.join()

    def _attend(self) -> None:
        while (seconds := self.watch.left(self._limit)) > 0:
            if self._is_left.wait(seconds):
                return
        self.is_over = True
        self._process.kill()


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    if process.stdin is None or process.stdout is None:
        raise OSError("the process has no pipes")
    return process.stdin, process.stdout

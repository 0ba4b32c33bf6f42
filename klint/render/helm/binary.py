"""A `helm` program, run in a sandbox."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from klint.records import replace
from klint.regex import regex
from klint.render.budget import RENDER_LIMIT, Budget
from klint.render.cache import identity
from klint.render.helm.answer import Answer, Rendered, answer
from klint.render.helm.charts import MAX_CHART_SIZE
from klint.render.helm.request import SERVED_KINDS, TemplateRequest
from klint.render.outcomes import InterruptedRenderError, RenderError
from klint.render.packed import gunzip, untar
from klint.render.sandbox import ENDED, Finished, Sandbox, SandboxError, find_program

_SOURCE = regex(r"^---\n# Source: ([^\n]+)\n", re.MULTILINE)


class HelmBinary:
    """A `helm` program. Charts are written out below the folder of a sandbox, and it reads nothing else."""

    def __init__(self, program: str) -> None:
        self.program = os.path.abspath(program)
        self.version = identity(program)
        self._sandbox: Sandbox | None = None
        self._is_killed = False

    @staticmethod
    def find() -> str | None:
        """The program on the PATH."""
        return find_program("helm")

    def render(self, request: TemplateRequest) -> Answer:
        """Render a chart. Raises RenderError as the embedded library does."""
        return answer(self, request)

    def outcomes(
        self, request: TemplateRequest, archives: Sequence[bytes], *, until_one_renders: bool = False
    ) -> list[Rendered | RenderError]:
        """Render each archive with the same values, or one after the other until one renders."""
        found: list[Rendered | RenderError] = []
        for archive in archives:
            try:
                found.append(self._template(request, archive))
                if until_one_renders:
                    break
            except SandboxError as error:
                self.close()
                found.append(InterruptedRenderError(str(error)))
            except RenderError as error:
                found.append(error)
        return found

    def kill(self) -> None:
        """End what is rendered, and render no more; for another thread than the one that renders."""
        self._is_killed = True
        sandbox = self._sandbox
        if sandbox is not None:
            sandbox.kill()

    def close(self) -> None:
        """End what runs."""
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None

    def _template(self, request: TemplateRequest, archive: bytes) -> dict[str, str]:
        sandbox = self._sandbox = self._sandbox or Sandbox()
        if self._is_killed:
            raise InterruptedRenderError("it was interrupted")
        with tempfile.TemporaryDirectory(dir=sandbox.folder) as name:
            folder = Path(name)
            chart = _write_out(archive, folder)
            options = [f"--namespace={request.namespace}", f"--kube-version={request.kube_version}"]
            for number, text in enumerate(request.texts):
                values = folder / f"values-{number}.yaml"
                values.write_text(text, "utf-8", "surrogateescape")
                options.append(f"--values={values}")
            options += [f"--set={expression}" for expression in request.sets]
            options += [f"--set-string={expression}" for expression in request.strings]
            options += [f"--set-literal={expression}" for expression in request.literals]
            options += [f"--api-versions={version}" for version in (*SERVED_KINDS, *request.api_versions)]
            command = [self.program, "template", *options, "--", request.name, str(chart)]
            result = _run(sandbox, command, request.budget)
            if result.code != 0 and _BROKEN_OUTPUT in result.err and not result.ended:
                # What it renders to is no YAML: klint finds that out by itself, and where.
                result = replace(_run(sandbox, [*command[:2], "--debug", *command[2:]], request.budget), code=0)
        if result.ended == "time":
            raise request.budget.exceeded(RENDER_LIMIT)
        if result.ended:
            raise InterruptedRenderError(ENDED[result.ended])
        if result.code != 0:
            # Where the chart was written out is of no interest to anybody.
            error = result.err.removesuffix(_ADVICE).strip().removeprefix("Error: ")
            raise RenderError(error.replace(f"{chart}/", "").replace(f"{folder}/", ""))
        return _by_source(result.out)


_BROKEN_OUTPUT = "YAML parse error on "
_ADVICE = "\nUse --debug flag to render out invalid YAML\n"


def _run(sandbox: Sandbox, command: Sequence[str], budget: Budget) -> Finished:
    """Run a command out of a budget of time."""
    result = sandbox.run(command, seconds=budget.left(RENDER_LIMIT))
    budget.spend(result.seconds)
    return result


def _write_out(archive: bytes, folder: Path) -> Path:
    """Write out the files of a chart that klint packed. Their names are checked all the same.

    Raises:
        RenderError: two of them cannot stand beside each other on a disk.
    """
    chart = folder / "chart"
    try:
        for path, data in untar(gunzip(archive, 2 * MAX_CHART_SIZE)):
            file = chart.joinpath(*path.parts[1:])
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    except OSError as error:
        raise RenderError(f"its files cannot be written: {error.strerror}") from None
    return chart


def _by_source(text: str) -> dict[str, str]:
    """What `helm template` prints, by the template that `# Source:` names."""
    found: dict[str, str] = {}
    matches = list(_SOURCE.finditer(text))
    for number, match in enumerate(matches):
        end = matches[number + 1].start() if number + 1 < len(matches) else len(text)
        body = text[match.end() : end]
        found[match[1]] = f"{found[match[1]]}---\n{body}" if match[1] in found else body
    return found

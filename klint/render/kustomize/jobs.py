"""The kustomizations of a workspace, each built by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from klint.records import cached_property, dataclass, field
from klint.render.budget import BUILD_LIMIT, Budget
from klint.render.cache import Cache, identity
from klint.render.helm.jobs import ChartJobs
from klint.render.jobs import Job, without_tool
from klint.render.outcomes import InterruptedRenderError, RenderError, outcome
from klint.render.sandbox import SandboxError, Sandboxes
from klint.workspace.paths import shown
from klint.workspace.rendering import Rendering, Sources
from klint.workspace.workspace import Workspace

if TYPE_CHECKING:
    from klint.render.helm.values import ValueSet
    from klint.render.kustomize.builder import Builder
    from klint.render.kustomize.delivered import DeliveredFolders
    from klint.render.kustomize.kustomizations import Kustomization, Kustomizations
    from klint.render.kustomize.staging.stage import Stage
    from klint.text.document import Document
    from klint.workspace.deployers.delivery import Delivery
    from klint.workspace.deployers.variables import Values


@dataclass(frozen=True)
class KustomizationJobs:
    """The kustomizations of a workspace, and the processes that build them."""

    workspace: Workspace
    sources: Sources
    cache: Cache
    charts: ChartJobs
    budget: Budget
    allow_network: bool
    whole_definitions: bool
    sandboxes: Sandboxes = field(default_factory=Sandboxes)
    fetching: Sandboxes = field(default_factory=lambda: Sandboxes(network=True))

    def jobs(self, taken_in: Collection[Path] = (), holding: Collection[Path] | None = None) -> Iterator[Job]:
        """A job for each kustomization that is built by itself; not for those in some folders.

        `holding` leaves those that take in one of some files.
        """
        if not self.workspace.kustomizations:
            return
        found = self._all.roots(self.workspace.kustomizations, bases_too=self.workspace.config.build_bases)
        roots = [root for root in found if root.folder not in taken_in and root.folder not in self._built]
        if holding is not None:
            roots = [root for root in roots if not self._files_of(root).isdisjoint(holding)]
        builder = self._builder
        if not roots or (builder is None and holding is not None):
            return
        self._built.update(root.folder for root in roots)
        if builder is None:
            files = [root.file for root in roots]
            outcome = "linted as written, not as built"
            yield Job("", partial(without_tool, files, "kustomization", outcome, "kustomize", self.sources))
            return
        for root in roots:
            yield Job(shown(root.folder), partial(self._build, root, builder), root.file)

    def named(self) -> set[Path]:
        """The files and folders that kustomizations name as their resources."""
        found = (item for folder in self.workspace.kustomizations if (item := self._all.get(folder)))
        return {path for item in found for path in _resources(item)}

    def _files_of(self, root: Kustomization) -> set[Path]:
        """The files of the resources that a kustomization and those that it takes in name."""
        return {path for item in self._all.reached(root) for path in _resources(item)}

    def deliveries(self, deliveries: Iterable[tuple[Delivery, Values | None]]) -> Iterator[Job]:
        """A job for each folder that somebody deploys, as far as it is linted, and what is filled in then."""
        if self._builder is None:
            return
        for delivery, values in deliveries:
            root = self._delivered.kustomization(delivery)
            if root is not None:
                name = self._name(delivery, root)
                build = partial(self._build, root, self._builder, delivery, values, name)
                yield Job(name, build, self.workspace.root / delivery.file)

    def taken_in(self, delivery: Delivery) -> set[Path]:
        """The folders of the kustomizations that are not built by themselves, since they are as part of a delivery."""
        root = self._delivered.kustomization(delivery)
        if root is None or self.workspace.config.build_bases:
            return {root.folder} if root else set()
        return {item.folder for item in self._all.reached(root)}

    def _name(self, delivery: Delivery, root: Kustomization) -> str:
        """What reports call what is delivered: its folder, and by whom if somebody else deploys that as well."""
        name = folder = shown(root.folder)
        number = 1
        while name in self._names:
            name = f"{folder} by {delivery} of {delivery.file}" + (f" ({number})" if number > 1 else "")
            number += 1
        self._names.add(name)
        return name

    @property
    def is_available(self) -> bool:
        """Whether there is anything that builds."""
        return self._builder is not None

    def post_rendered(self, rendering: Rendering, values: ValueSet) -> Rendering:
        """What a chart renders to after the post-renderers of its values."""
        from klint.render.kustomize.postrendering import post_rendered  # few have any

        builder = self._builder
        if builder is None:
            return rendering
        return post_rendered(
            rendering,
            values.post_renderers,
            lambda root, objects: self._build(root, builder, name=rendering.name, objects=objects),
            self.sources,
            self.workspace.root / rendering.paths[0],
        )

    @cached_property
    def _all(self) -> Kustomizations:
        from klint.render.kustomize.kustomizations import Kustomizations  # many workspaces have charts alone

        return Kustomizations(self.sources)

    @cached_property
    def _delivered(self) -> DeliveredFolders:
        from klint.render.kustomize.delivered import DeliveredFolders  # most workspaces have nothing that deploys

        return DeliveredFolders(self.workspace, self._all)

    @cached_property
    def _builder(self) -> Builder | None:
        from klint.render.kustomize.builder import find_builder

        return find_builder(self._answer)

    def _answer(self, command: Sequence[str]) -> str:
        """What a program prints, asked once for each version of it."""

        def ask() -> str:
            try:
                with self.sandboxes.borrow() as sandbox:
                    done = sandbox.run(command, seconds=BUILD_LIMIT)
            except SandboxError as error:
                raise InterruptedRenderError(str(error)) from None
            return done.out if done.code == 0 and not done.ended else ""

        answer = outcome(self.cache, [identity(command[0]), *command], ask, _text, _as_json)
        return "" if isinstance(answer, RenderError) else answer

    @cached_property
    def _reads_above(self) -> bool:
        """Whether all kustomizations may read files that are not below them."""
        from klint.workspace.deployers.argo.options import build_options, is_unrestricted

        options = (self.workspace.config.build_options, *build_options(self.workspace.documents))
        return any(map(is_unrestricted, options))

    @cached_property
    def _built(self) -> set[Path]:
        """The folders of the kustomizations that jobs were made for by themselves."""
        return set()

    @cached_property
    def _names(self) -> set[str]:
        return set()

    def _build(
        self,
        root: Kustomization,
        builder: Builder,
        delivery: Delivery | None = None,
        values: Values | None = None,
        name: str = "",
        objects: Sequence[Document] = (),
    ) -> Rendering:
        from klint.render.kustomize.rendering import render_kustomization

        def build(staged: Stage) -> str | RenderError:
            # What was fetched may be another thing tomorrow.
            cache = Cache(None) if staged.is_remote else self.cache
            sandboxes = self.fetching if staged.is_remote else self.sandboxes
            inputs = [identity(builder.command[0]), *builder.command, *_flat(staged.files)]
            return outcome(cache, inputs, partial(builder.build, staged, sandboxes, self.budget), _text, _as_json)

        charts = self.charts if self.charts.has_helm else None
        return render_kustomization(
            root,
            self._all,
            build,
            charts,
            allow_network=self.allow_network,
            whole_definitions=self.whole_definitions,
            reads_above=self._reads_above or bool(objects),
            delivery=delivery,
            values=values,
            name=name,
            objects=objects,
        )

    def kill(self) -> None:
        """End what is built, from another thread."""
        self.sandboxes.kill()
        self.fetching.kill()

    def close(self) -> None:
        """End the processes."""
        self.sandboxes.close()
        self.fetching.close()


def _resources(found: Kustomization) -> Iterator[Path]:
    return (found.path(name) for name, _ in found.entries("resources") if "\n" not in name and "\0" not in name)


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

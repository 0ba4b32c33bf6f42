"""ApplicationSets → the Applications that they make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from klint.kube.resource import mapping, sequence, string
from klint.records import dataclass
from klint.text.data import MISSING, patched, value_at
from klint.text.document import Document, Path, Place
from klint.text.source import Source, Span
from klint.workspace.deployers.argo.generators import MAX_APPLICATIONS, Generators
from klint.workspace.deployers.argo.parameters import Dialect, Params, merged, parsed
from klint.workspace.deployers.argo.unknown import NotFollowedError

_TEMPLATE: Path = ("spec", "template")
_PATCH: Path = ("spec", "templatePatch")


@dataclass(frozen=True, eq=False)
class GeneratedOrigin:
    """The way back from an Application to the templates of the ApplicationSet that makes it, the first that has a value
    before the others. What the `patch` has, a text in the ApplicationSet says."""

    made_by: Document
    templates: tuple[Path, ...]
    patch: Any = None

    @property
    def written(self) -> Document | None:
        """The ApplicationSet, where a person writes that."""
        return self.made_by.origin.written if self.made_by.origin else self.made_by

    def back(self, rendered: Span) -> Span:
        """Where it is made: the Application has no text of its own."""
        return self.made_by.span(_TEMPLATE)

    def span(self, document: Document, path: Path) -> Span:
        """Where to edit the value at a path."""
        return self._at(path).span

    def place(self, document: Document, path: Path) -> Place | None:
        """The place in a template that has the value as it is; None where it is filled in."""
        found = self._at(path)
        value = found.value
        return found if value is not MISSING and value == value_at(document.data, path) else None

    def related(self, document: Document, path: Path) -> tuple[tuple[str, Span], ...]:
        """Nothing: which parameters fed it does not matter to who edits the template."""
        return ()

    def _at(self, path: Path) -> Place:
        if value_at(self.patch, path) is not MISSING:
            return Place(self.made_by, _PATCH)
        found = (Place(self.made_by, (*template, *path)) for template in self.templates)
        return next((place for place in found if place.value is not MISSING), Place(self.made_by, (*_TEMPLATE, *path)))


def generated(
    document: Document, generators: Generators, on_unknown: Callable[[Document, str], None]
) -> Iterator[Document]:
    """The Applications that an ApplicationSet makes, each a document whose places are in the set's templates.

    `on_unknown` is told what klint does not follow, once for each reason.

    Source: argo-cd's docs operator-manual/applicationset/Template.md.
    """
    spec = mapping(mapping(document.data).get("spec"))
    dialect = Dialect.of(spec)
    made = 0
    for index, generator in enumerate(sequence(spec.get("generators"))):
        try:
            for application in _of_generator(document, spec, index, generator, generators, dialect):
                made += 1
                if made > MAX_APPLICATIONS:
                    raise NotFollowedError(f"more than {MAX_APPLICATIONS} Applications")
                yield application
        except NotFollowedError as error:
            on_unknown(document, str(error))


def _of_generator(
    document: Document, spec: Mapping[str, Any], index: int, generator: Any, generators: Generators, dialect: Dialect
) -> Iterator[Document]:
    templates = tuple(
        path
        for kind, value in mapping(generator).items()
        if isinstance(value, dict)
        if (path := ("spec", "generators", index, kind, "template")) and isinstance(value.get("template"), dict)
    )
    template = mapping(spec.get("template"))
    for path in templates:
        template = _over(template, value_at(document.data, path))
    metadata = mapping(mapping(document.data).get("metadata"))
    for params in generators.parameters(generator, dialect):
        data = dialect.filled_in(template, params)
        patch = _patch(spec, params, dialect)
        data = patched(data, patch)
        about = {**mapping(data.get("metadata")), "namespace": string(metadata.get("namespace"))}
        yield Document(
            Source(document.source.path, "", document.source.relative),
            0,
            0,
            {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", **data, "metadata": about},
            origin=GeneratedOrigin(document, (*templates, _TEMPLATE), patch),
        )


def _patch(spec: Mapping[str, Any], params: Params, dialect: Dialect) -> Any:
    """What goes over an Application once it is made; nothing where templates are not Go's.

    Lists of an Application have no keys to merge them by: one takes the place of another.

    Source: argo-cd's docs operator-manual/applicationset/Template.md, "Template Patch", and
    applicationset/controllers/template/patch.go.
    """
    text = spec.get("templatePatch")
    if not (isinstance(text, str) and dialect.is_go):
        return {}
    patch = parsed(dialect.filled_in(text, params))
    if not isinstance(patch, dict | None):
        raise NotFollowedError("a templatePatch that is no merge patch")
    return patch or {}


def _over(base: Any, over: Any) -> Any:
    """A generator's template over the set's: what it leaves empty is the set's."""
    if isinstance(base, dict) and isinstance(over, dict):
        kept = {key: _over(base.get(key), value) for key, value in over.items() if value not in ("", None, [], {})}
        return merged(base, kept)
    return over

"""Ignores by what they are about, so that none is tried in vain, however many there are."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator

from klint.config.entries import Entries
from klint.findings import Finding
from klint.kube.resource import Resource
from klint.suppress.ignores import AnnotationIgnore, CommentIgnore, ConfiguredIgnore, Ignore
from klint.text.document import Document, Place
from klint.text.source import Span


class Lookup:
    """Finds the ignores about a finding."""

    def __init__(self, ignores: Iterable[Ignore], resources: Iterable[Resource]) -> None:
        self._by_line: dict[tuple[str, int], list[Ignore]] = defaultdict(list)
        self._by_command: dict[tuple[str, int], list[Ignore]] = {}
        self._commands: dict[tuple[str, int], int] = {}
        self._by_object: dict[_Path, list[AnnotationIgnore]] = defaultdict(list)
        self._configured: Entries[Ignore] = Entries()
        for ignore in ignores:
            if isinstance(ignore, CommentIgnore):
                for line in ignore.lines:
                    self._by_line[ignore.span.file, line].append(ignore)
                if ignore.command:
                    self._add_command(ignore)
            elif isinstance(ignore, AnnotationIgnore):
                self._by_object[id(ignore.document), ignore.path].append(ignore)
            elif isinstance(ignore, ConfiguredIgnore) and ignore.entry is not None:
                self._configured.add(ignore, ignore.entry, ignore.rules)
        self._resources = _Resources(resources) if self._configured or self._by_object else _Resources(())

    def _add_command(self, ignore: CommentIgnore) -> None:
        file, first = ignore.span.file, ignore.command.start
        if (file, first) not in self._by_command:
            self._by_command[file, first] = []
            self._commands.update(((file, line), first) for line in ignore.command)
        self._by_command[file, first].append(ignore)

    def about(self, finding: Finding) -> Iterator[Ignore]:
        """The ignores that a place of the finding falls under, whatever rules they name."""
        places = (finding.at, *(related.at for related in finding.related))
        if self._by_line:
            for place in places:
                span = place.span
                yield from self._by_line.get((span.file, span.line), ())
                if first := self._commands.get((span.file, span.line)):
                    yield from self._by_command[span.file, first]
        for at in map(self._resources.place, places) if self._by_object else ():
            for path in _around(at) if at else ():
                yield from self._by_object.get(path, ())
        if self._configured:
            source = finding.span.source
            owner = self._resources.owner(finding.at)
            yield from self._configured.about(source.relative or source.path, owner, finding.rule)


_Path = tuple[int, tuple[str | int, ...]]
"""The identity of a document, and a path in it."""


def _around(at: Place) -> Iterator[_Path]:
    """A place and all that it is in, the innermost first."""
    return ((id(at.document), at.path[:length]) for length in range(len(at.path), -1, -1))


class _Resources:
    """The resources of a workspace, by where they stand."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._by_path: dict[_Path, Resource] = {}
        documents: dict[int, Document] = {}
        for resource in resources:
            self._by_path[id(resource.document), resource.path] = resource
            documents[id(resource.document)] = resource.document
        self._documents: dict[str, list[Document]] = defaultdict(list)
        for document in documents.values():
            self._documents[document.source.path].append(document)
        self._starts: dict[str, list[int]] = {}

    def owner(self, at: Place | Span) -> Resource | None:
        """The innermost object that a place is in."""
        place = self.place(at)
        found = (self._by_path.get(path) for path in _around(place)) if place else ()
        return next((resource for resource in found if resource), None)

    def place(self, at: Place | Span) -> Place | None:
        """The place itself; for a span, as findings in a manifest's commands have, the document around it."""
        if isinstance(at, Place):
            return at
        documents = self._documents.get(at.file, ())
        if not documents:
            return None
        if at.file not in self._starts:
            self._documents[at.file] = documents = sorted(documents, key=lambda document: document.start)
            self._starts[at.file] = [_first_line(document) for document in documents]
        index = bisect_right(self._starts[at.file], at.line) - 1
        # Two may share a line, where one ends and the next begins.
        for document in documents[max(index - 1, 0) : index + 1] if index >= 0 else ():
            if _first_line(document) <= at.line <= _last_line(document):
                return Place(document, ())
        return None


def _first_line(document: Document) -> int:
    return document.source.span(document.start, document.start).line


def _last_line(document: Document) -> int:
    return document.source.span(document.end, document.end).line

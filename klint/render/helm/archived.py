"""What a chart installs out of an archive in charts/: nobody edits it there, but who asks for the chart."""

from __future__ import annotations

from collections.abc import Iterator

from klint.records import dataclass
from klint.render.helm.charts import Chart, ChartFile, subchart_names
from klint.render.helm.dependencies import dependency_span
from klint.text.document import Document, Place
from klint.text.document import Path as DataPath
from klint.text.encoding import NotTextError, decode
from klint.text.reading import read_documents
from klint.text.source import Source, Span
from klint.workspace.rendering import Sources


@dataclass(frozen=True, eq=False)
class ArchiveOrigin:
    """The way back from a file of an archive: to the dependency that asks for it."""

    dependency: Span

    @property
    def written(self) -> Document | None:
        """None: nobody writes it."""
        return None

    def back(self, rendered: Span) -> Span:
        """The dependency."""
        return self.dependency

    def span(self, document: Document, path: DataPath) -> Span:
        """The dependency."""
        return self.dependency

    def place(self, document: Document, path: DataPath) -> Place | None:
        """None: it can be set nowhere."""
        return None

    def related(self, document: Document, path: DataPath) -> tuple[tuple[str, Span], ...]:
        """Nothing else made it."""
        return ()


def archived_documents(chart: Chart, file: ChartFile, name: str, relative: str, sources: Sources) -> Iterator[Document]:
    """The documents of a file that is in an archive, called so in a rendering; none if it is no text."""
    try:
        text = decode(file.data).text
    except NotTextError:
        return
    origin = ArchiveOrigin(dependency_span(chart, subchart_names(file.name)[0], sources))
    yield from read_documents(Source(name, text, relative), origin)

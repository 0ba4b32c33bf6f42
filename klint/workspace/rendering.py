"""What rendering gives: documents that know their way back, and what could not be rendered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from klint.enums import Enum
from klint.records import dataclass, field
from klint.text.document import Document, Place, Problem
from klint.text.encoding import NotTextError, Text, decode
from klint.text.source import Source
from klint.workspace.parsed import Parsed
from klint.workspace.tree import MAX_FILE_SIZE, Tree

if TYPE_CHECKING:
    from klint.workspace.deployers.delivery import Delivery


class Missing(Enum):
    """What klint may not be given: what it is, who lacks it, and what brings it."""

    DEPENDENCIES = ("dependencies", "chart", "run helm dependency build")
    SCHEMA = ("values schema", "chart", "copy into it what it refers to")
    VALUES = ("values files", "chart", "keep them in the repository")
    DEFAULTS = ("own values", "chart", "keep its values.yaml in the repository")
    BASES = ("remote bases", "kustomization", "--allow-network fetches them")
    CHARTS = ("unvendored charts", "kustomization", "put them into its charts folder")
    HELM = ("charts", "kustomization", "install klint-k8s[helm] or put helm on the PATH")
    OUTSIDE = ("files outside the workspace", "kustomization", "lint the folder that holds them all")
    REMOTE_FILES = ("remote files", "kustomization", "keep them in the repository")
    PLACEHOLDERS = ("files with placeholders for names", "kustomization", "lint what the pipeline makes of it")
    FIELDS = ("misspelt fields", "kustomization", "write them as kustomize does")
    PLUGINS = ("functions and plugins", "kustomization", "klint runs none")
    BOUNDS = ("parts past klint's limits", "kustomization", "divide it")
    LIMITS = ("renderings past klint's limits", "folder", "lint what the pipeline makes of it")
    FILES = ("unreadable files", "folder", "keep them in the repository, as plain text")

    @property
    def what(self) -> str:
        """What is missing."""
        return self.value[0]

    def summary(self, count: int) -> str:
        """A clause that says how many lack it, and what to do."""
        what, noun, remedy = self.value
        how = "not linted" if self is Missing.DEFAULTS else "linted"
        owners = f"1 {noun} is {how} without its" if count == 1 else f"{count} {noun}s are {how} without their"
        return f"{owners} {what}: {remedy}"


@dataclass(frozen=True)
class Gap:
    """Something that a rendering lacks: all that refers to it, and is not found, is unknown and not missing.

    `folder` is that of the chart or kustomization, which may be rendered several times.
    """

    missing: Missing
    folder: Path


@dataclass(frozen=True)
class AbsentChart:
    """A dependency that a chart is rendered without, though its values do not turn it off.

    `at` is its item in Chart.yaml, and `values` are where the chart's values have some for it.
    """

    at: Place
    values: tuple[Place, ...] = ()


@dataclass(frozen=True)
class TurnedOn:
    """A value that klint set and nobody else has: `ingress.enabled=true`, and where the chart has it off."""

    name: str
    at: Place | None = None


@dataclass(frozen=True)
class ExposureOn:
    """What klint turned on of a chart, which its values have off.

    `needed` has, by the path of a document's source and the kind of the object, what brings it; without a kind, what
    brings a field of other objects there. `is_whole` is not set where a part stays off that others may refer to.
    """

    needed: Mapping[tuple[str, str], tuple[TurnedOn, ...]]
    is_whole: bool = True


@dataclass(frozen=True)
class Rendering:
    """One built kustomization, or one chart with one set of values: what is deployed together.

    `name` is what reports call it; `paths` (relative to the workspace's root) say where it goes; `consumed` are
    files that are part of it and are not manifests of their own; `written` are those a person writes comments in;
    `gaps` are what it lacks, `absent_charts` the dependencies among that, and `unread` texts in which the names of
    what it lacks may stand. `chart` is the folder of the chart that was rendered, with which values says `values`,
    empty for the chart's own; `read` are all files on the disk that what is rendered of it follows from. `delivery` is
    what it was rendered for, if somebody in the workspace deploys it; `exposure_on` is set where klint turned on what
    the chart's values have off.
    """

    name: str
    documents: tuple[Document, ...]
    paths: tuple[str, ...]
    consumed: frozenset[Path] = frozenset()
    problems: tuple[Problem, ...] = ()
    written: tuple[Source, ...] = ()
    gaps: tuple[Gap, ...] = ()
    chart: Path | None = None
    values: str = ""
    read: frozenset[Path] = frozenset()
    unread: tuple[str, ...] = ()
    absent_charts: tuple[AbsentChart, ...] = ()
    delivery: Delivery | None = None
    exposure_on: ExposureOn | None = None

    @property
    def has_gaps(self) -> bool:
        """Whether something is missing of it, because klint was not given it or because it is wrong."""
        is_part = self.exposure_on is not None and not self.exposure_on.is_whole
        return is_part or bool(self.gaps) or any(problem.rule != "duplicate-key" for problem in self.problems)


@dataclass
class Sources:
    """The files of the workspace as sources, each read once, so that every span of a file is in the same source.

    `tree` is what they are read through: nothing that lies outside of it is.
    """

    shown: Callable[[Path], str]
    relative: Callable[[Path], str]
    tree: Tree
    parsed: Parsed = field(default_factory=Parsed)
    _read: dict[Path, Source] = field(default_factory=dict)
    _held: dict[Path, bytes] = field(default_factory=dict)
    _unreadable: dict[Path, str] = field(default_factory=dict)

    def hold(self, path: Path, data: bytes) -> None:
        """Take the content of a file that was read already, for who asks for it as a source."""
        if len(data) <= MAX_FILE_SIZE:
            self._held[path] = data

    def get(self, path: Path) -> Source:
        """The file as a source; an empty one if it cannot be read as text."""
        if path not in self._read:
            try:
                data = self._held.get(path)
                found = decode(self.tree.read(path) if data is None else data)
            except (OSError, NotTextError) as error:
                found = Text("")
                self._unreadable[path] = (error.strerror or "") if isinstance(error, OSError) else "it is not UTF-8"
            self._read.setdefault(
                path, Source(self.shown(path), found.text, self.relative(path), has_bom=found.has_bom)
            )
        return self._read[path]

    def unreadable(self, path: Path) -> str:
        """Why a file cannot be read as text, in a few words; empty if it can."""
        self.get(path)
        return self._unreadable.get(path, "")

    def documents(self, path: Path) -> tuple[Document, ...]:
        """The documents of a file, read once."""
        return self.parsed.documents(self.get(path))

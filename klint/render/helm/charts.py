"""Helm charts as files: found, read with their subcharts, and packed for the renderer."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from klint.config.patterns import Patterns
from klint.kube.resource import mapping, sequence, string
from klint.records import cached_property, dataclass, field, replace
from klint.regex import regex
from klint.render.packed import PackedError, gunzip, untar
from klint.text import yaml
from klint.workspace.disk import DiskTree
from klint.workspace.tree import FolderEntry, TooLargeError, Tree, UnreadableError

KUBE_VERSIONS = tuple(f"1.{minor}.0" for minor in range(36, 9, -1))
"""Kubernetes versions that charts are rendered for where nothing names one: the newest that a chart is for."""

MAX_CHART_SIZE = 64 * 2**20
"""Bytes that a chart and the archives in it may unpack to."""

_SUBCHARTS = regex(r"(?:charts/[^/]+/)*+")
_PACKED = regex(r"charts/[^/]+\.tgz\Z")
_AFTER_OPERATOR = regex(r"([<>=!~^])\s+")
_LEFT_OUT = frozenset((".git", ".hg", ".svn", ".bzr"))
"""Folders that Helm would read, for nothing."""

_MAX_ARCHIVES = 8
"""How deep archives may lie in each other."""

_MAX_IGNORE_FILE = 2**20

_MAX_PARTS = 1000
"""Charts that a chart is known to consist of."""


class ChartError(Exception):
    """A chart that cannot be read; the message says why."""


@dataclass(frozen=True)
class ChartFile:
    """A file of a chart. `disk` is the file to edit: None for what comes out of an archive, which is then `archive`."""

    name: str
    data: bytes
    disk: Path | None
    archive: Path | None = None

    @cached_property
    def yaml(self) -> Any:
        """What it holds; None if it is no YAML."""
        try:
            return yaml.load(self.data.decode("utf-8-sig"))[0]
        except (UnicodeDecodeError, yaml.YamlError):
            return None

    @property
    def is_schema(self) -> bool:
        """Whether Helm checks values against it: that of the chart or of a subchart."""
        return in_chart(self.name)[1] == "values.schema.json"

    @property
    def is_template(self) -> bool:
        """Whether Helm runs it through its template engine."""
        return in_chart(self.name)[1].startswith("templates/")


def in_chart(name: str) -> tuple[str, str]:
    """The folder of the chart that a file is of, as `ChartPart.folder`, and the file's name in it."""
    folders = _SUBCHARTS.match(name)
    end = folders.end() if folders else 0
    return name[:end], name[end:]


def subchart_names(name: str) -> tuple[str, ...]:
    """The names of the subcharts a template is in, outermost first: the path of its values in the parent's."""
    return tuple(in_chart(name)[0].split("/")[1::2])


@dataclass(frozen=True)
class ChartPart:
    """A chart, or one that it takes in: the folder with its files, the names by which it is taken in from the outermost
    chart on (the path of its values in that one's), and the dependency that takes it in, empty where none does.
    """

    folder: str = ""
    names: tuple[str, ...] = ()
    dependency: Mapping[str, Any] = field(default_factory=dict)

    @property
    def installed(self) -> str:
        """The folder that Helm says its files are in."""
        return "".join(f"charts/{name}/" for name in self.names)


@dataclass(frozen=True)
class Chart:
    """A chart's folder with everything in it; archives in charts/ are unpacked. Names are relative to the folder."""

    folder: Path
    files: Mapping[str, ChartFile]
    unread: Mapping[str, str] = field(default_factory=dict)
    """Names of files that klint does not read, each with the reason."""

    @cached_property
    def metadata(self) -> Mapping[str, Any]:
        """Chart.yaml."""
        return mapping(self.yaml("Chart.yaml"))

    def yaml(self, name: str) -> Any:
        """What a file of it holds; None if it is no YAML, or is not there."""
        return self.files[name].yaml if name in self.files else None

    @property
    def name(self) -> str:
        """The chart's name: the first folder of every path that Helm prints."""
        return string(self.metadata.get("name")) or self.folder.name

    @cached_property
    def on_disk(self) -> frozenset[Path]:
        """The files on the disk that it is made of, archives among them."""
        return frozenset(path for file in self.files.values() for path in (file.disk, file.archive) if path is not None)

    @property
    def is_library(self) -> bool:
        """Whether it renders nothing by itself."""
        return self.metadata.get("type") == "library"

    @property
    def kubernetes(self) -> str:
        """The Kubernetes versions it is for, as a constraint; empty for all."""
        return string(self.metadata.get("kubeVersion"))

    @cached_property
    def usual_kubernetes(self) -> str:
        """The newest version of Kubernetes that it is for; the newest of all if that cannot be told."""
        return next((version for version in KUBE_VERSIONS if self.fits(version)), KUBE_VERSIONS[0])

    def fits(self, version: str) -> bool:
        """Whether it may be installed on a Kubernetes version. A constraint that cannot be read keeps nothing out."""
        return _matches(self.kubernetes, version)

    def satisfies(self, constraint: str) -> bool:
        """Whether its version is one that a dependency asks for."""
        return _matches(constraint, string(self.metadata.get("version")))

    @cached_property
    def missing_dependencies(self) -> tuple[Mapping[str, Any], ...]:
        """Dependencies, as Chart.yaml names them, that charts/ lacks. Helm refuses to render without them."""
        present = {name for folder, (name, _) in self._subcharts.items() if folder.count("/") == 2}
        asked = self._subcharts[""][1] if "" in self._subcharts else []
        return tuple(item for item in asked if string(item.get("name")) and item["name"] not in present)

    def without_missing(self) -> Chart:
        """The chart as if it did not depend on what is missing."""
        missing = [item["name"] for item in self.missing_dependencies]
        files = dict(self.files)
        for name in ("Chart.yaml", "requirements.yaml"):
            data = mapping(self.yaml(name))
            if missing and "dependencies" in data:
                kept = [item for item in sequence(data["dependencies"]) if mapping(item).get("name") not in missing]
                files[name] = replace(files[name], data=json.dumps({**data, "dependencies": kept}).encode())
        files.pop("Chart.lock", None)
        files.pop("requirements.lock", None)
        return replace(self, files=files)

    def installed_names(self, name: str) -> list[str]:
        """The names that a file has once installed: a subchart goes by its alias, and may be taken in several times."""
        folder, inner = in_chart(name)
        return [f"{installed}{inner}" for installed in self._installed.get(folder, (folder,))]

    @cached_property
    def _installed(self) -> Mapping[str, Collection[str]]:
        """Where the files of each part are once installed, by the part's folder."""
        found: dict[str, dict[str, None]] = {}
        for part in self.parts:
            found.setdefault(part.folder, {})[part.installed] = None
        return found

    @cached_property
    def parts(self) -> tuple[ChartPart, ...]:
        """The chart, and the charts in it as often as each is taken in; what takes in before what is taken in."""
        found = [ChartPart()]
        for part in found:
            dependencies = self._subcharts.get(part.folder, ("", []))[1]
            for folder, (name, _) in self._subcharts.items():
                inner = folder.removeprefix(part.folder)
                if folder.startswith(part.folder) and inner.count("/") == 2 and len(found) < _MAX_PARTS:
                    taken = [item for item in dependencies if item.get("name") == name]
                    for item in taken or [{}]:
                        installed = string(item.get("alias")) or name or inner.split("/")[1]
                        found.append(ChartPart(folder, (*part.names, installed), item))
        return tuple(found)

    @property
    def subchart_names(self) -> tuple[str, ...]:
        """The names of the charts in it, and those by which they are taken in."""
        charts = self._subcharts.values()
        aliases = (string(item.get("alias")) for _, dependencies in charts for item in dependencies)
        return tuple(dict.fromkeys(name for name in (*(name for name, _ in charts), *aliases) if name))

    @cached_property
    def _subcharts(self) -> Mapping[str, tuple[str, list[Mapping[str, Any]]]]:
        """By folder (this chart's is empty): the chart's name and the dependencies it declares."""
        found = {}
        for file in self.files:
            folder, name = in_chart(file)
            if name == "Chart.yaml":
                metadata = mapping(self.yaml(file))
                required = mapping(self.yaml(f"{folder}requirements.yaml"))
                dependencies = sequence(metadata.get("dependencies")) + sequence(required.get("dependencies"))
                found[folder] = (string(metadata.get("name")), [mapping(item) for item in dependencies])
        return found

    def archive(self, replaced: Mapping[str, bytes] | None = None) -> bytes:
        """The chart as a .tgz, with some files' contents replaced."""
        replaced = replaced or {}
        base = PurePosixPath(self.name).name or "chart"
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name, file in self.files.items():
                data = replaced.get(name, file.data)
                info = tarfile.TarInfo(f"{base}/{name}")
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        return gzip.compress(buffer.getvalue(), compresslevel=1, mtime=0)


def _matches(constraint: str, version: str) -> bool:
    """Whether a version satisfies a constraint. What cannot be read as one keeps nothing out."""
    if not constraint:
        return True
    try:
        from semantic_version import NpmSpec, Version
    except ImportError:  # a helm on the PATH, without the extra
        return True
    constraint = _AFTER_OPERATOR.sub(r"\1", " ".join(constraint.replace(",", " ").split()))
    try:
        return bool(NpmSpec(constraint).match(Version.coerce(version.removeprefix("v"))))
    except ValueError:
        return True


def find_charts(folders: Iterable[Path], tree: Tree) -> list[Path]:
    """Of some folders those that hold a chart, less the subcharts of others."""
    charts = [folder for folder in sorted(folders) if is_chart(folder, tree)]
    return [chart for chart in charts if not (chart.parent.name == "charts" and is_chart(chart.parent.parent, tree))]


def is_chart(folder: Path, tree: Tree) -> bool:
    """Whether a folder holds a chart."""
    return tree.is_file(folder / "Chart.yaml")


def read_chart(folder: Path, tree: Tree | None = None) -> Chart:
    """Read a chart with its subcharts, as `helm template` does. Links may lead to anything in the Tree, which
    is the chart's folder on the disk if none is given.

    A file that leads out of the Tree, is no regular one or cannot be read is left out: see `Chart.unread`.

    Raises:
        ChartError: it is too large.
    """
    reader = _Reader(folder, tree or DiskTree(folder))
    return Chart(folder, reader.files, reader.unread)


class _Reader:
    """Reads a chart's folder, within bounds."""

    def __init__(self, folder: Path, tree: Tree) -> None:
        self.files: dict[str, ChartFile] = {}
        self.unread: dict[str, str] = {}
        self._tree = tree
        self._left = MAX_CHART_SIZE
        self._ignored = self._ignore_patterns(folder)
        # Each folder with its name in the chart and, to find links that lead back, all that it is in.
        waiting: list[tuple[Path, str, frozenset[str]]] = [(folder, "", frozenset())]
        while waiting:
            current, prefix, above = waiting.pop()
            try:
                real = tree.real(current)
                if real in above:
                    raise UnreadableError("it leads to a folder that holds it", current)
                entries = tree.entries(current)
            except OSError as error:
                self.unread[prefix.rstrip("/") or "."] = error.strerror or str(error)
                continue
            folders = [(entry.name, self._take(current, entry, prefix)) for entry in entries]
            inside = above | {real}
            waiting.extend((found, f"{prefix}{name}/", inside) for name, found in reversed(folders) if found)
        self.files = dict(sorted(self.files.items()))

    def _take(self, folder: Path, entry: FolderEntry, prefix: str) -> Path | None:
        """Read an entry of a folder, or answer with it if it is a folder to look into."""
        name, path = prefix + entry.name, folder / entry.name
        if entry.name in _LEFT_OUT or name.startswith("templates/.") or self._ignored.match(name):
            return None
        try:
            if entry.kind == "link":
                path = Path(self._tree.real(path))  # what is to be edited
            if entry.kind == "folder" or (entry.kind == "link" and self._tree.is_folder(path)):
                return path
            data = self._tree.read(path, self._left)
        except TooLargeError:
            raise ChartError(f"it is larger than {MAX_CHART_SIZE // 2**20} MiB") from None
        except OSError as error:
            self.unread[name] = error.strerror or str(error)
            return None
        try:
            self._add(name, data, path, None)
        except PackedError as error:
            self.unread[name] = str(error)
        return None

    def _add(self, name: str, data: bytes, disk: Path | None, archive: Path | None, depth: int = 0) -> None:
        """Add a file; of an archive in charts/ all that it holds, where it would be if it were unpacked."""
        self._left -= len(data)
        if self._left < 0:
            raise ChartError(f"it is larger than {MAX_CHART_SIZE // 2**20} MiB")
        folder = PurePosixPath(name).parent
        if not _PACKED.match(in_chart(name)[1]):
            self.files[name] = ChartFile(name, data, disk, archive)
            return
        if depth > _MAX_ARCHIVES:
            raise PackedError(f"it holds more than {_MAX_ARCHIVES} archives in each other")
        for path, content in untar(gunzip(data, MAX_CHART_SIZE)):
            self._add((folder / path).as_posix(), content, None, archive or disk, depth + 1)

    def _ignore_patterns(self, folder: Path) -> Patterns:
        try:
            lines = self._tree.read(folder / ".helmignore", _MAX_IGNORE_FILE).decode("utf-8", "replace").splitlines()
        except OSError:
            lines = []
        return Patterns(tuple(line for line in lines if not line.startswith("!")))

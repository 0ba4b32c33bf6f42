"""Helm charts as files: found, read with their subcharts, and packed for the renderer."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from klint import yaml
from klint.kube.resource import mapping, sequence, string
from klint.patterns import Patterns

MAX_CHART_SIZE = 64 * 2**20
"""Bytes that a chart and the archives in it may unpack to."""

_AFTER_OPERATOR = re.compile(r"([<>=!~^])\s+")
_LEFT_OUT = frozenset((".git", ".hg", ".svn", ".bzr"))
"""Folders that Helm would read, for nothing."""

_MAX_ARCHIVES = 8
"""How deep archives may lie in each other."""


class ChartError(Exception):
    """A chart that cannot be read; the message says why."""


@dataclass(frozen=True)
class ChartFile:
    """A file of a chart. `disk` is the file to edit: None for what comes out of an archive, which is then `archive`."""

    name: str
    data: bytes
    disk: Path | None
    archive: Path | None = None

    @property
    def is_template(self) -> bool:
        """Whether Helm runs it through its template engine."""
        parts = PurePosixPath(self.name).parts
        return "templates" in parts[:-1] and _below_chart_root(parts)


def _is_chart_folder(folder: str) -> bool:
    """The chart's own folder, or one of `charts/x/`, `charts/x/charts/y/` and so on."""
    parts = folder.split("/")
    return all(part == "charts" for part in parts[:-1:2]) and len(parts) % 2 == 1


def _below_chart_root(parts: tuple[str, ...]) -> bool:
    """`templates/…`, `charts/x/templates/…` and so on, but no folder that only happens to be called templates."""
    index = 0
    while index + 2 < len(parts) and parts[index] == "charts":
        index += 2
    return parts[index] == "templates"


@dataclass(frozen=True)
class Chart:
    """A chart's folder with everything in it; archives in charts/ are unpacked. Names are relative to the folder."""

    folder: Path
    files: Mapping[str, ChartFile]

    @cached_property
    def metadata(self) -> Mapping[str, Any]:
        """Chart.yaml."""
        return mapping(_yaml(self.files["Chart.yaml"].data)) if "Chart.yaml" in self.files else {}

    @property
    def name(self) -> str:
        """The chart's name: the first folder of every path that Helm prints."""
        return string(self.metadata.get("name")) or self.folder.name

    @property
    def is_library(self) -> bool:
        """Whether it renders nothing by itself."""
        return self.metadata.get("type") == "library"

    @property
    def kubernetes(self) -> str:
        """The Kubernetes versions it is for, as a constraint; empty for all."""
        return string(self.metadata.get("kubeVersion"))

    def fits(self, version: str) -> bool:
        """Whether it may be installed on a Kubernetes version. A constraint that cannot be read keeps nothing out."""
        from semantic_version import NpmSpec, Version

        constraint = _AFTER_OPERATOR.sub(r"\1", " ".join(self.kubernetes.replace(",", " ").split()))
        try:
            return not constraint or NpmSpec(constraint).match(Version.coerce(version.removeprefix("v")))
        except ValueError:
            return True

    @cached_property
    def missing_dependencies(self) -> tuple[str, ...]:
        """Dependencies that Chart.yaml names and charts/ lacks. Helm refuses to render without them."""
        present = {name for folder, (name, _) in self._subcharts.items() if folder.count("/") == 2}
        names = [string(item.get("name")) for item in self._subcharts[""][1]] if "" in self._subcharts else []
        return tuple(name for name in names if name and name not in present)

    def installed_names(self, name: str) -> list[str]:
        """The names that a file has once installed: a subchart goes by its alias, and may be taken in several times."""
        return [*self._installed("", name)]

    def _installed(self, parent: str, name: str) -> Iterator[str]:
        parts = name.split("/", 2)
        if parts[0] != "charts" or len(parts) < 3:
            yield name
            return
        folder = f"{parent}charts/{parts[1]}/"
        chart = self._subcharts.get(folder, (parts[1], []))[0]
        dependencies = self._subcharts.get(parent, ("", []))[1]
        taken = [string(item.get("alias")) or chart for item in dependencies if item.get("name") == chart]
        for inner in self._installed(folder, parts[2]):
            yield from (f"charts/{installed}/{inner}" for installed in dict.fromkeys(taken or [chart]))

    @cached_property
    def _subcharts(self) -> Mapping[str, tuple[str, list[Mapping[str, Any]]]]:
        """By folder (this chart's is empty): the chart's name and the dependencies it declares."""
        found = {}
        for file in self.files:
            folder, _, name = file.rpartition("Chart.yaml")
            if not name and file.endswith("Chart.yaml") and _is_chart_folder(folder):
                metadata = mapping(_yaml(self.files[file].data))
                dependencies = sequence(metadata.get("dependencies"))
                requirements = self.files.get(f"{folder}requirements.yaml")
                if requirements:
                    dependencies = dependencies + sequence(mapping(_yaml(requirements.data)).get("dependencies"))
                found[folder] = (string(metadata.get("name")), [mapping(item) for item in dependencies])
        return found

    def archive(self, replaced: Mapping[str, bytes] | None = None) -> bytes:
        """The chart as a .tgz, with some files' contents replaced."""
        replaced = replaced or {}
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name, file in self.files.items():
                data = replaced.get(name, file.data)
                info = tarfile.TarInfo(f"{self.name}/{name}")
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        return gzip.compress(buffer.getvalue(), compresslevel=1, mtime=0)


def _yaml(data: bytes) -> Any:
    try:
        return yaml.load(data.decode("utf-8-sig"))[0]
    except (UnicodeDecodeError, yaml.YamlError):
        return None


def find_charts(folders: list[Path]) -> list[Path]:
    """Of some folders those that hold a chart, less the subcharts of others."""
    charts = [folder for folder in sorted(folders) if (folder / "Chart.yaml").is_file()]
    return [
        chart
        for chart in charts
        if not (chart.parent.name == "charts" and (chart.parent.parent / "Chart.yaml").is_file())
    ]


def read_chart(folder: Path, root: Path | None = None) -> Chart:
    """Read a chart with its subcharts, as `helm template` does. Links may lead to anything below `root`.

    Raises:
        ChartError: it is too large, links lead out of `root` (the chart's folder if none is given), or something
            cannot be read.
    """
    files: dict[str, ChartFile] = {}
    size = 0
    try:
        for file in _read(folder, (root or folder).resolve()):
            size += len(file.data)
            if size > MAX_CHART_SIZE:
                raise ChartError(f"The chart is larger than {MAX_CHART_SIZE // 2**20} MiB")
            files[file.name] = file
    except (OSError, tarfile.TarError, EOFError, ValueError, zlib.error) as error:
        raise ChartError(f"The chart cannot be read: {error}") from None
    return Chart(folder, files)


def _read(folder: Path, root: Path) -> Iterator[ChartFile]:
    ignored = _ignore_patterns(folder)
    for name, path in _walk(folder, "", root, (folder.resolve(),)):
        if ignored.match(name):
            continue
        data = path.read_bytes()
        if name.endswith(".tgz") and name.rpartition("/")[0].endswith("charts"):
            yield from _unpack(PurePosixPath(name).parent.as_posix(), data, path)
        else:
            yield ChartFile(name, data, path)


def _ignore_patterns(folder: Path) -> Patterns:
    try:
        lines = (folder / ".helmignore").read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    return Patterns(tuple(line for line in lines if not line.startswith("!")))


def _walk(folder: Path, prefix: str, root: Path, above: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
    """The names and places of the files in a folder; `above` are the folders that hold it, and itself, resolved."""
    for path in sorted(folder.iterdir()):
        name = prefix + path.name
        if path.name in _LEFT_OUT or name.startswith("templates/."):
            continue
        if path.is_symlink():
            path = path.resolve(strict=True)
            if not path.is_relative_to(root):
                raise ChartError(f"The chart's {name} is a link out of the workspace")
            if path in above:
                raise ChartError(f"The chart's {name} is a link to a folder that holds it")
        if path.is_dir():
            yield from _walk(path, f"{name}/", root, (*above, path.resolve()))
        elif path.is_file():
            yield name, path


def _unpack(parent: str, data: bytes, archive: Path) -> Iterator[ChartFile]:
    """The files of a packed subchart, where they would be if it were unpacked; archives in it as well."""
    if parent.count("charts") > _MAX_ARCHIVES:
        raise ChartError(f"The chart's {archive.name} holds more than {_MAX_ARCHIVES} archives in each other")
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as members:
        total = 0
        for member in members:
            parts = PurePosixPath(member.name).parts
            if not member.isfile() or ".." in parts or member.name.startswith("/"):
                continue
            total += member.size
            if total > MAX_CHART_SIZE:
                raise ChartError(f"The chart's {archive.name} unpacks to more than {MAX_CHART_SIZE // 2**20} MiB")
            stream = members.extractfile(member)
            content = stream.read() if stream else b""
            name = "/".join((parent, *parts))
            if len(parts) == 3 and parts[1] == "charts" and name.endswith(".tgz"):
                yield from _unpack(PurePosixPath(name).parent.as_posix(), content, archive)
            else:
                yield ChartFile(name, content, None, archive)

"""Helm charts as files: found, read with their subcharts, and packed for the renderer."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
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
_NEVER_IN_A_CHART = (".git/", ".hg/", ".svn/", ".bzr/", ".klint_cache/", "templates/.?*")


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
        present = {
            string(mapping(_yaml(file.data)).get("name"))
            for name, file in self.files.items()
            if name.endswith("/Chart.yaml") and name.count("/") == 2
        }
        wanted = [*sequence(self.metadata.get("dependencies"))]
        if "requirements.yaml" in self.files:
            wanted += sequence(mapping(_yaml(self.files["requirements.yaml"].data)).get("dependencies"))
        names = [string(mapping(item).get("name")) for item in wanted]
        return tuple(name for name in names if name and name not in present)

    def installed_names(self, name: str) -> list[str]:
        """The names a file of a direct subchart has once installed: a dependency may be taken in several times."""
        parts = name.split("/")
        if parts[0] != "charts" or len(parts) < 3:
            return [name]
        declared = [mapping(item) for item in sequence(self.metadata.get("dependencies"))]
        folder_names = {parts[1], string(mapping(self._subchart(parts[1])).get("name"))}
        taken = [
            string(item.get("alias")) or string(item.get("name"))
            for item in declared
            if item.get("name") in folder_names
        ]
        return ["/".join(("charts", chart, *parts[2:])) for chart in dict.fromkeys(taken or [parts[1]])]

    def _subchart(self, folder: str) -> Any:
        file = self.files.get(f"charts/{folder}/Chart.yaml")
        return _yaml(file.data) if file else None

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


def read_chart(folder: Path) -> Chart:
    """Read a chart with its subcharts.

    Raises:
        ChartError: it is too large, or cannot be read.
    """
    files: dict[str, ChartFile] = {}
    size = 0
    try:
        for name, file in _walk(folder, _ignore_patterns(folder)):
            size += len(file.data)
            if size > MAX_CHART_SIZE:
                raise ChartError(f"the chart is larger than {MAX_CHART_SIZE // 2**20} MiB")
            files[name] = file
    except (OSError, tarfile.TarError, EOFError) as error:
        raise ChartError(f"the chart cannot be read: {error}") from None
    return Chart(folder, files)


def _ignore_patterns(folder: Path) -> Patterns:
    try:
        lines = (folder / ".helmignore").read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    return Patterns((*_NEVER_IN_A_CHART, *(line for line in lines if not line.startswith("!"))))


def _walk(folder: Path, ignored: Patterns) -> Iterator[tuple[str, ChartFile]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or ignored.match(name):
            continue
        data = path.read_bytes()
        if path.parent.name == "charts" and name.endswith(".tgz"):
            yield from _unpack(PurePosixPath(name).parent.as_posix(), data, path)
        else:
            yield name, ChartFile(name, data, path)


def _unpack(parent: str, data: bytes, archive: Path) -> Iterator[tuple[str, ChartFile]]:
    """The files of a packed subchart, where they would be if it were unpacked; archives in it as well."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as members:
        total = 0
        for member in members:
            parts = PurePosixPath(member.name).parts
            if not member.isfile() or ".." in parts or member.name.startswith("/"):
                continue
            total += member.size
            if total > MAX_CHART_SIZE:
                raise ChartError(f"{archive.name} unpacks to more than {MAX_CHART_SIZE // 2**20} MiB")
            stream = members.extractfile(member)
            content = stream.read() if stream else b""
            name = "/".join((parent, *parts))
            if len(parts) == 3 and parts[1] == "charts" and name.endswith(".tgz"):
                yield from _unpack(PurePosixPath(name).parent.as_posix(), content, archive)
            else:
                yield name, ChartFile(name, content, None, archive)

"""Charts as files: what is read of them, within which bounds, and what the renderer gets."""

import gzip
import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from klint.render.helm.binary import _write_out
from klint.render.helm.charts import Chart, ChartError, read_chart
from klint.render.helm.dependencies import with_dependencies
from klint.render.helm.request import TemplateRequest
from klint.render.helm.schemas import is_self_contained
from klint.render.helm.templates import Templates
from klint.render.outcomes import RenderError
from klint.render.packed import MAX_MEMBERS, PackedError, gunzip, untar
from klint.workspace.disk import DiskTree

MIB = 2**20


def write_chart(folder: Path, name: str = "shop", *, more: str = "") -> Path:
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 1.2.3\n{more}")
    (folder / "templates" / "a.yaml").write_text("a: 1\n")
    return folder


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as members:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            members.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


# What is packed


def test_streams_one_after_another_are_one() -> None:
    assert gunzip(gzip.compress(b"a", mtime=0) + gzip.compress(b"b", mtime=0), 2) == b"ab"


@pytest.mark.parametrize("copies", [1, 3])
def test_a_stream_that_holds_too_much(copies: int) -> None:
    bomb = gzip.compress(bytes(MIB), mtime=0) * copies
    assert len(gunzip(bomb, copies * MIB)) == copies * MIB
    with pytest.raises(PackedError, match="more than"):
        gunzip(bomb, copies * MIB - 1)


@pytest.mark.parametrize(
    "data", [b"x" * 20, gzip.compress(b"x" * 99, mtime=0)[:-9], gzip.compress(b"", mtime=0) + b"x"]
)
def test_a_stream_that_is_broken(data: bytes) -> None:
    with pytest.raises(PackedError):
        gunzip(data, MIB)


NAMES = ["../a", "x/../../a", "/a", "x/..", "nul\0byte"]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_that_lead_out_of_an_archive(name: str) -> None:
    found = [path.as_posix() for path, _ in untar(archive({name: b"x", "x/inside": b"y"}))]
    assert [path for path in found if path != "nul"] == ["x/inside"]


def test_links_and_devices_of_an_archive_are_left_out() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as members:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
            info = tarfile.TarInfo(f"x/{kind!r}")
            info.type, info.linkname = kind, "/etc/passwd"
            members.addfile(info)
    assert list(untar(buffer.getvalue())) == []


def test_an_archive_of_too_many() -> None:
    folders = io.BytesIO()
    with tarfile.open(fileobj=folders, mode="w") as members:
        for number in range(MAX_MEMBERS + 1):
            info = tarfile.TarInfo(str(number))
            info.type = tarfile.DIRTYPE
            members.addfile(info)
    with pytest.raises(PackedError, match="more than"):
        list(untar(folders.getvalue()))


@pytest.mark.parametrize("data", [b"", b"x" * 1000, archive({"a": b"x" * 2000})[:1000]])
def test_an_archive_that_is_broken(data: bytes) -> None:
    with pytest.raises(PackedError):
        list(untar(data))


# What is read


def test_a_chart_with_a_packed_subchart(tmp_path: Path) -> None:
    folder = write_chart(tmp_path / "shop")
    (folder / "charts").mkdir()
    inner = gzip.compress(archive({"in/Chart.yaml": b"name: in\n"}), mtime=0)
    outer = archive({"db/Chart.yaml": b"name: db\n", "db/charts/in.tgz": inner, "../x": b"", "db/../../y": b""})
    (folder / "charts" / "db.tgz").write_bytes(gzip.compress(outer, mtime=0))
    chart = read_chart(folder)
    names = ["Chart.yaml", "charts/db/Chart.yaml", "charts/db/charts/in/Chart.yaml", "templates/a.yaml"]
    assert list(chart.files) == names
    assert chart.files[names[2]].archive == folder / "charts" / "db.tgz"


BOMBS = {
    "unpacks to more than": gzip.compress(bytes(2 * MIB), mtime=0),
    "no gzip stream": b"no archive at all",
    "no archive": gzip.compress(b"x" * 1000, mtime=0),
}


@pytest.mark.parametrize("reason", BOMBS)
def test_an_archive_that_is_not_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    monkeypatch.setattr("klint.render.helm.charts.MAX_CHART_SIZE", MIB)
    folder = write_chart(tmp_path / "shop")
    (folder / "charts").mkdir()
    (folder / "charts" / "db.tgz").write_bytes(BOMBS[reason])
    chart = read_chart(folder)
    assert list(chart.files) == ["Chart.yaml", "templates/a.yaml"]
    assert reason in chart.unread["charts/db.tgz"]


def test_archives_in_each_other(tmp_path: Path) -> None:
    folder = write_chart(tmp_path / "shop")
    (folder / "charts").mkdir()
    data = b""
    for _ in range(12):
        data = gzip.compress(archive({"x/Chart.yaml": b"name: x\n", "x/charts/x.tgz": data}), mtime=0)
    (folder / "charts" / "x.tgz").write_bytes(data)
    assert "in each other" in read_chart(folder).unread["charts/x.tgz"]


def test_what_leads_out_or_is_no_file_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("canary")
    root = tmp_path / "root"
    folder = write_chart(root / "shop")
    (root / "shared.yaml").write_text("b: 2\n")
    (folder / "templates" / "inside.yaml").symlink_to(root / "shared.yaml")
    (folder / "templates" / "outside.yaml").symlink_to(tmp_path / "secret")
    (folder / "files").symlink_to("../..")
    (folder / "loop").symlink_to(".")
    os.mkfifo(folder / ".helmignore")
    os.mkfifo(folder / "values.yaml")
    chart = read_chart(folder, DiskTree(root))
    assert list(chart.files) == ["Chart.yaml", "templates/a.yaml", "templates/inside.yaml"]
    assert sorted(chart.unread) == [".helmignore", "files", "loop", "templates/outside.yaml", "values.yaml"]
    assert chart.files["templates/inside.yaml"].disk == root / "shared.yaml"


def test_a_chart_that_is_too_large(tmp_path: Path) -> None:
    folder = write_chart(tmp_path / "shop")
    with (folder / "sparse").open("wb") as stream:
        stream.truncate(2**40)
    with pytest.raises(ChartError, match="larger than"):
        read_chart(folder)


# What it depends on


def complete(root: Path, chart: Chart) -> Chart:
    charts = {path.parent: read_chart(path.parent, DiskTree(root)) for path in sorted(root.glob("*/Chart.yaml"))}
    return with_dependencies(chart, charts.get, lambda name: [item for item in charts.values() if item.name == name])


DEPENDENCY = "dependencies: [{{name: db, version: '{}', repository: '{}'}}]\n"
REPOSITORIES = [
    ("1.x", "file://../database", True),
    ("~1.2", "https://charts.example.com", True),
    ("^2", "https://charts.example.com", False),
    ("1.x", "file://../nowhere", True),
    ("1.x", "file:///etc", True),
    ("1.x", "", True),
    ("9", "file://../database", True),
    ("1.x", "file://../shop", False),
]


@pytest.mark.parametrize(("version", "repository", "is_found"), REPOSITORIES)
def test_a_dependency_that_lies_in_the_workspace(tmp_path: Path, version: str, repository: str, is_found: bool) -> None:
    write_chart(tmp_path / "database", "db")
    folder = write_chart(tmp_path / "shop", more=DEPENDENCY.format(version, repository))
    chart = complete(tmp_path, read_chart(folder, DiskTree(tmp_path)))
    assert ("charts/db/templates/a.yaml" in chart.files) is is_found
    assert (chart.missing_dependencies == ()) is is_found
    if is_found:
        assert chart.files["charts/db/templates/a.yaml"].disk == tmp_path / "database" / "templates" / "a.yaml"


def test_dependencies_of_dependencies_and_circles(tmp_path: Path) -> None:
    write_chart(tmp_path / "database", "db", more="dependencies: [{name: shop}, {name: lib}]\n")
    write_chart(tmp_path / "lib", "lib")
    folder = write_chart(tmp_path / "shop", more="dependencies: [{name: db}]\n")
    chart = complete(tmp_path, read_chart(folder, DiskTree(tmp_path)))
    assert "charts/db/charts/lib/templates/a.yaml" in chart.files
    assert len(chart.files) < 200


def test_what_is_missing_is_not_asked_for(tmp_path: Path) -> None:
    """Helm refuses to render a chart that lacks a dependency it names."""
    folder = write_chart(tmp_path / "shop", more="dependencies: [{name: db}, {name: lib, alias: l}]\n")
    write_chart(folder / "charts" / "lib", "lib")
    (folder / "Chart.lock").write_text("digest: x\n")
    chart = read_chart(folder)
    assert [item["name"] for item in chart.missing_dependencies] == ["db"]
    handed = Templates(chart).handed
    assert json.loads(handed.files["Chart.yaml"].data)["dependencies"] == [{"name": "lib", "alias": "l"}]
    assert "Chart.lock" not in handed.files
    assert chart.without_missing().missing_dependencies == ()


# What the renderer gets

SCHEMAS = [
    ('{"type": "object"}', True),
    ('{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/definitions/a"}', True),
    ('{"$schema": "https://json-schema.org/draft/2020-12/schema"}', True),
    ('{"properties": {"$ref": {"type": "string"}}}', True),
    ('{"$ref": "http://example.com/a"}', False),
    ('{"$ref": "file:///etc/passwd"}', False),
    ('{"$ref": "other.json"}', False),
    ('{"$REF": "other.json"}', False),
    ('{"a": [{"b": {"$dynamicRef": "x#y"}}]}', False),
    ('{"$schema": "http://example.com/schema"}', False),
    ('{"$schema": "http://json-schema.org.example.com/draft-07/schema#"}', False),
    ('{"$schema": "http://json-schema.org/draft-07/schema#/../../x"}', False),
    ("{", False),
    ("[" * 100_000, False),
]


@pytest.mark.parametrize(("schema", "is_handed"), SCHEMAS, ids=range(len(SCHEMAS)))
def test_a_schema_that_refers_to_other_files_is_not_handed_on(tmp_path: Path, schema: str, is_handed: bool) -> None:
    assert is_self_contained(schema.encode()) is is_handed
    folder = write_chart(tmp_path / "shop")
    write_chart(folder / "charts" / "db", "db")
    for place in (folder, folder / "charts" / "db", folder / "files"):
        place.mkdir(exist_ok=True)
        (place / "values.schema.json").write_text(schema)
    templates = Templates(read_chart(folder))
    names = ["charts/db/values.schema.json", "values.schema.json"]
    assert list(templates.left_out) == ([] if is_handed else names)
    assert [name for name in names if name in templates.handed.files] == (names if is_handed else [])


REQUESTS = [
    ({"name": "shop"}, True),
    ({"name": "--post-renderer=./x.sh"}, False),
    ({"name": "-x"}, False),
    ({"name": "Shop"}, False),
    ({"name": "a..b"}, False),
    ({"name": "a" * 54}, False),
    ({"name": "a\nb"}, False),
    ({"name": ""}, False),
    ({"namespace": "--kubeconfig=x"}, False),
    ({"namespace": "shop-prod"}, True),
    ({"kube_version": "v1.30.1-gke.5"}, True),
    ({"kube_version": "1.30 --debug"}, False),
    ({"kube_version": "--debug"}, False),
    ({"api_versions": ["monitoring.coreos.com/v1", "networking.k8s.io/v1/Ingress"]}, True),
    ({"api_versions": ["--debug"]}, False),
    ({"api_versions": ["a b"]}, False),
]


@pytest.mark.parametrize(("fields", "is_right"), REQUESTS, ids=range(len(REQUESTS)))
def test_names_and_versions_are_what_they_should_be(fields: dict[str, object], is_right: bool) -> None:
    request = TemplateRequest(b"", **fields)  # type: ignore[arg-type]
    if is_right:
        request.check()
    else:
        with pytest.raises(RenderError):
            request.check()


def test_writing_out_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    members = archive({"shop/Chart.yaml": b"a", "shop/../../x": b"b", "../x/y": b"c", "/z": b"d", "shop/t/a": b"e"})
    chart = _write_out(gzip.compress(members, mtime=0), tmp_path / "x")
    written = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert written == ["x/chart/Chart.yaml", "x/chart/t/a"]
    assert chart == tmp_path / "x" / "chart"

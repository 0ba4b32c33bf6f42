"""Open editor buffers over the disk: as if they were saved."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint.workspace.disk import DiskTree
from klint.workspace.overlay import OverlayTree
from klint.workspace.tree import FolderEntry, NoRegularFileError, OutsideError, TooLargeError, Tree

FILES = ("a.yaml", "b.yaml", "sub/a.yaml", "sub/b.yaml", "sub/deep/a.yaml", "new/a.yaml")
CONTENTS = st.sampled_from((b"", b"a: 1\n", b"b: 2\n"))


def write(root: Path, files: Mapping[str, bytes | None]) -> None:
    for name, content in files.items():
        if content is None:
            (root / name).unlink(missing_ok=True)
        else:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)


def seen(tree: Tree) -> dict[str, object]:
    """All that a Tree tells of itself, by relative path."""
    found: dict[str, object] = {}
    waiting = [tree.root]
    while waiting:
        folder = waiting.pop()
        for entry in tree.entries(folder):
            path = folder / entry.name
            asked = (entry.kind, tree.exists(path), tree.is_file(path), tree.is_folder(path))
            found[str(path.relative_to(tree.root))] = (*asked, entry.kind == "file" and tree.read(path))
            if entry.kind == "folder":
                waiting.append(path)
    for name in FILES:
        found[f"asked: {name}"] = (tree.exists(tree.root / name), tree.is_file(tree.root / name))
    return found


@given(st.dictionaries(st.sampled_from(FILES), CONTENTS), st.dictionaries(st.sampled_from(FILES), st.none() | CONTENTS))
def test_buffers_are_as_if_they_were_saved(files: dict[str, bytes], changed: dict[str, bytes | None]) -> None:
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        write(Path(one), files)
        write(Path(other), files)
        write(Path(other), changed)
        overlay = OverlayTree(DiskTree(Path(one)), {Path(one, name): content for name, content in changed.items()})
        assert seen(overlay) == seen(DiskTree(Path(other)))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    write(tmp_path, {"secret.yaml": b"canary: yes\n", "workspace/a.yaml": b"a: 1\n", "workspace/sub/b.yaml": b"b: 2\n"})
    (folder / "link.yaml").symlink_to("sub/b.yaml")
    (folder / "folder").symlink_to("sub")
    (folder / "out").symlink_to("..")
    return folder


def test_a_buffer_counts_for_what_its_path_leads_to(root: Path) -> None:
    for name in ("link.yaml", "folder/b.yaml", "sub/b.yaml", "sub/../folder/b.yaml"):
        tree = OverlayTree(DiskTree(root), {root / name: b"new\n"})
        for other in ("link.yaml", "folder/b.yaml", "sub/b.yaml"):
            assert tree.read(root / other) == b"new\n"
        assert tree.entries(root / "sub") == [FolderEntry("b.yaml", "file")]
        assert tree.real(root / "link.yaml") == str(root / "sub" / "b.yaml")


def test_a_new_file_behind_a_linked_folder(root: Path) -> None:
    tree = OverlayTree(DiskTree(root), {root / "folder" / "c" / "d.yaml": b"d\n"})
    assert tree.read(root / "sub" / "c" / "d.yaml") == b"d\n"
    assert tree.entries(root / "folder") == [FolderEntry("b.yaml", "file"), FolderEntry("c", "folder")]
    assert tree.entries(root / "sub" / "c") == [FolderEntry("d.yaml", "file")]
    with pytest.raises(NoRegularFileError):
        tree.read(root / "sub" / "c")


def test_what_is_outside_stays_outside(root: Path) -> None:
    outside = {root / "out" / "secret.yaml": b"x", root.parent / "other.yaml": b"x", root / ".git" / "config": b"x"}
    tree = OverlayTree(DiskTree(root), outside)
    for path in outside:
        with pytest.raises(OutsideError):
            tree.read(path)
    assert seen(tree) == seen(DiskTree(root))


def test_a_root_that_is_not_there_yet_holds_what_is_open_in_it(tmp_path: Path) -> None:
    root = tmp_path / "new" / "root"
    outside = {tmp_path / "new" / "other.yaml": b"x", root / ".git" / "config": b"x"}
    assert not OverlayTree(DiskTree(root), outside).is_folder(root)
    tree = OverlayTree(DiskTree(root), {root / "sub" / "a.yaml": b"a: 1\n", **outside})
    found = seen(tree)
    assert {name for name in found if not name.startswith("asked")} == {"sub", "sub/a.yaml"}
    assert found["sub/a.yaml"] == ("file", True, True, False, b"a: 1\n")
    for path in outside:
        with pytest.raises(OutsideError):
            tree.read(path)


@pytest.mark.parametrize("names", [["sub"], ["."], ["a.yaml/b.yaml"], ["link.yaml/new/b.yaml"]])
def test_what_could_not_be_saved_counts_for_nothing(root: Path, names: list[str]) -> None:
    tree = OverlayTree(DiskTree(root), {root / name: b"x" for name in names})
    assert seen(tree) == seen(DiskTree(root))


def test_of_two_buffers_that_could_not_both_be_saved_the_first_counts(root: Path) -> None:
    new = {root / "new": b"x", root / "new" / "b.yaml": b"y"}
    assert seen(OverlayTree(DiskTree(root), new))["new"] == ("file", True, True, False, b"x")
    found = seen(OverlayTree(DiskTree(root), dict(reversed(new.items()))))
    assert found["new"] == ("folder", True, False, True, False)
    assert found["new/b.yaml"] == ("file", True, True, False, b"y")


def test_limits_count_for_buffers_too(root: Path) -> None:
    tree = OverlayTree(DiskTree(root), {root / "a.yaml": b"12345"})
    assert tree.head(root / "a.yaml", 2) == b"12"
    assert tree.read(root / "a.yaml", 5) == b"12345"
    with pytest.raises(TooLargeError):
        tree.read(root / "a.yaml", 4)


def test_a_folder_that_is_gone_is_gone_with_all_in_it(root: Path) -> None:
    tree = OverlayTree(DiskTree(root), {root / "sub": None})
    for name in ("sub", "sub/b.yaml", "link.yaml", "folder/b.yaml"):
        assert not tree.is_file(root / name)
        assert not tree.is_folder(root / name)
        with pytest.raises(FileNotFoundError):
            tree.read(root / name)
    assert [entry.name for entry in tree.entries(root)] == ["a.yaml", "folder", "link.yaml", "out"]


def test_fresh_sees_what_was_saved_since(root: Path) -> None:
    tree = OverlayTree(DiskTree(root), {root / "a.yaml": b"buffer\n"})
    assert not tree.exists(root / "later" / "c.yaml")
    write(root, {"later/c.yaml": b"c\n", "a.yaml": b"disk\n"})
    assert tree.fresh().read(root / "later" / "c.yaml") == b"c\n"
    assert tree.fresh().read(root / "a.yaml") == b"buffer\n"

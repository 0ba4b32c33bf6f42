"""The one door to files: nothing outside, nothing endless, nothing that waits."""

import os
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from klint.workspace.disk import DiskTree
from klint.workspace.noting import NotingTree
from klint.workspace.tree import MAX_ENTRIES, NoRegularFileError, OutsideError, TooLargeError, Tree


def files_below(tree: Tree, folder: Path) -> list[Path]:
    """The regular files below a folder, in the order of their paths; what cannot be listed is left out."""
    found, waiting = [], [folder]
    while waiting:
        path = waiting.pop()
        with suppress(OSError):
            found += [path / name for name, kind in tree.entries(path) if kind == "file"]
            waiting += [path / name for name, kind in reversed(tree.entries(path)) if kind == "folder"]
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    (tmp_path / "secret.yaml").write_text("canary: yes\n")
    (tmp_path / "workspace-of-another").mkdir()
    (tmp_path / "workspace-of-another" / "a.yaml").write_text("canary: yes\n")
    (folder / "a.yaml").write_text("a: 1\n")
    (folder / "sub").mkdir()
    (folder / "sub" / "b.yaml").write_text("b: 2\n")
    return folder


def test_reads_files_below_the_root(root: Path) -> None:
    tree = DiskTree(root)
    assert tree.read(root / "a.yaml") == b"a: 1\n"
    assert tree.read(root / "sub" / ".." / "sub" / "b.yaml") == b"b: 2\n"
    assert tree.is_file(root / "a.yaml")
    assert not tree.is_file(root / "sub")
    assert tree.is_folder(root / "sub")
    assert tree.is_folder(root)
    assert not tree.is_folder(root / "a.yaml")


def test_links_inside_are_followed(root: Path) -> None:
    (root / "link.yaml").symlink_to("sub/b.yaml")
    (root / "folder").symlink_to(root / "sub")
    tree = DiskTree(root)
    assert tree.read(root / "link.yaml") == b"b: 2\n"
    assert tree.read(root / "folder" / "b.yaml") == b"b: 2\n"


def test_a_root_behind_a_link_is_a_root(root: Path, tmp_path: Path) -> None:
    (tmp_path / "other-name").symlink_to(root)
    assert DiskTree(tmp_path / "other-name").read(tmp_path / "other-name" / "a.yaml") == b"a: 1\n"


def lead_out(root: Path) -> list[Path]:
    (root / "absolute.yaml").symlink_to(root.parent / "secret.yaml")
    (root / "relative.yaml").symlink_to("../secret.yaml")
    (root / "folder").symlink_to("..")
    (root / "chain.yaml").symlink_to("relative.yaml")
    (root / "deep").mkdir()
    (root / "deep" / "up").symlink_to("../..")
    return [
        root / "absolute.yaml",
        root / "relative.yaml",
        root / "chain.yaml",
        root / "folder" / "secret.yaml",
        root / "deep" / "up" / "secret.yaml",
        root / ".." / "secret.yaml",
        root.parent / "secret.yaml",
        root.parent / "workspace-of-another" / "a.yaml",  # a name that begins like the root's
    ]


def test_nothing_outside_is_read(root: Path) -> None:
    for path in lead_out(root):
        assert path.read_text() == "canary: yes\n", "the system would read it"
        tree = DiskTree(root)
        with pytest.raises(OutsideError, match="out of the workspace"):
            tree.read(path)
        assert not tree.is_file(path)


def test_what_is_outside_is_outside_whether_or_not_it_is_there(root: Path) -> None:
    tree = DiskTree(root)
    (root / "out").symlink_to("..")
    for name in ("../secret.yaml", "../gone.yaml", "../gone/c.yaml", "../gone/../gone.yaml", "out/gone/c.yaml"):
        with pytest.raises(OutsideError):
            tree.read(root / name)
    for name in ("gone.yaml", "gone/c.yaml", "../workspace/gone/c.yaml", "out/workspace/gone.yaml"):
        with pytest.raises(FileNotFoundError):
            tree.read(root / name)


def test_no_folder_outside_is_listed(root: Path) -> None:
    (root / "up").symlink_to("..")
    tree = DiskTree(root)
    with pytest.raises(OutsideError):
        tree.entries(root / "up")
    assert not tree.is_folder(root / "up")
    assert [entry.name for entry in tree.entries(root)] == ["a.yaml", "sub", "up"]
    assert files_below(tree, root) == [root / "a.yaml", root / "sub" / "b.yaml"]


def test_git_keeps_its_own(root: Path) -> None:
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("token\n")
    (root / "link.yaml").symlink_to(".git/config")
    (root / "nested").mkdir()
    (root / "nested" / ".git").write_text("gitdir: elsewhere\n")
    (root / ".gitignore").write_text("x\n")
    tree = DiskTree(root)
    for path in (root / ".git" / "config", root / "link.yaml", root / "nested" / ".git"):
        with pytest.raises(OutsideError):
            tree.read(path)
    assert tree.read(root / ".gitignore") == b"x\n"


def test_a_large_file_is_not_read(root: Path) -> None:
    with (root / "sparse").open("wb") as stream:
        stream.truncate(2**40)
    (root / "full").write_bytes(b"x" * 1024)
    tree = DiskTree(root)
    with pytest.raises(TooLargeError, match="larger than 16 MiB"):
        tree.read(root / "sparse")
    assert len(tree.read(root / "full", limit=1024)) == 1024
    with pytest.raises(TooLargeError):
        tree.read(root / "full", limit=1023)


def test_a_file_is_read_to_its_end_whatever_its_size_is_said_to_be(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytes(range(256)) * 100
    path = root / "content"
    path.write_bytes(content)
    descriptors = set(Path("/dev/fd").iterdir())
    status = os.fstat
    for said in (0, 1, len(content) - 1, len(content), len(content) + 1):
        with monkeypatch.context() as patch:
            patch.setattr(os, "fstat", lambda fd, said=said: os.stat_result((*status(fd)[:6], said, *status(fd)[7:])))
            assert DiskTree(root).read(path) == content
            with pytest.raises(TooLargeError):
                DiskTree(root).read(path, limit=len(content) - 1)
    assert set(Path("/dev/fd").iterdir()) == descriptors


def test_no_more_is_asked_for_than_a_file_has(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "content").write_bytes(b"abc")
    wanted: list[int] = []

    def read(_: int, size: int) -> bytes:
        wanted.append(size)
        return b"abc" if len(wanted) == 1 else b""

    monkeypatch.setattr(os, "read", read)
    assert DiskTree(root).read(root / "content") == b"abc"
    assert wanted[0] == len(b"abc") + 1


def test_what_is_no_regular_file_is_not_opened(root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "to-pipe").symlink_to("pipe")
    listener = socket.socket(socket.AF_UNIX)
    working = Path.cwd()
    os.chdir(root)  # a socket's path is short
    try:
        listener.bind("socket")
    finally:
        os.chdir(working)
        listener.close()
    tree = DiskTree(root)
    for name in ("pipe", "to-pipe", "socket", "sub"):
        with pytest.raises(NoRegularFileError):
            tree.read(root / name)
    assert files_below(tree, root) == [root / "a.yaml", root / "sub" / "b.yaml"]


def test_missing_files_and_loops_are_errors_of_the_system(root: Path) -> None:
    (root / "loop").symlink_to("loop")
    (root / "dangling").symlink_to("nothing")
    tree = DiskTree(root)
    for name in ("nothing", "loop", "dangling", "a.yaml/b", "nothing/b"):
        with pytest.raises(OSError, match=r"\[Errno"):
            tree.read(root / name)
        assert not tree.is_file(root / name)
        assert not tree.is_folder(root / name)


def test_names_that_no_system_has_are_no_files(root: Path) -> None:
    tree = DiskTree(root)
    for name in ("x" * 300, "nul\0byte", "nul\0byte/a.yaml"):
        with pytest.raises(OSError, match=r"\[Errno"):
            tree.read(root / name)
        assert not tree.is_file(root / name)
        assert not tree.is_folder(root / name)


def test_deep_folders_are_walked(root: Path) -> None:
    """Deeper than a path may be long, and than functions may call each other."""
    depth = 1200
    descriptors = [os.open(root, os.O_RDONLY)]
    try:
        for _ in range(depth):
            os.mkdir("folder", dir_fd=descriptors[-1])
            descriptors.append(os.open("folder", os.O_RDONLY, dir_fd=descriptors[-1]))
            os.close(descriptors.pop(-2))
        assert files_below(DiskTree(root), root) == [root / "a.yaml", root / "sub" / "b.yaml"]
    finally:
        for _ in range(depth):  # pytest could not remove it
            descriptors.append(os.open("..", os.O_RDONLY, dir_fd=descriptors[-1]))
            os.close(descriptors.pop(-2))
            os.rmdir("folder", dir_fd=descriptors[-1])
        os.close(descriptors[0])


def test_a_folder_of_too_many_entries_is_not_listed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("klint.workspace.folder.MAX_ENTRIES", 2)
    tree = DiskTree(root)
    assert len(tree.entries(root)) == 2
    (root / "c.yaml").touch()
    with pytest.raises(TooLargeError):
        tree.entries(root)
    assert MAX_ENTRIES > 10_000


def test_what_is_read_is_noted_by_its_name_and_by_where_that_leads(root: Path) -> None:
    (root / "link.yaml").symlink_to("sub/b.yaml")
    tree = NotingTree(DiskTree(root))
    assert tree.exists(root / "a.yaml")
    assert files_below(tree, root)
    assert not tree.noted
    assert tree.read(root / "link.yaml") == b"b: 2\n"
    with pytest.raises(OSError, match="No such file"):
        tree.head(root / "none.yaml", 1)
    real = root.resolve()
    assert tree.noted == {*map(str, (root / "link.yaml", root / "none.yaml", real / "sub" / "b.yaml"))}

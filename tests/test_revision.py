"""A git revision as a Tree: what `git show` has of it, whoever wrote the repository, and nothing run or fetched."""

import os
import random
import struct
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint.config.config import Config
from klint.session import Session
from klint.workspace.git.objects import Objects, read_tree
from klint.workspace.git.pack import MAX_OBJECT, BrokenError, apply_delta
from klint.workspace.git.revisions import Repository, RevisionError
from klint.workspace.revision import RevisionTree
from klint.workspace.tree import FolderEntry, NoRegularFileError, OutsideError, TooLargeError, UnreadableError

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n"


def git(root: Path, *arguments: str, data: bytes = b"") -> bytes:
    return subprocess.run(
        ["git", *arguments], cwd=root, check=True, capture_output=True, input=data, env=ENVIRONMENT
    ).stdout


def commit(root: Path, message: str = "x") -> str:
    git(root, "add", "--all", "--force")
    git(root, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(root, "rev-parse", "HEAD").decode().strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    return tmp_path


def files_of(tree: RevisionTree) -> dict[str, bytes]:
    """All that can be read of a tree, by relative path."""
    found: dict[str, bytes] = {}
    waiting = [tree.root]
    while waiting:
        folder = waiting.pop()
        for name, kind in tree.entries(folder):
            if kind == "folder":
                waiting.append(folder / name)
            elif kind == "file":
                found[os.path.relpath(folder / name, tree.root)] = tree.read(folder / name)
    return found


def shown_by_git(root: Path, revision: str) -> dict[str, bytes]:
    listed = git(root, "ls-tree", "-r", "-z", revision).split(b"\0")[:-1]
    names = [os.fsdecode(line.partition(b"\t")[2]) for line in listed if line.startswith(b"100")]
    return {name: git(root, "show", f"{revision}:{name}") for name in names}


PACKINGS: dict[str, list[tuple[str, ...]]] = {
    "loose": [],
    "packed": [("repack", "-a", "-d", "-q")],
    "deltas": [("repack", "-a", "-d", "-q", "-f", "--depth=250", "--window=250")],
    "deltas by name": [("-c", "repack.useDeltaBaseOffset=false", "repack", "-a", "-d", "-q", "-f", "--window=50")],
    "gc": [("gc", "-q", "--aggressive", "--prune=now")],
    "several packs": [("repack", "-q"), ("repack", "-q", "-A")],
}


def grown(root: Path, *, seed: int = 0, count: int = 12) -> list[str]:
    """Revisions of files that change a little, as manifests do, and of folders that come and go."""
    chance = random.Random(seed)  # noqa: S311 - the same every time
    text = [f"line {number}: {chance.random()}\n" for number in range(400)]
    revisions = []
    for number in range(count):
        text[chance.randrange(len(text))] = f"changed {number}\n"
        text.insert(chance.randrange(len(text)), f"added {number}\n")
        (root / "big.yaml").write_text("".join(text))
        folder = root / "sub" / f"f{number % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.yaml").write_text(SERVICE * number)
        (root / os.fsdecode(b"caf\xe9 \n.txt")).write_bytes(bytes(chance.randrange(256) for _ in range(number * 100)))
        if number == 7:
            (root / "sub" / "f0" / "0.yaml").unlink()
        revisions.append(commit(root))
    return revisions


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("hashes", ["sha1", "sha256"])
def test_every_file_of_every_revision(tmp_path: Path, packing: str, hashes: str) -> None:
    git(tmp_path, "init", "--quiet", f"--object-format={hashes}")
    revisions = grown(tmp_path)
    for arguments in PACKINGS[packing]:
        git(tmp_path, *arguments)
    for revision in (revisions[0], revisions[7], revisions[-1], "HEAD", "HEAD~3"):
        assert files_of(RevisionTree(tmp_path, revision)) == shown_by_git(tmp_path, revision)


def test_deltas_are_met(root: Path) -> None:
    """The test above would be worth little without."""
    grown(root)
    git(root, "repack", "-a", "-d", "-q", "-f", "--depth=250", "--window=250")
    (index,) = (root / ".git" / "objects" / "pack").glob("*.idx")
    assert b"chain length = 5" in git(root, "verify-pack", "-v", str(index))


def test_names_of_revisions(root: Path) -> None:
    first, second = commit(root, "1"), commit(root, "2")
    git(root, "switch", "-q", "-c", "feature/x", first)
    side = commit(root, "3")
    git(root, "switch", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "-m", "4", "feature/x")
    merge = git(root, "rev-parse", "HEAD").decode().strip()
    git(root, "tag", "-a", "-m", "x", "v1", first)
    git(root, "tag", "light", second)
    git(root, "update-ref", "refs/remotes/origin/main", side)
    git(root, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    names = ["HEAD", "@", "main", "feature/x", "v1", "light", "origin/main", "origin", "heads/main", "refs/tags/v1"]
    names += ["HEAD~1", "HEAD~2", "HEAD^2", "HEAD^^", "HEAD^2~1", "main~0", "v1^0", first, side[:7], merge[:4]]
    for packed in (False, True):
        if packed:
            git(root, "pack-refs", "--all")
            git(root, "gc", "-q")
        for name in names:
            expected = git(root, "rev-parse", f"{name}^{{commit}}").decode().strip()
            assert Repository(root)._commit(name)[1].hex() == expected, name
    for name in (
        "HEAD~9",
        "HEAD^3",
        "nothing",
        "",
        "-x",
        "../config",
        "config",
        "HEAD@{1}",
        ":/x",
        "a..b",
        "fff",
        "HEAD:",
    ):
        with pytest.raises(RevisionError):
            RevisionTree(root, name)


def test_worktrees_share_objects_and_branches_but_not_head(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (root / "a.yaml").write_text("a: 1\n")
    commit(root)
    other = tmp_path_factory.mktemp("worktrees") / "other"
    git(root, "worktree", "add", "-q", "-b", "side", str(other))
    (other / "b.yaml").write_text("b: 1\n")
    commit(other)
    assert sorted(files_of(RevisionTree(other, "HEAD"))) == ["a.yaml", "b.yaml"]
    assert sorted(files_of(RevisionTree(other, "main"))) == ["a.yaml"]
    assert sorted(files_of(RevisionTree(root, "HEAD"))) == ["a.yaml"]


# A Tree like the disk


def test_links_are_treated_as_on_the_disk(root: Path) -> None:
    (root / "sub").mkdir()
    (root / "sub" / "b.yaml").write_text("b: 2\n")
    links = {
        "link.yaml": "sub/b.yaml",
        "folder": "sub",
        "sub/back": "../sub/../link.yaml",
        "absolute.yaml": str(root / "sub" / "b.yaml"),
        "out.yaml": "../secret.yaml",
        "out-absolute.yaml": "/etc/passwd",
        "up": "..",
        "loop": "loop",
        "dangling": "nothing",
        "of-git": ".git/config",
        "of-file": "sub/b.yaml/c",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    commit(root)
    tree = RevisionTree(root, "HEAD")
    for name in ("link.yaml", "folder/b.yaml", "sub/back", "absolute.yaml", "folder/back"):
        assert tree.read(root / name) == b"b: 2\n"
        assert tree.real(root / name) == str(root / "sub" / "b.yaml")
        assert tree.is_file(root / name)
    assert tree.is_folder(root / "folder")
    assert tree.entries(root / "folder") == [FolderEntry("b.yaml", "file"), FolderEntry("back", "link")]
    for name in ("out.yaml", "out-absolute.yaml", "up", "up/x", "of-git"):
        with pytest.raises(OutsideError):
            tree.read(root / name)
    for name in ("loop", "dangling", "of-file", "nothing", "sub/nothing"):
        with pytest.raises(OSError, match=r"\[Errno"):
            tree.read(root / name)
        assert not tree.is_file(root / name)
    for name in links:
        assert tree.exists(root / name)
        assert tree.tracks(root / name)
    for path in (root.parent / "secret.yaml", root / ".." / "x", root / ".git" / "config"):
        with pytest.raises(OutsideError):
            tree.read(path)
    assert not tree.exists(root / "nothing")
    with pytest.raises(NoRegularFileError):
        tree.read(root / "sub")
    with pytest.raises(TooLargeError, match="larger than 0 KiB"):
        tree.read(root / "link.yaml", 4)
    assert tree.head(root / "link.yaml", 2) == b"b:"


def test_a_submodule_is_an_empty_folder_and_a_repository(root: Path) -> None:
    name = commit(root)
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{name},module")
    git(root, "commit", "-q", "-m", "x")
    tree = RevisionTree(root, "HEAD")
    assert tree.entries(root / "module") == []
    assert tree.is_folder(root / "module")
    assert tree.is_repository(root / "module")
    assert tree.is_repository(root)
    assert not tree.is_repository(root / "nothing")


def test_a_session_on_a_revision(root: Path) -> None:
    (root / "deploy").mkdir()
    (root / ".gitignore").write_text("*.local.yaml\n")
    for name in ("deploy/web.yaml", "forced.local.yaml"):
        (root / name).write_text(SERVICE)
    commit(root)
    for file in (root / "deploy" / "web.yaml", root / "forced.local.yaml", root / ".gitignore"):
        file.unlink()
    workspace = Session(RevisionTree(root, "HEAD"), Config()).workspace
    assert [document.source.relative for document in workspace.documents] == ["deploy/web.yaml", "forced.local.yaml"]
    assert workspace.failures == ()


# A stranger's repository


@pytest.fixture
def trap(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file that any program would leave which the repository's configuration names."""
    canary = tmp_path_factory.mktemp("trap") / "ran"
    program = canary.with_name("program")
    program.write_text(f"#!/bin/sh\ntouch {canary}\n")
    program.chmod(0o755)
    (root / "a.yaml").write_text("a: 1\n")
    (root / ".gitattributes").write_text("* filter=evil diff=evil text\n")
    commit(root)
    for hook in ("post-checkout", "pre-commit", "fsmonitor-watchman", "reference-transaction", "post-index-change"):
        (root / ".git" / "hooks" / hook).write_text(f"#!/bin/sh\ntouch {canary}\n")
        (root / ".git" / "hooks" / hook).chmod(0o755)
    with (root / ".git" / "config").open("a") as stream:
        stream.write(
            f"[core]\n\tfsmonitor = {program}\n\tsshCommand = {program}\n\tpager = {program}\n\tgitProxy = {program}\n"
            f"\talternateRefsCommand = {program}\n\taskPass = {program}\n\thooksPath = {program.parent}\n"
            f'[filter "evil"]\n\tsmudge = {program}\n\tclean = {program}\n\tprocess = {program}\n\trequired = true\n'
            f'[diff "evil"]\n\ttextconv = {program}\n\tcommand = {program}\n'
            f"[include]\n\tpath = {program.parent}/config\n[credential]\n\thelper = {program}\n"
            f'[remote "origin"]\n\turl = ext::{program}\n\tuploadpack = {program}\n\tpromisor = true\n'
            "\tpartialclonefilter = blob:none\n[extensions]\n\tpartialClone = origin\n"
            "[safe]\n\tbareRepository = explicit\n"
        )
    yield canary
    assert not canary.exists()


def test_a_configuration_runs_nothing(root: Path, trap: Path) -> None:
    assert RevisionTree(root, "HEAD").read(root / "a.yaml") == b"a: 1\n"
    assert not trap.exists()
    blob = git(root, "hash-object", "--no-filters", "a.yaml").decode().strip()
    trap.unlink(missing_ok=True)  # git itself may have run something
    (root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(UnreadableError, match="is not in the repository"):
        RevisionTree(root, "HEAD").read(root / "a.yaml")


def test_what_is_missing_says_why(root: Path) -> None:
    (root / "a.yaml").write_text("a: 1\n")
    commit(root)
    blob = git(root, "rev-parse", "HEAD:a.yaml").decode().strip()
    git(root, "repack", "-a", "-d", "-q")
    (pack,) = (root / ".git" / "objects" / "pack").glob("*.pack")
    pack.with_suffix(".promisor").touch()
    objects = Objects(root / ".git", 20)
    with pytest.raises(BrokenError, match="a partial clone: klint fetches nothing"):
        objects.find(bytes(20))
    pack.with_suffix(".promisor").unlink()
    (root / ".git" / "shallow").write_text("")
    with pytest.raises(BrokenError, match="a shallow clone"):
        objects.find(bytes(20))
    assert objects.find(bytes.fromhex(blob)).data == b"a: 1\n"


def test_objects_elsewhere_are_not_read(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    git(elsewhere, "init", "-q")
    (elsewhere / "secret.yaml").write_text("canary: yes\n")
    name = commit(elsewhere)
    commit(root)
    (root / ".git" / "objects" / "info" / "alternates").write_text(f"{elsewhere}/.git/objects\n")
    assert git(root, "show", f"{name}:secret.yaml") == b"canary: yes\n", "git would read it"
    with pytest.raises(RevisionError, match="borrows objects of another one: klint reads nothing outside"):
        RevisionTree(root, name)
    (root / ".git" / "objects" / "info" / "alternates").unlink()
    for entry in (elsewhere / ".git" / "objects").iterdir():
        if len(entry.name) == 2 and not (root / ".git" / "objects" / entry.name).exists():
            (root / ".git" / "objects" / entry.name).symlink_to(entry)
    with pytest.raises(RevisionError):
        RevisionTree(root, name)


def test_a_repository_that_is_elsewhere_is_none(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    commit(root)
    mine = tmp_path_factory.mktemp("mine")
    (mine / ".git").write_text(f"gitdir: {root}/.git\n")
    with pytest.raises(RevisionError, match="is the root of no git repository"):
        RevisionTree(mine, "HEAD")
    (mine / ".git").unlink()
    (mine / ".git").symlink_to(root / ".git")
    with suppress(RevisionError):
        RevisionTree(mine, "HEAD")


def stored(root: Path, kind: str, data: bytes) -> str:
    """The name of an object that git would not write."""
    return git(root, "hash-object", "-t", kind, "-w", "--stdin", "--literally", data=data).decode().strip()


def committed(root: Path, tree: str) -> str:
    return git(root, "commit-tree", tree, "-m", "x").decode().strip()


def test_trees_that_git_would_not_write(root: Path) -> None:
    blob = bytes.fromhex(stored(root, "blob", b"canary\n"))
    names = (b".git", b".GIT", b"..", b".", b"", b"a/b", b"../x", b"good")
    tree = stored(root, "tree", b"".join(b"100644 %s\0%s" % (name, blob) for name in names))
    found = RevisionTree(root, committed(root, tree))
    assert found.entries(root) == [FolderEntry("good", "file")]
    for data in (b"100644 x", b"100644 x\0short", b"999999 x\0" + blob, b"x\0" + blob, b"1" * 50 + b" x\0" + blob):
        name = committed(root, stored(root, "tree", data))
        with pytest.raises(UnreadableError, match="it is no tree"):
            RevisionTree(root, name).entries(root)
    looped = stored(root, "tree", b"40000 a\0" + blob)
    with pytest.raises(UnreadableError, match="is a blob, not a tree"):
        RevisionTree(root, committed(root, looped)).entries(root / "a")


def test_what_is_not_what_it_is_called(root: Path) -> None:
    (root / "a.yaml").write_text("a: 1\n")
    commit(root)
    blob = git(root, "rev-parse", "HEAD:a.yaml").decode().strip()
    file = root / ".git" / "objects" / blob[:2] / blob[2:]
    whole = file.read_bytes()
    file.chmod(0o644)
    for data, said in (
        (zlib.compress(b"blob 5\0b: 1\n"), "is not what it is called"),
        (zlib.compress(b"blob 4\0a: 1\n"), "it is larger than it says"),
        (zlib.compress(b"blob 9\0a: 1\n"), "it is smaller than it says"),
        (zlib.compress(b"blob 99999999999\0a"), f"larger than {MAX_OBJECT // 2**20} MiB"),
        (zlib.compress(b"blob x\0a"), "it has no header"),
        (zlib.compress(b"blob 5\0" + bytes(2**22)), "it is larger than it says"),
        (b"no zlib", "it does not inflate"),
        (whole[:-8], "it is cut short"),
        (b"", "it has no header"),
    ):
        file.write_bytes(data)
        with pytest.raises(UnreadableError, match=said):
            RevisionTree(root, "HEAD").read(root / "a.yaml")


def test_a_pack_that_is_broken_anywhere_is_read_or_said(root: Path) -> None:
    grown(root, count=3)
    git(root, "repack", "-a", "-d", "-q", "-f")
    (index,) = (root / ".git" / "objects" / "pack").glob("*.idx")
    expected = files_of(RevisionTree(root, "HEAD"))
    chance = random.Random(1)  # noqa: S311 - the same every time
    for file in (index, index.with_suffix(".pack")):
        whole = file.read_bytes()
        file.chmod(0o644)
        for _ in range(150):
            data = bytearray(whole)
            for _ in range(chance.randrange(1, 4)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            file.write_bytes(data[: chance.choice((len(data), chance.randrange(len(data))))])
            try:
                assert files_of(RevisionTree(root, "HEAD")) == expected
            except (OSError, RevisionError):
                continue
        file.write_bytes(whole)


def pack_of(*entries: bytes) -> bytes:
    return b"PACK" + struct.pack(">II", 2, len(entries)) + b"".join(entries) + bytes(20)


def index_of(offsets: dict[bytes, int]) -> bytes:
    names = sorted(offsets)
    counts = [sum(name[0] <= byte for name in names) for byte in range(256)]
    body = b"".join(names) + bytes(4 * len(names)) + b"".join(struct.pack(">I", offsets[name]) for name in names)
    return b"\xfftOc" + struct.pack(">I", 2) + struct.pack(">256I", *counts) + body + bytes(40)


def test_deltas_that_lead_in_a_circle_end(root: Path) -> None:
    commit(root)
    one, two = b"\1" * 20, b"\2" * 20
    delta = zlib.compress(b"\5\5\x91\0\5")
    first = bytes([7 << 4 | 5]) + two + delta
    second = bytes([7 << 4 | 5]) + one + delta
    place = root / ".git" / "objects" / "pack"
    (place / "pack-x.pack").write_bytes(pack_of(first, second))
    (place / "pack-x.idx").write_bytes(index_of({one: 12, two: 12 + len(first)}))
    with pytest.raises(BrokenError, match="more than klint puts together"):
        Objects(root / ".git", 20).find(one)


def test_a_delta_bomb_is_not_put_together(root: Path) -> None:
    """Each delta copies its base several times over: kilobytes that would be a terabyte."""
    commit(root)
    base = zlib.compress(bytes(1024))
    entries, offsets, size = [bytes([0x80 | 3 << 4, 1024 >> 4]) + base], [12], 1024
    while size <= 2 * MAX_OBJECT:
        made = size * 64
        delta = varint(size) + varint(made) + (b"\xf0" + struct.pack("<I", min(size, 0xFFFFFF))[:3]) * 64
        back = offsets[-1] + 0
        offsets.append(offsets[-1] + len(entries[-1]))
        head = (
            bytes([0x80 | 6 << 4 | len(delta) & 15]) + bytes([len(delta) >> 4])
            if len(delta) > 15
            else bytes([6 << 4 | len(delta)])
        )
        entries.append(head + distance(offsets[-1] - back) + zlib.compress(delta))
        size = made
    place = root / ".git" / "objects" / "pack"
    (place / "pack-x.pack").write_bytes(pack_of(*entries))
    (place / "pack-x.idx").write_bytes(index_of({b"\1" * 20: offsets[-1]}))
    with pytest.raises(BrokenError, match="does not fit"):
        Objects(root / ".git", 20).find(b"\1" * 20)


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value))


def distance(value: int) -> bytes:
    found = [value & 0x7F]
    while value := value >> 7:
        value -= 1
        found.append(value & 0x7F | 0x80)
    return bytes(reversed(found))


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_whatever_a_delta_is_it_is_applied_or_refused(base: bytes, delta: bytes) -> None:
    with suppress(BrokenError):
        apply_delta(base, varint(len(base)) + delta)


@given(st.binary(max_size=200))
def test_whatever_a_tree_is_it_is_read_or_refused(data: bytes) -> None:
    with suppress(BrokenError):
        assert all(len(name) == 20 for _, _, name in read_tree(data, 20))


@given(st.text(max_size=12))
def test_whatever_a_revision_is_called(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "empty"
    (folder / ".git" / "objects").mkdir(parents=True, exist_ok=True)
    with pytest.raises(RevisionError):
        RevisionTree(folder, name)

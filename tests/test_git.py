"""git's index, read without git: what is in it, and nothing where it is not understood."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint.workspace.git.index import read_index

NAMES = ["a.yaml", "b/" + "long" * 1200 + ".yaml", "b/c.yaml", "b/caf\u00e9.yaml"]


def index(folder: Path, *options: str, version: str = "2") -> bytes:
    def git(*arguments: str, data: str = "") -> str:
        done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True, input=data)
        return done.stdout.strip()

    git("init", "-q", *options)
    blob = git("hash-object", "-w", "--stdin")
    git("update-index", "--index-info", data="".join(f"100644 {blob}\t{name}\n" for name in NAMES))
    git("update-index", "--index-version", version)
    return (folder / ".git" / "index").read_bytes()


@pytest.mark.parametrize("version", ["2", "3", "4"])
@pytest.mark.parametrize("hashes", ["sha1", "sha256"])
def test_every_version_is_read(tmp_path: Path, version: str, hashes: str) -> None:
    data = index(tmp_path, f"--object-format={hashes}", version=version)
    assert read_index(data) == [name.encode() for name in sorted(NAMES)]
    assert read_index(data[:-40]) == []
    size = 20 if hashes == "sha1" else 32
    assert read_index(data[:-size] + b"link\0\0\0\0" + bytes(size)) == []


@given(st.binary(max_size=300))
def test_whatever_it_is_is_answered(data: bytes) -> None:
    for version in (2, 3, 4):
        read_index(b"DIRC" + version.to_bytes(4, "big") + data)

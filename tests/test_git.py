"""git's index and configuration, read without git: what is in them, and nothing where it is not understood."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint.workspace.git.index import read_index
from klint.workspace.git.remote import remotes, repository_name

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


# Remotes


@pytest.mark.parametrize(
    ("url", "name"),
    {
        "https://github.com/Acme/Shop.git": "github.com/acme/shop",
        "https://github.com/acme/shop/": "github.com/acme/shop",
        "https://user:token@github.com/acme/shop": "github.com/acme/shop",
        "git@github.com:acme/shop.git": "github.com/acme/shop",
        "ssh://git@ssh.github.com:443/acme/shop.git": "github.com/acme/shop",
        "https://gitlab.example/group/sub/shop": "gitlab.example/group/sub/shop",
        "https://acme@dev.azure.com/acme/shop/_git/web": "dev.azure.com/acme/shop/web",
        "git@ssh.dev.azure.com:v3/acme/shop/web": "dev.azure.com/acme/shop/web",
        "https://bitbucket.example/scm/acme/shop.git": "bitbucket.example/acme/shop",
        "ssh://git@bitbucket.example:7999/acme/shop.git": "bitbucket.example/acme/shop",
        "https://github.com/{{org}}/shop": "",
        "oci://registry.example/acme/shop": "",
        "file:///srv/git/shop.git": "",
        "../shop": "",
        ".": "",
        "": "",
    }.items(),
)
def test_one_repository_has_many_urls(url: str, name: str) -> None:
    assert repository_name(url) == name


def test_a_clone_knows_its_remotes(tmp_path: Path) -> None:
    def may_be(config: str, url: str) -> bool:
        (tmp_path / ".git" / "config").write_text(config)
        return remotes(tmp_path / "apps").may_be(url)

    (tmp_path / ".git").mkdir()
    assert remotes(tmp_path).may_be("https://github.com/other/shop")  # no configuration
    cloned = '[core]\n\tbare = false\n[remote "origin"]\n\turl = git@github.com:acme/shop.git\n\tfetch = +refs/x\n'
    assert may_be(cloned, "https://github.com/acme/shop")
    assert may_be(cloned, "https://github.com/ORG/shop")
    assert not may_be(cloned, "https://github.com/other/shop.git")
    assert may_be(f'{cloned}[remote "upstream"] url="https://github.com/other/shop" # x\n', "git@github.com:other/shop")
    assert not may_be(f'{cloned}[url "x"]\n\turl = https://github.com/other/shop\n', "git@github.com:other/shop")
    assert may_be('[remote "origin"]\n\turl = /srv/git/shop.git\n', "https://github.com/other/shop.git")
    assert may_be("\0[remote\nurl", "https://github.com/other/shop.git")

"""The cache: what it remembers, and that nothing in its folder can hurt."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from klint.render.cache import Cache, identity


def test_remembers(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    key = cache.key(["a", b"b"])
    assert cache.get(key) is None
    cache.put(key, {"é": [1, None]})
    assert cache.get(key) == {"é": [1, None]}
    assert Cache(tmp_path / "cache").get(key) == {"é": [1, None]}
    assert cache.get(cache.key(["ab"])) is None


def test_folder_says_what_it_is(tmp_path: Path) -> None:
    """Backups leave it out, and so does git."""
    Cache(tmp_path / "cache").put("0" * 64, 1)
    assert (tmp_path / "cache" / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
    assert (tmp_path / "cache" / ".gitignore").read_text() == "*\n"


KEYS = [(["a", "b"], ["ab"]), (["a", ""], ["a"]), (["a"], ["b"]), ([], [""]), (["a", "b"], ["b", "a"])]


@pytest.mark.parametrize(("one", "other"), KEYS)
def test_every_part_counts_and_where_it_ends(one: list[str], other: list[str]) -> None:
    cache = Cache(None)
    assert cache.key(one) == cache.key(list(one))
    assert cache.key(one) != cache.key(other)
    assert cache.key(one) == cache.key([part.encode() for part in one])


def test_no_folder_remembers_nothing() -> None:
    cache = Cache(None)
    cache.put("key", 1)
    assert cache.get("key") is None


def _stream(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


CORRUPT = {
    "empty": b"",
    "no stream": b"{}",
    "two bytes of one": b"\x1f\x8b",
    "no JSON": _stream(b"{"),
    "no UTF-8": _stream(b"\xff"),
    "wrong sum": _stream(b"x" * 99)[:-9] + b"z" * 9,
    "no block": _stream(b"{}")[:12] + b"\xff\xff\xff\xff",
}


@pytest.mark.parametrize("data", CORRUPT.values(), ids=CORRUPT)
def test_corrupt_file_is_forgotten_and_replaced(tmp_path: Path, data: bytes) -> None:
    cache = Cache(tmp_path)
    (tmp_path / "key.json.gz").write_bytes(data)
    assert cache.get("key") is None
    cache.put("key", 2)
    assert cache.get("key") == 2


def test_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "cache")
    cache.put("key", 1)
    assert cache.get("key") is None


def test_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    """The place it should go is taken by a folder."""
    (tmp_path / "key.json.gz" / "x").mkdir(parents=True)
    Cache(tmp_path).put("key", 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".gitignore", "CACHEDIR.TAG", "key.json.gz"]


def test_several_at_once(tmp_path: Path) -> None:
    """Readers see a whole value or none, whoever writes."""

    def work(number: int) -> list[object]:
        cache = Cache(tmp_path / "cache")
        cache.put("key", [number] * 1000)
        return list(cache.get("key"))

    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(work, range(64)):
            assert len(found) == 1000
            assert len(set(found)) == 1
    assert json.loads(gzip.decompress((tmp_path / "cache" / "key.json.gz").read_bytes()))


def test_a_program_that_was_replaced_is_another_one(tmp_path: Path) -> None:
    program = tmp_path / "helm"
    program.write_text("one")
    first = identity(str(program))
    assert identity(str(program)) == first
    program.write_text("another")
    assert identity(str(program)) != first
    assert identity(str(tmp_path / "nowhere")) == str(tmp_path / "nowhere")

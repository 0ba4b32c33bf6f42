"""The cache: what it remembers, and that nothing in its folder can hurt."""

import gzip
import json
import os
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klint.render.cache import KEPT, MAX_PACKED, Cache, identity, usual_folder


def test_remembers(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    key = cache.key(["a", b"b"])
    assert cache.get(key) is None
    cache.put(key, {"é": [1, None]})
    assert cache.get(key) == {"é": [1, None]}
    assert Cache(tmp_path / "cache").get(key) == {"é": [1, None]}
    assert cache.get(cache.key(["ab"])) is None


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
)


@settings(max_examples=25)
@given(VALUES)
def test_what_is_remembered_is_what_it_was(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    cache = Cache(tmp_path_factory.getbasetemp() / "values")
    cache.put("key", value)
    assert cache.get("key") == value
    assert str(cache.get("key")) == str(value)  # `True` is no 1, and mappings keep their order


def test_what_is_remembered_is_never_there_as_json(tmp_path: Path) -> None:
    value = {"workspace": {"files": {str(number): ["x" * 1000] for number in range(1000)}}}
    tracemalloc.start()
    try:
        Cache(tmp_path / "cache").put("key", value)
        assert tracemalloc.get_traced_memory()[1] < len(json.dumps(value)) / 2
    finally:
        tracemalloc.stop()


def test_folder_says_what_it_is(tmp_path: Path) -> None:
    """Backups leave it out."""
    Cache(tmp_path / "cache").put("0" * 64, 1)
    assert (tmp_path / "cache" / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700


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
    "too deep": _stream(b"[" * 10**6),
    "cut short": _stream(b"{}" * 99)[:-4],
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
    assert sorted(path.name for path in tmp_path.iterdir()) == ["CACHEDIR.TAG", "key.json.gz", "pruned"]


def test_an_entry_that_unpacks_to_too_much_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key.json.gz").write_bytes(_stream(b"1" + b" " * 999))
    monkeypatch.setattr("klint.render.cache.MAX_UNPACKED", 1000)
    assert Cache(tmp_path).get("key") == 1
    monkeypatch.setattr("klint.render.cache.MAX_UNPACKED", 999)
    assert Cache(tmp_path).get("key") is None


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "cache").mkdir(mode=0o700)
    for name in ("CACHEDIR.TAG", "key.json.gz", "pruned"):
        (tmp_path / "cache" / name).symlink_to(victim)
    cache = Cache(tmp_path / "cache")
    assert cache.get("key") is None
    cache.put("key", 1)
    assert cache.get("key") == 1
    assert victim.read_text() == "mine"


def test_a_linked_folder_is_no_cache(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "cache").symlink_to("elsewhere")
    cache = Cache(tmp_path / "cache")
    cache.put("key", 1)
    assert cache.get("key") is None
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_that_others_may_write_to_is_no_cache(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    cache = Cache(tmp_path / "cache")
    cache.put("key", 1)
    assert cache.get("key") == 1
    (tmp_path / "cache").chmod(0o777)
    assert cache.get("key") is None


def test_a_large_entry_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "key.json.gz").open("wb") as stream:
        stream.truncate(MAX_PACKED + 1)
    assert Cache(tmp_path).get("key") is None


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "key.json.gz")
    assert Cache(tmp_path).get("key") is None


def test_what_nobody_asked_for_goes(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for name in ("old", "asked", "new"):
        cache.put(name, 1)
    long_ago = (tmp_path / "old.json.gz").stat().st_mtime - KEPT - 60
    for name in ("old.json.gz", "asked.json.gz", "pruned"):
        os.utime(tmp_path / name, (long_ago, long_ago))
    assert cache.get("asked") == 1
    cache.put("another", 1)
    assert sorted(path.name.partition(".")[0] for path in tmp_path.glob("*.json.gz")) == ["another", "asked", "new"]


def test_the_oldest_goes_when_there_is_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path)
    for number in range(4):
        cache.put(str(number), "x")
        os.utime(tmp_path / f"{number}.json.gz", (10**9 + number, 10**9 + number))
    monkeypatch.setattr("klint.render.cache.KEPT", float("inf"))
    monkeypatch.setattr("klint.render.cache.MAX_SIZE", 3 * (tmp_path / "0.json.gz").stat().st_size)
    os.utime(tmp_path / "pruned", (0, 0))
    cache.put("4", "x")
    assert [cache.get(str(number)) for number in range(5)] == [None, None, "x", "x", "x"]


def test_usual_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "home").mkdir()
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    found = usual_folder(tmp_path / "root")
    assert found is not None
    assert found.is_relative_to(tmp_path / "home")
    assert usual_folder(tmp_path / "home") is None
    assert usual_folder(tmp_path) is None
    monkeypatch.setenv("HOME", "/nowhere/at/all")
    assert usual_folder(tmp_path / "root") is None


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

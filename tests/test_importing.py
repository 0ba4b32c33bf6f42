"""klint's own finder of modules: it finds what Python finds, and loads what Python would load."""

import os
import py_compile
import sys
from importlib.machinery import PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

import pytest

import klint
from klint import importing
from klint.importing import Loader, import_faster

PACKAGE = Path(klint.__file__).parent
RULES = PACKAGE / "rules"


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


FILES = {name_of(file): file for file in sorted(PACKAGE.rglob("*.py")) if RULES not in file.parents}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A module with byte code beside it."""
    file = tmp_path / "module.py"
    file.write_text("ANSWER = 41\n")
    py_compile.compile(os.fspath(file), doraise=True)
    return file


def value(file: Path) -> int:
    """What the module sets, as it is loaded."""
    module = ModuleType("module")
    Loader("module", os.fspath(file)).exec_module(module)
    answer: int = module.ANSWER
    return answer


def refuse(*_: object) -> CodeType:
    pytest.fail("left to Python")


def test_every_module_is_found_as_python_finds_it() -> None:
    for name in FILES.keys() - {"klint"}:
        folder = FILES[name].parent.parent if FILES[name].name == "__init__.py" else FILES[name].parent
        ours, theirs = importing._Finder.find_spec(name), PathFinder.find_spec(name, [os.fspath(folder)])
        assert ours is not None
        assert theirs is not None
        for said in ("name", "origin", "cached", "has_location", "parent", "submodule_search_locations"):
            assert getattr(ours, said) == getattr(theirs, said), (name, said)
        assert isinstance(ours.loader, Loader)


@pytest.mark.parametrize("name", ["klint", "klint.nothing", "klint_rules_pack.entry", "klinter.cli", "json.decoder"])
def test_what_is_no_module_below_klint_is_left_to_others(name: str) -> None:
    assert importing._Finder.find_spec(name) is None


def test_python_asks_it_first_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = [PathFinder]
    monkeypatch.setattr(sys, "meta_path", asked)
    import_faster()
    import_faster()
    assert asked == [importing._Finder, PathFinder]


def test_byte_code_that_holds_is_all_that_is_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SourceFileLoader, "get_code", refuse)
    assert value(file) == 41


def test_a_source_of_another_time_is_read(file: Path) -> None:
    file.write_text("ANSWER = 42\n")
    os.utime(file, (1, 1))
    assert value(file) == 42


def test_a_source_of_another_size_is_read(file: Path) -> None:
    before = file.stat()
    file.write_text("ANSWER = 420\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert value(file) == 420


def test_byte_code_that_holds_by_a_hash_is_left_to_python(file: Path) -> None:
    mode = py_compile.PycInvalidationMode.CHECKED_HASH
    py_compile.compile(os.fspath(file), doraise=True, invalidation_mode=mode)
    file.write_text("ANSWER = 421\n")
    assert value(file) == 421


@pytest.mark.parametrize("data", [None, b"", b"\0" * 40], ids=["missing", "empty", "of another Python"])
def test_a_source_without_byte_code_is_compiled(file: Path, data: bytes | None) -> None:
    cached = Path(Loader("module", os.fspath(file)).cached)
    cached.unlink() if data is None else cached.write_bytes(data)
    assert value(file) == 41


def test_code_that_was_compiled_elsewhere_tells_where_it_is(file: Path) -> None:
    moved = file.parent / "moved"
    moved.mkdir()
    stat = file.stat()
    (moved / "__pycache__").mkdir()
    file.rename(moved / "module.py")
    assert (moved / "module.py").stat().st_mtime_ns == stat.st_mtime_ns
    loader = Loader("module", os.fspath(moved / "module.py"))
    Path(Loader("module", os.fspath(file)).cached).rename(loader.cached)
    code = loader.get_code("module")
    assert code is not None
    assert code.co_filename == os.fspath(moved / "module.py")

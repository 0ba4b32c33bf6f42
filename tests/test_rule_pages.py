"""Every example on every rule's page, and every case beside it, says what klint says."""

from pathlib import Path

import pytest

from klint.registry import built_in_folder
from klint.testing import check_page, read_cases, running, write_cases

FOLDERS = sorted(file.parent for file in built_in_folder().glob("*/*/rule.py"))


def test_there_are_rules() -> None:
    assert FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_page(folder: Path) -> None:
    check_page(folder)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_page_is_short_and_the_other_cases_stand_beside_it(folder: Path) -> None:
    assert len((folder / "README.md").read_text("utf-8").splitlines()) <= 120
    cases = (folder / "cases.txt").read_text("utf-8")
    assert write_cases(read_cases(cases)) == cases, "UPDATE=1 writes it so"


def test_rules_are_loaded_once_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    short = sorted(FOLDERS, key=lambda folder: (folder / "cases.txt").stat().st_size)[:3]
    check_page(short[0])

    def load(*_: object) -> None:
        raise AssertionError("loaded once more")

    monkeypatch.setattr(running, "load_rules", load)
    for folder in short:
        check_page(folder)

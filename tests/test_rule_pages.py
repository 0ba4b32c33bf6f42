"""Every example on every rule's page prints what the page says."""

from pathlib import Path

import pytest

from klint import testing
from klint.registry import built_in_folder
from klint.testing import check_page

FOLDERS = sorted(file.parent for file in built_in_folder().glob("*/*/rule.py"))


def test_there_are_rules() -> None:
    assert FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_page(folder: Path) -> None:
    check_page(folder)


def test_rules_are_loaded_once_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    check_page(FOLDERS[0])

    def load(*_: object) -> None:
        raise AssertionError("loaded once more")

    monkeypatch.setattr(testing, "load_rules", load)
    for folder in FOLDERS[:3]:
        check_page(folder)

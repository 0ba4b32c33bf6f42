"""The extension for Zed, as far as it can be told without building it: what its files and docs/editors.md say of it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from klint.server.settings import SECTION, Settings, misfits
from tests.editors.shop import ROOT

FOLDER = ROOT / "editors" / "zed"


def read(file: Path) -> dict[str, object]:
    return tomllib.loads(file.read_text("utf-8"))


def test_its_files_agree() -> None:
    package, extension = read(FOLDER / "Cargo.toml")["package"], read(FOLDER / "extension.toml")
    assert isinstance(package, dict)
    assert package["version"] == extension["version"]
    assert extension["language_servers"] == {
        SECTION: {"name": "klint", "languages": ["YAML", "Helm", "JSON", "Dockerfile", "Shell Script"]}
    }


def test_the_settings_that_are_shown_are_settings() -> None:
    page = (ROOT / "docs" / "editors.md").read_text("utf-8")
    shown = re.search(r"^## Zed$.*?^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert shown
    said = json.loads(shown[1])["lsp"][SECTION]["settings"]
    assert not [*misfits(said)]
    assert said.keys() == {"render", "minimumSeverity"}
    assert Settings.of(said) == Settings()

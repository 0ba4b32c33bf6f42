"""Kakoune with kakoune-lsp, set up as docs/editors.md says, with `klint server`: `python -m tests.editors.kakoune`.

It is run before a release. Debian has kakoune; `cargo install --locked kak-lsp` builds kakoune-lsp.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.editors.shop import LINE, MANIFEST, RIGHT, WRONG, open_shop, shown_set_up, surroundings

PATIENCE = 30
SESSION = "klint"


class Kakoune:
    """An editor without a screen, which is told what to do by commands."""

    def __init__(self, home: Path, manifest: Path) -> None:
        (home / "kak").mkdir()
        (home / "kak" / "kakrc").write_text("".join(shown_set_up("kak")), "utf-8")
        self._told = home / "told"
        self._environment = {**surroundings(home, manifest), "XDG_RUNTIME_DIR": str(home)}
        self._process = subprocess.Popen(
            ["kak", "-ui", "dummy", "-s", SESSION, str(manifest)], stdin=subprocess.DEVNULL, env=self._environment
        )

    def do(self, commands: str) -> None:
        """Run commands in the window."""
        command, told = ["kak", "-p", SESSION], f"evaluate-commands -client client0 %{{ {commands} }}"
        subprocess.run(
            command, input=told, env=self._environment, text=True, capture_output=True, check=False, timeout=30
        )

    def wait(self, expression: str, condition: Callable[[str], bool]) -> str:
        """Wait until an expression has a value that is right; gives it."""
        end, told = time.monotonic() + PATIENCE, ""
        while not condition(told):
            assert time.monotonic() < end, f"{expression} is {told!r}"
            time.sleep(0.1)
            self.do(f"echo -to-file {self._told} -- {expression}")
            told = self._told.read_text("utf-8") if self._told.exists() else ""
        return told

    def leave(self) -> None:
        """End it."""
        self.do("quit!")
        self._process.wait(PATIENCE)


def main() -> None:
    with TemporaryDirectory() as home, TemporaryDirectory() as folder:
        manifest = open_shop(Path(folder))
        kakoune = Kakoune(Path(home), manifest)
        line = MANIFEST.splitlines()[LINE - 1]
        first = len(line[: line.index("http}")].encode()) + 1  # Kakoune counts bytes, from 1
        told = kakoune.wait("%opt{lsp_inline_diagnostics}", lambda told: "|" in told)
        assert told.split()[1:] == [f"{LINE}.{first},{LINE}.{first + 3}|DiagnosticError"], told

        kakoune.do(f"select {LINE}.{first},{LINE}.{first}; lsp-code-action-sync '^Change targetPort to https'")
        kakoune.wait("%opt{lsp_inline_diagnostics}", lambda told: told.strip() != "" and "|" not in told)
        kakoune.do("write")
        kakoune.wait("%val{modified}", lambda told: told == "false")
        mended = MANIFEST.replace(WRONG, RIGHT)
        assert manifest.read_text("utf-8") == mended, manifest.read_text("utf-8")

        kakoune.do("select 6.1,6.1; execute-keys xyP")  # a key twice, which is mended when the file is saved
        kakoune.do("write")
        kakoune.wait("%val{modified}", lambda told: told == "false")
        assert manifest.read_text("utf-8") == mended, manifest.read_text("utf-8")
        kakoune.leave()
    sys.stdout.write("Kakoune shows the finding, and mends it and what is saved\n")


if __name__ == "__main__":
    main()

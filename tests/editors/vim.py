"""Vim with ALE, set up as docs/editors.md says, with `klint server`: `python -m tests.editors.vim`.

It is run before a release. Debian has what it takes in vim and vim-ale.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.editors.shop import LINE, MANIFEST, MESSAGE, RIGHT, WRONG, open_shop, shown_set_up, surroundings

CHECK = Path(__file__).with_name("ale.vim")
ALE = Path("/usr/share/vim-ale")

PLAIN = MANIFEST.replace("🐦", "bird")
"""ALE counts a line's bytes where the protocol counts units of UTF-16: after a bird all is in the wrong place."""


def main() -> None:
    with TemporaryDirectory() as place, TemporaryDirectory() as folder:
        home, manifest = Path(place), open_shop(Path(folder))
        manifest.write_text(PLAIN, "utf-8")
        plugins, after = home / ".vim" / "pack" / "ale" / "start", home / ".vim" / "after" / "plugin"
        for made in (plugins, after):
            made.mkdir(parents=True)
        (plugins / "ale").symlink_to(ALE)
        (after / "klint.vim").write_text(shown_set_up("vim")[0], "utf-8")
        (home / ".vimrc").write_text("filetype plugin indent on\n", "utf-8")
        subprocess.run(
            ["vim", "-n", "-i", "NONE", "--not-a-term", str(manifest), "-S", str(CHECK)],
            env={**surroundings(home, manifest), "TERM": "xterm"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=120,
        )
        answer = json.loads((home / "answer.json").read_text("utf-8"))
    assert "trouble" not in answer, answer["trouble"]
    column = PLAIN.splitlines()[LINE - 1].index("http}") + 1
    assert answer["before"] == [[LINE, column, "target-port-unresolved", MESSAGE]], answer["before"]
    assert "\n".join(answer["mended"]) + "\n" == PLAIN.replace(WRONG, RIGHT), answer["mended"]
    sys.stdout.write("Vim shows the finding, and mends it\n")


if __name__ == "__main__":
    main()

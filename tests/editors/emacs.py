"""Emacs with eglot, set up as docs/editors.md says, with `klint server`: `python -m tests.editors.emacs`.

It is run before a release. Debian has what it takes in emacs-nox, elpa-eglot and elpa-yaml-mode.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.editors.shop import LINE, MANIFEST, MESSAGE, RIGHT, WRONG, open_shop, shown_set_up, surroundings

CHECK = Path(__file__).with_name("eglot.el")


def main() -> None:
    with TemporaryDirectory() as home, TemporaryDirectory() as folder:
        manifest = open_shop(Path(folder))
        set_up = Path(home, "init.el")
        set_up.write_text(shown_set_up("elisp")[0], "utf-8")
        command = ["emacs", "--batch", "-l", str(set_up), "-l", str(CHECK), "-f", "check"]
        subprocess.run(command, env=surroundings(Path(home), manifest), check=True, timeout=120)
        answer = json.loads(Path(home, "answer.json").read_text("utf-8"))
    assert answer["before"] == [{"line": LINE, "text": f"klint [target-port-unresolved]: {MESSAGE}"}], answer["before"]
    assert answer["text"] == MANIFEST.replace(WRONG, RIGHT), answer["text"]
    sys.stdout.write("Emacs shows the finding, and mends it\n")


if __name__ == "__main__":
    main()

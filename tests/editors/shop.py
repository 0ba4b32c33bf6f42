"""What the editors open: a manifest with one finding, which a fix mends; and the set-up that docs/editors.md shows."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MESSAGE = "targetPort http of Service web matches no container port: Deployment web names its ports https"
LINE, WRONG, RIGHT = 3, "targetPort: http}", "targetPort: https}"
MANIFEST = """\
# The bird before the finding is one character, two units of UTF-16, four bytes.
{apiVersion: v1, kind: Service,
 metadata: {name: web, annotations: {team: "🐦"}}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: web
          ports: [{name: https, containerPort: 8080}]
"""


def open_shop(folder: Path) -> Path:
    """A repository with the manifest, and the manifest's path."""
    (folder / ".klint.yaml").touch()
    (folder / ".git").mkdir()
    manifest = folder / "web.yaml"
    manifest.write_text(MANIFEST, "utf-8")
    return manifest


def shown_set_up(language: str) -> list[str]:
    """The blocks of a language in docs/editors.md."""
    page = (ROOT / "docs" / "editors.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def surroundings(home: Path, manifest: Path) -> dict[str, str]:
    """The environment of an editor: this klint on the PATH, a home of its own, what it opens and where it answers."""
    folders = {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, **folders, "PATH": path, "MANIFEST": str(manifest), "ANSWER": str(home / "answer.json")}

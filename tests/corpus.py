"""Where public manifests are that tests lint and that are no part of this repository."""

from __future__ import annotations

import os
from pathlib import Path

CORPUS = Path(os.environ.get("KLINT_CORPUS") or Path(__file__).parents[2] / "shared" / "corpus").resolve()
"""The folder; it may not be there."""

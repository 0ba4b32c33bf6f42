"""Which Bundles, with which Targets, the common layouts of repositories have: the cases of workspaces/deployed.txt.

Notes of a case that begin with `bundle` are its Bundles: what each is called, where it goes, and what is in it.
`UPDATE=1` writes them.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from klint.records import replace
from klint.testing.cases import Case, read_cases, write_cases
from klint.testing.running import lint_files
from klint.workspace.bundles import Bundle

FILE = Path(__file__).with_name("workspaces") / "deployed.txt"
CASES = read_cases(FILE.read_text("utf-8"))


def told(bundle: Bundle) -> str:
    """`bundle apps/prod: production, eks: 2 Deployments, Service web`."""
    target = bundle.target
    where = ", ".join(filter(None, (target.environment or "environment unknown", target.platform)))
    kinds = Counter(resource.kind for resource in bundle.resources)
    held = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    return f"bundle {bundle.name}: {where}: {held}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title.partition(":")[0])
def test_bundles(case: Case) -> None:
    found = [told(bundle) for bundle in lint_files(case.files, []).bundles]
    said = [note for note in case.notes if note.startswith("bundle")]
    if os.environ.get("UPDATE"):
        others = tuple(note for note in case.notes if note not in said)
        cases = read_cases(FILE.read_text("utf-8"))
        updated = [replace(other, notes=(*others, *found)) if other.title == case.title else other for other in cases]
        FILE.write_text(write_cases(updated), "utf-8")
    else:
        assert found == said

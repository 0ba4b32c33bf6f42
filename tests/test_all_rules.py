"""What all rules together say about small workspaces, as people have them.

`layouts` (how manifests lie in folders), `deployed` (how repositories are laid out for those that deploy them),
`rendered` (charts and overlays), `quiet` (what is right, and easily taken for wrong) and `klint` (the rules about text
and about silence). Every rule runs, so that a new one is seen here.
"""

from pathlib import Path

import pytest

from klint.registry import load_rules
from klint.testing import check_cases

FILES = sorted(Path(__file__).with_name("workspaces").glob("*.txt"))


def test_there_are_workspaces() -> None:
    assert [file.stem for file in FILES] == ["deployed", "klint", "layouts", "quiet", "rendered"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_workspaces(file: Path) -> None:
    check_cases(file, [rule for rule in load_rules()[0] if rule.is_built_in])

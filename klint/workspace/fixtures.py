"""Which folders hold the fixtures of tests."""

from __future__ import annotations

from functools import lru_cache

_FIXTURES = frozenset(
    (
        *(f"test{mark}{what}" for mark in ("", "-", "_") for what in ("data", "case", "cases", "fixture", "fixtures")),
        *("fixture", "fixtures", "golden", "goldens", "goldenfiles", "golden-files", "golden_files"),
        *("snapshot", "snapshots", "e2e", "conformance"),
    )
)
"""Names of folders that hold the inputs and outputs of tests."""

TEST_SCRIPTS = frozenset(("test", "tests", "e2e", "hack"))
"""Names of folders whose scripts run against no cluster that anybody depends on."""


@lru_cache(maxsize=4096)
def is_among_fixtures(folder: str) -> bool:
    """Whether a folder is one, or lies in one."""
    return any(name.strip("_") in _FIXTURES for name in folder.lower().split("/"))

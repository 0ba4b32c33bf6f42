"""Which folders hold the fixtures of tests."""

from __future__ import annotations

from functools import lru_cache

from klint.regex import regex

_FIXTURES = regex(
    r"_*(?:test[-_]?(?:data|cases?|fixtures?)|fixtures?|golden(?:s|[-_]?files)?|snapshots?|e2e|conformance)_*\Z"
)
"""Names of folders that hold the inputs and outputs of tests."""

TEST_SCRIPTS = frozenset(("test", "tests", "e2e", "hack"))
"""Names of folders whose scripts run against no cluster that anybody depends on."""


@lru_cache(maxsize=4096)
def is_among_fixtures(folder: str) -> bool:
    """Whether a folder is one, or lies in one."""
    return any(_FIXTURES.match(name) for name in folder.lower().split("/"))

"""Scripts → the commands that would run."""

import re
from pathlib import Path

import pytest

from klint.document import Source
from klint.shell.bash import read_script
from klint.shell.commands import Command
from klint.shell.kubectl import read_kubectl
from klint.shell.snippet import Snippet

_CASE = re.compile(r"^### (.*)\n((?:.*\n)*?)---\n((?:(?!### ).*\n)*)", re.MULTILINE)
CASES = _CASE.findall((Path(__file__).parent / "shell" / "snippets.txt").read_text("utf-8"))


def read(script: str) -> list[Command]:
    return list(read_script(Snippet.whole(Source("script.sh", script))))


def kubectls(script: str) -> list[Command]:
    return [command for command in read(script) if read_kubectl(command) is not None]


def test_there_are_snippets() -> None:
    assert len(CASES) >= 200
    assert len({title for title, _, _ in CASES}) == len(CASES)


@pytest.mark.parametrize(("title", "script", "expected"), CASES, ids=[title for title, _, _ in CASES])
def test_snippet(title: str, script: str, expected: str) -> None:
    found = [f"{command}{' &' if command.in_background else ''}" for command in kubectls(script)]
    assert "\n".join(found).strip() == expected.strip(), title

"""Patterns mean what they mean to git, and no pattern takes longer than pattern and path are long."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from klint.config.patterns import Patterns
from tests.growth import assert_linear

NAMES = (
    "a",
    "b",
    "*",
    "**",
    "a*",
    "*b",
    "*.y",
    "?",
    "[ab]",
    "[!a]",
    "[a-c]",
    "a*b*",
    "ab",
    "x.y",
    "\\*a",
    "*a*a",
    "[z-a]",
)
FOLDERS = ("a", "b", "ab", "x.y", "aa", "aab", "abb", "*a", "c")


def is_ignored(patterns: Patterns, path: str) -> bool:
    """As a walk from the root finds it: nothing in an excluded folder comes back."""
    names = path.split("/")
    folders = ["/".join(names[: count + 1]) + "/" for count in range(len(names) - 1)]
    return any(patterns.match(folder) for folder in folders) or patterns.match(path)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not on the PATH")
def test_patterns_are_those_of_git(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    expected: dict[str, bool] = {}
    for number in range(500):
        lines = []
        for _ in range(chance.randint(1, 3)):
            line = "/".join(chance.choice(NAMES) for _ in range(chance.randint(1, 3)))
            line = chance.choice(("", "", "", "!")) + chance.choice(("", "", "", "/")) + line
            lines.append(line + chance.choice(("", "", "", "/", "  ")))
        folder = tmp_path / f"n{number}"
        folder.mkdir()
        (folder / ".gitignore").write_text("\n".join(lines) + "\n")
        patterns = Patterns(tuple(lines))
        for _ in range(10):
            path = "/".join(chance.choice(FOLDERS) for _ in range(chance.randint(1, 4)))
            expected[f"n{number}/{path}"] = is_ignored(patterns, path)
    done = subprocess.run(
        ["git", "-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index", "--stdin", "-z"],
        cwd=tmp_path,
        input="\0".join(expected),
        capture_output=True,
        text=True,
        check=False,
    )
    ignored = set(done.stdout.split("\0"))
    assert len(ignored) > 500
    wrong = [
        f"{path} by {(tmp_path / path.split('/')[0] / '.gitignore').read_text().split()}: git says {path in ignored}"
        for path, is_out in expected.items()
        if is_out != (path in ignored)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("line", "path", "matches"),
    [
        ("a b", "a b", True),
        ("a\\ ", "a ", True),
        ("a  ", "a", True),
        ("#a", "#a", False),
        ("\\#a", "#a", True),
        ("\\!a", "!a", True),
        ("a[]]", "a]", True),
        ("a[^b]", "ab", False),
        ("a[^b]", "a/", False),
        ("a[\\]]", "a]", True),
        ("a.c", "abc", False),
        ("a?c", "a/c", False),
        ("*", "a\nb", True),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**/b", "ab", False),
        ("a*a", "a", False),
        ("a*ab", "ab", False),
        ("/", "a", False),
        ("", "a", False),
    ],
)
def test_pattern(line: str, path: str, matches: bool) -> None:
    assert Patterns((line,)).match(path) is matches


@pytest.mark.parametrize("line", ["!", "a\\", "[z-a]", "[a", "!/", "//"])
def test_what_is_no_pattern(line: str) -> None:
    patterns = Patterns((line, "a"))
    assert patterns.invalid == (line,)
    assert patterns.match("a")
    assert not patterns.match("b")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a", "a"),
        ("a*", "a"),
        ("*?", "a"),
        ("*[a]", "a"),
        ("*a", "b"),
        ("**/a*/", "a"),
        ("*/", "a/"),
        ("**/a/", "a/"),
        ("**/*/", "a/"),
        ("?*", "a"),
    ],
)
def test_stars_cost_no_more_than_their_number(pattern: str, path: str) -> None:
    assert_linear(
        lambda size: (pattern * 60 + "c", path * size),
        lambda made: [Patterns((made[0],)).match(made[1]) for _ in range(10)],
    )
    assert_linear(
        lambda size: (pattern * size + "c", path * 200), lambda made: Patterns((made[0],)).match(made[1]), start=50
    )

"""Lints the small workspaces of pages and cases, one after the other in a folder of their own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from klint.fixing import make_fixes
from klint.fixing.files import diff
from klint.registry import load_rules
from klint.session import Options, Session
from klint.text.encoding import decode
from klint.workspace.paths import shown

if TYPE_CHECKING:
    from klint.engine import Report
    from klint.registry import Rule


Result = TypeVar("Result")


def lint_files(files: Mapping[str, str], rules: Sequence[Rule], others: Sequence[str] = ()) -> Report:
    """Lint texts, by path, with rules and those that are named beside them.

    Raises:
        AssertionError: there is no rule of such a name.
    """
    return _in_session(files, rules, others, Session.report)


def fix_files(
    files: Mapping[str, str], rules: Sequence[Rule], others: Sequence[str] = ()
) -> tuple[dict[str, str], str]:
    """What all fixes make of texts, unsafe ones among them: those that are another then, by path, and a diff.

    Raises:
        AssertionError: there is no rule of such a name.
    """

    def fix(session: Session) -> tuple[dict[str, str], str]:
        fixed = make_fixes(session, is_unsafe=True)
        return {shown(path): decode(content).text for path, content in fixed.after.items()}, diff(fixed, context=1)

    return _in_session(files, rules, others, fix)


def _in_session(
    files: Mapping[str, str], rules: Sequence[Rule], others: Sequence[str], ask: Callable[[Session], Result]
) -> Result:
    known = known_rules()
    named = [rule for rule in known if rule.name in others]
    assert len(named) == len(others), f"Of {', '.join(others)}, there are only {', '.join(rule.name for rule in named)}"
    previous = Path.cwd()
    try:
        os.chdir(_folder().name)
        for name, text in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(text.encode("utf-8"))
        options = Options(use_cache=False)
        return ask(Session.of(["."], [*rules, *named], options=options, known=[*known, *rules]))
    finally:
        os.chdir(previous)
        for path in list(Path(_folder().name).iterdir()):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """What each example is alone in, in turn: to make and remove a folder takes as long as to lint it."""
    return tempfile.TemporaryDirectory(ignore_cleanup_errors=True)


@cache
def known_rules() -> tuple[Rule, ...]:
    """The rules that are installed, loaded once: a page has many examples."""
    return load_rules()[0]


def rule_in(folder: Path) -> Rule:
    """The rule that a folder holds.

    Raises:
        AssertionError: it holds none, or one that cannot be loaded.
    """
    for rule in known_rules():
        if rule.folder.resolve() == folder.resolve():
            return rule
    rules, failures = load_rules([str(folder.parent.parent)])
    matching = [rule for rule in rules if rule.folder.resolve() == folder.resolve()]
    assert matching, f"{folder} holds no rule: {', '.join(map(str, failures))}"
    return matching[0]

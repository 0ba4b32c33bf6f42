"""Runs of `klint check` that remember: what they say is what one says that remembers nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from klint.cli.commands import klint
from klint.engine import Report
from klint.render.cache import usual_folder
from klint.session import Session


class Runs:
    """Runs on a tree: how many of them had to lint all of it, and how many took up what an earlier one knew."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.linted = self.taken_up = 0

    def count(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Count from now on."""
        report, take_up = Session.report, Session.take_up

        def reported(session: Session) -> Report:
            self.linted += 1
            return report(session)

        def taken_up(session: Session, *arguments: Any) -> Report | None:
            found = take_up(session, *arguments)
            self.taken_up += found is not None
            return found

        monkeypatch.setattr(Session, "report", reported)
        monkeypatch.setattr(Session, "take_up", taken_up)

    def check(self, *arguments: str) -> Result:
        return CliRunner().invoke(klint, ["check", *arguments], prog_name="klint", catch_exceptions=False)

    def is_said_again(self, *arguments: str) -> bool:
        """Whether a run need not lint."""
        return self._counted(lambda: self.linted, *arguments) == 0

    def is_taken_up(self, *arguments: str) -> bool:
        """Whether a run need not lint all of it."""
        return self._counted(lambda: self.taken_up, *arguments) > 0

    def takes_up(self, *arguments: str) -> bool:
        """The same, where nobody need compare what it says."""
        before = self.taken_up
        self.check(*arguments)
        return self.taken_up > before

    def _counted(self, count: Callable[[], int], *arguments: str) -> int:
        """How much a run adds to a count; what it says is what one says that remembers nothing."""
        before = count()
        found = self.check(*arguments)
        more = count() - before
        fresh = self.check("--no-cache", *arguments)
        assert (found.stdout, found.stderr, found.exit_code) == (fresh.stdout, fresh.stderr, fresh.exit_code)
        return more

    def write(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def records(self) -> list[Path]:
        return sorted((usual_folder(self.root) or self.root).glob("*.json.gz"))

"""klint server: what linting a root costs, again and again."""

from __future__ import annotations

import gc
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from klint import session
from klint.edits import edited
from klint.registry import load_rules
from klint.server.buffers import Buffer
from klint.server.client import Client
from klint.server.features import Features
from klint.server.linter import Job, Linter
from klint.server.outcome import Outcome
from klint.server.settings import Settings
from tests.manifests import DEPLOYMENT, INGRESS, SERVICE

RULES = load_rules()[0]
OLD = INGRESS.replace("networking.k8s.io/v1", "extensions/v1beta1").replace(
    INGRESS[INGRESS.index("service:") :], "serviceName: web\n              servicePort: 80\n"
)


class Desk:
    """A root with documents that are open, linted as the server does it."""

    def __init__(self, folder: Path) -> None:
        self.client = Client(asks=True, shows_related=True, shows_markdown=True)
        self.linter = Linter(folder, [folder], RULES, self.client)
        self.buffers: dict[Path, Buffer] = {}

    def job(self, touched: frozenset[Path] | None = frozenset(), *, renders: bool = False) -> Job:
        uris = {path: buffer.uri for path, buffer in self.buffers.items()}
        progress: Any = nullcontext()
        return Job(dict(self.buffers), uris, Settings(), progress, touched, renders)

    def type(self, file: Path, text: str) -> Outcome:
        known = self.buffers.get(file)
        self.buffers[file] = Buffer(file.as_uri(), file, text, known.version + 1 if known else 1)
        return self.linter.lint(self.job())


def said(outcome: Outcome) -> list[str]:
    return sorted(f"{path.name}: {one.message}" for path, told in outcome.files.items() for one in told.diagnostics)


def test_fixing_a_file_costs_one_more_look_at_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[object] = []
    judge = session.judge
    monkeypatch.setattr(session, "judge", lambda *given, **more: looks.append(given) or judge(*given, **more))
    file, other = tmp_path / "web.yaml", tmp_path / "other.yaml"
    file.write_text("")
    other.write_text(f"{SERVICE}---\n{DEPLOYMENT}")
    desk = Desk(tmp_path)
    desk.linter.lint(desk.job(None, renders=True))
    before = said(desk.type(file, OLD))
    assert any("extensions/v1beta1" in text for text in before)
    looks.clear()
    edits = desk.linter.fixed(desk.job(), file)
    assert edits
    assert len(looks) == 1
    assert said(desk.linter.lint(desk.job())) == before  # who does not take them sees what there is
    edits = desk.linter.fixed(desk.job(), file)
    looks.clear()
    after = desk.type(file, edited(OLD, edits))
    assert not looks  # and who does has it linted already
    assert not any("extensions/v1beta1" in text for text in said(after))

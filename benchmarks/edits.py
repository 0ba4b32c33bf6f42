"""What does an edit cost in a workspace that is open?

One process opens a workspace, as an editor does, and is told of edits in a buffer: of a port, which touch the namespace
alone; and of a label, a name or a file that comes and goes, which may move files between bundles. The time is the
processor's, from the edit to the findings.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.measure import own_memory
from benchmarks.workspaces import write_workspace

DOCUMENTS = 10_000
EDITS = {"a port": 1_000, "a label": 100, "a name": 100, "a file created and deleted": 100}
_SCRIPT = "import sys; from benchmarks.edits import say; say(sys.argv[1])"


@dataclass(frozen=True)
class Edits:
    """Processor time in seconds of edits, by what they are of, and the most memory before and after them in bytes."""

    what: str
    documents: int
    count: int
    opening: float
    median: float
    late: float
    """What 99 in 100 stay below."""
    memory_open: int
    memory_after: int


def measure_edits() -> Iterator[Edits]:
    """Every kind of edit, in a process of its own."""
    for what in EDITS:
        made = subprocess.run([sys.executable, "-c", _SCRIPT, what], stdout=subprocess.PIPE, check=True)
        found = Edits(**json.loads(made.stdout))
        print(f"{what}: {found.median * 1e3:.0f} ms, {found.late * 1e3:.0f} ms", file=sys.stderr)
        yield found


def say(what: str) -> None:
    """Measure one kind of edit in this process, and write it as JSON."""
    with tempfile.TemporaryDirectory() as name:
        found = edits(Path(name).resolve(), what, DOCUMENTS, EDITS[what])
    print(json.dumps(vars(found)))


def edits(folder: Path, what: str, documents: int, count: int) -> Edits:
    """Open a workspace of so many documents, and edit a file of it so often."""
    from klint.registry import load_rules
    from klint.session import Session

    write_workspace(folder, documents, with_findings=True)
    files = sorted(folder.rglob("*.yaml"))
    file = files[len(files) // 2]
    text = file.read_text("utf-8")
    session = Session.of([str(folder)], load_rules()[0], isolated=True)
    opening = _time(session.report)
    gc.freeze()  # as who keeps a workspace open does
    memory = own_memory()
    took = []
    for number in range(count):
        buffers = _edit(what, number, file, text)
        took.append(_time(partial(session.update, buffers, touched=(), render=False)))
    took.sort()
    late = took[min(len(took) - 1, len(took) * 99 // 100)]
    return Edits(what, documents, count, opening, took[len(took) // 2], late, memory, own_memory())


def _edit(what: str, number: int, file: Path, text: str) -> dict[Path, bytes | None]:
    """The buffers after an edit: something else each time."""
    if what == "a file created and deleted":
        return {} if number % 2 else {file.with_name("new.yaml"): text.replace(file.stem, f"new-{number}").encode()}
    old, new = _REPLACED[what]
    return {file: text.replace(old, f"{new}{number + 1}").encode()}


_REPLACED = {
    "a port": ("containerPort: 8080", "containerPort: 1"),
    "a label": ("  selector:\n    app.kubernetes.io/name: ", "  selector:\n    app.kubernetes.io/name: other-"),
    "a name": ("kind: Service\nmetadata:\n  name: ", "kind: Service\nmetadata:\n  name: other-"),
}
"""What edits replace, and what by, before a number."""


def _time(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before

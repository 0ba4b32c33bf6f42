"""What does an edit cost in a workspace that is open?

One process opens a workspace, as an editor does, and is told of edits in a buffer: of a port, which touch the namespace
alone; and of labels, which may move files between bundles. The time is the processor's, from the edit to the findings.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.workspaces import write_workspace

DOCUMENTS = 10_000
EDITS = {"a port": 1_000, "a label": 20}
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
    memory = _memory()
    took = []
    for number in range(count):
        buffer = text.replace(*_edit(what, number)).encode()
        took.append(_time(partial(session.update, {file: buffer}, touched=(), render=False)))
    took.sort()
    late = took[min(len(took) - 1, len(took) * 99 // 100)]
    return Edits(what, documents, count, opening, took[len(took) // 2], late, memory, _memory())


def _edit(what: str, number: int) -> tuple[str, str]:
    """What an edit replaces, and by what: something else each time."""
    if what == "a port":
        return "containerPort: 8080", f"containerPort: {8081 + number}"
    selector = "  selector:\n    app.kubernetes.io/name: "
    return selector, f"{selector}{'x' * (number + 1)}"


def _time(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

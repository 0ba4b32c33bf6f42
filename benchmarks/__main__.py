"""Measure klint, and other linters when they are on the PATH, as whole processes.

On a machine that does nothing else, or the times are those of its other work.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import klint
from benchmarks import peers
from benchmarks.edits import measure_edits
from benchmarks.growth import measure_growth
from benchmarks.measure import Measurement, TooSlowError, measure, run
from benchmarks.renderings import measure_renderings
from benchmarks.reports import measure_reports
from benchmarks.results import Results, Row
from benchmarks.routes import measure_routes
from benchmarks.workspaces import write_repository, write_workspace

KLINT = (str(Path(sys.executable).with_name("klint")), "check", "--isolated", ".")
"""The script that installing klint beside this interpreter made, as users run it."""
FRESH = (*KLINT, "--no-cache")
"""A run that says nothing again."""
SIZES = (1_000, 10_000, 50_000)
APPS = 200
"""In the repository like real ones."""
PARTS = {
    "workspaces": "klint and the others on workspaces",
    "growth": "growth",
    "routes": "routes",
    "renderings": "rendering",
    "reports": "reports with fixes",
    "edits": "edits in an open workspace",
}
"""What can be measured by itself, by the option for it."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="documents in the generated workspaces")
    parser.add_argument("--runs", type=int, default=5, help="runs of each command, after one to warm up")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds after which another tool is stopped")
    parser.add_argument("--no-peers", action="store_true", help="measure klint alone")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent, help="folder for results.json and .md")
    for part, what in PARTS.items():
        more = f"measure {what} anew, and keep the other results; goes with others like it"
        parser.add_argument(f"--{part}", action="append_const", dest="parts", const=part, help=more)
    options = parser.parse_args(arguments)
    if not Path(KLINT[0]).exists():
        parser.error(f"install klint beside {Path(sys.executable).name} first: python -m pip install .")
    with tempfile.TemporaryDirectory() as name:
        measured = dict(_measured(options, Path(name)))
    results = replace(Results.read(options.output), **measured) if options.parts else Results(**measured)
    results.write(options.output)


def _measured(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Any]]:
    """The parts that are asked for, or all of them: what each of their results is called, and the result."""
    wanted = options.parts or PARTS
    if "workspaces" in wanted:
        yield from _workspaces(options, folder).items()
    measures: dict[str, Callable[[], Iterable[Any]]] = {
        "growth": measure_growth,
        "routes": partial(measure_routes, FRESH, folder / "routes", options.runs),
        "renderings": partial(measure_renderings, KLINT, folder / "renderings"),
        "edits": measure_edits,
        "reports": measure_reports,  # last: it is measured in this process, below whose memory no child's is seen
    }
    for part, measure_part in measures.items():
        if part in wanted:
            yield part, tuple(measure_part())


def _workspaces(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """What klint and the others take for a small file, for workspaces, and for a repository like real ones."""
    found = () if options.no_peers else peers.installed()
    runs, limit = options.runs, options.limit
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count() or 1,
        "limit": limit,
        "interpreter": measure((sys.executable, "-I", "-c", "pass"), folder=folder, runs=4 * runs, limit=60),
        "cold_start": tuple(_cold_start(folder, found, runs, limit)),
        "throughput": tuple(_throughput(folder, found, options.sizes, runs, limit)),
        "repository": tuple(_repository(folder, found, runs, limit)),
        "peers": {peer.name: peer.does for peer in found},
    }


def _cold_start(folder: Path, found: Sequence[peers.Peer], runs: int, limit: float) -> Iterator[Row]:
    workspace = folder / "one"
    write_workspace(workspace, 3, with_findings=False)
    yield _klint(workspace, 3, findings=0, runs=4 * runs)
    for peer in found:
        yield Row(peer.name, peers.version(peer), 3, False, _peer(peer, workspace, runs, limit))


def _throughput(
    folder: Path, found: Sequence[peers.Peer], sizes: Sequence[int], runs: int, limit: float
) -> Iterator[Row]:
    too_slow: set[str] = set()
    for size in sorted(sizes):
        for with_findings in (False, True):
            workspace = folder / f"{size}-{with_findings}"
            findings = write_workspace(workspace, size, with_findings=with_findings)
            yield _klint(workspace, size, findings=findings, runs=runs)
            for peer in () if with_findings else found:
                measured = None if peer.name in too_slow else _peer(peer, workspace, runs, limit)
                if measured is None:
                    too_slow.add(peer.name)
                yield Row(peer.name, peers.version(peer), size, False, measured)


def _repository(folder: Path, found: Sequence[peers.Peer], runs: int, limit: float) -> Iterator[Row]:
    workspace = folder / "repository"
    documents = write_repository(workspace, APPS)
    yield _klint(workspace, documents, findings=0, runs=runs)
    for peer in found:
        yield Row(peer.name, peers.version(peer), documents, False, _peer(peer, workspace, runs, limit))


def _klint(workspace: Path, documents: int, *, findings: int, runs: int) -> Row:
    """Measure klint; stop when it does not find what the workspace was made to hold."""
    checked = run(FRESH, folder=workspace, limit=3600, keep_output=True)
    if checked.exit_code != bool(findings) or checked.output.count("[target-port-unresolved]") != findings:
        raise SystemExit(f"{checked.output}\nklint exited with {checked.exit_code}, {findings} findings expected")
    measured = measure(FRESH, folder=workspace, runs=runs, limit=3600)
    _say("klint", documents, measured)
    return Row("klint", klint.__version__, documents, bool(findings), measured)


def _peer(peer: peers.Peer, workspace: Path, runs: int, limit: float) -> Measurement | None:
    files = peers.files_below(workspace)
    try:
        measured = measure(peer.command(files), folder=workspace, runs=runs, limit=limit)
    except TooSlowError:
        measured = None
    if measured is not None and measured.exit_code not in peer.exit_codes:
        raise SystemExit(f"{peer.name} exited with {measured.exit_code}: mend that, or leave it out of the PATH")
    _say(peer.name, len(files) * 3, measured)
    return measured


def _say(tool: str, documents: int, measured: Measurement | None) -> None:
    took = "stopped" if measured is None else f"{measured.wall:.3f} s, exit code {measured.exit_code}"
    print(f"{tool}, {documents} documents: {took}", file=sys.stderr)


if __name__ == "__main__":
    main()

"""What a run of the benchmarks found, as JSON and as a page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.edits import Edits
from benchmarks.growth import FLAT, Growth
from benchmarks.measure import Measurement
from benchmarks.renderings import Renderings
from benchmarks.reports import Written
from benchmarks.routes import GATEWAYS, SERVICES, TWICE, Routes


@dataclass(frozen=True)
class Row:
    """One tool on one workspace. `measurement` is None when it took longer than the limit."""

    tool: str
    version: str
    documents: int
    findings: bool
    measurement: Measurement | None


@dataclass(frozen=True)
class Results:
    """Everything of one run. `interpreter` is `python -I -c pass`; `limit` how many seconds a peer gets."""

    python: str
    cores: int
    limit: float
    interpreter: Measurement
    cold_start: tuple[Row, ...]
    throughput: tuple[Row, ...]
    repository: tuple[Row, ...]
    peers: dict[str, str]
    growth: tuple[Growth, ...] = ()
    routes: tuple[Routes, ...] = ()
    renderings: tuple[Renderings, ...] = ()
    reports: tuple[Written, ...] = ()
    edits: tuple[Edits, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Results:
        """What a run has written."""
        found = json.loads((folder / "results.json").read_text("utf-8"))
        rows = {
            table: tuple(
                Row(**{**row, "measurement": Measurement(**row["measurement"]) if row["measurement"] else None})
                for row in found[table]
            )
            for table in ("cold_start", "throughput", "repository")
        }
        growth = tuple(
            Growth(item["kind"], item["shape"], {int(size): took for size, took in item["seconds"].items()})
            for item in found.get("growth", ())
        )
        routes = tuple(Routes(**item) for item in found.get("routes", ()))
        renderings = tuple(Renderings(**item) for item in found.get("renderings", ()))
        reports = tuple(Written(**item) for item in found.get("reports", ()))
        edits = tuple(Edits(**item) for item in found.get("edits", ()))
        parts = {"growth": growth, "routes": routes, "renderings": renderings, "reports": reports, "edits": edits}
        return cls(**{**found, **rows, **parts, "interpreter": Measurement(**found["interpreter"])})

    def write(self, folder: Path) -> None:
        """Write results.json and results.md."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "results.json").write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")
        (folder / "results.md").write_text("\n".join(self._page()) + "\n", "utf-8")

    def _page(self) -> Iterator[str]:
        yield "# Benchmarks"
        yield ""
        yield (
            f"Whole processes, from start to exit, on {self.cores} cores with Python {self.python}, byte code compiled"
            "; medians of several runs after one that warms the caches. "
            "`python -m benchmarks` makes this page. Times differ from machine to machine; the ratios less so."
        )
        yield ""
        yield "## One small file"
        yield ""
        yield f"A Deployment, a Service and an Ingress, nothing wrong with them; {self.interpreter.runs} runs."
        yield ""
        base = self.interpreter
        rows = [["`python -I -c pass`", "", _milliseconds(base.wall), "1.0", _memory(base)]]
        for row in self.cold_start:
            found = row.measurement
            if found is None:
                rows.append([row.tool, row.version, f"more than {self.limit:g} s", "", ""])
            else:
                ratio = f"{found.wall / base.wall:.1f}"
                rows.append([row.tool, row.version, _milliseconds(found.wall), ratio, _memory(found)])
        yield from _table(["command", "version", "time", "times the bare interpreter", "peak memory"], rows)
        yield ""
        yield "## Workspaces"
        yield ""
        yield (
            "Deployment, Service and Ingress in threes, three documents a file. With findings, one Service in ten "
            "names a target port that its pods do not have. Processor time counts all cores; klint uses one."
        )
        yield ""
        yield from _table(
            [
                "documents",
                "findings",
                "tool",
                "time",
                "processor time",
                "time a document",
                "peak memory",
                "times klint",
            ],
            [self._throughput_row(row) for row in self.throughput],
        )
        yield ""
        yield "## A repository like real ones"
        yield ""
        yield (
            "The same, and beside it what public repositories of operators and monitoring hold: CRDs of 10,000 lines, "
            "alerts, dashboards and scripts, which are nine tenths of the characters."
        )
        yield ""
        yield from _table(
            [
                "documents",
                "tool",
                "time",
                "processor time",
                "peak memory",
                "time by klint's",
                "processor time by klint's",
            ],
            [self._repository_row(row) for row in self.repository],
        )
        yield from self._routes_table()
        yield from self._renderings_table()
        yield from self._reports_table()
        yield from self._edits_table()
        yield from self._growth_tables()
        if self.peers:
            yield ""
            yield "## What the others do"
            yield ""
            yield (
                "The tools overlap little, so a ratio says what a run costs, not which is better at one task. "
                "Each ran with its defaults, offline."
            )
            yield ""
            yield from (f"- {name}: {does}." for name, does in self.peers.items())

    def _routes_table(self) -> Iterator[str]:
        if not self.routes:
            return
        yield from ("", "## Routes", "")
        yield (
            f"{SERVICES} Services with their pods, {GATEWAYS} Gateways and an ingress controller, in one bundle; and "
            "routes to these Services, or as many further Services. Processor time of a whole process. The last column "
            f"is how many times as long it takes with routes: no more than {TWICE:g}. "
            "`python -m benchmarks --routes` measures this part alone."
        )
        yield ""
        yield from _table(
            ["routes", "of", "with", "with Services", "with routes", "factor"],
            [
                [
                    f"{item.count:,}",
                    item.kind,
                    item.hosts,
                    f"{item.without:.2f} s",
                    f"{item.seconds:.2f} s",
                    f"{item.factor:.2f}",
                ]
                for item in self.routes
            ],
        )

    def _reports_table(self) -> Iterator[str]:
        if not self.reports:
            return
        yield from ("", "## Reports", "")
        yield (
            "Findings of which most have a fix, whose edits are made for the report. Processor time of writing alone. "
            "`python -m benchmarks --reports` measures this part alone."
        )
        yield ""
        yield from _table(
            ["findings", "with fixes", "as", "processor time", "time a finding"],
            [
                [
                    f"{item.findings:,}",
                    f"{item.fixes:,}",
                    item.format,
                    f"{item.seconds:.2f} s",
                    f"{item.seconds / item.findings * 1e6:.0f} µs",
                ]
                for item in self.reports
            ],
        )

    def _edits_table(self) -> Iterator[str]:
        if not self.edits:
            return
        yield from ("", "## Edits", "")
        yield (
            "A workspace that is open, as in an editor, and edits in one file: of a port, which leave bundles as they "
            "are, and of a label, a name or a file that comes and goes, which may move files between them. "
            "Processor time from the edit to the findings. "
            "`python -m benchmarks --edits` measures this part alone."
        )
        yield ""
        yield from _table(
            ["documents", "edits", "of", "opening", "median", "99 in 100 within", "memory, open", "memory after"],
            [
                [
                    f"{item.documents:,}",
                    f"{item.count:,}",
                    item.what,
                    f"{item.opening:.2f} s",
                    _milliseconds(item.median),
                    _milliseconds(item.late),
                    *(f"{memory / 1e6:.0f} MB" for memory in (item.memory_open, item.memory_after)),
                ]
                for item in self.edits
            ],
        )

    def _renderings_table(self) -> Iterator[str]:
        if not self.renderings:
            return
        yield from ("", "## Runs on what is as it was", "")
        yield (
            "Charts like those that `helm create` makes, and overlays that all take in definitions of custom "
            "resources of 20,000 lines, and plain manifests: linted without a cache, again with it, and after a change "
            "in one of them. "
            "Processor time of whole processes, with all that they start. "
            "`python -m benchmarks --renderings` measures this part alone."
        )
        yield ""
        yield from _table(
            ["how many", "of", "first", "again", "after a change", "again by first"],
            [
                [
                    f"{item.count:,}",
                    f"a {item.kind}",
                    *(f"{seconds:.2f} s" for seconds in (item.first, item.second, item.changed)),
                    f"{item.second / item.first:.2f}",
                ]
                for item in self.renderings
            ],
        )

    def _growth_tables(self) -> Iterator[str]:
        if not self.growth:
            return
        sizes = tuple(self.growth[0].seconds)
        few, most = sizes[0], sizes[-1]
        yield from ("", "## Growth", "")
        yield (
            f"Objects of every kind that rules look at, with what each needs: {few:,} and {most:,}. The time is "
            "the processor's, in microseconds for one object, of bundling and of all rules; reading is left out. The "
            f"last column is how many times as long an object takes among {most:,}: no more than {FLAT:g}, or "
            "something grows faster than its input. `python -m benchmarks --growth` measures this part alone."
        )
        yield ""
        yield from _table(
            ["objects", "in", *(f"{size:,}" for size in sizes), "factor"],
            [
                [item.kind, item.shape, *(f"{took * 1e6:.0f}" for took in item.seconds.values()), f"{item.factor:.2f}"]
                for item in self.growth
            ],
        )

    def _repository_row(self, row: Row) -> list[str]:
        cells = [f"{row.documents:,}", row.tool]
        found = row.measurement
        if found is None:
            return [*cells, f"more than {self.limit:g} s", "", "", "", ""]
        klint = next(other.measurement for other in self.repository if other.tool == "klint")
        ratios = [f"{found.wall / klint.wall:.2f}", f"{found.cpu / klint.cpu:.2f}"] if klint else ["", ""]
        return [*cells, f"{found.wall:.2f} s", f"{found.cpu:.2f} s", _memory(found), *ratios]

    def _throughput_row(self, row: Row) -> list[str]:
        findings = "yes" if row.findings else "no"
        cells = [f"{row.documents:,}", findings, row.tool]
        found = row.measurement
        if found is None:
            return [*cells, f"more than {self.limit:g} s", "", "", "", ""]
        klint = next(
            other.measurement
            for other in self.throughput
            if (other.tool, other.documents, other.findings) == ("klint", row.documents, row.findings)
        )
        return [
            *cells,
            f"{found.wall:.2f} s",
            f"{found.cpu:.2f} s",
            f"{found.wall / row.documents * 1e6:.0f} µs",
            _memory(found),
            f"{found.wall / klint.wall:.1f}" if klint else "",
        ]


def _memory(measured: Measurement) -> str:
    is_seen = measured.peak_memory > measured.floor
    return f"{measured.peak_memory / 1e6:.0f} MB" if is_seen else f"below {measured.floor / 1e6:.0f} MB"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield _line(head)
    yield _line(["---"] * len(head))
    yield from map(_line, rows)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"

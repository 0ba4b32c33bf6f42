"""The second run of `klint check`: what it says again, and what makes it look again."""

import gzip
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from klint.cli.commands import klint
from klint.registry import Rule, load_rules
from klint.remembering import installation, trace
from klint.session import Session
from klint.workspace.disk import DiskTree
from tests.manifests import DEPLOYMENT, INGRESS, SERVICE
from tests.runs import Runs

BROKEN = INGRESS.replace("name: web\n", "name: wbe\n")
HOUR = 3600


@pytest.fixture
def again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    root = tmp_path / "repository"
    write(root / "apps/web.yaml", f"{DEPLOYMENT}---\n{SERVICE}---\n{BROKEN}")
    write(root / "apps/other/web.yaml", SERVICE.replace("name: web", "name: other"))
    write(root / ".gitignore", "ignored/\n")
    write(root / "apps/ignored/web.yaml", BROKEN)
    write(root / ".git/config", '[remote "origin"]\nurl = https://git.example.com/shop/web\n')
    write(root / ".klint.yaml", "targets:\n  - path: apps/\n    environment: production\n")
    found = Runs(root)

    monkeypatch.chdir(root / "apps")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    found.count(monkeypatch)
    return found


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--verbose", "--color", "always"),
        ("-o", "sarif=../../out/report.sarif", "-o", "github"),
        ("--report-only", "web.yaml"),
    ],
)
def test_what_an_unchanged_tree_says(again: Runs, arguments: tuple[str, ...]) -> None:
    first = again.check(*arguments)
    written = [file.read_bytes() for file in Path("../../out").glob("*")]
    for file in Path("../../out").glob("*"):
        file.unlink()
    second = again.check(*arguments)
    assert again.linted == 1
    assert (second.stdout_bytes, second.stderr_bytes) == (first.stdout_bytes, first.stderr_bytes)
    assert second.exit_code == first.exit_code == 1
    assert [file.read_bytes() for file in Path("../../out").glob("*")] == written
    assert again.check(*arguments, "--no-cache").stdout == first.stdout


def replaced(name: str, old: str, new: str) -> Callable[[Runs], None]:
    return lambda again: write(again.root / name, (again.root / name).read_text().replace(old, new))


def secretly(again: Runs) -> None:
    """As many bytes, and the time of change set to what it was."""
    file = again.root / "apps/web.yaml"
    before = file.stat()
    write(file, file.read_text().replace("wbe", "web"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size


def tracked(again: Runs) -> None:
    """Git tracks what it ignores."""
    name = b"apps/ignored/web.yaml"
    entry = bytes(60) + len(name).to_bytes(2, "big") + name
    entry += bytes(8 - len(entry) % 8)
    (again.root / ".git/index").write_bytes(
        b"DIRC" + (2).to_bytes(4, "big") + (1).to_bytes(4, "big") + entry + bytes(20)
    )


def linked(again: Runs) -> None:
    (again.root / "apps/web.yaml").rename(again.root / "web.yaml")
    (again.root / "apps/web.yaml").symlink_to(again.root / "web.yaml")


def made_a_folder(again: Runs) -> None:
    (again.root / "apps/new.yaml").unlink()
    (again.root / "apps/new.yaml").mkdir()


CHANGES: dict[str, Callable[[Runs], object]] = {
    "a content of the same size and time": secretly,
    "a content": replaced("apps/web.yaml", "name: web", "name: shop"),
    "a new file": lambda again: write(again.root / "apps/new.yaml", BROKEN),
    "a new folder": lambda again: (again.root / "apps/new").mkdir(),
    "a name": lambda again: (again.root / "apps/other/web.yaml").rename(again.root / "apps/other/shop.yaml"),
    "a file that is gone": lambda again: (again.root / "apps/other/shop.yaml").unlink(),
    "a link in a file's place": linked,
    "a folder in a file's place": made_a_folder,
    "what git tracks": tracked,
    "what git ignores": replaced(".gitignore", "ignored/", "other/"),
    "a remote": replaced(".git/config", "git.example.com", "git.example.org"),
    "the configuration above": replaced(".klint.yaml", "production", "development"),
    "another configuration": lambda again: write(again.root / "apps/.klint.yaml", "ignore: [routing]\n"),
    "a configuration that is gone": lambda again: (again.root / "apps/.klint.yaml").unlink(),
    "another repository": lambda again: (again.root / "apps/.git").mkdir(),
}


def test_what_makes_it_look_again(again: Runs) -> None:
    assert not again.is_said_again()
    assert again.is_said_again()
    for what, change in CHANGES.items():
        change(again)
        assert not again.is_said_again(), what


def test_a_file_that_is_written_anew_as_it_was_changes_nothing(again: Runs) -> None:
    assert not again.is_said_again()
    file = again.root / "apps/web.yaml"
    os.utime(file, (HOUR, HOUR))
    assert again.is_said_again()
    text = file.read_text()
    file.unlink()
    write(file, text)
    assert again.is_said_again()


def test_arguments_and_the_environment_count(again: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in ([], ["--select", "routing"], ["--fail-on", "never"], ["other"]):
        assert not again.is_said_again(*arguments)
        assert again.is_said_again(*arguments)
    monkeypatch.setenv("KLINT_FAIL_ON", "note")
    assert not again.is_said_again()
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not again.is_said_again()
    monkeypatch.chdir(again.root)
    assert not again.is_said_again()


def test_the_day_and_what_is_installed_count(again: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "bin/helm", "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    write(tmp_path / "code/klint/rule.py", "")
    monkeypatch.setattr(installation, "PACKAGE", tmp_path / "code/klint")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    day = "2026-01-01"
    monkeypatch.setattr("time.strftime", lambda _: day)
    assert not again.is_said_again()
    assert again.is_said_again()
    day = "2026-01-02"
    assert not again.is_said_again()
    write(tmp_path / "bin/helm", "newer")
    assert not again.is_said_again()
    write(tmp_path / "code/klint/rule.py", "# mended\n")
    assert not again.is_said_again()
    (tmp_path / "site/klint_pack-1.0.dist-info").mkdir(parents=True)
    assert not again.is_said_again()
    assert again.is_said_again()


def test_a_baseline_counts(again: Runs) -> None:
    written = CliRunner().invoke(klint, ["baseline", "-o", "known.yaml"], catch_exceptions=False)
    assert written.exit_code == 0
    arguments = ("--baseline", "known.yaml")
    assert not again.is_said_again(*arguments)
    assert again.is_said_again(*arguments)
    assert again.check(*arguments).exit_code == 0
    write(Path("known.yaml"), "version: 1\nfindings: []\n")
    assert not again.is_said_again(*arguments)


@pytest.mark.parametrize(
    "arguments",
    [("--no-cache",), ("--debug",), ("--timings",), ("--allow-network",), ("--rules", "."), ("--diff",), ("web.yaml",)],
)
def test_what_is_not_remembered(again: Runs, arguments: tuple[str, ...]) -> None:
    for times in (1, 2):
        again.check(*arguments)
        assert again.linted >= times
    assert not again.records()


def test_rules_of_others_may_ask_anybody(again: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "known", (Rule("x", "entry", load_rules()[0][0].check, Path(), "theirs"),))
    for times in (1, 2):
        again.check()
        assert again.linted == times


def test_what_klint_could_not_do_is_tried_again(again: Runs) -> None:
    for times in (1, 2):
        assert again.check(".", "gone.yaml").exit_code == 2
        assert again.linted == times


def test_fixes_are_made_again(again: Runs) -> None:
    write(Path("web.yaml"), Path("web.yaml").read_text().replace("- port: 80", "- port: 80\n      nodePort: 99"))
    for _ in range(2):
        again.check("--fix")
    assert not again.records()


CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
    "chart/values.yaml": "nodePort: 99\n",
    "chart/templates/service.yaml": SERVICE.replace("- port: 80", "- port: 80\n      nodePort: {{ .Values.nodePort }}"),
}


def test_renderings(again: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in CHART.items():
        write(Path(name), text)
    first = again.check()
    monkeypatch.setattr("klint.render.renderings.render", None)
    assert again.check().stdout == first.stdout
    monkeypatch.undo()
    monkeypatch.chdir(again.root / "apps")
    write(Path("chart/values.yaml"), "nodePort: 30080\n")
    assert again.check().stdout != first.stdout


def test_a_rendering_that_was_ended_is_tried_again(again: Runs) -> None:
    for name, text in CHART.items():
        write(Path(name), text)
    for times in (1, 2):
        assert "--render-timeout" in again.check("--render-timeout", "0.000001").stdout
        assert again.linted == times


# Records that are not klint's


def tampered(again: Runs, change: Callable[[dict[str, object]], object]) -> None:
    (record,) = again.records()
    found = json.loads(gzip.decompress(record.read_bytes()))
    record.write_bytes(gzip.compress(json.dumps(change(found)).encode()))


RECORDS: dict[str, Callable[[dict[str, object]], object]] = {
    "nothing": lambda _: None,
    "a list": lambda _: [1, 2],
    "no trace": lambda found: {**found, "trace": None},
    "a trace of numbers": lambda found: {**found, "trace": {"/": [1, 2]}},
    "a method that is none": lambda found: {**found, "trace": {"/": [["fresh", "/", 0, True, None]]}},
    "of another installation": lambda found: {**found, "setting": ""},
}


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_that_is_none(again: Runs, record: str) -> None:
    first = again.check()
    tampered(again, RECORDS[record])
    assert again.check().stdout == first.stdout
    assert again.linted == 2


def test_a_record_that_is_cut_off(again: Runs) -> None:
    first = again.check()
    (record,) = again.records()
    record.write_bytes(record.read_bytes()[:-20])
    assert again.check().stdout == first.stdout
    assert again.linted == 2


def test_a_record_that_came_with_the_repository(again: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    again.check()
    (record,) = again.records()
    inside = again.root / "caches/klint"
    write(inside / "x", "")
    record.rename(inside / record.name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(again.root / "caches"))
    again.check()
    assert again.linted == 2


def test_nowhere_to_remember(again: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/caches")
    for times in (1, 2):
        assert again.check().exit_code == 1
        assert again.linted == times


# Times


def test_times_stand_for_a_content_once_it_is_settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "web.yaml"
    write(file, SERVICE)
    changed = file.stat().st_ctime_ns
    read: list[Path] = []

    class Tree(DiskTree):
        def read(self, path: Path, limit: int = 0) -> bytes:
            read.append(path)
            return super().read(path, limit)

    monkeypatch.setattr(trace, "DiskTree", Tree)

    def asked(seconds: int) -> trace.Trace:
        found = trace.Trace(changed + seconds * 10**9)
        found.watch(DiskTree(tmp_path)).read(file)
        read.clear()
        return found

    fresh, old = asked(1), asked(HOUR)
    for found, later, times in ((fresh, HOUR, 1), (old, HOUR, 0), (old, 1, 1)):
        read.clear()
        assert trace.again(json.loads(json.dumps(found.written())), changed + later * 10**9) is not None
        assert len(read) == times
    read.clear()
    os.utime(file, (HOUR, HOUR))
    renewed = trace.again(old.written(), changed + HOUR * 10**9)
    assert read == [file]
    assert renewed is not None
    assert not renewed[1]
    assert trace.again(renewed[0].written(), changed + HOUR * 10**9) is not None
    assert read == [file]


def test_what_is_told_differently_is_torn(tmp_path: Path) -> None:
    found = trace.Trace(0)
    tree = found.watch(DiskTree(tmp_path))
    assert not tree.is_file(tmp_path / "web.yaml")
    write(tmp_path / "web.yaml", SERVICE)
    assert not found.is_torn
    assert tree.is_file(tmp_path / "web.yaml")
    assert found.is_torn


# All of it


def test_two_at_once(again: Runs) -> None:
    command = [sys.executable, "-c", "from klint.cli import main; main()", "check", str(again.root / "apps")]
    for _ in range(2):
        started = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(2)]
        said = {process.communicate(timeout=120)[0] for process in started}
        assert len(said) == 1
        assert b"wbe" in said.pop()


def test_random_edits(again: Runs) -> None:
    """A run says what one says that remembers nothing, whatever happened before."""
    chance = random.Random(1)  # noqa: S311
    texts = [BROKEN, INGRESS, SERVICE, DEPLOYMENT, "exclude: [b/]\n", "a/\n", "b.yaml\n", "", "{"]
    names = [
        f"{folder}{name}" for folder in ("", "a/", "a/b/") for name in ("a.yaml", "b.yaml", ".gitignore", "run.sh")
    ]
    said_again = 0
    for _ in range(20):
        file = Path(chance.choice(names))
        match chance.randrange(6):
            case 0:
                file.unlink(missing_ok=True)
            case 1 if file.exists():
                os.utime(file, (HOUR, HOUR))
            case 2 if file.exists() and file.name.endswith("yaml"):
                file.rename(chance.choice([file, file.with_name("c.yaml")]))
            case 3 | 4:
                write(file, chance.choice(texts))
            case _:
                pass
        said_again += again.is_said_again()
    assert 3 < said_again < 17

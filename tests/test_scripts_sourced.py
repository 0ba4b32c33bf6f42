"""Files that scripts source: what they set and define is known behind that, and their commands run there."""

from __future__ import annotations

from pathlib import Path

import pytest

from klint.exposure.invocations import ASKED_FOR
from klint.registry import load_rules
from klint.report.text import line
from klint.scripts.kubectl import read_kubectl
from klint.scripts.shell.reader import read_script
from klint.scripts.snippet import HOLE, Snippet
from klint.session import Options, Session
from klint.text.source import Source
from klint.workspace.sourced import SourcedFiles
from tests.growth import assert_linear
from tests.sessions import opened

FILES = {
    "names.sh": "NAME=web\nK='kubectl --context a'\nALL=(kubectl -n shop)\n",
    "functions.sh": 'get() { kubectl get "$@"; }\nrun() { "$@"; }\nuncalled() { kubectl get never; }\n',
    "code.sh": 'later() { bash -c "$1"; }\n',
    "commands.sh": "kubectl get top\n",
    "arguments.sh": "kubectl get $1\n",
    "nested.sh": ". names.sh\n",
    "circle.sh": ". circle.sh\n. other-circle.sh\nROUND=a\n",
    "other-circle.sh": ". circle.sh\n",
    "leaves.sh": "[ -n $X ] || return\nLEFT=a\nreturn\nLEFT=b\n",
}


def find(_script: Source, name: str) -> Source | None:
    text = FILES.get(name.removeprefix("./").removeprefix(f"{HOLE}/"))
    return None if text is None else Source(name.rpartition("/")[2], text)


@pytest.mark.parametrize("programs", [None, ASKED_FOR], ids=["all", "asked-for"])
@pytest.mark.parametrize(
    ("script", "expected"),
    {
        ". ./names.sh\nkubectl get $NAME": ["run.sh:2 kubectl get web"],
        "source names.sh && $K get a": ["run.sh:1 kubectl --context a get a"],
        '. names.sh; "${ALL[@]}" get a': ["run.sh:1 kubectl -n shop get a"],
        'D="$(cd "$(dirname "$0")" && pwd)"\n. "$D/names.sh"\nkubectl get $NAME': ["run.sh:3 kubectl get web"],
        "if [ -f names.sh ]; then . names.sh; fi\nkubectl get $NAME": [
            "run.sh:2 kubectl get …",
            "run.sh:2 kubectl get web",
        ],
        "( . names.sh )\nkubectl get $NAME": ["run.sh:2 kubectl get …"],
        ". nested.sh\nkubectl get $NAME": ["run.sh:2 kubectl get web"],
        ". gone.sh\nkubectl get $NAME": ["run.sh:2 kubectl get …"],
        "bash names.sh\nkubectl get $NAME": ["run.sh:2 kubectl get …"],
        ". functions.sh\nget a b": ["functions.sh:1 kubectl get a b"],
        ". functions.sh\n\nrun kubectl get a": ["run.sh:3 kubectl get a"],
        ". code.sh\nlater 'kubectl get a'": ["code.sh:1 kubectl get a"],
        ". commands.sh": ["commands.sh:1 kubectl get top"],
        "set -- x\n. arguments.sh a\nkubectl get $1": ["arguments.sh:1 kubectl get a", "run.sh:3 kubectl get x"],
        ". circle.sh\nkubectl get $ROUND": ["run.sh:2 kubectl get a"],
        ". leaves.sh\nkubectl get a": ["run.sh:2 kubectl get a"],
    }.items(),
)
def test_what_a_file_sets_and_defines(script: str, expected: list[str], programs: frozenset[str] | None) -> None:
    found = read_script(Snippet.whole(Source("run.sh", script)), programs=programs, find=find)
    kubectls = [kubectl for command in found if (kubectl := read_kubectl(command)) is not None]
    said = [f"{item.command.span.file}:{item.command.span.line} {item.command}" for item in kubectls]
    assert sorted(said) == sorted(expected)
    assert all(item.span.source is item.command.source or item.verb for item in kubectls)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "root"
    for name in ("hack/lib", "deploy/production"):
        (root / name).mkdir(parents=True)
    (root / ".git").mkdir()
    (tmp_path / "outside.sh").write_text("NAME=canary\n")
    monkeypatch.chdir(root)
    return root


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("./lib/a.sh", "hack/lib/a.sh"),
        ("lib/../lib/a.sh", "hack/lib/a.sh"),
        (f"{HOLE}/lib/a.sh", "hack/lib/a.sh"),
        (f"{HOLE}/hack/lib/a.sh", "hack/lib/a.sh"),
        ("hack/lib/a.sh", "hack/lib/a.sh"),
        ("lib", ""),
        ("b.sh", ""),
        ("lib/large.sh", ""),
        (f"lib/{HOLE}.sh", ""),
        (HOLE, ""),
        ("", ""),
        ("~/a.sh", ""),
        ("a\0b", ""),
        ("x" * 5000, ""),
        ("../../outside.sh", ""),
        ("lib/link.sh", ""),
        ("lib/circle.sh", ""),
        ("/etc/passwd", ""),
        ("lib/image.sh", ""),
    ],
)
def test_only_files_of_the_workspace_are_found(folder: Path, name: str, found: str) -> None:
    lib = folder / "hack" / "lib"
    (lib / "a.sh").write_text("NAME=web\n")
    (lib / "large.sh").write_text("#" * 2**19)
    (lib / "image.sh").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    (lib / "link.sh").symlink_to("../../../outside.sh")
    (lib / "circle.sh").symlink_to("circle.sh")
    source = SourcedFiles(opened()).find(Source("hack/run.sh", "", "hack/run.sh"), name)
    assert (source.relative if source else "") == found


def said() -> list[str]:
    report = Session.of(["."], load_rules()[0], options=Options(use_cache=False)).report()
    assert report.failures == ()
    return [line(finding) for finding in report.findings]


def test_who_sources_a_script_is_read_for_what_it_calls(folder: Path) -> None:
    """Where it is called, it is known what a function gets, and which environment it runs against."""
    (folder / "hack" / "lib" / "a.sh").write_text("open() { kubectl expose deploy $1 --type=NodePort; }\n")
    (folder / "deploy" / "production" / "run.sh").write_text(
        '. "$(git rev-parse --show-toplevel)/hack/lib/a.sh"\nopen web\n'
    )
    (found,) = said()
    assert found.startswith(
        "hack/lib/a.sh:1:10: warning: kubectl expose makes a Service of type NodePort for deploy web"
    )
    assert "in production (the path deploy/production/run.sh)" in found


def test_what_a_script_sources_may_choose_the_cluster(folder: Path) -> None:
    (folder / "hack" / "env.sh").write_text("kubectl config use-context production\nNAME=web\n")
    (folder / "hack" / "run.sh").write_text(". ./env.sh\nkubectl expose deploy $NAME --type=NodePort\n")
    (found,) = said()
    assert found.startswith("hack/run.sh:2:1: warning: kubectl expose makes a Service of type NodePort for deploy web")
    assert "in production" in found


def test_a_file_that_is_sourced_many_times() -> None:
    text = "f() { kubectl get a; }\n. b.sh\n"

    def work(script: str) -> object:
        return read_script(
            Snippet.whole(Source("run.sh", script)), programs=ASKED_FOR, find=lambda *_: Source("b", text)
        )

    assert_linear(lambda count: ". b.sh\nf\n" * count + "kubectl get a\n", work, start=100)

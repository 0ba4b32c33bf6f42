"""Scripts → the commands that would run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint.scripts.commands import Command
from klint.scripts.kubectl import HOSTS, PROGRAMS, read_kubectl
from klint.scripts.shell.reader import read_script
from klint.scripts.snippet import Snippet
from klint.text.source import Source

_CASE = re.compile(r"^### (.*)\n((?:.*\n)*?)---\n((?:(?!### ).*\n)*)", re.MULTILINE)
CASES = _CASE.findall((Path(__file__).parent / "data" / "scripts" / "snippets.txt").read_text("utf-8"))


def read(script: str) -> list[Command]:
    return list(read_script(Snippet.whole(Source("script.sh", script))))


def kubectls(script: str) -> list[Command]:
    return [command for command in read(script) if read_kubectl(command) is not None]


def test_there_are_snippets() -> None:
    assert len(CASES) >= 200
    assert len({title for title, _, _ in CASES}) == len(CASES)


@pytest.mark.parametrize(("title", "script", "expected"), CASES, ids=[title for title, _, _ in CASES])
def test_snippet(title: str, script: str, expected: str) -> None:
    found = [f"{command}{' &' if command.in_background else ''}" for command in kubectls(script)]
    assert "\n".join(found).strip() == expected.strip(), title


def only(script: str) -> Command:
    (found,) = kubectls(script)
    return found


@pytest.mark.parametrize(
    ("script", "wrappers"),
    [
        ("kubectl get a", ()),
        ("sudo -E nohup kubectl get a", ("sudo", "nohup")),
        ("command kubectl get a", ()),
        ("timeout 5 bash -c 'exec kubectl get a'", ("timeout", "bash", "exec")),
        ("ssh host sudo kubectl get a", ("ssh", "sudo")),
        ("trap 'kubectl get a' EXIT", ("trap",)),
        ("find . -exec kubectl get {} +", ("find",)),
        ("retry 3 kubectl get a", ("retry",)),
        ("tmux new -d 'kubectl get a'", ("tmux",)),
    ],
)
def test_wrappers(script: str, wrappers: tuple[str, ...]) -> None:
    assert only(script).wrappers == wrappers


@pytest.mark.parametrize(
    ("script", "in_loop", "kept_alive"),
    [
        ("kubectl get a", False, ""),
        ("for i in 1; do kubectl get a; done", True, ""),
        ("for ((;;)); do kubectl get a; done", True, "for ((;;))"),
        ("for ((i = 0; i < 3; i++)); do kubectl get a; done", True, ""),
        ("while true; do kubectl get a; done", True, "while true"),
        ("while :; do kubectl get a; done", True, "while :"),
        ("while [ 1 ]; do kubectl get a; done", True, "while [ 1 ]"),
        ("while ((1)); do kubectl get a; done", True, "while ((1))"),
        ("while sleep 5; do kubectl get a; done", True, "while sleep 5"),
        ("until false; do kubectl get a; done", True, "until false"),
        ("while read -r x; do kubectl get a; done", True, ""),
        ("while [ -f x ]; do kubectl get a; done", True, ""),
        ("until kubectl get a; do sleep 1; done", True, "until loop"),
        ("while ! kubectl get a; do sleep 1; done", True, "while loop"),
        ("while true; do for i in 1; do kubectl get a; done; done", True, "while true"),
        ("f() { kubectl get a; }; while true; do f; done", True, "while true"),
        ("watch kubectl get a", True, "watch"),
        # loops that end by themselves keep nothing up
        ("while true; do kubectl get a && break; sleep 1; done", True, ""),
        ("while true; do kubectl get a; if curl x; then break; fi; done", True, ""),
        ("while :; do kubectl get a; [ $((n++)) -gt 9 ] && exit 1; done", True, ""),
        ("f() { while true; do kubectl get a && return; done; }; f", True, ""),
        ("until kubectl get a; do n=$((n+1)); [ $n -gt 9 ] && exit 1; done", True, ""),
        ("for ((;;)); do kubectl get a || break; done", True, ""),
        ("while true; do kubectl get a; for i in 1 2; do break; done; done", True, "while true"),
        ("while true; do kubectl get a; (exit 1); stop() { exit; }; done", True, "while true"),
        ("while true; do kubectl get a; echo break; done", True, "while true"),
    ],
)
def test_loops(script: str, in_loop: bool, kept_alive: str) -> None:
    command = only(script)
    assert (command.in_loop, command.kept_alive) == (in_loop, kept_alive)


@pytest.mark.parametrize(
    ("script", "environment"),
    [
        ("KUBECONFIG=a kubectl get x", {"KUBECONFIG": "a"}),
        ("export KUBECONFIG=a\nkubectl get x", {"KUBECONFIG": "a"}),
        ("export KUBECONFIG=a\nKUBECONFIG=b kubectl get x", {"KUBECONFIG": "b"}),
        ("KUBECONFIG=a\nexport KUBECONFIG\nkubectl get x", {"KUBECONFIG": "a"}),
        ("sudo KUBECONFIG=a kubectl get x", {"KUBECONFIG": "a"}),
        ("env A=b KUBECONFIG=a kubectl get x", {"A": "b", "KUBECONFIG": "a"}),
        ("export KUBECONFIG=$(mktemp)\nkubectl get x", {"KUBECONFIG": "\ufdd0"}),
        ("export KUBECONFIG=$HOME/a\nkubectl get x", {"KUBECONFIG": "\ufdd0/a"}),
        ("KUBECONFIG=a true\nkubectl get x", {}),
        ("(export KUBECONFIG=a)\nkubectl get x", {}),
        ("ssh host kubectl get x", {}),
        ("NS=a\nkubectl get x", {}),
    ],
)
def test_environment(script: str, environment: dict[str, str]) -> None:
    assert only(script).environment == environment


def test_functions_are_named_outermost_first() -> None:
    assert only("a() { kubectl get x; }; b() { a; }; b").functions == ("b", "a")


def test_branches() -> None:
    first, second, third, last = kubectls(
        "if a; then kubectl get 1; kubectl get 2; else kubectl get 3; fi\nkubectl get 4"
    )
    assert first.branches == second.branches != ()
    assert third.branches[0][0] == first.branches[0][0]
    assert third.branches[0][1] != first.branches[0][1]
    assert last.branches == ()


def test_what_a_substitution_is_assigned_to() -> None:
    assert only("POD=$(kubectl get pods | head -1)").assigned_to == "POD"
    assert only("local_pod() { local p=$(kubectl get pods); }").assigned_to == "p"
    assert only("echo $(kubectl get pods)").assigned_to == ""


@pytest.mark.parametrize(
    ("script", "line", "column", "raw"),
    [
        ("kubectl get web", 1, 13, "web"),
        ("echo ☃; kubectl get 'web'", 1, 21, "'web'"),
        ("X=web\nkubectl get $X", 2, 13, "$X"),
        ("X=(a web)\nkubectl get ${X[@]}", 1, 6, "web"),
        ("f() { kubectl get $1; }\nf web", 1, 19, "$1"),
        ('f() { kubectl get "$@"; }\nf web', 2, 3, "web"),
        ("bash -c 'kubectl get web'", 1, 22, "web"),
        ('bash -c "kubectl get \\"web\\""', 1, 22, '\\"web\\"'),
        ('X=web\nbash -c "kubectl get $X"', 2, 22, "$X"),
        ("bash <<E\nkubectl get web\nE", 2, 13, "web"),
        ("kubectl get \\\n  web", 2, 3, "web"),
        ("kubectl get we\\\nb", 1, 13, "we\\\nb"),
        ("kubectl get \r\nkubectl get web\r\n", 2, 13, "web"),
        ("kubectl \\\r\n  get web\r\n", 2, 7, "web"),
        ("echo web | xargs kubectl get web", 1, 30, "web"),
    ],
)
def test_places(script: str, line: int, column: int, raw: str) -> None:
    (word,) = [word for command in kubectls(script) for word in command.argv if word.value == "web"]
    assert (word.span.line, word.span.column, word.raw) == (line, column, raw)


def test_windows_line_breaks_are_no_part_of_words() -> None:
    found = kubectls("NS=shop\r\nkubectl -n $NS get web \\\r\n  api\r\nif true; then\r\n kubectl get x\r\nfi\r\n")
    assert [str(command) for command in found] == ["kubectl -n shop get web api", "kubectl get x"]


LINES = [f"kubectl get pod-{number}" for number in range(6)]
BROKEN = [
    'echo "never closed',
    "echo 'never closed",
    "echo it's odd",
    "if [ -f x; then",
    "if [[ -f x; then",
    "for x in a b",
    "case x in",
    "foo() {",
    "function () {",
    "done",
    "fi",
    "}",
    ")",
    "esac",
    ";;",
    "(",
    "$(",
    "`",
    "echo ${x",
    "echo $((1 +",
    "foo=(a b",
    "&&",
    "| |",
    "<<<<<<< HEAD",
    "{{ if .Values.x }}",
    "{% if x %}",
    "%%%",
    "\\x00\\x01",
    "[[ a == (b ]]",
    "while ; do",
    "echo > ",
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_line_costs_no_other(broken: str) -> None:
    for position in range(len(LINES) + 1):
        script = "\n".join([*LINES[:position], broken, *LINES[position:]]) + "\n"
        assert {str(command) for command in kubectls(script)} == set(LINES), script


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_line_in_a_function_costs_no_other(broken: str) -> None:
    script = f"main() {{\n  if true; then\n    {broken}\n    kubectl get a\n  fi\n}}\nmain\nkubectl get b\n"
    assert {str(command) for command in kubectls(script)} == {"kubectl get a", "kubectl get b"}


PIECES = st.sampled_from(
    [
        *(script for _, script, _ in CASES),
        *BROKEN,
        '"',
        "'",
        "$(",
        ")",
        "`",
        "<<E\n",
        "E\n",
        "${",
        "}",
        "\\\n",
        "é☃",
        "&",
        "\r\n",
    ]
)


@given(pieces=st.lists(PIECES, max_size=8), seed=st.integers(0, 1000))
def test_no_text_is_too_broken(pieces: list[str], seed: int) -> None:
    text = "".join(pieces)
    cut = seed % (len(text) + 1)
    for script in (text, text[:cut], text[cut:]):
        source = Source("x.sh", script)
        for command in read_script(Snippet.whole(source)):
            assert 0 <= command.start <= command.end <= len(script)
            for word in command.argv:
                assert 0 <= word.start <= word.end <= len(script)


@pytest.mark.parametrize(
    "script",
    [
        "(" * 50_000,
        "$(" * 20_000,
        "{ " * 20_000,
        "a && " * 20_000 + "b",
        "if a; then\n" * 5_000,
        "${a:-" * 20_000,
        "a " + "${a:-" * 5_000 + "x" + "}" * 5_000,
        'a "' + '${a:-"' * 2_000 + "x" + '"}' * 2_000 + '"',
        "a=(" * 100_000 + ")" * 100_000,
        '"\n' * 5_001,
        "'\n" * 5_001,
        "<<A\n" * 25_000,
        "a | " * 100_000,
        "a |\n" * 10_000,
        "f() { f; f; }\n" * 200 + "f",
        "".join(f"f{n}() {{ f{n + 1}; f{n + 1}; }}\n" for n in range(30)) + "f0",
        "".join(f'if x; then A{n}=1; else A{n}=2; fi\nB="$B$A{n}"\n' for n in range(200)) + "kubectl $B",
        "a{1,2}" * 2_000,
        "A=$A$A;" * 3_000,
        "alias a=b b=a; a",
        "eval eval eval eval a",
    ],
    ids=range(21),
)
def test_nothing_takes_long(script: str) -> None:
    read(script)


def test_every_line_counts_however_deep_another_nests() -> None:
    deep = [f"{'a=(' * 1_000}\n", f"{'(' * 600}\n", f"{'a | ' * 600} b\n"]
    script = f"kubectl get a\n{deep[0]}NS=x\nkubectl -n $NS \\\n get b\n{deep[1]}{deep[2]}kubectl get c\n"
    assert [str(command) for command in kubectls(script)] == ["kubectl get a", "kubectl -n x get b", "kubectl get c"]


def test_every_line_counts_however_often_functions_are_called() -> None:
    calls = "f() { kubectl get a; kubectl get b; }\n" + "f\n" * 5_000 + "g() { kubectl get g; }\ng\nkubectl get last\n"
    assert {str(command) for command in kubectls(calls)} == {f"kubectl get {name}" for name in ("a", "b", "g", "last")}


def test_only_the_programs_that_are_asked_for() -> None:
    script = (
        "echo a; kubectl get b; $X c; f() { helm d; }; f; nohup helm e; curl $(kubectl get f); sudo curl g\n"
        "X=$Y\nH='helm h'\n$H\nlog() { echo kubectl; }; log; $KUBECTL i"
    )
    source = Snippet.whole(Source("x.sh", script))
    found = [str(command) for command in read_script(source, programs=frozenset(("kubectl", "helm")))]
    assert found == ["kubectl get b", "helm d", "helm e", "kubectl get f", "helm h", "… i"]


@pytest.mark.parametrize(("title", "script", "_expected"), CASES, ids=[title for title, _, _ in CASES])
def test_what_is_passed_over_loses_no_command_that_is_asked_for(title: str, script: str, _expected: str) -> None:
    source = Snippet.whole(Source("x.sh", script))
    for programs in (PROGRAMS | HOSTS, frozenset(("ssh", "k")), frozenset(("curl",))):
        whole = [item for item in read_script(source) if item.program in programs or read_kubectl(item)]
        quick = [item for item in read_script(source, programs=programs) if item.program or read_kubectl(item)]
        if "kubectl" not in programs:
            whole, quick = ([item for item in found if item.program in programs] for found in (whole, quick))
        assert [str(command) for command in quick] == [str(command) for command in whole], title


def test_the_parser_is_loaded_when_a_script_is_read() -> None:
    code = (
        "import sys\nfrom klint.text.source import Source\n"
        "from klint.scripts.sources import adapter_for, read_commands\n"
        "adapter_for('a.sh'); read_commands(Source('a.yaml', 'a: 1')); print('tree_sitter' in sys.modules)\n"
        "read_commands(Source('a.sh', 'true')); print('tree_sitter' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]

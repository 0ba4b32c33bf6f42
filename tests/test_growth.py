"""Twice of one thing costs at most about twice the time."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from klint.engine import lint
from klint.findings import Finding, Severity
from klint.merging import ordered
from klint.registry import load_rules
from klint.scripts.commands import Command
from klint.scripts.expansion.fields import MAX_IN_COMMAND
from klint.scripts.sources import read_commands
from klint.session import Session
from klint.testing import Example, lint_example
from klint.text.source import Source

RULES = {rule.name: rule for rule in load_rules()[0]}
FLOOR = 0.15
"""Seconds of processor time below which a difference says nothing."""


def cost(work: Callable[[], object]) -> float:
    """The processor time that it takes."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def assert_grows_slowly(work: Callable[[int], Callable[[], object]], count: int) -> None:
    """Twice takes at most 2.5 times as long in one of a few tries: others use the processor, too."""
    tries = ((cost(work(count)), cost(work(2 * count))) for _ in range(4))
    tried = []
    for once, twice in tries:
        tried.append(f"{once:.3f} → {twice:.3f} s")
        if twice <= 2.5 * max(once, FLOOR):
            return
    raise AssertionError(f"{count} → {2 * count}: {', '.join(tried)}")


def linted(rule: str, text: str) -> Callable[[], object]:
    return lambda: lint_example(Example(files={"web.yaml": text}), RULES[rule])


def services(count: int, spec: str, name: str = "web") -> str:
    return "---\n".join(
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name.format(i)}}}\nspec: {{{spec.format(i)}}}\n"
        for i in range(count)
    )


def named_ports(count: int) -> str:
    ports = ", ".join(f"{{port: {i + 1}, name: p{i}, targetPort: q{i}}}" for i in range(count))
    own = ", ".join(f"{{containerPort: {i + 1}, name: r{i}}}" for i in range(count))
    return (
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
        f"spec: {{selector: {{app: web}}, ports: [{ports}]}}\n---\n"
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
        f"      containers: [{{name: web, image: web, ports: [{own}]}}]\n"
    )


def gateways(count: int) -> str:
    return "---\n".join(
        f"apiVersion: gateway.networking.k8s.io/v1alpha2\nkind: HTTPRoute\nmetadata: {{name: web{i}}}\n"
        for i in range(count)
    )


def empty_ingresses(count: int) -> str:
    return "---\n".join(
        f"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: web{i}}}\nspec: {{}}\n"
        for i in range(count)
    )


WORKSPACES: dict[str, tuple[str, Callable[[int], str], int]] = {
    "node-port-namesakes": (
        "node-port-collision", lambda n: services(n, "type: NodePort, ports: [{{port: 80, nodePort: 30080}}]"), 800
    ),
    "node-port-others": (
        "node-port-collision",
        lambda n: services(n, "type: NodePort, ports: [{{port: 80, nodePort: 30080}}]", "web{}"),
        800,
    ),
    "named-ports": ("target-port-unresolved", named_ports, 800),
    "removed-apis": ("removed-ingress-api", gateways, 800),
    "empty-ingresses": ("invalid-ingress", empty_ingresses, 600),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "text", "count"), WORKSPACES.values(), ids=WORKSPACES)
def test_a_workspace(rule: str, text: Callable[[int], str], count: int) -> None:
    assert_grows_slowly(lambda n: linted(rule, text(n)), count)


SCRIPTS: dict[str, Callable[[int], str]] = {
    "stopped": lambda n: "".join(f"kubectl port-forward svc/web{i} 80 &\nkill $!\n" for i in range(n)),
    "left-alone": lambda n: "".join(f"kubectl port-forward svc/web{i} 80 &\n" for i in range(n)) + "disown -a\n",
    "contexts": lambda n: "".join(f"kubectl config use-context c{i}\nkubectl proxy\n" for i in range(n)),
    "arms": lambda n: (
        "case $1 in\n"
        + "".join(f"a{i}) kubectl config use-context c{i}; kubectl proxy;;\n" for i in range(n))
        + "esac\n"
    ),
    "machines": lambda n: "".join(f"ssh h{i} kubectl proxy\nkubectl config use-context c{i}\n" for i in range(n)),
    "questions": lambda n: "P=$(kubectl get po -l app=a -o name)\nkubectl port-forward $P 80\n" * n,
}


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_a_script(text: Callable[[int], str]) -> None:
    rules = [rule for rule in RULES.values() if rule.layer == "scripts"]

    def work(count: int) -> Callable[[], object]:
        path = "production/run.sh"
        scripts = (Source(path, text(count), path),)
        workspace = replace(Session.of([], isolated=True).workspace, scripts=scripts)
        return lambda: lint(workspace, rules)

    assert_grows_slowly(work, 300)


JUSTFILES: dict[str, Callable[[int], str]] = {
    "sentence": lambda n: "word " * n,
    "parameters": lambda n: "web" + " a='b'" * n + "\n",
    "open-quotes": lambda n: "web" + " a='" * n + "\n",
    "interpolations": lambda n: "web:\n  echo " + "{{ " * n + "\n",
    "spaces": lambda n: "web:\n  echo {{ " + " " * n + "a\n",
    "sum": lambda n: "a := b" + " " * n + "c\n",
    "default": lambda n: "a := env('b'" + " " * n + "c\n",
    "signs": lambda n: "web " + "+" * n + ":\n  echo\n",
}


@pytest.mark.parametrize("text", JUSTFILES.values(), ids=JUSTFILES)
def test_a_justfile(text: Callable[[int], str]) -> None:
    assert_grows_slowly(lambda n: lambda: list(read_commands(Source("justfile", text(n), "justfile"))), 5000)


def chained(first: str, link: str, last: str) -> Callable[[int], str]:
    """A text of links, each made of the one before: `{i}` is its number, `{j}` the one before."""
    return lambda n: first + "".join(link.format(i=i, j=i - 1) for i in range(1, n + 1)) + last.format(i=n)


DOUBLING: dict[str, tuple[str, Callable[[int], str]]] = {
    "make": ("Makefile", chained("V0=x\n", "V{i}=$(V{j})$(V{j})\n", "a:\n\tkubectl proxy $(V{i})\n")),
    "make-empty": ("Makefile", chained("V0=\n", "V{i}:=$(V{j})$(V{j})\n", "a:\n\tkubectl proxy $(V{i})\n")),
    "make-define": (
        "Makefile",
        chained(
            "define V0\nx\nendef\n", "define V{i}\n$(V{j})\n$(V{j})\nendef\n", "a:\n\tkubectl proxy $(V{i})\n"
        ),
    ),
    "make-append": ("Makefile", chained("V=x\n", "V+=$(V)$(V)\n", "a:\n\tkubectl proxy $(V)\n")),
    "make-specific": ("Makefile", chained("a: V0=x\n", "a: V{i}=$(V{j})$(V{j})\n", "a:\n\tkubectl proxy $(V{i})\n")),
    "make-exported": ("Makefile", chained("V0=x\n", "export V{i}=$(V{j})$(V{j})\n", "a:\n\tkubectl proxy $$V{i}\n")),
    "make-call": (
        "Makefile",
        chained("F0=$(1)\n", "F{i}=$(call F{j},$(1)$(1))$(call F{j},$(1))\n", "a:\n\tkubectl proxy $(call F{i},x)\n"),
    ),
    "shell": ("run.sh", chained("V0=x\n", "V{i}=$V{j}$V{j}\n", "kubectl proxy $V{i}\n")),
    "shell-empty": ("run.sh", chained("V0=\n", "V{i}=$V{j}$V{j}\n", "kubectl proxy $V{i}\n")),
    "shell-append": ("run.sh", chained("V=x\n", "V+=$V\n", "kubectl proxy $V\n")),
    "shell-default": ("run.sh", chained("V=x\n", "V=${{W:-$V$V}}\n", "kubectl proxy $V\n")),
    "shell-replace": ("run.sh", chained("V=x\n", "V=${{V//x/xx}}\n", "kubectl proxy $V\n")),
    "shell-items": ("run.sh", chained("V=(x)\n", 'V=("${{V[@]}}" "${{V[@]}}")\n', 'kubectl proxy "${{V[@]}}"\n')),
    "shell-item": ("run.sh", chained("V=(x)\n", 'V=("${{V[@]}}${{V[@]}}")\n', 'kubectl proxy "${{V[@]}}"\n')),
    "shell-arguments": ("run.sh", chained("set -- x\n", 'set -- "$@" "$@"\n', 'kubectl proxy "$@"\n')),
    "shell-argument": ("run.sh", chained("set -- x\n", 'set -- "$1$1"\n', 'kubectl proxy "$@"\n')),
    "shell-calls": (
        "run.sh",
        chained('f0() { kubectl proxy "$@"; }\n', 'f{i}() {{ f{j} "$@" "$@"; f{j} "$@"; }}\n', "f{i} x\n"),
    ),
    "shell-either": (
        "run.sh", chained("V=x\n", "if a; then V=$V$V; else V=${{V}}y; fi\n", "kubectl proxy $V\n")
    ),
    "docker-env": ("Dockerfile", chained("FROM a\nENV V0=x\n", "ENV V{i}=$V{j}$V{j}\n", "RUN kubectl proxy $V{i}\n")),
    "docker-run": ("Dockerfile", chained("FROM a\nRUN V=x; ", "V=$V$V; ", "kubectl proxy $V\n")),
    "gitlab": (
        ".gitlab-ci.yml",
        chained(
            "variables:\n  V0: x\n", "  V{i}: $V{j}$V{j}\n", "a: {{environment: $V{i}, script: kubectl proxy $V{i}}}\n"
        ),
    ),
    "gitlab-extends": (
        ".gitlab-ci.yml",
        chained(
            ".j0: {script: kubectl proxy}\n",
            ".j{i}: {{extends: [.j{j}, .j{j}, .j{j}, .j{j}]}}\n",
            "a: {{extends: [.j{i}, .j{i}, .j{i}, .j{i}], script: kubectl proxy}}\n",
        ),
    ),
    "gitlab-references": (
        ".gitlab-ci.yml",
        chained(
            ".j0: {script: []}\n",
            ".j{i}: {{script: [!reference [.j{j}, script], !reference [.j{j}, script], !reference [.j{j}, script], "
            "!reference [.j{j}, script], !reference [.j{j}, script], !reference [.j{j}, script]]}}\n",
            "a: {{script: [!reference [.j{i}, script], kubectl proxy]}}\n",
        ),
    ),
    "compose": (
        "compose.yml",
        chained(
            "services:\n  a:\n    environment:\n      V0: x\n",
            "      V{i}: $V{j}$V{j}\n",
            "    command: kubectl proxy $V{i}\n    healthcheck: {{test: kubectl proxy $$V{i}}}\n",
        ),
    ),
    "task": (
        "Taskfile.yml",
        chained(
            "vars:\n  V0: x\n",
            "  V{i}: '{{{{.V{j}}}}}{{{{.V{j}}}}}'\n",
            "tasks:\n  a: ['kubectl proxy {{{{.V{i}}}}}']\n",
        ),
    ),
    "just": (
        "justfile", chained("v0 := 'x'\n", "v{i} := v{j} + v{j}\n", "a:\n  kubectl proxy {{{{v{i}}}}}\n")
    ),
}  # fmt: skip
"""Scripts that hold one command, of values that are twice as long with each link."""


@pytest.mark.parametrize(("path", "text"), DOUBLING.values(), ids=DOUBLING)
def test_values_that_double(path: str, text: Callable[[int], str]) -> None:
    def commands(count: int) -> list[Command]:
        found = read_commands(Source(path, text(count), path), frozenset(("kubectl",)))
        return [command for command in found if command.program == "kubectl"]

    assert commands(40)
    assert max(len(word.value) for command in commands(40) for word in command.argv) <= MAX_IN_COMMAND
    assert_grows_slowly(lambda n: lambda: commands(n), 40)


@pytest.mark.parametrize("name", ["make", "make-call", "shell", "shell-append", "shell-argument", "just"])
def test_values_that_double_a_few_times_are_known(name: str) -> None:
    path, text = DOUBLING[name]
    (command,) = [found for found in read_commands(Source(path, text(3), path)) if found.program == "kubectl"]
    assert [word.value for word in command.argv] == ["kubectl", "proxy", "x" * (27 if name == "make-call" else 8)]


def test_values_filled_into_values_that_are_filled_in() -> None:
    """Three levels of `env`, each a thousand times the one above."""
    text = (
        f"env:\n  A: {'x' * 1000}\njobs:\n  a:\n    env:\n      B: {'${{ env.A }}' * 1000}\n    steps:\n"
        f"    - env:\n        C: {'${{ env.B }}' * 1000}\n      run: kubectl proxy ${{{{ env.C }}}}\n"
    )
    path = ".github/workflows/a.yml"
    (command,) = read_commands(Source(path, text, path))
    assert command.argv[-1].text is None


def test_one_command_of_a_long_value_over_and_over() -> None:
    def work(count: int) -> Callable[[], object]:
        text = f"V='{'ab ' * 1300}'\nkubectl proxy {'$V ' * count}\n"
        return lambda: read_commands(Source("run.sh", text, "run.sh"))

    assert_grows_slowly(work, 4000)


@pytest.mark.parametrize("bundles", [("a",), ("a", "b"), ()], ids=["one", "two", "none"])
def test_findings_at_one_place(bundles: tuple[str, ...]) -> None:
    source = Source("web.yaml", "a: b\n")

    def work(count: int) -> Callable[[], object]:
        found = [
            Finding(
                f"no {i}", source.span(0, 1), severity=Severity.ERROR, rule="r", bundles=(bundle,) if bundle else ()
            )
            for i in range(count)
            for bundle in bundles or ("",)
        ]
        return lambda: ordered(found)

    assert_grows_slowly(work, 3000)


def test_findings_of_many_bundles_at_one_place() -> None:
    source = Source("web.yaml", "a: b\n")
    one = Finding("x", source.span(0, 1), severity=Severity.ERROR, rule="r")
    assert_grows_slowly(lambda n: lambda: ordered([replace(one, bundles=(f"b{i}",)) for i in range(n)]), 3000)


def test_only_the_same_words_go_together() -> None:
    source = Source("web.yaml", "a: b\n")
    said = [("one", "a"), ("two", "a"), ("two", "b"), ("three", "c")]
    found = [Finding(text, source.span(0, 1), rule="r", bundles=(bundle,)) for text, bundle in said]
    assert [(item.message, item.bundles) for item in ordered(found)] == [
        ("one", ("a",)),
        ("three", ("c",)),
        ("two", ("a", "b")),
    ]

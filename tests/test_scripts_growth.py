"""Twice the script costs at most about twice the time, whatever it has many of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from klint.engine import lint
from klint.exposure.invocations import ASKED_FOR
from klint.registry import load_rules
from klint.scripts.commands import Command
from klint.scripts.expansion.fields import MAX_IN_COMMAND
from klint.scripts.sources import read_commands, read_manifest_commands
from klint.session import Session
from klint.text.reading import read_documents
from klint.text.source import Source
from tests.growth import assert_linear

PATHS = {
    "shell": "run.sh",
    "make": "Makefile",
    "docker": "Dockerfile",
    "just": "justfile",
    "github": ".github/workflows/a.yml",
    "gitlab": ".gitlab-ci.yml",
    "azure": "azure-pipelines.yml",
    "circleci": ".circleci/config.yml",
    "bitbucket": "bitbucket-pipelines.yml",
    "jenkins": "Jenkinsfile",
    "compose": "compose.yml",
    "task": "Taskfile.yml",
    "npm": "package.json",
    "systemd": "a.service",
    "cron": "crontab",
    "procfile": "Procfile",
    "skaffold": "skaffold.yaml",
    "tilt": "Tiltfile",
}

STEPS = "jobs:\n  a:\n    steps:\n"

SHAPES: dict[str, dict[str, tuple[str, ...]]] = {
    "shell": {
        "functions": ("*f#() { kubectl proxy; }\n", "*f#\n"),
        "functions nobody calls": ("*f#() { kubectl proxy; }\n",),
        "functions that are passed over": ("*f#() { echo a; }\n", "kubectl proxy\n"),
        "functions with variables": ("*f#() { local x=$1; kubectl port-forward $x 80; }\n", "*f# svc/a#\n"),
        "functions in substitutions": ("*f#() { kubectl proxy; }\n", "*x=$(f#)\n"),
        "own variables of a function": ("f() {\n", "*local V#=a\n", "kubectl proxy\n}\nf\nf\nf\n"),
        "variables": ("*V#=a\n", "*kubectl port-forward svc/$V# 80\n"),
        "variables with substitutions": ("*V#=$(kubectl get po -l a=b# -o name)\n", "*kubectl port-forward $V# 80\n"),
        "variables beside pipelines": ("*V#=a\n", "*echo $V# | kubectl proxy\n"),
        "variables beside branches": ("*V#=a\n", "*if b; then kubectl proxy; fi\n"),
        "variables beside other machines": ("*V#=a\n", "*ssh h 'kubectl proxy'\n"),
        "variables that loops set": ("*V#=a\n", "*while b; do V#=c; kubectl proxy $V#; done\n"),
        "variables that one loop sets": ("while b; do\n", "*V#=c; kubectl proxy $V#\n", "done\n"),
        "variables that are unset": ("*V#=a\n", "*unset V#\n", "kubectl proxy\n"),
        "exported variables": ("*export V#=a\n", "*kubectl proxy\n"),
        "either-or variables": ("*if a; then V#=x; else V#=y; fi\n", "*kubectl port-forward svc/$V# 80\n"),
        "defaults": ('*[ -z "$V#" ] && V#=x\nkubectl proxy $V#\n',),
        "aliases": ("*alias a#='kubectl proxy'\n", "*a#\n"),
        "items": ("A=(", "*a# ", ')\nkubectl proxy "${A[@]}"\n'),
        "items one by one": ("*A+=(a#)\n", 'kubectl proxy "${A[@]}"\n'),
        "characters": ("*V+=' a#'\n", "kubectl proxy $V\n"),
        "arguments": ("set -- ", "*a# ", "\n", "*shift\n", 'kubectl proxy "$@"\n'),
        "words": ("V=x\nkubectl proxy ", "*$V "),
        "quoted words": ('V=x\nkubectl proxy "', "*$V ", '"'),
        "flags": ("kubectl proxy ", "*--a=b ", "-", "*a"),
        "assignments in front": ("*A#=b ", "kubectl proxy\n"),
        "redirections": ("kubectl proxy ", "*>a "),
        "and": ("kubectl proxy", "* && kubectl proxy"),
        "or": ("kubectl proxy", "* || kubectl proxy"),
        "elif": ("if a; then b\n", "*elif b#; then kubectl proxy\n", "fi\n"),
        "case": ("case $1 in\n", "*a#) X#=1; kubectl proxy;;\n", "esac\n"),
        "loops": ("*for i in a b; do kubectl port-forward svc/$i 80; done\n",),
        "items of a loop": ("for i in ", "*a ", "; do kubectl proxy $i; done\n"),
        "heredocs": ("*bash <<EOF\nkubectl proxy\nEOF\n",),
        "lines of a heredoc in a substitution": ('V=x\nkubectl proxy "$(cat <<EOF\n', "*$V\n", 'EOF\n)"\n'),
        "lines of a heredoc": ("V=x\nbash <<EOF\n", "*kubectl proxy $V\n", "EOF\n"),
        "scripts in strings": ("*bash -c 'kubectl proxy'\n",),
        "braces": ("kubectl proxy ", "*{a,b} "),
        "open braces": ("kubectl proxy {", "*,"),
        "commands of find": ("find ", "*-exec a {} ; ", "\nkubectl proxy\n"),
        "errors": ("*kubectl proxy )\n",),
        "an open quote": ("*kubectl proxy\n", 'echo "\n', "*kubectl proxy\n"),
        "continued lines": ("kubectl proxy \\\n", "* a \\\n"),
        "line breaks of two characters": ("*kubectl proxy\r\n",),
    },
    "make": {
        "targets": ("*t#:\n\tkubectl proxy\n",),
        "lines": ("t:\n", "*\tkubectl proxy\n"),
        "variables": ("*V#=a\n", "*t#:\n\tkubectl proxy $(V#)\n"),
        "exported variables": ("*export V#=$(X)\n", "*t#:\n\tkubectl proxy $$V#\n"),
        "names that are exported": ("*V#=a\n", "export ", "*V# ", "\nt:\n\tkubectl proxy\n"),
        "defines": ("*define D#\nkubectl proxy\nendef\n", "*t#:\n\t$(D#)\n"),
        "lines of a define": ("define D\n", "*kubectl proxy\n", "endef\nt:\n\t$(D)\n\tkubectl proxy\n"),
        "variables of a target": ("*t: V#=a\n", "t:\n\tkubectl proxy $(V1)\n"),
        "one shell": (".ONESHELL:\nt:\n", "*\tkubectl proxy\n"),
        "continued lines": ("t:\n\tkubectl proxy \\\n", "*\ta \\\n", "\tb\n"),
        "conditionals": ("*ifeq a b\nV=a\nelse\nV=b\nendif\nt#:\n\tkubectl proxy $(V)\n",),
        "blanks": ("a", "* ", "b\nt:\n\tkubectl proxy\n"),
        "open references": ("t:\n\tkubectl proxy ", "*$(", "\n"),
    },
    "docker": {
        "pairs of ENV and RUN": ("*ENV V#=a\nRUN kubectl proxy $V#\n",),
        "ENV before RUN": ("FROM a\n", "*ENV V#=a\n", "*RUN kubectl proxy\n"),
        "stages": ("*FROM a AS s#\nRUN kubectl proxy\n",),
        "arguments of all stages": ("*ARG V#=a\n", "*FROM a\nRUN kubectl proxy\n"),
        "one ENV": ("FROM a\nENV ", "*V#=a ", "\nRUN kubectl proxy\n"),
        "a heredoc": ("FROM a\nRUN <<EOF\n", "*kubectl proxy\n", "EOF\n"),
    },
    "just": {
        "recipes": ("*t#:\n  kubectl proxy\n",),
        "variables": ('*v# := "a"\n', "*t#:\n  kubectl proxy {{v#}}\n"),
        "exported variables": ('*export v# := "a"\n', "*t#:\n  kubectl proxy\n"),
        "a sentence": ("*word ",),
        "parameters": ("web", "* a='b'", "\n"),
        "open quotes": ("web", "* a='", "\n"),
        "interpolations": ("web:\n  echo ", "*{{ ", "\n"),
        "blanks": ("web:\n  echo {{ ", "* ", "a\n"),
        "blanks in a sum": ("a := b", "* ", "c\n"),
        "blanks in a default": ("a := env('b'", "* ", "c\n"),
        "signs": ("web ", "*+", ":\n  echo\n"),
    },
    "github": {
        "steps": ("on: push\n", STEPS, "*    - run: kubectl proxy\n"),
        "jobs": ("jobs:\n", "*  a#:\n    steps:\n    - run: kubectl proxy\n"),
        "variables of all steps": ("env:\n", "*  V#: a\n", STEPS, "*    - run: kubectl proxy\n"),
        "variables of each step": ("env:\n", "*  V#: a\n", STEPS, "*    - run: kubectl proxy\n      env: {A: b}\n"),
        "variables for later steps": (
            STEPS,
            '*    - run: |\n        echo "V#=a" >> $GITHUB_ENV\n        kubectl proxy\n',
        ),
        "lines": (STEPS, "    - run: |\n", "*        kubectl proxy\n"),
        "open expressions": (STEPS, "    - run: kubectl proxy ", "*${{ ", "\n"),
    },
    "gitlab": {
        "jobs": ("variables:\n", "*  V#: a\n", "*a#:\n  script: kubectl proxy\n"),
        "lines": ("a:\n  script:\n", "*  - kubectl proxy\n"),
        "a template": (".b: {script: kubectl proxy}\n", "*a#:\n  extends: .b\n"),
        "references": (".b: {script: [kubectl proxy]}\na:\n  script:\n", "*  - !reference [.b, script]\n"),
        "rules": ("a:\n  script: kubectl proxy\n  rules:\n", '*  - if: $CI_COMMIT_BRANCH == "b#"\n'),
    },
    "azure": {
        "steps": ("variables:\n", "*  V#: a\n", "steps:\n", "*- script: kubectl proxy\n"),
        "jobs": ("jobs:\n", "*- job: a#\n  steps:\n  - script: kubectl proxy\n"),
    },
    "circleci": {
        "jobs": ("jobs:\n", "*  a#:\n    steps: [{run: kubectl proxy}]\n"),
        "steps": (STEPS, "*    - run: kubectl proxy\n"),
    },
    "bitbucket": {"steps": ("pipelines:\n  default:\n", "*  - step: {script: [kubectl proxy]}\n")},
    "jenkins": {
        "stages": ("pipeline { stages {\n", "*stage('a#') { steps { sh 'kubectl proxy' } }\n", "}}"),
        "open blocks": ("*stage('a#') { sh 'kubectl proxy'\n",),
        "open blocks with variables": ("*environment { V#='a'\n sh 'kubectl proxy'\n",),
        "blocks in each other": ("*when { branch 'a#'\n", "*}", "\nsh 'kubectl proxy'\n"),
        "open quotes": ("*sh '",),
        "open comments": ("*/*\n", "sh 'kubectl proxy'"),
        "open texts": ("sh 'kubectl proxy'\n", '*"""a', "'"),
    },
    "compose": {
        "services": ("services:\n", "*  s#: {image: a, command: kubectl proxy}\n"),
        "variables": ("services:\n  s:\n    command: kubectl proxy\n    environment:\n", "*      V#: a\n"),
        "open references": ("services:\n  s:\n    command: kubectl proxy ", "*${a", "\n"),
    },
    "task": {"tasks": ("version: 3\nvars:\n", "*  V#: a\n", "tasks:\n", "*  a#:\n    cmds: [kubectl proxy]\n")},
    "npm": {"scripts": ('{"scripts": {', '*"a#": "kubectl proxy", ', '"b": ""}}')},
    "systemd": {
        "commands": ("[Service]\n", "*Environment=V#=a\n", "*ExecStart=/usr/bin/kubectl proxy\n"),
        "blanks": ("[Service]\nExecStart=kubectl proxy\nA=b", "* ", "c\n"),
    },
    "cron": {
        "pairs of variables and jobs": ("*V#=a\n* * * * * kubectl proxy\n",),
        "jobs": ("*V#=a\n", "** * * * * kubectl proxy\n"),
        "blanks": ("V=", "* ", "x\n* * * * * kubectl proxy\n"),
    },
    "procfile": {"processes": ("*a#: kubectl proxy\n",)},
    "skaffold": {
        "hooks": (
            "apiVersion: skaffold/v4\nkind: Config\ndeploy: {kubectl: {hooks: {before: [\n",
            "*{host: {command: [kubectl, proxy]}},\n",
            "]}}}\n",
        )
    },
    "tilt": {"commands": ("*local('kubectl proxy')\n",), "open calls": ("*local(", "'kubectl proxy'")},
}
"""What a file has many of, as parts of it: one that begins with a star comes many times, with its number for `#`."""


def many(parts: tuple[str, ...]) -> Callable[[int], str]:
    def text(count: int) -> str:
        return "".join(
            "".join(part[1:].replace("#", str(index)) for index in range(count)) if part.startswith("*") else part
            for part in parts
        )

    return text


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, shapes in SHAPES.items() for name in shapes], ids=str
)
def test_a_file(kind: str, name: str) -> None:
    text = many(SHAPES[kind][name])

    def source(count: int) -> Source:
        return Source(PATHS[kind], text(count), PATHS[kind])

    assert_linear(source, lambda made: read_commands(made, ASKED_FOR), start=100)


POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
MANIFESTS: dict[str, tuple[str, ...]] = {
    "containers": (POD, "*  - {name: c#, image: a, command: [kubectl, proxy]}\n"),
    "variables": (
        POD,
        "  - name: a\n    image: a\n    command: [kubectl, proxy]\n    env:\n",
        "*    - {name: V#, value: a}\n",
    ),
    "words": (POD, "  - name: a\n    image: a\n    command:\n", "*    - kubectl\n"),
    "files": ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n", "*  a#.sh: kubectl proxy\n"),
}


@pytest.mark.parametrize("parts", MANIFESTS.values(), ids=MANIFESTS)
def test_a_manifest(parts: tuple[str, ...]) -> None:
    text = many(parts)

    def work(made: str) -> object:
        documents = read_documents(Source("web.yaml", made, "web.yaml"))
        return [read_manifest_commands(document, ASKED_FOR) for document in documents]

    assert_linear(text, work, start=100)


SCRIPTS: dict[str, tuple[str, ...]] = {
    "stopped": ("*kubectl port-forward svc/web# 80 &\nkill $!\n",),
    "left alone": ("*kubectl port-forward svc/web# 80 &\n", "disown -a\n"),
    "contexts": ("*kubectl config use-context c#\nkubectl proxy\n",),
    "arms": ("case $1 in\n", "*a#) kubectl config use-context c#; kubectl proxy;;\n", "esac\n"),
    "machines": ("*ssh h# kubectl proxy\nkubectl config use-context c#\n",),
    "questions": ("*P=$(kubectl get po -l app=a -o name)\nkubectl port-forward $P 80\n",),
}


@pytest.mark.parametrize("parts", SCRIPTS.values(), ids=SCRIPTS)
def test_what_rules_say_of_a_script(parts: tuple[str, ...]) -> None:
    rules = [rule for rule in load_rules()[0] if rule.layer == "scripts"]
    text, path = many(parts), "production/run.sh"
    empty = Session.of([], isolated=True).workspace
    assert_linear(
        lambda count: replace(empty, scripts=(Source(path, text(count), path),)),
        lambda workspace: lint(workspace, rules),
        start=100,
    )


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

    found = commands(40)
    assert found
    assert max(len(word.value) for command in found for word in command.argv) <= MAX_IN_COMMAND
    assert_linear(lambda count: count, commands, start=40, runs=1)


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
    def source(count: int) -> Source:
        return Source("run.sh", f"V='{'ab ' * 1300}'\nkubectl proxy {'$V ' * count}\n", "run.sh")

    assert_linear(source, read_commands)

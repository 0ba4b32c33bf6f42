"""Files of every sort that carries shell → the commands in them that would open a way to a cluster."""

import re
from pathlib import Path

import pytest

from klint.exposure.invocations import ASKED_FOR
from klint.scripts.commands import Command
from klint.scripts.hints import concerns_script
from klint.scripts.kubectl import HOSTS, PROGRAMS, read_kubectl
from klint.scripts.snippet import HOLE
from klint.scripts.sources import adapter_for, read_commands, read_manifest_commands
from klint.text.reading import read_documents
from klint.text.source import Source, Span
from tests.growth import assert_linear

MARK = "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"
SECTIONS = (Path(__file__).parent / "data" / "scripts" / "sources.txt").read_text("utf-8").split("\n=== ")[1:]
CASES = [section.partition("\n")[::2] for section in SECTIONS]


def commands_in(path: str, text: str, programs: frozenset[str] | None = None) -> list[Command]:
    source = Source(path, text, path)
    if adapter_for(path, text):
        return list(read_commands(source, programs))
    if "apiVersion" in text:
        documents = read_documents(source)
        return [command for document in documents for command in read_manifest_commands(document, programs)]
    return []


def opens_a_way(command: Command) -> bool:
    kubectl = read_kubectl(command)
    if kubectl is not None:
        return kubectl.name in ("port-forward", "proxy", "expose", "patch")
    words = [word.value for word in command.argv]
    return (
        command.program in ("ngrok", "cloudflared", "localtunnel")
        or (command.program == "minikube" and "tunnel" in words)
        or (command.program in ("ssh", "autossh") and "-R" in words)
        or (command.program == "docker" and any("cloudflared" in word for word in words))
    )


def described(command: Command) -> str:
    context = command.context
    kubeconfig = command.environment.get("KUBECONFIG")
    facts = [
        f"{command}{' &' if command.in_background else ''}",
        context.kind,
        context.unit,
        context.environment and f"env {context.environment}",
        context.branches and f"branches {' '.join(context.branches)}",
        (command.kept_alive or context.kept_alive) and f"kept {command.kept_alive or context.kept_alive}",
        context.cluster and f"on {context.cluster}",
        context.local_cluster and f"on local cluster {context.local_cluster}",
        kubeconfig and f"KUBECONFIG {kubeconfig}",
        command.wrappers and f"by {' '.join(command.wrappers)}",
    ]
    return " | ".join(fact.replace(HOLE, "…") for fact in facts if fact)


def place(command: Command) -> Span:
    kubectl = read_kubectl(command)
    return kubectl.span if kubectl is not None else command.span


def test_there_are_enough() -> None:
    assert len(CASES) >= 40
    assert sum(not body.rpartition("---\n")[2].strip() for _, body in CASES) >= 5


@pytest.mark.parametrize(("path", "body"), CASES, ids=[path for path, _ in CASES])
def test_file(path: str, body: str) -> None:
    marked, _, expected = f"{body}\n".rpartition("\n---\n")
    text = f"{marked}\n".replace(MARK, "")
    marks = [match.start() - index for index, match in enumerate(re.finditer(MARK, marked))]
    source = Source(path, text)
    at = {(span.line, span.column): number for number, span in enumerate((source.span(m, m) for m in marks), 1)}
    found = [
        f"{at.get((place(command).line, place(command).column), place(command))}: {described(command)}"
        for command in commands_in(path, text)
        if opens_a_way(command)
    ]
    assert sorted(found, key=lambda line: line.partition(":")[0]) == expected.strip().splitlines()


@pytest.mark.parametrize(("path", "body"), CASES, ids=[path for path, _ in CASES])
def test_asking_for_programs_loses_none_of_theirs(path: str, body: str) -> None:
    text = body.rpartition("---\n")[0].replace(MARK, "")
    programs = PROGRAMS | HOSTS | {"ngrok", "cloudflared", "ssh", "autossh", "localtunnel", "docker"}
    whole = [described(command) for command in commands_in(path, text) if opens_a_way(command)]
    assert [described(item) for item in commands_in(path, text, programs) if opens_a_way(item)] == whole


@pytest.mark.parametrize(
    ("path", "adapter"),
    [
        ("a.sh", "shell"),
        ("deep/er/a.bash", "shell"),
        (".github/workflows/a.yml", "github"),
        ("sub/.github/workflows/a.yaml", "github"),
        (".github/dependabot.yml", ""),
        ("action.yml", "github"),
        ("transaction.yml", ""),
        (".gitlab-ci.yml", "gitlab"),
        ("ci/deploy.gitlab-ci.yml", "gitlab"),
        (".gitlab/ci/a.yml", "gitlab"),
        (".circleci/config.yml", "circleci"),
        ("azure-pipelines.yml", "azure"),
        ("azure-pipelines-deploy.yaml", "azure"),
        ("bitbucket-pipelines.yml", "bitbucket"),
        ("docker-compose.prod.yml", "compose"),
        ("compose.yaml", "compose"),
        ("recompose.yaml", ""),
        ("Taskfile.dist.yml", "task"),
        ("skaffold.yaml", "skaffold"),
        ("web/package.json", "npm"),
        ("web/package-lock.json", ""),
        ("Makefile", "make"),
        ("GNUmakefile", "make"),
        ("Makefile.ci", "make"),
        ("build/rules.mk", "make"),
        ("justfile", "just"),
        (".justfile", "just"),
        ("Jenkinsfile", "jenkins"),
        ("Jenkinsfile.deploy", "jenkins"),
        ("ci/a.jenkinsfile", "jenkins"),
        ("Dockerfile", "docker"),
        ("Dockerfile.dev", "docker"),
        ("dev.Dockerfile", "docker"),
        ("Containerfile", "docker"),
        ("Procfile", "procfile"),
        ("a.service", "systemd"),
        ("crontab", "crontab"),
        ("etc/cron.d/a", "crontab"),
        ("Tiltfile", "tilt"),
        ("README.md", ""),
        ("deployment.yaml", ""),
        ("a.py", ""),
        ("bin/tool", ""),
    ],
)
def test_adapters_by_path(path: str, adapter: str) -> None:
    assert adapter_for(path) == adapter


@pytest.mark.parametrize(
    ("path", "head", "adapter"),
    [
        ("bin/tool", "#!/bin/sh\n", "shell"),
        ("bin/tool", "#! /usr/bin/env bash\n", "shell"),
        ("bin/tool", "#!/usr/bin/env -S bash -e\n", "shell"),
        ("bin/tool", "#!/usr/local/bin/zsh\n", "shell"),
        ("bin/tool", "#!/usr/bin/env bats\n", "shell"),
        ("bin/tool", "#!/usr/bin/env python3\n", ""),
        ("bin/tool", "#!/usr/bin/fish\n", ""),
        ("bin/tool", "#!/usr/bin/env pwsh\n", ""),
        ("bin/tool", "kubectl get pods\n", ""),
        ("bin/tool.py", "#!/bin/sh\n", ""),
    ],
)
def test_adapters_by_first_line(path: str, head: str, adapter: str) -> None:
    assert adapter_for(path, head) == adapter


DETAILS = (Path(__file__).parent / "data" / "scripts" / "details.txt").read_text("utf-8").split("\n=== ")[1:]


@pytest.mark.parametrize("section", DETAILS, ids=range(len(DETAILS)))
def test_details(section: str) -> None:
    path, _, body = section.partition("\n")
    text, _, expected = f"{body}\n".rpartition("\n---\n")
    found = [command for command in commands_in(path, f"{text}\n") if "kubectl" in command.argv[0].value]
    listed = [f"{command.span.line}:{command.span.column} {command}" for command in found]
    assert listed == expected.strip("\n").splitlines(), body


def test_there_are_details_of_every_sort() -> None:
    assert len(DETAILS) >= 40
    assert len({adapter_for(section.partition("\n")[0]) for section in DETAILS}) >= 13


LINES = """\
NS=${NS:-default}
for i in 1 2 3; do
  if curl -fsS "http://localhost:$i/healthz" | grep -q ok; then
    echo "found $i"   # comment
  fi
done
log() { printf '%s\\n' "$*" >&2; }
curl -fsSL "https://example.com/$VERSION/install.sh" -o /tmp/x
tar -xzf /tmp/x -C "$HOME/bin" --strip-components 1
kubectl -n "$NS" get pods | tee pods.txt
"""


def test_scripts_are_read_in_time_in_proportion_to_their_number() -> None:
    """One in five has a command that rules ask about."""
    quiet = LINES * 10

    def make(count: int) -> list[Source]:
        asking = f"{quiet}kubectl port-forward svc/web 80 &\n"
        return [Source(f"{number}.sh", quiet if number % 5 else asking) for number in range(count)]

    def work(sources: list[Source]) -> None:
        found = sum(len(read_commands(item, ASKED_FOR)) for item in sources if concerns_script(item.text))
        assert found == 11 * len(sources) // 5

    assert_linear(make, work, start=50)

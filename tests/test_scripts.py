"""Scripts: what klint says of files as public repositories have them, and where it takes their commands to go."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from klint.config.config import Config
from klint.engine import Report
from klint.exposure.invocations import Invocation, is_idle
from klint.exposure.scripts import read_scripts
from klint.kube.index import Index
from klint.kube.objects import read_resources
from klint.registry import load_rules
from klint.scripts.hints import concerns_script
from klint.scripts.kubectl import read_kubectl
from klint.scripts.sources import read_commands
from klint.testing import Example, lint_example
from klint.text.reading import read_documents
from klint.text.source import Source
from klint.workspace.bundles import make_bundles
from klint.workspace.target import Targets

FOLDER = Path(__file__).parent / "scripts"
RULES = ("port-forward-in-production", "port-forward-on-all-interfaces", "port-forward-target-missing")

EXPECTED = {
    "demo-helper": [],
    "e2e-tests": [],
    "install-notes": [],
    "chart-notes": [],
    "stop-forwards": [],
    "loop-in-production": [
        "deploy/production/keep-db.sh:5: error: port-forward-in-production",
        "deploy/production/keep-db.sh:5: error: port-forward-on-all-interfaces",
    ],
    "many-contexts": [
        "ops/tunnel.sh:5: error: port-forward-in-production",
    ],
    "by-argument": [
        "bin/db:10: error: port-forward-in-production",
    ],
    "kubectx-before": [
        "release/migrate.sh:4: error: port-forward-in-production",
    ],
    "eks-login": [
        "scripts/smoke.sh:5: error: port-forward-in-production",
    ],
    "gke-staging": [],
    "staging-loop": [
        "scripts/staging/forward.sh:2: warning: port-forward-in-production",
    ],
    "systemd-unit": [
        "deploy/grafana-forward.service:9: error: port-forward-on-all-interfaces",
        "deploy/grafana-forward.service:9: warning: port-forward-in-production",
    ],
    "systemd-agent": [],
    "cron-forward": [
        "etc/cron.d/reports:4: error: port-forward-in-production",
    ],
    "procfile": [],
    "makefile-kubebuilder": [],
    "makefile-production": [
        "Makefile:6: error: port-forward-in-production",
    ],
    "makefile-open": [
        "Makefile:4: error: port-forward-on-all-interfaces",
    ],
    "justfile-helpers": [
        "justfile:9: error: port-forward-in-production",
    ],
    "taskfile": [
        "Taskfile.yml:13: warning: port-forward-in-production",
    ],
    "github-e2e": [],
    "github-production": [
        ".github/workflows/release.yml:22: error: port-forward-in-production",
    ],
    "github-preview": [],
    "github-schedule": [
        ".github/workflows/nightly.yml:13: error: port-forward-in-production",
    ],
    "github-two-jobs": [
        ".github/workflows/ci.yml:16: error: port-forward-in-production",
    ],
    "gitlab-environments": [
        ".gitlab-ci.yml:5: error: port-forward-in-production",
    ],
    "circleci": [],
    "azure": [
        "azure-pipelines.yml:14: error: port-forward-in-production",
    ],
    "bitbucket": [
        "bitbucket-pipelines.yml:16: error: port-forward-in-production",
    ],
    "jenkins": [
        "Jenkinsfile:15: error: port-forward-in-production",
    ],
    "tekton": [
        "tasks/smoke.yaml:14: error: port-forward-in-production",
    ],
    "tekton-preview": [],
    "argo-workflow": [
        "workflows/report.yaml:16: error: port-forward-in-production",
    ],
    "dockerfile-cmd": [
        "images/forward/Dockerfile:5: error: port-forward-on-all-interfaces",
        "images/forward/Dockerfile:5: warning: port-forward-in-production",
    ],
    "dockerfile-tools": [],
    "compose-dev": [
        "docker-compose.yml:8: error: port-forward-on-all-interfaces",
    ],
    "compose-kept": [
        "ops/compose.yaml:5: warning: port-forward-in-production",
    ],
    "npm": [
        "package.json:7: error: port-forward-in-production",
    ],
    "deployment": [
        "k8s/production/sidecar.yaml:23: error: port-forward-in-production",
    ],
    "deployment-harmless": [],
    "cronjob": [
        "k8s/backup.yaml:19: warning: port-forward-in-production",
    ],
    "configmap": [
        "k8s/production/scripts.yaml:10: error: port-forward-in-production",
    ],
    "skaffold-dev": [],
    "skaffold-prod": [
        "skaffold.yaml:7: error: port-forward-in-production",
        "skaffold.yaml:7: error: port-forward-on-all-interfaces",
    ],
    "tilt": [
        "Tiltfile:3: error: port-forward-on-all-interfaces",
    ],
    "nohup-helper": [
        "scripts/start-forwards.sh:4: warning: port-forward-in-production",
    ],
    "start-stop": [
        "scripts/forwards.sh:4: warning: port-forward-in-production",
    ],
    "names": [
        "Makefile:10: warning: port-forward-target-missing",
        "Makefile:11: warning: port-forward-target-missing",
        "Makefile:12: warning: port-forward-target-missing",
        "Makefile:13: warning: port-forward-target-missing",
        "Makefile:9: warning: port-forward-target-missing",
    ],
    "configured": [
        "ops/forward.sh:1: error: port-forward-in-production",
    ],
    "oc-remote": [
        "scripts/remote.sh:3: error: port-forward-in-production",
        "scripts/remote.sh:5: error: port-forward-on-all-interfaces",
        "scripts/remote.sh:5: warning: port-forward-in-production",
    ],
    "wrapper": [
        "ci/deploy.sh:6: error: port-forward-in-production",
    ],
    "python-script": [],
    "broken-shell": [
        "production/broken.sh:4: error: port-forward-in-production",
    ],
    "bats": [],
}
"""Each folder of files, and what klint reports there. Most helpers, tests and notes are harmless."""


def lint(files: dict[str, str], *more: str) -> Report:
    first, *others = (*RULES, *more)
    rule = next(rule for rule in load_rules()[0] if rule.name == first)
    report = lint_example(Example(files=files, others=tuple(others)), rule)
    assert not report.failures
    return report


def reported(files: dict[str, str], *more: str) -> list[str]:
    return sorted(
        f"{item.span.file}:{item.span.line}: {item.severity}: {item.rule}" for item in lint(files, *more).findings
    )


def test_every_folder_has_an_expectation() -> None:
    assert {folder.name for folder in FOLDER.iterdir()} == set(EXPECTED)
    assert len(EXPECTED) >= 40


@pytest.mark.parametrize("name", EXPECTED)
def test_realistic_files(name: str) -> None:
    folder = FOLDER / name
    files = {
        file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in folder.rglob("*") if file.is_file()
    }
    assert files
    assert reported(files) == sorted(EXPECTED[name])


# Which environment a command runs against


def invocations(path: str, text: str, config: Config | None = None) -> list[Invocation]:
    """The port-forwards of a file."""
    source = Source(path, text, path)
    config = config or Config()
    resources = []
    scripts = [source]
    if "apiVersion" in text:
        resources = [found for document in read_documents(source) for found in read_resources(document, {})]
        scripts = []
    targets, index = Targets(config, ()), Index(resources)
    found = read_scripts(scripts, make_bundles(index, targets), targets, index)
    return [item for script in found for item in script.invocations if item.port_forward is not None]


def only(path: str, text: str, config: Config | None = None) -> Invocation:
    (found,) = invocations(path, text, config)
    return found


PF = "kubectl port-forward svc/web 80"


@pytest.mark.parametrize(
    ("script", "environment", "reason"),
    [
        (PF, "", ""),
        ("kubectl --context prod port-forward svc/web 80", "production", "the context prod"),
        (
            "kubectl port-forward svc/web 80 --context=gke_shop-prod_eu_a",
            "production",
            "the context gke_shop-prod_eu_a",
        ),
        ("kubectl --context nonprod port-forward svc/web 80", "staging", "the context nonprod"),
        ("kubectl --context product-a port-forward svc/web 80", "", ""),
        ("kubectl --context kind-shop -n production port-forward svc/web 80", "local", "the context kind-shop"),
        ("kubectl --context prod -n test port-forward svc/web 80", "production", "the context prod"),
        ('kubectl --context "$X" port-forward svc/web 80', "", ""),
        ('kubectl --context "$X-prod" port-forward svc/web 80', "production", "the context …-prod"),
        ("kubectl --kubeconfig ~/.kube/prod port-forward svc/web 80", "production", "the kubeconfig ~/.kube/prod"),
        ("kubectl --kubeconfig /home/dev/.kube/config port-forward svc/web 80", "", ""),
        ("kubectl -n shop-prod port-forward svc/web 80", "production", "the namespace shop-prod"),
        ("kubectl -n reproduction port-forward svc/web 80", "", ""),
        ("minikube -p dev kubectl -- port-forward svc/web 80", "development", "the profile dev"),
        (f"KUBECONFIG=/etc/kube/prod.yaml {PF}", "production", "the KUBECONFIG /etc/kube/prod.yaml"),
        (f"export KUBECONFIG=$HOME/.kube/live\n{PF}", "production", None),
        (f"export KUBECONFIG=/home/dev/.kube/config\n{PF}", "", ""),
        (f"kubectx prod-eu\n{PF}", "production", "`kubectx prod-eu` before it"),
        (f"kubectl ctx prod-eu\n{PF}", "production", "`kubectl ctx prod-eu` before it"),
        (f"kubectl config use-context prod\n{PF}", "production", "`kubectl config use-context prod` before it"),
        (f"kubectl config set-context --current -n prod\n{PF}", "production", None),
        (f"kubectl config get-contexts prod\n{PF}", "", ""),
        (f"{PF}\nkubectx prod", "", ""),
        (f"kubectx prod\nkubectx dev\n{PF}", "development", "`kubectx dev` before it"),
        (f"if x; then kubectx prod; else {PF}; fi", "", ""),
        (f"if x; then kubectx prod; fi\n{PF}", "production", None),
        (f"aws eks update-kubeconfig --region eu-west-1 --name shop-prod\n{PF}", "production", None),
        (f"aws eks update-kubeconfig --name=shop-prod\n{PF}", "production", None),
        (f"aws eks describe-cluster --name shop-prod\n{PF}", "", ""),
        (f"gcloud container clusters get-credentials prod --zone x\n{PF}", "production", None),
        (f"az aks get-credentials -g shop -n shop-staging\n{PF}", "staging", None),
        (f"doctl kubernetes cluster kubeconfig save live\n{PF}", "production", None),
        (f"oc login https://api.prod.example.com\n{PF}", "production", None),
        (f"oc project shop-prod\n{PF}", "production", None),
        (f"kubens prod\n{PF}", "production", None),
        ("kubens prod\nkubectl -n test port-forward svc/web 80", "development", "the namespace test"),
        ("kind create cluster\nkubectl -n production port-forward svc/web 80", "local", "kind makes the cluster"),
        (
            "kind delete cluster\nkubectl -n production port-forward svc/web 80",
            "production",
            "the namespace production",
        ),
        (f"minikube start --nodes 2\n{PF}", "local", "minikube makes the cluster"),
        (f"k3d cluster create prod\n{PF}", "local", "k3d makes the cluster"),
        ("kind create cluster\nkubectl --context prod port-forward svc/web 80", "production", "the context prod"),
        (f"kubectx prod\nssh host '{PF}'", "", ""),
    ],
)
def test_environment_of_a_command(script: str, environment: str, reason: str | None) -> None:
    found = only("forward.sh", script)
    assert found.environment == environment
    if reason is not None:
        assert found.reason == reason


@pytest.mark.parametrize(
    ("path", "environment"),
    [
        ("forward.sh", ""),
        ("deploy/production/forward.sh", "production"),
        ("scripts/forward-prod.sh", "production"),
        ("scripts/dev/forward.sh", "development"),
        ("staging/forward.sh", "staging"),
        ("products/forward.sh", ""),
    ],
)
def test_environment_of_a_path(path: str, environment: str) -> None:
    found = only(path, PF)
    assert (found.environment, found.reason) == (environment, f"the path {path}" if environment else "")


def test_what_a_command_names_goes_before_its_path() -> None:
    assert only("production/forward.sh", "kubectl --context dev port-forward svc/web 80").environment == "development"
    assert only("production/forward.sh", "kubectl -n dev port-forward svc/web 80").environment == "development"


WORKFLOW = """\
on:
  push:
    branches: [{branch}]
jobs:
  {job}:
    runs-on: ubuntu-latest
    {extra}
    steps:
      - uses: {uses}
      - run: kubectl {flags} port-forward svc/web 80
"""
USUAL = {"branch": "main", "job": "check", "extra": "env: {A: b}", "uses": "actions/checkout@v4", "flags": "-v=4"}


@pytest.mark.parametrize(
    ("given", "environment", "reason"),
    [
        ({}, "", ""),
        ({"extra": "environment: production"}, "production", "the job's environment production"),
        ({"extra": "environment: {name: dev}"}, "development", "the job's environment dev"),
        ({"extra": "env: {ENVIRONMENT: prod}"}, "production", "the variable ENVIRONMENT=prod"),
        ({"extra": "env: {KUBECONFIG: /tmp/prod}"}, "production", None),
        ({"extra": "env: {NODE_ENV: production}"}, "", ""),
        ({"branch": "production"}, "production", "it runs for the branch production"),
        ({"branch": "prod/eu"}, "production", "it runs for the branch prod/eu"),
        ({"branch": "productions"}, "", ""),
        ({"job": "deploy-prod"}, "production", "the job deploy-prod"),
        ({"job": "live-reload"}, "", ""),
        ({"job": "deploy-prod", "flags": "--context dev"}, "development", "the context dev"),
        (
            {"uses": "helm/kind-action@v1", "extra": "environment: production"},
            "local",
            "helm/kind-action makes the cluster",
        ),
        ({"uses": "helm/kind-action@v1", "flags": "--context prod"}, "production", "the context prod"),
        ({"flags": "-n prod", "extra": "environment: dev"}, "production", "the namespace prod"),
    ],
)
def test_environment_of_a_job(given: dict[str, str], environment: str, reason: str | None) -> None:
    found = only(".github/workflows/ci.yml", WORKFLOW.format(**{**USUAL, **given}))
    assert found.environment == environment
    if reason is not None:
        assert found.reason == reason


def test_jobs_and_targets_choose_clusters_for_themselves() -> None:
    found = invocations("Makefile", f"a:\n\tkubectx prod\nb:\n\t{PF}\nc:\n\tkubectx dev\n\t{PF}\n")
    assert [item.environment for item in found] == ["", "development"]


CONTAINER = """\
apiVersion: v1
kind: Pod
metadata: {{name: forward, namespace: {namespace}}}
spec:
  containers:
    - name: forward-prod
      image: alpine/k8s
      command: [kubectl, {flags} port-forward, svc/web, "80"]
"""


@pytest.mark.parametrize(
    ("path", "namespace", "flags", "environment", "reason"),
    [
        ("a.yaml", "shop", "", "", ""),
        ("a.yaml", "shop-prod", "", "production", "the namespace shop-prod"),
        ("prod/a.yaml", "shop", "", "production", "the path prod/a.yaml"),
        ("prod/a.yaml", "shop", "--context, dev,", "development", "the context dev"),
        ("a.yaml", "shop", "-n, live,", "production", "the namespace live"),
    ],
)
def test_environment_of_a_container(path: str, namespace: str, flags: str, environment: str, reason: str) -> None:
    found = only(path, CONTAINER.format(namespace=namespace, flags=flags))
    assert (found.environment, found.reason) == (environment, reason)


# What keeps it running


@pytest.mark.parametrize(
    ("path", "script", "kept"),
    [
        ("a.sh", PF, ""),
        ("a.sh", f"{PF} &", ""),
        ("a.sh", f"{PF} & wait", ""),
        ("a.sh", f"nohup {PF} &", "nohup"),
        ("a.sh", f"nohup {PF}", ""),
        ("a.sh", f"nohup {PF} & P=$!; sleep 1; kill $P", ""),
        ("a.sh", f"trap 'kill $(jobs -p)' EXIT; nohup {PF} &", ""),
        ("a.sh", f"stop() {{ kill %1; }}; trap stop EXIT; nohup {PF} &", ""),
        ("a.sh", f"pkill -f port-forward; nohup {PF} &", "nohup"),
        ("a.sh", f"nohup {PF} &\n./test\npkill -f 'kubectl port-forward'", ""),
        ("a.sh", f"case $1 in start) nohup {PF} & ;; stop) kill %1 ;; esac", "nohup"),
        ("a.sh", f"{PF} & disown", "disown"),
        ("a.sh", f"disown; {PF} &", ""),
        ("a.sh", f"setsid {PF}", "setsid"),
        ("a.sh", f"tmux new -d '{PF}'", "tmux"),
        ("a.sh", f"while true; do {PF}; done", "while true"),
        ("a.sh", f"for x in 1 2; do {PF}; done", ""),
        ("a.sh", f"until {PF}; do sleep 1; done", "until loop"),
        ("Makefile", f"a:\n\tnohup {PF} &\n", "nohup"),
        (".gitlab-ci.yml", f"a:\n  script:\n    - nohup {PF} &\n", ""),
        (".gitlab-ci.yml", f"a:\n  script:\n    - while true; do {PF}; done &\n", "while true"),
        ("a.service", f"[Service]\nExecStart=/usr/bin/{PF}\n", "systemd"),
        ("a.service", f"[Service]\nRestart=on-failure\nExecStart=/usr/bin/{PF}\n", "Restart=on-failure"),
        ("crontab", f"@reboot {PF}\n", "cron"),
        ("Procfile", f"web: {PF}\n", ""),
        ("Dockerfile", f"FROM x\nCMD {PF}\n", "the container of this image"),
        ("Dockerfile", f"FROM x\nRUN {PF}\n", ""),
        ("a.yaml", CONTAINER.format(namespace="x", flags=""), "the Pod"),
    ],
)
def test_what_keeps_it_running(path: str, script: str, kept: str) -> None:
    assert only(path, script).kept_alive == kept


SCHEDULED = """\
on:
  schedule: [{{cron: "0 3 * * *"}}]
  {more}
jobs:
  report:
    runs-on: ubuntu-latest
    steps:
      - run: {login}
      - run: kubectl port-forward svc/db 5432 & ./report
"""


@pytest.mark.parametrize(
    ("more", "login", "kept"),
    [
        ("workflow_dispatch:", "gcloud container clusters get-credentials shop", "its schedule"),
        ("workflow_dispatch:", "aws eks update-kubeconfig --name shop", "its schedule"),
        ("push:", "aws eks update-kubeconfig --name shop", ""),
        ("workflow_dispatch:", "make kind-up", ""),
        ("workflow_dispatch:", "kind create cluster", ""),
    ],
)
def test_a_schedule_starts_it_again(more: str, login: str, kept: str) -> None:
    assert only(".github/workflows/report.yml", SCHEDULED.format(more=more, login=login)).kept_alive == kept


# Comments that silence a finding in a script

IGNORE = "# klint: ignore[port-forward-in-production] a person runs this"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("production/a.sh", f"{IGNORE}\n{PF}\n"),
        ("production/a.sh", f"{PF}  {IGNORE}\n"),
        ("production/a.sh", f"{IGNORE}\nkubectl \\\n  port-forward svc/web 80\n"),
        ("production/a.sh", f"kubectl \\\n  port-forward svc/web 80 {IGNORE}\n"),
        ("production/a.sh", f"# klint: ignore\n{PF}\n"),
        ("production/Makefile", f"a:\n\t{IGNORE}\n\t{PF}\n"),
        ("production/Makefile", f"a:\n{IGNORE}\n\t{PF}\n"),
        ("production/Dockerfile", f"FROM x\n{IGNORE}\nCMD {PF}\n"),
        ("prod/.gitlab-ci.yml", f"a:\n  script:\n    {IGNORE}\n    - {PF}\n"),
        ("prod/.gitlab-ci.yml", f"a:\n  script:\n    - |\n      {IGNORE}\n      {PF}\n"),
        (
            "prod/pod.yaml",
            CONTAINER.format(namespace="x", flags="")
            .replace("svc/web,", "svc/web,")
            .replace('"80"]\n', f'"80"]  {IGNORE}\n'),
        ),
        (
            "prod/skaffold.yaml",
            (
                "apiVersion: skaffold/v4beta11\nkind: Config\nportForward:\n  - resourceType: service\n"
                f"    resourceName: web  {IGNORE}\n    port: 80\n"
            ),
        ),
        (
            "prod/scripts.yaml",
            f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: s}}\ndata:\n  a.sh: |\n    {IGNORE}\n    {PF}\n",
        ),
    ],
)
def test_a_comment_silences(path: str, text: str) -> None:
    without = text.replace("klint: ignore", "klint ignored")
    assert [item.rpartition(": ")[2] for item in reported({path: without})] == ["port-forward-in-production"]
    assert reported({path: text}, "unused-ignore", "unknown-rule") == []


def test_a_comment_that_silences_nothing_is_told() -> None:
    found = reported({"a.sh": f"{IGNORE}\n{PF}\n"}, "unused-ignore")
    assert found == ["a.sh:1: warning: unused-ignore"]
    other = "# klint: ignore[port-forward-on-all-interfaces]"
    found = reported({"prod/a.sh": f"{other}\n{PF}\n"}, "unused-ignore")
    assert found == ["prod/a.sh:1: warning: unused-ignore", "prod/a.sh:2: error: port-forward-in-production"]
    found = reported({"a.sh": f"# klint: ignore[port-forwards] x\n{PF}\n"}, "unknown-rule")
    assert [item.rpartition(": ")[2] for item in found] == ["unknown-rule"]


# What is no command is no finding

_CASE = re.compile(r"^### (.*)\n((?:.*\n)*?)---\n((?:(?!### ).*\n)*)", re.MULTILINE)
SNIPPETS = _CASE.findall((Path(__file__).parent / "data" / "scripts" / "snippets.txt").read_text("utf-8"))


@pytest.mark.parametrize(("title", "script"), [case[:2] for case in SNIPPETS], ids=[case[0] for case in SNIPPETS])
def test_rules_see_of_a_snippet_what_runs(title: str, script: str) -> None:
    """tests/data/scripts says what runs. What is passed over because no rule asks for it costs no port-forward."""
    read = [read_kubectl(command) for command in read_commands(Source("x.sh", script))]
    wanted = [str(item.command) for item in read if item is not None and item.name == "port-forward"]
    assert [str(item.command) for item in invocations("x.sh", script)] == wanted, title
    if not concerns_script(script):
        return  # a word that is put together from pieces: nobody looks for those
    found = {str(item.span) for item in lint({"production/x.sh": script}).findings if item.rule == RULES[0]}
    assert found == {
        str(item.at) for item in invocations("production/x.sh", script) if item.environment == "production"
    }
    if not wanted:
        assert not lint({"production/x.sh": script}).findings


# What nobody asks about


@pytest.mark.parametrize(
    ("command", "idle"),
    {
        "kubectl get pods -o name": True,
        "oc logs -f deploy/web": True,
        "kubectl -n shop --context=a wait --for=condition=ready pod/web": True,
        "kubectl --namespace shop rollout status deploy/web": True,
        "kubectl apply -f manifests/web.yaml": True,
        "kubectl apply -n $NS --filename=web.yaml -k overlays/production": True,
        "kubectl apply -f -": False,
        "kubectl apply -f https://example.com/web.yaml": False,
        "kubectl apply -k github.com/a/b": False,
        "kubectl apply -f $FILE": False,
        "kubectl apply -f": False,
        "kubectl apply -f-": False,
        "kubectl apply -fweb.yaml": False,
        "kubectl -f web.yaml apply": False,
        "kubectl create -f web.yaml": False,
        "kubectl port-forward svc/web 80": False,
        "kubectl -n get port-forward svc/web 80": False,
        "kubectl $VERB": False,
        "kubectl $FLAGS get pods": False,
        "kubectl exec web -- get": False,
        "kubectl config use-context get": False,
        "kubectl run get": False,
        "kubectl": False,
        "helm get all": False,
        "A=b kubectl get pods": False,
        "": False,
    }.items(),
)
def test_what_nobody_asks_about(command: str, idle: bool) -> None:
    assert is_idle(command.split()) is idle


@pytest.mark.parametrize(
    ("script", "said"),
    {
        "kubectl get $(kubectl port-forward svc/web 80) a": 1,
        "kubectl() { command kubectl port-forward svc/web 80; }\nkubectl get a": 1,
        "kubectl get pods | while read p; do kubectl port-forward $p 80; done": 1,
        "kubectl get a && kubectl port-forward svc/web 80": 1,
        "kubectl get a \\\n  kubectl port-forward svc/web 80": 0,
    }.items(),
)
def test_what_stands_in_a_command_that_nobody_asks_about(script: str, said: int) -> None:
    found = [item for item in lint({"production/x.sh": script + "\n"}).findings if item.rule == RULES[0]]
    assert len(found) == said


def test_pods_that_a_script_asks_for_are_known() -> None:
    for script in (
        "P=$(kubectl get po -l app=web -o name)\nkubectl port-forward $P 80",
        "kubectl port-forward $(kubectl get po -l app=web -o name) 80",
    ):
        (found,) = invocations("x.sh", script)
        assert found.selector == "app=web"


# Addresses


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("0.0.0.0", True),
        ("::", True),
        ("0:0:0:0:0:0:0:0", True),
        ("::ffff:0.0.0.0", True),
        ("localhost,0.0.0.0", True),
        ("'localhost, ::'", True),
        ("127.0.0.1", False),
        ("localhost", False),
        ("::1,127.0.0.1", False),
        ("192.168.0.10", False),
        ("0.0.0.1", False),
        ("'*'", False),
        ("''", False),
        ('"$ADDRESS"', False),
        ('"$ADDRESS,0.0.0.0"', True),
        ('"${ADDRESS:-0.0.0.0}"', True),
        ("0.0.0.0 --address localhost", False),
    ],
)
def test_addresses_that_stand_for_all(address: str, is_open: bool) -> None:
    found = [item.rule for item in lint({"a.sh": f"{PF} --address {address}\n"}).findings]
    assert found == (["port-forward-on-all-interfaces"] if is_open else [])


@pytest.mark.parametrize("path", ["a.sh", "dev/a.sh", "local/a.sh", "staging/a.sh", "production/a.sh"])
def test_an_open_address_is_an_error_everywhere(path: str) -> None:
    found = [str(item.severity) for item in lint({path: f"{PF} --address ::"}).findings if item.rule == RULES[1]]
    assert found == ["error"]


# Targets


def service(name: str, namespace: str = "", spec: str = "selector: {app: x}, ports: [{name: http, port: 80}]") -> str:
    place = f", namespace: {namespace}" if namespace else ""
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}{place}}}\nspec: {{{spec}}}\n---\n"


def deployment(name: str, namespace: str = "", labels: str = "app: x", kind: str = "Deployment") -> str:
    place = f", namespace: {namespace}" if namespace else ""
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}{place}}}\nspec:\n"
        f"  selector: {{matchLabels: {{{labels}}}}}\n  template:\n    metadata: {{labels: {{{labels}}}}}\n"
        "    spec: {containers: [{name: c, image: i, ports: [{name: web, containerPort: 8080}]}]}\n---\n"
    )


KAFKA = "apiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\nmetadata: {name: events}\n---\n"
BROKEN = "apiVersion: v1\nkind: Service\nmetadata: {name: cache\n---\n"


@pytest.mark.parametrize(
    ("manifests", "script", "why"),
    [
        (service("web"), "kubectl port-forward svc/web 80", ""),
        (service("web"), "kubectl -n any port-forward svc/web 80", ""),
        (service("web", "shop"), "kubectl port-forward svc/web 80", ""),
        (service("web", "shop"), 'kubectl -n "$NS" port-forward svc/web 80', ""),
        (service("web", "shop"), "kubectl -n shop port-forward svc/wbe 80", "there is Service shop/web"),
        (service("checkout"), "kubectl port-forward svc/chekout 80", "there is Service checkout"),
        (service("checkout", "shop"), "kubectl port-forward svc/chekout 80", "there is Service shop/checkout"),
        (service("checkout", "shop"), 'kubectl -n "$NS" port-forward svc/chekout 80', "there is Service shop/checkout"),
        (service("checkout", "shop"), "kubectl -n edge port-forward svc/chekout 80", ""),
        (service("checkout") + KAFKA, "kubectl port-forward svc/chekout 80", "there is Service checkout"),
        (service("web"), "kubectl port-forward svc/cache 80", "it is not defined in the workspace"),
        (service("web", "shop"), "kubectl -n shop port-forward svc/cache 80", "it is not defined in the workspace"),
        (service("web", "shop"), "kubectl port-forward svc/cache 80", ""),
        (service("web"), "kubectl -n shop port-forward svc/cache 80", ""),
        (service("web"), 'kubectl -n "$NS" port-forward svc/cache 80', ""),
        (service("web"), 'kubectl port-forward "svc/$NAME" 80', ""),
        (service("web") + KAFKA, "kubectl port-forward svc/cache 80", ""),
        (service("web") + BROKEN, "kubectl port-forward svc/cache 80", ""),
        (service("web"), "helm install cache x/cache\nkubectl port-forward svc/cache 80", ""),
        (service("web"), "kubectl expose deploy cache\nkubectl port-forward svc/cache 80", ""),
        (service("web"), "kubectl apply -f https://x/y.yaml\nkubectl port-forward svc/cache 80", ""),
        (service("web"), "x | kubectl apply -f -\nkubectl port-forward svc/cache 80", ""),
        (
            service("web"),
            "kubectl apply -f k8s/\nkubectl port-forward svc/cache 80",
            "it is not defined in the workspace",
        ),
        (service("web", "a") + service("api", "b"), "kubectl -n b port-forward svc/web 80", "there is Service a/web"),
        (deployment("web"), "kubectl port-forward svc/web 80", "there is Deployment web"),
        (deployment("web"), "kubectl port-forward deploy/web 80", ""),
        (deployment("web"), "kubectl port-forward deployment.apps/web 80", ""),
        (deployment("web"), "kubectl port-forward sts/web 80", "there is Deployment web"),
        (deployment("web"), "kubectl port-forward web 80", "there is Deployment web"),
        (deployment("web"), "kubectl run web --image x\nkubectl port-forward web 80", ""),
        (deployment("web"), "kubectl port-forward web-7d4b9c6f5-x2x1z 80", ""),
        (deployment("web", kind="StatefulSet"), "kubectl port-forward web-0 80", ""),
        (deployment("web"), "kubectl port-forward widget.example.com/wbe 80", ""),
        (deployment("web"), "kubectl port-forward $(kubectl get pod -l app=x -o name) 80", ""),
        (deployment("web"), "kubectl port-forward $(kubectl get pod -l app=y -o name) 80", "no pod in the workspace"),
        (deployment("web"), "kubectl port-forward $(kubectl get pod -l app!=y -o name) 80", ""),
        (deployment("web"), "kubectl port-forward $(kubectl get pod -l job-name=y -o name) 80", ""),
        (deployment("web") + KAFKA, "kubectl port-forward $(kubectl get pod -l app=y -o name) 80", ""),
        (
            deployment("web", labels="app: storefront"),
            "P=$(kubectl get pod -l app=storefornt -o name)\nkubectl port-forward $P 80",
            "Deployment web has other labels",
        ),
        (service("web"), "kubectl port-forward svc/web 8080:http", ""),
        (service("web"), "kubectl port-forward svc/web :80", ""),
        (service("web"), "kubectl port-forward svc/web 8080:$PORT", ""),
        (service("web"), "kubectl port-forward svc/web 8080:8080", "has no port 8080: it has 80 (http)"),
        (service("web"), "kubectl port-forward svc/web 8080", "has no port 8080: it has 80 (http)"),
        (service("web"), "kubectl port-forward svc/web 8443:https", "has no port https: it has 80 (http)"),
        (service("web"), "helm install web x/web\nkubectl -n shop port-forward svc/web 8443:443", ""),
        (service("web", "s"), "helm install w x/w\nkubectl -n s port-forward svc/web 443", "has no port 443"),
        (service("web") + service("web", "", "selector: {a: b}, ports: [{port: 81}]"), f"{PF[:-2]}81", ""),
        (service("web", "", "selector: {a: b}, ports: [{port: '${PORT}'}]"), f"{PF[:-2]}81", ""),
        (service("web", "", "selector: {a: b}, clusterIP: None, ports: [{port: 80}]"), f"{PF[:-2]}81", "has no port"),
        (
            service("web", "", "selector: {a: b}, ports: [{port: 80, targetPort: 8080}]"),
            "kubectl port-forward svc/web 8080",
            "has no port 8080: that is the targetPort of its port 80",
        ),
        (service("web", "", "ports: [{port: 80}]"), PF, "Service web has no selector"),
        (service("web", "", "type: ExternalName, externalName: a.example.com"), PF, "Service web has no selector"),
        (deployment("web"), "kubectl port-forward deploy/web 8080:web", ""),
        (deployment("web"), "kubectl port-forward deploy/web 8080:9999", ""),
        (deployment("web"), "kubectl port-forward deploy/web 8080:http", "has no port http: its named ports are web"),
    ],
)
def test_targets(manifests: str, script: str, why: str) -> None:
    found = [item for item in lint({"k8s/a.yaml": manifests, "a.sh": f"{script}\n"}).findings if item.rule == RULES[2]]
    assert [item.span.file for item in found] == (["a.sh"] if why else [])
    assert all(why in item.message for item in found)
    assert all(item.related or "not defined" in why or "no pod" in why for item in found)


def test_a_target_that_another_script_installs_may_be_there() -> None:
    files = {"a.yaml": service("web"), "forward.sh": "kubectl port-forward svc/cache 80\n"}
    assert reported(files) == ["forward.sh:1: warning: port-forward-target-missing"]
    assert reported({**files, "Makefile": "install:\n\thelm install cache x/cache\n"}) == []
    assert reported({**files, "Makefile": "install:\n\techo helm install cache x/cache\n"}) != []


@pytest.mark.parametrize("by", ["annotation", "configuration"])
def test_a_command_in_a_manifest_is_silenced_as_its_object_is(by: str) -> None:
    annotation = "  annotations: {klint.dev/ignore: 'port-forward-in-production: known'}\n"
    pod = (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: %s\n%sspec:\n  containers:\n    - name: main\n"
        "      image: bitnami/kubectl:1\n      command: [kubectl, port-forward, svc/db, '5432']\n"
    )
    web = pod % ("web", annotation if by == "annotation" else "")
    files = {"prod/web.yaml": web + "---\n" + pod % ("other", "")}
    if by == "configuration":
        files[".klint.yaml"] = "suppress:\n  - {rule: port-forward-in-production, name: web, reason: known}\n"
    (rule,) = (rule for rule in load_rules()[0] if rule.name == "port-forward-in-production")
    report = lint_example(Example(files=files), rule)
    assert len(report.suppressed) == 1
    assert [finding.span.line for finding in report.findings] == [web.count("\n") + 10]


@pytest.mark.parametrize("size", [1, 3], ids="{}-MiB".format)
def test_a_long_script_is_read_to_its_end(size: int) -> None:
    script = "# pad\n" * (size * 2**20 // 6) + "kubectl port-forward --address 0.0.0.0 svc/web 1:80\n"
    (found,) = [item for item in lint({"run.sh": script}).findings if item.rule == "port-forward-on-all-interfaces"]
    assert found.span.line == script.count("\n")


def test_a_script_with_an_archive_at_its_end() -> None:
    script = "kubectl port-forward --address 0.0.0.0 svc/web 1:80\nexit 0\n" + "if '(\u00ff<<\n" * 100_000
    assert [item for item in lint({"run.sh": script}).findings if item.rule == "port-forward-on-all-interfaces"]


KUBECTL = frozenset(("kubectl",))


@pytest.mark.parametrize("count", [499, 500, 501, 2000])
def test_what_comes_behind_many_heredocs(count: int) -> None:
    each = "cat <<E\nkubectl port-forward a 1\nE\nkubectl port-forward b 1\n"
    script = each * count + "kubectl port-forward c 1\n"
    found = [command.argv[2].value for command in read_commands(Source("run.sh", script, "run.sh"), KUBECTL)]
    assert found == [*["b"] * count, "c"]


def test_what_comes_behind_a_function_of_many_heredocs() -> None:
    script = "f() {\n" + "cat <<E\nE\n" * 700 + "}\n" + "kubectl port-forward c 1\n"
    (found,) = read_commands(Source("run.sh", script, "run.sh"), KUBECTL)
    assert found.argv[2].value == "c"

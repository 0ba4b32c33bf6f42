"""kubectl's command line, taken apart as kubectl takes it."""

import re
import shutil
import subprocess

import pytest

from klint.scripts.forwards import Questions, kind_of, read_forwards
from klint.scripts.kubectl import KINDS, VERBS, Kubectl, PortForward, read_kubectl, read_port_forward, takes_value
from klint.scripts.shell.reader import read_script
from klint.scripts.snippet import Snippet
from klint.text.source import Source

KUBECTL = shutil.which("kubectl") or ""


def kubectl(script: str) -> Kubectl:
    (found,) = [
        item for command in read_script(Snippet.whole(Source("x.sh", script))) if (item := read_kubectl(command))
    ]
    return found


def forward(script: str) -> PortForward:
    found = read_port_forward(kubectl(script))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "script",
    [
        "kubectl port-forward -n shop svc/web 8080:80",
        "kubectl -n shop port-forward svc/web 8080:80",
        "kubectl -nshop port-forward svc/web 8080:80",
        "kubectl -n=shop port-forward svc/web 8080:80",
        "kubectl --namespace shop port-forward svc/web 8080:80",
        "kubectl --namespace=shop port-forward svc/web 8080:80",
        "kubectl port-forward svc/web 8080:80 -n shop",
        "kubectl port-forward svc/web -n shop 8080:80",
        "kubectl -n other port-forward svc/web 8080:80 --namespace 'shop'",
        "kubectl -v 6 --kubeconfig x -n shop --insecure-skip-tls-verify port-forward svc/web 8080:80",
        "kubectl --v=6 -s https://a:6443 --as admin -n shop port-forward svc/web 8080:80",
        "oc -n shop port-forward service/web 8080:80",
        "k3s kubectl -n shop port-forward services/web 8080:80",
        "microk8s kubectl port-forward -n shop svc/web 8080:80",
        "minikube -p x kubectl -- -n shop port-forward svc/web 8080:80",
        "minikube kubectl -- port-forward -n shop svc/web 8080:80",
    ],
)
def test_one_forward_said_in_many_ways(script: str) -> None:
    found = forward(script)
    assert found.kubectl.namespace is not None
    assert found.kubectl.namespace.text == "shop"
    assert (found.kind, found.name) == ("Service", "web")
    assert [(pair.local, pair.remote) for pair in found.ports] == [("8080", "80")]


@pytest.mark.parametrize(
    ("arguments", "kind", "name", "ports"),
    [
        ("web 80", "Pod", "web", [("80", "80")]),
        ("pod/web 80 81:82", "Pod", "web", [("80", "80"), ("81", "82")]),
        ("po/web :80", "Pod", "web", [("", "80")]),
        ("svc/web 8443:https", "Service", "web", [("8443", "https")]),
        ("deployment.apps/web 80", "Deployment", "web", [("80", "80")]),
        ("deployments.v1.apps/web 80", "Deployment", "web", [("80", "80")]),
        ("sts/db 5432", "StatefulSet", "db", [("5432", "5432")]),
        ("ds/agent 80", "DaemonSet", "agent", [("80", "80")]),
        ("dc/web 80", "DeploymentConfig", "web", [("80", "80")]),
        ("80 svc/web", "Service", "web", [("80", "80")]),
        ('"svc/$X" 80', "Service", "", [("80", "80")]),
        ('"$X/web" 80', "", "web", [("80", "80")]),
        ('"$X" 80', "", "", [("80", "80")]),
        ("$X 80", "", "", [("80", "80")]),
        ("$FLAGS svc/web 80", "Service", "web", [(None, None), ("80", "80")]),
        ("svc/web $PORT:80", "Service", "web", [(None, "80")]),
        ("svc/web 80:$PORT", "Service", "web", [("80", None)]),
        ("svc/web $PORTS", "Service", "web", [(None, None)]),
        ("widget.example.com/web 80", "", "web", [("80", "80")]),
    ],
)
def test_targets_and_ports(arguments: str, kind: str, name: str, ports: list[tuple[str | None, str | None]]) -> None:
    found = forward(f"kubectl port-forward {arguments}")
    assert (found.kind, found.name) == (kind, name)
    assert [(pair.local, pair.remote) for pair in found.ports] == ports


@pytest.mark.parametrize(
    ("flags", "addresses"),
    [
        ("", ()),
        ("--address 0.0.0.0", ("0.0.0.0",)),
        ("--address=localhost,10.0.0.1", ("localhost", "10.0.0.1")),
        ("--address '::'", ("::",)),
        ("--address 127.0.0.1 --address=0.0.0.0", ("0.0.0.0",)),
        ('--address "$A"', ("\ufdd0",)),
        ("--address", ()),
    ],
)
def test_addresses(flags: str, addresses: tuple[str, ...]) -> None:
    assert forward(f"kubectl port-forward svc/web 80 {flags}").addresses == addresses


def test_places() -> None:
    script = "K=kubectl\n$K  -n shop port-forward \\\n  --address=0.0.0.0 svc/web 80"
    found = forward(script)
    assert found.address is not None
    assert found.address.value is not None
    assert found.target is not None
    assert (found.kubectl.span.line, found.kubectl.span.column) == (2, 1)
    assert (found.address.span.line, found.address.span.column, found.address.span.end_column) == (3, 3, 20)
    assert (found.address.value.span.column, found.address.value.raw) == (13, "0.0.0.0")
    assert (found.target.span.line, found.target.raw) == (3, "svc/web")
    assert found.ports[0].word.raw == "80"
    assert found.kubectl.namespace is not None
    assert found.kubectl.namespace.raw == "shop"


def test_a_flag_and_the_value_behind_it_are_one_place() -> None:
    found = forward("kubectl port-forward --address  0.0.0.0 svc/web 80")
    assert found.address is not None
    assert (found.address.span.column, found.address.span.end_column) == (22, 40)


def test_a_forward_through_a_function_stands_where_it_is_called() -> None:
    found = kubectl('k() { kubectl --context prod "$@"; }\nk port-forward svc/web 80')
    assert found.span.line == 2
    assert found.context is not None
    assert found.context.span.line == 1


@pytest.mark.parametrize(
    ("script", "verb"),
    [
        ("kubectl", ""),
        ("kubectl --help", ""),
        ("kubectl --context prod", ""),
        ("kubectl $VERB svc/web", "svc/web"),
        ('kubectl "$VERB" svc/web', ""),
        ("kubectl ctx prod", "ctx"),
        ("kubectl config use-context prod", "config"),
        ("kubectl exec -it web -- port-forward", "exec"),
        ("kubectl logs -f web", "logs"),
        ("kubectl get -w pods", "get"),
        ("kubectl get pods --watch -o wide", "get"),
    ],
)
def test_verbs(script: str, verb: str) -> None:
    assert kubectl(script).name == verb


@pytest.mark.parametrize(
    ("script", "arguments"),
    [
        ("kubectl logs -f web -c app", ["web"]),
        ("kubectl logs -p web", ["web"]),
        ("kubectl proxy -w /www -p 8001", []),
        ("kubectl proxy -P /static", []),
        ("kubectl apply -f web.yaml --dry-run --prune", []),
        ("kubectl patch svc web -p '{}' --type=merge", ["svc", "web"]),
        ("kubectl patch svc/web --type json -p='[]' --dry-run=client -o yaml", ["svc/web"]),
        ("kubectl expose deploy web --port 80 --target-port=8080 --type NodePort --name x", ["deploy", "web"]),
        ("kubectl top pod --containers web", ["pod", "web"]),
        ("kubectl delete pod web --cascade --force --grace-period 0", ["pod", "web"]),
        ("kubectl exec -it web -c app -- sh", ["web"]),
        ("kubectl get pods -Aowide", ["pods"]),
        ("kubectl get pods -A -l app=web,x!=y --field-selector=a=b", ["pods"]),
    ],
)
def test_arguments(script: str, arguments: list[str]) -> None:
    found = kubectl(script) if " exec " not in script else read_kubectl(read_script(snippet(script))[-1])
    assert found is not None
    assert [word.value for word in found.arguments] == arguments


def snippet(script: str) -> Snippet:
    return Snippet.whole(Source("x.sh", script))


@pytest.mark.parametrize(
    "script",
    ["k9s", "k", "k --version", "k3s server", "minikube tunnel", "kubectx prod", "helm upgrade", "$RUNNER get pods"],
)
def test_not_kubectl(script: str) -> None:
    assert [read_kubectl(command) for command in read_script(snippet(script))] == [None]


def test_the_profile_of_minikube() -> None:
    assert str(kubectl("minikube --profile=staging kubectl -- get pods").profile) == "staging"


@pytest.mark.parametrize(
    ("script", "selector"),
    [
        ("kubectl port-forward $(kubectl get pod -l app=web -o name) 80", "app=web"),
        ("P=$(kubectl get pods --selector=app=web -o name | head -1)\nkubectl port-forward $P 80", "app=web"),
        ('P="$(kubectl get pods -lapp=web -o name)"\nkubectl port-forward "pod/${P}" 80', "app=web"),
        ("A=$(kubectl get po -l a=b)\nB=$(kubectl get po -l c=d)\nkubectl port-forward $A 80", "a=b"),
        ("A=$(kubectl get po -l a=b)\nA=$(kubectl get po -l c=d)\nkubectl port-forward $A 80", "c=d"),
        ("P=$(kubectl get pods -l app=$APP -o name)\nkubectl port-forward $P 80", ""),
        ("P=$(kubectl get pods -o name)\nkubectl port-forward $P 80", ""),
        ("PO=$(kubectl get pods -l a=b -o name)\nkubectl port-forward $POD 80", ""),
        ("kubectl port-forward svc/web 80; P=$(kubectl get pods -l a=b)", ""),
    ],
)
def test_selectors(script: str, selector: str) -> None:
    commands = read_script(snippet(script))
    (found,) = read_forwards(commands)
    position = next(index for index, command in enumerate(commands) if command is found.kubectl.command)
    questions = Questions((command, read_kubectl(command)) for command in commands)
    assert questions.selector_for(found, position) == selector


def test_kinds() -> None:
    assert kind_of("Services") == "Service"
    assert kind_of("widget") == ""
    assert set(KINDS.values()) >= {"Pod", "Service", "Deployment", "StatefulSet"}


def help_of(*command: str) -> str:
    return subprocess.run([KUBECTL, *command], capture_output=True, text=True, check=True).stdout


_FLAG = re.compile(r"^ {4}(?:(-\w), )?(--[\w-]+)=(.*):$", re.MULTILINE)
_WITH_OWN_DEFAULT = ("--dry-run", "--cascade", "--validate")


@pytest.mark.skipif(not KUBECTL, reason="kubectl is not installed")
def test_flags_are_those_of_the_kubectl_that_is_here() -> None:
    assert help_of("options").count("--") > 20
    commands = re.findall(r"^  ([a-z-]+) {2,}\S", help_of("--help"), re.MULTILINE)
    assert set(commands) - {"kuberc"} <= VERBS
    wrong = []
    for verb in ["options", *sorted(set(commands) - {"completion", "kuberc"})]:
        arguments = ["options"] if verb == "options" else [verb, "--help"]
        for short, name, default in _FLAG.findall(help_of(*arguments)):
            for flag in filter(None, (short, name)):
                expected = default not in ("true", "false") and name not in _WITH_OWN_DEFAULT
                if takes_value("" if verb == "options" else verb, flag) != expected:
                    wrong.append((verb, flag, default))
    assert wrong == []

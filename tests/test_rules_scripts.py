"""Rules of the scripts layer that look at commands: each fact with its negative, in tables."""

from __future__ import annotations

import json

import pytest

from klint.findings import Finding, Severity
from klint.registry import load_rules
from klint.testing import Example, lint_example
from tests.test_placeholders import DIALECTS


def findings(name: str, files: dict[str, str]) -> tuple[Finding, ...]:
    """What one rule says of some files."""
    rule = next(rule for rule in load_rules()[0] if rule.name == name)
    report = lint_example(Example(files=files), rule)
    assert not report.failures
    return report.findings


def messages(name: str, script: str, path: str = "production/run.sh") -> list[str]:
    return [found.message for found in findings(name, {path: script})]


def pod(container: str) -> str:
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: app}}\nspec: {{containers: [{{name: app, {container}}}]}}\n"


# imperative-exposure

PATCH = "kubectl patch svc web -p "


@pytest.mark.parametrize(
    ("command", "deed"),
    [
        ("kubectl expose deploy web --type=NodePort", "makes a Service of type NodePort for deploy web"),
        ("kubectl expose deploy/web --type LoadBalancer", "makes a Service of type LoadBalancer for deploy/web"),
        ("kubectl expose -f web.yaml --type=NodePort", "makes a Service of type NodePort for what its files name"),
        ("kubectl expose deploy web --external-ip=192.0.2.1", "makes a Service with the external IP 192.0.2.1 for "),
        (
            """kubectl expose deploy web --overrides='{"spec":{"type":"NodePort"}}'""",
            "makes a Service of the type Node",
        ),
        ("kubectl expose deploy web --type=NodePort --dry-run=none", "makes a Service of type NodePort"),
        ("sudo k3s kubectl expose deploy web --type=NodePort", "makes a Service of type NodePort"),
        ("kubectl create service nodeport web --tcp=80", "makes Service web of type NodePort"),
        ("kubectl create svc loadbalancer web --tcp=80", "makes Service web of type LoadBalancer"),
        ("kubectl create ingress web --rule=a/b=c:80", "makes Ingress web"),
        ("oc expose svc/web", "makes a Route to svc/web"),
        ("oc expose service web --hostname=a.example", "makes a Route to service web"),
        ("oc expose svc/web --type=LoadBalancer --name=b", "makes a Service of type LoadBalancer for svc/web"),
        ("oc create route edge --service=web", "makes a Route to Service web"),
        (PATCH + """'{"spec":{"type":"LoadBalancer"}}'""", "gives svc web the type LoadBalancer"),
        (PATCH + "'spec: {type: NodePort}'", "gives svc web the type NodePort"),
        (PATCH + "$'spec:\\n  type: NodePort\\n'", "gives svc web the type NodePort"),
        (PATCH + """'{"spec":{"externalIPs":["192.0.2.1"]}}'""", "gives svc web the external IP 192.0.2.1"),
        (PATCH + """--type=merge '{"spec":{"type":"NodePort"}}'""", ""),
        (
            PATCH + """'[{"op":"replace","path":"/spec/type","value":"NodePort"}]' --type=json""",
            "gives svc web the type",
        ),
        (
            PATCH + """'[{"op":"add","path":"/spec","value":{"type":"NodePort"}}]' --type=json""",
            "gives svc web the type",
        ),
        (PATCH + """'[{"op":"add","path":"/spec/externalIPs/-","value":"192.0.2.1"}]'""", "gives svc web the external"),
        (PATCH + """'[{"op":"test","path":"/spec/type","value":"NodePort"}]' --type=json""", ""),
        (PATCH + """'[{"op":"remove","path":"/spec/externalIPs"}]' --type=json""", ""),
        (
            PATCH + """"{\\"spec\\":{\\"type\\":\\"NodePort\\",\\"ports\\":[{\\"port\\":$PORT}]}}\"""",
            "gives svc web the type",
        ),
        (PATCH + """"{\\"spec\\":{\\"type\\":\\"$TYPE\\"}}\"""", ""),
        (PATCH + """"{\\"spec\\":{\\"externalIPs\\":[\\"$IP\\"]}}\"""", ""),
        (PATCH + """'{"spec":{"type":"ClusterIP"}}'""", ""),
        (PATCH + """'{"spec":{"type":"NodePort"}'""", ""),
        (PATCH + """'{"metadata":{"labels":{"type":"NodePort"}}}'""", ""),
        (PATCH + "'[1, null, {}]' --type=json", ""),
        ("kubectl patch svc web --patch-file=nodeport.yaml", ""),
        (
            """kubectl patch -f web.yaml -p '{"spec":{"type":"NodePort"}}'""",
            "gives what its files name the type NodePort",
        ),
        ("""kubectl patch application web -p '{"spec":{"type":"NodePort"}}'""", ""),
        ("kubectl expose deploy web", ""),
        ("kubectl expose deploy web --type=ClusterIP", ""),
        ("kubectl expose deploy web --type=$TYPE", ""),
        ("kubectl expose deploy web --type=NodePort --dry-run=client -o yaml", ""),
        ("kubectl expose deploy web --type=NodePort --dry-run", ""),
        ("kubectl create service clusterip nodeport --tcp=80", ""),
        ("kubectl create service externalname web --external-name=nodeport.example", ""),
        ("kubectl create deployment nodeport --image=a", ""),
        ("kubectl run web --image=a --port=80 --expose  # NodePort", ""),
        ("kubectl get svc web --type=NodePort", ""),
        ("oc expose dc/web", ""),
        ("kubectl set selector svc nodeport a=b", ""),
    ],
)
def test_what_kubectl_opens(command: str, deed: str) -> None:
    found = messages("imperative-exposure", command)
    assert len(found) == bool(deed)
    assert all(f" {deed}" in message for message in found)


@pytest.mark.parametrize(
    ("arguments", "setting"),
    [
        ("upgrade web c --set service.type=NodePort", "service.type=NodePort"),
        ("install web c --set=service.type=LoadBalancer", "service.type=LoadBalancer"),
        ("upgrade -i web c --set-string a=b,controller.service.type=NodePort", "controller.service.type=NodePort"),
        ("--kube-context eu upgrade web c --set proxy.type=NodePort", "proxy.type=NodePort"),
        ("upgrade web c --set serviceType=NodePort", "serviceType=NodePort"),
        ("upgrade web c --set expose.type=nodePort", "expose.type=nodePort"),
        ("upgrade web c --set 'hosts={a,b},service.type=NodePort'", "service.type=NodePort"),
        ("upgrade web c --set 'ingress[0].service.type=NodePort'", "ingress[0].service.type=NodePort"),
        ("upgrade web c --set service.externalIPs={192.0.2.1}", "service.externalIPs={192.0.2.1}"),
        ("upgrade web c --set-literal service.type=NodePort", "service.type=NodePort"),
        ("""upgrade web c --set-json 'service={"type":"NodePort"}'""", "service.type=NodePort"),
        ("""upgrade web c --set-json '{"web":{"service":{"type":"NodePort"}}}'""", "web.service.type=NodePort"),
        ("""upgrade web c --set-json 'service={"type":'""", ""),
        ("upgrade web c --set service.type=ClusterIP", ""),
        ("upgrade web c --set service.type=$NodePort", ""),
        ("upgrade web c --set note='a\\,service.type=NodePort'", ""),
        ("upgrade web c --set-literal note=a,service.type=NodePort", ""),
        ("upgrade web c --set title=NodePort", ""),
        ("upgrade web c --set-file service.type=NodePort", ""),
        ("upgrade web c --set service.type=NodePort --dry-run", ""),
        ("upgrade web c --set service.type=NodePort --dry-run=server", ""),
        ("template web c --set service.type=NodePort", ""),
        ("upgrade web c --description service.type=NodePort", ""),
        ("upgrade web c --help --set service.type=NodePort", ""),
    ],
)
def test_what_helm_opens(arguments: str, setting: str) -> None:
    found = messages("imperative-exposure", f"helm {arguments}")
    assert len(found) == bool(setting)
    assert all(f"sets {setting} for release web past the values files" in message for message in found)


@pytest.mark.parametrize(
    ("path", "prefix", "reason"),
    [
        ("production/run.sh", "", "the path production/run.sh"),
        ("run.sh", "--context=prod ", "the context prod"),
        ("run.sh", "-n shop-prod ", "the namespace shop-prod"),
        ("run.sh", "", ""),
        ("staging/run.sh", "", ""),
        ("development/run.sh", "", ""),
        ("local/run.sh", "", ""),
        ("production/run.sh", "--context=kind-a ", ""),
    ],
)
def test_an_imperative_exposure_counts_in_production(path: str, prefix: str, reason: str) -> None:
    found = findings("imperative-exposure", {path: f"kubectl {prefix}expose deploy web --type=NodePort\n"})
    assert [item.severity for item in found] == [Severity.WARNING] * bool(reason)
    assert all(item.message.endswith(f"in production ({reason})") for item in found)


def test_a_loop_is_one_place() -> None:
    script = "for name in a b c; do kubectl expose deploy $name --type=NodePort; done"
    assert len(messages("imperative-exposure", script)) == 1


# open-api-proxy


@pytest.mark.parametrize(
    ("flags", "where"),
    [
        ("--address=0.0.0.0", "0.0.0.0"),
        ("--address 10.0.0.5", "10.0.0.5"),
        ("--address='[::]'", "::"),
        ("--address=''", "all addresses"),
        ("--address= --port=8181", "all addresses"),
        ("-p 80 --address=0.0.0.0 --accept-hosts='^localhost$'", "0.0.0.0"),
        ("--address=127.0.0.1 --address=0.0.0.0", "0.0.0.0"),
        ("--address=0.0.0.0 --address=127.0.0.1", ""),
        ("--address=127.0.0.2", ""),
        ("--address='[::1]'", ""),
        ("--address=localhost", ""),
        ("--address='::'", ""),  # listen tcp: address :::8001: too many colons in address
        ("--address=$LISTEN", ""),
        ("--address=10.0.0.$LAST", ""),
        ("--address=0.0.0.0 --unix-socket=/run/proxy", ""),
        ("--address=0.0.0.0 -u /run/proxy", ""),
        ("--address=0.0.0.0 --help", ""),
        ("--www=0.0.0.0", ""),
        ("", ""),
    ],
)
def test_addresses_of_the_proxy(flags: str, where: str) -> None:
    found = messages("open-api-proxy", f"kubectl proxy {flags}\n")
    assert [message.partition(":" if where != "::" else ": ")[0] for message in found] == (
        [f"kubectl proxy listens on {where}"] if where else []
    )


@pytest.mark.parametrize(
    ("flags", "is_open"),
    [
        ("--disable-filter", True),
        ("--disable-filter=true", True),
        ("--disable-filter=false", False),
        ("--disable-filter=$OFF", False),
        ("--accept-hosts='.*'", True),
        ("--accept-hosts='^.*$'", True),
        ("--accept-hosts '^.*'", True),
        ("--accept-hosts '^(.*)$'", True),
        ("--accept-hosts '.+'", True),
        ("--accept-hosts '\\S+'", True),
        ("--accept-hosts '^localhost$,.*'", True),
        ("--accept-hosts 'localhost|.*'", True),
        ("--accept-hosts '.'", True),
        ("--accept-hosts='^*$'", True),
        ("--accept-hosts='^*.*$'", True),
        ("--accept-hosts=^*", True),
        ("--accept-hosts ''", False),
        ("--accept-hosts '*'", False),  # missing argument to repetition operator
        ("--accept-hosts '^$'", False),
        ("--accept-hosts '^.$'", False),
        ("--accept-hosts '^localhost$'", False),
        ("--accept-hosts '.*\\.shop\\.example$'", False),
        ("--accept-hosts '^10\\..*'", False),
        ("--accept-hosts $HOSTS", False),
        ("--accept-paths '.*'", False),
        ("--reject-methods '.*'", False),
    ],
)
def test_hosts_of_the_proxy(flags: str, is_open: bool) -> None:
    found = findings("open-api-proxy", {"run.sh": f"kubectl proxy {flags}\n"})
    assert [item.severity for item in found] == [Severity.WARNING] * is_open
    sidecar = pod(f"image: 'a/kubectl:1', args: [sh, -c, {'kubectl proxy ' + flags!r}]")
    assert not findings("open-api-proxy", {"pod.yaml": sidecar})


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("production/run.sh", Severity.ERROR),
        ("staging/run.sh", Severity.ERROR),
        ("development/run.sh", Severity.ERROR),
        ("run.sh", Severity.ERROR),
        ("local/run.sh", Severity.WARNING),
    ],
)
def test_severity_of_an_open_proxy(path: str, severity: Severity) -> None:
    (found,) = findings("open-api-proxy", {path: "oc proxy --address=0.0.0.0\n"})
    assert found.severity is severity


@pytest.mark.parametrize(
    ("flag", "severity"),
    [
        ("", Severity.ERROR),
        ("--accept-paths='^.*'", Severity.ERROR),
        ("--accept-paths='^/api,.*'", Severity.ERROR),
        ("--accept-paths='^/openapi/.*$'", Severity.WARNING),
        ("--reject-paths='^/openapi/.*$'", Severity.ERROR),
    ],
)
def test_a_proxy_for_some_paths_gives_less_away(flag: str, severity: Severity) -> None:
    (found,) = findings("open-api-proxy", {"run.sh": f"kubectl proxy --address=0.0.0.0 {flag}\n"})
    assert found.severity is severity


@pytest.mark.parametrize(
    "container",
    [
        "image: a, command: [kubectl, proxy, --address=0.0.0.0]",
        "image: a, command: [kubectl], args: [proxy, --address, 0.0.0.0]",
        "image: 'bitnami/kubectl:1', args: [proxy, --address=0.0.0.0]",
        "image: a, command: [sh, -c, 'exec kubectl proxy --address=$(LISTEN)'], env: [{name: LISTEN, value: 0.0.0.0}]",
    ],
)
def test_an_open_proxy_in_a_pod_lends_its_service_account(container: str) -> None:
    (found,) = findings("open-api-proxy", {"pod.yaml": pod(container)})
    assert found.message.endswith("acts on the API server with the pod's service account")


# public-tunnel


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("ngrok http 80", "ngrok http"),
        ("./ngrok tcp --region eu 22", "ngrok tcp"),
        ("ngrok --config a.yml start --all", "ngrok start"),
        ("ngrok service start", "ngrok service start"),
        ("ngrok service stop", ""),
        ("ngrok config check", ""),
        ("ngrok http --help", ""),
        ("cloudflared tunnel --url http://a", "cloudflared tunnel --url"),
        ("cloudflared --url http://a", "cloudflared tunnel --url"),
        ("cloudflared tunnel --hello-world", "cloudflared tunnel --url"),
        ("cloudflared tunnel --loglevel debug --no-autoupdate --url a", "cloudflared tunnel --url"),
        ("cloudflared tunnel run --url http://a shop", ""),
        ("cloudflared tunnel --name shop --url http://a", ""),
        ("cloudflared tunnel --hostname shop.example.com --url http://a", ""),
        ("cloudflared tunnel create shop", ""),
        ("cloudflared access tcp --url localhost:1", ""),
        ("ssh -R 9000:localhost:80 host", "ssh -R"),
        ("ssh -fNTR9000:localhost:80 -p 22 host", "ssh -R"),
        ("ssh -N -R 9000 host", "ssh -R"),
        ("ssh -N -R 9000:/run/docker.sock host", "ssh -R"),
        ("ssh -N -o 'RemoteForward 9000 localhost:80' host", "ssh -R"),
        ("ssh -N -oRemoteForward=9000 host", "ssh -R"),
        ("ssh host -N -R 9000:localhost:80", ""),
        ("ssh -R '*:9000:localhost:80' host sleep 1000", "ssh -R"),
        ("ssh -R :9000:localhost:80 host sleep 1000", "ssh -R"),
        ("ssh -R 9000:localhost:80 host sleep 1000", ""),
        ("ssh -R localhost:9000:localhost:80 -N host", ""),
        ("ssh -R '[::1]:9000:localhost:80' -N host", ""),
        ("ssh -R /run/a:/run/b -N host", ""),
        ("ssh -R 80:localhost:80 nokey@localhost.run", "ssh -R"),
        ("ssh -R 80:localhost:80 serveo.net tunnel", "ssh -R"),
        ("ssh -R 9000:localhost:80 notserveo.net true", ""),
        ("ssh -O forward -R 9000:localhost:80 host", "ssh -R"),
        ("ssh -O cancel -R 9000:localhost:80 host", ""),
        ("ssh -L 9000:localhost:80 -D 1080 -N host", ""),
        ("ssh -N -R $FORWARD host", ""),
        ("autossh -M 20000 -N -R 9000:localhost:80 host", "autossh -R"),
        ("autossh -M 20000 -N -L 9000:localhost:80 host", ""),
        ("lt --port 80", "lt"),
        ("lt -p 80 -s shop", "lt"),
        ("npx localtunnel --port=80", "localtunnel"),
        ("lt a b", ""),
        ("bore local 80 --to bore.pub", "bore local"),
        ("bore server", ""),
        ("zrok share public http://a", "zrok share public"),
        ("zrok share private http://a", ""),
        ("pinggy -p 443 -R0:localhost:80 a.pinggy.io", "pinggy"),
        ("pinggy --version", ""),
        ("inlets client --url wss://a", "inlets client"),
        ("inlets server", ""),
        ("minikube tunnel", "minikube tunnel"),
        ("minikube -p eu tunnel", "minikube tunnel"),
        ("minikube tunnel --cleanup", ""),
        ("minikube service web --url", "minikube service"),
        ("minikube service list", ""),
    ],
)
def test_tunnels(command: str, program: str) -> None:
    found = messages("public-tunnel", command)
    assert len(found) == bool(program)
    assert all(message.startswith((f"{program} opens ", f"{program} gives ")) for message in found)


@pytest.mark.parametrize(
    ("path", "by_hand", "kept"),
    [
        ("production/run.sh", Severity.WARNING, Severity.WARNING),
        ("staging/run.sh", None, Severity.WARNING),
        ("run.sh", None, Severity.WARNING),
        ("development/run.sh", None, Severity.NOTE),
        ("local/run.sh", None, None),
    ],
)
def test_where_a_tunnel_counts(path: str, by_hand: Severity | None, kept: Severity | None) -> None:
    for script, expected in (
        ("ngrok http 80", by_hand),
        ("ngrok http 80 &", by_hand),
        ("for i in 1 2; do ngrok http 80; done", by_hand),
        ("while true; do ngrok http 80; done", kept),
        ("nohup ngrok http 80 &", kept),
        ("autossh -M 0 -N -R 80:localhost:80 host", kept),
    ):
        found = findings("public-tunnel", {path: f"{script}\n"})
        assert [item.severity for item in found] == ([expected] if expected else []), script


@pytest.mark.parametrize(
    ("path", "text", "keeper"),
    [
        ("tunnel.service", "[Service]\nExecStart=/usr/bin/ngrok http 80\nRestart=always\n", "Restart=always"),
        ("pod.yaml", pod("image: a, command: [ngrok, http, '80']"), "the Pod"),
        ("pod.yaml", pod("image: a, command: [sh, -c, 'exec ngrok http 80']"), "the Pod"),
        ("pod.yaml", pod("image: a, command: [echo, ngrok, http, '80']"), ""),
        ("compose.yaml", "services: {a: {image: a, restart: always, command: ngrok http 80}}", "restart: always"),
        ("ci.sh", "ngrok http 80 &\npid=$!\ncurl localhost\nkill $pid\n", ""),
    ],
)
def test_what_keeps_a_tunnel_running(path: str, text: str, keeper: str) -> None:
    found = messages("public-tunnel", text, path)
    assert len(found) == bool(keeper)
    assert all(message.endswith(f", and {keeper} keeps it running") for message in found)


# What all of them pass over

SILENT = """\
# {command}
echo "{quoted}"
printf '%s\\n' 'run {quoted}'
cat <<'TEXT'
{command}
TEXT
pkill -f "{quoted}"
alias open="true {quoted}"
: {command}
"""

COMMANDS = [
    ("imperative-exposure", "kubectl expose deploy web --type=NodePort"),
    ("open-api-proxy", "kubectl proxy --address=0.0.0.0"),
    ("public-tunnel", "ngrok http 80"),
]


@pytest.mark.parametrize(("rule", "command"), COMMANDS)
def test_commands_that_do_not_run(rule: str, command: str) -> None:
    text = SILENT.format(command=command, quoted=command)
    assert messages(rule, text) == []
    assert len(messages(rule, f"{text}{command}\n")) == 1


@pytest.mark.parametrize(("rule", "command"), COMMANDS)
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("production/Makefile", "up:\n\t@{command}\n"),
        ("production/tools", "#!/bin/sh\n{command}\n"),
        ("production/Dockerfile", "FROM a\nRUN {command}\n"),
        ("production/package.json", '{{"scripts": {{"up": "{command}"}}}}'),
        ("production/compose.yaml", "services:\n  a:\n    image: a\n    command: {command}\n"),
        (".gitlab-ci.yml", "up:\n  environment: production\n  script:\n    - {command}\n"),
        ("production/crontab", "0 * * * * {command}\n"),
    ],
)
def test_sources(rule: str, command: str, path: str, text: str) -> None:
    assert len(messages(rule, text.format(command=command), path)) == 1


@pytest.mark.parametrize(("rule", "command"), COMMANDS)
def test_a_comment_silences_the_command_behind_it(rule: str, command: str) -> None:
    assert messages(rule, f"# klint: ignore[{rule}] on purpose\n{command}\n") == []
    assert messages(rule, f"{command} # klint: ignore[{rule}] on purpose\n") == []
    assert len(messages(rule, f"# klint: ignore[{rule}] on purpose\ntrue\n{command}\n")) == 1


# What is still to be filled in

SERVICE = (
    "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n"
    "spec: {{selector: {{app: web}}, ports: [{{port: {port}, name: http}}]}}\n"
)
POD_OF_SERVICE = (
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web-0, labels: {app: web}}\n"
    "spec: {containers: [{name: a, image: a, ports: [{containerPort: 80, name: http}]}]}\n"
)


def forwarded(script: str, name: str = "web", port: str = "80") -> list[str]:
    service = SERVICE.format(name=name, port=port)
    files = {"production/run.sh": script, "web.yaml": f"{service}---\n{POD_OF_SERVICE}"}
    return [found.message for found in findings("port-forward-target-missing", files)]


@pytest.mark.parametrize("value", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize(
    "script",
    [
        "kubectl port-forward 'svc/{}' 8080:80",
        "kubectl port-forward 'svc/web{}' 8080:80",
        "kubectl port-forward svc/web '8080:{}'",
        "kubectl port-forward 'deploy/{}' 8080:80",
        "kubectl port-forward 'pod/web-{}' 8080:80",
    ],
    ids=["name", "end-of-name", "port", "deployment", "pod"],
)
def test_a_port_forward_to_what_is_to_be_filled_in(script: str, value: str) -> None:
    assert forwarded(script.format(value.replace("'", "")) + "\n") == []


@pytest.mark.parametrize("value", DIALECTS.values(), ids=DIALECTS)
def test_a_port_forward_to_a_service_that_is_to_be_filled_in(value: str) -> None:
    quoted = json.dumps(value)
    assert forwarded("kubectl port-forward svc/web 8080:81\n", port=quoted) == []
    assert forwarded("kubectl port-forward svc/wep 8080:80\n", name=quoted) == []


def test_a_port_forward_past_what_is_known() -> None:
    assert forwarded("kubectl port-forward svc/web 8080:81\n") != []
    assert forwarded("kubectl port-forward svc/wep 8080:80\n") != []


# Images that start the program by themselves


@pytest.mark.parametrize(
    ("container", "is_found"),
    [
        ("image: cloudflare/cloudflared, args: [tunnel, --url, 'http://web']", True),
        (
            "image: 'docker.io/cloudflare/cloudflared:1', args: [tunnel, --url, 'http://web']",
            True,
        ),
        ("image: ngrok/ngrok, args: [http, 'web:80']", True),
        ("image: ekzhang/bore, args: [local, '80', --to, bore.pub]", True),
        ("image: cloudflare/cloudflared, args: [tunnel, run, --token, a]", False),
        ("image: cloudflare/cloudflared, command: [sleep], args: [tunnel, --url, 'http://web']", False),
        ("image: example/cloudflared-exporter, args: [tunnel, --url, 'http://web']", False),
        ("image: cloudflare/cloudflared", False),
    ],
)
def test_a_tunnel_that_the_image_starts(container: str, is_found: bool) -> None:
    found = findings("public-tunnel", {"production/pod.yaml": pod(container)})
    assert bool(found) is is_found


def test_a_tunnel_that_a_compose_file_or_docker_starts() -> None:
    run = "docker run -d cloudflare/cloudflared tunnel --url http://web"
    assert messages("public-tunnel", run + "\n")
    service = "services:\n  a: {image: ngrok/ngrok, command: http 80, restart: always}\n"
    assert findings("public-tunnel", {"production/compose.yml": service})
    assert findings("public-tunnel", {"production/Dockerfile": 'FROM ngrok/ngrok\nCMD ["http", "80"]\n'})
    assert not findings("public-tunnel", {"production/Dockerfile": 'FROM nginx\nCMD ["http", "80"]\n'})

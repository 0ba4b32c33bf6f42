"""What the API server refuses in a Service: each fact beside the nearest thing that it accepts."""

import pytest

from klint.kube.service import Service
from klint.kube.validation.problem import Effect, FieldProblem
from klint.kube.validation.service import service_problems
from klint.text.document import Path
from klint.text.reading import read_documents
from klint.text.source import Source

SELECTOR = "selector: {app: web}"
PORT = "ports: [{port: 80}]"
WEB = f"{SELECTOR}, {PORT}"


def problems(
    spec: str,
    *,
    metadata: str = "name: web",
    kubernetes: tuple[int, int] | None = None,
    is_fragment: bool = False,
) -> list[FieldProblem]:
    text = f"apiVersion: v1\nkind: Service\nmetadata: {{{metadata}}}\nspec: {{{spec}}}\n"
    (document,) = read_documents(Source("service.yaml", text))
    assert document.data is not None, document.problems
    return list(service_problems(Service.of(document), kubernetes, is_fragment=is_fragment))


def found(
    spec: str,
    metadata: str = "name: web",
    kubernetes: tuple[int, int] | None = None,
    *,
    is_fragment: bool = False,
) -> list[tuple[Path, Effect]]:
    given = problems(spec, metadata=metadata, kubernetes=kubernetes, is_fragment=is_fragment)
    return [(item.at.path, item.effect) for item in given]


REFUSED = {
    "nodePort needs a type with node ports": (
        ("ports", 0, "nodePort"),
        f"{SELECTOR}, ports: [{{port: 80, nodePort: 30080}}]",
        f"type: NodePort, {SELECTOR}, ports: [{{port: 80, nodePort: 30080}}]",
    ),
    "ClusterIP written down is the default": (
        ("ports", 0, "nodePort"),
        f"type: ClusterIP, {SELECTOR}, ports: [{{port: 80, nodePort: 30080}}]",
        f"type: ClusterIP, {SELECTOR}, ports: [{{port: 80, nodePort: 0}}]",
    ),
    "a type is one of four": (("type",), f"type: Loadbalancer, {WEB}", f"type: LoadBalancer, {WEB}"),
    "a type is text": (("type",), f"type: 4, {WEB}", f'type: "", {WEB}'),
    "NodePort is not headless": (("clusterIP",), f"type: NodePort, clusterIP: None, {WEB}", f"clusterIP: None, {WEB}"),
    "LoadBalancer is not headless": (
        ("clusterIP",),
        f"type: LoadBalancer, clusterIP: None, {WEB}",
        f"type: LoadBalancer, clusterIP: 10.0.0.10, {WEB}",
    ),
    "clusterIP is an address": (("clusterIP",), f"clusterIP: none, {WEB}", f"clusterIP: 'fd00::10', {WEB}"),
    "ports are required": (("ports",), SELECTOR, f"clusterIP: None, {SELECTOR}"),
    "an empty list is no port": (("ports",), "type: NodePort, ports: []", f"type: NodePort, {PORT}"),
    "an alias has no address": (
        ("clusterIP",),
        "type: ExternalName, externalName: a.example, clusterIP: None",
        "type: ExternalName, externalName: a.example, clusterIP: ''",
    ),
    "an alias has no IP families": (
        ("ipFamilies",),
        "type: ExternalName, externalName: a.example, ipFamilies: [IPv4]",
        f"ipFamilies: [IPv4], {WEB}",
    ),
    "an alias has no family policy": (
        ("ipFamilyPolicy",),
        "type: ExternalName, externalName: a.example, ipFamilyPolicy: SingleStack",
        f"ipFamilyPolicy: SingleStack, {WEB}",
    ),
    "an alias has a target": (("type",), "type: ExternalName", "type: ExternalName, externalName: a.example"),
    "the target is a DNS name": (
        ("externalName",),
        "type: ExternalName, externalName: A_B.example",
        "type: ExternalName, externalName: a-b.example.",
    ),
    "one dot at the end is cut off, not two": (
        ("externalName",),
        "type: ExternalName, externalName: a.example..",
        "type: ExternalName, externalName: 10.0.0.1",
    ),
    "an IP family is one of two": (("ipFamilies", 0), f"ipFamilies: [ipv4], {WEB}", f"ipFamilies: [IPv6], {WEB}"),
    "each of several ports has a name": (
        ("ports", 1, "port"),
        f"{SELECTOR}, ports: [{{name: a, port: 80}}, {{port: 81}}]",
        f"{SELECTOR}, ports: [{{port: 80}}]",
    ),
    "port names differ": (
        ("ports", 1, "name"),
        f"{SELECTOR}, ports: [{{name: a, port: 80}}, {{name: a, port: 81}}]",
        f"{SELECTOR}, ports: [{{name: a, port: 80}}, {{name: b, port: 81}}]",
    ),
    "a port name is a DNS label": (
        ("ports", 0, "name"),
        f"{SELECTOR}, ports: [{{name: a.b, port: 80}}]",
        f"{SELECTOR}, ports: [{{name: '80', port: 80}}]",
    ),
    "a port name has 63 characters at most": (
        ("ports", 0, "name"),
        f"{SELECTOR}, ports: [{{name: {'a' * 64}, port: 80}}]",
        f"{SELECTOR}, ports: [{{name: {'a' * 63}, port: 80}}]",
    ),
    "a port has a number": (
        ("ports", 0),
        f"{SELECTOR}, ports: [{{targetPort: 80}}]",
        f"{SELECTOR}, ports: [{{port: 80}}]",
    ),
    "zero is no port": (
        ("ports", 0, "port"),
        f"{SELECTOR}, ports: [{{port: 0}}]",
        f"{SELECTOR}, ports: [{{port: 1}}]",
    ),
    "65536 is no port": (
        ("ports", 0, "port"),
        f"{SELECTOR}, ports: [{{port: 65536}}]",
        f"{SELECTOR}, ports: [{{port: 65535}}]",
    ),
    "a port is a number": (
        ("ports", 0, "port"),
        f'{SELECTOR}, ports: [{{port: "80"}}]',
        f"{SELECTOR}, ports: [{{port: 80.0}}]",
    ),
    "a port has no fraction": (
        ("ports", 0, "port"),
        f"{SELECTOR}, ports: [{{port: 80.5}}]",
        f"{SELECTOR}, ports: [{{port: 80}}]",
    ),
    "a node port is a number": (
        ("ports", 0, "nodePort"),
        f'type: NodePort, {SELECTOR}, ports: [{{port: 80, nodePort: "30080"}}]',
        f"type: NodePort, {SELECTOR}, ports: [{{port: 80, nodePort: null}}]",
    ),
    "a protocol is one of three": (
        ("ports", 0, "protocol"),
        f"{SELECTOR}, ports: [{{port: 80, protocol: tcp}}]",
        f"{SELECTOR}, ports: [{{port: 80, protocol: SCTP}}]",
    ),
    "HTTP is an application protocol": (
        ("ports", 0, "protocol"),
        f"{SELECTOR}, ports: [{{port: 80, protocol: HTTP}}]",
        f"{SELECTOR}, ports: [{{port: 80, appProtocol: HTTP}}]",
    ),
    "an application protocol is a qualified name": (
        ("ports", 0, "appProtocol"),
        f"{SELECTOR}, ports: [{{port: 80, appProtocol: kubernetes.io/ws/s}}]",
        f"{SELECTOR}, ports: [{{port: 80, appProtocol: kubernetes.io/ws}}]",
    ),
    "a target port is a port": (
        ("ports", 0, "targetPort"),
        f"{SELECTOR}, ports: [{{port: 80, targetPort: 70000}}]",
        f"{SELECTOR}, ports: [{{port: 80, targetPort: 0}}]",
    ),
    "a quoted target port is a name": (
        ("ports", 0, "targetPort"),
        f'{SELECTOR}, ports: [{{port: 80, targetPort: "8080"}}]',
        f'{SELECTOR}, ports: [{{port: 80, targetPort: "8080-tcp"}}]',
    ),
    "a target port's name has 15 characters at most": (
        ("ports", 0, "targetPort"),
        f"{SELECTOR}, ports: [{{port: 80, targetPort: a234567890123456}}]",
        f"{SELECTOR}, ports: [{{port: 80, targetPort: a23456789012345}}]",
    ),
    "one number for one protocol": (
        ("ports", 1, "port"),
        f"{SELECTOR}, ports: [{{name: a, port: 53}}, {{name: b, port: 53, protocol: TCP}}]",
        f"{SELECTOR}, ports: [{{name: a, port: 53}}, {{name: b, port: 53, protocol: UDP}}]",
    ),
    "ports are a list": (("ports",), f"{SELECTOR}, ports: {{port: 80}}", f"{SELECTOR}, ports: [{{port: 80}}]"),
    "a port is a mapping": (("ports", 0), f"{SELECTOR}, ports: [80]", f"{SELECTOR}, ports: [{{port: 80}}]"),
    "a selector is no label selector": (
        ("selector", "matchLabels"),
        f"selector: {{matchLabels: {{app: web}}}}, {PORT}",
        f"selector: {{app: web}}, {PORT}",
    ),
    "a label's value is text": (("selector", "v"), f"selector: {{v: 1}}, {PORT}", f'selector: {{v: "1"}}, {PORT}'),
    "no is a boolean": (("selector", "v"), f"selector: {{v: no}}, {PORT}", f"selector: {{v: null}}, {PORT}"),
    "a label's value has its letters": (
        ("selector", "v"),
        f"selector: {{v: a+b}}, {PORT}",
        f"selector: {{v: a_b.c}}, {PORT}",
    ),
    "a label's name has one slash": (
        ("selector", "a/b/c"),
        f"selector: {{a/b/c: x}}, {PORT}",
        f"selector: {{b.example/c: x}}, {PORT}",
    ),
    "session affinity is one of two": (
        ("sessionAffinity",),
        f"sessionAffinity: Cookie, {WEB}",
        f"sessionAffinity: ClientIP, {WEB}",
    ),
    "a session lasts a day at most": (
        ("sessionAffinityConfig", "clientIP", "timeoutSeconds"),
        f"sessionAffinity: ClientIP, sessionAffinityConfig: {{clientIP: {{timeoutSeconds: 86401}}}}, {WEB}",
        f"sessionAffinity: ClientIP, sessionAffinityConfig: {{clientIP: {{timeoutSeconds: 86400}}}}, {WEB}",
    ),
    "a session lasts": (
        ("sessionAffinityConfig", "clientIP", "timeoutSeconds"),
        f"sessionAffinity: ClientIP, sessionAffinityConfig: {{clientIP: {{timeoutSeconds: 0}}}}, {WEB}",
        f"sessionAffinity: ClientIP, sessionAffinityConfig: {{clientIP: {{timeoutSeconds: 1}}}}, {WEB}",
    ),
    "externalIPs are addresses": (
        ("externalIPs", 0),
        f"externalIPs: [web.example], {WEB}",
        f"externalIPs: [192.0.2.7], {WEB}",
    ),
    "not the unspecified one": (
        ("externalIPs", 0),
        f"externalIPs: [0.0.0.0], {WEB}",
        f"externalIPs: [10.0.0.1], {WEB}",
    ),
    "not loopback": (("externalIPs", 0), f"externalIPs: ['::1'], {WEB}", f"externalIPs: ['2001:db8::1'], {WEB}"),
    "not link-local": (
        ("externalIPs", 0),
        f"externalIPs: [169.254.169.254], {WEB}",
        f"externalIPs: [169.253.0.1], {WEB}",
    ),
    "not link-local multicast": (
        ("externalIPs", 0),
        f"externalIPs: [224.0.0.1], {WEB}",
        f"externalIPs: [224.0.1.1], {WEB}",
    ),
    "no zone in an address": (("externalIPs", 0), f"externalIPs: ['2001:db8::1%eth0'], {WEB}", WEB),
    "source ranges are for load balancers": (
        ("loadBalancerSourceRanges",),
        f"type: NodePort, loadBalancerSourceRanges: [10.0.0.0/8], {WEB}",
        f"type: NodePort, loadBalancerSourceRanges: [], {WEB}",
    ),
    "source ranges are ranges": (
        ("loadBalancerSourceRanges", 0),
        f"type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.1], {WEB}",
        f"type: LoadBalancer, loadBalancerSourceRanges: [' 10.0.0.1/32 '], {WEB}",
    ),
    "ranges end at 32 bits": (
        ("loadBalancerSourceRanges", 0),
        f"type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/33], {WEB}",
        f"type: LoadBalancer, loadBalancerSourceRanges: ['fd00::/33'], {WEB}",
    ),
    "node port allocation is for load balancers": (
        ("allocateLoadBalancerNodePorts",),
        f"allocateLoadBalancerNodePorts: true, {WEB}",
        f"type: LoadBalancer, allocateLoadBalancerNodePorts: true, {WEB}",
    ),
    "a boolean is not quoted": (
        ("allocateLoadBalancerNodePorts",),
        f'type: LoadBalancer, allocateLoadBalancerNodePorts: "false", {WEB}',
        f"type: LoadBalancer, allocateLoadBalancerNodePorts: false, {WEB}",
    ),
    "a class is for load balancers": (
        ("loadBalancerClass",),
        f"type: NodePort, loadBalancerClass: example.com/lb, {WEB}",
        f"type: LoadBalancer, loadBalancerClass: example.com/lb, {WEB}",
    ),
    "a class is a qualified name": (
        ("loadBalancerClass",),
        f"type: LoadBalancer, loadBalancerClass: '', {WEB}",
        f"type: LoadBalancer, loadBalancerClass: internal, {WEB}",
    ),
    "external traffic comes from outside": (
        ("externalTrafficPolicy",),
        f"externalTrafficPolicy: Cluster, {WEB}",
        f"externalTrafficPolicy: Cluster, externalIPs: [10.0.0.1], {WEB}",
    ),
    "an alias has no external traffic": (
        ("externalTrafficPolicy",),
        "type: ExternalName, externalName: a.example, externalTrafficPolicy: Cluster",
        "type: ExternalName, externalName: a.example, internalTrafficPolicy: Cluster",
    ),
    "external traffic has two policies": (
        ("externalTrafficPolicy",),
        f"type: NodePort, externalTrafficPolicy: local, {WEB}",
        f"type: NodePort, externalTrafficPolicy: Local, {WEB}",
    ),
    "internal traffic has two policies": (
        ("internalTrafficPolicy",),
        f"internalTrafficPolicy: Node, {WEB}",
        f"internalTrafficPolicy: Local, {WEB}",
    ),
    "traffic distribution is a preference": (
        ("trafficDistribution",),
        f"trafficDistribution: PreferCheap, {WEB}",
        f"trafficDistribution: PreferSameZone, {WEB}",
    ),
    "a second family needs a policy": (
        ("ipFamilies",),
        f"ipFamilies: [IPv6, IPv4], {WEB}",
        f"ipFamilies: [IPv6, IPv4], clusterIP: None, {PORT}",
    ),
    "a second family needs another policy": (
        ("ipFamilyPolicy",),
        f"ipFamilies: [IPv6, IPv4], ipFamilyPolicy: SingleStack, {WEB}",
        f"ipFamilies: [IPv6, IPv4], ipFamilyPolicy: PreferDualStack, {WEB}",
    ),
    "a family stands there once": (
        ("ipFamilies", 1),
        f"ipFamilies: [IPv6, IPv6], ipFamilyPolicy: RequireDualStack, {WEB}",
        f"ipFamilies: [], ipFamilyPolicy: RequireDualStack, {WEB}",
    ),
    "no family is none": (("ipFamilies", 0), f"ipFamilies: [null], {WEB}", f"ipFamilies: null, {WEB}"),
    "a policy is not empty": (("ipFamilyPolicy",), f'ipFamilyPolicy: "", {WEB}', f"ipFamilyPolicy: null, {WEB}"),
    "an alias has no policy, an empty one neither": (
        ("ipFamilyPolicy",),
        'type: ExternalName, externalName: a.example, ipFamilyPolicy: ""',
        "type: ExternalName, externalName: a.example, ipFamilyPolicy: null",
    ),
    "an address is of the family": (
        ("clusterIP",),
        f"clusterIP: 10.0.0.10, ipFamilies: [IPv6], {WEB}",
        f"clusterIP: 'fd00::10', ipFamilies: [IPv6], {WEB}",
    ),
    "a headless Service has its families": (
        ("ipFamilies", 0),
        f"clusterIP: None, ipFamilies: [ipv6], {WEB}",
        f"clusterIP: None, ipFamilies: [IPv6], {WEB}",
    ),
    "clusterIPs begin with clusterIP": (
        ("clusterIPs",),
        f"clusterIP: 10.0.0.10, clusterIPs: [10.0.0.11], {WEB}",
        f"clusterIP: 10.0.0.10, clusterIPs: [10.0.0.10], {WEB}",
    ),
    "clusterIPs need clusterIP": (("clusterIPs",), f"clusterIPs: [10.0.0.10], {WEB}", f"clusterIPs: [], {WEB}"),
    "None is alone": (
        ("clusterIP",),
        f"clusterIP: None, clusterIPs: [None, 10.0.0.10], ipFamilyPolicy: PreferDualStack, {WEB}",
        f"clusterIP: None, clusterIPs: [None], {WEB}",
    ),
    "two addresses are of two families": (
        ("clusterIPs",),
        f"clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, 10.0.0.2], ipFamilyPolicy: PreferDualStack, {WEB}",
        f"clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, 'fd00::2'], ipFamilyPolicy: PreferDualStack, {WEB}",
    ),
    "two addresses need a policy": (
        ("clusterIPs",),
        f"clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, 'fd00::2'], {WEB}",
        f"clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], {WEB}",
    ),
    "two addresses are the most": (
        ("clusterIPs",),
        f"clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, 'fd00::2', 'fd00::3'], {WEB}",
        WEB,
    ),
    "None has its letters": (("clusterIP",), f"clusterIP: NONE, {WEB}", f"clusterIP: $NONE, {WEB}"),
    "null is no port": (("ports", 0), f"{SELECTOR}, ports: [{{port: null}}]", f"{SELECTOR}, ports: [{{port: 80}}]"),
    "a port is not null": (("ports", 0), f"{SELECTOR}, ports: [null]", f"clusterIP: None, {SELECTOR}, ports: null"),
    "null is no name": (
        ("ports", 0, "port"),
        f"{SELECTOR}, ports: [{{name: null, port: 80}}, {{name: b, port: 81}}]",
        f"{SELECTOR}, ports: [{{name: null, port: 80}}]",
    ),
    "an application protocol is not empty": (
        ("ports", 0, "appProtocol"),
        f'{SELECTOR}, ports: [{{port: 80, appProtocol: ""}}]',
        f"{SELECTOR}, ports: [{{port: 80, appProtocol: null}}]",
    ),
    "a distribution is not empty": (
        ("trafficDistribution",),
        f'trafficDistribution: "", {WEB}',
        f"trafficDistribution: null, {WEB}",
    ),
    "an internal policy is not empty": (
        ("internalTrafficPolicy",),
        f'internalTrafficPolicy: "", {WEB}',
        f'externalTrafficPolicy: "", {WEB}',
    ),
    "an external address is not null": (("externalIPs", 0), f"externalIPs: [null], {WEB}", f"externalIPs: null, {WEB}"),
    "a source range is not null": (
        ("loadBalancerSourceRanges", 0),
        f"type: LoadBalancer, loadBalancerSourceRanges: [null], {WEB}",
        f"type: LoadBalancer, loadBalancerSourceRanges: null, {WEB}",
    ),
    "a field is written with its capitals": (
        ("ports", 0, "targetport"),
        f"{SELECTOR}, ports: [{{port: 80, targetport: 8080}}]",
        f"{SELECTOR}, ports: [{{port: 80, targetPort: 8080}}]",
    ),
    "a field of another kind is none": (("replicas",), f"replicas: 2, {WEB}", f"publishNotReadyAddresses: true, {WEB}"),
    "a misspelt field is not missing": (
        ("Ports",),
        f"{SELECTOR}, Ports: [{{port: 80}}]",
        f"{SELECTOR}, ports: [{{port: 80}}]",
    ),
    "a field has its depth": (
        ("sessionAffinityConfig", "timeoutSeconds"),
        f"sessionAffinity: ClientIP, sessionAffinityConfig: {{timeoutSeconds: 60}}, {WEB}",
        f"sessionAffinity: ClientIP, sessionAffinityConfig: {{clientIP: {{}}}}, {WEB}",
    ),
    "a health check port needs the policy": (
        ("healthCheckNodePort",),
        f"type: LoadBalancer, healthCheckNodePort: 30500, {WEB}",
        f"type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 30500, {WEB}",
    ),
    "a health check port needs the type": (
        ("healthCheckNodePort",),
        f"type: NodePort, externalTrafficPolicy: Local, healthCheckNodePort: 30500, {WEB}",
        f"type: NodePort, externalTrafficPolicy: Local, healthCheckNodePort: 0, {WEB}",
    ),
}


@pytest.mark.parametrize(("path", "bad", "good"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(path: Path, bad: str, good: str) -> None:
    assert found(bad) == [(("spec", *path), Effect.REFUSED)]
    assert found(good) == []


UNREAD = {
    "an external name without the type": (
        ("externalName",),
        Effect.DOUBTFUL,
        f"externalName: a.example, {WEB}",
        "type: ExternalName, externalName: a.example",
    ),
    "affinity settings without affinity": (
        ("sessionAffinityConfig",),
        Effect.DOUBTFUL,
        f"sessionAffinityConfig: {{clientIP: {{timeoutSeconds: 60}}}}, {WEB}",
        f"sessionAffinityConfig: {{}}, {WEB}",
    ),
    "affinity of a headless Service": (
        ("sessionAffinity",),
        Effect.IGNORED,
        f"clusterIP: None, sessionAffinity: ClientIP, {WEB}",
        f"clusterIP: None, sessionAffinity: None, {WEB}",
    ),
    "external IPs of a headless Service": (
        ("externalIPs",),
        Effect.IGNORED,
        f"clusterIP: None, externalIPs: [10.0.0.1], {WEB}",
        f"externalIPs: [10.0.0.1], {WEB}",
    ),
    "external IPs of an alias": (
        ("externalIPs",),
        Effect.IGNORED,
        "type: ExternalName, externalName: a.example, externalIPs: [10.0.0.1]",
        "type: ExternalName, externalName: a.example, externalIPs: []",
    ),
    "the selector of an alias": (
        ("selector",),
        Effect.IGNORED,
        f"type: ExternalName, externalName: a.example, {SELECTOR}",
        f"type: ExternalName, externalName: a.example, {PORT}",
    ),
    "a node port of an alias": (
        ("ports", 0, "nodePort"),
        Effect.IGNORED,
        "type: ExternalName, externalName: a.example, ports: [{port: 80, nodePort: 30080}]",
        "type: ExternalName, externalName: a.example, ports: [{port: 80, nodePort: 0}]",
    ),
    "a load balancer's address without one": (
        ("loadBalancerIP",),
        Effect.IGNORED,
        f"type: NodePort, loadBalancerIP: 10.0.0.1, {WEB}",
        f"type: LoadBalancer, loadBalancerIP: 10.0.0.1, {WEB}",
    ),
}


@pytest.mark.parametrize(("path", "effect", "bad", "good"), UNREAD.values(), ids=UNREAD.keys())
def test_accepted_and_not_read(path: Path, effect: Effect, bad: str, good: str) -> None:
    assert found(bad) == [(("spec", *path), effect)]
    assert found(good) == []


@pytest.mark.parametrize("name", ["Web", "web_1", "web.shop", "-web", "a" * 64])
def test_refused_names(name: str) -> None:
    assert found(WEB, f"name: {name}") == [(("metadata", "name"), Effect.REFUSED)]


@pytest.mark.parametrize("metadata", ["name: a", "name: w-1", f"name: {'a' * 63}", "generateName: web-"])
def test_accepted_names(metadata: str) -> None:
    assert found(WEB, metadata) == []


@pytest.mark.parametrize(
    ("kubernetes", "effects"),
    [((1, 35), [Effect.REFUSED]), (None, [Effect.DOUBTFUL]), ((1, 36), [])],
)
def test_a_digit_may_come_first_since_1_36(kubernetes: tuple[int, int] | None, effects: list[Effect]) -> None:
    assert [effect for _, effect in found(WEB, "name: 2048-game", kubernetes)] == effects


ONCE = {
    "leading zeros": ("externalIPs: [192.0.2.007]", ("externalIPs", 0), "externalIPs: [192.0.2.7]"),
    "leading zeros in a clusterIP": ("clusterIP: 010.0.0.1", ("clusterIP",), "clusterIP: 10.0.0.1"),
    "mapped into IPv6": ("externalIPs: ['::ffff:192.0.2.7']", ("externalIPs", 0), "externalIPs: ['::fffe:192.0.2.7']"),
    "host bits": (
        "type: LoadBalancer, loadBalancerSourceRanges: [192.0.2.77/24]",
        ("loadBalancerSourceRanges", 0),
        "type: LoadBalancer, loadBalancerSourceRanges: [192.0.2.77/32, '2001:db8::/32', 2001:0db8:0:0::/64, 0.0.0.0/0]",
    ),
    "a length with a zero": (
        "type: LoadBalancer, loadBalancerSourceRanges: [192.0.2.0/024]",
        ("loadBalancerSourceRanges", 0),
        "type: LoadBalancer, loadBalancerSourceRanges: [0.0.0.0/0]",
    ),
    "a mapped range": (
        "type: LoadBalancer, loadBalancerSourceRanges: ['::ffff:192.0.2.0/120']",
        ("loadBalancerSourceRanges", 0),
        "type: LoadBalancer, loadBalancerSourceRanges: ['::/0']",
    ),
}


@pytest.mark.parametrize(("bad", "path", "good"), ONCE.values(), ids=ONCE.keys())
def test_what_is_refused_since_1_36(bad: str, path: Path, good: str) -> None:
    at = ("spec", *path)
    assert found(f"{bad}, {WEB}", kubernetes=(1, 35)) == []
    assert found(f"{bad}, {WEB}") == [(at, Effect.OUTDATED)]
    assert found(f"{bad}, {WEB}", kubernetes=(1, 36)) == [(at, Effect.REFUSED)]
    assert found(f"{good}, {WEB}", kubernetes=(1, 36)) == []


@pytest.mark.parametrize(
    "text", ["10.0.0", "10.0.0.256", "10.0.0.1.2", "1::2::3", "12345::", "10.0.0.-1", "\uff11.2.3.4", "", "1.2.3.4 "]
)
def test_what_is_no_address_to_any_version(text: str) -> None:
    for kubernetes in ((1, 30), None, (1, 37)):
        spec = f"externalIPs: ['{text}'], {WEB}"
        assert found(spec, kubernetes=kubernetes) == [(("spec", "externalIPs", 0), Effect.REFUSED)]


OWNER = "{{apiVersion: v1, kind: Pod, name: a, uid: b, controller: {}}}"

LABELLED = {
    "a label's value has its letters": ("labels: {a: -b}", ("labels", "a"), "labels: {a: b_c.d-e, f: '', g: null}"),
    "a label's name has its letters": ("labels: {a b: c}", ("labels", "a b"), "labels: {b.example/A: c}"),
    "a label's value has 63 characters at most": (
        f"labels: {{a: {'x' * 64}}}",
        ("labels", "a"),
        f"labels: {{a: {'x' * 63}}}",
    ),
    "an annotation's name has its letters": (
        "annotations: {a/b/c: d}",
        ("annotations", "a/b/c"),
        "annotations: {B.Example/A_b: 'any thing'}",
    ),
    "annotations have a size": (
        f"annotations: {{a: {'é' * 131072}}}",
        ("annotations",),
        f"annotations: {{a: {'é' * 131000}}}",
    ),
    "a namespace is a label": ("namespace: a.b", ("namespace",), "namespace: 1-b"),
    "a name to be generated begins as names do": ("generateName: Web-", ("generateName",), "generateName: web-"),
    "a finalizer has a domain": ("finalizers: [cleanup]", ("finalizers", 0), "finalizers: [a.example/b, orphan]"),
    "two finalizers contradict each other": (
        "finalizers: [orphan, foregroundDeletion]",
        ("finalizers",),
        "finalizers: [foregroundDeletion, kubernetes]",
    ),
    "an owner has an identity": (
        "ownerReferences: [{apiVersion: v1, kind: Pod, name: a}]",
        ("ownerReferences", 0),
        "ownerReferences: [{apiVersion: v1, kind: Pod, name: a, uid: b}]",
    ),
    "one owner controls": (
        f"ownerReferences: [{OWNER.format('true')}, {OWNER.format('true')}]",
        ("ownerReferences", 1, "controller"),
        f"ownerReferences: [{OWNER.format('true')}, {OWNER.format('false')}]",
    ),
    "a manager applies or updates": (
        "managedFields: [{manager: a, operation: apply}]",
        ("managedFields", 0),
        "managedFields: [{manager: a, operation: Apply, fieldsV1: {f:spec: {f:x: 1}}, time: '2026-01-31T12:00:00Z'}]",
    ),
    "a time is a time": (
        "creationTimestamp: 2026-01-31",
        ("creationTimestamp",),
        "creationTimestamp: 2026-01-31T12:00:00Z",
    ),
    "a month is one of twelve": (
        "creationTimestamp: 2026-13-31T12:00:00Z",
        ("creationTimestamp",),
        "creationTimestamp: '{{ now }}'",
    ),
    "a field of metadata is one of some": ("label: {a: b}", ("label",), "labels: {a: b}"),
    "hints agree with the mode": (
        "annotations: {service.kubernetes.io/topology-mode: Auto, service.kubernetes.io/topology-aware-hints: auto}",
        ("annotations", "service.kubernetes.io/topology-mode"),
        "annotations: {service.kubernetes.io/topology-mode: Auto, service.kubernetes.io/topology-aware-hints: Auto}",
    ),
}


@pytest.mark.parametrize(("bad", "path", "good"), LABELLED.values(), ids=LABELLED.keys())
def test_refused_metadata(bad: str, path: Path, good: str) -> None:
    assert found(WEB, f"name: web, {bad}") == [(("metadata", *path), Effect.REFUSED)]
    assert found(WEB, f"name: web, {good}") == []


def test_an_object_has_a_name_or_the_beginning_of_one() -> None:
    assert found(WEB, "labels: {a: b}") == [(("metadata",), Effect.REFUSED)]
    assert found(WEB, "generateName: web-") == []
    assert found(WEB, "Name: web") == [(("metadata", "Name"), Effect.REFUSED)]


def test_a_misspelt_spec_is_one_mistake() -> None:
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nSpec: {ports: [{port: 80}]}\n"
    (document,) = read_documents(Source("service.yaml", text))
    assert [problem.at.path for problem in service_problems(Service.of(document))] == [("Spec",)]


@pytest.mark.parametrize(
    ("field", "nearest"),
    [("targetport", "targetPort"), ("TARGETPORT", "targetPort"), ("targetPorts", "targetPort"), ("zzz", "")],
)
def test_the_nearest_field_is_named(field: str, nearest: str) -> None:
    (problem,) = problems(f"{SELECTOR}, ports: [{{port: 80, {field}: 8080}}]")
    hint = f": did you mean {nearest}?" if nearest else ""
    assert problem.message == f"Service web has spec.ports[0].{field}, an unknown field in v1{hint}"


def test_an_empty_field_of_an_empty_version_is_named() -> None:
    text = "{apiVersion: '', kind: Service, metadata: {name: web}, spec: {clusterIP: None}, '': 1}"
    (document,) = read_documents(Source("service.yaml", text))
    messages = [problem.message for problem in service_problems(Service.of(document))]
    assert "Service web has '', an unknown field" in messages


@pytest.mark.parametrize("key", ["'${FIELD}'", "$retainKeys", "'{{ field }}'", "'<field>'"])
def test_a_field_that_is_filled_in_is_not_judged(key: str) -> None:
    assert found(f"{key}: 1, {WEB}") == []


def test_what_encrypts_a_file_is_no_field_of_it() -> None:
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n"
    for more, count in (("sops: {version: 3.9.0}\n", 0), ("soap: {version: 3.9.0}\n", 1)):
        (document,) = read_documents(Source("service.yaml", text + more))
        assert len(list(service_problems(Service.of(document)))) == count


def test_two_ports_of_an_alias_share_no_node_port() -> None:
    alias = "type: ExternalName, externalName: a.example"
    ports = "ports: [{name: a, port: 80, nodePort: 30080}, {name: b, port: 81, nodePort: 30080}]"
    assert (("spec", "ports", 1, "nodePort"), Effect.REFUSED) in found(f"{alias}, {ports}")
    other = ports.replace("port: 81,", "port: 81, protocol: UDP,")
    assert {effect for _, effect in found(f"{alias}, {other}")} == {Effect.IGNORED}


def test_labels_and_annotations_are_text() -> None:
    metadata = "name: web, labels: {v: 1.2, ok: '1.2'}, annotations: {internal: true, scheme: internal}"
    assert found(WEB, metadata) == [
        (("metadata", "labels", "v"), Effect.REFUSED),
        (("metadata", "annotations", "internal"), Effect.REFUSED),
    ]


RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"


def test_the_annotation_for_source_ranges() -> None:
    metadata = f"name: web, annotations: {{{RANGES}: '192.0.2.0/24, 10.0.0.1'}}"
    at = ("metadata", "annotations", RANGES)
    assert found(f"type: NodePort, {WEB}", metadata) == [(at, Effect.REFUSED)]
    assert found(f"type: LoadBalancer, {WEB}", metadata) == [(at, Effect.REFUSED)]
    assert found(f"type: LoadBalancer, {WEB}", metadata.replace("10.0.0.1", "10.0.0.1/32")) == []


def test_the_field_for_source_ranges_goes_before_the_annotation() -> None:
    metadata = f"name: web, annotations: {{{RANGES}: nonsense}}"
    assert found(f"type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8], {WEB}", metadata) == []


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ("type: LoadBalancer", ("ports",)),
        ("externalTrafficPolicy: Local", ("ports",)),
        ("ports: [{port: 80, nodePort: 30080}, {port: 443}]", ("ports", 0, "port")),
        ("ports: [{port: 80, nodePort: 30080}]", ("ports", 0, "nodePort")),
    ],
)
def test_what_a_fragment_lacks_is_not_judged(spec: str, path: Path) -> None:
    assert found(spec, is_fragment=True) == []
    assert (("spec", *path), Effect.REFUSED) in found(spec)


@pytest.mark.parametrize(
    "spec",
    [
        "$patch: replace, type: ClusterIP, ports: [{port: 80, nodePort: 30080}]",
        f"{SELECTOR}, ports: [{{port: 80, $patch: delete, nodePort: 30080}}]",
    ],
)
def test_a_patch_is_no_service(spec: str) -> None:
    assert found(spec) == []


def test_a_fragment_is_still_read() -> None:
    spec = 'ports: [{port: "80", targetPort: "8080", targetport: 80}]'
    fields = [path[3] for path, _ in found(spec, is_fragment=True)]
    assert fields == ["port", "targetport", "targetPort"]


TEMPLATES = ["${PORT}", "$(PORT)", "$PORT", "{{ port }}", "((port))", "<port>", "%PORT%", "__PORT__", "PORT", "A-PORT"]


@pytest.mark.parametrize("text", TEMPLATES)
def test_placeholders_are_not_judged(text: str) -> None:
    ports = f"ports: [{{port: '{text}', targetPort: '{text}', nodePort: '{text}'}}]"
    spec = f"type: NodePort, selector: {{app: '{text}'}}, externalIPs: ['{text}'], clusterIP: '{text}', {ports}"
    assert found(spec, f"name: '{text}'") == []


@pytest.mark.parametrize("text", ["{port}", "[[port]]"])
def test_a_template_that_yaml_takes_for_a_collection(text: str) -> None:
    assert found(f"{SELECTOR}, ports: [{{port: {text}, targetPort: {text}}}]") == []


@pytest.mark.parametrize("text", ["{port: 80}", "[port]", "[80]"])
def test_a_collection_with_something_in_it_is_no_template(text: str) -> None:
    assert found(f"{SELECTOR}, ports: [{{port: {text}}}]") == [(("spec", "ports", 0, "port"), Effect.REFUSED)]


def test_words_in_capitals_are_no_choice() -> None:
    assert found(f"type: NODEPORT, {WEB}") == [(("spec", "type"), Effect.REFUSED)]
    assert found(f"type: $TYPE, {WEB}") == []


def test_one_problem_a_field() -> None:
    spec = f'type: NodePort, allocateLoadBalancerNodePorts: "no", externalTrafficPolicy: 1, {WEB}'
    found_paths = [path for path, _ in found(spec)]
    assert found_paths == [("spec", "allocateLoadBalancerNodePorts"), ("spec", "externalTrafficPolicy")]


def test_places_count_from_the_list_a_service_stands_in() -> None:
    text = "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Service, spec: {selector: {a: 1}}}]\n"
    (document,) = read_documents(Source("list.yaml", text))
    service = Service.of(document, ("items", 0))
    assert [item.at.path for item in service_problems(service)][:1] == [("items", 0, "spec", "selector", "a")]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("null", [("metadata", "name")]),
        ("[]", [("spec",)]),
        ("5", [("spec",)]),
        ("{selector: [], ports: 80}", [("spec", "selector"), ("spec", "ports")]),
        (
            "{selector: {1: 2}, ports: [null, [1]]}",
            [("spec", "selector", "1"), ("spec", "ports", 1), ("spec", "ports", 0)],
        ),
    ],
)
def test_malformed_data(spec: str, expected: list[Path]) -> None:
    text = f"apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {spec}\n"
    (document,) = read_documents(Source("service.yaml", text))
    found = list(service_problems(Service.of(document)))
    assert [item.at.path for item in found] == expected
    assert all(item.at.span.line in (3, 4) for item in found)

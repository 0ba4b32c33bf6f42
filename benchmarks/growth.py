"""Whether anything costs more than its share: objects of every kind that rules look at, in one bundle and in many.

Time is the processor's, of all rules with the workspace read beforehand, and for one object; where nothing grows faster
than its input it stays what it is.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from klint.engine import lint
from klint.registry import Rule, load_rules
from klint.session import Session

SIZES = (400, 3_200)
FLAT = 1.5
"""How many times as long an object may take among the most as among the fewest."""

RUNS = 3
"""Of the fewest, whose first run is slow for what klint only then imports and compiles. The most are run once, and as
often only if that takes too long: whatever else the machine does makes a run longer, and none shorter.
"""


@dataclass(frozen=True)
class Growth:
    """One kind of object in one shape: seconds for an object, by the number of objects."""

    kind: str
    shape: str
    seconds: Mapping[int, float]

    @property
    def factor(self) -> float:
        """How many times as long an object takes among the most as among the fewest."""
        return self.seconds[max(self.seconds)] / self.seconds[min(self.seconds)]


def _object(kind: str, name: str, rest: str, group: str = "v1", metadata: str = "") -> str:
    return f"apiVersion: {group}\nkind: {kind}\nmetadata: {{name: {name}{metadata}}}\n{rest}"


_POD = "template: {{metadata: {{labels: {{app: {0}}}}}, spec: {{containers: [{{name: c, image: i, ports: [{1}]}}]}}}}"


def _workload(name: str, ports: str = "{name: http, containerPort: 8080}", spec: str = "") -> str:
    return _object("Deployment", name, f"spec: {{{spec}{_POD.format(name, ports)}}}\n", "apps/v1")


def _service(name: str, spec: str, selects: str = "") -> str:
    return _object("Service", name, f"spec: {{selector: {{app: {selects or name}}}, {spec}}}\n")


def _ingress(name: str, service: str, spec: str = "ingressClassName: nginx, ", port: str = "number: 80") -> str:
    path = f"{{path: /, pathType: Prefix, backend: {{service: {{name: {service}, port: {{{port}}}}}}}}}"
    rules = f"rules: [{{host: {name}.example, http: {{paths: [{path}]}}}}]"
    return _object("Ingress", name, f"spec: {{{spec}{rules}}}\n", "networking.k8s.io/v1")


def _http_route(name: str, service: str, parent: str, group: str = "gateway.networking.k8s.io/v1") -> str:
    rule = f"{{backendRefs: [{{name: {service}, port: 80}}]}}"
    return _object("HTTPRoute", name, f"spec: {{parentRefs: [{{name: {parent}}}], rules: [{rule}]}}\n", group)


def _gateway(name: str, listeners: int = 1) -> str:
    items = ", ".join(f"{{name: l{i}, port: {8000 + i % 1000}, protocol: HTTP}}" for i in range(listeners))
    return _object(
        "Gateway", name, f"spec: {{gatewayClassName: c, listeners: [{items}]}}\n", "gateway.networking.k8s.io/v1"
    )


_ISTIO = "networking.istio.io/v1"


def _virtual_service(name: str, service: str, gateway: str, subset: str = "v1") -> str:
    sent = f"{{route: [{{destination: {{host: {service}, subset: {subset}}}}}]}}"
    spec = f"hosts: [{name}.example], gateways: [{gateway}], http: [{sent}]"
    return _object("VirtualService", name, f"spec: {{{spec}}}\n", _ISTIO)


def _istio_gateway(name: str, hosts: str = "'*'") -> str:
    server = f"{{port: {{number: 80, name: http, protocol: HTTP}}, hosts: [{hosts}]}}"
    return _object("Gateway", name, f"spec: {{selector: {{istio: {name}}}, servers: [{server}]}}\n", _ISTIO)


def _destination_rule(name: str) -> str:
    return _object("DestinationRule", name, f"spec: {{host: {name}, subsets: [{{name: v1}}]}}\n", _ISTIO)


def _crd(name: str) -> str:
    spec = "group: gateway.networking.k8s.io, names: {kind: TLSRoute}, versions: [{name: v1alpha3, served: true}]"
    return _object("CustomResourceDefinition", name, f"spec: {{{spec}}}\n", "apiextensions.k8s.io/v1")


def _policy(name: str, spec: str) -> str:
    return _object("NetworkPolicy", name, f"spec: {{{spec}}}\n", "networking.k8s.io/v1")


def _hook(name: str) -> str:
    pod = _POD.format(name, "{name: http, containerPort: 8080}")
    return _object("Job", name, f"spec: {{{pod}}}\n", "batch/v1", ", annotations: {helm.sh/hook: test}")


_PORT = "ports: [{port: 80, targetPort: http}]"

KINDS: Mapping[str, Callable[[int], Sequence[str]]] = {
    "Service and its pods": lambda i: (_service(f"a{i}", _PORT), _workload(f"a{i}")),
    "Service without pods": lambda i: (_service(f"a{i}", _PORT),),
    "Service whose pods have another label": lambda i: (_service(f"a{i}", _PORT, f"b{i}"), _workload(f"a{i}")),
    "Service that all select the same": lambda i: (
        _service(f"a{i}", _PORT, "app"),
        _workload("app" if not i else f"x{i}"),
    ),
    "Service with one name in many namespaces": lambda i: (
        _object("Service", "web", f"spec: {{selector: {{app: web}}, {_PORT}}}\n", metadata=f", namespace: n{i}"),
        _object(
            "Deployment",
            "web",
            f"spec: {{{_POD.format('web', '{name: http, containerPort: 8080}')}}}\n",
            "apps/v1",
            f", namespace: n{i}",
        ),
    ),
    "Service that is written in part": lambda _: (_object("Service", "web", "spec: {externalTrafficPolicy: Local}\n"),),
    "NodePort Service": lambda i: (
        _service(f"a{i}", f"type: NodePort, ports: [{{port: 80, nodePort: {30000 + i % 200}}}]"),
    ),
    "NodePort out of range": lambda i: (
        _service(f"a{i}", f"type: NodePort, ports: [{{port: 80, nodePort: {80 + i}}}]"),
    ),
    "LoadBalancer Service on kind": lambda i: (
        _object(
            "Service",
            f"a{i}",
            "spec: {type: LoadBalancer, ports: [{port: 80}]}\n",
            metadata=", annotations: {metallb.universe.tf/x: y}",
        ),
    ),
    "LoadBalancer Service that waits on kind": lambda i: (
        _service(f"a{i}", "type: LoadBalancer, ports: [{port: 80}]"),
    ),
    "named target port that no pod offers": lambda i: (
        _service(f"a{i}", "ports: [{port: 80, targetPort: web}]"),
        _workload(f"a{i}"),
    ),
    "numeric target port that no pod declares": lambda i: (
        _service(f"a{i}", f"ports: [{{port: {9000 + i}}}]"),
        _workload(f"a{i}"),
        _object("ConfigMap", f"a{i}", f"data: {{port: '{i}'}}\n"),
    ),
    "Ingress and its Service": lambda i: (_ingress(f"a{i}", f"a{i}"), _service(f"a{i}", "ports: [{port: 80}]")),
    "Ingress without its Service": lambda i: (_ingress(f"a{i}", f"gone{i}"),),
    "Ingress with a slip in its Service's name": lambda i: (
        _ingress(f"a{i}", f"bakcend-{i}"),
        _service(f"backend-{i}", "ports: [{port: 80}]"),
    ),
    "Ingress that names a port in vain": lambda i: (
        _ingress(f"a{i}", f"a{i}", port="name: web"),
        _service(f"a{i}", "ports: [{port: 80}]"),
    ),
    "Ingresses to one Service": lambda i: (
        _ingress(f"a{i}", "web"),
        *((_service("web", "ports: [{port: 80}]"),) if not i else ()),
    ),
    "Ingress without a class": lambda i: (
        _ingress(f"a{i}", f"a{i}", spec=""),
        _service(f"a{i}", "ports: [{port: 80}]"),
    ),
    "Ingress of a class that is nowhere": lambda i: (
        _ingress(f"a{i}", f"a{i}", f"ingressClassName: c{i}, "),
        _service(f"a{i}", "ports: [{port: 80}]"),
    ),
    "Ingress and IngressClass": lambda i: (
        _ingress(f"a{i}", f"a{i}", f"ingressClassName: c{i}, "),
        _object("IngressClass", f"c{i}", "spec: {controller: example.com/c}\n", "networking.k8s.io/v1"),
        _service(f"a{i}", "ports: [{port: 80}]"),
    ),
    "Ingress that is written in part": lambda _: (
        _object("Ingress", "web", "spec: {ingressClassName: nginx}\n", "networking.k8s.io/v1"),
    ),
    "default IngressClass": lambda i: (
        _object(
            "IngressClass",
            f"c{i}",
            "spec: {controller: example.com/c}\n",
            "networking.k8s.io/v1",
            ', annotations: {ingressclass.kubernetes.io/is-default-class: "true"}',
        ),
    ),
    "Ingress of an old version": lambda i: (
        _object(
            "Ingress", f"a{i}", f"spec: {{backend: {{serviceName: a{i}, servicePort: 80}}}}\n", "extensions/v1beta1"
        ),
    ),
    "HTTPRoute, Gateway and Service": lambda i: (
        _http_route(f"a{i}", f"a{i}", f"g{i}"),
        _gateway(f"g{i}"),
        _service(f"a{i}", "ports: [{port: 80}]"),
    ),
    "HTTPRoutes of one Gateway": lambda i: (
        _http_route(f"a{i}", f"a{i}", "g"),
        _service(f"a{i}", "ports: [{port: 80}]"),
        *((_gateway("g"),) if not i else ()),
    ),
    "VirtualService, Gateway, DestinationRule and Service": lambda i: (
        _virtual_service(f"a{i}", f"a{i}", f"g{i}"),
        _istio_gateway(f"g{i}", f"a{i}.example"),
        _destination_rule(f"a{i}"),
        _service(f"a{i}", "ports: [{port: 80}]"),
    ),
    "VirtualServices of one Gateway with a host for each": lambda i: (
        _virtual_service(f"a{i}", "web", "g"),
        *((_istio_gateway("g", ", ".join(f"a{n}.example" for n in range(3_200))),) if not i else ()),
    ),
    "VirtualService without its Gateway and its subset": lambda i: (
        _virtual_service(f"a{i}", f"a{i}", f"gone-{i}", "v2"),
        _istio_gateway(f"g{i}"),
        _destination_rule(f"a{i}"),
    ),
    "HTTPRoute of a ListenerSet of one Gateway": lambda i: (
        _http_route(f"a{i}", f"a{i}", f"l{i}").replace("{name: l", "{kind: ListenerSet, name: l"),
        _object(
            "ListenerSet",
            f"l{i}",
            f"spec: {{parentRef: {{name: g}}, listeners: [{{name: l, port: {8000 + i % 1000}, protocol: HTTP}}]}}\n",
            "gateway.networking.k8s.io/v1",
        ),
        _service(f"a{i}", "ports: [{port: 80}]"),
        *((_gateway("g").replace("spec: {", "spec: {allowedListeners: {namespaces: {from: All}}, "),) if not i else ()),
    ),
    "HTTPRoute that its Gateway does not take": lambda i: (
        _http_route(f"a{i}", f"a{i}", "g").replace("{name: g}", f"{{name: g, sectionName: gone{i}}}"),
        _service(f"a{i}", "ports: [{port: 80}]"),
        *((_gateway("g", 64),) if not i else ()),
    ),
    "HTTPRoute without its Gateway": lambda i: (_http_route(f"a{i}", f"gone{i}", f"g{i}"),),
    "Gateway API of an old version": lambda i: (
        _http_route(f"a{i}", f"a{i}", f"g{i}", "gateway.networking.k8s.io/v1alpha2"),
        _crd(f"c{i}"),
    ),
    "TLSRoute of a version that a definition serves": lambda i: (
        _object("TLSRoute", f"a{i}", "spec: {}\n", "gateway.networking.k8s.io/v1alpha3"),
        _crd(f"c{i}"),
    ),
    "OpenShift Route": lambda i: (
        _object(
            "Route",
            f"a{i}",
            f"spec: {{host: a{i}.example, to: {{kind: Service, name: a{i}}}}}\n",
            "route.openshift.io/v1",
        ),
        _service(f"a{i}", "ports: [{port: 80}]"),
    ),
    "Ingresses of one controller": lambda i: (
        _ingress(f"a{i}", f"a{i}"),
        _service(f"a{i}", "ports: [{port: 80}]"),
        *(
            (_workload("nginx").replace("image: i", "image: registry.k8s.io/ingress-nginx/controller"),)
            if not i
            else ()
        ),
    ),
    "workload with host ports": lambda i: (
        _workload(f"a{i}", f"{{containerPort: 80, hostPort: {1000 + i}}}", "replicas: 3, "),
    ),
    "workload and its autoscaler": lambda i: (
        _workload(f"a{i}", "{containerPort: 80, hostPort: 80}"),
        _object(
            "HorizontalPodAutoscaler",
            f"a{i}",
            f"spec: {{maxReplicas: 5, scaleTargetRef: {{kind: Deployment, name: a{i}}}}}\n",
            "autoscaling/v2",
        ),
    ),
    "workload whose ports have one name": lambda i: (
        _workload(f"a{i}", "{name: http, containerPort: 80}, {name: http, containerPort: 81}"),
        _service(f"a{i}", _PORT),
    ),
    "Helm hook": lambda i: (_hook(f"a{i}"), _service(f"a{i}", _PORT)),
    "NetworkPolicy and its pods": lambda i: (
        _object(
            "NetworkPolicy",
            f"a{i}",
            f"spec: {{podSelector: {{matchLabels: {{app: a{i}}}}}, ingress: [{{}}]}}\n",
            "networking.k8s.io/v1",
        ),
        _workload(f"a{i}"),
        _service(f"a{i}", f"type: NodePort, {_PORT}"),
    ),
    "NetworkPolicy that admits another workload": lambda i: (
        _policy(
            f"a{i}",
            f"podSelector: {{matchLabels: {{app: a{i}}}}}, "
            f"ingress: [{{from: [{{podSelector: {{matchLabels: {{app: b{i}}}}}}}], ports: [{{port: http}}]}}]",
        ),
        _workload(f"a{i}"),
        _workload(f"b{i}"),
    ),
    "NetworkPolicy whose pods and peers are nowhere": lambda i: (
        _policy(
            f"a{i}",
            f"podSelector: {{matchLabels: {{app: gone{i}}}}}, "
            f"ingress: [{{from: [{{podSelector: {{matchLabels: {{app: away{i}}}}}}}]}}]",
        ),
        _workload(f"a{i}"),
    ),
    "NetworkPolicy that selects every pod": lambda i: (
        *((_policy("all", "podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]"),) if not i else ()),
        _workload(f"a{i}"),
        _service(f"a{i}", f"type: LoadBalancer, {_PORT}"),
    ),
    "LoadBalancer Service and its pods": lambda i: (
        _service(f"a{i}", f"type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8], {_PORT}"),
        _workload(f"a{i}"),
    ),
    "database behind a LoadBalancer": lambda i: (
        _service(f"a{i}", "type: LoadBalancer, ports: [{name: postgres, port: 5432}]"),
        _workload(f"a{i}", "{name: postgres, containerPort: 5432}").replace("image: i", "image: postgres:18"),
    ),
    "Ingress with TLS and a NodePort beside it": lambda i: (
        _ingress(f"a{i}", f"a{i}", f"ingressClassName: nginx, tls: [{{secretName: a{i}}}], "),
        _service(f"a{i}", f"type: NodePort, {_PORT}"),
        _workload(f"a{i}"),
    ),
    "workloads that want one host port": lambda i: (_workload(f"a{i}", "{containerPort: 80, hostPort: 80}"),),
    "workload in its node's network": lambda i: (
        _workload(f"a{i}", spec="replicas: 2, ").replace("spec: {containers", "spec: {hostNetwork: true, containers"),
        _service(f"a{i}", _PORT),
    ),
    "StatefulSet and its Service": lambda i: (
        _workload(f"a{i}", spec=f"serviceName: a{i}, ").replace("kind: Deployment", "kind: StatefulSet"),
        _service(f"a{i}", f"clusterIP: None, {_PORT}"),
    ),
    "StatefulSet without its Service": lambda i: (
        _workload(f"a{i}", spec=f"serviceName: gone{i}, ").replace("kind: Deployment", "kind: StatefulSet"),
        _service(f"b{i}", f"clusterIP: None, {_PORT}"),
    ),
    "Service without a selector": lambda i: (
        _object("Service", f"a{i}", "spec: {ports: [{port: 80}]}\n"),
        _object("Service", f"b{i}", "spec: {type: ExternalName, externalName: 10.0.0.1}\n"),
    ),
    "Namespace": lambda i: (_object("Namespace", f"n{i}", ""),),
    "port-forward in a ConfigMap": lambda i: (
        _object("ConfigMap", f"a{i}", f"data:\n  run.sh: |\n    kubectl -n prod port-forward svc/web{i} 80\n"),
    ),
    "object with an ignore": lambda i: (
        _object(
            "Service",
            f"a{i}",
            "spec: {type: NodePort, ports: [{port: 80, nodePort: 80}]}\n",
            metadata=', annotations: {klint.dev/ignore: "node-port-out-of-range: known"}',
        ),
    ),
}
"""By what it is called, the documents of one object (and of what it needs) by its number."""

SHAPES = ("one bundle", "a bundle each", "a bundle each, every other for staging")


def write(folder: Path, kind: str, shape: str, count: int) -> None:
    """Write so many objects of a kind in a shape."""
    documents = KINDS[kind]
    platform = "kind" if "kind" in kind else ""
    (folder / ".klint.yaml").write_text(f'targets: [{{path: "**", platform: {platform or "eks"}}}]\n')
    if shape == "one bundle":
        (folder / "all.yaml").write_text("---\n".join(text for i in range(count) for text in documents(i)))
        return
    for i in range(count):
        environment = ("staging" if i % 2 else "production") if "staging" in shape else "app"
        file = folder / f"t{i}" / environment / "all.yaml"
        file.parent.mkdir(parents=True)
        file.write_text("---\n".join(documents(i)))


def growth_of(kind: str, shape: str, few: int, most: int, measured: Callable[[int], Iterator[float]]) -> Growth:
    """One kind in one shape.

    Args:
        kind: what it is called.
        shape: how it is written.
        few: the smaller number of objects.
        most: the larger one.
        measured: the seconds that so many objects take each, measured again and again.
    """
    fewest = min(islice(measured(few), RUNS))
    runs = measured(most)
    slowest = next(runs)
    if slowest > FLAT * fewest:
        slowest = min(slowest, *islice(runs, RUNS - 1))
    return Growth(kind, shape, {few: fewest, most: slowest})


def seconds_per_object(kind: str, shape: str, rules: Sequence[Rule], count: int) -> Iterator[float]:
    """Of the processor, in run after run."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), kind, shape, count)
        while True:
            workspace = Session.of([name], rules).workspace
            gc.collect()
            gc.disable()
            start = time.process_time()
            lint(workspace, rules)
            taken = time.process_time() - start
            gc.enable()
            yield taken / count


def measure_growth(kinds: Sequence[str] = tuple(KINDS)) -> Iterator[Growth]:
    """Every kind in every shape."""
    rules = load_rules()[0]
    for kind in kinds:
        for shape in SHAPES:
            growth = growth_of(kind, shape, *SIZES, partial(seconds_per_object, kind, shape, rules))
            times = ", ".join(f"{value * 1e6:.0f}" for value in growth.seconds.values())
            print(f"{kind}, {shape}: {times} µs, {growth.factor:.2f}", file=sys.stderr)
            yield growth

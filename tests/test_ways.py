"""Ways and breaks, compared with a walk of the plain data that knows nothing of klint."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from klint import Graph, HopKind, State, Way
from tests.conftest import graph_of_text
from tests.growth import assert_linear

Object = dict[str, Any]
Walked = tuple[str, ...]
"""What a way passes: the entry, the route and its path, the Service and its port, the workload."""

NAMES = ("alpha", "bravo", "carrot", "dresden")
"""So unlike that none is taken for another one misspelt."""

PORT_NAMES = ("http", "metrics")
LAYERS = (HopKind.ENTRY, HopKind.CLASS, HopKind.LISTENER, HopKind.BACKEND, HopKind.PORT, HopKind.TARGET_PORT)


def metadata(name: str) -> Object:
    return {"name": name, "namespace": "shop"}


@st.composite
def services(draw: st.DrawFn, name: str) -> Object:
    ports = draw(st.lists(st.sampled_from((80, 81)), min_size=1, max_size=2, unique=True))
    targets = st.sampled_from((8080, *PORT_NAMES))
    spec: Object = {
        "type": draw(st.sampled_from(("ClusterIP", "NodePort", "LoadBalancer"))),
        "ports": [{"name": f"p{port}", "port": port, "targetPort": draw(targets)} for port in ports],
    }
    app = draw(st.sampled_from((*NAMES, None)))
    if app is not None:
        spec["selector"] = {"app": app}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata(name), "spec": spec}


@st.composite
def deployments(draw: st.DrawFn, name: str) -> Object:
    ports: list[Object] = [
        {"containerPort": number, "name": port_name}
        for number, port_name in zip((8080, 9090), draw(st.permutations(PORT_NAMES)), strict=True)
    ][: draw(st.integers(0, 2))]
    is_open: bool = draw(st.booleans())
    if ports and is_open:
        ports[0]["hostPort"] = 9000 + NAMES.index(name)
    pod = {"containers": [{"name": "c", "image": f"example.com/{name}:1", "ports": ports}]}
    template = {"metadata": {"labels": {"app": draw(st.sampled_from(NAMES))}}, "spec": pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(name),
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template},
    }


@st.composite
def ingresses(draw: st.DrawFn) -> Object:
    paths = [
        {"path": f"/{index}", "pathType": "Prefix", "backend": {"service": {"name": name, "port": {"number": port}}}}
        for index, (name, port) in enumerate(draw(BACKENDS))
    ]
    rules = [{"host": "shop.example.com", "http": {"paths": paths}}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": metadata("front"),
        "spec": {"ingressClassName": "edge", "rules": rules},
    }


@st.composite
def http_routes(draw: st.DrawFn) -> Object:
    rules = [
        {
            "matches": [{"path": {"type": "PathPrefix", "value": f"/{index}"}}],
            "backendRefs": [{"name": name, "port": port}],
        }
        for index, (name, port) in enumerate(draw(BACKENDS))
    ]
    parent: Object = {"name": "door"}
    section = draw(st.sampled_from((None, "web", "tls", "gone")))
    if section:
        parent["sectionName"] = section
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": metadata("side"),
        "spec": {"parentRefs": [parent], "rules": rules},
    }


BACKENDS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from((80, 81))), min_size=1, max_size=3)
CONTROLLERS = st.sampled_from((None, "ClusterIP", "NodePort", "LoadBalancer", "hostPort"))
"""How the Ingress controller is entered; None for one that is not in the workspace."""

GATEWAY_CLASSES = st.sampled_from((None, "any", "other"))
"""The one GatewayClass that is defined: the Gateway asks for `any`."""


@st.composite
def workspaces(draw: st.DrawFn) -> list[Object]:
    found = [draw(services(name)) for name in draw(st.lists(st.sampled_from(NAMES), unique=True))]
    found += [draw(deployments(name)) for name in draw(st.lists(st.sampled_from(NAMES), unique=True))]
    if draw(st.booleans()):
        found += [draw(ingresses()), *controller(draw(CONTROLLERS))]
    if draw(st.booleans()):
        listeners = draw(st.lists(st.sampled_from(("web", "tls")), min_size=1, unique=True))
        found += [draw(http_routes()), gateway(listeners), *gateway_classes(draw(GATEWAY_CLASSES))]
    return found


def controller(entry: str | None) -> Iterator[Object]:
    yield {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": "edge"},
        "spec": {"controller": "k8s.io/ingress-nginx"},
    }
    if entry is None:
        return
    ports: list[Object] = [{"containerPort": 80, "name": "web"}]
    if entry == "hostPort":
        ports[0]["hostPort"] = 80
    else:
        spec = {"type": entry, "selector": {"app": "edge"}, "ports": [{"port": 80, "targetPort": "web"}]}
        yield {"apiVersion": "v1", "kind": "Service", "metadata": metadata("edge"), "spec": spec}
    image = "registry.k8s.io/ingress-nginx/controller:v1.15.1"
    template = {
        "metadata": {"labels": {"app": "edge"}},
        "spec": {"containers": [{"name": "c", "image": image, "ports": ports}]},
    }
    yield {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata("edge"),
        "spec": {"selector": {"matchLabels": {"app": "edge"}}, "template": template},
    }


def gateway_classes(name: str | None) -> Iterator[Object]:
    if name is not None:
        yield {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "GatewayClass",
            "metadata": {"name": name},
            "spec": {"controllerName": "example.com/gateway"},
        }


def gateway(names: list[str]) -> Object:
    ports = {"web": (80, "HTTP"), "tls": (443, "HTTPS")}
    listeners = [{"name": name, "port": ports[name][0], "protocol": ports[name][1]} for name in names]
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": metadata("door"),
        "spec": {"gatewayClassName": "any", "listeners": listeners},
    }


# The walk


def walk(objects: list[Object]) -> Iterator[Walked]:
    """Every way, step by step, by what the fields say."""

    def of(kind: str) -> list[Object]:
        return [item for item in objects if item["kind"] == kind]

    def pods(service: Object) -> list[Object] | None:
        selector = service["spec"].get("selector")
        if selector is None:
            return None
        return [item for item in of("Deployment") if item["spec"]["template"]["metadata"]["labels"] == selector]

    def container_ports(workload: Object) -> list[Object]:
        return list(workload["spec"]["template"]["spec"]["containers"][0]["ports"])

    def into(service: Object, port: Object) -> Iterator[str]:
        found = pods(service)
        if not found:
            yield "end"
            return
        for workload in found:
            target = port["targetPort"]
            has = isinstance(target, int) or any(item["name"] == target for item in container_ports(workload))
            yield workload["metadata"]["name"] if has else "end"

    def opened(service: Object) -> Iterator[tuple[str, Object]]:
        if service["spec"]["type"] != "ClusterIP":
            name = service["metadata"]["name"]
            yield from ((f"{service['spec']['type']} {name} {port['port']}", port) for port in service["spec"]["ports"])

    def on_hosts(workload: Object) -> Iterator[str]:
        for port in container_ports(workload):
            if "hostPort" in port:
                yield f"hostPort {workload['metadata']['name']} {port['hostPort']}"

    def through(entry: str, route: str, path: str, name: str, number: int) -> Iterator[Walked]:
        service = next((item for item in of("Service") if item["metadata"]["name"] == name), None)
        port = next((item for item in service["spec"]["ports"] if item["port"] == number), None) if service else None
        if service is None or port is None:
            yield entry, route, path, "end"
            return
        for end in into(service, port):
            yield entry, route, path, name, str(number), end

    for service in of("Service"):
        for entry, port in opened(service):
            for end in into(service, port):
                yield entry, service["metadata"]["name"], str(port["port"]), end
    for workload in of("Deployment"):
        for entry in on_hosts(workload):
            yield entry, workload["metadata"]["name"]
    for ingress in of("Ingress"):
        edge = [item for item in of("Deployment") if item["metadata"]["name"] == "edge"]
        fronts = [item for item in of("Service") if item["metadata"]["name"] == "edge"]
        entries = [entry for service in fronts for entry, _ in opened(service)]
        entries += [entry for workload in edge for entry in on_hosts(workload)]
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                if edge and not entries:
                    yield "shut", "front", path["path"], "end"
                for entry in entries or ([] if edge else ["unseen"]):
                    yield from through(entry, "front", path["path"], backend["name"], backend["port"]["number"])
    for route in of("HTTPRoute"):
        wanted = route["spec"]["parentRefs"][0].get("sectionName")
        listeners = [item for item in of("Gateway")[0]["spec"]["listeners"] if wanted in (None, item["name"])]
        if any(item["metadata"]["name"] != "any" for item in of("GatewayClass")):
            listeners = []
        for rule in route["spec"]["rules"]:
            path, reference = rule["matches"][0]["path"]["value"], rule["backendRefs"][0]
            if not listeners:
                yield "shut", "side", path, "end"
            for listener in listeners:
                entry = f"Gateway door {listener['port']}"
                yield from through(entry, "side", path, reference["name"], reference["port"])


def told(way: Way) -> Walked:
    """A way of the graph in the same words."""
    entry = way.entry
    first = f"{entry.mechanism} {entry.resource.name} {_number(way)}" if entry else "unseen"
    if entry is None and way.match is not None and way.service is None and way.backend is None:
        first = "shut"
    end = way.pod.workload.name if way.pod is not None else "end"
    if way.match is None and way.service is None:
        return first, end
    service = (way.service.name, str(way.service_port.number)) if way.service and way.service_port else ()
    if way.match is None or way.match.path is None:
        return (first, *service, end)
    return (first, way.match.route.name, way.match.path.text, *service, end)


def _number(way: Way) -> int | None:
    entry = way.entry
    if entry is None or entry.service_port is None:
        return entry.port if entry else None
    return entry.service_port.number


def graph_of(objects: list[Object]) -> Graph:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    return graph_of_text("\n---\n".join(map(json.dumps, (namespace, *objects))))


@given(workspaces())
def test_ways_are_those_of_a_walk(objects: list[Object]) -> None:
    assert Counter(map(told, graph_of(objects).ways)) == Counter(walk(objects))


@given(workspaces())
def test_ways_to_a_pod_are_those_that_end_in_it(objects: list[Object]) -> None:
    graph = graph_of(objects)
    for pod in graph.pods:
        found = Counter(map(told, graph.ways_to(pod)))
        assert found == Counter(told(way) for way in graph.ways if way.pod is pod)


@given(workspaces())
def test_every_broken_way_waits_behind_one_break(objects: list[Object]) -> None:
    graph = graph_of(objects)
    broken = [way for way in graph.ways if way.state is State.BROKEN]
    breaks = graph.breaks(*HopKind)
    ends = [hop for found in breaks for hop in (found.hop, *found.also)]
    assert len(ends) == len(set(map(_identity, ends)))
    for way in broken:
        (end,) = [hop for hop in way.hops if hop.is_broken]
        assert _identity(end) in set(map(_identity, ends))
    for found in breaks:
        behind = {_identity(hop) for hop in (found.hop, *found.also)}
        waiting = [way for way in broken if any(_identity(hop) in behind for hop in way.hops)]
        assert Counter(map(told, found.ways)) == Counter(map(told, waiting))


def _identity(hop: Any) -> tuple[Any, ...]:
    return (hop.kind, id(hop.source), hop.at)


# Growth


def _fan(count: int) -> Graph:
    """One Ingress with a path for each of many Services, which share their pods and a controller's two entries."""
    backends = [
        {"path": f"/{n}", "pathType": "Prefix", "backend": {"service": {"name": f"s{n}x", "port": {"number": 80}}}}
        for n in range(count)
    ]
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": metadata("front"),
        "spec": {"ingressClassName": "edge", "tls": [{"secretName": "s"}], "rules": [{"http": {"paths": backends}}]},
    }
    spec = {"type": "NodePort", "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}
    many = [{"apiVersion": "v1", "kind": "Service", "metadata": metadata(f"s{n}x"), "spec": spec} for n in range(count)]
    pod = {"containers": [{"name": "c", "ports": [{"containerPort": 8080, "name": "http"}]}]}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod}
    workload = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata("w"),
        "spec": {"template": template},
    }
    return graph_of([ingress, *controller("LoadBalancer"), *many, workload])


WORK: dict[str, Callable[[Graph], object]] = {
    "all ways": lambda graph: sum(1 for _ in graph.ways),
    "ways to a pod": lambda graph: sum(1 for pod in graph.pods for _ in graph.ways_to(pod)),
    "servers": lambda graph: list(graph.exposed_servers),
    "plaintext": lambda graph: list(graph.plaintext_openings),
    "side doors": lambda graph: graph.side_doors,
    "breaks": lambda graph: [found.routes for found in graph.breaks(*HopKind)],
}


def test_ways_grow_with_what_they_lead_through() -> None:
    for work in WORK.values():
        assert_linear(_fan, work, start=50)

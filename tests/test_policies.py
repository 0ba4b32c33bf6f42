"""NetworkPolicies: what comes in to a pod, from whom, to which port, and which rule decides."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint import Reason, Source, State
from klint.exposure.policies import Isolation, Peer, Sender
from klint.exposure.scope import Scope
from klint.kube.address_set import ALL_IPV4, ALL_IPV6, AddressSet, private_addresses, public_ipv4_addresses
from klint.kube.index import Index
from klint.kube.objects import read_resources
from klint.kube.resource import Resource
from klint.kube.workload import PodTemplate
from klint.text.document import Document
from klint.workspace.target import Target
from tests.growth import assert_linear

if TYPE_CHECKING:
    from tests.conftest import GraphOf

YES, NO, OPEN = State.RESOLVED, State.BROKEN, State.UNKNOWN


# The same prose in klint's words and in the plainest that Python has


def pod_data(name: str, namespace: str, labels: Mapping[str, str], ports: Sequence[Mapping[str, Any]] = ()) -> Any:
    metadata = {"name": name, "labels": dict(labels), **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [{"ports": list(ports)}]}}


def policy_data(namespace: str, spec: Any, name: str = "policy") -> Any:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def namespace_data(name: str, labels: Mapping[str, str]) -> Any:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(labels)}}


def resources_of(objects: Sequence[Any], path: str = "a.yaml") -> list[Resource]:
    source = Source(path, "", path)
    return [item for data in objects for item in read_resources(Document(source, 0, 0, data), {})]


def isolation_of(objects: Sequence[Any], elsewhere: Sequence[Any] = ()) -> tuple[Isolation, dict[str, PodTemplate]]:
    """The isolation of some objects deployed together, and their pods by name."""
    own = resources_of(objects)
    index = Index(own)
    everything = Index([*own, *resources_of(elsewhere, "b.yaml")])
    scope = Scope(everything, Target(), index, frozenset(("a.yaml",)), {})
    return Isolation(scope), {pod.workload.name: pod for pod in everything.pods}


def is_selected(selector: Any, labels: Mapping[str, str]) -> bool:
    """A LabelSelector: everything that it asks for holds."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for expression in selector.get("matchExpressions", []):
        has, held = expression["key"] in labels, labels.get(expression["key"])
        fits = {
            "In": has and held in expression.get("values", []),
            "NotIn": not has or held not in expression.get("values", []),
            "Exists": has,
            "DoesNotExist": not has,
        }
        if not fits[expression["operator"]]:
            return False
    return True


def admits_peer(peer: Any, policy: Any, source: Any, address: str, namespaces: Mapping[str, Mapping[str, str]]) -> bool:
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        sender = ip_address(address)
        return sender in ip_network(block["cidr"]) and not any(sender in ip_network(e) for e in block.get("except", []))
    if source is None:
        return False
    namespace = source["metadata"]["namespace"]
    if "namespaceSelector" in peer:
        if not is_selected(
            peer["namespaceSelector"], {**namespaces[namespace], "kubernetes.io/metadata.name": namespace}
        ):
            return False
    elif namespace != policy["metadata"]["namespace"]:
        return False
    return "podSelector" not in peer or is_selected(peer["podSelector"], source["metadata"]["labels"])


def admits_port(wanted: Any, pod: Any, port: int, protocol: str) -> bool:
    if wanted.get("protocol", "TCP") != protocol:
        return False
    if "port" not in wanted:
        return True
    if isinstance(wanted["port"], str):
        return any(
            item["name"] == wanted["port"] and item.get("protocol", "TCP") == protocol and item["containerPort"] == port
            for item in pod["spec"]["containers"][0]["ports"]
        )
    return bool(wanted["port"] <= port <= wanted.get("endPort", wanted["port"]))


def comes_in(
    objects: Sequence[Any],
    target: Any,
    source: Any,
    address: str,
    port: int,
    protocol: str,
) -> bool:
    """Whether a policy admits it, or none isolates the pod: for every policy, every rule, every peer, every port."""
    namespaces = {
        item["metadata"]["name"]: item["metadata"]["labels"] for item in objects if item["kind"] == "Namespace"
    }
    isolated = False
    for policy in objects:
        if policy["kind"] != "NetworkPolicy" or policy["metadata"]["namespace"] != target["metadata"]["namespace"]:
            continue
        spec = policy["spec"]
        if not is_selected(spec.get("podSelector", {}), target["metadata"]["labels"]):
            continue
        if "Ingress" not in (spec.get("policyTypes") or ["Ingress"]):
            continue
        isolated = True
        for rule in spec.get("ingress", []):
            peers, ports = rule.get("from", []), rule.get("ports", [])
            if peers and not any(admits_peer(peer, policy, source, address, namespaces) for peer in peers):
                continue
            if not ports or any(admits_port(wanted, target, port, protocol) for wanted in ports):
                return True
    return not isolated


# Random worlds

KEYS, VALUES, NAMESPACES = ("app", "tier"), ("a", "b"), ("one", "two")
CIDRS = ("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "10.1.0.0/16", "203.0.113.0/24", "::/0", "fd00::/8")
PROTOCOLS = ("TCP", "UDP")
NUMBERS = (79, 80, 81, 8080)


class Chance:
    """A world that comes of a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311

    def often(self, share: float) -> bool:
        return self.random.random() < share

    def labels(self) -> dict[str, str]:
        return {key: self.random.choice(VALUES) for key in KEYS if self.often(0.7)}

    def selector(self) -> dict[str, Any]:
        selector: dict[str, Any] = {}
        if self.often(0.5):
            selector["matchLabels"] = {self.random.choice(KEYS): self.random.choice(VALUES)}
        if self.often(0.3):
            operator = self.random.choice(("In", "NotIn", "Exists", "DoesNotExist"))
            expression: dict[str, Any] = {"key": self.random.choice(KEYS), "operator": operator}
            if operator in ("In", "NotIn"):
                expression["values"] = self.random.sample(VALUES, self.random.randint(1, 2))
            selector["matchExpressions"] = [expression]
        return selector

    def namespace_selector(self) -> dict[str, Any]:
        if self.often(0.3):
            return {"matchLabels": {"kubernetes.io/metadata.name": self.random.choice(NAMESPACES)}}
        return self.selector()

    def block(self) -> dict[str, Any]:
        cidr = self.random.choice(CIDRS)
        network = ip_network(cidr)
        inside = [item for item in CIDRS if item != cidr and ip_network(item).version == network.version]
        inside = [item for item in inside if ip_network(item).subnet_of(network)]  # type: ignore[arg-type]
        exceptions = self.random.sample(inside, self.random.randint(0, min(2, len(inside)))) if self.often(0.5) else []
        return {"ipBlock": {"cidr": cidr, **({"except": exceptions} if exceptions else {})}}

    def peer(self) -> dict[str, Any]:
        if self.often(0.35):
            return self.block()
        peer = {}
        if self.often(0.6):
            peer["namespaceSelector"] = self.namespace_selector()
        if self.often(0.6) or not peer:
            peer["podSelector"] = self.selector()
        return peer

    def port(self) -> dict[str, Any]:
        port: dict[str, Any] = {"protocol": self.random.choice(PROTOCOLS)} if self.often(0.5) else {}
        if self.often(0.8):
            port["port"] = self.random.choice((*NUMBERS, "http", "dns"))
            if isinstance(port["port"], int) and self.often(0.3):
                port["endPort"] = self.random.choice([number for number in NUMBERS if number >= port["port"]])
        return port

    def policy(self, name: str) -> Any:
        spec: dict[str, Any] = {} if self.often(0.2) else {"podSelector": self.selector()}
        if self.often(0.8):
            spec["ingress"] = [
                {
                    **({"from": [self.peer() for _ in range(self.random.randint(0, 2))]} if self.often(0.8) else {}),
                    **({"ports": [self.port() for _ in range(self.random.randint(0, 2))]} if self.often(0.6) else {}),
                }
                for _ in range(self.random.randint(0, 3))
            ]
        if self.often(0.3):
            spec["policyTypes"] = self.random.choice(([], ["Ingress"], ["Egress"], ["Ingress", "Egress"]))
        return policy_data(self.random.choice(NAMESPACES), spec, name)

    def world(self) -> list[Any]:
        ports = [
            {"name": "http", "containerPort": 80},
            {"name": "dns", "containerPort": 81, "protocol": "UDP"},
            {"name": "web", "containerPort": 8080},
        ]
        objects = [namespace_data(name, self.labels()) for name in NAMESPACES]
        for number in range(3):
            some = self.random.sample(ports, self.random.randint(0, 3))
            objects.append(pod_data(f"pod-{number}", self.random.choice(NAMESPACES), self.labels(), some))
        objects.extend(self.policy(f"policy-{number}") for number in range(self.random.randint(0, 4)))
        return objects


def samples() -> list[str]:
    """An IPv4 address out of every range between the ends of CIDRS: all those of one range are treated alike."""
    networks = [ip_network(cidr) for cidr in CIDRS if "." in cidr]
    ends = {int(n.network_address) for n in networks} | {int(n.broadcast_address) + 1 for n in networks}
    return [str(ip_address(end)) for end in sorted(ends) if end < 2**32]


SAMPLES = samples()
QUESTIONS = 20
"""Put to each world. `--fuzz` makes 5,000 worlds, and so 100,000 questions."""


@given(st.integers(0, 2**64))
def test_agreement_with_brute_force(seed: int) -> None:
    chance = Chance(seed)
    objects = chance.world()
    isolation, pods = isolation_of(objects)
    by_name = {item["metadata"]["name"]: item for item in objects if item["kind"] == "Pod"}
    for _ in range(QUESTIONS):
        target = chance.random.choice(list(by_name))
        port, protocol = chance.random.choice(NUMBERS), chance.random.choice(PROTOCOLS)
        peer: Peer
        if chance.often(0.6):
            name = chance.random.choice(list(by_name))
            source, addresses, peer = by_name[name], SAMPLES, pods[name]
        elif chance.often(0.5):
            address = chance.random.choice((*SAMPLES, "2001:db8::1", "fd00::1"))
            found = AddressSet.of(address)
            assert found is not None
            source, addresses, peer = None, [address], found
        else:
            cidr = chance.random.choice([cidr for cidr in CIDRS if "." in cidr])
            found = AddressSet.of(cidr)
            assert found is not None
            source, peer = None, found
            addresses = [address for address in SAMPLES if ip_address(address) in ip_network(cidr)]
        answers = {comes_in(objects, by_name[target], source, item, port, protocol) for item in addresses}
        expected = OPEN if len(answers) > 1 else YES if answers == {True} else NO
        if source is None or expected is not NO:
            assert isolation.of(pods[target]).admits(peer, port, protocol) is expected
        else:  # a block of IPv6 addresses may admit the pod in a cluster that has them
            assert isolation.of(pods[target]).admits(peer, port, protocol) in (NO, OPEN)


# Values that are to be filled in


def with_holes(chance: Chance, data: Any) -> Any:
    """The same, some of its values to be filled in."""
    if isinstance(data, dict):
        kept = ("kind", "apiVersion", "name", "operator", "cidr", "except", "protocol", "policyTypes")
        return {key: item if key in kept else with_holes(chance, item) for key, item in data.items()}
    if isinstance(data, list):
        return [with_holes(chance, item) for item in data]
    if chance.often(0.15) and (data in VALUES or data in NAMESPACES):
        return "${VALUE}" if data in VALUES else "${PLACE}"
    return data


def filled(data: Any, values: Mapping[str, str]) -> Any:
    if isinstance(data, dict):
        return {key: filled(item, values) for key, item in data.items()}
    if isinstance(data, list):
        return [filled(item, values) for item in data]
    return values.get(data, data) if isinstance(data, str) else data


@given(st.integers(0, 2**64))
def test_what_is_known_holds_however_it_is_filled_in(seed: int) -> None:
    chance = Chance(seed)
    objects = [item if item["kind"] == "Namespace" else with_holes(chance, item) for item in chance.world()]
    isolation, pods = isolation_of(objects)
    worlds = [filled(objects, {"${VALUE}": value, "${PLACE}": place}) for value, place in product(VALUES, NAMESPACES)]
    for target, source in product(pods, pods):
        port, protocol = chance.random.choice(NUMBERS), chance.random.choice(PROTOCOLS)
        state = isolation.of(pods[target]).admits(pods[source], port, protocol)
        for world in worlds:
            by_name = {item["metadata"]["name"]: item for item in world if item["kind"] == "Pod"}
            for address in SAMPLES:
                answer = comes_in(world, by_name[target], by_name[source], address, port, protocol)
                assert state is OPEN or answer == (state is YES)


# One fact at a time

WEB = pod_data("web", "shop", {"app": "web"}, [{"name": "http", "containerPort": 8080}])
API = pod_data("api", "shop", {"app": "api"})
EDGE = pod_data("edge", "edge", {"app": "edge"})
TEAM_EDGE = {"matchLabels": {"team": "edge"}}
SHOP, EDGES = namespace_data("shop", {"team": "shop"}), namespace_data("edge", {"team": "edge"})


def answer(spec: Any, peer: str | Peer = "api", port: int | str | None = 8080, protocol: str = "TCP") -> State:
    """What one policy in the namespace of Pod web says of a peer: the name of a pod, a CIDR, or a sender."""
    isolation, pods = isolation_of([WEB, API, EDGE, SHOP, EDGES, policy_data("shop", spec)])
    if isinstance(peer, str):
        found = pods.get(peer) or AddressSet.of(peer)
        assert found is not None
        peer = found
    return isolation.of(pods["web"]).admits(peer, port, protocol)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (None, NO),
        ({}, NO),
        ({"podSelector": {}}, NO),
        ({"podSelector": None}, NO),
        ({"podSelector": {"matchLabels": {"app": "web"}}}, NO),
        ({"podSelector": {"matchLabels": {"app": "db"}}}, YES),
        ({"policyTypes": []}, NO),
        ({"policyTypes": None}, NO),
        ({"policyTypes": ["Egress"]}, YES),
        ({"policyTypes": ["Egress"], "ingress": []}, YES),
        ({"policyTypes": ["Egress", "Ingress"]}, NO),
        ({"egress": [{}]}, NO),
        ({"policyTypes": ["ingress"]}, OPEN),
        ({"policyTypes": ["${TYPE}"]}, OPEN),
        ({"policyTypes": ["Ingress", "${TYPE}"]}, NO),
        ({"policyTypes": "Egress"}, OPEN),
        ({"ingress": None}, NO),
        ({"ingress": []}, NO),
        ({"ingress": [{}]}, YES),
        ({"ingress": [None]}, YES),  # Go reads a null item as an empty one
        ({"ingress": [{"from": []}]}, YES),
        ({"ingress": [{"from": None, "ports": None}]}, YES),
        ({"ingress": "${RULES}"}, OPEN),
        ({"ingress": ["${RULE}"]}, OPEN),
        ({"ingress": [{"from": "${PEERS}"}]}, OPEN),
        ({"ingress": [{"ports": "${PORTS}"}]}, OPEN),
        ({"ingress": [{"ports": "${PORTS}"}, {}]}, YES),
    ],
)
def test_whom_a_policy_isolates(spec: Any, expected: State) -> None:
    assert answer(spec) is expected


@pytest.mark.parametrize(
    ("peer", "from_api", "from_edge"),
    [
        ({"podSelector": {}}, YES, NO),
        ({"podSelector": {"matchLabels": {"app": "api"}}}, YES, NO),
        ({"podSelector": {"matchLabels": {"app": "edge"}}}, NO, NO),
        ({"namespaceSelector": {}}, YES, YES),
        ({"namespaceSelector": {"matchLabels": {"team": "edge"}}}, NO, YES),
        ({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}}, NO, YES),
        ({"namespaceSelector": {"matchLabels": {"name": "edge"}}}, NO, NO),
        ({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "edge"}}}, NO, YES),
        (
            {"namespaceSelector": {"matchLabels": {"team": "edge"}}, "podSelector": {"matchLabels": {"app": "api"}}},
            NO,
            NO,
        ),
        ({"namespaceSelector": None, "podSelector": {}}, YES, NO),
        ({"ipBlock": {"cidr": "0.0.0.0/0"}}, YES, YES),
        ({"ipBlock": {"cidr": "10.0.0.0/8"}}, OPEN, OPEN),  # who knows the addresses of pods
        ({"ipBlock": {"cidr": "::/0"}}, OPEN, OPEN),
        ({}, OPEN, OPEN),
        ({"ipBlock": {"cidr": "0.0.0.0/0"}, "podSelector": {}}, OPEN, OPEN),
        ({"ipBlock": {"cidr": "${CIDR}"}}, OPEN, OPEN),
        ({"podSelector": {"matchLabels": {"app": "${APP}"}}}, OPEN, NO),
        ({"podSelector": {"matchLabels": {"pod-template-hash": "5d4"}}}, OPEN, NO),
        ({"podSelector": {"matchExpressions": [{"key": "app", "operator": "Like", "values": ["a"]}]}}, OPEN, NO),
        ({"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": []}]}}, OPEN, NO),
        ({"podSelector": {"matchExpressions": [{"key": "app", "operator": "Exists", "values": ["a"]}]}}, OPEN, NO),
        ({"podSelector": {"matchLabels": {"app": 1}}}, OPEN, NO),
        ({"podSelector": ["app"]}, OPEN, NO),
    ],
)
def test_peers(peer: Any, from_api: State, from_edge: State) -> None:
    spec = {"ingress": [{"from": [peer]}]}
    assert (answer(spec, "api"), answer(spec, "edge")) == (from_api, from_edge)


def test_items_of_a_list_add_up_and_keys_of_one_item_do_not() -> None:
    namespace, pods = (
        {"namespaceSelector": {"matchLabels": {"team": "edge"}}},
        {"podSelector": {"matchLabels": {"app": "x"}}},
    )
    assert answer({"ingress": [{"from": [namespace, pods]}]}, "edge") is YES
    assert answer({"ingress": [{"from": [{**namespace, **pods}]}]}, "edge") is NO


@pytest.mark.parametrize(
    ("ports", "port", "protocol", "expected"),
    [
        ([], 8080, "TCP", YES),
        ([{}], 8080, "TCP", YES),
        ([None], 8080, "TCP", YES),
        ([{}], 8080, "UDP", NO),
        ([{"protocol": "UDP"}], 8080, "UDP", YES),
        ([{"protocol": "UDP"}], 8080, "TCP", NO),
        ([{"protocol": "tcp"}], 8080, "TCP", OPEN),
        ([{"protocol": "${P}"}], 8080, "TCP", OPEN),
        ([{"port": 8080}], 8080, "TCP", YES),
        ([{"port": 8080}], 80, "TCP", NO),
        ([{"port": 80}, {"port": 8080}], 8080, "TCP", YES),
        ([{"port": 8080}], None, "TCP", OPEN),
        ([{}], None, "TCP", YES),
        ([{"port": "http"}], 8080, "TCP", YES),
        ([{"port": "http"}], 80, "TCP", NO),
        ([{"port": "http"}], "http", "TCP", YES),
        ([{"port": 8080}], "http", "TCP", YES),
        ([{"port": 80}], "http", "TCP", NO),
        ([{"port": 80}], "metrics", "TCP", OPEN),
        ([{"port": "http", "protocol": "UDP"}], 8080, "UDP", NO),
        ([{"port": "metrics"}], 8080, "TCP", NO),
        ([{"port": "8080"}], 8080, "TCP", OPEN),  # a name needs a letter
        ([{"port": "${PORT}"}], 8080, "TCP", OPEN),
        ([{"port": 0}], 8080, "TCP", OPEN),
        ([{"port": 8000, "endPort": 9000}], 8080, "TCP", YES),
        ([{"port": 8080, "endPort": 8080}], 8080, "TCP", YES),
        ([{"port": 8000, "endPort": 8079}], 8080, "TCP", NO),
        ([{"port": 8081, "endPort": 8000}], 8080, "TCP", OPEN),
        ([{"endPort": 8080}], 8080, "TCP", OPEN),
        ([{"port": "http", "endPort": 9000}], 8080, "TCP", OPEN),
        ([{"port": 8000, "endPort": "${END}"}], 8080, "TCP", OPEN),
    ],
)
def test_ports(ports: Any, port: int | str | None, protocol: str, expected: State) -> None:
    assert answer({"ingress": [{"ports": ports}]}, "api", port, protocol) is expected


@pytest.mark.parametrize(
    ("ports", "port", "expected"),
    [
        ([{"name": "http", "containerPort": 80}, {"name": "http", "containerPort": 81}], 80, YES),
        ([{"name": "http", "containerPort": 80}, {"name": "http", "containerPort": 81}], 81, OPEN),
        ([{"name": "http", "containerPort": "${PORT}"}], 80, OPEN),
        ([{"name": "${NAME}", "containerPort": 80}], 80, OPEN),
        ([{"name": "other", "containerPort": 80}], 80, NO),
    ],
)
def test_names_of_ports_are_the_pod_s_own(ports: Any, port: int, expected: State) -> None:
    policy = policy_data("shop", {"ingress": [{"ports": [{"port": "http"}]}]})
    isolation, pods = isolation_of([pod_data("web", "shop", {}, ports), policy])
    assert isolation.of(pods["web"]).admits(Sender.OUTSIDE, port) is expected


BLOCKS: tuple[tuple[Any, dict[str | Sender, State]], ...] = (
    (
        [{"cidr": "0.0.0.0/0"}],
        {"203.0.113.7": YES, "10.0.0.1": YES, "fd00::1": NO, Sender.OUTSIDE: YES, Sender.NODE: YES},
    ),
    ([{"cidr": "::/0"}], {"203.0.113.7": NO, "2001:db8::1": YES, Sender.OUTSIDE: OPEN, Sender.NODE: OPEN}),
    (
        [{"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]}],
        {"203.0.113.7": YES, "10.0.0.1": NO, "172.32.0.1": YES, Sender.OUTSIDE: YES, Sender.NODE: OPEN},
    ),
    (
        [{"cidr": "203.0.113.0/24"}],
        {
            "203.0.113.0/24": YES,
            "203.0.113.128/25": YES,
            "203.0.112.0/23": OPEN,
            "203.0.114.0/24": NO,
            Sender.OUTSIDE: OPEN,
        },
    ),
    ([{"cidr": "10.0.0.0/8"}], {"203.0.113.7": NO, Sender.OUTSIDE: OPEN, Sender.NODE: OPEN}),
    ([{"cidr": "0.0.0.0/1"}, {"cidr": "128.0.0.0/1"}], {"0.0.0.0/0": YES, Sender.OUTSIDE: YES, Sender.NODE: YES}),
    ([{"cidr": "0.0.0.0/1"}], {"0.0.0.0/0": OPEN, Sender.OUTSIDE: OPEN}),
    ([{"cidr": "10.0.0.0/8", "except": ["10.0.0.0/9", "10.128.0.0/9"]}], {"10.0.0.1": NO, Sender.OUTSIDE: NO}),
    ([{"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}], {"10.0.0.1": OPEN}),  # refused: no strict subset
    ([{"cidr": "10.0.0.0/8", "except": ["11.0.0.0/9"]}], {"10.0.0.1": OPEN}),
    ([{"cidr": "10.0.0.0/8", "except": ["fd00::/16"]}], {"10.0.0.1": OPEN}),
    ([{"cidr": "10.0.0.0/8", "except": "10.0.0.0/9"}], {"10.0.0.1": OPEN}),
    ([{"cidr": "10.0.0.0/33"}], {"10.0.0.1": OPEN}),
    ([{"cidr": "10.0.0.1"}], {"10.0.0.1": OPEN}),
    ([{"cidr": "10.0.0.7/8"}], {"10.9.0.1": YES}),
)


@pytest.mark.parametrize(("blocks", "expected"), BLOCKS)
def test_blocks_of_addresses(blocks: Any, expected: dict[str | Sender, State]) -> None:
    spec = {"ingress": [{"from": [{"ipBlock": block} for block in blocks]}]}
    assert {peer: answer(spec, peer) for peer in expected} == expected


@pytest.mark.parametrize("peer", [Sender.OUTSIDE, Sender.NODE, "203.0.113.7"])
def test_selectors_admit_nobody_outside(peer: str | Sender) -> None:
    assert answer({"ingress": [{"from": [{"namespaceSelector": {}}, {"podSelector": {}}]}]}, peer) is NO
    assert answer({"ingress": [{}]}, peer) is YES


def test_a_pod_s_own_node_reaches_it() -> None:
    assert answer({}, Sender.OWN_NODE) is YES
    assert answer({}, Sender.NODE) is NO


def host_network(pod: Any, value: Any = True) -> Any:
    return {**pod, "spec": {**pod["spec"], "hostNetwork": value}}


def test_policies_do_not_hold_for_pods_with_host_network() -> None:
    isolation, pods = isolation_of([host_network(WEB), policy_data("shop", {})])
    found = isolation.of(pods["web"])
    verdict = found.verdict(Sender.OUTSIDE, 8080)
    assert (verdict.state, verdict.why.reason, found.isolates) == (YES, Reason.POLICIES_SPARE_HOST_NETWORK, NO)


def test_whether_policies_hold_may_be_filled_in() -> None:
    isolation, pods = isolation_of([host_network(WEB, "${HOST}"), policy_data("shop", {})])
    assert isolation.of(pods["web"]).admits(Sender.OUTSIDE, 8080) is OPEN
    isolation, pods = isolation_of([host_network(WEB, "${HOST}"), policy_data("shop", {"ingress": [{}]})])
    assert isolation.of(pods["web"]).admits(Sender.OUTSIDE, 8080) is YES


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ({"namespaceSelector": {"matchLabels": {"team": "edge"}}}, OPEN),  # each network plugin as it likes
        ({"namespaceSelector": {"matchLabels": {"team": "shop"}}}, NO),
        ({"ipBlock": {"cidr": "0.0.0.0/0"}}, YES),
        ({"ipBlock": {"cidr": "10.0.0.0/8"}}, OPEN),
    ],
)
def test_a_sender_with_host_network_looks_like_its_node(peer: Any, expected: State) -> None:
    policy = policy_data("shop", {"ingress": [{"from": [peer]}]})
    isolation, pods = isolation_of([WEB, SHOP, EDGES, host_network(EDGE), policy])
    assert isolation.of(pods["web"]).admits(pods["edge"], 8080) is expected


# What is not known


@pytest.mark.parametrize(
    ("pod", "policy", "expected"),
    [
        ("", "", NO),
        ("shop", "shop", NO),
        ("shop", "other", YES),
        ("shop", "", OPEN),
        ("", "shop", OPEN),
        ("${NS}", "${NS}", NO),
        ("${NS}", "shop", OPEN),
    ],
)
def test_namespaces_that_are_left_open(pod: str, policy: str, expected: State) -> None:
    isolation, pods = isolation_of([pod_data("web", pod, {}), policy_data(policy, {})])
    assert isolation.of(pods["web"]).admits(Sender.OUTSIDE, 80) is expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"app": "web"}, NO),
        ({"app": "api"}, YES),
        ({"app": "${APP}"}, OPEN),
        ({"${KEY}": "web"}, OPEN),
        ("${LABELS}", OPEN),
    ],
)
def test_labels_that_are_to_be_filled_in(labels: Any, expected: State) -> None:
    pod = pod_data("web", "shop", {})
    pod["metadata"]["labels"] = labels
    isolation, pods = isolation_of([pod, policy_data("shop", {"podSelector": {"matchLabels": {"app": "web"}}})])
    assert isolation.of(pods["web"]).admits(Sender.OUTSIDE, 80) is expected


def test_a_possible_policy_that_admits_all_the_same_changes_nothing() -> None:
    isolation, pods = isolation_of([pod_data("web", "shop", {}), policy_data("", {"ingress": [{}]})])
    found = isolation.of(pods["web"])
    assert (found.admits(Sender.OUTSIDE, 80), found.isolates) == (YES, OPEN)


@pytest.mark.parametrize(
    ("namespaces", "expected"),
    [
        ((), OPEN),
        ((namespace_data("edge", {}),), NO),
        ((namespace_data("edge", {"team": "edge"}),), YES),
        ((namespace_data("edge", {"team": "${TEAM}"}),), OPEN),
        ((namespace_data("edge", {"team": "edge"}), namespace_data("edge", {"team": "edge", "a": "b"})), YES),
        ((namespace_data("edge", {"team": "edge"}), namespace_data("edge", {})), OPEN),
    ],
)
def test_labels_of_namespaces_are_known_where_a_manifest_has_them(namespaces: Any, expected: State) -> None:
    policy = policy_data("shop", {"ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"team": "edge"}}}]}]})
    isolation, pods = isolation_of([WEB, EDGE, policy, *namespaces])
    assert isolation.of(pods["web"]).admits(pods["edge"], 8080) is expected


def test_in_a_closed_world_a_namespace_without_a_manifest_has_its_name_alone() -> None:
    policy = policy_data("shop", {"ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"team": "edge"}}}]}]})
    index = Index(resources_of([WEB, EDGE, policy]))
    scope = Scope(index, Target(is_closed_world=True), index, frozenset(("a.yaml",)), {})
    web, edge = index.pods
    assert Isolation(scope).of(web).admits(edge, 8080) is NO


@pytest.mark.parametrize(
    ("pod", "policy", "spec", "expected"),
    [
        ("shop", "shop", {}, OPEN),
        ("shop", "other", {}, YES),
        ("shop", "", {}, YES),  # for every pod of some namespace
        ("", "", {}, YES),
        ("", "", {"podSelector": {"matchLabels": {"app": "web"}}}, OPEN),
        ("shop", "", {"podSelector": {"matchLabels": {"app": "web"}}}, OPEN),
        ("shop", "shop", {"podSelector": {"matchLabels": {"app": "api"}}}, YES),
        ("shop", "shop", {"policyTypes": ["Egress"]}, YES),
        ("shop", "shop", {"ingress": [{}]}, YES),
    ],
)
def test_policies_of_another_bundle_may_be_in_force(pod: str, policy: str, spec: Any, expected: State) -> None:
    isolation, pods = isolation_of([pod_data("web", pod, {"app": "web"})], [policy_data(policy, spec)])
    assert isolation.of(pods["web"]).admits(Sender.OUTSIDE, 80) is expected


def test_the_bundle_s_own_policies_come_first() -> None:
    isolation, pods = isolation_of([WEB, policy_data("shop", {})], [policy_data("shop", {"ingress": [{}]})])
    assert isolation.of(pods["web"]).admits(Sender.OUTSIDE, 8080) is NO


def test_what_could_not_be_read_may_hold_policies() -> None:
    resources = resources_of([WEB, policy_data("shop", {"podSelector": {"matchLabels": {"app": "api"}}})])
    index = Index(resources, ["kind: NetworkPolicy\n{{ if }}"])
    isolation = Isolation(Scope(index, Target(), Index(resources), frozenset(("a.yaml",)), {}))
    verdict = isolation.of(index.pods[0]).verdict(Sender.OUTSIDE, 80)
    assert (verdict.state, verdict.why.reason) == (OPEN, Reason.HIDDEN_POLICIES)
    assert isolation.of(index.pods[0]).isolates is OPEN


# Policies of other kinds


def other(api_version: str, kind: str, spec: Any, namespace: str = "shop") -> Any:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "namespace": namespace}, "spec": spec}


def cilium(spec: Any, namespace: str = "shop") -> Any:
    return other(CILIUM, "CiliumNetworkPolicy", spec, namespace)


CILIUM, CALICO, CRD = "cilium.io/v2", "projectcalico.org/v3", "crd.projectcalico.org/v1"
ADMIN, ISTIO, ANTREA = "policy.networking.k8s.io/v1alpha1", "security.istio.io/v1", "crd.antrea.io/v1beta1"
IN_SHOP = {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}


@pytest.mark.parametrize(
    ("policy", "may_decide"),
    [
        (cilium({"endpointSelector": {}, "ingress": [{}]}), True),
        (cilium({"endpointSelector": {}, "ingress": []}), True),
        (cilium({"endpointSelector": {}, "ingressDeny": [{}]}), True),
        (cilium({"endpointSelector": {}, "egress": [{}]}), False),
        (cilium({"endpointSelector": {}, "ingress": [{}]}, "edge"), False),
        (
            other(
                CILIUM, "CiliumNetworkPolicy", {"endpointSelector": {"matchLabels": {"k8s:app": "web"}}, "ingress": []}
            ),
            True,
        ),
        (
            other(
                CILIUM, "CiliumNetworkPolicy", {"endpointSelector": {"matchLabels": {"any:app": "api"}}, "ingress": []}
            ),
            False,
        ),
        (
            cilium({"endpointSelector": {"matchLabels": {"app": "api"}}, "ingress": []}),
            False,
        ),
        (
            other(
                CILIUM,
                "CiliumClusterwideNetworkPolicy",
                {"endpointSelector": {"matchLabels": {"k8s:io.kubernetes.pod.namespace": "edge"}}, "ingress": []},
            ),
            True,
        ),
        (other(CILIUM, "CiliumClusterwideNetworkPolicy", {"endpointSelector": {}, "ingress": []}, "edge"), True),
        (other(CILIUM, "CiliumClusterwideNetworkPolicy", {"nodeSelector": {}, "ingress": []}), False),
        (other(CALICO, "NetworkPolicy", {}), True),
        (other(CALICO, "NetworkPolicy", {"selector": "all()", "types": ["Ingress"]}), True),
        (other(CALICO, "NetworkPolicy", {"types": ["Egress"]}), False),
        (other(CALICO, "NetworkPolicy", {"egress": [{"action": "Allow"}]}), False),
        (other(CALICO, "NetworkPolicy", {}, "edge"), False),
        (other(CRD, "NetworkPolicy", {"selector": "app == 'web'"}), True),
        (other(CRD, "NetworkPolicy", {"selector": 'app == "api"'}), False),
        (other(CRD, "NetworkPolicy", {"selector": "app == 'web' && tier == 'front'"}), False),
        (other(CRD, "NetworkPolicy", {"selector": "app != 'web'"}), True),  # not read
        (other(CALICO, "GlobalNetworkPolicy", {"selector": "all()"}, ""), True),
        (other(CALICO, "GlobalNetworkPolicy", {"namespaceSelector": "team == 'edge'"}, ""), False),
        (other(CALICO, "GlobalNetworkPolicy", {"namespaceSelector": "team == 'shop'"}, ""), True),
        (other(ADMIN, "AdminNetworkPolicy", {"subject": {"namespaces": IN_SHOP}, "ingress": [{}]}, ""), True),
        (other(ADMIN, "AdminNetworkPolicy", {"subject": {"namespaces": IN_SHOP}, "egress": [{}]}, ""), False),
        (
            other(
                ADMIN,
                "AdminNetworkPolicy",
                {
                    "subject": {"pods": {"namespaceSelector": IN_SHOP, "podSelector": {"matchLabels": {"app": "x"}}}},
                    "ingress": [{}],
                },
                "",
            ),
            False,
        ),
        (other(ADMIN, "BaselineAdminNetworkPolicy", {"subject": {"namespaces": {}}, "ingress": [{}]}, ""), True),
        (other(ISTIO, "AuthorizationPolicy", {}), True),
        (other(ISTIO, "AuthorizationPolicy", {}, "edge"), False),
        (other(ISTIO, "AuthorizationPolicy", {}, "istio-system"), True),
        (other(ISTIO, "AuthorizationPolicy", {"selector": {"matchLabels": {"app": "api"}}}), False),
        (other(ANTREA, "ClusterNetworkPolicy", {"appliedTo": [{"podSelector": {}}], "ingress": [{}]}, ""), True),
        (other(ANTREA, "NetworkPolicy", {"appliedTo": [{"podSelector": {}}], "egress": [{}]}), False),
        (other("example.com/v1", "NetworkPolicy", {}), False),
    ],
)
def test_policies_of_other_kinds_make_the_answer_unknown(policy: Any, may_decide: bool) -> None:
    cases: tuple[tuple[Any, State], ...] = (({}, NO), ({"ingress": [{}]}, YES))
    for spec, known in cases:
        isolation, pods = isolation_of([WEB, API, SHOP, EDGES, policy, policy_data("shop", spec)])
        if policy["kind"] != "BaselineAdminNetworkPolicy":
            assert isolation.of(pods["web"]).admits(Sender.OUTSIDE, 8080) is (OPEN if may_decide else known)
    isolation, pods = isolation_of([WEB, SHOP, EDGES, policy])
    verdict = isolation.of(pods["web"]).verdict(Sender.OUTSIDE, 8080)
    assert (verdict.state, verdict.why.reason) == (
        (OPEN, Reason.OTHER_POLICY) if may_decide else (YES, Reason.NO_POLICY)
    )


def test_a_baseline_gives_way_to_network_policies() -> None:
    baseline = other(ADMIN, "BaselineAdminNetworkPolicy", {"subject": {"namespaces": {}}, "ingress": [{}]}, "")
    isolation, pods = isolation_of(
        [WEB, API, SHOP, baseline, policy_data("shop", {"podSelector": {"matchLabels": {"app": "web"}}})]
    )
    assert isolation.of(pods["web"]).admits(Sender.OUTSIDE, 8080) is NO
    assert isolation.of(pods["api"]).admits(Sender.OUTSIDE, 8080) is OPEN


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (other(CILIUM, "CiliumClusterwideNetworkPolicy", {"nodeSelector": {}, "ingress": []}, ""), OPEN),
        (cilium({"endpointSelector": {}, "ingress": []}), YES),
        (other(CALICO, "GlobalNetworkPolicy", {}, ""), OPEN),
        (other(CALICO, "NetworkPolicy", {}), YES),
    ],
)
def test_policies_for_nodes_hold_for_pods_with_host_network(policy: Any, expected: State) -> None:
    isolation, pods = isolation_of([host_network(WEB), policy])
    assert isolation.of(pods["web"]).admits(Sender.OUTSIDE, 8080) is expected


# Where it says so

POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
    - ports: [{port: 9090}]
    - from:
        - podSelector: {matchLabels: {app: api}}
        - ipBlock: {cidr: 203.0.113.0/24}
      ports: [{port: 8080}]
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, labels: {app: api}}
spec: {containers: [{name: api, image: api}]}
"""


@pytest.mark.parametrize(
    ("peer", "port", "expected", "line"),
    [
        ("api", 8080, (YES, Reason.RULE_ADMITS), 9),
        ("api", 9090, (YES, Reason.RULE_ADMITS), 7),
        ("api", 80, (NO, Reason.NO_RULE_ADMITS), 6),
        ("web", 8080, (OPEN, Reason.SOME_ADDRESSES), 10),
        ("outside", 8080, (OPEN, Reason.SOME_ADDRESSES), 10),
        ("203.0.113.9", 8080, (YES, Reason.RULE_ADMITS), 10),
        ("outside", None, (OPEN, Reason.RULE_NOT_KNOWN), 10),
    ],
)
def test_what_decides_has_a_place(
    graph_of: GraphOf, peer: str, port: int | None, expected: tuple[State, Reason], line: int
) -> None:
    graph = graph_of(POLICY)
    pods = {pod.workload.name: pod for pod in graph.pods}
    sender = pods.get(peer) or (Sender.OUTSIDE if peer == "outside" else AddressSet.of(peer))
    assert sender is not None
    verdict = graph.policies(pods["web"]).verdict(sender, port)
    assert (verdict.state, verdict.why.reason) == expected
    assert str(verdict.policy) == "NetworkPolicy web"
    assert verdict.at is not None
    assert verdict.at.span.line == line


def test_no_policy_has_no_place(graph_of: GraphOf) -> None:
    graph = graph_of(POLICY)
    (api,) = (pod for pod in graph.pods if pod.workload.name == "api")
    found = graph.policies(api)
    assert found.isolates is NO
    assert found.verdict(Sender.OUTSIDE, 80).why.reason is Reason.NO_POLICY
    assert found.verdict(Sender.OWN_NODE, 80).why.reason is Reason.OWN_NODE
    assert graph.policies(next(pod for pod in graph.pods if pod is not api)).isolates is YES


def test_only_private_addresses_may_stand_for_a_rewritten_one() -> None:
    isolation, pods = isolation_of(
        [WEB, policy_data("shop", {"ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]})]
    )
    assert isolation.of(pods["web"]).verdict(Sender.OUTSIDE, 80).why.reason is Reason.ADDRESS_REWRITTEN


# Sets of addresses


def test_sets_of_addresses() -> None:
    assert AddressSet.of("10.0.0.0/8", "11.0.0.0/8") == AddressSet.of("10.0.0.0/7")
    assert AddressSet.of("10.0.0.1") == AddressSet.of("10.0.0.1/32") == AddressSet.of("10.0.0.1-10.0.0.1")
    assert AddressSet.of("10.0.0.0-10.0.0.255") == AddressSet.of("10.0.0.0/24")
    assert AddressSet.of("fd00::1-fd00::2") == AddressSet.of("fd00::1", "fd00::2")
    assert AddressSet.of("::ffff:10.0.0.0/104") == AddressSet.of("10.0.0.0/8")
    assert AddressSet.of("0.0.0.0/0") == ALL_IPV4
    assert AddressSet.of("::/0") == ALL_IPV6
    assert AddressSet.of() == AddressSet()
    assert not AddressSet()
    assert AddressSet() == ALL_IPV4 - ALL_IPV4
    assert AddressSet.union((ALL_IPV4, ALL_IPV6)).ranges == (*ALL_IPV4.ranges, *ALL_IPV6.ranges)


@pytest.mark.parametrize(
    "text",
    ["", "x", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/-1", "10.0.0.2-10.0.0.1", "10.0.0.1-fd00::1", "10.0.0.1-", "-"],
)
def test_texts_that_are_no_addresses(text: str) -> None:
    assert AddressSet.of(text) is None


@pytest.mark.parametrize(
    ("address", "is_private"),
    [
        ("10.1.2.3", True),
        ("172.15.255.255", False),
        ("172.16.0.0", True),
        ("172.31.255.255", True),
        ("172.32.0.0", False),
        ("192.168.0.1", True),
        ("100.64.0.1", True),
        ("100.128.0.1", False),
        ("203.0.113.1", False),
        ("fd12::1", True),
        ("2001:db8::1", False),
    ],
)
def test_private_addresses(address: str, is_private: bool) -> None:
    found = AddressSet.of(address)
    assert found is not None
    assert private_addresses().covers(found) == is_private
    if found.ipv4:
        assert public_ipv4_addresses().covers(found) != is_private


NUMBER = st.integers(0, 2**12)


@given(st.lists(st.tuples(NUMBER, NUMBER)), st.lists(st.tuples(NUMBER, NUMBER)))
def test_sets_of_addresses_are_sets(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    def both(ranges: list[tuple[int, int]]) -> tuple[AddressSet, set[int]]:
        ordered = [(min(item), max(item)) for item in ranges]
        texts = [f"{ip_address(low)}-{ip_address(high)}" for low, high in ordered]
        found = AddressSet.of(*texts)
        assert found is not None
        return found, {number for low, high in ordered for number in range(low, high + 1)}

    (one, ones), (other, others) = both(first), both(second)
    assert one.covers(other) == (ones >= others)
    assert one.overlaps(other) == bool(ones & others)
    left = {number for low, high in (one - other).ranges for number in range(low, high + 1)}
    assert left == ones - others


# Growth


def grown(make: str) -> Any:
    """A world of so many pods and policies, each about its own pod."""
    return {
        "labels": lambda n: (
            [pod_data(f"p{i}", "shop", {"app": f"a{i}", "team": "t"}) for i in range(n)]
            + [
                policy_data("shop", {"podSelector": {"matchLabels": {"team": "t", "app": f"a{i}"}}, "ingress": [{}]})
                for i in range(n)
            ]
        ),
        "expressions": lambda n: (
            [pod_data(f"p{i}", "", {"app": f"a{i}"}) for i in range(n)]
            + [
                policy_data(
                    "",
                    {"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": [f"a{i}", "x"]}]}},
                )
                for i in range(n)
            ]
        ),
        "namespaces": lambda n: (
            [pod_data(f"p{i}", f"n{i}", {"app": "web"}) for i in range(n)]
            + [policy_data(f"n{i}", {}) for i in range(n)]
            + [policy_data(f"n{i}", {"podSelector": {"matchLabels": {"app": "web"}}}) for i in range(n)]
        ),
        "cilium": lambda n: (
            [pod_data(f"p{i}", "shop", {"app": f"a{i}"}) for i in range(n)]
            + [
                other(
                    CILIUM,
                    "CiliumNetworkPolicy",
                    {"endpointSelector": {"matchLabels": {"app": f"a{i}"}}, "ingress": []},
                )
                for i in range(n)
            ]
        ),
    }[make]


@pytest.mark.parametrize("make", ["labels", "expressions", "namespaces", "cilium"])
def test_policies_and_pods_do_not_multiply(make: str) -> None:
    def ask(objects: Any) -> None:
        isolation, pods = isolation_of(objects)
        for pod in pods.values():
            isolation.of(pod).verdict(Sender.OUTSIDE, 80)

    assert_linear(grown(make), ask, start=200)


def test_many_blocks_of_addresses() -> None:
    def world(n: int) -> Any:
        blocks = [
            {"ipBlock": {"cidr": f"10.{i // 256 % 256}.{i % 256}.0/24", "except": []}} for i in range(0, 2 * n, 2)
        ]
        return [WEB, policy_data("shop", {"ingress": [{"from": blocks}]})]

    def ask(objects: Any) -> None:
        isolation, pods = isolation_of(objects)
        isolation.of(pods["web"]).verdict(Sender.OUTSIDE, 80)

    assert_linear(world, ask, start=500)


def test_policies_and_ways_do_not_multiply(graph_of: GraphOf) -> None:
    def world(n: int) -> Any:
        return graph_of(
            "".join(
                f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p{i}, labels: {{app: a{i}}}}}\n"
                f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{i}}}\n"
                f"spec: {{type: NodePort, selector: {{app: a{i}}}, ports: [{{port: 80}}]}}\n"
                for i in range(n)
            )
            + "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {}\n"
        )

    def ask(graph: Any) -> None:
        graph.__dict__.pop("blockades", None)
        (blockade,) = graph.blockades
        assert blockade.policy.name == "deny"

    assert_linear(world, ask, start=100)

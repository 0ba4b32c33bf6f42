"""The podSelectors of NetworkPolicies → pods: found by index as by scan, and without multiplying."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint import State
from klint.exposure.pod_selectors import PodSelectors
from klint.exposure.scope import Scope
from klint.kube.index import Index
from klint.kube.network_policy import NetworkPolicy
from klint.kube.pod_index import PodIndex
from klint.kube.selector import label_selector_admits
from klint.workspace.target import Target
from tests.growth import assert_linear
from tests.test_policies import Chance, pod_data, policy_data, resources_of, with_holes

if TYPE_CHECKING:
    from tests.conftest import GraphOf


@given(st.integers(0, 2**64))
def test_the_index_finds_what_a_scan_finds(seed: int) -> None:
    chance = Chance(seed)
    pods = Index(resources_of([with_holes(chance, item) for item in chance.world() if item["kind"] == "Pod"])).pods
    index, namespaces = PodIndex(pods), ("one", "two", "")
    for _ in range(10):
        selector, namespace = with_holes(chance, chance.selector()), chance.random.choice(namespaces)
        expected = {
            pod.workload.name: answer is True
            for pod in pods
            if not namespace or pod.namespace in (namespace, "${PLACE}")
            if (answer := label_selector_admits(selector, pod.known_labels)) is not False
        }
        assert {pod.workload.name: known for pod, known in index.selected(selector, namespace)} == expected


MANIFESTS = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: SELECTOR}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web, tier: front}}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop, labels: {app: api}}
"""


@pytest.mark.parametrize(
    ("selector", "state", "names"),
    [
        ("{}", State.RESOLVED, "web api"),
        ("{matchLabels: {app: web}}", State.RESOLVED, "web"),
        ("{matchExpressions: [{key: app, operator: In, values: [api, web]}]}", State.RESOLVED, "api web"),
        ("{matchExpressions: [{key: tier, operator: DoesNotExist}]}", State.RESOLVED, "api"),
        ("{matchLabels: {app: wep}}", State.BROKEN, ""),
        ("{matchLabels: {app: web, job-name: x}}", State.UNKNOWN, ""),
        ("{matchLabels: {app: '${APP}'}}", State.UNKNOWN, ""),
        ("{matchExpressions: [{key: zone, operator: Exists}]}", State.UNKNOWN, ""),
        ("app=web", State.UNKNOWN, ""),
    ],
)
def test_the_pods_of_a_policy(graph_of: GraphOf, selector: str, state: State, names: str) -> None:
    graph = graph_of(MANIFESTS.replace("SELECTOR", selector))
    found = graph.selected_by(graph.network_policies[0])
    assert found.hop.state is state
    assert [pod.workload.name for pod in found.pods] == names.split()


def test_what_could_not_be_rendered_may_have_the_pods() -> None:
    resources = resources_of([pod_data("web", "shop", {"app": "web"}), policy_data("shop", _asking_for("batch"))])
    for unread, expected in ([], State.BROKEN), (["app: batch"], State.UNKNOWN):
        scope = Scope(Index(resources, unread), Target(), Index(resources), frozenset(("a.yaml",)), {})
        (policy,) = scope.own.of_type(NetworkPolicy)
        assert PodSelectors(scope, lambda _: None).of_policy(policy).hop.state is expected


def _asking_for(value: str) -> Any:
    selector = {"matchLabels": {"app": value}}
    return {"podSelector": selector, "ingress": [{"from": [{"podSelector": selector}]}]}


@pytest.mark.parametrize("suffix", ["", "-x"])
def test_policies_and_pods_do_not_multiply(suffix: str) -> None:
    def world(n: int) -> Any:
        pods = [pod_data(f"p{i}", "shop", {"app": f"a{i}", "team": "t"}) for i in range(n)]
        return resources_of([*pods, *(policy_data("shop", _asking_for(f"a{i}{suffix}"), f"n{i}") for i in range(n))])

    def ask(resources: Any) -> None:
        scope = Scope(Index(resources), Target(), Index(resources), frozenset(("a.yaml",)), {})
        selectors = PodSelectors(scope, lambda _: None)
        for policy in scope.own.of_type(NetworkPolicy):
            selectors.of_policy(policy)
            for peer in policy.peers:
                selectors.of_peer(policy, peer)

    assert_linear(world, ask, start=200)

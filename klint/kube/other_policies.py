"""Policies of other kinds than NetworkPolicy that may admit or refuse what comes in to a pod.

klint does not evaluate them: it knows which pods they may select, and says of these that it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from klint.kube.policy_index import Subject
from klint.kube.resource import Resource, mapping, sequence, string

ISTIO_ROOT_NAMESPACE = "istio-system"
"""Policies in here hold for the whole mesh (meshConfig.rootNamespace's default)."""


def other_subjects(resource: Resource) -> Iterator[Subject]:
    """The pods that a policy of another kind may limit the ingress of; nothing for whatever else."""
    read = _KINDS.get((resource.group, resource.kind))
    return iter(()) if read is None else read(resource)


def is_other_policy(resource: Resource) -> bool:
    """Whether it is a policy of another kind that may limit what comes in to a pod."""
    return (resource.group, resource.kind) in _KINDS


def _cilium(resource: Resource) -> Iterator[Subject]:
    """Only sections that are there isolate. Source: docs.cilium.io security/policy/intro, Rule Basics."""
    namespace = resource.namespace if resource.kind == "CiliumNetworkPolicy" else None
    for spec in map(mapping, [resource.get("spec"), *sequence(resource.get("specs"))]):
        if "ingress" in spec or "ingressDeny" in spec:
            is_for_nodes = "nodeSelector" in spec
            pods = None if is_for_nodes else _cilium_selector(spec.get("endpointSelector"))
            yield Subject(resource, namespace, pods, is_for_pods=not is_for_nodes, is_for_nodes=is_for_nodes)


_CILIUM_SOURCE = re.compile(r"(?:k8s|any)[:.]")
_CILIUM_OWN = re.compile(r"io\.cilium|io\.kubernetes|reserved|cidr|[a-z]+:")


def _cilium_selector(selector: Any) -> Any:
    """The same without the source that Cilium lets stand before a key (`k8s:app`), where it asks for nothing else."""
    pairs = {
        _CILIUM_SOURCE.sub("", str(key), count=1): value
        for key, value in mapping(mapping(selector).get("matchLabels")).items()
    }
    expressions = [
        {**item, "key": _CILIUM_SOURCE.sub("", string(item.get("key")), count=1)}
        for item in map(mapping, sequence(mapping(selector).get("matchExpressions")))
    ]
    if any(map(_CILIUM_OWN.match, (*pairs, *(item["key"] for item in expressions)))):
        return "keys of Cilium's own"
    return {"matchLabels": pairs, "matchExpressions": expressions} if isinstance(selector, dict | None) else selector


def _calico(resource: Resource) -> Iterator[Subject]:
    """Source: docs.tigera.io calico reference/resources networkpolicy and globalnetworkpolicy: types, selector."""
    spec = mapping(resource.get("spec"))
    types = sequence(spec.get("types")) or (["Ingress"] if "ingress" in spec or "egress" not in spec else [])
    if types in ([], ["Egress"]):
        return
    is_global = resource.kind == "GlobalNetworkPolicy"
    namespaces = _calico_selector(spec.get("namespaceSelector")) if is_global else None
    pods = _calico_selector(spec.get("selector"))
    yield Subject(resource, None if is_global else resource.namespace, pods, namespaces, is_for_nodes=is_global)


_CALICO_TERM = re.compile(r"\s*([\w./-]+)\s*==\s*(?:'([^']*)'|\"([^\"]*)\")\s*\Z")


def _calico_selector(selector: Any) -> Any:
    """A LabelSelector for `all()` or equalities joined by `&&`; else the expression as it is."""
    text = selector.strip() if isinstance(selector, str) else selector
    if text in (None, "", "all()"):
        return None
    terms = [_CALICO_TERM.match(term) for term in string(text).split("&&")]
    if not all(terms):
        return text
    return {"matchLabels": {term[1]: term[2] or term[3] or "" for term in terms if term}}


def _admin(resource: Resource) -> Iterator[Subject]:
    """Source: sigs.k8s.io/network-policy-api apis/v1alpha1 and v1alpha2: subject, and an empty ingress admits nothing
    and refuses nothing."""
    if not resource.get("spec", "ingress"):
        return
    subject = mapping(resource.get("spec", "subject"))
    pods = mapping(subject.get("pods"))
    is_baseline = resource.kind == "BaselineAdminNetworkPolicy" or resource.get("spec", "tier") == "Baseline"
    yield Subject(
        resource,
        None,
        pods.get("podSelector"),
        pods.get("namespaceSelector", subject.get("namespaces")),
        is_baseline=is_baseline,
    )


def _istio(resource: Resource) -> Iterator[Subject]:
    """Source: istio.io docs/reference/config/security/authorization-policy: selector, root namespace."""
    namespace = None if resource.namespace == ISTIO_ROOT_NAMESPACE else resource.namespace
    unknown = "targetRefs" if resource.get("spec", "targetRefs") or resource.get("spec", "targetRef") else None
    yield Subject(resource, namespace, unknown or resource.get("spec", "selector"))


def _antrea(resource: Resource) -> Iterator[Subject]:
    """Source: antrea.io docs/antrea-network-policy.md: appliedTo, of the policy or of each rule."""
    if resource.get("spec", "ingress"):
        yield Subject(resource, resource.namespace if resource.kind == "NetworkPolicy" else None, "appliedTo")


_KINDS: Mapping[tuple[str, str], Callable[[Resource], Iterator[Subject]]] = {
    ("cilium.io", "CiliumNetworkPolicy"): _cilium,
    ("cilium.io", "CiliumClusterwideNetworkPolicy"): _cilium,
    ("projectcalico.org", "NetworkPolicy"): _calico,
    ("projectcalico.org", "GlobalNetworkPolicy"): _calico,
    ("crd.projectcalico.org", "NetworkPolicy"): _calico,
    ("crd.projectcalico.org", "GlobalNetworkPolicy"): _calico,
    ("policy.networking.k8s.io", "AdminNetworkPolicy"): _admin,
    ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"): _admin,
    ("policy.networking.k8s.io", "ClusterNetworkPolicy"): _admin,
    ("security.istio.io", "AuthorizationPolicy"): _istio,
    ("crd.antrea.io", "NetworkPolicy"): _antrea,
    ("crd.antrea.io", "ClusterNetworkPolicy"): _antrea,
}

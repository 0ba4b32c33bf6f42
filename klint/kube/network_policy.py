"""NetworkPolicies: which pods they isolate.

Sources: k8s.io/api networking/v1 types.go NetworkPolicySpec; k8s.io/kubernetes pkg/apis/networking/v1/defaults.go
SetDefaults_NetworkPolicy. What the API server refuses is unknown here, for nobody knows what is in force in its stead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from klint.kube.resource import Resource
from klint.kube.selector import KnownLabels, is_empty, label_selector_admits
from klint.kube.ternary import Ternary
from klint.records import cached_property, dataclass

if TYPE_CHECKING:
    from klint.kube.policy_rules import PolicyPeer, PolicyRule


@dataclass(frozen=True, eq=False)
class NetworkPolicy(Resource):
    """A NetworkPolicy of networking.k8s.io."""

    layer = "workload"

    @cached_property
    def isolates_ingress(self) -> Ternary:
        """Whether it limits what comes in: always, unless policyTypes leaves Ingress out."""
        types = self.get("spec", "policyTypes")
        if not isinstance(types, list | None):
            return None
        if not types or "Ingress" in types:
            return True
        return False if set(map(str, types)) == {"Egress"} else None

    @property
    def pod_selector(self) -> Any:
        """spec.podSelector; every pod of the namespace when it is empty or absent."""
        return self.get("spec", "podSelector")

    @property
    def selects_all(self) -> bool:
        """Whether it is about every pod of its namespace."""
        return is_empty(self.pod_selector)

    def selects(self, labels: KnownLabels) -> Ternary:
        """Whether pods with these labels in its namespace are under it."""
        return label_selector_admits(self.pod_selector, labels)

    @cached_property
    def ingress(self) -> tuple[PolicyRule, ...] | None:
        """spec.ingress: nothing comes in that no rule admits. None where it is unknown."""
        from klint.kube.policy_rules import PolicyRule, items

        return items(self, PolicyRule, "spec", "ingress")

    @cached_property
    def egress(self) -> tuple[PolicyRule, ...] | None:
        """spec.egress. None where it is unknown."""
        from klint.kube.policy_rules import PolicyRule, items

        return items(self, PolicyRule, "spec", "egress")

    @property
    def peers(self) -> Iterator[PolicyPeer]:
        """The peers of all its rules, as far as they are known."""
        for rule in (*(self.ingress or ()), *(self.egress or ())):
            yield from rule.peers or ()

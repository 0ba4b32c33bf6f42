"""NetworkPolicies: which pods they isolate."""

from __future__ import annotations

from collections.abc import Mapping

from klint.kube.resource import Resource, sequence
from klint.kube.selector import label_selector_matches
from klint.records import dataclass


@dataclass(frozen=True, eq=False)
class NetworkPolicy(Resource):
    """A NetworkPolicy of networking.k8s.io."""

    layer = "workload"

    @property
    def isolates_ingress(self) -> bool:
        """Whether it limits what comes in: always, unless policyTypes leaves Ingress out.

        Source: k8s.io/api networking/v1 types.go NetworkPolicySpec.PolicyTypes.
        """
        types = sequence(self.get("spec", "policyTypes"))
        return not types or "Ingress" in types

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether pods with these labels in its namespace are under it."""
        return label_selector_matches(self.get("spec", "podSelector"), labels)

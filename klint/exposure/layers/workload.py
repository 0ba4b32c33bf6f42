"""Application pods: the NetworkPolicies that say what comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from klint.exposure.layers.entry import Entries
from klint.kube.network_policy import NetworkPolicy
from klint.kube.workload import PodTemplate, Workload
from klint.records import cached_property, dataclass

if TYPE_CHECKING:
    from klint.exposure.pod_selectors import PodSelectors, SelectedPods
    from klint.exposure.policies import Isolation, Policies
    from klint.kube.policy_rules import PolicyPeer


@dataclass(frozen=True, eq=False, repr=False)
class Pods(Entries):
    """What NetworkPolicies let in to pods."""

    def policies(self, pod: PodTemplate) -> Policies:
        """The NetworkPolicies that say what comes in to a pod: `policies.admits(peer, port)`."""
        return self._isolation.of(pod)

    def selected_by(self, policy: NetworkPolicy) -> SelectedPods:
        """The pods that a NetworkPolicy is about."""
        return self._pod_selectors.of_policy(policy)

    def selected_by_peer(self, policy: NetworkPolicy, peer: PolicyPeer) -> SelectedPods | None:
        """The pods that a peer of a NetworkPolicy's rule means; None where it means addresses or whole namespaces."""
        return self._pod_selectors.of_peer(policy, peer)

    def is_missed_by_policy(self, workload: Workload) -> bool:
        """Whether a NetworkPolicy that selects no pod was most likely meant for its pods."""
        return id(workload) in self._pod_selectors.meant

    @cached_property
    def _isolation(self) -> Isolation:
        from klint.exposure.policies import Isolation

        return Isolation(self._scope)

    @cached_property
    def _pod_selectors(self) -> PodSelectors:
        from klint.exposure.pod_selectors import PodSelectors

        return PodSelectors(self._scope, self.selection)

"""What changes a workload's number of pods from outside it."""

from __future__ import annotations

from klint.kube.resource import Resource, integer, string
from klint.records import dataclass


@dataclass(frozen=True, eq=False)
class Autoscaler(Resource):
    """A HorizontalPodAutoscaler, or KEDA's ScaledObject."""

    @property
    def target_kind(self) -> str:
        """The kind it scales; a Deployment unless given."""
        return string(self.get("spec", "scaleTargetRef", "kind")) or "Deployment"

    @property
    def target_name(self) -> str:
        """The name of what it scales."""
        return string(self.get("spec", "scaleTargetRef", "name"))

    @property
    def max_replicas(self) -> int | None:
        """The most pods it asks for; KEDA's default is 100."""
        if self.kind == "ScaledObject":
            return integer(self.get("spec", "maxReplicaCount")) or 100
        return integer(self.get("spec", "maxReplicas"))

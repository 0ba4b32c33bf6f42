"""What changes a workload's number of pods from outside it."""

from __future__ import annotations

from klint.kube.resource import Resource, integer, string
from klint.records import dataclass
from klint.text.document import Place

_KEDA_DEFAULT = 100
"""Source: keda.sh docs/concepts/scaling-deployments maxReplicaCount."""


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
        """The most pods it asks for; None when that is still to be filled in."""
        found = self.get("spec", self._maximum)
        if found is None and self.kind == "ScaledObject":
            return _KEDA_DEFAULT
        return integer(found)

    @property
    def max_replicas_at(self) -> Place:
        """What says so."""
        return self.at("spec", self._maximum)

    @property
    def _maximum(self) -> str:
        return "maxReplicaCount" if self.kind == "ScaledObject" else "maxReplicas"

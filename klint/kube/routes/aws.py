"""TargetGroupBinding of AWS: a load balancer that somebody else made sends to a Service.

Source: kubernetes-sigs/aws-load-balancer-controller docs/guide/targetgroupbinding/targetgroupbinding.md and spec.md:
`serviceRef.{name, port}`, a number or a name, and `targetType`, which is the target group's own where it is not given.
"""

from __future__ import annotations

from typing import ClassVar

from klint.kube.resource import integer, string
from klint.kube.routes.shape import Backend, Match, PortMeaning, Role, Route
from klint.records import cached_property, dataclass


@dataclass(frozen=True, eq=False)
class TargetGroupBinding(Route):
    """A TargetGroupBinding. What its load balancer listens to is in no manifest."""

    comes_through: ClassVar[str] = "the load balancer of its target group"

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Everything that the load balancer sends."""
        name, value = string(self.get("spec", "serviceRef", "name")), self.get("spec", "serviceRef", "port")
        at = self.at("spec", "serviceRef", "name"), self.at("spec", "serviceRef", "port")
        port = string(value) or integer(value)
        found = Backend(self, name, self.namespace, port, *at, Role.SHARE, PortMeaning.NUMBER_OR_NAME)
        return (Match(self, (), None, (found,) if name else (), self.at("spec", "serviceRef")),)

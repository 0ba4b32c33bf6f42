"""Traffic distribution: Service → pods."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from klint.exposure.layers.resources import Resources
from klint.exposure.selection import Selection, TargetPort, resolve_target_ports, select
from klint.hops import Hop
from klint.kube.namespace import may_be_one_namespace
from klint.kube.resource import strings
from klint.kube.service import Service, ServicePort
from klint.kube.workload import ContainerPort, PodTemplate, Workload
from klint.records import cached_property, dataclass, replace

if TYPE_CHECKING:
    from klint.exposure.declared import Undeclared
    from klint.exposure.governing import Governing
    from klint.kube.workload import Container
    from klint.text.changes import Change


@dataclass(frozen=True, eq=False, repr=False)
class Distribution(Resources):
    """What Services select, and the ports that they lead to."""

    @cached_property
    def selections(self) -> tuple[Selection, ...]:
        """What each Service with a selector selects."""
        return tuple(found for service in self.services if (found := self.selection(service)) is not None)

    @cached_property
    def running_selections(self) -> tuple[Selection, ...]:
        """The same without the pods of workloads that have none: there are no ports of theirs to judge."""
        return tuple(found for service in self.services if (found := self.running_selection(service)) is not None)

    def selection(self, service: Service) -> Selection | None:
        """What a Service selects; None when it has no selector."""
        if id(service) not in self._selections:
            self._selections[id(service)] = select(service, self._scope)
        return self._selections[id(service)]

    def endpoints(self, service: Service) -> Hop | None:
        """The hop from a Service without a selector to what is written in its stead; None where it has one."""
        if service.get("spec", "selector"):
            return None
        from klint.exposure.endpoints import endpoints_hop

        return endpoints_hop(service, self._scope)

    def governing(self, workload: Workload) -> Governing | None:
        """The Service in whose domain a StatefulSet's pods have their names; None where it names none."""
        if not workload.governing_service:
            return None
        from klint.exposure.governing import govern

        return govern(workload, self._scope)

    def governed_by(self, service: Service) -> tuple[Workload, ...]:
        """The bundle's StatefulSets that may have their pods' names from a Service."""
        named = self._own.governed.get(service.name, ())
        return tuple(item for item in named if may_be_one_namespace(item.namespace, service.namespace))

    def _without_idle(self, pods: tuple[PodTemplate, ...]) -> tuple[PodTemplate, ...]:
        """Those of workloads that are not idle; what several Services select is looked through once."""
        if id(pods) not in self._pods_without_idle:
            kept = tuple(pod for pod in pods if id(pod.workload) not in self._idle)
            self._pods_without_idle[id(pods)] = pods, kept
        return self._pods_without_idle[id(pods)][1]

    @cached_property
    def _pods_without_idle(self) -> dict[int, tuple[tuple[PodTemplate, ...], tuple[PodTemplate, ...]]]:
        return {}

    @cached_property
    def target_ports(self) -> tuple[TargetPort, ...]:
        """Every named targetPort of every Service whose pods are known."""
        return tuple(port for service in self.services for port in self.target_ports_of(service))

    def target_port(self, service: Service, port: ServicePort) -> TargetPort | None:
        """What a Service port's named targetPort leads to; None for a number, and where no pods are known."""
        if not self._scope.is_own(service):
            return None
        if id(service) not in self._target_ports:
            self._target_ports[id(service)] = {found.port.path: found for found in self.target_ports_of(service)}
        return self._target_ports[id(service)].get(port.path)

    @cached_property
    def _target_ports(self) -> dict[int, Mapping[tuple[str | int, ...], TargetPort]]:
        """By the identity of the Service, of which the bundle has the ports."""
        return {}

    def ambiguous_ports(self, pod: PodTemplate) -> Iterator[tuple[ContainerPort, ContainerPort]]:
        """Ports of a pod that a Service means by name and does not reach, each with the one that it reaches instead."""
        if len(pod.ports) < 2:
            return iter(())
        from klint.exposure.named_ports import ambiguous_ports

        return ambiguous_ports(pod, self.services_selecting)

    def renamed_port(self, pod: PodTemplate, container: Container, port: ContainerPort) -> tuple[Change, ...]:
        """What gives a port the name that is meant by one that is refused, wherever it is called by it."""
        from klint.exposure.named_ports import renamed_port

        meant = port.name_meant
        return tuple(renamed_port(pod, container, port, meant, self.services_selecting(pod))) if meant else ()

    def services_selecting(self, pod: PodTemplate) -> tuple[Service, ...]:
        """The Services that select a pod: the bundle's, or if it has none the workspace's."""
        return self._scope.services_selecting(pod)

    def is_system_component(self, subject: PodTemplate | Service, namespaces: tuple[str, ...] | None = None) -> bool:
        """Whether a pod, or every pod of a Service, is part of what runs the cluster rather than an application.

        `namespaces` are patterns of those that are kept for such, where they are not the usual ones.
        """
        from klint.kube.system import SYSTEM_NAMESPACES, is_system_component, is_system_namespace

        patterns = SYSTEM_NAMESPACES if namespaces is None else namespaces
        if isinstance(subject, PodTemplate):
            return is_system_component(subject, patterns)
        selection = self.selection(subject)
        pods = selection.pods if selection is not None else ()
        return is_system_namespace(subject.namespace, patterns) or (
            bool(pods) and all(is_system_component(pod, patterns) for pod in pods)
        )

    @cached_property
    def _selections(self) -> dict[int, Selection | None]:
        return {}

    def running_selection(self, service: Service) -> Selection | None:
        """What a Service selects of the pods that are there: those of workloads that are scaled to none are not."""
        found = self.selection(service)
        if found is None or not self._idle:
            return found
        return replace(found, selected=self._scope.pod_set(self._without_idle(found.pods)))

    def target_ports_of(self, service: Service) -> tuple[TargetPort, ...]:
        """Every named targetPort of a Service whose pods are known."""
        if id(service) not in self._target_ports_of:
            selection = self.running_selection(service)
            self._target_ports_of[id(service)] = tuple(resolve_target_ports(selection)) if selection else ()
        return self._target_ports_of[id(service)]

    @cached_property
    def _target_ports_of(self) -> dict[int, tuple[TargetPort, ...]]:
        return {}

    def undeclared_target_ports(self, service: Service) -> Iterator[Undeclared]:
        """The numeric target ports of a Service that none of its pods declares, nor any ConfigMap mentions."""
        if not any(isinstance(port.target, int) for port in service.ports):
            return
        selection = self.running_selection(service)
        if selection is None or not selection.pods:
            return
        from klint.exposure.declared import undeclared_target_ports

        for found in undeclared_target_ports(selection):
            if found.number not in self._configured_numbers:
                yield found

    @cached_property
    def _configured_numbers(self) -> frozenset[int]:
        """The numbers that ConfigMaps have: programs read their ports there, too."""
        maps = (item for item in self.resources if item.kind == "ConfigMap")
        texts = (text for item in maps for text in strings(item.get("data")).values())
        return frozenset(int(digits) for text in texts for digits in re.findall(r"\d+", text) if len(digits) <= 5)

"""Pods of a bundle that none of its Services selects, and Services that select none of its pods: likely pairs."""

from __future__ import annotations

from collections.abc import Mapping

from klint.exposure.candidates import Candidates
from klint.kube.index import Index, grouped
from klint.kube.service import Service
from klint.kube.workload import PodTemplate
from klint.records import cached_property


class Strays(Candidates):
    """Pods that no Service selects. Jobs serve nobody."""

    def __init__(self, index: Index) -> None:
        pods = (pod for pod in index.pods if pod.labels and not pod.workload.is_job and not index.is_selected(pod))
        super().__init__(index, tuple(pods))

    def are_alone(self, service: Service, pod: PodTemplate) -> bool:
        """Whether these two stand in one file, and nothing else there looks for a partner."""
        file = id(service.document.file)
        workloads = {id(other.workload) for other in self._by_file.get(file, ())}
        return workloads == {id(pod.workload)} and self._idle_services.get(file) == [service]

    @cached_property
    def _idle_services(self) -> Mapping[int, list[Service]]:
        """By file, the Services with a selector that matches no pod of the bundle."""
        return grouped(
            (id(service.document.file), service)
            for service in self._index.of_type(Service)
            if service.selector and not self._index.has_pods_with(service.selector, service.namespace)
        )

"""A StatefulSet whose `serviceName` leads to no headless Service that selects its pods."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Workload, rule


@rule(severity="warning")
def statefulset_without_service(workload: Workload, graph: Graph) -> Iterator[Finding]:
    found = graph.governing(workload)
    if found is None or not found.hop.is_broken or not graph.is_running(workload):
        return
    hop, service = found.hop, found.service
    if service is not None:
        what = f"does not resolve to its pods: {hop.why}"
    else:
        what = "does not exist" if hop.certain else "is not defined in the workspace"
        what += f": {hop.why}" if hop.near else ""
    resources = (*((service,) if service is not None else ()), *(near.resource for near in hop.near[:3]))
    yield Finding(
        f"{hop.wants}, which governs {workload}, {what}",
        at=hop.at,
        fix=hop.correction(),
        related=tuple(Related(f"{resource} is here", resource.place) for resource in resources),
    )

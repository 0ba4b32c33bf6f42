"""A Service that also sends requests to pods of a Job, or of another application."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, Service, rule


@rule(severity="warning")
def service_selects_strangers(service: Service, graph: Graph) -> Iterator[Finding]:
    strangers = graph.strangers(service)
    # Pods that lack a named port of the others are target-port-unresolved's.
    if strangers and not any(port.hop.is_broken for port in graph.target_ports_of(service)):
        first, more = strangers[0], len(strangers) - 1
        others = f" and {more} more" if more else ""
        yield Finding(
            f"{service} selects {first.workload}{others} beside {first.beside}: {first.why}",
            at=service.at("spec", "selector"),
            related=tuple(
                Related(f"the labels of {item.workload}", pod.at("metadata", "labels"))
                for item in strangers[:5]
                for pod in item.workload.pods[:1]
            ),
        )

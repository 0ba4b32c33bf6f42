"""A Service behind a route that lets requests in past the route, too, without need."""

from collections.abc import Iterator

from klint import Finding, Fix, Graph, Related, Service, rule

OPENED = {"NodePort": "is a NodePort itself: every node", "LoadBalancer": "has a load balancer of its own, which"}


@rule(severity={"local": None}, otherwise="warning", explained_by=("public", "internal"))
def load_balanced_backend(service: Service, graph: Graph) -> Iterator[Finding]:
    backend = graph.backend_beside_entry(service)
    if backend is not None:
        route = backend.route
        yield Finding(
            f"{service}, a backend of {route}, {OPENED[service.type]} lets requests in past the {route.kind}",
            at=service.at("spec", "type"),
            related=(Related(f"{route} sends to it", backend.name_at),),
            fix=Fix("Make it a ClusterIP Service", service.made_cluster_ip()),
        )

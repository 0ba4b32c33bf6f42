"""Several load balancers for HTTP where one, with an Ingress or a Gateway, would route to all."""

from collections.abc import Iterator

from klint import Finding, Graph, Related, rule


@rule(severity={"local": None}, otherwise="note")
def load_balancer_for_http_routing(graph: Graph) -> Iterator[Finding]:
    services = tuple(graph.http_load_balancers)
    if len(services) > 1:
        first, second, *others = services
        more = f" and {len(others)} more have" if others else " has"
        yield Finding(
            f"{second} has a load balancer of its own for HTTP, as {first}{more}",
            at=second.at("spec", "type"),
            related=tuple(Related(f"that of {item}", item.at("spec", "type")) for item in (first, *others)),
        )

"""Something open to the world that is not declared public, where the configuration requires declarations."""

from collections.abc import Iterator

from klint import Exposure, Finding, Fix, Graph, Safety, rule

ANNOTATION = "klint.dev/exposure"


@rule(severity={"local": None}, otherwise="warning")
def undeclared_exposure(graph: Graph) -> Iterator[Finding]:
    if not graph.target.must_declare_exposure:
        return
    for inlet in graph.inlets_from_world:
        if graph.intent(inlet.resource) is None:
            why = inlet.audience.why
            # Whether it should be is what somebody has to decide.
            change = inlet.resource.setting(str(Exposure.PUBLIC), "metadata", "annotations", ANNOTATION)
            yield Finding(
                f"{inlet} is open to the world, and nothing declares that it should be: {why}",
                at=inlet.at,
                fix=Fix("Declare it public", [change], Safety.SHOWN),
            )

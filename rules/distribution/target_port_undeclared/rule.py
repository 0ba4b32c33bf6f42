"""A Service port whose numeric targetPort none of its pods declares, though they declare others."""

import re
from collections.abc import Iterator

from klint import Finding, Graph, Related, rule
from klint.exposure.declared import undeclared_target_ports
from klint.kube.resource import strings


@rule(severity="note")
def target_port_undeclared(graph: Graph) -> Iterator[Finding]:
    candidates = [found for selection in graph.running_selections for found in undeclared_target_ports(selection)]
    configured = _configured(graph) if candidates else frozenset()
    for found in candidates:
        if str(found.number) in configured:
            continue
        field = "targetPort" if "targetPort" in found.port.data else "port"
        declared = ", ".join(dict.fromkeys(str(port.number) for port in found.pod.ports[:10]))
        yield Finding(
            f"{found.service} sends to port {found.number} of its pods, which none of them declares: "
            f"{found.pod} declares {declared}",
            at=found.port.at(field),
            related=(Related(f"the ports of {found.pod}", found.pod.ports[0].at()),),
        )


def _configured(graph: Graph) -> frozenset[str]:
    """The numbers that ConfigMaps have: programs read their ports there, too."""
    maps = (item for item in graph.resources if item.kind == "ConfigMap")
    texts = (text for item in maps for text in strings(item.get("data")).values())
    return frozenset(number for text in texts for number in re.findall(r"\d+", text))

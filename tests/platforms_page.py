"""docs/platforms.md, made from klint's tables: tests/test_docs.py compares it, and writes it with UPDATE=1."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from klint.kube.annotations import ANNOTATION_PREFIXES
from klint.kube.clouds import (
    FALSE,
    GATEWAY_CLASSES,
    INGRESS_LOAD_BALANCERS,
    LOAD_BALANCERS,
    TRUE,
    LoadBalancer,
    Ranges,
    Reach,
)
from klint.kube.controllers import CLOUD_ENTRIES, INGRESS_CONTROLLERS, IngressController
from klint.kube.dashboards import DASHBOARDS, Dashboard
from klint.kube.gateway_controllers import GATEWAY_CONTROLLERS, GatewayController
from klint.kube.routes import ROUTES
from klint.kube.well_known import WELL_KNOWN
from klint.kube.wire_protocols import WIRE_PROTOCOLS, WireProtocol
from klint.workspace.platforms import LOCAL_PLATFORMS

INTRODUCTION = """\
# Platforms

What klint knows of load balancers, controllers, routes and servers. These tables are made from those that the rules \
use, and say where that is known from. [The exposure model](exposure-model.md#who-can-use-an-entry) says what is made \
of it.
"""

BOOLEANS: Mapping[tuple[str, ...], list[str]] = {
    TRUE: ['"true"', '"1"', '"T"', "…"],
    FALSE: ['"false"', '"0"', '"F"', "…"],
}
"""What Go reads as a boolean, shortened."""

MAKERS: Mapping[str, str] = {
    "ingress": "Kubernetes",
    "gateway_api": "the Gateway API",
    "openshift": "OpenShift",
    "istio": "Istio",
    "traefik": "Traefik",
    "contour": "Contour",
    "nginx": "NGINX Ingress Controller (F5)",
    "skipper": "Skipper",
    "kong": "Kong",
    "gke": "GKE",
    "apisix": "APISIX",
    "aws": "AWS Load Balancer Controller, EKS Auto Mode",
    "emissary": "Emissary",
    "knative": "Knative",
}
"""Who defines the kinds of routes that a module of klint.kube.routes adapts."""

NODE_PORTS: Mapping[bool | None, str] = {True: "needed", False: "not needed", None: "by a setting"}


def page() -> str:
    return "\n".join(
        (
            INTRODUCTION,
            *load_balancers(),
            *ingress_load_balancers(),
            *controllers(),
            *gateway_controllers(),
            *routes(),
            *annotations(),
            *servers(),
            *protocols(),
            *dashboards(),
        )
    )


# Cells


def code(*values: str) -> str:
    return ", ".join(f"`{value}`" for value in values)


def table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def sources(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield "Sources:"
    yield ""
    yield from (f"- {name}: {source}" for name, source in rows)
    yield ""


def told(balancer: LoadBalancer, reach: Reach) -> Iterator[str]:
    """What makes a load balancer public or internal: a class, or an annotation with its values."""
    yield from (f"class `{name}`" for name, fixed in balancer.classes.items() if fixed is reach)
    for switch in balancer.switches:
        values = switch.internal if reach is Reach.INTERNAL else switch.public
        shown = BOOLEANS.get(values) or [f'"{value}"' for value in values]
        if switch.otherwise is reach:
            shown = [*shown, "any other value"]
        if shown:
            folded = " in any case" if switch.folds_case else ""
            yield f"{' or '.join(map(code, switch.keys))}: {', '.join(shown)}{folded}"


def taken(balancer: LoadBalancer) -> Iterator[str]:
    """Which Services it takes, but for classes that say who it is for."""
    if balancer.platforms:
        yield f"on {', '.join(balancer.platforms)}"
    yield from (f"class `{name}`" for name, fixed in balancer.classes.items() if fixed is None)
    yield from (f"`{key}`: {' or '.join(values)}" for key, values in balancer.claims.items())


def default(balancer: LoadBalancer) -> str:
    if balancer.default is not None:
        return balancer.default.value
    return "on the nodes" if balancer.is_on_nodes else "as its addresses are"


def limits(balancer: LoadBalancer) -> Iterator[str]:
    """What limits it to some clients; an Ingress has no source ranges."""
    if balancer in LOAD_BALANCERS:
        word = "not known" if balancer.ranges is Ranges.DEPENDS else balancer.ranges.value
        unless = ", unless an annotation leaves it open" if balancer.ranges_depend_on else ""
        yield f"source ranges: {word}{unless}"
    yield from (f"`{key}`" for key in (*balancer.allow_lists, *balancer.limits))


def certificates(balancer: LoadBalancer) -> Iterator[str]:
    """What has it terminate TLS, or send everything on to where it does."""
    if balancer.tls is not None:
        yield from map(code, balancer.tls.certificates)
        yield from (f"`{key}`: {' or '.join(values)}" for key, values in balancer.tls.everywhere.items())


def node_ports(balancer: LoadBalancer) -> Iterator[str]:
    yield NODE_PORTS[balancer.needs_node_ports]
    for key, values in balancer.sends_to_pods.items():
        yield f"not with `{key}`: {' or '.join(values)}"


# Tables


def load_balancers() -> Iterator[str]:
    yield "## Load balancers"
    yield ""
    yield (
        "How each implementation treats a Service of type LoadBalancer. Values are exact: one that is not listed is "
        "refused, unless the table says what any other value means."
    )
    yield ""
    head = ("load balancer", "serves", "by default", "made internal by", "made public by", "limited by", "node ports",
            "TLS by")  # fmt: skip
    yield from table(head, map(load_balancer, LOAD_BALANCERS))
    yield f"On a developer's machine ({', '.join(sorted(LOCAL_PLATFORMS))}) whatever is open is open to that machine."
    yield ""
    yield from sources((item.name, item.source) for item in LOAD_BALANCERS)


def load_balancer(item: LoadBalancer) -> Iterator[str]:
    yield item.name
    yield "; ".join(taken(item))
    yield default(item)
    cells = (told(item, Reach.INTERNAL), told(item, Reach.PUBLIC), limits(item), node_ports(item))
    yield from ("; ".join(cell) for cell in cells)
    yield "; ".join(certificates(item))


def ingress_load_balancers() -> Iterator[str]:
    yield "## Load balancers for Ingresses and Gateways"
    yield ""
    yield "Those that a cloud's ingress controller creates, without a Service in the cluster."
    yield ""
    head = ("ingress controller", "by default", "made internal by", "made public by", "limited by")
    balancers = tuple(INGRESS_LOAD_BALANCERS.values())
    yield from table(head, map(ingress_load_balancer, balancers))
    yield from table(
        ("GatewayClasses", "are"),
        (
            (code(*(name for name, reach in GATEWAY_CLASSES.items() if reach is wanted)), wanted.value)
            for wanted in (Reach.PUBLIC, Reach.INTERNAL)
        ),
    )
    yield from sources((item.name, item.source) for item in balancers)


def ingress_load_balancer(item: LoadBalancer) -> Iterator[str]:
    yield from (item.name, default(item))
    cells = (told(item, Reach.INTERNAL), told(item, Reach.PUBLIC), limits(item))
    yield from ("; ".join(cell) for cell in cells)


def controllers() -> Iterator[str]:
    yield "## Ingress controllers"
    yield ""
    yield (
        "A controller is known by `spec.controller` of its IngressClass, by the name of the class, and by the images "
        "of its pods. Sources are the documentation and the code of each."
    )
    yield ""
    head = ("controller", "`spec.controller`", "classes", "images", "Ingresses without a class", "entry", "allow-lists",
            "authentication")  # fmt: skip
    yield from table(head, map(controller, INGRESS_CONTROLLERS))


def controller(item: IngressController) -> Iterator[str]:
    flag = item.watch_classless_flag.lstrip("-")
    platform = CLOUD_ENTRIES.get(item.name)
    yield item.name
    yield code(item.controller) if item.controller else ""
    yield from (code(*item.classes), code(*item.images, *item.proxy_images))
    yield "served" if item.serves_classless else f"with the option {code(flag)}" if flag else ""
    yield (f"its own, on {platform}" if platform else "its own") if item.has_own_entry else "that of its pods"
    yield from (code(*item.allow_lists), code(*item.authentication))


def gateway_controllers() -> Iterator[str]:
    yield "## Gateway controllers"
    yield ""
    yield (
        "A controller is known by `spec.controllerName` of its GatewayClass, and by the name of a class that comes "
        "with it. Its entry is a Service of type LoadBalancer that it makes for a Gateway, or its own."
    )
    yield ""
    yield from table(
        ("controller", "`spec.controllerName`", "classes", "entry"), map(gateway_controller, GATEWAY_CONTROLLERS)
    )
    yield from sources((item.name, item.source) for item in GATEWAY_CONTROLLERS)


def gateway_controller(item: GatewayController) -> Iterator[str]:
    yield from (item.name, code(item.controller), code(*item.classes))
    entry = "its own" if item.has_own_entry else "a Service"
    yield f"{entry}, on {item.platform}" if item.platform else entry


def routes() -> Iterator[str]:
    yield "## Routes"
    yield ""
    yield (
        "The kinds of routes that klint follows from a controller to Services. Each is read by the rules of its own "
        "API: how it matches hosts and paths, which route comes first, where TLS ends. "
        "[The exposure model](exposure-model.md#routes) says what they have in common."
    )
    yield ""
    followed: dict[str, tuple[list[str], list[str]]] = {}
    for (group, kind), (module, _) in ROUTES.items():
        groups, kinds = followed.setdefault(MAKERS[module], ([], []))
        groups.append(group)
        kinds.append(kind)
    yield from table(
        ("routes of", "kinds", "API groups"),
        (
            (maker, code(*dict.fromkeys(kinds)), code(*dict.fromkeys(groups)))
            for maker, (groups, kinds) in followed.items()
        ),
    )


def annotations() -> Iterator[str]:
    yield "## Annotations of routes"
    yield ""
    yield (
        "Which controller reads which annotations, by how their names begin. Sources are the annotations pages of "
        "each one's documentation."
    )
    yield ""
    yield from table(
        ("controller", "annotations"),
        ((name, code(*(f"{prefix}…" for prefix in found)) or "none") for name, found in ANNOTATION_PREFIXES.items()),
    )


def protocols() -> Iterator[str]:
    yield "## Protocols other than HTTP"
    yield ""
    yield (
        "A port is taken to speak one of these where two signs agree: its number, a word in the name of the port, the "
        "Service or the workload, and the image. An `appProtocol` that is one of the words says it alone. Numbers and "
        "words are those of the IANA service name registry, images those of the makers."
    )
    yield ""
    yield from table(("protocol", "ports", "words", "images"), map(protocol, WIRE_PROTOCOLS))


def protocol(item: WireProtocol) -> Iterator[str]:
    yield item.name
    yield ", ".join(map(str, item.numbers))
    yield code(*item.words)
    tags = (f"`{tag}` in the name or tag" for tag in item.tags)
    yield ", ".join((*map(code, item.images), *tags))


def dashboards() -> Iterator[str]:
    yield "## Dashboards without a login"
    yield ""
    yield "Those that ask for none by default, and those that an option keeps from asking."
    yield ""
    head = ("dashboard", "ports", "images", "opened by", "closed by")
    yield from table(head, map(dashboard, DASHBOARDS))
    yield from sources((item.name, item.source) for item in DASHBOARDS)


def dashboard(item: Dashboard) -> Iterator[str]:
    yield item.name
    yield ", ".join(map(str, item.ports))
    yield code(*item.images)
    for options in (item.opened_by, item.closed_by):
        yield code(*dict.fromkeys(option.lstrip("-") for option in options))


def servers() -> Iterator[str]:
    yield "## Servers that should not be exposed"
    yield ""
    yield (
        "A port is taken for one of these where two signs agree: its number, and an image or a name; or an image and "
        "the port's name. A number alone says nothing."
    )
    yield ""
    head = ("server", "kind", "ports", "names", "images")
    rows = (
        (item.name, item.sort, ", ".join(map(str, item.ports)), code(*item.words), code(*item.images))
        for item in WELL_KNOWN
    )
    yield from table(head, rows)
    yield from sources((item.name, item.source) for item in WELL_KNOWN)

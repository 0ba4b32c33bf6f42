"""What of the Ingresses that ingress-nginx serves another controller, or the Gateway API, will not do as it did.

Sources: kubernetes.io/blog/2026/02/27/ingress-nginx-before-you-migrate (regular expressions, rewrites, slashes);
kubernetes/ingress-nginx docs/user-guide/nginx-configuration/annotations.md (server-side HTTPS enforcement) and
internal/k8s/main.go SetDefaultNGINXPathType (ImplementationSpecific is Prefix); nginx/kubernetes-ingress
internal/configs/ingress.go generateIngressPath (whatever is not Exact is nginx's own prefix).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from klint.enums import Enum
from klint.kube.controllers import controller_called
from klint.kube.ingress_nginx import NAME, PREFIX, SERVED_BY
from klint.kube.migration import ANNOTATIONS, Answer, Support, answer
from klint.kube.migration_targets import TARGETS
from klint.kube.precedence import asks_for_regex
from klint.records import dataclass
from klint.text.placeholders import is_placeholder

if TYPE_CHECKING:
    from klint.exposure.controller_flags import ControllerFlags
    from klint.exposure.graph import Graph
    from klint.kube.resource import Resource
    from klint.kube.routes.ingress import Ingress
    from klint.kube.routes.shape import Route
    from klint.text.document import Place

_SECRETS = ("auth-secret", "auth-tls-secret", "proxy-ssl-secret", "auth-proxy-set-headers", "custom-headers",
            "fastcgi-params-configmap")  # fmt: skip
"""Annotations whose value may be `namespace/name`."""

_KNOWN = frozenset(ANNOTATIONS)
_CONTROLLER = controller_called(NAME)


class StepKind(Enum):
    """What has to be looked at."""

    ANNOTATION = "annotation"
    SETTING = "setting"
    """A key of the controller's ConfigMap, which holds for every Ingress."""
    BEHAVIOR = "behavior"
    """Something that no annotation asks for, and that changes silently."""
    HOST = "host"
    """A host that something else serves already."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to look at before an Ingress goes to another controller.

    `name` is an annotation without its prefix, a setting, a behavior or a host; `answer` is set for the first two.
    """

    kind: StepKind
    name: str
    told: str
    resource: Resource
    at: Place
    answer: Answer | None = None


def steps(graph: Graph, target: str) -> Iterator[Step]:
    """What has to be looked at, Ingress by Ingress, then for the controller as a whole."""
    served = [ingress for ingress in graph.ingresses if not ingress.is_hook and _is_served(ingress, graph)]
    if served:
        regexes = _regexes(served)
        others = _others(graph, served)
        flags = graph.controller_flags(_CONTROLLER)
        for ingress in served:
            yield from _annotations(ingress, target)
            yield from _behaviors(ingress, target, regexes)
            yield from _limits(ingress, target, flags)
            yield from _hosts(ingress, others)
    yield from _settings(graph, target)


def _is_served(ingress: Ingress, graph: Graph) -> bool:
    """Whether ingress-nginx serves an Ingress; where nothing tells, its annotations do."""
    controller = graph.serving(ingress).controller
    if controller is not None:
        return controller.name in SERVED_BY
    return any(key.startswith(PREFIX) for key in ingress.annotations)


def _answered(name: str, target: str) -> tuple[str, Answer]:
    found, title = answer(target, name), TARGETS[target].title
    if found.support is Support.NONE:
        return f"{name} has no equivalent in {title}", found
    equivalent = "an equivalent" if found.support is Support.EQUIVALENT else "a partial equivalent"
    return f"{name} has {equivalent} in {title}: {found.by}", found


def _annotations(ingress: Ingress, target: str) -> Iterator[Step]:
    for key, value in ingress.annotations.items():
        name = key.removeprefix(PREFIX)
        if name != key:
            told, found = _answered(name, target)
            at = ingress.at("metadata", "annotations", key)
            yield Step(StepKind.ANNOTATION, name, told, ingress, at, found)
            namespace, slash, _ = value.partition("/")
            if name in _SECRETS and slash and namespace != ingress.namespace and not is_placeholder(namespace):
                told = f"{name} reads {value}, from another namespace: elsewhere that needs a grant, or is not possible"
                yield Step(StepKind.BEHAVIOR, "other namespace", told, ingress, at)


def _regexes(served: Sequence[Ingress]) -> Mapping[str, Ingress]:
    """The hosts all of whose paths are regular expressions, and the first Ingress that makes them so."""
    found: dict[str, Ingress] = {}
    for ingress in served:
        paths = [path.http_path for rule in ingress.rules for path in rule.paths] or ["/"]
        if any(asks_for_regex(ingress, path) for path in paths):
            for rule in ingress.rules:
                found.setdefault(rule.host, ingress)
    return found


def _behaviors(ingress: Ingress, target: str, regexes: Mapping[str, Ingress]) -> Iterator[Step]:
    def step(name: str, told: str, at: Place) -> Step:
        return Step(StepKind.BEHAVIOR, name, told, ingress, at)

    for rule in ingress.rules:
        cause = regexes.get(rule.host)
        if cause is not None:
            since = "" if cause is ingress else f", since {cause} has use-regex or rewrite-target"
            host = rule.host or "any host"
            told = f"every path of {host} is a regular expression that ignores case and what follows{since}"
            yield step("regular expressions", told, rule.at("host") if rule.host else ingress.place)
            continue
        for path in rule.paths:
            text = path.http_path
            if is_placeholder(text) or text in ("", "/"):
                continue
            if not text.endswith("/"):
                if target == "nginx" and path.path_type != "Exact":
                    told = f"{text} will take {text}more, too: every path but an Exact one is a prefix of characters"
                    yield step("path matching", told, path.at("path"))
            elif target != "nginx":
                yield step("trailing slash", f"{text.rstrip('/')} is redirected to {text}", path.at("path"))
    said = any(f"{PREFIX}{name}" in ingress.annotations for name in _REDIRECTS)
    if target in _REDIRECTING and ingress.tls and not said:
        told = f"HTTP is redirected to HTTPS, since there is TLS: {_REDIRECTING[target]}"
        yield step("HTTPS redirect", told, ingress.at("spec", "tls"))
    if target == "gateway-api" and ingress.get("spec", "defaultBackend") is not None and ingress.rules:
        told = "spec.defaultBackend takes what no rule does: a route has no such field"
        yield step("default backend", told, ingress.at("spec", "defaultBackend"))


_REDIRECTING: Mapping[str, str] = {
    "gateway-api": "a route does so only where it says so",
    "contour": "Contour does so for an HTTPProxy, and for an Ingress with ingress.kubernetes.io/force-ssl-redirect",
    "kong": "Kong does so only with konghq.com/protocols: https",
}
"""The targets that do not redirect what has TLS (projectcontour.io/docs config/annotations; developer.konghq.com
kubernetes-ingress-controller/reference/annotations)."""

_REDIRECTS = ("ssl-redirect", "force-ssl-redirect", "ssl-passthrough")


def _limits(ingress: Ingress, target: str, flags: ControllerFlags) -> Iterator[Step]:
    """What ingress-nginx keeps from each Ingress that does not say otherwise, by its ConfigMap or by default."""
    for (name, default, what, told), instead in zip(_LIMITS, TARGETS[target].limits, strict=True):
        flag = flags.get(name)
        value = flag.value if flag is not None else default
        if instead and f"{PREFIX}{name}" not in ingress.annotations and value != "0" and not is_placeholder(value):
            yield Step(StepKind.BEHAVIOR, what, f"{told.format(value)}: {instead}", ingress, ingress.place)


_LIMITS = (
    ("proxy-body-size", "1m", "body size", "bodies above {} are refused with 413"),
    ("proxy-read-timeout", "60", "timeout", "a backend that says nothing for {} seconds is given up"),
)
"""Keys of the ConfigMap, their defaults, what they are about and do (docs/user-guide/nginx-configuration/configmap.md).
"""


def _others(graph: Graph, served: Sequence[Ingress]) -> Mapping[str, Sequence[Route]]:
    """The routes of the bundle that something else serves, by host."""
    own = {id(ingress) for ingress in served}
    found: dict[str, list[Route]] = defaultdict(list)
    for claim in graph.claims:
        if (
            claim.host
            and id(claim.route) not in own
            and not any(claim.route is item for item in found[claim.host][-1:])
        ):
            found[claim.host].append(claim.route)
    return found


def _hosts(ingress: Ingress, others: Mapping[str, Sequence[Route]]) -> Iterator[Step]:
    for rule in ingress.rules:
        found = others.get(rule.host.lower())
        if rule.host and found:
            told = f"{found[0]} serves {rule.host}, too: DNS decides which of the two is asked"
            yield Step(StepKind.HOST, rule.host, told, ingress, rule.at("host"))


def _settings(graph: Graph, target: str) -> Iterator[Step]:
    """What the bundle's own ConfigMap of the controller sets for every Ingress."""
    own = {id(resource.document): resource for resource in graph.resources if resource.kind == "ConfigMap"}
    for pod in graph.controller_flags(_CONTROLLER).pods if own else ():
        for name, flag in pod.flags.items():
            config = own.get(id(flag.at.document)) if flag.at.path[:1] == ("data",) else None
            if config is not None:
                told, found = _answered(name, target) if name in _KNOWN else (f"{name} holds for every Ingress", None)
                yield Step(StepKind.SETTING, name, told, config, flag.at, found)

"""What the values of the charts of controllers come to, as a table: the flag that each becomes.

Sources: traefik/traefik-helm-chart traefik/values.yaml and templates/_podtemplate.tpl, and its pull requests 934 (a
`port` in `ports.<name>.redirectTo`), 1301 (`redirections` instead, from chart 34 on) and 1603 (`http` before that and
before `tls`); kubernetes/ingress-nginx charts/ingress-nginx/values.yaml (extraArgs are arguments, config is the
ConfigMap, ingressClassResource the IngressClass); kubernetes-sigs/aws-load-balancer-controller
helm/aws-load-balancer-controller/values.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Path = Sequence[str | int]

DEFAULT_CLASS = "default class"
"""No flag: whether the IngressClass that the chart makes is the default one."""

_OPTIONS_OF_PORTS: Mapping[tuple[str, ...], str] = {
    ("tls", "enabled"): "http.tls",
    ("redirections", "entryPoint", "to"): "http.redirections.entrypoint.to",
    ("redirectTo",): "http.redirections.entrypoint.to",
    ("redirectTo", "port"): "http.redirections.entrypoint.to",
}

_OF_NGINX: Mapping[tuple[str, ...], str] = {
    ("watchIngressWithoutClass",): "watch-ingress-without-class",
    ("allowSnippetAnnotations",): "allow-snippet-annotations",
    ("ingressClassResource", "default"): DEFAULT_CLASS,
}


_ARGUMENTS: Mapping[str, str] = {"traefik": "additionalArguments"}


def is_argument(chart: str, path: Path) -> bool:
    """Whether the value at a path is an argument as it is, `--name=value`."""
    return len(path) == 2 and path[0] == _ARGUMENTS.get(chart)


def flag_of_value(chart: str, path: Path) -> str:
    """The flag that the value at a path of a chart's values becomes; empty where it becomes none that is known."""
    translate = _CHARTS.get(chart)
    return translate(tuple(map(str, path))) if translate is not None else ""


def _of_traefik(path: tuple[str, ...]) -> str:
    match path:
        case ("ports", name, "http", *rest) | ("ports", name, *rest):
            option = _OPTIONS_OF_PORTS.get(tuple(rest), "")
            return f"entrypoints.{name}.{option}".lower() if option else ""
        case ("providers", provider, option):
            return f"providers.{provider}.{option}".lower()
        case ("ingressClass", "isDefaultClass"):
            return DEFAULT_CLASS
    return ""


def _of_ingress_nginx(path: tuple[str, ...]) -> str:
    match path:
        case ("controller", "extraArgs" | "config", name):
            return name.lower()
        case ("controller", *rest):
            return _OF_NGINX.get(tuple(rest), "")
    return ""


def _of_aws(path: tuple[str, ...]) -> str:
    return "default-target-type" if path == ("defaultTargetType",) else ""


_CHARTS: Mapping[str, Callable[[tuple[str, ...]], str]] = {
    "traefik": _of_traefik,
    "ingress-nginx": _of_ingress_nginx,
    "aws-load-balancer-controller": _of_aws,
}

CHARTS: Mapping[str, str] = {
    "Traefik": "traefik",
    "ingress-nginx": "ingress-nginx",
    "AWS Load Balancer Controller": "aws-load-balancer-controller",
}
"""The charts of controllers, by their names in the table of controllers."""

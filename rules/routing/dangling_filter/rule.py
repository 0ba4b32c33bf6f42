"""A middleware, policy or plugin that a route has its requests pass, and that does not exist."""

from collections.abc import Iterator

from klint import Finding, Graph, Hop, Middleware, Reason, Ref, Related, Route, Service, Severity, rule

_CONSEQUENCES = {
    "Middleware": ", so Traefik drops the route",
    "MiddlewareTCP": ", so Traefik drops the route",
    "ServersTransport": ", so Traefik sends it no requests",
    "ServersTransportTCP": ", so Traefik sends it no requests",
    "TLSOption": ", so Traefik closes connections to it",
    "Policy": ", so NGINX answers 500",
    "KongPlugin": ", and Kong serves it without",
    "KongIngress": "",
    "ApisixPluginConfig": ", so APISIX does not serve it",
    "ExtensionService": ", so Contour does not serve it",
}
"""By kind, what becomes of the requests; nothing where that is not known. Of the Gateway API's an error.

Sources: traefik/traefik pkg/server/middleware and pkg/server/service (a router that cannot be built is left out),
pkg/server/router/tcp/manager.go (brokenTLSRouter); docs.nginx.com nginx-ingress-controller
configuration/policy-resource/using-policy, Invalid policies; Kong/kubernetes-ingress-controller issue 6139;
apache/apisix-ingress-controller internal/controller/apisixroute_controller.go (what names a missing one is taken
back); projectcontour/contour internal/dag/httpproxy_processor.go (ExtensionServiceNotFound is an error).
"""


@rule(severity="error")
def dangling_filter(resource: Route | Service | Middleware, graph: Graph) -> Iterator[Finding]:
    broken: dict[Ref, list[Hop]] = {}
    for hop in graph.filter_hops(resource):
        if hop.is_broken:
            broken.setdefault(hop.wants, []).append(hop)
    for wants, (hop, *again) in broken.items():
        verdict = "does not exist" if hop.certain else "is not defined in the workspace"
        if hop.why.reason in (Reason.CROSS_NAMESPACE, Reason.QUALIFIED_NAME):
            verdict = str(hop.why).removeprefix("it ")
        consequence = _CONSEQUENCES.get(wants.kind, ", so requests get an error")
        why = f": {hop.why}" if hop.near or hop.why.reason is Reason.NO_PROVIDER else ""
        yield Finding(
            f"{wants}, which {resource} refers to, {verdict}{consequence}{why}",
            at=hop.at,
            related=(
                *(Related(f"{near.resource} is here", near.at) for near in hop.near[:3]),
                *(Related("also here", other.at) for other in again),
            ),
            severity=None if hop.certain else Severity.WARNING,
            fix=hop.correction(*again),
        )

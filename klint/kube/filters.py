"""What the filters of routes ask of requests, as a table: the fields of Traefik's Middlewares, of
NGINX's Policies and of HTTPProxies, and the filters and predicates of RouteGroups.

A filter that is not here changes requests, or limits them for all alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from klint.kube.ref import Ref
from klint.kube.resource import Resource, View, string

_TRAEFIK_AUTHENTICATION = frozenset(("basicAuth", "digestAuth", "forwardAuth"))
_TRAEFIK_ALLOW_LISTS = frozenset(("ipAllowList", "ipWhiteList", "clientip"))

AUTHENTICATION: Mapping[str, frozenset[str]] = {
    # doc.traefik.io reference/routing-configuration/http/middlewares
    "traefik.io": _TRAEFIK_AUTHENTICATION,
    "traefik.containo.us": _TRAEFIK_AUTHENTICATION,
    # docs.nginx.com nginx-ingress-controller configuration/policy-resource
    "k8s.nginx.org": frozenset(("apiKey", "basicAuth", "externalAuth", "ingressMTLS", "jwt", "oidc")),
    # projectcontour.io/docs config/client-authorization, jwt-verification, tls-termination
    "projectcontour.io": frozenset(("authorization", "clientValidation", "jwtProviders")),
    # opensource.zalando.com/skipper reference/filters; zalando/skipper filters/auth
    "zalando.org": frozenset(
        (
            *("basicAuth", "jwtValidation", "oauthGrant", "webhook"),
            *("oauthOidcUserInfo", "oauthOidcAnyClaims", "oauthOidcAllClaims"),
            *("oauthTokeninfoAnyScope", "oauthTokeninfoAllScope", "oauthTokeninfoAnyKV", "oauthTokeninfoAllKV"),
            *("oauthTokenintrospectionAnyClaims", "oauthTokenintrospectionAllClaims"),
            *("oauthTokenintrospectionAnyKV", "oauthTokenintrospectionAllKV"),
        )
    ),
}
"""By API group, the fields that let in only who proves who they are."""

ALLOW_LISTS: Mapping[str, frozenset[str]] = {
    # The same; ipWhiteList is the name of v2. ClientIP is a matcher of rules: doc.traefik.io routing/routers.
    "traefik.io": _TRAEFIK_ALLOW_LISTS,
    "traefik.containo.us": _TRAEFIK_ALLOW_LISTS,
    "k8s.nginx.org": frozenset(("accessControl.allow",)),  # the same; with `deny` alone everybody else comes in
    "projectcontour.io": frozenset(("ipAllowPolicy",)),  # projectcontour.io/docs config/ip-filtering
    # opensource.zalando.com/skipper reference/predicates
    "zalando.org": frozenset(("ClientIP", "Source", "SourceFromLast")),
}
"""By API group, the fields that let in only some addresses."""

REDIRECTS = frozenset(("redirectScheme", "redirectRegex"))
"""The kinds of Traefik's Middlewares that answer with a redirect: the same page."""


def members(resource: Resource) -> Iterator[Ref]:
    """The other filters that one is made of: those of Traefik's `chain`."""
    for view in resource.children(View, "spec", "chain", "middlewares"):
        namespace = string(view.data.get("namespace")) or resource.namespace
        yield Ref(resource.group, resource.kind, namespace, string(view.data.get("name")))

"""What the filters of routes ask of requests, as a table: the fields of Traefik's Middlewares, of
NGINX's Policies and of HTTPProxies, and the filters and predicates of RouteGroups.

A filter that is not here changes requests, or limits them for all alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from klint.kube.resource import Resource, View, mapping, string

_KONG_AUTHENTICATION = (
    *("acl", "basic-auth", "hmac-auth", "jwt", "key-auth", "key-auth-enc"),
    *("ldap-auth", "mtls-auth", "oauth2", "openid-connect"),
)
_APISIX_AUTHENTICATION = (
    *("authentication", "basic-auth", "forward-auth", "hmac-auth", "jwt-auth"),
    *("key-auth", "ldap-auth", "openid-connect", "wolf-rbac"),
)
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
    # opensource.zalando.com/skipper reference/filters; zalando/skipper filters/filters.go (their names). A policy of
    # Open Policy Agent lets in whom it wants.
    "zalando.org": frozenset(
        (
            *("basicAuth", "jwtValidation", "oauthGrant", "webhook", "oauthTokeninfoValidate"),
            *("opaAuthorizeRequest", "opaAuthorizeRequestWithBody"),
            *("oauthOidcUserInfo", "oauthOidcAnyClaims", "oauthOidcAllClaims"),
            *("oauthTokeninfoAnyScope", "oauthTokeninfoAllScope", "oauthTokeninfoAnyKV", "oauthTokeninfoAllKV"),
            *("oauthTokenintrospectionAnyClaims", "oauthTokenintrospectionAllClaims"),
            *("oauthTokenintrospectionAnyKV", "oauthTokenintrospectionAllKV"),
            *("secureOauthTokenintrospectionAnyClaims", "secureOauthTokenintrospectionAllClaims"),
            *("secureOauthTokenintrospectionAnyKV", "secureOauthTokenintrospectionAllKV"),
        )
    ),
    # Kong/kong kong/plugins; developer.konghq.com/plugins
    "configuration.konghq.com": frozenset(_KONG_AUTHENTICATION),
    # apisix.apache.org ingress-controller tutorials/enable-authentication-and-restriction; ApisixRoute
    # http[].authentication
    "apisix.apache.org": frozenset(_APISIX_AUTHENTICATION),
}
"""By API group, the fields and plugins that let in only who proves who they are."""

ALLOW_LISTS: Mapping[str, frozenset[str]] = {
    # The same; ipWhiteList is the name of v2. ClientIP is a matcher of rules: doc.traefik.io routing/routers.
    "traefik.io": _TRAEFIK_ALLOW_LISTS,
    "traefik.containo.us": _TRAEFIK_ALLOW_LISTS,
    "k8s.nginx.org": frozenset(("accessControl.allow",)),  # the same; with `deny` alone everybody else comes in
    "projectcontour.io": frozenset(("ipAllowPolicy",)),  # projectcontour.io/docs config/ip-filtering
    # opensource.zalando.com/skipper reference/predicates
    "zalando.org": frozenset(("ClientIP", "Source", "SourceFromLast")),
    "configuration.konghq.com": frozenset(("ip-restriction.allow",)),  # with `deny` alone everybody else comes in
    "apisix.apache.org": frozenset(("ip-restriction.whitelist",)),  # the same
}
"""By API group, the fields and plugins that let in only some addresses."""

REDIRECTS = frozenset(("redirectScheme", "redirectRegex"))
"""The kinds of Traefik's Middlewares that answer with a redirect: the same page."""


def fields(resource: Resource) -> Iterator[str]:
    """What an object asks of requests: the fields of its spec and those of each of them, as `accessControl.allow`; the
    plugin of a KongPlugin, those of an ApisixPluginConfig, and the fields of their configuration."""
    if resource.group == "configuration.konghq.com":
        if resource.get("disabled") is not True:
            yield from _with_fields(string(resource.get("plugin")), resource.get("config"))
    elif resource.kind == "ApisixPluginConfig":
        for view in resource.children(View, "spec", "plugins"):
            if view.data.get("enable") is True:
                yield from _with_fields(string(view.data.get("name")), view.data.get("config"))
    else:
        for name, value in mapping(resource.get("spec")).items():
            yield from _with_fields(str(name), value)


def _with_fields(name: str, value: object) -> Iterator[str]:
    yield name
    yield from (f"{name}.{field}" for field in mapping(value))

"""What other controllers and the Gateway API have in the place of ingress-nginx's annotations.

`ANNOTATIONS` are those of ingress-nginx docs/user-guide/nginx-configuration/annotations-risk.md, with the aliases and
those that earlier releases had (annotations.md). Each target has a table of what it has instead, whole or in part, as
its source says; an annotation that is not in it has nothing there.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache

from klint.records import dataclass


class Support(Enum):
    """How much of an annotation a target has."""

    EQUIVALENT = "equivalent"
    PARTIAL = "partial"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a target has instead of an annotation; `by` is empty where that is nothing."""

    support: Support
    by: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Where Ingresses may go: what it is called, what it has of which annotations, and where that is known from.

    The annotations of a row are one string, with spaces between.
    """

    title: str
    source: str
    equivalent: Mapping[str, str]
    partial: Mapping[str, str]


NOTHING = Answer(Support.NONE)

ANNOTATIONS: tuple[str, ...] = (
    "affinity", "affinity-canary-behavior", "affinity-mode", "allowlist-source-range", "app-root",
    "auth-always-set-cookie", "auth-cache-duration", "auth-cache-key", "auth-keepalive", "auth-keepalive-requests",
    "auth-keepalive-share-vars", "auth-keepalive-timeout", "auth-method", "auth-proxy-set-headers", "auth-realm",
    "auth-request-redirect", "auth-response-headers", "auth-secret", "auth-secret-type", "auth-signin",
    "auth-signin-redirect-param", "auth-snippet", "auth-tls-error-page", "auth-tls-match-cn",
    "auth-tls-pass-certificate-to-upstream", "auth-tls-secret", "auth-tls-verify-client", "auth-tls-verify-depth",
    "auth-type", "auth-url", "backend-protocol", "canary", "canary-by-cookie", "canary-by-header",
    "canary-by-header-pattern", "canary-by-header-value", "canary-weight", "canary-weight-total",
    "client-body-buffer-size", "configuration-snippet", "connection-proxy-header", "cors-allow-credentials",
    "cors-allow-headers", "cors-allow-methods", "cors-allow-origin", "cors-expose-headers", "cors-max-age",
    "custom-headers", "custom-http-errors", "default-backend", "denylist-source-range",
    "disable-proxy-intercept-errors", "enable-access-log", "enable-cors", "enable-global-auth", "enable-influxdb",
    "enable-modsecurity", "enable-opentelemetry", "enable-opentracing", "enable-owasp-core-rules",
    "enable-rewrite-log", "fastcgi-index", "fastcgi-params-configmap", "force-ssl-redirect", "from-to-www-redirect",
    "global-rate-limit", "global-rate-limit-ignored-cidrs", "global-rate-limit-key", "global-rate-limit-window",
    "http2-push-preload", "influxdb-host", "influxdb-measurement", "influxdb-port", "influxdb-server-name",
    "limit-allowlist", "limit-burst-multiplier", "limit-connections", "limit-rate", "limit-rate-after", "limit-rpm",
    "limit-rps", "limit-whitelist", "load-balance", "mirror-host", "mirror-request-body", "mirror-target",
    "modsecurity-snippet", "modsecurity-transaction-id", "opentelemetry-operation-name",
    "opentelemetry-trust-incoming-span", "opentracing-trust-incoming-span", "permanent-redirect",
    "permanent-redirect-code", "preserve-trailing-slash", "proxy-body-size", "proxy-buffer-size", "proxy-buffering",
    "proxy-buffers-number", "proxy-connect-timeout", "proxy-cookie-domain", "proxy-cookie-path",
    "proxy-http-version", "proxy-max-temp-file-size", "proxy-next-upstream", "proxy-next-upstream-timeout",
    "proxy-next-upstream-tries", "proxy-read-timeout", "proxy-redirect-from", "proxy-redirect-to",
    "proxy-request-buffering", "proxy-send-timeout", "proxy-ssl-ciphers", "proxy-ssl-name", "proxy-ssl-protocols",
    "proxy-ssl-secret", "proxy-ssl-server-name", "proxy-ssl-verify", "proxy-ssl-verify-depth", "rewrite-target",
    "satisfy", "server-alias", "server-snippet", "service-upstream", "session-cookie-change-on-failure",
    "session-cookie-conditional-samesite-none", "session-cookie-domain", "session-cookie-expires",
    "session-cookie-max-age", "session-cookie-name", "session-cookie-partitioned", "session-cookie-path",
    "session-cookie-samesite", "session-cookie-secure", "ssl-ciphers", "ssl-passthrough",
    "ssl-prefer-server-ciphers", "ssl-redirect", "stream-snippet", "temporal-redirect", "temporal-redirect-code",
    "upstream-hash-by", "upstream-hash-by-subset", "upstream-hash-by-subset-size", "upstream-vhost",
    "use-port-in-redirects", "use-regex", "whitelist-source-range", "x-forwarded-prefix",
)  # fmt: skip

_CORS = (
    "enable-cors cors-allow-credentials cors-allow-headers cors-allow-methods cors-allow-origin cors-expose-headers "
    "cors-max-age"
)
_CANARY = (
    "canary canary-by-cookie canary-by-header canary-by-header-pattern canary-by-header-value canary-weight "
    "canary-weight-total"
)
_ALLOW_LISTS = "allowlist-source-range whitelist-source-range"

TARGETS: Mapping[str, Target] = {
    "gateway-api": Target(
        "Gateway API",
        "gateway-api.sigs.k8s.io reference/spec (HTTPRoute, BackendTLSPolicy, Gateway), GEP-1494, 1619, 1731 and 1767; "
        "kubernetes-sigs/ingress2gateway pkg/i2gw/providers/ingressnginx",
        {
            "canary canary-weight canary-weight-total": "weight of backendRefs",
            "canary-by-header-value": "a match of the header",
            "app-root": "RequestRedirect filter on an Exact match of /",
            "permanent-redirect temporal-redirect from-to-www-redirect": "RequestRedirect filter",
            "ssl-redirect force-ssl-redirect": "RequestRedirect filter with scheme https, on the HTTP listener",
            "custom-headers": "ResponseHeaderModifier filter",
            "x-forwarded-prefix": "RequestHeaderModifier filter",
            "upstream-vhost": "URLRewrite filter with hostname",
            "ssl-passthrough": "TLSRoute on a listener with TLS mode Passthrough",
            "proxy-ssl-name proxy-ssl-server-name": "BackendTLSPolicy validation.hostname",
        },
        {
            "canary-by-header": "a match of the header's value; `always` and `never` are such values",
            "canary-by-header-pattern": "a match of the header of type RegularExpression, where it is implemented",
            "canary-by-cookie": "a match of the header Cookie of type RegularExpression, where it is implemented",
            "rewrite-target": "URLRewrite filter: a whole path or a prefix, without capture groups",
            "use-regex": "paths of type RegularExpression, where implemented: they mind case and match whole paths",
            "permanent-redirect-code temporal-redirect-code": "statusCode of the RequestRedirect filter",
            "server-alias": "hostnames of the route, without regular expressions",
            _CORS: "CORS filter",
            "mirror-target": "RequestMirror filter, to a Service",
            "proxy-read-timeout": "timeouts.backendRequest, which is for the whole answer",
            "proxy-next-upstream proxy-next-upstream-tries": "retry, which is experimental",
            "affinity session-cookie-name session-cookie-max-age session-cookie-expires":
                "sessionPersistence, which is experimental",
            "backend-protocol": "appProtocol of the Service port, GRPCRoute, BackendTLSPolicy",
            "proxy-ssl-secret proxy-ssl-verify": "BackendTLSPolicy; the Gateway's tls.backend for a client certificate",
            "auth-tls-secret auth-tls-verify-client": "the Gateway's tls.frontend validation, for a port and no route",
            "auth-url auth-method auth-response-headers": "ExternalAuth filter, which is experimental",
        },
    ),
    "traefik": Target(
        "Traefik",
        "doc.traefik.io/traefik/v3.6 reference/routing-configuration/kubernetes/ingress-nginx (the provider that reads "
        "these annotations), and http/middlewares for the rest",
        {
            "auth-type auth-secret auth-secret-type auth-realm auth-signin auth-method auth-response-headers":
                "the same annotation",
            "proxy-ssl-server-name proxy-ssl-name proxy-ssl-verify proxy-ssl-secret": "the same annotation",
            "auth-tls-pass-certificate-to-upstream": "the same annotation",
            "affinity session-cookie-name session-cookie-secure session-cookie-path session-cookie-domain "
            "session-cookie-samesite session-cookie-max-age session-cookie-expires": "the same annotation",
            "service-upstream upstream-vhost custom-headers app-root use-regex rewrite-target": "the same annotation",
            "permanent-redirect permanent-redirect-code temporal-redirect temporal-redirect-code":
                "the same annotation",
            "proxy-connect-timeout": "the same annotation",
            _ALLOW_LISTS: "whitelist-source-range",
            "preserve-trailing-slash": "what Traefik does anyway",
        },
        {
            "auth-url": "the same annotation: the request itself is sent to the URL, and nothing is cached",
            "ssl-redirect force-ssl-redirect": "the same annotation, unless the entry point redirects everything",
            "ssl-passthrough": "the same annotation, with another default backend",
            "auth-tls-secret auth-tls-verify-client": "the same annotation: refused in the handshake, not with 400",
            "affinity-mode": "the same annotation: `persistent` alone",
            "load-balance": "the same annotation: `round_robin` alone",
            "backend-protocol": "the same annotation, without FCGI and AUTO_HTTP",
            _CORS: "the same annotation: other headers outside preflights",
            "from-to-www-redirect": "the same annotation, without wildcard hosts",
            "default-backend": "spec.defaultBackend",
            "limit-rps limit-rpm limit-burst-multiplier": "Middleware RateLimit",
            "limit-connections": "Middleware InFlightReq",
            "proxy-body-size proxy-request-buffering": "Middleware Buffering",
            "custom-http-errors": "Middleware Errors",
            "proxy-next-upstream proxy-next-upstream-tries": "Middleware Retry",
            "x-forwarded-prefix": "Middleware Headers",
            "proxy-read-timeout": "ServersTransport forwardingTimeouts.responseHeaderTimeout",
            "canary canary-weight canary-weight-total": "TraefikService with weights, of an IngressRoute",
            "canary-by-header canary-by-header-value canary-by-header-pattern": "Header rules of an IngressRoute",
            "mirror-target": "TraefikService with mirrors, of an IngressRoute",
            "server-alias": "Host rules of an IngressRoute",
        },
    ),
    "nginx": Target(
        "NGINX Ingress Controller (F5)",
        "docs.nginx.com/nginx-ingress-controller install/migrate-ingress-nginx, configuration/ingress-resources/"
        "advanced-configuration-with-annotations, and the references of VirtualServer and Policy",
        {
            "proxy-connect-timeout": "nginx.org/proxy-connect-timeout",
            "proxy-read-timeout": "nginx.org/proxy-read-timeout",
            "proxy-send-timeout": "nginx.org/proxy-send-timeout",
            "proxy-body-size": "nginx.org/client-max-body-size",
            "proxy-buffering": "nginx.org/proxy-buffering",
            "proxy-buffer-size": "nginx.org/proxy-buffer-size",
            "proxy-buffers-number": "nginx.org/proxy-buffers",
            "proxy-max-temp-file-size": "nginx.org/proxy-max-temp-file-size",
            "app-root": "nginx.org/app-root",
            "ssl-redirect": "ingress.kubernetes.io/ssl-redirect",
            "auth-realm": "nginx.org/basic-auth-realm",
            "use-regex": "nginx.org/path-regex: case_insensitive",
            "load-balance upstream-hash-by": "nginx.org/lb-method",
            "service-upstream": "nginx.org/use-cluster-ip",
        },
        {
            "configuration-snippet": "nginx.org/location-snippets, with -enable-snippets",
            "server-snippet": "nginx.org/server-snippets, with -enable-snippets",
            "stream-snippet": "stream-snippets of the ConfigMap",
            "rewrite-target": "nginx.org/rewrites, without capture groups; rewritePath of a VirtualServer has them",
            "force-ssl-redirect": "nginx.org/redirect-to-https, which goes by X-Forwarded-Proto",
            "auth-secret auth-type": "nginx.org/basic-auth-secret, of type nginx.org/htpasswd; no digest",
            "backend-protocol": "nginx.org/ssl-services, nginx.org/grpc-services",
            "limit-rps limit-rpm": "nginx.org/limit-req-rate",
            "affinity session-cookie-name": "nginx.com/sticky-cookie-services, of NGINX Plus",
            f"{_ALLOW_LISTS} denylist-source-range": "Policy accessControl",
            "auth-tls-secret auth-tls-verify-client auth-tls-verify-depth": "Policy ingressMTLS of a VirtualServer",
            "proxy-ssl-secret proxy-ssl-verify proxy-ssl-verify-depth proxy-ssl-name proxy-ssl-server-name "
            "proxy-ssl-ciphers proxy-ssl-protocols": "Policy egressMTLS of a VirtualServer",
            _CANARY: "splits and matches of a VirtualServer",
            "permanent-redirect permanent-redirect-code temporal-redirect temporal-redirect-code":
                "action.redirect of a VirtualServer",
            "custom-http-errors": "errorPages of a VirtualServer",
            "custom-headers": "action.proxy.responseHeaders of a VirtualServer",
            "proxy-next-upstream proxy-next-upstream-timeout proxy-next-upstream-tries":
                "next-upstream of a VirtualServer's upstream",
            "ssl-passthrough": "TransportServer on the listener tls-passthrough",
            "enable-modsecurity": "Policy waf, of NGINX App Protect",
        },
    ),
}  # fmt: skip


@cache
def _answers(target: str) -> Mapping[str, Answer]:
    rows = TARGETS[target]
    said = ((Support.PARTIAL, rows.partial), (Support.EQUIVALENT, rows.equivalent))
    return {
        name: Answer(support, by) for support, table in said for names, by in table.items() for name in names.split()
    }


def answer(target: str, name: str) -> Answer:
    """What a target has instead of an annotation, by its name without the prefix."""
    return _answers(target).get(name, NOTHING)

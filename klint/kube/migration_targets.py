"""Where one may go from ingress-nginx: what each target has instead of its annotations, and what it does otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from klint.records import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """Where Ingresses may go: what it is called, what it has of which annotations, and where that is known from.

    The annotations of a row are one string, with spaces between. `limits` say what it does instead of refusing bodies
    above a size, and of giving up a backend that says nothing for a time; empty where it does the same.
    """

    title: str
    source: str
    equivalent: Mapping[str, str]
    partial: Mapping[str, str]
    limits: tuple[str, str] = ("", "")


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
        "kubernetes-sigs/gateway-api releases v1.5.0 and v1.7.0 (what is standard) and apis/v1/httproute_types.go; "
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
            "proxy-next-upstream proxy-next-upstream-tries": "retry, which was experimental before 1.7",
            "affinity session-cookie-name session-cookie-max-age session-cookie-expires":
                "sessionPersistence, which is experimental: of a rule, from 1.7 on of an XBackend",
            "backend-protocol": "appProtocol of the Service port, GRPCRoute, BackendTLSPolicy",
            "proxy-ssl-secret proxy-ssl-verify": "BackendTLSPolicy; the Gateway's tls.backend for a client certificate",
            "auth-tls-secret auth-tls-verify-client": "the Gateway's tls.frontend validation, for a port and no route",
            "auth-url auth-method auth-response-headers": "ExternalAuth filter, which is experimental",
        },
        ("a route has no such limit, an implementation may", "a route without timeouts has its implementation's"),
    ),
    "traefik": Target(
        "Traefik",
        "doc.traefik.io/traefik/v3.7 reference/routing-configuration/kubernetes/ingress-nginx (the provider that reads "
        "these annotations; earlier releases have fewer) and reference/install-configuration/providers/kubernetes/"
        "kubernetes-ingress-nginx (its defaults); traefik/traefik pkg/provider/kubernetes/ingress-nginx/kubernetes.go "
        "(a body has a limit where requests are buffered)",
        {
            "auth-type auth-secret auth-secret-type auth-realm auth-method auth-response-headers enable-global-auth":
                "the same annotation",
            "proxy-ssl-server-name proxy-ssl-name proxy-ssl-verify proxy-ssl-secret": "the same annotation",
            "auth-tls-pass-certificate-to-upstream": "the same annotation",
            "affinity session-cookie-name session-cookie-secure session-cookie-path session-cookie-domain "
            "session-cookie-samesite session-cookie-max-age session-cookie-expires": "the same annotation",
            "service-upstream upstream-vhost custom-headers app-root use-regex rewrite-target x-forwarded-prefix":
                "the same annotation",
            "permanent-redirect permanent-redirect-code temporal-redirect temporal-redirect-code":
                "the same annotation",
            "proxy-connect-timeout proxy-read-timeout proxy-send-timeout": "the same annotation",
            "proxy-next-upstream-timeout proxy-next-upstream-tries": "the same annotation",
            "proxy-request-buffering client-body-buffer-size proxy-buffering proxy-buffer-size "
            "proxy-max-temp-file-size": "the same annotation",
            f"{_CANARY} custom-http-errors default-backend": "the same annotation",
            _ALLOW_LISTS: "the same annotation",
            "preserve-trailing-slash": "what Traefik does anyway",
        },
        {
            "auth-url": "the same annotation: the request itself is sent to the URL, and nothing is cached",
            "auth-signin upstream-hash-by": "the same annotation, with some of nginx's variables",
            "auth-snippet configuration-snippet server-snippet":
                "the same annotation, with a few of nginx's directives and variables",
            "ssl-redirect force-ssl-redirect": "the same annotation, unless the entry point redirects everything",
            "ssl-passthrough": "the same annotation, with another default backend",
            "auth-tls-secret auth-tls-verify-client": "the same annotation: refused in the handshake, not with 400",
            "affinity-mode": "the same annotation: `persistent` alone",
            "affinity-canary-behavior": "the same annotation: `sticky` alone",
            "backend-protocol": "the same annotation, without FCGI and AUTO_HTTP",
            "proxy-http-version": "the same annotation: `1.1` alone",
            _CORS: "the same annotation: other headers outside preflights",
            "from-to-www-redirect": "the same annotation, without wildcard hosts",
            "server-alias": "the same annotation, but for hosts that an Ingress has",
            "limit-rps limit-rpm limit-burst-multiplier": "the same annotation: a token bucket, and 429 for 503",
            "limit-connections": "the same annotation: 429 for 503",
            "proxy-body-size": "the same annotation, where requests are buffered (proxy-request-buffering)",
            "proxy-buffers-number": "the same annotation: the size of one buffer",
            "proxy-next-upstream": "the same annotation: a retry may go to the same server",
            "enable-access-log": "the same annotation, where access logs are turned on",
            "mirror-target": "TraefikService with mirrors, of an IngressRoute",
        },
        ("Traefik takes any size where it does not buffer requests (proxyRequestBuffering)", ""),
    ),
    "nginx": Target(
        "NGINX Ingress Controller (F5)",
        "nginx/documentation content/nic/install/migrate-ingress-nginx.md, content/nic/configuration/ingress-resources/"
        "advanced-configuration-with-annotations.md, content/nic/configuration/policy-resource/policy-specification.md "
        "(which Policies an Ingress may have), and the reference of VirtualServer",
        {
            "proxy-connect-timeout": "nginx.org/proxy-connect-timeout",
            "proxy-read-timeout": "nginx.org/proxy-read-timeout",
            "proxy-send-timeout": "nginx.org/proxy-send-timeout",
            "proxy-body-size": "nginx.org/client-max-body-size",
            "client-body-buffer-size": "nginx.org/client-body-buffer-size",
            "proxy-next-upstream": "nginx.org/proxy-next-upstream",
            "proxy-next-upstream-timeout": "nginx.org/proxy-next-upstream-timeout",
            "proxy-next-upstream-tries": "nginx.org/proxy-next-upstream-tries",
            "proxy-buffering": "nginx.org/proxy-buffering",
            "proxy-buffer-size": "nginx.org/proxy-buffer-size",
            "proxy-buffers-number": "nginx.org/proxy-buffers",
            "proxy-max-temp-file-size": "nginx.org/proxy-max-temp-file-size",
            "app-root": "nginx.org/app-root",
            "ssl-redirect": "nginx.org/ssl-redirect",
            "ssl-ciphers": "nginx.org/ssl-ciphers",
            "ssl-prefer-server-ciphers": "nginx.org/ssl-prefer-server-ciphers",
            "auth-realm": "nginx.org/basic-auth-realm",
            "use-regex": "nginx.org/path-regex: case_insensitive",
            "service-upstream": "nginx.org/use-cluster-ip",
        },
        {
            "configuration-snippet": "nginx.org/location-snippets, with -enable-snippets",
            "server-snippet": "nginx.org/server-snippets, with -enable-snippets",
            "stream-snippet": "stream-snippets of the ConfigMap",
            "rewrite-target": "nginx.org/rewrite-target, with capture groups where there is nginx.org/path-regex",
            "load-balance upstream-hash-by": "nginx.org/lb-method, without what ingress-nginx does in Lua",
            "force-ssl-redirect": "nginx.org/redirect-to-https, which goes by X-Forwarded-Proto",
            "auth-secret auth-type": "nginx.org/basic-auth-secret, of type nginx.org/htpasswd; no digest",
            "backend-protocol": "nginx.org/ssl-services, nginx.org/grpc-services",
            "limit-rps limit-rpm": "nginx.org/limit-req-rate: 429 for 503",
            "limit-burst-multiplier": "nginx.org/limit-req-burst",
            "limit-connections limit-rate limit-rate-after": "nginx.org/location-snippets, with -enable-snippets",
            "affinity session-cookie-name session-cookie-expires session-cookie-path":
                "nginx.org/sticky-cookie-services; of NGINX Plus before NGINX 1.29.6",
            f"{_ALLOW_LISTS} denylist-source-range": "Policy accessControl, by nginx.org/policies",
            _CORS: "Policy cors, by nginx.org/policies",
            "auth-url": "Policy externalAuth, by nginx.org/policies",
            "auth-tls-secret auth-tls-verify-client auth-tls-verify-depth": "Policy ingressMTLS, by nginx.org/policies",
            "proxy-ssl-secret proxy-ssl-verify proxy-ssl-verify-depth proxy-ssl-name proxy-ssl-server-name "
            "proxy-ssl-ciphers proxy-ssl-protocols": "Policy egressMTLS, by nginx.org/policies",
            _CANARY: "splits and matches of a VirtualServer",
            "permanent-redirect permanent-redirect-code temporal-redirect temporal-redirect-code":
                "action.redirect of a VirtualServer",
            "custom-http-errors": "errorPages of a VirtualServer",
            "custom-headers": "action.proxy.responseHeaders of a VirtualServer",
            "ssl-passthrough": "TransportServer on the listener tls-passthrough",
            "enable-modsecurity": "Policy waf, of NGINX App Protect",
        },
    ),
    "haproxy": Target(
        "HAProxy Kubernetes Ingress",
        "haproxytech/kubernetes-ingress documentation/annotations.md, canary-deployment.md, and issues 93 and 752 "
        "(bodies)",
        {
            "ssl-redirect": "haproxy.org/ssl-redirect",
            "ssl-passthrough": "haproxy.org/ssl-passthrough",
            "enable-cors": "haproxy.org/cors-enable",
            "cors-allow-origin": "haproxy.org/cors-allow-origin",
            "cors-allow-methods": "haproxy.org/cors-allow-methods",
            "cors-allow-headers": "haproxy.org/cors-allow-headers",
            "cors-allow-credentials": "haproxy.org/cors-allow-credentials",
            "cors-max-age": "haproxy.org/cors-max-age",
            _ALLOW_LISTS: "haproxy.org/allow-list",
            "denylist-source-range": "haproxy.org/deny-list",
            "auth-realm": "haproxy.org/auth-realm",
            "limit-allowlist limit-whitelist": "haproxy.org/rate-limit-whitelist",
            "upstream-vhost": "haproxy.org/set-host",
            "custom-headers": "haproxy.org/response-set-header",
            "x-forwarded-prefix": "haproxy.org/request-set-header",
        },
        {
            "force-ssl-redirect": "haproxy.org/ssl-redirect, for what comes in on the HTTP port",
            "auth-type auth-secret": "haproxy.org/auth-secret, with a key for each user; no digest",
            "rewrite-target": "haproxy.org/path-rewrite, with a regular expression of its own and \\1 for $1",
            "permanent-redirect temporal-redirect": "haproxy.org/request-redirect, to a host and port alone",
            "permanent-redirect-code temporal-redirect-code": "haproxy.org/request-redirect-code",
            "load-balance upstream-hash-by": "haproxy.org/load-balance",
            "limit-rps limit-rpm": "haproxy.org/rate-limit-requests and rate-limit-period",
            "proxy-read-timeout proxy-send-timeout": "haproxy.org/timeout-server, for both",
            "proxy-connect-timeout": "timeout-connect of the ConfigMap, for all",
            "affinity session-cookie-name": "haproxy.org/cookie-persistence of the Service",
            "backend-protocol": "haproxy.org/server-ssl, haproxy.org/server-proto: h2",
            "proxy-ssl-verify": "haproxy.org/server-ca",
            "proxy-ssl-secret": "haproxy.org/server-ca, haproxy.org/server-crt",
            "auth-tls-secret auth-tls-verify-client": "client-ca of the ConfigMap, for all hosts",
            "configuration-snippet": "haproxy.org/backend-config-snippet, in HAProxy's own language",
            "server-snippet": "frontend-config-snippet of the ConfigMap, in HAProxy's own language",
            _CANARY: "haproxy.org/route-acl of a Service, with a condition of HAProxy's",
        },
        ("HAProxy takes any size", "HAProxy gives it up after 50 (timeout-server)"),
    ),
    "contour": Target(
        "Contour",
        "projectcontour.io/docs config/annotations, request-routing, request-rewriting, cors, rate-limiting, "
        "ip-filtering, client-authorization, tls-termination, upstream-tls, cookie-rewriting; projectcontour/contour "
        "apis/projectcontour/v1/httpproxy.go, changelogs/CHANGELOG-v1.31.0.md (codes of redirects) and issues 1308 "
        "and 3857 (bodies)",
        {
            "force-ssl-redirect": "ingress.kubernetes.io/force-ssl-redirect; an HTTPProxy with TLS redirects anyway",
            "ssl-passthrough": "tls.passthrough and tcpproxy of an HTTPProxy",
            "canary canary-weight canary-weight-total": "weight of the services of an HTTPProxy",
            "canary-by-header-value": "a header condition of an HTTPProxy",
            "app-root from-to-www-redirect": "requestRedirectPolicy of an HTTPProxy",
            _CORS: "virtualhost.corsPolicy of an HTTPProxy",
            _ALLOW_LISTS: "ipAllowPolicy of an HTTPProxy",
            "denylist-source-range": "ipDenyPolicy of an HTTPProxy",
            "custom-headers": "responseHeadersPolicy of an HTTPProxy",
            "x-forwarded-prefix upstream-vhost": "requestHeadersPolicy of an HTTPProxy",
        },
        {
            "ssl-redirect": "ingress.kubernetes.io/force-ssl-redirect; an HTTPProxy with TLS redirects anyway",
            "permanent-redirect temporal-redirect": "requestRedirectPolicy of an HTTPProxy: the URL in its parts",
            "permanent-redirect-code temporal-redirect-code":
                "statusCode of the requestRedirectPolicy: 301, 302, and from 1.31 on 303, 307 and 308",
            "rewrite-target": "pathRewritePolicy of an HTTPProxy: a prefix, without capture groups",
            "use-regex": "regex conditions of an HTTPProxy: they mind case and match whole paths",
            "canary-by-header": "a header condition of an HTTPProxy; `always` and `never` are such values",
            "canary-by-header-pattern": "a header condition with regex of an HTTPProxy",
            "canary-by-cookie": "a condition of the header Cookie of an HTTPProxy",
            "mirror-target": "a service with mirror of an HTTPProxy, which is in the cluster",
            "proxy-read-timeout": "projectcontour.io/response-timeout, which is for the whole answer",
            "proxy-next-upstream proxy-next-upstream-tries": "projectcontour.io/retry-on, num-retries",
            "affinity": "loadBalancerPolicy with strategy Cookie of an HTTPProxy, which names the cookie itself",
            "load-balance upstream-hash-by": "loadBalancerPolicy of an HTTPProxy",
            "limit-rps limit-rpm limit-burst-multiplier":
                "rateLimitPolicy of an HTTPProxy: for all clients alike, or by a rate limit service",
            "auth-url": "virtualhost.authorization of an HTTPProxy, by the protocol of Envoy",
            "auth-tls-secret auth-tls-verify-client": "virtualhost.tls.clientValidation of an HTTPProxy",
            "backend-protocol": "projectcontour.io/upstream-protocol.tls and the like of the Service",
            "proxy-ssl-secret proxy-ssl-verify proxy-ssl-name": "validation of a service of an HTTPProxy",
            "proxy-cookie-domain proxy-cookie-path": "cookieRewritePolicies of an HTTPProxy",
            "server-alias": "an HTTPProxy for each host",
        },
        ("Contour takes any size", "Contour gives up an answer that is not whole after 15 (response-timeout)"),
    ),
    "kong": Target(
        "Kong",
        "developer.konghq.com kubernetes-ingress-controller/reference/annotations, and plugins for the rest; Kong/kong "
        "kong/templates/kong_defaults.lua (bodies: nginx_http_client_max_body_size is 0)",
        {
            "ssl-redirect": "konghq.com/protocols: https and konghq.com/https-redirect-status-code",
            "force-ssl-redirect": "ingress.kubernetes.io/force-ssl-redirect",
            "proxy-connect-timeout": "konghq.com/connect-timeout of the Service",
            "proxy-read-timeout": "konghq.com/read-timeout of the Service",
            "proxy-send-timeout": "konghq.com/write-timeout of the Service",
            "proxy-request-buffering": "konghq.com/request-buffering",
            "proxy-buffering": "konghq.com/response-buffering",
            "service-upstream": "ingress.kubernetes.io/service-upstream of the Service",
            "upstream-vhost": "konghq.com/host-header of the Service",
            "proxy-body-size": "KongPlugin request-size-limiting",
            f"{_ALLOW_LISTS} denylist-source-range": "KongPlugin ip-restriction",
            _CORS: "KongPlugin cors",
            "custom-headers": "KongPlugin response-transformer",
            "x-forwarded-prefix": "KongPlugin request-transformer",
        },
        {
            "rewrite-target": "konghq.com/rewrite, or konghq.com/strip-path for a prefix",
            "use-regex": "paths that begin with /~",
            "server-alias": "konghq.com/host-aliases, without regular expressions",
            "backend-protocol": "konghq.com/protocol of the Service",
            "proxy-next-upstream proxy-next-upstream-tries": "konghq.com/retries of the Service",
            "proxy-ssl-secret": "konghq.com/client-cert and konghq.com/ca-certificates-secrets of the Service",
            "proxy-ssl-verify": "konghq.com/tls-verify of the Service, from 3.4 on",
            "proxy-ssl-verify-depth": "konghq.com/tls-verify-depth of the Service, from 3.4 on",
            "permanent-redirect permanent-redirect-code temporal-redirect temporal-redirect-code":
                "KongPlugin redirect, of Kong Gateway 3.9 on",
            "affinity session-cookie-name session-cookie-path": "KongUpstreamPolicy",
            "load-balance upstream-hash-by": "KongUpstreamPolicy",
            "canary-by-header canary-by-header-value": "konghq.com/headers.* on an Ingress of its own",
            "canary canary-weight canary-weight-total": "weight of backendRefs of an HTTPRoute",
            "limit-rps limit-rpm": "KongPlugin rate-limiting, which knows no bursts",
            "auth-type auth-secret": "KongPlugin basic-auth, with KongConsumers",
        },
        ("Kong takes any size without KongPlugin request-size-limiting", ""),
    ),
}  # fmt: skip

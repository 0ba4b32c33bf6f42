"""Every reason that the Gateway API has for not accepting something is found, once and by one rule.

The reasons are those of its Go types (sigs.k8s.io/gateway-api apis/v1: gateway_types.go, gatewayclass_types.go,
shared_types.go, listenerset_types.go, policy_types.go and backendtlspolicy_types.go), as far as manifests show them:
what a controller reports of itself (Pending, NoResources, AddressNotAssigned, PortUnavailable) is in none. One small
workspace has everything right; each fault changes one thing in it.
"""

from __future__ import annotations

from functools import cache

import pytest

from klint.testing.running import known_rules, lint_files

RIGHT = """\
apiVersion: v1
kind: Namespace
metadata: {name: infra}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: shop}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: public}
spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: door, namespace: infra}
spec:
  gatewayClassName: public
  allowedListeners: {namespaces: {from: Selector, selector: {matchLabels: {team: shop}}}}
  listeners:
    - name: web
      port: 443
      protocol: HTTPS
      hostname: "*.example.com"
      tls: {certificateRefs: [{name: web}]}
      allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: shop}}}}
    - name: mail
      port: 465
      protocol: TLS
      hostname: mail.example.com
      tls: {mode: Passthrough}
---
apiVersion: gateway.networking.k8s.io/v1
kind: TLSRoute
metadata: {name: mail, namespace: infra}
spec:
  parentRefs: [{name: door, sectionName: mail}]
  hostnames: [mail.example.com]
  rules: [{backendRefs: [{name: mail, port: 465}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: more, namespace: shop}
spec:
  parentRef: {name: door, namespace: infra}
  listeners: [{name: own, port: 8443, protocol: HTTPS, tls: {certificateRefs: [{name: own}]}}]
---
apiVersion: v1
kind: Secret
metadata: {name: web, namespace: infra}
type: kubernetes.io/tls
data: {tls.crt: "${CRT}", tls.key: "${KEY}"}
---
apiVersion: v1
kind: Secret
metadata: {name: own, namespace: shop}
type: kubernetes.io/tls
data: {tls.crt: "${CRT}", tls.key: "${KEY}"}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: shop}
spec:
  parentRefs: [{name: door, namespace: infra, sectionName: web}]
  hostnames: [shop.example.com]
  rules:
    - matches: [{path: {type: PathPrefix, value: /shop}}]
      filters: [{type: RequestHeaderModifier, requestHeaderModifier: {remove: [x-internal]}}]
      backendRefs: [{name: shop, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: team, namespace: shop}
spec:
  parentRefs: [{kind: ListenerSet, name: more}]
  hostnames: [team.example.com]
  rules: [{backendRefs: [{name: storage, namespace: infra, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: shop, namespace: infra}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
  to: [{group: "", kind: Service, name: storage}]
---
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: shop}
spec: {selector: {app: shop}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: storage, namespace: infra}
spec: {selector: {app: storage}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: mail, namespace: infra}
spec: {selector: {app: mail}, ports: [{name: smtps, port: 465}]}
---
apiVersion: v1
kind: Pod
metadata: {name: shop, namespace: shop, labels: {app: shop}}
spec: {containers: [{name: shop, image: example/shop:1, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: storage, namespace: infra, labels: {app: storage}}
spec: {containers: [{name: storage, image: example/storage:1, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: mail, namespace: infra, labels: {app: mail}}
spec: {containers: [{name: mail, image: example/mail:1, ports: [{containerPort: 465}]}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: authorities, namespace: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: options, namespace: shop}
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: shop, namespace: shop}
spec:
  targetRefs: [{group: "", kind: Service, name: shop, sectionName: http}]
  validation: {hostname: shop.internal, caCertificateRefs: [{group: "", kind: ConfigMap, name: authorities}]}
"""

OF_WEB = "tls: {certificateRefs: [{name: web}]}\n"
POLICY = RIGHT[RIGHT.index("apiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy") :]
TARGET = '{group: "", kind: Service, name: shop, sectionName: http}'
AUTHORITY = '{group: "", kind: ConfigMap, name: authorities}'
WEB = "    - name: mail\n      port: 465\n      protocol: TLS\n      hostname: mail.example.com\n"

FAULTS: dict[str, tuple[str, str, str]] = {
    # GatewayClass and Gateway
    "Accepted InvalidParameters of a GatewayClass": (
        "dangling-gateway-class",
        "gatewayclass-controller}",
        "gatewayclass-controller, parametersRef: {group: '', kind: ConfigMap, namespace: infra, name: options}}",
    ),
    "Accepted InvalidParameters of a Gateway": (
        "dangling-gateway-class",
        "  gatewayClassName: public\n",
        "  gatewayClassName: public\n  infrastructure: {parametersRef: {group: '', kind: ConfigMap, name: options}}\n",
    ),
    "Accepted Pending: no such GatewayClass": (
        "dangling-gateway-class",
        "gatewayClassName: public",
        "gatewayClassName: pubblic",
    ),
    "Accepted UnsupportedAddress": (
        "invalid-listener",
        "  gatewayClassName: public\n",
        "  gatewayClassName: public\n  addresses: [{type: Elastic, value: eip-1}]\n",
    ),
    "Accepted Invalid: TLS without a certificate": ("invalid-listener", OF_WEB, "tls: {mode: Terminate}\n"),
    # Listeners
    "Conflicted HostnameConflict": (
        "invalid-listener",
        WEB,
        f"    - {{name: alt, port: 465, protocol: TLS, hostname: mail.example.com, tls: {{mode: Passthrough}}}}\n{WEB}",
    ),
    "Conflicted ProtocolConflict": (
        "invalid-listener",
        WEB,
        f"    - {{name: raw, port: 443, protocol: TCP}}\n{WEB}",
    ),
    "Accepted UnsupportedProtocol": (
        "invalid-listener",
        WEB,
        f"    - {{name: mqtt, port: 1883, protocol: MQTT}}\n{WEB}",
    ),
    "ResolvedRefs InvalidCertificateRef: a kind": (
        "invalid-listener",
        OF_WEB,
        "tls: {certificateRefs: [{kind: ConfigMap, name: web}]}\n",
    ),
    "ResolvedRefs InvalidCertificateRef: a name": (
        "tls-secret-missing",
        OF_WEB,
        "tls: {certificateRefs: [{name: webb}]}\n",
    ),
    "ResolvedRefs InvalidCertificateRef: the data": (
        "invalid-listener",
        'namespace: infra}\ntype: kubernetes.io/tls\ndata: {tls.crt: "${CRT}"',
        "namespace: infra}\ntype: kubernetes.io/tls\ndata: {tls.crt: bm90IGEgY2VydGlmaWNhdGU=",
    ),
    "ResolvedRefs InvalidRouteKinds: a kind": (
        "invalid-listener",
        WEB,
        f"    - {{name: a, port: 80, protocol: HTTP, allowedRoutes: {{kinds: [{{kind: Rout}}]}}}}\n{WEB}",
    ),
    "ResolvedRefs RefNotPermitted of a listener": (
        "missing-reference-grant",
        OF_WEB,
        "tls: {certificateRefs: [{name: own, namespace: shop}]}\n",
    ),
    # ListenerSets
    "Accepted NotAllowed of a ListenerSet": (
        "invalid-listener",
        "allowedListeners: {namespaces: {from: Selector, selector: {matchLabels: {team: shop}}}}",
        "allowedListeners: {namespaces: {from: Same}}",
    ),
    "Accepted ParentNotAccepted of a ListenerSet": (
        "invalid-listener",
        "parentRef: {name: door, namespace: infra}",
        "parentRef: {name: dooor, namespace: infra}",
    ),
    # Routes
    "Accepted NoMatchingParent: the section": ("unattached-route", "sectionName: web}", "sectionName: wbe}"),
    "Accepted NoMatchingParent: the port": ("unattached-route", "sectionName: web}", "port: 80}"),
    "Accepted NoMatchingParent: the Gateway": (
        "unattached-route",
        "[{name: door, namespace: infra, sectionName: web}]",
        "[{name: dooor, namespace: infra, sectionName: web}]",
    ),
    "Accepted NoMatchingParent: the ListenerSet": (
        "unattached-route",
        "[{kind: ListenerSet, name: more}]",
        "[{kind: ListenerSet, name: more, sectionName: web}]",
    ),
    "Accepted NotAllowedByListeners: the namespace": (
        "unattached-route",
        "allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: shop}}}}",
        "allowedRoutes: {namespaces: {from: Same}}",
    ),
    "Accepted NotAllowedByListeners: the kind": (
        "unattached-route",
        "allowedRoutes: {namespaces: {from: Selector",
        "allowedRoutes: {kinds: [{kind: GRPCRoute}], namespaces: {from: Selector",
    ),
    "Accepted NoMatchingListenerHostname": ("unattached-route", "[shop.example.com]", "[shop.example.org]"),
    "Accepted UnsupportedValue": ("invalid-route", "type: PathPrefix", "type: Glob"),
    "Accepted UnsupportedValue: the protocol of a TLSRoute": (
        "unattached-route",
        "parentRefs: [{name: door, sectionName: mail}]",
        "parentRefs: [{name: door, sectionName: web}]",
    ),
    "Accepted IncompatibleFilters": (
        "invalid-route",
        "{remove: [x-internal]}}]",
        "{remove: [x-internal]}}, {type: URLRewrite, urlRewrite: {hostname: a}}, {type: URLRewrite, urlRewrite: {}}]",
    ),
    "ResolvedRefs BackendNotFound": ("dangling-backend", "[{name: shop, port: 80}]", "[{name: shopp, port: 80}]"),
    "ResolvedRefs InvalidKind": (
        "dangling-backend",
        "[{name: shop, port: 80}]",
        "[{kind: Deployment, group: apps, name: shop}]",
    ),
    "ResolvedRefs InvalidKind of a group that nobody knows": (
        "invalid-route",
        "[{name: shop, port: 80}]",
        "[{kind: Bucket, group: backends.example.net, name: shop}]",
    ),
    "ResolvedRefs RefNotPermitted of a route": (
        "missing-reference-grant",
        "kind: HTTPRoute, namespace: shop}",
        "kind: HTTPRoute, namespace: docs}",
    ),
    # BackendTLSPolicies
    "Accepted TargetNotFound": ("invalid-backend-tls-policy", TARGET, TARGET.replace("name: shop", "name: shoop")),
    "Accepted TargetNotFound: the port": ("invalid-backend-tls-policy", TARGET, TARGET.replace("http", "https")),
    "Accepted Invalid: no authorities": (
        "invalid-backend-tls-policy",
        f", caCertificateRefs: [{AUTHORITY}]",
        "",
    ),
    "Accepted Conflicted": (
        "invalid-backend-tls-policy",
        POLICY,
        f"{POLICY}---\n{POLICY.replace('metadata: {name: shop', 'metadata: {name: other')}",
    ),
    "ResolvedRefs InvalidCACertificateRef: a name": (
        "invalid-backend-tls-policy",
        AUTHORITY,
        AUTHORITY.replace("authorities", "authoritiess"),
    ),
    "ResolvedRefs InvalidCACertificateRef: the data": (
        "invalid-backend-tls-policy",
        "metadata: {name: authorities, namespace: shop}\n",
        "metadata: {name: authorities, namespace: shop}\ndata: {ca.crt: none}\n",
    ),
    "ResolvedRefs InvalidKind of an authority": (
        "invalid-backend-tls-policy",
        AUTHORITY,
        AUTHORITY.replace("ConfigMap", "Service"),
    ),
}
"""Each condition and reason, the rule that finds it, and what is changed to what."""


@cache
def said_of(text: str) -> frozenset[tuple[str, str]]:
    """The rules that say something of a workspace, with what they say."""
    report = lint_files({"manifest.yaml": text}, known_rules())
    assert not report.failures
    return frozenset((finding.rule, finding.message) for finding in report.findings)


def test_nothing_is_wrong_where_everything_is_right() -> None:
    assert not {rule for rule, _, _ in FAULTS.values()} & {rule for rule, _ in said_of(RIGHT)}


@pytest.mark.parametrize(("rule", "right", "wrong"), FAULTS.values(), ids=FAULTS)
def test_each_reason_is_found_by_one_rule(rule: str, right: str, wrong: str) -> None:
    assert RIGHT.count(right) == 1
    new = sorted(said_of(RIGHT.replace(right, wrong)) - said_of(RIGHT))
    assert [name for name, _ in new] == [rule], new

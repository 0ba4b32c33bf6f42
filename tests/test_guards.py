"""What requests must pass on a way: TLS, authentication, allow-lists."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import GraphOf

WEB = dedent("""\
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: web}]}}}
    """)


def ingress(controller: str, annotations: str = "{}", tls: str = "[]") -> str:
    return dedent(f"""\
        ---
        apiVersion: networking.k8s.io/v1
        kind: IngressClass
        metadata: {{name: any}}
        spec: {{controller: {controller}}}
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {{name: web, annotations: {annotations}}}
        spec:
          ingressClassName: any
          tls: {tls}
          rules:
          - host: shop.example.com
            http:
              paths:
              - {{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}
        """)


def gateway(listener: str) -> str:
    return dedent(f"""\
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {{name: door}}
        spec: {{listeners: [{listener}]}}
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {{name: web}}
        spec: {{parentRefs: [{{name: door}}], rules: [{{backendRefs: [{{name: web, port: 80}}]}}]}}
        """)


def openshift(annotations: str = "{}", tls: str = "null") -> str:
    return (
        f"---\napiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {{name: web, annotations: {annotations}}}\n"
        f"spec: {{host: shop.example.com, to: {{kind: Service, name: web}}, tls: {tls}}}\n"
    )


def load_balancer(more: str, annotations: str = "{}") -> str:
    return (
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: open, annotations: {annotations}}}\n"
        f"spec: {{type: LoadBalancer, selector: {{app: web}}, ports: [{{port: 80, targetPort: 8080}}], {more}}}\n"
    )


NGINX = dedent("""\
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: nginx}
    spec:
      template:
        metadata: {labels: {app: nginx}}
        spec: {containers: [{name: c, image: "registry.k8s.io/ingress-nginx/controller:v1.15.1"}]}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: nginx}
    spec: {type: LoadBalancer, selector: {app: nginx}, ports: [{name: p, port: 80}, {name: https, port: 444}]}
    """)

K8S, ALB, HAPROXY = "k8s.io/ingress-nginx", "ingress.k8s.aws/alb", "haproxy.org/ingress-controller"
SSL = "service.beta.kubernetes.io/aws-load-balancer-ssl"
DO = "service.beta.kubernetes.io/do-loadbalancer"
SCALEWAY = "service.beta.kubernetes.io/scw-loadbalancer-certificate-ids"
RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"


def kong(plugin: str, annotations: str = "{konghq.com/plugins: guard}") -> str:
    return (
        "---\napiVersion: configuration.konghq.com/v1\nkind: KongPlugin\nmetadata: {name: guard}\n"
        f"{plugin}\n" + ingress("ingress-controllers.konghq.com/kong", annotations)
    )


def apisix(rule: str) -> str:
    return dedent(f"""\
        ---
        apiVersion: apisix.apache.org/v2
        kind: ApisixPluginConfig
        metadata: {{name: guard}}
        spec: {{plugins: [{{name: key-auth, enable: true}}, {{name: jwt-auth, enable: false}}]}}
        ---
        apiVersion: apisix.apache.org/v2
        kind: ApisixRoute
        metadata: {{name: web}}
        spec: {{http: [{{match: {{paths: [/*]}}, backends: [{{serviceName: web, servicePort: 80}}], {rule}}}]}}
        """)


def traefik(spec: str, annotation: str) -> str:
    return (
        f"---\napiVersion: traefik.io/v1alpha1\nkind: Middleware\nmetadata: {{name: guard}}\nspec: {spec}\n"
        + ingress(
            "traefik.io/ingress-controller", f"{{traefik.ingress.kubernetes.io/router.middlewares: {annotation}}}"
        )
    )


GUARDS: dict[str, tuple[str, list[str]]] = {
    "none": (ingress(K8S) + WEB, []),
    "TLS for the host": (ingress(K8S, tls="[{hosts: [shop.example.com], secretName: s}]") + WEB, ["TLS"]),
    "TLS for every host": (ingress(K8S, tls="[{secretName: s}]") + WEB, ["TLS"]),
    "TLS by a wildcard": (ingress(K8S, tls='[{hosts: ["*.example.com"], secretName: s}]') + WEB, ["TLS"]),
    "TLS for another host": (ingress(K8S, tls="[{hosts: [pay.example.com], secretName: s}]") + WEB, []),
    "an allow-list": (
        ingress(K8S, "{nginx.ingress.kubernetes.io/whitelist-source-range: 10.0.0.0/8}") + WEB,
        ["allow-list"],
    ),
    "an allow-list of everyone": (
        ingress(K8S, '{nginx.ingress.kubernetes.io/whitelist-source-range: "10.0.0.0/8, 0.0.0.0/0"}') + WEB,
        [],
    ),
    "an allow-list that another controller reads": (
        ingress(ALB, "{nginx.ingress.kubernetes.io/whitelist-source-range: 10.0.0.0/8}") + WEB,
        [],
    ),
    "authentication": (
        ingress(K8S, "{nginx.ingress.kubernetes.io/auth-url: https://auth.example.com}") + WEB,
        ["authentication"],
    ),
    "authentication by the load balancer": (
        ingress(ALB, "{alb.ingress.kubernetes.io/auth-type: oidc}") + WEB,
        ["authentication"],
    ),
    "no authentication by the load balancer": (ingress(ALB, "{alb.ingress.kubernetes.io/auth-type: none}") + WEB, []),
    "authentication by HAProxy": (
        ingress(HAPROXY, "{haproxy.org/auth-type: basic-auth, haproxy.org/auth-secret: users}") + WEB,
        ["authentication"],
    ),
    "a secret for HAProxy without a type": (ingress(HAPROXY, "{haproxy.org/auth-secret: users}") + WEB, []),
    "a listener for HTTPS": (gateway("{name: t, port: 443, protocol: HTTPS}") + WEB, ["TLS"]),
    "a listener for HTTP": (gateway("{name: t, port: 80, protocol: HTTP}") + WEB, []),
    "the router's TLS": (openshift(tls="{termination: edge}") + WEB, ["TLS"]),
    "no TLS at the router": (openshift() + WEB, []),
    "the router's allow-list": (
        openshift("{haproxy.router.openshift.io/ip_allowlist: 10.0.0.0/8}") + WEB,
        ["allow-list"],
    ),
    "source ranges": (load_balancer("loadBalancerSourceRanges: [10.0.0.0/8]") + WEB, ["allow-list"]),
    "source ranges by annotation": (load_balancer("", f"{{{RANGES}: 10.0.0.0/8}}") + WEB, ["allow-list"]),
    "TLS at the load balancer": (load_balancer("", f"{{{SSL}-cert: arn}}") + WEB, ["TLS"]),
    "TLS on this port of the load balancer": (
        load_balancer("", f'{{{SSL}-cert: arn, {SSL}-ports: "443, 80"}}') + WEB,
        ["TLS"],
    ),
    "TLS on another port of the load balancer": (
        load_balancer("", f'{{{SSL}-cert: arn, {SSL}-ports: "443"}}') + WEB,
        [],
    ),
    "ports for TLS, and no certificate": (load_balancer("", f'{{{SSL}-ports: "80"}}') + WEB, []),
    "TLS on port 443 alone": (load_balancer("", f"{{{DO}-certificate-id: a}}") + WEB, []),
    "a redirect by the load balancer": (load_balancer("", f'{{{DO}-redirect-http-to-https: "true"}}') + WEB, ["TLS"]),
    "no TLS that is passed through": (
        load_balancer("", f'{{{DO}-tls-passthrough: "false", {DO}-tls-ports: "80"}}') + WEB,
        [],
    ),
    "certificates for the ports before them": (load_balancer("", f'{{{SCALEWAY}: "80,81:a,b;82:c"}}') + WEB, ["TLS"]),
    "certificates for other ports": (load_balancer("", f'{{{SCALEWAY}: "81:a,80;82:c"}}') + WEB, []),
    "certificates for every port": (load_balancer("", f"{{{SCALEWAY}: 'a,b'}}") + WEB, ["TLS"]),
    "a plugin of Kong": (kong("plugin: key-auth") + WEB, ["authentication"]),
    "a plugin of Kong for addresses": (
        kong("plugin: ip-restriction\nconfig: {allow: [10.0.0.0/8]}") + WEB,
        ["allow-list"],
    ),
    "a plugin of Kong that refuses addresses": (kong("plugin: ip-restriction\nconfig: {deny: [10.0.0.1]}") + WEB, []),
    "a plugin of Kong that is off": (kong("plugin: key-auth\ndisabled: true") + WEB, []),
    "a plugin of Kong that nobody uses": (kong("plugin: key-auth", "{konghq.com/plugins: other}") + WEB, []),
    "plugins of APISIX for others to use": (apisix("plugin_config_name: guard") + WEB, ["authentication"]),
    "a plugin of APISIX": (
        apisix("plugins: [{name: ip-restriction, enable: true, config: {whitelist: [10.0.0.0/8]}}]") + WEB,
        ["allow-list"],
    ),
    "a plugin of APISIX that is off": (apisix("plugins: [{name: key-auth, enable: false}]") + WEB, []),
    "authentication of APISIX": (apisix("authentication: {enable: true, type: basicAuth}") + WEB, ["authentication"]),
    "a Middleware by annotation": (
        traefik("{basicAuth: {secret: users}}", "default-guard@kubernetescrd") + WEB,
        ["authentication"],
    ),
    "a Middleware that the annotation does not name in full": (traefik("{basicAuth: {}}", "guard") + WEB, []),
    "source ranges of everyone": (load_balancer('loadBalancerSourceRanges: ["0.0.0.0/0"]') + WEB, []),
}


@pytest.mark.parametrize(("manifests", "guards"), GUARDS.values(), ids=GUARDS)
def test_guards_of_a_way(graph_of: GraphOf, manifests: str, guards: list[str]) -> None:
    graph = graph_of(manifests)
    (way,) = graph.ways_to(graph.pods[0])
    assert [guard.kind.value for guard in way.guards] == guards
    assert all(guard.at.span.line > 1 for guard in way.guards)
    assert all(way.is_guarded_by(guard.kind) for guard in way.guards)


POLICY = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: any}\nspec: {podSelector: {}}\n"


def test_a_policy_guards_every_way_to_its_pods(graph_of: GraphOf) -> None:
    graph = graph_of(WEB + load_balancer("") + ingress(K8S) + POLICY)
    assert [[guard.kind.value for guard in way.guards] for way in graph.ways_to(graph.pods[0])] == [
        ["NetworkPolicy"]
    ] * 2
    host = WEB.replace("image: web", "image: web, ports: [{containerPort: 80, hostPort: 80}]")
    graph = graph_of(host + POLICY)
    assert [len(way.guards) for way in graph.ways_to(graph.pods[0])] == [1]
    on_node = host.replace("spec: {containers", "spec: {hostNetwork: true, containers")
    graph = graph_of(on_node + POLICY)
    assert [len(way.guards) for way in graph.ways_to(graph.pods[0])] == [0]
    graph = graph_of(host + POLICY.replace("podSelector: {}", "podSelector: {}, policyTypes: [Egress]"))
    assert [len(way.guards) for way in graph.ways_to(graph.pods[0])] == [0]


def test_a_certificate_guards_no_port_for_plain_requests(graph_of: GraphOf) -> None:
    graph = graph_of(WEB + ingress(K8S, tls="[{hosts: [shop.example.com], secretName: s}]") + NGINX)
    found = {
        way.entry.port: [guard.kind.value for guard in way.guards] for way in graph.ways_to(graph.pods[0]) if way.entry
    }
    assert found == {80: [], 444: ["TLS"]}

"""TLS for routes that have none, where a certificate is to be had for the asking."""

from __future__ import annotations

from collections.abc import Sequence

from klint.fixes import Fix
from klint.kube.routes.ingress import Ingress
from klint.kube.routes.shape import Route
from klint.text.changes import Insert


def issue_certificate(ingress: Ingress, hosts: Sequence[str]) -> Fix | None:
    """What asks cert-manager for a certificate; None for wildcards, which not every issuer has, and without a name.

    Source: cert-manager.io docs/usage/ingress. The Secret has the name that most give it.
    """
    if not hosts or not ingress.name or any("*" in host for host in hosts):
        return None
    entry = {"hosts": list(hosts), "secretName": f"{ingress.name}-tls"}
    return Fix("Ask for a certificate in tls", [Insert(ingress.at("spec"), "tls", [entry])])


def terminate_at_router(route: Route) -> Fix | None:
    """What has OpenShift's router end TLS, with its own certificate: that is for the hosts which it makes itself.

    Source: docs.okd.io networking/ingress_load_balancing/routes (edge termination, insecureEdgeTerminationPolicy).
    """
    if route.group != "route.openshift.io" or route.get("spec", "tls") is not None:
        return None
    tls = {"termination": "edge", "insecureEdgeTerminationPolicy": "Redirect"}
    return Fix("Terminate TLS at the router", [Insert(route.at("spec"), "tls", tls)])
